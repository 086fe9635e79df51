"""``freeze run`` with real processes, real signals, a real ledger and real permits."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes import FakePolicy, utc
from permits import request
from world import World

from freeze.doors.asking import commit_digest, digest_of
from freeze.doors.run_child import Ended
from zhongbao_core.canonical import command_digest
from zhongbao_core.clock import iso
from zhongbao_core.desk.life import reduce_all
from zhongbao_core.ledger.journal import Journal

START = utc("2026-11-16 02:00")
BOARD = ("chen-jun", "liu-yang", "sun-li")
PYTHON = sys.executable
Done = subprocess.CompletedProcess[str]


class Site:
    """A world, a working folder, and ``freeze run`` started as a process of its own."""

    def __init__(self, base: Path) -> None:
        self.world = World(base, utc("2026-10-01 00:00"), FakePolicy())
        self.here = base / "here"
        self.here.mkdir()

    def permit(self, argv: Sequence[str], *, name: str = "CR-games-0007-P1", **more: Any) -> Path:
        binds = {"command": command_digest(argv), **more.pop("binds", {})}
        return self.world.permit(START, *BOARD, work=request(START, binds=binds, **more), name=name)

    def line(
        self, permit: Path, argv: Sequence[str], *options: str, at: str = iso(START + timedelta(minutes=1))
    ) -> list[str]:
        words = self.world.arguments("--lang", "en", "freeze", "run", "--permit", str(permit), "--at", at)
        return [PYTHON, "-m", "zhongbao", *words, "--result", str(self.here / "result.json"), *options, "--", *argv]

    def run(self, permit: Path, argv: Sequence[str], *options: str, **more: Any) -> Done:
        return subprocess.run(
            self.line(permit, argv, *options, **more), cwd=self.here, capture_output=True, text=True, timeout=60
        )

    def start(self, permit: Path, argv: Sequence[str], *options: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.line(permit, argv, *options), cwd=self.here, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def runs(self) -> list[tuple[str, Any]]:
        with Journal.open(self.world.outside / "ledger.db", read_only=True) as journal:
            found = journal.entries(kinds=("run.started", "run.ended"))
            return [(item.kind, item.body.get("outcome")) for item in found]

    def result(self) -> Any:
        return json.loads((self.here / "result.json").read_text())


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    return Site(tmp_path)


def touch(word: str = "done") -> list[str]:
    return [PYTHON, "-c", f"open('{word}', 'w').write('x'); print('hello from the command')"]


def test_an_approved_command_runs_once_and_start_and_end_stand_in_the_ledger(site: Site) -> None:
    permit = site.permit(touch())
    done = site.run(permit, touch())
    assert (done.returncode, (site.here / "done").exists(), done.stdout) == (0, True, "hello from the command\n"), (
        done.stderr
    )
    assert site.runs() == [("run.started", None), ("run.ended", "ok")]
    assert site.result()["started"] is True
    (site.here / "done").unlink()
    again = site.run(permit, touch())
    assert (again.returncode, (site.here / "done").exists()) == (1, False)
    assert "PERMIT_USED" in again.stdout
    assert site.runs() == [("run.started", None), ("run.ended", "ok")]


def test_the_desk_reads_the_run_as_carried_out(site: Site) -> None:
    permit = site.permit(touch())
    assert site.run(permit, touch()).returncode == 0
    with Journal.open(site.world.outside / "ledger.db", read_only=True) as journal:
        started, ended = journal.entries(kinds=("run.started", "run.ended"))
    assert (started.ref, started.key, ended.body["id"]) == ("CR-games-0007", "run:CR-games-0007-P1", "CR-games-0007-P1")
    assert reduce_all([started, ended]) == {}


def test_another_command_than_the_approved_one_is_held_and_not_started(site: Site) -> None:
    permit = site.permit(touch())
    done = site.run(permit, [*touch(), "--and-more"])
    assert (done.returncode, (site.here / "done").exists(), site.runs()) == (1, False, [])
    assert "PERMIT_MISMATCH" in done.stdout
    assert site.result() == {
        "schema_version": 1,
        "started": False,
        "verdict": "hold",
        "reason_code": "PERMIT_MISMATCH",
        "permit": "CR-games-0007-P1",
        "outcome": "refused",
        "command_exit_code": None,
        "exit_code": 1,
    }


def test_a_changed_command_is_held_even_where_no_freeze_is_in_force(site: Site) -> None:
    quiet = utc("2026-12-10 02:00")
    permit = site.world.permit(quiet, *BOARD, work=request(quiet, binds={"command": command_digest(touch())}))
    late = iso(quiet + timedelta(minutes=1))
    done = site.run(permit, touch("other"), at=late)
    assert (done.returncode, (site.here / "other").exists(), "PERMIT_MISMATCH" in done.stdout) == (1, False, True)
    assert site.run(permit, touch(), at=late).returncode == 0


def test_a_bound_file_is_hashed_again_and_a_changed_one_is_held(site: Site) -> None:
    (site.here / "app.tar").write_text("as approved")
    binds = {"file:app.tar": digest_of(str(site.here / "app.tar"))}
    permit = site.permit(touch(), binds=binds)
    (site.here / "app.tar").write_text("changed since")
    held = site.run(permit, touch())
    assert (held.returncode, "app.tar" in held.stdout, site.runs()) == (1, True, [])
    (site.here / "app.tar").unlink()
    assert site.run(permit, touch()).returncode == 3
    (site.here / "app.tar").write_text("as approved")
    assert site.run(permit, touch()).returncode == 0


def test_an_artifact_is_hashed_under_its_name(site: Site) -> None:
    (site.here / "build-77.img").write_text("image")
    permit = site.permit(touch(), binds={"artifact:image": digest_of(str(site.here / "build-77.img"))})
    assert site.run(permit, touch()).returncode == 1
    assert site.run(permit, touch(), "--artifact", "image=build-77.img").returncode == 0


def git(folder: Path, *args: str) -> str:
    safe = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *safe, *args], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def test_the_bound_commit_must_be_the_one_checked_out_and_clean(site: Site) -> None:
    git(site.here, "init", "-q")
    (site.here / "code").write_text("1")
    git(site.here, "add", "code")
    git(site.here, "commit", "-qm", "one")
    commit = git(site.here, "rev-parse", "HEAD")
    permit = site.permit(["true"], binds={f"commit:{commit}": commit_digest(commit)})
    (site.here / "code").write_text("2")
    dirty = site.run(permit, ["true"])
    assert (dirty.returncode, "COMMIT_DIRTY" in dirty.stdout) == (3, True), dirty.stdout
    git(site.here, "commit", "-qam", "two")
    other = site.run(permit, ["true"])
    assert (other.returncode, "PERMIT_MISMATCH" in other.stdout) == (1, True)
    git(site.here, "checkout", "-q", commit)
    assert site.run(permit, ["true"]).returncode == 0


@pytest.mark.parametrize(
    ("ended", "seen", "outcome"),
    [
        pytest.param(Ended(0), 0, "ok", id="success"),
        pytest.param(Ended(1), 101, "failed", id="its 1 is not our held"),
        pytest.param(Ended(2), 102, "failed", id="its 2 is not our wrong use"),
        pytest.param(Ended(3), 103, "failed", id="its 3 is not our cannot tell"),
        pytest.param(Ended(7), 7, "failed", id="any other as it is"),
        pytest.param(Ended(-9), 137, "killed", id="killed"),
        pytest.param(Ended(-15), 143, "killed", id="terminated"),
        pytest.param(Ended(None, missing=True), 127, "not_started", id="not found"),
        pytest.param(Ended(None), 126, "not_started", id="not runnable"),
    ],
)
def test_the_exit_code_of_the_command_is_told_from_ours(ended: Ended, seen: int, outcome: str) -> None:
    assert (ended.exit_code, ended.outcome) == (seen, outcome)


def test_a_failing_command_passes_its_code_on_and_is_recorded_as_failed(site: Site) -> None:
    argv = [PYTHON, "-c", "raise SystemExit(3)"]
    assert site.run(site.permit(argv), argv).returncode == 103
    assert (site.runs()[-1], site.result()["command_exit_code"]) == (("run.ended", "failed"), 3)


def test_a_command_that_does_not_exist_ends_in_127_and_is_recorded_as_not_started(site: Site) -> None:
    done = site.run(site.permit(["/no/such/command"]), ["/no/such/command"])
    assert (done.returncode, site.runs()[-1], site.result()["started"]) == (127, ("run.ended", "not_started"), False)


def test_no_shell_ever_sees_the_command(site: Site) -> None:
    argv = [PYTHON, "-c", "import sys; print(sys.argv[1:])", "$(touch owned)", "; touch owned", "`touch owned`"]
    done = site.run(site.permit(argv), argv)
    assert (done.returncode, (site.here / "owned").exists()) == (0, False)
    assert "$(touch owned)" in done.stdout


WAITING = [
    PYTHON,
    "-c",
    "import signal, sys, time\n"
    "def stop(n, f):\n    print('got', signal.Signals(n).name, flush=True)\n    sys.exit(42)\n"
    "[signal.signal(s, stop) for s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1)]\n"
    "open('ready', 'w').close()\ntime.sleep(60)\n",
]


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_reaches_the_command_and_its_end_is_recorded(site: Site, name: str) -> None:
    process = site.start(site.permit(WAITING), WAITING)
    wait_for((site.here / "ready").exists)
    process.send_signal(getattr(signal, name))
    out, err = process.communicate(timeout=30)
    assert (process.returncode, f"got {name}" in out) == (42, True), err
    assert site.runs() == [("run.started", None), ("run.ended", "failed")]


def test_a_killed_command_ends_in_137_and_is_recorded_as_killed(site: Site) -> None:
    argv = [PYTHON, "-c", "import os; os.kill(os.getpid(), 9)"]
    assert site.run(site.permit(argv), argv).returncode == 137
    assert site.runs() == [("run.started", None), ("run.ended", "killed")]


def test_a_killed_runner_leaves_the_start_on_record_and_the_permit_used(site: Site) -> None:
    permit = site.permit(WAITING)
    process = site.start(permit, WAITING)
    wait_for((site.here / "ready").exists)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.kill()
    process.wait(30)
    for child in children:
        os.kill(int(child), signal.SIGKILL)
    process.communicate(timeout=30)
    assert site.runs() == [("run.started", None)]
    again = site.run(permit, WAITING)
    assert (again.returncode, "PERMIT_USED" in again.stdout) == (1, True)


def test_of_many_that_start_at_once_with_one_permit_exactly_one_runs(site: Site) -> None:
    argv = [PYTHON, "-c", "import os; open(f'ran-{os.getpid()}', 'w').close()"]
    permit = site.permit(argv)
    started = [site.start(permit, argv) for _ in range(4)]
    codes = sorted(process.wait(60) for process in started)
    for process in started:
        process.communicate()
    assert codes == [0, 1, 1, 1]
    assert len(list(site.here.glob("ran-*"))) == 1


def test_the_start_is_on_disk_before_the_command_begins(site: Site) -> None:
    count = "select count(*) from entries where kind='run.started'"
    look = "import sqlite3; print(sqlite3.connect({!r}).execute({!r}).fetchone())"
    argv = [PYTHON, "-c", look.format(str(site.world.outside / "ledger.db"), count)]
    done = site.run(site.permit(argv), argv)
    assert (done.returncode, done.stdout) == (0, "(1,)\n")


def test_without_a_reachable_ledger_nothing_is_started(site: Site) -> None:
    permit = site.permit(touch())
    (site.world.outside / "ledger.db").rename(site.here / "gone.db")
    done = site.run(permit, touch())
    assert (done.returncode, (site.here / "done").exists()) == (3, False), done.stdout


def test_an_offline_run_leaves_a_receipt_and_says_that_use_was_not_checked(site: Site) -> None:
    permit = site.permit(touch())
    done = site.run(permit, touch(), "--offline", "--receipt-dir", "receipts")
    assert (done.returncode, site.runs()) == (0, [])
    (line,) = (site.here / "receipts/receipts.jsonl").read_text().splitlines()
    assert (json.loads(line)["verdict"], json.loads(line)["use"]) == ("allow", "unchecked")
    assert "not checked" in done.stderr or "unchecked" in done.stderr


def test_a_tampered_permit_starts_nothing(site: Site) -> None:
    permit = site.permit(touch())
    body = json.loads(permit.read_text())
    body["permit"] = body["permit"].replace('"uses":1', '"uses":9')
    forged = site.here / "forged.json"
    forged.write_text(json.dumps(body))
    done = site.run(forged, touch())
    assert (done.returncode, (site.here / "done").exists(), site.runs()) == (1, False, [])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param(lambda text: text[:-9], "PERMIT_MALFORMED", id="cut short"),
        pytest.param(lambda text: text.replace('\\"uses\\":1', '\\"uses\\":9'), "PERMIT_FORGED", id="one word changed"),
    ],
)
def test_a_bad_permit_is_a_fault_of_the_file_and_not_of_the_machine(
    site: Site, change: Callable[[str], str], code: str
) -> None:
    permit = site.permit(touch())
    bad = site.here / "bad.json"
    bad.write_text(change(permit.read_text()))
    assert bad.read_text() != permit.read_text()
    said = site.run(bad, touch()).stdout
    assert code in said and "zhongbao permit issue" in said
    assert not any(word in said for word in ("doctor", "no manifest", "无策略清单"))


def test_a_step_is_judged_again_under_the_run_that_has_begun(site: Site) -> None:
    steps = {"command:migrate": command_digest(["true"])}
    main = [PYTHON, "-c", "print('main')"]
    permit = site.permit(main, binds=steps)
    early = site.run(permit, ["true"], "--step", "--as", "migrate")
    assert (early.returncode, "RUN_NOT_BEGUN" in early.stdout) == (1, True), early.stdout
    assert site.run(permit, main).returncode == 0
    then = site.run(permit, ["true"], "--step", "--as", "migrate", at=iso(START + timedelta(minutes=5)))
    other = site.run(permit, ["false"], "--step", "--as", "migrate", at=iso(START + timedelta(minutes=5)))
    assert (then.returncode, other.returncode) == (0, 1), then.stdout


def test_a_missing_permit_file_and_a_missing_command_are_told_apart(site: Site) -> None:
    assert site.run(site.here / "none.json", ["true"]).returncode == 3
    words = site.world.arguments("freeze", "run", "--permit", "x", "--")
    assert subprocess.run([PYTHON, "-m", "zhongbao", *words], capture_output=True).returncode == 2


def test_the_binds_of_a_draft_are_those_the_door_will_show(tmp_path: Path) -> None:
    (tmp_path / "deploy.sh").write_text("#!/bin/sh\n")
    words = ["freeze", "run", "--binds", "--file", "deploy.sh", "--", "./deploy.sh", "prod"]
    env = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run([PYTHON, "-m", "zhongbao", *words], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert json.loads("{" + ",".join(done.stdout.splitlines()) + "}") == {
        "command": command_digest(["./deploy.sh", "prod"]),
        "file:deploy.sh": digest_of(str(tmp_path / "deploy.sh")),
    }
