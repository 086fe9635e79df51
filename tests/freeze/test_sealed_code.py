"""A sealed code opens once at every door that reaches the ledger, and no emergency release goes through it unrecorded."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from desk_fakes import T0, MemoryBook, policy
from permits import code as said
from permits import glass, question
from world import World

from freeze.decision.case import UseState
from freeze.decision.gate import decide
from freeze.desk.audit import Books, findings, owed
from freeze.doors.git_push import object_digest
from zhongbao.__main__ import run
from zhongbao_core.approval.codes import SEALED_BITS, issue
from zhongbao_core.clock import iso

MINUTE = timedelta(minutes=1)
SILENT = datetime(2026, 11, 20, 18, 12, tzinfo=T0.tzinfo)
SEALED = issue(2, T0, bits=SEALED_BITS)
OPEN = ("freeze", "breakglass", "open", "--system", "core-db", "--by", "li-na", "--reason", "表空间满", "--restores")
GATE = ("freeze", "gate", "--system", "core-db", "--kind", "restore", "--format", "json", "--permit")
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    monkeypatch.chdir(tmp_path)
    base = policy()
    rules = replace(base.breakglass, sealed_codes=SEALED.hashes)
    world = World(tmp_path, T0 - timedelta(days=1), replace(base, breakglass=rules))

    def invoke(at: datetime, *words: str, command: tuple[str, ...] = ()) -> tuple[int, str, str]:
        capsys.readouterr()
        tail = ["--", *command] if command else []
        status = run([*world.arguments("--lang", "en", *words, "--at", iso(at)), *tail])
        out, err = capsys.readouterr()
        return status, out, err

    return invoke


def opened(call: Call, at: datetime, out: str, *more: str, sealed: int = 0) -> str:
    """Open an emergency release by a sealed code; its id."""
    status, text, err = call(at, *OPEN, "--code", SEALED.codes[sealed], "--out", out, "--format", "json", *more)
    assert status == 0, text + err
    return str(json.loads(text)["id"])


def gate(call: Call, at: datetime, permit: str, *more: str) -> tuple[int, str]:
    status, text, _ = call(at, *GATE, permit, *more)
    return status, str(json.loads(text)["reason_code"])


def releases(call: Call, at: datetime) -> dict[str, dict[str, Any]]:
    """What the ledger alone knows; the spool looked at is one that is not there."""
    status, text, err = call(at, "freeze", "breakglass", "list", "--spool", "none", "--format", "json")
    assert status == 0, text + err
    return {item["id"]: item for item in json.loads(text)["releases"]}


def audited(call: Call, at: datetime) -> dict[str, dict[str, Any]]:
    _, text, _ = call(at, "freeze", "audit", "--spool", "none", "--format", "json")
    return {item["rule"]: item for item in json.loads(text)["findings"]}


def test_a_code_whose_use_the_ledger_knows_opens_no_second_permit_before_or_after_the_merge(call: Call) -> None:
    first = opened(call, SILENT, "a.json")
    second = opened(call, SILENT + MINUTE, "b.json", "--offline", "--spool", "sp")
    door = ("freeze", "run", "--permit")
    status, out, _ = call(SILENT + 2 * MINUTE, *door, "b.json", command=("touch", "twice"))
    assert (status, "SEALED_CODE_USED" in out, first in out, Path("twice").exists()) == (1, True, True, False)
    assert gate(call, SILENT + 3 * MINUTE, "b.json") == (1, "SEALED_CODE_USED")
    status, out, err = call(SILENT + 4 * MINUTE, "freeze", "breakglass", "merge", "--spool", "sp")
    assert (status, out.split()) == (1, [second])
    assert "sealed#0" in err and first in err and second in err
    assert call(SILENT + 5 * MINUTE, *door, "b.json", command=("touch", "twice"))[0] == 1
    assert call(SILENT + 6 * MINUTE, *door, "a.json", command=("touch", "once"))[0] == 0
    found = audited(call, SILENT + 7 * MINUTE)["SEALED_CODE_TWICE"]
    assert (found["severity"], found["place"]) == ("high", "sealed#0")
    assert found["evidence"]["releases"] == f"{first}, {second}"


def test_a_refused_second_use_is_in_the_audit_though_nobody_merges(call: Call) -> None:
    first = opened(call, SILENT, "a.json")
    second = opened(call, SILENT + MINUTE, "b.json", "--offline", "--spool", "sp")
    assert "SEALED_CODE_TWICE" not in audited(call, SILENT + MINUTE)
    assert gate(call, SILENT + 2 * MINUTE, "b.json") == (1, "SEALED_CODE_USED")
    found = audited(call, SILENT + 3 * MINUTE)["SEALED_CODE_TWICE"]
    assert found["evidence"]["releases"] == f"{first}, {second}"
    assert second not in releases(call, SILENT + 3 * MINUTE)


def test_of_two_offline_releases_by_one_code_the_first_at_the_door_goes_through(call: Call) -> None:
    names = [opened(call, SILENT, f"{spool}.json", "--offline", "--spool", spool) for spool in ("s1", "s2")]
    assert gate(call, SILENT + MINUTE, "s2.json") == (0, "BREAK_GLASS")
    assert gate(call, SILENT + MINUTE, "s1.json") == (1, "SEALED_CODE_USED")
    assert list(releases(call, SILENT + 2 * MINUTE)) == [names[1]]


def test_another_code_still_opens(call: Call) -> None:
    opened(call, SILENT, "a.json")
    opened(call, SILENT, "b.json", "--offline", "--spool", "sp", sealed=1)
    assert gate(call, SILENT + MINUTE, "b.json") == (0, "BREAK_GLASS")
    assert gate(call, SILENT + MINUTE, "a.json") == (0, "BREAK_GLASS")


@pytest.mark.parametrize("way", ["gate", "run"])
def test_a_release_never_merged_is_recorded_by_the_door_that_lets_it_through(call: Call, way: str) -> None:
    name = opened(call, SILENT, "a.json", "--offline", "--spool", "sp")
    assert name not in releases(call, SILENT)
    if way == "gate":
        assert gate(call, SILENT + MINUTE, "a.json") == (0, "BREAK_GLASS")
    else:
        assert call(SILENT + MINUTE, "freeze", "run", "--permit", "a.json", command=("true",))[0] == 0
    seen = releases(call, SILENT + 2 * MINUTE)[name]
    wanted = {"by": "li-na", "code": "sealed#0", "recorded": True, "reviewed_at": None, "signers": []}
    assert {key: seen[key] for key in wanted} == wanted
    assert seen["opened_at"] == iso(SILENT)
    rules = audited(call, SILENT + 2 * MINUTE)
    assert "REVIEW_OPEN" in rules and "BREAKGLASS_UNRECORDED" not in rules
    status, out, err = call(SILENT + 3 * MINUTE, "freeze", "breakglass", "merge", "--spool", "sp")
    assert (status, out, err.count("0 merged")) == (0, "", 1)


def test_a_held_release_is_not_recorded_as_opened(call: Call) -> None:
    name = opened(call, SILENT, "a.json", "--offline", "--spool", "sp")
    assert gate(call, SILENT + 2 * timedelta(hours=1), "a.json") == (1, "PERMIT_EXPIRED")
    assert name not in releases(call, SILENT + 2 * timedelta(hours=1))


def test_a_used_or_expired_release_is_opened_anew_not_issued(call: Call) -> None:
    opened(call, SILENT, "a.json")
    assert gate(call, SILENT + MINUTE, "a.json")[0] == 0
    for at, code in ((2 * MINUTE, "PERMIT_USED"), (timedelta(hours=2), "PERMIT_EXPIRED")):
        body = json.loads(call(SILENT + at, *GATE, "a.json")[1])
        step = json.dumps(body["next_step"], ensure_ascii=False)
        if code == "PERMIT_USED":
            assert body["reason_code"] == code
        assert "zhongbao freeze breakglass open" in step
        assert "permit issue" not in step


def test_a_code_used_elsewhere_holds_even_a_restoration_and_says_what_to_do() -> None:
    from fakes import FakePolicy

    use = UseState(True, "free", code_used="BG-0")
    view = glass(SILENT, sealed=True, code="sealed#0")
    found = decide(question(kind="restore"), FakePolicy(), SILENT, permit=view, use=use)
    assert said(found) == ("hold", "SEALED_CODE_USED")
    assert "BG-0" in found.message.zh and "BG-0" in found.message.en
    assert "zhongbao freeze breakglass open" in found.next_step.zh


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param("decision", {"verdict": "allow", "reason_code": "BREAK_GLASS", "permit": "BG-9"}, id="decision"),
        pytest.param("run.started", {"id": "BG-9", "permit": "sha256:0"}, id="run"),
    ],
)
def test_the_audit_names_a_passage_under_a_release_that_nobody_recorded(kind: str, body: dict[str, Any]) -> None:
    book = MemoryBook()
    book.append(kind, "BG-9" if kind == "run.started" else "ci", body, at=SILENT)
    entries = tuple(book.entries())
    decisions = tuple(item for item in entries if item.kind == "decision")
    runs = tuple(item for item in entries if item.kind == "run.started")
    (found,) = findings(Books({}, (), decisions, (), runs), SILENT)
    assert (found.rule, str(found.place), found.severity.id) == ("BREAKGLASS_UNRECORDED", "BG-9", "high")
    assert owed([found])


def test_the_audit_passes_over_decisions_with_odd_bodies() -> None:
    book = MemoryBook()
    for body in ({"permit": 7}, {"permit": "BG-1", "verdict": "hold"}, {"permit": "BG-1", "code": ["x"]}, {}):
        book.append("decision", "ci", body, at=SILENT)
    found = findings(Books({}, (), tuple(book.entries()), ()), SILENT)
    assert {item.rule for item in found} == {"DOOR_HELD"}


def test_two_releases_by_one_code_do_not_go_in_with_one_push(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from test_git_door import START, Server

    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    server = Server(tmp_path)
    world = server.world
    world.adopt(replace(world.policy, breakglass=replace(world.policy.breakglass, sealed_codes=SEALED.hashes)))
    server.hook()
    bind = object_digest(server.commit("two"))
    for name in ("a", "b"):
        asked = ("--system", "portal", "--by", "li-na", "--reason", "x", "--restores", "--code", SEALED.codes[0])
        ref = ("--bind", f"tree:refs/heads/{name}={bind}", "--offline", "--spool", str(tmp_path / name))
        words = ("freeze", "breakglass", "open", *asked, *ref, "--out", str(server.permits / f"{name}.json"))
        assert run(world.arguments(*words, "--at", iso(START))) == 0
    both = ("-o", "zhongbao-permit=a", "-o", "zhongbao-permit=b")
    done = server.push(*both, "origin", "HEAD:refs/heads/a", "HEAD:refs/heads/b")
    assert (done.returncode != 0, "SEALED_CODE_USED" in done.stderr) == (True, True), done.stderr
    assert set(server.refs()) == {"refs/heads/main"}
    done = server.push(*both[:2], "origin", "HEAD:refs/heads/a")
    assert done.returncode == 0, done.stderr
