"""``freeze gate`` at the command line, on a real signed workspace, ledger and permits."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fakes import FakePolicy, utc
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from permits import FULL, FULL_BOARD, MANAGERS, PORTAL, request
from world import World

from freeze.doors.asking import commit_digest, mapped
from freeze.doors.gate_cli import gate
from freeze.doors.gate_options import OPTIONS, read
from freeze.model import Door
from zhongbao.__main__ import run
from zhongbao_core.approval.subject import Target
from zhongbao_core.canonical import digest
from zhongbao_core.ledger.journal import Journal

Ask = Callable[..., tuple[int, dict[str, Any]]]
AT = "2026-11-16T00:10Z"
SCHEMA = json.loads((Path(__file__).parent.parent.parent / "docs" / "schema" / "decision.json").read_text("utf-8"))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, FULL - timedelta(days=1), FakePolicy())


@pytest.fixture
def ask(world: World, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run a gate; exit code and the JSON answer, which always fits its schema."""

    def asked(*more: str, at: str = AT) -> tuple[int, dict[str, Any]]:
        when = ("--at", at) if at else ()
        code = run(world.arguments("freeze", "gate", *when, "--format", "json", *more))
        out = capsys.readouterr().out
        answer: dict[str, Any] = json.loads(out)
        Draft202012Validator(SCHEMA).validate(answer)
        assert answer["exit_code"] == code
        return code, answer

    return asked


RELEASE = ("--system", "portal", "--kind", "release")


def test_without_a_permit_it_is_held_and_recorded_before_the_answer(world: World, ask: Ask) -> None:
    code, answer = ask(*RELEASE)
    assert (code, answer["reason_code"], answer["rehearsal"]) == (1, "FROZEN", True)
    with Journal.open(world.outside / "ledger.db", read_only=True) as journal:
        last = journal.last()
    assert last is not None and last.kind == "decision"
    assert (last.body["verdict"], last.body["targets"], last.body["actor"]) == ("hold", ["portal/prod"], "")


def test_a_permit_opens_once_where_the_ledger_is_asked(world: World, ask: Ask) -> None:
    path = str(world.permit(FULL, *FULL_BOARD))
    first, second = ask(*RELEASE, "--permit", path), ask(*RELEASE, "--permit", path)
    assert (first[0], first[1]["reason_code"], first[1]["use"]) == (0, "PERMITTED", "checked")
    assert (second[0], second[1]["reason_code"]) == (1, "PERMIT_USED")


def test_a_step_of_work_that_the_ledger_saw_start_is_let_through(world: World, ask: Ask) -> None:
    path = str(world.permit(FULL, *FULL_BOARD))
    ask(*RELEASE, "--permit", path)
    code, answer = ask(*RELEASE, "--permit", path, "--step", at="2026-11-16T00:20Z")
    assert (code, answer["question"]["started"]) == (0, "2026-11-16T00:10:00Z")


def test_a_revoked_permit_is_refused_where_the_ledger_is_asked(world: World, ask: Ask) -> None:
    path = str(world.permit(FULL, *FULL_BOARD))
    with Journal.open(world.outside / "ledger.db", writer="desk") as journal:
        body = {"id": "CR-games-0007-P1", "by": "chen-jun", "reason": digest(b"-")}
        journal.append("permit.revoked", "CR-games-0007", body, at=FULL)
    assert ask(*RELEASE, "--permit", path)[1]["reason_code"] == "PERMIT_REVOKED"


def test_design_5_8_offline_a_receipt_is_kept_that_only_its_owner_reads(world: World, ask: Ask, tmp_path: Path) -> None:
    path = str(world.permit(FULL, *FULL_BOARD))
    folder = tmp_path / "receipts"
    code, answer = ask(*RELEASE, "--permit", path, "--offline", "--receipt-dir", str(folder))
    assert (code, answer["use"]) == (0, "unchecked")
    ask(*RELEASE, "--offline", "--receipt-dir", str(folder))
    lines = [json.loads(line) for line in (folder / "receipts.jsonl").read_text("utf-8").splitlines()]
    assert [(item["verdict"], item["use"]) for item in lines] == [("allow", "unchecked"), ("hold", "unchecked")]
    assert lines[0]["id"] != lines[1]["id"]
    assert stat.S_IMODE((folder / "receipts.jsonl").stat().st_mode) == 0o600


