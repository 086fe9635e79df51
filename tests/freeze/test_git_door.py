"""The git door with real bare repositories and real pushes."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from fakes import FakePolicy, utc
from hypothesis import given
from hypothesis import strategies as st
from permits import CORE_DB, PORTAL, request
from world import World

from freeze.doors.git_gate import _mapped
from freeze.doors.git_install import script
from freeze.doors.git_push import Update, judged, object_digest, parse_update, parse_updates, project_of, push_options
from freeze.doors.gitbox import environment
from freeze.model import Door
from zhongbao_core.approval.subject import Target
from zhongbao_core.clock import iso
from zhongbao_core.errors import UsageError
from zhongbao_core.ledger.journal import Journal

START = utc("2026-11-16 02:00")
QUIET = utc("2026-12-10 02:00")
BOARD = ("chen-jun", "liu-yang", "sun-li")
DOORS = {"git": Door("git", "git", {"portal-code": (PORTAL,), "portal-code:refs/heads/db": (CORE_DB,)})}
Done = subprocess.CompletedProcess[str]


class Server:
    """A world, a bare repository with the hook, and a clone of it with one commit pushed before the hook stood."""

    def __init__(self, base: Path) -> None:
        self.world = World(base, utc("2026-10-01 00:00"), FakePolicy(doors=DOORS))
        self.bare, self.clone, self.permits = base / "portal-code.git", base / "clone", base / "permits"
        self.permits.mkdir()
        self.start = START
        self.git("init", "-q", "--bare", "-b", "main", str(self.bare), folder=base)
        self.git("clone", "-q", str(self.bare), str(self.clone), folder=base)
        self.git("checkout", "-q", "-b", "main")
        self.commit("one")
        self.git("push", "-q", "origin", "main")

    def git(self, *args: str, folder: Path | None = None) -> str:
        done = self.try_git(*args, folder=folder)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def try_git(self, *args: str, folder: Path | None = None) -> Done:
        safe = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
        env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        command = ["git", *safe, *args]
        return subprocess.run(command, cwd=folder or self.clone, capture_output=True, text=True, env=env, timeout=60)

    def commit(self, text: str, name: str = "code") -> str:
        (self.clone / name).write_text(text)
        self.git("add", name)
        self.git("commit", "-qm", text)
        return self.git("rev-parse", "HEAD^{tree}")

    def hook(self, *options: str, at: str = iso(START + timedelta(minutes=1)), name: str = "pre-receive") -> None:
        words = self.world.arguments("--lang", "en", "freeze", "hook", "install", str(self.bare), "--hook", name)
        words += ["--permits", str(self.permits), "--at", at, "--force", *options]
        subprocess.run([sys.executable, "-m", "zhongbao", *words], check=True, capture_output=True)

    def permit(self, binds: dict[str, str], *, name: str = "P1") -> Path:
        """A permit for four hours later than the last one; the hook's clock goes there too."""
        before, self.start = iso(self.start + timedelta(minutes=1)), self.start + timedelta(hours=4)
        for path in (self.bare / "hooks/pre-receive", self.bare / "hooks/update"):
            if path.exists():
                path.write_text(path.read_text().replace(before, iso(self.start + timedelta(minutes=1))))
        work = request(self.start, binds={key: object_digest(value) for key, value in binds.items()})
        path = self.world.permit(self.start, *BOARD, work=work, name=name)
        return path.rename(self.permits / f"{name}.json")

    def push(self, *args: str) -> Done:
        return self.try_git("push", *args)

    def refs(self) -> dict[str, str]:
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)", folder=self.bare).splitlines()
        return dict(line.split(" ", 1) for line in lines)

    def decisions(self) -> list[tuple[str, str]]:
        with Journal.open(self.world.outside / "ledger.db", read_only=True) as journal:
            found = journal.entries(kinds=("decision",))
            return [(item.body["verdict"], item.body["reason_code"]) for item in found]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    return Server(tmp_path)


