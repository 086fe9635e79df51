"""The state machine of a change request, entry by entry, and its invariants under any sequence."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from desk_entries import CR, T0, Entry, Tape, minutes

from zhongbao_core.clock import iso
from zhongbao_core.desk.life import reduce, reduce_all
from zhongbao_core.desk.rules import ACTS, admit, live_words, may, refusal, require, status
from zhongbao_core.desk.state import RequestState
from zhongbao_core.errors import RefusedError


def state_of(tape: Tape) -> RequestState:
    return reduce(tape.entries, CR)


def submitted() -> Tape:
    tape = Tape()
    tape.submit()
    return tape


def approved(*persons: str) -> Tape:
    tape = submitted()
    for place, person in enumerate(persons or ("chen",)):
        tape.word(person, minutes(place + 1))
    return tape


def permitted() -> Tape:
    tape = approved()
    tape.issue(minutes(60))
    return tape


def ran() -> Tape:
    tape = permitted()
    tape.start(minutes(61))
    tape.end(minutes(70))
    return tape


def test_a_submitted_request_waits_for_approvals() -> None:
    state = state_of(submitted())
    assert (status(state, T0), state.current.number, state.approvals) == ("open", 1, ())
    assert may(state, T0) == ("revise", "withdraw", "approve", "reject", "issue")


def test_a_recorded_word_stands_with_its_assurance_and_the_time_the_ledger_took_it() -> None:
    (word,) = state_of(approved("chen")).approvals
    assert (word.person, word.assurance, word.at, word.entry) == ("chen", "signed", minutes(1), 1)


def test_a_request_nobody_submitted_may_do_nothing() -> None:
    state = reduce([], CR)
    assert may(state, T0) == ()
    with pytest.raises(RefusedError) as caught:
        require(state, "approve", T0)
    assert caught.value.reason_code == "REQUEST_UNKNOWN"


def test_a_new_revision_voids_the_approvals_and_revokes_the_permit() -> None:
    tape = permitted()
    tape.submit(minutes(61), revision=2)
    state = state_of(tape)
    assert (state.approvals, [word.person for word in state.voided]) == ((), ["chen"])
    assert [permit.revoked for permit in state.permits] == [True]
    assert status(state, minutes(62)) == "open"


def test_a_word_over_an_earlier_revision_counts_nowhere() -> None:
    tape = submitted()
    tape.submit(minutes(1), revision=2)
    tape.word("chen", minutes(2), revision=1)
    state = state_of(tape)
    assert (state.approvals, len(state.oddities)) == ((), 1)


def test_a_nonce_serves_one_revision() -> None:
    tape = submitted()
    tape.submit(minutes(1), revision=2, nonce="nonce-1")
    state = state_of(tape)
    assert (len(state.revisions), len(state.oddities)) == (1, 1)


@pytest.mark.parametrize("revision", [pytest.param(1, id="again"), pytest.param(3, id="skipping one")])
def test_revisions_follow_each_other(revision: int) -> None:
    tape = submitted()
    tape.submit(minutes(1), revision=revision, nonce="fresh")
    assert len(state_of(tape).revisions) == 1


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        pytest.param("request.withdrawn", "withdrawn", id="withdrawn"),
        pytest.param("approval.rejected", "rejected", id="rejected"),
    ],
)
def test_an_end_is_final_and_takes_the_permit_with_it(kind: str, how: str) -> None:
    tape = permitted()
    tape.add(kind, minutes(61), {"by": "li", "person": "chen", "revision": 1})
    tape.submit(minutes(62), revision=2)
    tape.word("hu", minutes(63))
    state = state_of(tape)
    assert (status(state, minutes(64)), may(state, minutes(64))) == (how, ())
    assert [permit.live(minutes(64)) for permit in state.permits] == [False]
    assert (len(state.revisions), len(state.approvals), len(state.oddities)) == (1, 1, 2)


@pytest.mark.parametrize("person", ["li", "wang", "zhao"])
def test_edge_18_the_asking_side_may_not_approve(person: str) -> None:
    with pytest.raises(RefusedError) as caught:
        admit(state_of(submitted()), person, person)
    assert caught.value.reason_code == "SAME_PERSON"


@pytest.mark.parametrize(
    ("person", "voice", "others", "code"),
    [
        pytest.param("chen", "chen", (), "ALREADY_APPROVED", id="the same person twice"),
        pytest.param("hu", "chen", (), "ALREADY_APPROVED", id="a deputy after the principal"),
        pytest.param("chen", "hu", (), "ALREADY_APPROVED", id="a person again, now for somebody else"),
        pytest.param("hu", "li", (), "SAME_PERSON", id="a deputy of the applicant"),
        pytest.param("hu", "hu", ("hu", "xu"), "SAME_PERSON", id="registering the own word"),
        pytest.param("hu", "hu", ("xu", "li"), "SAME_PERSON", id="the applicant as witness"),
        pytest.param("hu", "hu", ("chen", "xu"), "SAME_PERSON", id="an approver as registrar of another word"),
        pytest.param("hu", "qian", ("qian", "xu"), "SAME_PERSON", id="a principal registering the deputy's word"),
    ],
)
def test_edge_18_one_person_is_one_voice(person: str, voice: str, others: tuple[str, ...], code: str) -> None:
    with pytest.raises(RefusedError) as caught:
        admit(state_of(approved("chen")), person, voice, frozenset(others))
    assert caught.value.reason_code == code


def test_edge_18_a_registrar_does_not_become_an_approver_of_the_same_request() -> None:
    tape = submitted()
    tape.word("chen", minutes(1), assurance="attested", registrar="xu", cosigner="sun")
    for person in ("xu", "sun"):
        with pytest.raises(RefusedError):
            admit(state_of(tape), person, person)


def test_one_registrar_may_register_two_words() -> None:
    tape = submitted()
    for place, person in enumerate(("chen", "hu")):
        tape.word(person, minutes(place + 1), assurance="attested", registrar="xu", cosigner="sun")
    assert [word.person for word in state_of(tape).approvals] == ["chen", "hu"]


def test_an_attested_word_waits_for_its_second_person_and_then_for_its_confirmation() -> None:
    tape = submitted()
    tape.word("chen", minutes(1), "approval.attested_pending", assurance="attested", registrar="xu")
    waiting = state_of(tape)
    due = iso(minutes(1) + timedelta(hours=24))
    tape.word("chen", minutes(5), assurance="attested", registrar="xu", cosigner="sun", confirm_by=due)
    recorded = state_of(tape)
    tape.add("approval.confirmed", minutes(9), {"entry": 2, "person": "chen", "statement": "statement-1"})
    confirmed = state_of(tape)
    assert [len(state.pending) for state in (waiting, recorded, confirmed)] == [1, 0, 0]
    assert [len(state.owed()) for state in (waiting, recorded, confirmed)] == [0, 1, 0]
    assert confirmed.approvals[0].confirmed_entry == 3


def test_a_confirmation_by_somebody_else_settles_nothing() -> None:
    tape = submitted()
    tape.word("chen", minutes(1), assurance="attested", registrar="xu", cosigner="sun", confirm_by=iso(minutes(99)))
    tape.add("approval.confirmed", minutes(9), {"entry": 1, "person": "hu", "statement": "statement-1"})
    state = state_of(tape)
    assert (len(state.owed()), len(state.oddities)) == (1, 1)


def test_a_new_revision_forgives_no_confirmation() -> None:
    tape = submitted()
    tape.word("chen", minutes(1), assurance="attested", registrar="xu", cosigner="sun", confirm_by=iso(minutes(99)))
    tape.submit(minutes(2), revision=2)
    assert [word.person for word in state_of(tape).owed()] == ["chen"]


def test_edge_17_a_permit_serves_one_run_and_its_approvals_no_second_permit() -> None:
    tape = ran()
    state = state_of(tape)
    assert status(state, minutes(71)) == "done"
    assert [getattr(refusal(state, act, minutes(71)), "reason_code", None) for act in ("start", "issue")] == [
        "APPROVALS_SPENT",
        "APPROVALS_SPENT",
    ]
    tape.start(minutes(72))
    assert len(state_of(tape).runs) == 1


def test_a_running_change_is_neither_withdrawn_nor_revised() -> None:
    tape = permitted()
    tape.start(minutes(61))
    state = state_of(tape)
    assert (status(state, minutes(62)), may(state, minutes(62))) == ("running", ())


def test_a_change_carried_out_may_be_asked_for_again_as_a_new_revision() -> None:
    tape = ran()
    assert may(state_of(tape), minutes(71)) == ("revise",)
    tape.submit(minutes(72), revision=2)
    assert status(state_of(tape), minutes(73)) == "open"


def test_no_second_permit_while_one_is_live_and_a_fresh_one_when_it_is_over() -> None:
    state = state_of(permitted())
    assert refusal(state, "issue", minutes(60 + 119)) is not None
    assert refusal(state, "issue", minutes(60 + 120)) is None


def test_a_permit_without_any_approval_is_an_oddity() -> None:
    tape = submitted()
    tape.issue(minutes(2))
    state = state_of(tape)
    assert (state.permits, len(state.oddities)) == ((), 1)


def test_nothing_is_approved_or_issued_once_the_span_is_over() -> None:
    state = state_of(approved())
    assert (status(state, minutes(600)), may(state, minutes(600))) == ("expired", ("revise",))


def test_an_unlawful_run_is_kept_because_it_happened() -> None:
    tape = permitted()
    tape.add("permit.revoked", minutes(61), {"id": "P-1", "by": "chen", "reason": ""})
    tape.start(minutes(62))
    state = state_of(tape)
    assert (len(state.runs), len(state.oddities), status(state, minutes(63))) == (1, 1, "running")


def test_approval_expiry_is_exclusive() -> None:
    state = state_of(approved("chen"))
    assert [len(live_words(state, minutes(count), 3600)) for count in (60, 61)] == [1, 0]


def test_a_damaged_entry_changes_nothing_and_is_shown() -> None:
    tape = approved()
    tape.add("approval.recorded", minutes(5), {"revision": 1})
    tape.add("permit.issued", minutes(6), {"id": 7, "not_before": None})
    state = state_of(tape)
    assert (len(state.approvals), state.permits, [seq for seq, _ in state.oddities]) == (1, (), [2, 3])


def test_reduce_all_tells_every_request_and_nothing_else() -> None:
    tape = approved()
    tape.add("heartbeat", minutes(9), {}, ref="games")
    tape.word("hu", minutes(9))
    states = reduce_all(tape.entries)
    assert list(states) == [CR]
    assert states[CR] == state_of(tape)


PERSONS = st.sampled_from(["li", "wang", "zhao", "chen", "hu", "xu", "sun"])
MOVES = st.lists(
    st.tuples(
        st.sampled_from(
            ["submit", "word", "attested", "withdraw", "reject", "confirm", "issue", "revoke", "start", "end", "junk"]
        ),
        PERSONS,
        PERSONS,
        PERSONS,
        st.integers(0, 4),
        st.integers(0, 90),
    ),
    max_size=40,
)


def play(moves: list[tuple[str, str, str, str, int, int]]) -> list[Entry]:
    tape, clock = Tape(), 0
    tape.submit()
    for move, person, second, third, number, wait in moves:
        clock += wait
        if move in ("word", "attested", "confirm", "junk"):
            speak(tape, minutes(clock), move, (person, second, third), number)
        else:
            act(tape, minutes(clock), move, person, number)
    return tape.entries


def speak(tape: Tape, at: datetime, move: str, persons: tuple[str, str, str], number: int) -> None:
    person, second, third = persons
    match move:
        case "word":
            tape.word(person, at, voice=second if number == 4 else person, revision=1 + number % 3)
        case "attested":
            more: dict[str, Any] = {"registrar": second, "cosigner": third, "revision": 1 + number % 3}
            tape.word(person, at, assurance="attested", confirm_by=iso(at + timedelta(hours=24)), **more)
        case "confirm":
            tape.add("approval.confirmed", at, {"entry": number + 1, "person": person})
        case _:
            tape.add("approval.recorded", at, {"revision": number, "person": None})


def act(tape: Tape, at: datetime, move: str, person: str, number: int) -> None:
    match move:
        case "submit":
            tape.submit(at, revision=number, nonce=f"n{len(tape.entries) // 2}", hours=10 + number * 10)
        case "withdraw" | "reject":
            kind = "request.withdrawn" if move == "withdraw" else "approval.rejected"
            tape.add(kind, at, {"by": person, "person": person, "revision": 1})
        case "issue":
            tape.issue(at, f"P-{number}")
        case "revoke":
            tape.add("permit.revoked", at, {"id": f"P-{number}", "by": person})
        case "start":
            tape.start(at, f"P-{number}")
        case _:
            tape.end(at, f"P-{number}")


@settings(max_examples=150, deadline=None)
@given(MOVES)
def test_any_sequence_keeps_the_invariants(moves: list[tuple[str, str, str, str, int, int]]) -> None:
    entries = play(moves)
    before = RequestState(CR)
    for count, entry in enumerate(entries, 1):
        state = reduce(entries[:count], CR)
        check_invariants(state, entry)
        if before.final is not None:
            assert state.final == before.final
            assert (state.revisions, state.approvals) == (before.revisions, mark_only(before, state))
        before = state


def mark_only(before: RequestState, after: RequestState) -> tuple[object, ...]:
    """The approvals of ``before``, but for confirmations: those may still arrive after the end."""
    assert [word.entry for word in before.approvals] == [word.entry for word in after.approvals]
    return after.approvals


def check_invariants(state: RequestState, entry: Entry) -> None:
    hands = [word.voice for word in state.approvals] + [word.person for word in state.approvals]
    voices = [word.voice for word in state.approvals]
    assert len(voices) == len(set(voices))
    assert not {"li", "wang", "zhao"} & set(hands)
    for word in state.approvals:
        assert word.statement == state.current.statement
        assert not {word.registrar, word.cosigner} & set(hands)
    assert [item.number for item in state.revisions] == list(range(1, len(state.revisions) + 1))
    nonces = [item.subject.nonce for item in state.revisions]
    assert len(nonces) == len(set(nonces))
    runs = [run.permit for run in state.runs]
    assert len(runs) == len(set(runs))
    live = [item for item in state.permits if item.live(entry.time) and item.id not in runs]
    assert len(live) <= 1
    assert all(item.revision == state.current.number for item in live)
    assert state.final is None or may(state, entry.time) == ()
    assert set(may(state, entry.time)) <= set(ACTS)