def test_an_offline_allow_without_a_receipt_is_no_allow(world: World, ask: Ask, tmp_path: Path) -> None:
    path = str(world.permit(FULL, *FULL_BOARD))
    (tmp_path / "file").write_text("in the way", "utf-8")
    code, answer = ask(*RELEASE, "--permit", path, "--offline", "--receipt-dir", str(tmp_path / "file"))
    assert (code, answer["verdict"], answer["reason_code"]) == (3, "unknown", "RECEIPT_UNWRITABLE")


def test_too_few_signatures_are_named_one_line_each(world: World, ask: Ask) -> None:
    path = str(world.permit(FULL, *MANAGERS))
    answer = ask(*RELEASE, "--permit", path)[1]
    assert (answer["reason_code"], answer["missing"][0]["zh"]) == (
        "APPROVALS_MISSING",
        "还差 1 位副总裁及以上审批（签名）",
    )


def test_every_changed_byte_region_of_a_permit_is_refused(world: World, ask: Ask, tmp_path: Path) -> None:
    data = world.permit(FULL, *FULL_BOARD).read_bytes()
    path = tmp_path / "changed.json"
    for place in range(0, len(data), max(1, len(data) // 40)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        code, answer = ask(*RELEASE, "--permit", str(path), "--offline", "--receipt-dir", str(tmp_path / "r"))
        assert (code, answer["verdict"]) == (1, "hold"), place


@pytest.mark.parametrize(
    "junk", [b"", b"{}", b"\x00" * 100, b"[" * 100_000, "放行".encode(), b'{"permit":1,"proofs":[],"checkpoint":""}']
)
def test_a_permit_that_is_none_is_held_without_a_traceback(ask: Ask, tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "junk"
    path.write_bytes(junk)
    assert ask(*RELEASE, "--permit", str(path))[1]["reason_code"] == "PERMIT_MALFORMED"


def test_files_and_commits_are_hashed_here_and_bound(world: World, ask: Ask, tmp_path: Path) -> None:
    built = tmp_path / "app.tar"
    built.write_bytes(b"release 1")
    commit = "0123456789abcdef0123456789abcdef01234567"
    binds = {f"file:{built}": digest(b"release 1"), f"commit:{commit}": commit_digest(commit)}
    path = str(world.permit(FULL, *FULL_BOARD, work=request(FULL, binds=binds)))
    more = (*RELEASE, "--permit", path, "--file", str(built), "--commit", commit)
    built.write_bytes(b"release 2")
    assert ask(*more)[1]["reason_code"] == "PERMIT_MISMATCH"
    built.write_bytes(b"release 1")
    assert ask(*more)[0] == 0


BREAKS: dict[str, tuple[Callable[[World], object], str]] = {
    "manifest gone": (lambda w: (w.workspace / "manifest.json").unlink(), "MANIFEST_UNSIGNED"),
    "manifest edited": (
        lambda w: (w.workspace / "manifest.json").write_bytes(
            (w.workspace / "manifest.json").read_bytes().replace(b'"version":1', b'"version":2')
        ),
        "MANIFEST_UNSIGNED",
    ),
    "signature gone": (lambda w: (w.workspace / "manifest.sigs" / "root-a.sig").unlink(), "MANIFEST_UNSIGNED"),
    "trust gone": (lambda w: w.trust_path.unlink(), "TRUST_MISSING"),
    "trust broken": (lambda w: w.trust_path.write_text("{", "utf-8"), "TRUST_INVALID"),
    "ledger gone": (lambda w: (w.outside / "ledger.db").unlink(), ""),
    "ledger is no database": (lambda w: (w.outside / "ledger.db").write_bytes(b"x" * 4096), ""),
}


@pytest.mark.parametrize("name", list(BREAKS))
def test_edge_21_a_gate_that_cannot_decide_refuses_with_3_and_says_why_in_json(
    name: str, world: World, ask: Ask
) -> None:
    act, wanted = BREAKS[name]
    act(world)
    code, answer = ask(*RELEASE, at="2026-11-16T00:10Z" if "trust" not in name else "")
    assert (code, answer["verdict"]) == (3, "unknown")
    assert wanted in ("", answer["reason_code"]) and answer["message"]["zh"]


def test_edge_21_a_compiled_file_that_was_edited_is_not_believed(world: World, ask: Ask) -> None:
    for path in (world.workspace / "compiled").iterdir():
        path.write_bytes(path.read_bytes().replace(b'"block"', b'"allow"'))
    code, answer = ask(*RELEASE)
    assert code == 3 and answer["verdict"] == "unknown"


def test_an_expired_manifest_is_refused(world: World, ask: Ask) -> None:
    assert ask(*RELEASE, at="2028-01-01T00:00Z")[1]["reason_code"] == "MANIFEST_EXPIRED"


def test_edge_22_a_clock_behind_the_manifest_cannot_tell(world: World, ask: Ask) -> None:
    assert ask(*RELEASE, at="2026-11-14T00:00Z")[0] == 3


def test_edge_22_a_clock_behind_the_last_ledger_entry_cannot_tell(world: World, ask: Ask) -> None:
    ask(*RELEASE, at="2026-11-16T05:00Z")
    code, answer = ask(*RELEASE, at="2026-11-16T04:00Z")
    assert (code, answer["reason_code"]) == (3, "CLOCK_BACKWARDS")
    assert "2026-11-16T05:00:00Z" in str(answer["next_step"]) and "init --example" in str(answer["next_step"])


def test_an_older_manifest_is_refused_once_a_newer_one_was_seen(world: World, ask: Ask) -> None:
    old = {path.name: path.read_bytes() for path in (world.workspace / "manifest.sigs").iterdir()}
    manifest = (world.workspace / "manifest.json").read_bytes()
    world.adopt(FakePolicy(ladder=(), directory=world.policy.directory))
    ask(*RELEASE)
    (world.workspace / "manifest.json").write_bytes(manifest)
    for name, data in old.items():
        (world.workspace / "manifest.sigs" / name).write_bytes(data)
    assert ask(*RELEASE)[1]["reason_code"] == "MANIFEST_ROLLED_BACK"


def test_a_real_trust_file_takes_no_instant_from_the_asker(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    real = World(tmp_path, utc("2026-11-15 00:00"), FakePolicy(), rehearsal=False)
    assert run(real.arguments("freeze", "gate", *RELEASE, "--at", AT)) == 2
    said = capsys.readouterr()
    assert said.out == "" and "AT_REFUSED" in said.err


def test_an_untrusted_demo_says_so_in_every_format(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    base = ["--workspace", str(world.workspace), "freeze", "gate", *RELEASE, "--untrusted-demo", "--at", AT]
    for fmt, sign in {
        "text": "未经验证",
        "json": '"untrusted": true',
        "junit": "未经验证",
        "github": "未经验证",
        "gitlab": "UNTRUSTED=true",
    }.items():
        run([*base, "--format", fmt])
        assert sign in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "code"),
    [
        pytest.param(("--duration", "soon"), 2, id="a length nobody can read"),
        pytest.param(("--bind", "nothing"), 2, id="a bind without a digest"),
        pytest.param(("--bind", "a=1", "--bind", "a=2"), 2, id="a bind said twice"),
        pytest.param(("--format", "yaml"), 2, id="a format nobody writes"),
        pytest.param(("--sistem", "x"), 2, id="an option nobody knows"),
        pytest.param(("stray",), 2, id="a stray word"),
        pytest.param(("--permit",), 2, id="an option without its value"),
        pytest.param(("--permit", "/nowhere/p.json"), 3, id="a permit that is not there"),
        pytest.param(("--file", "/nowhere/app.tar"), 3, id="a file that is not there"),
        pytest.param(("--started", "yesterday"), 2, id="a start nobody can read"),
    ],
)
def test_wrong_use_ends_in_2_and_what_cannot_be_read_in_3(world: World, more: tuple[str, ...], code: int) -> None:
    assert run(world.arguments("freeze", "gate", *RELEASE, "--at", AT, *more)) == code


def test_help_is_clicks_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["freeze", "gate", "--help"]) == 0
    said = capsys.readouterr().out
    assert all(option.names[0] in said for option in OPTIONS)


def test_edge_10_a_project_nobody_mapped_is_held_as_an_unknown_system(world: World, ask: Ask) -> None:
    code, answer = ask("--project", "web/shop", "--door", "jenkins", "--kind", "release")
    assert (code, answer["reason_code"]) == (1, "UNKNOWN_SYSTEM")
    door = Door("jenkins", "jenkins", {"web/*": (PORTAL,), "web/s*": (Target("billing", "prod"),)})
    assert mapped(door, "web/shop") == (PORTAL, Target("billing", "prod"))


def test_hostile_words_never_reach_the_terminal_raw(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    nasty = "\x1b[2J\u202eevil\n::error::x"
    run(world.arguments("freeze", "gate", "--system", nasty, "--kind", nasty, "--actor", nasty, "--at", AT))
    said = capsys.readouterr()
    assert not set(said.out + said.err) & {"\x1b", "\u202e"}


def test_gitlab_gets_dotenv_on_stdout_and_words_on_stderr(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    run(world.arguments("freeze", "gate", *RELEASE, "--at", AT, "--format", "gitlab"))
    said = capsys.readouterr()
    assert all(re.fullmatch(r"ZHONGBAO_[A-Z_]+=\S*", line) for line in said.out.splitlines())
    assert "拦截" in said.err


def test_github_gets_a_job_summary_where_it_asks_for_one(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    run(world.arguments("freeze", "gate", *RELEASE, "--at", AT, "--format", "github"))
    assert page.read_text("utf-8").startswith("### zhongbao: 拦截")
    assert capsys.readouterr().out.startswith("::error title=")


def test_the_answer_stands_even_on_a_terminal_that_knows_no_chinese(world: World) -> None:
    import io

    from freeze.doors.gate_run import _write

    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    _write(stream, "拦截 FROZEN\n")
    stream.flush()
    assert stream.buffer.getvalue() == b"\\u62e6\\u622a FROZEN\n"


WORDS = [name for option in OPTIONS for name in (*option.names, option.off) if name]
TOKENS = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from([f"{name}=v" for name in WORDS]),
    st.sampled_from(["v", "json", "k=v", "", "-", "--", "-svalue", "--help", "-h", "text", "--form", "x y"]),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(TOKENS, max_size=8))
def test_what_the_quick_reader_takes_click_reads_the_same(tokens: list[str]) -> None:
    quick = read(tokens)
    if quick is None:
        return
    context = gate.make_context("gate", list(tokens))
    assert {name: context.params[name] for name in quick} == quick


@pytest.mark.parametrize(
    "tokens",
    [
        [],
        ["-s", "a", "--system", "b", "--kind=release", "--offline", "--format", "json"],
        ["--online", "--step", "--untrusted-demo", "--label", "a=b", "--label=c=d"],
    ],
)
def test_plain_ways_of_asking_are_read_quickly(tokens: list[str]) -> None:
    quick = read(tokens)
    assert quick is not None
    assert quick == {name: gate.make_context("gate", list(tokens)).params[name] for name in quick}


def test_click_and_the_quick_reader_give_the_same_answer(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    from zhongbao.cli import cli

    words = world.arguments("freeze", "gate", *RELEASE, "--at", AT, "--offline", "--receipt-dir", str(world.base / "r"))
    assert run(words) == 1
    quick = capsys.readouterr().out
    result = CliRunner().invoke(cli, words)
    assert (result.exit_code, result.stdout) == (1, quick)