def test_a_push_inside_a_freeze_is_held_with_words_in_both_languages_and_changes_nothing(server: Server) -> None:
    server.hook()
    tree = server.commit("two")
    before = server.refs()
    done = server.push("origin", "main")
    assert (done.returncode == 0, server.refs()) == (False, before)
    assert "推送被拦截，未写入任何引用 / push held: no ref was changed" in done.stderr
    assert "update refs/heads/main" in done.stderr
    assert f"bind tree:refs/heads/main={object_digest(tree)}" in done.stderr
    assert "APPROVALS_MISSING" in done.stderr or "FROZEN" in done.stderr
    assert [verdict for verdict, _ in server.decisions()] == ["hold"]


def test_a_push_outside_any_freeze_goes_in(server: Server) -> None:
    server.hook(at=iso(QUIET))
    server.commit("two")
    done = server.push("origin", "main")
    assert done.returncode == 0, done.stderr
    assert server.decisions() == [("allow", "NO_FREEZE")]


def test_a_permit_of_the_very_tree_and_ref_opens_the_door_once(server: Server) -> None:
    server.hook()
    tree = server.commit("two")
    server.permit({"tree:refs/heads/main": tree})
    done = server.push("-o", "zhongbao-permit=P1", "origin", "main")
    assert done.returncode == 0, done.stderr
    assert server.decisions() == [("allow", "PERMITTED")]
    server.git("reset", "-q", "--hard", "HEAD~1")
    server.git("commit", "-q", "--allow-empty", "-m", "x")
    assert server.push("-f", "-o", "zhongbao-permit=P1", "origin", "main").returncode != 0


def test_a_permit_in_the_servers_folder_that_binds_the_push_is_found_without_an_option(server: Server) -> None:
    server.hook()
    tree = server.commit("two")
    server.permit({"tree:refs/heads/main": tree})
    (server.permits / "broken.json").write_text("{")
    assert server.push("origin", "main").returncode == 0


def test_a_permit_can_travel_in_a_push_option(server: Server, tmp_path: Path) -> None:
    server.hook()
    tree = server.commit("two")
    path = server.permit({"tree:refs/heads/main": tree}).rename(tmp_path / "mine.json")
    inline = "zhongbao-permit-data=" + base64.b64encode(path.read_bytes()).decode()
    done = server.push("-o", inline, "origin", "main")
    assert done.returncode == 0, done.stderr


def test_another_tree_or_another_ref_than_the_approved_one_is_held(server: Server) -> None:
    server.hook()
    tree = server.commit("two")
    server.permit({"tree:refs/heads/main": tree})
    held = server.push("-o", "zhongbao-permit=P1", "origin", "main:refs/heads/release")
    assert (held.returncode != 0, "PERMITTED" in held.stderr) == (True, False)
    server.commit("three")
    held = server.push("-o", "zhongbao-permit=P1", "origin", "main")
    assert (held.returncode != 0, "PERMIT_MISMATCH" in held.stderr) == (True, True)


def test_a_refused_push_does_not_use_its_permit_up(server: Server) -> None:
    server.hook()
    tree = server.commit("two")
    server.permit({"tree:refs/heads/main": tree})
    both = server.push("-o", "zhongbao-permit=P1", "origin", "main", "main:refs/heads/other")
    assert (both.returncode != 0, "refs/heads/other" in server.refs()) == (True, False)
    assert server.push("-o", "zhongbao-permit=P1", "origin", "main").returncode == 0


def test_a_permit_over_two_refs_opens_for_both_together_and_not_for_one(server: Server) -> None:
    server.hook()
    tree = server.commit("two")
    server.permit({"tree:refs/heads/main": tree, "tree:refs/tags/v1": tree})
    server.git("tag", "v1")
    assert server.push("-o", "zhongbao-permit=P1", "origin", "main").returncode != 0
    done = server.push("-o", "zhongbao-permit=P1", "origin", "main", "v1")
    assert done.returncode == 0, done.stderr


