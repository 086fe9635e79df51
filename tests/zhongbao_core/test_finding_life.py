"""The life of a finding as a table: what is allowed, what is refused, and what never happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhongbao_core.errors import RefusedError
from zhongbao_core.finding_life import FIELDS, MOVES, Life, Move, State, born, lapsed, moved, seen

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
LATER = AT + timedelta(days=1)
FULL = Move("", "wang-fang", "li-na", "sha256:ab", "已核实", "chen-jun", LATER, LATER)


def in_state(state: State) -> Life:
    return replace(born(AT), state=state, assignee="li-na", expires=LATER if state is State.WAIVED else None)


def actor_for(name: str) -> str:
    return "li-na" if MOVES[name].own else "wang-fang"


@pytest.mark.parametrize("state", list(State), ids=lambda state: state.value)
@pytest.mark.parametrize("name", list(MOVES))
def test_a_move_works_exactly_from_the_states_of_its_row(name: str, state: State) -> None:
    move = replace(FULL, name=name, actor=actor_for(name))
    if state in MOVES[name].starts:
        after = moved(in_state(state), move, AT)
        assert (after.state, after.since) == (MOVES[name].to, AT)
    else:
        with pytest.raises(RefusedError) as caught:
            moved(in_state(state), move, AT)
        assert caught.value.reason_code == "FINDING_MOVE"


@pytest.mark.parametrize(
    ("name", "field"), [pytest.param(n, f, id=f"{n} without {f}") for n in MOVES for f in MOVES[n].needs]
)
def test_a_move_is_refused(name: str, field: str) -> None:
    start = next(iter(MOVES[name].starts))
    lacking: dict[str, Any] = {field: None if field == "expires" else ""}
    move = replace(FULL, name=name, actor=actor_for(name), **lacking)
    with pytest.raises(RefusedError) as caught:
        moved(in_state(start), move, AT)
    assert caught.value.reason_code == "FINDING_INCOMPLETE"
    assert FIELDS[field].zh in caught.value.message.zh


def test_the_assignee_does_not_close_their_own_finding() -> None:
    with pytest.raises(RefusedError) as caught:
        moved(in_state(State.VERIFYING), replace(FULL, name="close", actor="li-na"), AT)
    assert caught.value.reason_code == "FINDING_SAME_PERSON"


def test_only_the_assignee_hands_in_the_work() -> None:
    with pytest.raises(RefusedError) as caught:
        moved(in_state(State.FIXING), replace(FULL, name="fixed"), AT)
    assert caught.value.reason_code == "FINDING_NOT_YOURS"


@pytest.mark.parametrize("approver", ["wang-fang", "li-na"], ids=["the asker", "who owes the work"])
def test_a_waiver_is_not_approved_by(approver: str) -> None:
    with pytest.raises(RefusedError) as caught:
        moved(in_state(State.FIXING), replace(FULL, name="waive", approver=approver), AT)
    assert caught.value.reason_code == "FINDING_SAME_PERSON"


def test_a_waiver_that_has_already_ended_is_refused() -> None:
    with pytest.raises(RefusedError) as caught:
        moved(in_state(State.FIXING), replace(FULL, name="waive", expires=AT), AT)
    assert caught.value.reason_code == "FINDING_WAIVER_EXPIRED"


def test_seen_again_after_closing_it_has_recurred_and_is_counted() -> None:
    again = seen(in_state(State.CLOSED), LATER)
    assert (again.state, again.times, again.assignee) == (State.RECURRED, 1, "li-na")


def test_a_false_alarm_seen_again_stays_one() -> None:
    assert seen(in_state(State.FALSE_ALARM), LATER) == in_state(State.FALSE_ALARM)


def test_a_waiver_ends_at_its_expiry_and_the_finding_is_open_again() -> None:
    waived = in_state(State.WAIVED)
    assert lapsed(waived, LATER - timedelta(seconds=1)) == waived
    assert lapsed(waived, LATER).state is State.UNCLAIMED


def test_open_states_are_those_in_which_somebody_owes_something() -> None:
    assert {state for state in State if not state.open} == {State.CLOSED, State.FALSE_ALARM, State.WAIVED}


@given(st.lists(st.sampled_from([*MOVES, "seen", "lapse"]), max_size=30), st.data())
def test_no_walk_closes_without_evidence_or_waives_without_another_person(
    names: list[str], data: st.DataObject
) -> None:
    life = born(AT)
    for step, name in enumerate(names):
        at = AT + timedelta(hours=step)
        before = life
        people = data.draw(st.tuples(*[st.sampled_from(["", "a", "b", "c"])] * 3))
        evidence = data.draw(st.sampled_from(["", "sha256:ab"]))
        move = Move(name, people[0], people[1], evidence, "因", people[2], at + timedelta(hours=2))
        try:
            life = seen(life, at) if name == "seen" else lapsed(life, at) if name == "lapse" else moved(life, move, at)
        except RefusedError:
            continue
        if life.state is State.CLOSED and before.state is not State.CLOSED:
            assert before.state is State.VERIFYING and evidence and move.actor != before.assignee
        if life.state is State.WAIVED and before.state is not State.WAIVED:
            assert life.approver not in ("", move.actor, before.assignee) and life.expires is not None
