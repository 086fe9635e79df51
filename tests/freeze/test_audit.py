"""The audit: what is owed or odd, from the same books as the desk; and the exemption list shown with owner and expiry."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from desk_entries import Tape, minutes
from desk_fakes import T0, MemoryBook, desk_of, policy
from world import World

from freeze.commands.audit_cli import books_of
from freeze.commands.exemption_cli import matching, state_of
from freeze.desk.audit import Books, findings, owed
from freeze.model import Exemption, Selector
from zhongbao.__main__ import run
from zhongbao_core.approval.subject import Target
from zhongbao_core.clock import iso
from zhongbao_core.desk.life import reduce_all
from zhongbao_core.event import Level

HOUR = timedelta(hours=1)
LIST = (
    Exemption("EX-1", Selector(systems=("portal",)), "zhao-min", "监控探针自动升级", T0 + 24 * HOUR, (Level.FULL,)),
    Exemption("EX-2", Selector(systems=("portal",)), "sun-li", "已停用", T0 - HOUR, (Level.FULL,)),
)


def rules(tape: Tape, at: float) -> list[str]:
    books = Books(reduce_all(tape.entries), (), (), ())
    return [item.rule for item in findings(books, minutes(at))]


def test_a_clean_book_owes_nothing() -> None:
    tape = Tape()
    tape.submit()
    tape.word("chen", minutes(1))
    tape.issue(minutes(60))
    tape.start(minutes(61))
    tape.end(minutes(70))
    assert rules(tape, 71) == []


def test_a_confirmation_is_open_then_overdue_then_settled() -> None:
    tape = Tape()
    tape.submit()
    tape.word("chen", minutes(1), assurance="attested", registrar="xu", cosigner="sun", confirm_by=iso(minutes(90)))
    assert [rules(tape, at) for at in (89, 90)] == [["CONFIRMATION_OPEN"], ["CONFIRMATION_OVERDUE"]]
    tape.add("approval.confirmed", minutes(95), {"entry": 1, "person": "chen"})
    assert rules(tape, 99) == []


def test_a_run_without_end_and_a_permit_never_used_are_named() -> None:
    tape = Tape()
    tape.submit()
    tape.word("chen", minutes(1))
    tape.issue(minutes(60), "P-1", life=30)
    tape.issue(minutes(100), "P-2")
    tape.start(minutes(101), "P-2")
    assert rules(tape, 110) == ["PERMIT_UNUSED"]
    assert rules(tape, 661) == ["PERMIT_UNUSED", "RUN_ENDLESS"]


def test_a_number_that_was_skipped_is_found() -> None:
    tape = Tape()
    tape.submit()
    states = reduce_all(tape.entries)
    third = replace(states["CR-games-0001"], id="CR-games-0003")
    books = Books({**states, "CR-games-0003": third}, (), (), ())
    (gap,) = findings(books, minutes(1))
    assert (gap.rule, str(gap.place), owed([gap])) == ("NUMBER_GAP", "CR-games-0002", True)


def test_an_entry_no_desk_would_have_written_is_found() -> None:
    tape = Tape()
    tape.submit()
    tape.issue(minutes(1))
    assert rules(tape, 2) == ["RECORD_ODD"]


def test_doors_tell_how_often_they_held() -> None:
    book = MemoryBook()
    for verdict in ("allow", "hold", "hold"):
        book.append("decision", "ci", {"verdict": verdict}, at=T0)
    (door,) = findings(books_of(desk_of(book), Path("/nonexistent/spool")), T0)
    assert [(piece.name, piece.value) for piece in door.evidence] == [("held", "2"), ("asked", "3")]
    assert not owed([door])


def test_edge_24_expiring_and_expired_exemptions_are_shown_with_owner_and_expiry() -> None:
    found = findings(Books({}, (), (), LIST), T0)
    assert [(item.rule, str(item.place), item.evidence[0].value) for item in found] == [
        ("EXEMPTION_EXPIRED", "EX-2", "sun-li"),
        ("EXEMPTION_EXPIRING", "EX-1", "zhao-min"),
    ]
    assert [state_of(item, T0) for item in LIST] == ["expiring", "expired"]
    assert matching(policy(exemptions=LIST), Target("core-db", "prod"), "release") == ()


def test_edge_24_the_list_and_the_check_of_one_system(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = World(tmp_path, T0 - 24 * HOUR, policy(exemptions=LIST))
    at = ("--at", iso(T0), "--format", "json")
    assert run(world.arguments("freeze", "exemption", "list", *at)) == 0
    rows = json.loads(capsys.readouterr().out)["exemptions"]
    assert [(row["id"], row["owner"], row["reason"], row["state"]) for row in rows] == [
        ("EX-1", "zhao-min", "监控探针自动升级", "expiring"),
        ("EX-2", "sun-li", "已停用", "expired"),
    ]
    codes = [
        run(world.arguments("freeze", "exemption", "check", "--system", name, *at)) for name in ("portal", "core-db")
    ]
    assert codes == [0, 1]