def test_a_forced_push_needs_a_permit_that_names_what_is_thrown_away(server: Server) -> None:
    server.hook()
    old = server.git("rev-parse", "HEAD")
    server.git("commit", "-q", "--amend", "-m", "rewritten")
    tree = server.git("rev-parse", "HEAD^{tree}")
    server.permit({"tree:refs/heads/main": tree}, name="plain")
    held = server.push("-f", "-o", "zhongbao-permit=plain", "origin", "main")
    assert (held.returncode != 0, "force refs/heads/main" in held.stderr) == (True, True)
    server.permit({"tree:refs/heads/main": tree, "force:refs/heads/main": old}, name="forced")
    assert server.push("-f", "-o", "zhongbao-permit=forced", "origin", "main").returncode == 0


def test_a_delete_is_judged_and_needs_a_permit_of_its_own(server: Server) -> None:
    server.git("push", "-q", "origin", "main:refs/heads/old")
    server.hook()
    commit = server.git("rev-parse", "HEAD")
    held = server.push("origin", ":refs/heads/old")
    assert (held.returncode != 0, "delete refs/heads/old" in held.stderr, "refs/heads/old" in server.refs()) == (
        True,
    ) * 3
    server.permit({"delete:refs/heads/old": commit})
    assert server.push("-o", "zhongbao-permit=P1", "origin", ":refs/heads/old").returncode == 0
    assert "refs/heads/old" not in server.refs()


@pytest.mark.parametrize("args", [("v1",), ("-a", "v1", "-m", "note")], ids=["light", "annotated"])
def test_a_tag_is_judged(server: Server, args: tuple[str, ...]) -> None:
    server.hook()
    server.git("tag", *args)
    held = server.push("origin", "v1")
    assert (held.returncode != 0, "create refs/tags/v1" in held.stderr) == (True, True)
    server.permit({"tree:refs/tags/v1": server.git("rev-parse", "HEAD^{tree}")})
    assert server.push("-o", "zhongbao-permit=P1", "origin", "v1").returncode == 0


def test_a_moved_tag_counts_as_forced_even_when_it_moves_forward(server: Server) -> None:
    server.git("tag", "v1")
    server.git("push", "-q", "origin", "v1")
    server.hook()
    tree = server.commit("two")
    server.git("tag", "-f", "v1")
    server.permit({"tree:refs/tags/v1": tree})
    held = server.push("-f", "-o", "zhongbao-permit=P1", "origin", "v1")
    assert (held.returncode != 0, "force refs/tags/v1" in held.stderr) == (True, True)


def test_one_held_ref_among_many_holds_the_whole_push(server: Server) -> None:
    server.hook("--free", "refs/heads/wip/*")
    names = [f"main:refs/heads/wip/{number}" for number in range(20)]
    held = server.push("origin", *names, "main:refs/heads/real")
    assert (held.returncode != 0, [name for name in server.refs() if "wip" in name]) == (True, [])
    assert server.push("origin", *names).returncode == 0
    assert len([name for name in server.refs() if "wip" in name]) == 20


def test_policy_trust_and_permits_in_the_pushed_files_count_for_nothing(server: Server) -> None:
    server.hook()
    tree = server.commit("x")
    forged = server.permit({"tree:refs/heads/main": tree}).rename(server.clone / "P1.json")
    for name, source in (
        ("manifest.json", server.world.workspace / "manifest.json"),
        ("trust.json", server.world.trust_path),
        ("permits/P1.json", forged),
        (".git-hooks/pre-receive", server.bare / "hooks/pre-receive"),
    ):
        (server.clone / name).parent.mkdir(exist_ok=True)
        (server.clone / name).write_bytes(source.read_bytes())
    (server.clone / "zhongbao.yaml").write_text("event: null\n")
    server.git("add", "-A")
    server.git("commit", "-qm", "everything is allowed")
    held = server.push("-o", "zhongbao-permit=P1", "origin", "main")
    assert (held.returncode != 0, "PERMIT_NOT_FOUND" in held.stderr) == (True, True)
    assert server.push("origin", "main").returncode != 0


