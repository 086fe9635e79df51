"""Whoever asks a door names the change class himself: the name alone must open nothing that ``normal`` does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from desk_fakes import T0, cheap_sign, desk_of, draft, key_line
from fakes import TREATMENTS, FakePolicy, utc, window
from hypothesis import given, settings
from permits import (
    BEFORE,
    HOUR,
    MANAGERS,
    WATCH,
    code,
    glass,
    permit,
    question,
    request,
)
from test_gate_total import INSTANTS, POLICIES, QUESTIONS

from freeze.decision.case import Fault, PermitView, UseState
from freeze.decision.gate import decide
from freeze.desk.permits import issue_permit
from freeze.desk.requests import submit
from freeze.model import Door, Exemption, Question, Selector, Treatment, Verdict
from zhongbao_core.desk.approvals import record_signed
from zhongbao_core.errors import RefusedError
from zhongbao_core.event import Level
from zhongbao_core.text import Text

CLOSED = FakePolicy(all_windows=(window("w", "allow", "2026-11-16 20:00", "2026-11-16 22:00"),))
"""One construction window, closed at every instant asked about here."""
FREE_FOR_EMERGENCY = FakePolicy(
    treatments=(Treatment(Level.WATCH, ("*",), ("emergency", "standard"), "allow", rule="kind"), *TREATMENTS)
)
NIGHT = (("00:00", "05:00"),)
NIGHTS = FakePolicy(
    treatments=(
        Treatment(Level.WATCH, ("*",), ("emergency",), "allow"),
        Treatment(Level.WATCH, ("*",), ("*",), "allow", hours=NIGHT),
    )
)


def emergency(start: datetime, *persons: str, **more: Any) -> PermitView:
    """A permit of an emergency release from ``start``."""
    return permit(start, *persons, work=request(start, change_class="emergency", incident="INC-1"), **more)


@pytest.mark.parametrize("claimed", ["emergency", "standard", "major"])
def test_a_claimed_class_alone_opens_no_closed_construction_window(claimed: str) -> None:
    found = decide(question(change_class=claimed), CLOSED, BEFORE)
    assert code(found) == ("hold", "OUTSIDE_WINDOW")
    assert found.question.change_class == claimed, "what was asked is shown as it was asked"


@pytest.mark.parametrize(
    ("policy", "at", "answer"),
    [
        pytest.param(CLOSED, BEFORE, "OUTSIDE_WINDOW", id="a construction window that is closed"),
        pytest.param(FREE_FOR_EMERGENCY, WATCH, "FROZEN", id="a level that leaves the class free"),
        pytest.param(NIGHTS, WATCH, "OUTSIDE_HOURS", id="hours that bind normal work only"),
    ],
)
def test_what_normal_work_may_not_a_claimed_emergency_may_not_and_it_says_why(
    policy: FakePolicy, at: datetime, answer: str
) -> None:
    plain = decide(question(kind="config"), policy, at)
    found = decide(question(kind="config", change_class="emergency"), policy, at)
    assert code(found) == code(plain) == ("hold", answer)
    assert "紧急变更须有" in found.message.zh and "emergency change" in found.message.en
    assert plain.message.zh in found.message.zh, "the reason that holds normal work stands there too"
    assert "change_class: emergency" in found.next_step.zh and "breakglass open" in found.next_step.en
    assert found.next_opening == plain.next_opening, "the opening is that of normal work"


def test_the_opening_that_is_promised_without_a_permit_is_one_that_a_claim_will_find_open() -> None:
    """The freeze ends at 08:00 in Shanghai; the construction window of that day opens at 20:00."""
    policy = FakePolicy(all_windows=(window("w", "allow", "2026-11-22 20:00", "2026-11-22 23:00"),))
    asked = question(change_class="emergency")
    found = decide(asked, policy, utc("2026-11-16 00:00"))
    assert code(found) == ("hold", "FROZEN")
    assert found.next_opening == utc("2026-11-22 12:00")
    assert code(decide(asked, policy, found.next_opening)) == ("allow", "NO_FREEZE")


@pytest.mark.parametrize("claimed", ["emergency", "standard", "major"])
def test_where_normal_work_is_free_the_class_changes_nothing(claimed: str) -> None:
    assert code(decide(question(change_class=claimed), FakePolicy(), BEFORE)) == ("allow", "NO_FREEZE")


@pytest.mark.parametrize(
    ("view", "reason"),
    [
        pytest.param(emergency(BEFORE, "chen-jun"), "PERMITTED", id="an approved emergency"),
        pytest.param(None, "OUTSIDE_WINDOW", id="no permit"),
        pytest.param(emergency(BEFORE), "OUTSIDE_WINDOW", id="an emergency nobody approved"),
        pytest.param(emergency(BEFORE, "zhang-wei"), "OUTSIDE_WINDOW", id="approved by the applicant alone"),
        pytest.param(permit(BEFORE, "chen-jun"), "OUTSIDE_WINDOW", id="a permit of normal work"),
        pytest.param(emergency(BEFORE - 3 * HOUR, "chen-jun"), "OUTSIDE_WINDOW", id="an emergency of three hours ago"),
        pytest.param(
            emergency(BEFORE, "chen-jun", kind="standard", standard="x"), "PERMIT_MISMATCH", id="another kind of permit"
        ),
        pytest.param(
            emergency(BEFORE, "chen-jun", fault=Fault("PERMIT_FORGED", Text("假", "fake"))),
            "PERMIT_FORGED",
            id="a forged one",
        ),
    ],
)
def test_a_sound_permit_of_the_class_proves_it(view: PermitView | None, reason: str) -> None:
    """Outside any freeze the rung of the lowest level says whose word is enough."""
    found = decide(question(change_class="emergency"), CLOSED, BEFORE, permit=view)
    assert code(found) == ("allow" if reason == "PERMITTED" else "hold", reason)
    used = decide(question(change_class="emergency"), CLOSED, BEFORE, permit=view, use=UseState(True, "used"))
    assert used.verdict is Verdict.HOLD, "and it proves it once"


def test_other_ways_past_a_freeze_do_not_ask_for_the_class() -> None:
    """An exemption and break-glass stand on their own proof, and show it."""
    entry = Exemption("EX-1", Selector(systems=("portal",)), "liu-yang", "-", utc("2026-11-12 00:00"))
    listed = decide(question(change_class="emergency"), replace(CLOSED, exemptions=(entry,)), BEFORE)
    assert code(listed) == ("allow", "EXEMPT") and "EX-1" in [item.id for item in listed.rules]
    asked = question(kind="restore", change_class="emergency")
    assert code(decide(asked, CLOSED, BEFORE, permit=glass(BEFORE, *MANAGERS))) == ("allow", "BREAK_GLASS")


def test_work_in_flight_is_not_finished_under_a_class_that_is_only_claimed() -> None:
    """Begun as normal work before the freeze; at the next step somebody calls it an emergency."""
    policy = FakePolicy(
        treatments=(
            Treatment(Level.WATCH, ("*",), ("emergency",), "approve", in_flight="finish"),
            Treatment(Level.WATCH, ("*",), ("*",), "approve", in_flight="abort"),
        )
    )
    asked = question(step="step", started=utc("2026-10-31 23:00"), change_class="emergency")
    assert code(decide(asked, policy, WATCH, proven_start=True)) == ("hold", "IN_FLIGHT_ABORT")


def test_work_in_flight_that_was_approved_as_an_emergency_is_finished_as_one() -> None:
    finish = Treatment(Level.WATCH, ("*",), ("emergency",), "approve", in_flight="finish")
    policy = FakePolicy(treatments=(finish, Treatment(Level.WATCH, ("*",), ("*",), "approve", in_flight="abort")))
    asked = question(step="step", started=WATCH, change_class="emergency", duration=timedelta(0))
    view = emergency(WATCH, "chen-jun")
    assert code(decide(asked, policy, WATCH + HOUR, permit=view, proven_start=True)) == ("allow", "IN_FLIGHT")
    assert code(decide(asked, policy, WATCH + HOUR, proven_start=True)) == ("hold", "FROZEN")


def test_observation_mode_says_what_the_unproven_class_would_have_met() -> None:
    doors = {"jenkins": Door("jenkins", "jenkins", observe_until=utc("2026-12-01 00:00"))}
    found = decide(question(door="jenkins", change_class="emergency"), replace(CLOSED, doors=doors), BEFORE)
    assert (code(found), found.observed) == (("allow", "OBSERVED"), True)
    assert "OUTSIDE_WINDOW" in found.message.en and "emergency change" in found.message.en


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"change_class": "emergency", "incident": "INC-1"}, None, id="the emergency takes its permit"),
        pytest.param({}, "NOT_NEEDED", id="normal work has no use for one"),
    ],
)
def test_the_desk_issues_the_permit_that_proves_the_class(changes: dict[str, Any], reason: str | None) -> None:
    """No freeze, a construction window that is closed: what the door asks for can be had."""
    desk = desk_of(event=None, all_windows=CLOSED.all_windows)
    made = submit(desk, draft(**changes), T0)
    armor = cheap_sign(key_line("chen-jun"), made.statement)
    record_signed(desk, made.statement, armor, T0)
    if reason is None:
        assert issue_permit(desk, made.request.id, T0).id
    else:
        with pytest.raises(RefusedError) as error:
            issue_permit(desk, made.request.id, T0)
        assert error.value.reason_code == reason


@settings(max_examples=300)
@given(QUESTIONS, POLICIES, INSTANTS)
def test_no_claimed_class_is_allowed_what_normal_work_is_not(asked: Question, policy: FakePolicy, at: datetime) -> None:
    """Whatever is asked and whatever the policy: without a permit, the allow of a class is an allow of ``normal``."""
    found = decide(asked, policy, at)
    if found.verdict is Verdict.ALLOW and not found.observed:
        assert decide(replace(asked, change_class="normal"), policy, at).verdict is Verdict.ALLOW
