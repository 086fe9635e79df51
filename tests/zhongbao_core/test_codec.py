"""Event and persons to JSON and back: nothing is lost, and an old file reads as it always did."""

from __future__ import annotations

from datetime import UTC, datetime

from zhongbao_core.clock import Span
from zhongbao_core.codec import event_from_json, event_to_json
from zhongbao_core.event import Event, Level, Phase
from zhongbao_core.text import Text


def day(number: int) -> datetime:
    return datetime(2026, 11, number, tzinfo=UTC)


def event(raises: int | None) -> Event:
    full = Phase("full", Text("全面", "full"), Span(day(2), day(4)), Level.FULL, "一级保障", raises)
    return Event("games", Text("运动会", "games"), "Asia/Shanghai", (full,), "li")


def test_a_phase_keeps_the_rungs_by_which_it_raises_review() -> None:
    assert event_from_json(event_to_json(event(2))) == event(2)


def test_a_phase_that_says_nothing_of_review_compiles_as_before() -> None:
    assert "review_raise" not in event_to_json(event(None))["phases"][0]
    assert event_from_json(event_to_json(event(None))) == event(None)


def test_review_is_raised_by_one_rung_inside_the_event_by_as_many_as_its_phase_says_and_not_outside() -> None:
    assert [event(None).raises_at(day(number)) for number in (1, 2, 4)] == [0, 1, 0]
    assert [event(raises).raises_at(day(2)) for raises in (0, 3)] == [0, 3]