@pytest.mark.parametrize(
    "name", ["../trust", "..%2ftrust", "/etc/passwd", "", "P1\u202e", "a" * 200], ids=lambda name: repr(name)[:12]
)
def test_a_permit_id_cannot_reach_out_of_the_folder(server: Server, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from freeze.doors.git_permits import presented
    from zhongbao_core.errors import RefusedError

    with pytest.raises(RefusedError) as caught:
        presented([f"zhongbao-permit={name}"], str(server.permits), {}, None, START)  # type: ignore[arg-type]
    assert caught.value.reason_code == "PERMIT_NOT_FOUND"


def test_the_mapping_may_name_a_ref_of_its_own(server: Server) -> None:
    server.hook()
    held = server.push("origin", "main:refs/heads/db")
    assert (held.returncode != 0, "core-db/prod" in held.stderr, "portal/prod" in held.stderr) == (True, True, False)


@pytest.mark.parametrize(
    ("project", "ref", "systems"),
    [
        pytest.param("portal-code", "refs/heads/main", ["portal"], id="by name"),
        pytest.param("portal-code", "refs/heads/db", ["core-db"], id="a ref of its own"),
        pytest.param("old", "refs/heads/main", ["billing"], id="written with .git"),
        pytest.param("nobody", "refs/heads/main", ["nobody"], id="nobody's: an unknown system"),
    ],
)
def test_a_repository_stands_for(project: str, ref: str, systems: list[str]) -> None:
    projects = {**DOORS["git"].projects, "old.git": (Target("billing", "prod"),)}
    door = Door("git", "git", projects)
    assert [item.system for item in _mapped(door, project, ref)] == systems


def test_a_repository_nobody_mapped_is_held(server: Server) -> None:
    server.hook("--project", "unheard-of", at=iso(QUIET))
    server.commit("two")
    held = server.push("origin", "main")
    assert (held.returncode != 0, "UNKNOWN_SYSTEM" in held.stderr) == (True, True)


def test_a_ref_that_points_at_no_tree_is_refused(server: Server) -> None:
    server.hook(at=iso(QUIET))
    blob = server.git("hash-object", "-w", "code")
    held = server.push("origin", f"{blob}:refs/tags/blob")
    assert (held.returncode != 0, "PUSH_UNREADABLE" in held.stderr) == (True, True)


def test_without_its_policy_or_its_ledger_the_server_refuses_every_push(server: Server) -> None:
    server.hook(at=iso(QUIET))
    server.commit("two")
    ledger = server.world.outside / "ledger.db"
    ledger.rename(ledger.with_suffix(".away"))
    assert server.push("origin", "main").returncode != 0
    ledger.with_suffix(".away").rename(ledger)
    (server.world.workspace / "manifest.json").write_text("{}")
    assert server.push("origin", "main").returncode != 0


def test_an_emergency_push_goes_in_with_the_store_down_and_leaves_a_receipt(server: Server, tmp_path: Path) -> None:
    server.hook("--receipt-dir", str(tmp_path / "receipts"), at=iso(START))
    server.commit("fix")
    (server.world.outside / "ledger.db").rename(tmp_path / "away.db")
    keys = [word for name in ("chen-jun", "liu-yang") for word in ("--key", str(server.world.outside / "keys" / name))]
    asked = ["--system", "portal", "--by", "li-na", "--reason", "门户中断", "--restores", "--at", iso(START)]
    words = server.world.arguments(
        "freeze", "breakglass", "open", *asked, *keys, "--out", str(server.permits / "BG.json")
    )
    opened = subprocess.run([sys.executable, "-m", "zhongbao", *words], capture_output=True, text=True)
    assert opened.returncode == 0, opened.stderr
    assert server.push("origin", "main").returncode != 0
    done = server.push("-o", "zhongbao-permit=BG", "origin", "main")
    assert (done.returncode, "BREAK_GLASS" in done.stderr) == (0, True), done.stderr
    assert '"reason_code":"BREAK_GLASS"' in (tmp_path / "receipts/receipts.jsonl").read_text()


def test_the_update_hook_judges_each_ref_by_itself(server: Server) -> None:
    server.hook(name="update")
    tree = server.commit("two")
    server.permit({"tree:refs/heads/main": tree})
    server.push("origin", "main", "main:refs/heads/other")
    assert server.refs()["refs/heads/main"] == server.git("rev-parse", "HEAD")
    assert "refs/heads/other" not in server.refs()


def test_another_hook_is_not_overwritten_unasked(server: Server) -> None:
    (server.bare / "hooks/pre-receive").write_text("#!/bin/sh\n")
    words = server.world.arguments("freeze", "hook", "install", str(server.bare))
    done = subprocess.run([sys.executable, "-m", "zhongbao", *words], capture_output=True, text=True)
    assert (done.returncode, "HOOK_EXISTS" in done.stderr) == (2, True)


def test_the_script_quotes_what_it_was_given() -> None:
    text = script("pre-receive", ["--workspace", "/srv/a b'; rm -rf /"])
    assert subprocess.run(["sh", "-n", "-c", text], check=False).returncode == 0
    assert "'/srv/a b'\"'\"'; rm -rf /'" in text


def test_no_variable_of_git_reaches_the_plumbing_but_the_quarantine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_CONFIG_COUNT", "GIT_SSH_COMMAND", "GIT_EXEC_PATH", "GIT_CONFIG_PARAMETERS", "GIT_INDEX_FILE"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("GIT_QUARANTINE_PATH", "/q")
    found = {name for name in environment(git_dir="/r", quarantine=True) if name.startswith("GIT_")}
    assert found == {
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_GLOBAL",
        "GIT_TERMINAL_PROMPT",
        "GIT_NO_LAZY_FETCH",
        "GIT_PAGER",
        "GIT_DIR",
        "GIT_QUARANTINE_PATH",
    }


OLD, NEW = "0" * 40, "a" * 40


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"x y refs/heads/main",
        f"{OLD} {NEW} HEAD".encode(),
        f"{OLD} {NEW} refs/heads/a b".encode(),
        f"{OLD} {NEW} refs/heads/a\x1b[31m".encode(),
        f"{OLD} {'a' * 64} refs/heads/main".encode(),
        f"{OLD} {NEW[:-1]}A refs/heads/main".encode(),
        f"{OLD} --upload-pack=x refs/heads/main".encode(),
        f"{OLD} {NEW} refs/heads/{'a' * 2000}".encode(),
    ],
    ids=lambda line: repr(line[-20:]),
)
def test_a_line_that_is_no_ref_update_is_refused(line: bytes) -> None:
    with pytest.raises(UsageError):
        parse_update(line)


