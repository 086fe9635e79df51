"""The status: what is in force, what runs, what is open and owed, and what nobody looked at."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from desk_fakes import T0, cheap_sign, desk_of, draft, key_line
from fakes import FakePolicy, utc
from world import World

from freeze.desk.base import Desk
from freeze.desk.permits import end_run, issue_permit, start_run
from freeze.desk.requests import Submitted, submit
from freeze.model import Exemption, Selector
from zhongbao import status_render
from zhongbao.__main__ import run
from zhongbao.status import Policies, Register, Status, books_of, status_of, targets_of
from zhongbao_core.approval.attest import attestation_text
from zhongbao_core.approval.subject import Target
from zhongbao_core.clock import iso
from zhongbao_core.desk.approvals import record_signed
from zhongbao_core.desk.attested import Said, cosign, draft_attestation, record_attested
from zhongbao_core.errors import InputError
from zhongbao_core.text import Text

GOLDEN = Path(__file__).with_name("golden")
HOUR = timedelta(hours=1)
VOUCHED = Policies("3:sha256:abcd", T0 + 20 * HOUR)


def sign(desk: Desk, made: Submitted, person: str, at: datetime) -> None:
    record_signed(desk, made.statement, cheap_sign(key_line(person), made.statement), at)


def attest(desk: Desk, made: Submitted, person: str, at: datetime) -> None:
    said = Said(person, "phone", at, call_back="13800001234", evidence=b"scan")
    item = draft_attestation(desk, made.statement, said, "xu-gang", "sun-mei", at)
    text = attestation_text(item)
    seals = [cheap_sign(key_line(name), text, "attest@zhongbao") for name in ("xu-gang", "sun-mei")]
    record_attested(desk, made.statement, item, seals[0], at, evidence=b"scan")
    cosign(desk, made.request.id, seals[1], at)


@pytest.fixture
def desk() -> Desk:
    """One change running, one approved on the phone and waiting, one on another system without any approval."""
    here = desk_of()
    runs = submit(here, draft(), T0)
    sign(here, runs, "chen-jun", T0)
    sign(here, runs, "liu-yang", T0)
    issue_permit(here, runs.request.id, T0)
    waits = submit(here, draft(title="升级门户", kind="release", targets=(Target("portal", "prod"),)), T0)
    attest(here, waits, "chen-jun", T0)
    submit(here, draft(title="清日志", start=T0 + 3 * HOUR), T0)
    start_run(here, runs.request.id, f"{runs.request.id}-P1", T0 + HOUR, door="run", actor="li-na", host="h")
    return here


def seen(desk: Desk, at: datetime, system: str = "", **more: Any) -> Status:
    targets = targets_of(desk.policy, system)
    values: dict[str, Any] = {"policies": VOUCHED, "books": books_of(desk, at, targets), **more}
    return status_of(desk.policy, at, system=system, **values)


AT = T0 + HOUR + timedelta(minutes=10)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", ["text", "line", "json"])
def test_the_status_looks_as_reviewed(desk: Desk, name: str, lang: Any, request: pytest.FixtureRequest) -> None:
    found = seen(desk, AT, register=Register({"freeze": 2, "exposure": None, "content": None, "patrol": None}))
    shown = getattr(status_render, name)(found, lang)
    path = GOLDEN / f"status.{lang}.{name}"
    if request.config.getoption("--update-golden"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(shown, "utf-8")
    assert shown == path.read_text("utf-8")


def test_whether_a_permitted_change_runs_on_a_system_is_answered_in_one_line(desk: Desk) -> None:
    running = status_render.line(seen(desk, AT, "core-db"), "zh")
    quiet = status_render.line(seen(desk, AT, "portal"), "zh")
    assert (running.count("\n"), "实施中 CR-games-0001（li-na）" in running) == (1, True)
    assert "实施中 0" in quiet


def test_an_open_request_says_what_it_still_lacks(desk: Desk) -> None:
    books = seen(desk, AT).books
    assert books is not None
    lacks = {item.request: len(item.lacks) for item in books.open}
    assert lacks == {"CR-games-0002": 1, "CR-games-0003": 1}


def test_a_confirmation_is_owed_and_late_after_its_day(desk: Desk) -> None:
    due = seen(desk, AT)
    late = seen(desk, T0 + 24 * HOUR)
    assert due.books is not None and late.books is not None
    assert [(item.reference, item.person, item.late) for item in due.books.confirmations] == [
        ("CR-games-0002", "chen-jun", False)
    ]
    assert [item.late for item in late.books.confirmations] == [True]
    assert (due.late, late.late) == (False, True)


def test_a_run_past_its_approved_span_is_late(desk: Desk) -> None:
    books = seen(desk, T0 + 3 * HOUR).books
    assert books is not None
    assert [(item.request, item.late) for item in books.running] == [("CR-games-0001", True)]


def test_the_past_is_told_as_it_stood(desk: Desk) -> None:
    end_run(desk, "CR-games-0001", "CR-games-0001-P1", T0 + 2 * HOUR, outcome="succeeded", exit_code=0)
    before, after = seen(desk, AT).books, seen(desk, T0 + 2 * HOUR).books
    assert before is not None and after is not None
    assert (len(before.running), len(after.running)) == (1, 0)


def test_what_was_not_looked_at_is_never_a_zero(desk: Desk) -> None:
    blind = seen(desk, AT, books=None, books_problem=Text("存证日志打不开", "the ledger cannot be opened"))
    shown = status_render.text(blind, "zh")
    assert shown.count("未检查（存证日志打不开）") == 4
    assert "未销号问题    封网 未检查 · 暴露面 未检查 · 内容 未检查 · 巡检 未检查" in shown
    body = json.loads(status_render.json(blind, "zh"))
    assert (body["ledger"], body["reason_code"], set(body["open_findings"].values())) == (None, "NOT_LOOKED", {None})
    assert "未检查" in status_render.line(blind, "zh")
    assert not blind.whole


def test_an_unverified_policy_is_said_in_every_form(desk: Desk) -> None:
    doubtful = seen(desk, AT, policies=Policies(problem=Text("没有信任文件", "no trust file")))
    assert "未验证：没有信任文件" in status_render.text(doubtful, "zh")
    assert "策略未验证" in status_render.line(doubtful, "zh")
    assert not doubtful.whole


def test_an_unknown_system_is_refused_and_said_to_be_held(desk: Desk) -> None:
    with pytest.raises(InputError) as caught:
        targets_of(desk.policy, "no-such")
    assert caught.value.reason_code == "UNKNOWN_SYSTEM"


def test_hostile_words_of_a_request_do_not_reach_the_terminal(desk: Desk) -> None:
    submit(desk, draft(title="\x1b[2J清屏\u202e"), T0 + HOUR)
    shown = status_render.text(seen(desk, AT), "zh")
    assert "\x1b" not in shown and "\u202e" not in shown and "\\u001b[2J清屏" in shown


def test_the_level_never_shows_as_a_number(desk: Desk) -> None:
    assert "全面封网（一级保障）" in status_render.line(seen(desk, AT), "zh")


def test_the_command_reads_a_real_workspace_and_its_exit_code_says_what_was_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(tmp_path, utc("2026-10-01 00:00"), FakePolicy())
    at = ("--at", iso(utc("2026-11-16 02:00")))
    assert run(world.arguments("status", "--line", *at)) == 0
    assert "全面封网（一级保障）" in capsys.readouterr().out
    assert run(world.arguments("status", "--format", "json", "--system", "portal", *at)) == 0
    assert json.loads(capsys.readouterr().out)["system"] == "portal"
    assert run(world.arguments("status", "--system", "nope", *at)) == 2
    (world.outside / "ledger.db").rename(tmp_path / "away.db")
    assert run(world.arguments("status", *at)) == 3
    assert "未检查" in capsys.readouterr().out


def test_no_protection_period_is_said_plainly() -> None:
    quiet = status_of(replace(FakePolicy(), event=None), T0, policies=VOUCHED, books=None)
    assert "没有保障期" in status_render.text(quiet, "zh")
    assert "平时" in status_render.line(quiet, "zh")


def test_an_audit_puts_what_is_overdue_into_the_register_and_the_status_counts_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = utc("2026-11-16 02:00")
    old = Exemption("x-1", Selector(systems=("portal",)), "li-na", "旧例", start - HOUR)
    world = World(tmp_path, utc("2026-10-01 00:00"), FakePolicy(exemptions=(old,)))

    def call(*words: str) -> tuple[int, str, str]:
        code = run(world.arguments("--lang", "en", *words, "--at", iso(start)))
        out, err = capsys.readouterr()
        return code, out, err

    def counts() -> dict[str, int | None]:
        found: dict[str, int | None] = json.loads(call("status", "--format", "json")[1])["open_findings"]
        return found

    assert set(counts().values()) == {None}
    code, _, err = call("freeze", "audit", "--record")
    assert (code, "1 new, 0 known" in err) == (1, True)
    assert counts() == {"freeze": 1, "exposure": None, "content": None, "patrol": None}
    assert "0 new, 1 known" in call("freeze", "audit", "--record")[2]
    code, out, _ = call("finding", "list")
    assert (code, "EXEMPTION_EXPIRED" in out, "content not looked at" in out) == (1, True, True)