def test_no_line_and_too_many_lines_are_refused() -> None:
    line = f"{OLD} {NEW} refs/heads/a\n".encode()
    for data in (b"", b"\n", line * 1001):
        with pytest.raises(UsageError):
            parse_updates(data)
    assert len(parse_updates(line * 1000)) == 1000


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        assert parse_updates(data)
    except UsageError as error:
        assert error.reason_code == "PUSH_MALFORMED"


def test_free_refs_are_those_the_server_named_and_no_others() -> None:
    updates = [Update(OLD, NEW, f"refs/heads/{name}") for name in ("wip/a", "main", "wipe")]
    assert [item.ref for item in judged(updates, ["refs/heads/wip/*"])] == ["refs/heads/main", "refs/heads/wipe"]


def test_push_options_are_counted_and_bounded() -> None:
    assert push_options({"GIT_PUSH_OPTION_COUNT": "2", "GIT_PUSH_OPTION_0": "a", "GIT_PUSH_OPTION_1": "b"}) == (
        "a",
        "b",
    )
    assert push_options({}) == ()
    with pytest.raises(UsageError):
        push_options({"GIT_PUSH_OPTION_COUNT": "1000000"})


@pytest.mark.parametrize(
    ("path", "name"), [("/srv/portal.git", "portal"), ("/srv/portal/.git", "portal"), ("/srv/portal", "portal")]
)
def test_a_project_is_named_by_its_folder(path: str, name: str) -> None:
    assert project_of(path) == name
