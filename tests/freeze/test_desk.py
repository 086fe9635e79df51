"""The desk over a ledger in memory: numbers, statements, approvals in three ways, permits, runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from desk_fakes import T0, CheapSignatures, MemoryBook, cheap_sign, desk_of, draft, key_line, on_leave, policy, staff

from freeze.desk.base import Desk
from freeze.desk.ladder import need_lines, needs
from freeze.desk.permits import end_run, find_permit, issue_permit, revoke_permit, start_run
from freeze.desk.requests import Submitted, request_of, submit, withdraw
from freeze.model import ChangeRequest
from zhongbao_core.approval.attest import AttestationError, attestation_text
from zhongbao_core.approval.permit_file import parse_text
from zhongbao_core.approval.sshsig import SignatureError
from zhongbao_core.approval.statement import parse, read_back_code
from zhongbao_core.approval.subject import Target
from zhongbao_core.canonical import digest
from zhongbao_core.desk.approvals import confirm, record_signed, reject
from zhongbao_core.desk.attested import Said, cosign, draft_attestation, record_attested
from zhongbao_core.desk.base import signer
from zhongbao_core.desk.codes import card_text, cards, issue_card, record_coded, revoke_card
from zhongbao_core.desk.rules import status
from zhongbao_core.errors import CannotTellError, InputError, RefusedError, ZhongbaoError

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def submitted(desk: Desk, at: datetime = T0, **changes: Any) -> Submitted:
    return submit(desk, draft(**changes), at)


def sign(desk: Desk, made: Submitted, person: str, at: datetime, **more: str) -> None:
    record_signed(desk, made.statement, cheap_sign(key_line(person), made.statement), at, **more)


def attest(
    desk: Desk, made: Submitted, person: str, at: datetime, registrar: str = "xu-gang", witness: str = "sun-mei"
) -> None:
    said = Said(person, "phone", at, call_back="13800001234", evidence=b"scan")
    item = draft_attestation(desk, made.statement, said, registrar, witness, at)
    text = attestation_text(item)
    record_attested(desk, made.statement, item, seal(registrar, text), at, evidence=b"scan")
    cosign(desk, made.request.id, seal(witness, text), at)


def seal(person: str, text: bytes) -> bytes:
    return cheap_sign(key_line(person), text, "attest@zhongbao")


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(ZhongbaoError) as caught:
        yield
    assert caught.value.reason_code == code


def permitted(desk: Desk, at: datetime = T0) -> Submitted:
    made = submitted(desk, at)
    sign(desk, made, "chen-jun", at)
    sign(desk, made, "liu-yang", at)
    issue_permit(desk, made.request.id, at)
    return made


# --- submitting -------------------------------------------------------------------------------------------------


def test_numbers_have_no_gaps_and_statements_are_one_text_for_all() -> None:
    desk = desk_of()
    made = [submitted(desk) for _ in range(3)]
    assert [item.request.id for item in made] == ["CR-games-0001", "CR-games-0002", "CR-games-0003"]
    statement = parse(made[0].statement)
    assert (statement.subject.id, statement.subject.revision, statement.purpose) == ("CR-games-0001", 1, "approve")
    assert (statement.level, statement.label, statement.title) == ("full", "一级保障", "核心库补丁")
    assert dict(statement.lines)["targets"] == "core-db/prod"
    assert statement.subject.nonce != parse(made[1].statement).subject.nonce


def test_a_draft_that_is_refused_takes_no_number() -> None:
    desk = desk_of()
    with refused("REQUEST_INCOMPLETE"):
        submitted(desk, title=" ")
    assert submitted(desk).request.id == "CR-games-0001"


def test_the_request_is_read_back_from_the_ledger_as_submitted() -> None:
    desk = desk_of()
    made = submitted(desk)
    assert request_of(desk, desk.state(made.request.id)) == made.request


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"necessity": ""}, "necessity", id="no necessity"),
        pytest.param({"impact": ""}, "impact", id="no impact"),
        pytest.param({"verification": " "}, "verification", id="no verification"),
        pytest.param({"rollback": ""}, "rollback", id="no rollback plan"),
        pytest.param({"steps": ()}, "steps", id="no steps"),
        pytest.param({"kind": "magic"}, "kind", id="unknown kind"),
        pytest.param({"change_class": "standard"}, "change_class", id="a standard change"),
        pytest.param({"change_class": "emergency"}, "incident", id="an emergency without incident"),
        pytest.param({"targets": ()}, "targets", id="no target"),
        pytest.param({"targets": (Target("ghost", "prod"),)}, "targets", id="an unknown system"),
        pytest.param({"targets": (Target("core-db", "lab"),)}, "targets", id="an unknown environment"),
        pytest.param({"duty": "nobody"}, "duty", id="an unknown person"),
        pytest.param({"executor": "zhang-wei"}, "executor", id="the applicant as executor"),
        pytest.param({"verifier": "li-na"}, "verifier", id="the executor as verifier"),
        pytest.param({"verifier": ""}, "verifier", id="no verifier by day"),
        pytest.param({"duration": timedelta(0)}, "duration", id="no length"),
        pytest.param({"rollback_duration": timedelta(0)}, "rollback_duration", id="no rollback time"),
        pytest.param({"start": T0 - timedelta(days=1)}, "start", id="a span that is over"),
        pytest.param({"binds": {"command": "md5:1"}}, "binds", id="another digest"),
    ],
)
def test_a_draft_must_say_what_freeze_practice_asks_for(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        submitted(desk_of(), **changes)
    found = caught.value.values["complaints"]
    assert isinstance(found, tuple)
    assert field in [item.field for item in found]


def test_at_night_two_on_site_are_enough_and_the_verifier_may_be_named_next_morning() -> None:
    made = submitted(desk_of(), start=T0 + timedelta(hours=13), verifier="")
    assert made.request.verifier == ""


def test_a_new_revision_keeps_the_number_and_voids_what_was_approved() -> None:
    desk = desk_of()
    made = permitted(desk)
    again = submit(desk, draft(title="核心库补丁二"), T0 + MINUTE, revise=made.request.id)
    state = desk.state(made.request.id)
    assert (again.request.id, again.request.revision) == (made.request.id, 2)
    assert (state.approvals, len(state.voided), status(state, T0 + MINUTE)) == ((), 2, "open")
    kinds = [entry.kind for entry in desk.journal.entries()]
    assert kinds.count("permit.revoked") == 1
    assert submitted(desk, T0 + MINUTE).request.id == "CR-games-0002"


def test_only_the_same_applicant_revises() -> None:
    desk = desk_of()
    made = submitted(desk)
    with refused("NOT_YOURS"):
        submit(desk, draft(applicant="xu-gang"), T0, revise=made.request.id)


def test_withdrawing_takes_the_permit_with_it_and_is_for_the_asking_side() -> None:
    desk = desk_of()
    made = permitted(desk)
    with refused("NOT_YOURS"):
        withdraw(desk, made.request.id, "chen-jun", "不做了", T0)
    withdraw(desk, made.request.id, "zhang-wei", "不做了", T0)
    state = desk.state(made.request.id)
    assert (status(state, T0), [permit.revoked for permit in state.permits]) == ("withdrawn", [True])
    with refused("REQUEST_FINAL"):
        sign(desk, made, "he-ping", T0)


# --- signed -----------------------------------------------------------------------------------------------------


def test_a_signed_approval_stands_with_person_key_and_signature() -> None:
    desk = desk_of()
    made = submitted(desk)
    sign(desk, made, "chen-jun", T0)
    (word,) = desk.state(made.request.id).approvals
    assert (word.person, word.rank, word.assurance, word.key_id) == ("chen-jun", "manager", "signed", "chen-jun-1")
    assert desk.journal.document(word.signature) == cheap_sign(key_line("chen-jun"), made.statement)


def test_a_signature_over_another_text_is_refused() -> None:
    desk = desk_of()
    made, other = submitted(desk), submitted(desk)
    with refused("SIG_BAD"):
        record_signed(desk, made.statement, cheap_sign(key_line("chen-jun"), other.statement), T0)


def test_a_signature_for_another_purpose_is_refused() -> None:
    desk = desk_of()
    made = submitted(desk)
    with pytest.raises(SignatureError):
        record_signed(desk, made.statement, cheap_sign(key_line("chen-jun"), made.statement, "confirm@zhongbao"), T0)


def test_edge_17_a_changed_request_is_another_statement_and_the_old_signature_is_worth_nothing() -> None:
    desk = desk_of()
    made = submitted(desk)
    old = cheap_sign(key_line("chen-jun"), made.statement)
    submit(desk, draft(binds={"command": "sha256:" + "d" * 64}), T0, revise=made.request.id)
    with refused("OTHER_STATEMENT"):
        record_signed(desk, made.statement, old, T0)
    fresh = desk.statement(desk.state(made.request.id))
    with refused("SIG_BAD"):
        record_signed(desk, fresh, old, T0)


@pytest.mark.parametrize("person", ["zhang-wei", "li-na", "wang-fang"])
def test_edge_18_applicant_executor_and_verifier_do_not_approve(person: str) -> None:
    people = staff()
    persons = {name: replace(item, roles=item.roles | {"approver"}) for name, item in people.persons.items()}
    desk = desk_of(directory=replace(people, persons=persons))
    made = submitted(desk)
    with refused("SAME_PERSON"):
        sign(desk, made, person, T0)


def test_edge_18_two_accounts_of_one_person_count_once() -> None:
    people = staff()
    chen = replace(people.persons["chen-jun"], accounts=frozenset({"cj", "root7"}))
    desk = desk_of(directory=replace(people, persons={**people.persons, "chen-jun": chen}))
    made = submitted(desk)
    sign(desk, made, "chen-jun", T0)
    card = issue_card(desk, "root7", 1, T0)
    assert card.person == "chen-jun"
    with refused("ALREADY_APPROVED"):
        record_coded(desk, made.statement, "cj", card.codes[0], read_back_code(made.statement), T0)


def test_edge_18_a_deputy_on_leave_cover_and_the_principal_are_one_voice() -> None:
    desk = desk_of(directory=staff(on_leave("zhao-min", "he-ping")))
    made = submitted(desk)
    sign(desk, made, "he-ping", T0, voice="zhao-min")
    (word,) = desk.state(made.request.id).approvals
    assert (word.person, word.voice, word.rank) == ("he-ping", "zhao-min", "director")
    for person in ("zhao-min", "he-ping"):
        with refused("ALREADY_APPROVED"):
            sign(desk, made, person, T0)


def test_edge_18_nobody_speaks_for_a_principal_who_is_not_on_leave() -> None:
    desk = desk_of()
    made = submitted(desk)
    with refused("NOT_DEPUTY"):
        sign(desk, made, "he-ping", T0, voice="zhao-min")


def test_edge_18_an_approvers_key_revoked_after_signing_still_counts_but_signs_no_more() -> None:
    desk = desk_of()
    made = submitted(desk)
    sign(desk, made, "chen-jun", T0)
    later = revoked(desk, "chen-jun", T0 + MINUTE)
    assert [word.person for word in later.state(made.request.id).approvals] == ["chen-jun"]
    other = submitted(later, T0 + 2 * MINUTE)
    with refused("KEY_NOT_GOOD"):
        sign(later, other, "chen-jun", T0 + 2 * MINUTE)


def test_edge_18_a_compromised_key_counts_for_nothing_at_issue() -> None:
    desk = desk_of()
    made = submitted(desk)
    sign(desk, made, "chen-jun", T0)
    sign(desk, made, "liu-yang", T0)
    with refused("APPROVALS_MISSING"):
        issue_permit(revoked(desk, "chen-jun", T0, compromised=True), made.request.id, T0 + MINUTE)


def revoked(desk: Desk, person: str, at: datetime, *, compromised: bool = False) -> Desk:
    people = desk.policy.directory
    found = people.persons[person]
    keys = tuple(replace(key, revoked_at=at, compromised=compromised) for key in found.keys)
    persons = {**people.persons, person: replace(found, keys=keys)}
    return Desk(desk.journal, policy(directory=replace(people, persons=persons)), CheapSignatures())


def test_an_unknown_key_and_a_person_without_the_role_are_refused_by_name() -> None:
    desk = desk_of()
    made = submitted(desk)
    with refused("KEY_UNKNOWN"):
        record_signed(desk, made.statement, cheap_sign("ssh-ed25519 stranger", made.statement), T0)
    with refused("ROLE_MISSING"):
        sign(desk, made, "xu-gang", T0)
    with refused("KEY_UNKNOWN"):
        signer(desk, b"", T0)


# --- coded ------------------------------------------------------------------------------------------------------


def test_a_code_read_over_the_phone_approves_one_statement_once() -> None:
    desk = desk_of()
    made, other = submitted(desk), submitted(desk)
    card = issue_card(desk, "zhao-min", 2, T0)
    record_coded(desk, made.statement, "zhao-min", card.codes[0].lower(), read_back_code(made.statement), T0)
    (word,) = desk.state(made.request.id).approvals
    assert (word.person, word.assurance, word.code) == ("zhao-min", "coded", "zhao-min-1#0")
    with refused("CODE_WRONG"):
        record_coded(desk, other.statement, "zhao-min", card.codes[0], read_back_code(other.statement), T0)
    assert [item.left for item in cards(desk, "zhao-min")] == [1]


def test_the_approver_reads_back_what_he_approves() -> None:
    desk = desk_of()
    made, other = submitted(desk), submitted(desk)
    card = issue_card(desk, "zhao-min", 1, T0)
    with refused("READ_BACK_WRONG"):
        record_coded(desk, made.statement, "zhao-min", card.codes[0], read_back_code(other.statement), T0)
    assert [item.left for item in cards(desk, "zhao-min")] == [1]


def test_wrong_codes_are_recorded_and_throttled() -> None:
    desk = desk_of()
    made = submitted(desk)
    card = issue_card(desk, "zhao-min", 1, T0)
    read_back = read_back_code(made.statement)
    for _ in range(3):
        with refused("CODE_WRONG"):
            record_coded(desk, made.statement, "zhao-min", "AAAAA-AAAAA", read_back, T0)
    with refused("CODE_THROTTLED"):
        record_coded(desk, made.statement, "zhao-min", card.codes[0], read_back, T0)
    record_coded(desk, made.statement, "zhao-min", card.codes[0], read_back, T0 + 2 * MINUTE)
    assert len(desk.state(made.request.id).approvals) == 1


def test_a_revoked_card_opens_nothing_and_its_codes_stand_nowhere_in_the_ledger() -> None:
    desk = desk_of()
    made = submitted(desk)
    card = issue_card(desk, "zhao-min", 2, T0)
    assert all(code in card_text(desk, card) for code in card.codes)
    book = desk.journal
    assert isinstance(book, MemoryBook)
    assert not any(code.replace("-", "").encode() in row.raw for row in book.rows for code in card.codes)
    revoke_card(desk, card.card, T0)
    with refused("CODE_WRONG"):
        record_coded(desk, made.statement, "zhao-min", card.codes[0], read_back_code(made.statement), T0)
    with refused("CARD_UNKNOWN"):
        revoke_card(desk, card.card, T0)


# --- attested ---------------------------------------------------------------------------------------------------


def test_an_attested_word_counts_once_witnessed_and_is_confirmed_within_a_day() -> None:
    desk = desk_of()
    made = submitted(desk)
    said = Said("sun-li", "phone", T0, call_back="13800001234")
    item = draft_attestation(desk, made.statement, said, "xu-gang", "sun-mei", T0)
    text = attestation_text(item)
    record_attested(desk, made.statement, item, seal("xu-gang", text), T0)
    assert (desk.state(made.request.id).approvals, item.call_back) == ((), "*******1234")
    cosign(desk, made.request.id, seal("sun-mei", text), T0 + MINUTE)
    (word,) = desk.state(made.request.id).owed()
    assert (word.registrar, word.cosigner, word.channel) == ("xu-gang", "sun-mei", "phone")
    assert word.confirm_by == T0 + MINUTE + timedelta(hours=24)
    confirm(desk, made.statement, cheap_sign(key_line("sun-li"), made.statement, "confirm@zhongbao"), T0 + HOUR)
    assert desk.state(made.request.id).owed() == ()
    with refused("NOTHING_OWED"):
        confirm(desk, made.statement, cheap_sign(key_line("sun-li"), made.statement, "confirm@zhongbao"), T0 + HOUR)


def test_edge_18_registrar_and_witness_are_two_others_and_count_as_no_approver() -> None:
    desk = desk_of()
    made = submitted(desk)
    for registrar, witness in (("xu-gang", "xu-gang"), ("sun-li", "xu-gang"), ("xu-gang", "sun-li")):
        with pytest.raises(AttestationError):
            attest(desk, made, "sun-li", T0, registrar, witness)
    with refused("ROLE_MISSING"):
        attest(desk, made, "sun-li", T0, "chen-jun", "sun-mei")
    attest(desk, made, "sun-li", T0)
    with refused("ROLE_MISSING"):
        sign(desk, made, "sun-mei", T0)


def test_only_the_named_witness_cosigns_and_only_over_what_was_registered() -> None:
    desk = desk_of()
    made = submitted(desk)
    said = Said("sun-li", "oa", T0, oa_number="OA-2026-118")
    item = draft_attestation(desk, made.statement, said, "xu-gang", "sun-mei", T0)
    record_attested(desk, made.statement, item, seal("xu-gang", attestation_text(item)), T0)
    for armor in (
        seal("he-ping", attestation_text(item)),
        seal("xu-gang", attestation_text(item)),
        seal("sun-mei", b"{}"),
    ):
        with refused("NOTHING_PENDING"):
            cosign(desk, made.request.id, armor, T0)


def test_a_registered_word_is_void_when_the_request_changes_before_the_witness_signs() -> None:
    desk = desk_of()
    made = submitted(desk)
    said = Said("sun-li", "paper", T0, evidence=b"scan")
    item = draft_attestation(desk, made.statement, said, "xu-gang", "sun-mei", T0)
    text = attestation_text(item)
    record_attested(desk, made.statement, item, seal("xu-gang", text), T0, evidence=b"scan")
    assert desk.journal.document(digest(b"scan")) == b"scan"
    submit(desk, draft(title="改"), T0, revise=made.request.id)
    with refused("NOTHING_PENDING"):
        cosign(desk, made.request.id, seal("sun-mei", text), T0)


# --- rejecting --------------------------------------------------------------------------------------------------


def test_a_rejection_is_signed_by_an_approver_and_final() -> None:
    desk = desk_of()
    made = submitted(desk)
    with refused("SIG_BAD"):
        reject(desk, made.statement, cheap_sign(key_line("chen-jun"), made.statement), "风险过高", T0)
    reject(desk, made.statement, cheap_sign(key_line("chen-jun"), made.statement, "reject@zhongbao"), "风险过高", T0)
    state = desk.state(made.request.id)
    assert (status(state, T0), state.final and state.final.by) == ("rejected", "chen-jun")
    with refused("REQUEST_FINAL"):
        sign(desk, made, "liu-yang", T0)


# --- permits ----------------------------------------------------------------------------------------------------


def test_a_permit_is_issued_once_the_rung_is_satisfied_and_lives_as_the_rung_says() -> None:
    desk = desk_of()
    made = submitted(desk)
    sign(desk, made, "chen-jun", T0)
    with refused("APPROVALS_MISSING"):
        issue_permit(desk, made.request.id, T0)
    card = issue_card(desk, "zhao-min", 1, T0)
    record_coded(desk, made.statement, "zhao-min", card.codes[0], read_back_code(made.statement), T0)
    permit = parse_text(issue_permit(desk, made.request.id, T0).text)
    start = made.request.start
    assert (permit.id, permit.kind, permit.rung, permit.level) == ("CR-games-0001-P1", "change", "full-two", "full")
    assert (permit.not_before, permit.expires_at) == (start, start + HOUR)
    assert [(item.person, item.assurance) for item in permit.approvals] == [
        ("chen-jun", "signed"),
        ("zhao-min", "coded"),
    ]
    with refused("PERMIT_LIVE"):
        issue_permit(desk, made.request.id, T0)


def test_three_approvals_in_three_ways_make_one_permit() -> None:
    desk = desk_of()
    made = submitted(desk, start=T0 + timedelta(hours=13))
    sign(desk, made, "chen-jun", T0)
    card = issue_card(desk, "liu-yang", 1, T0)
    record_coded(desk, made.statement, "liu-yang", card.codes[0], read_back_code(made.statement), T0)
    with refused("APPROVALS_MISSING"):
        issue_permit(desk, made.request.id, T0)
    attest(desk, made, "zhao-min", T0)
    permit = parse_text(issue_permit(desk, made.request.id, T0).text)
    assert permit.rung == "full-night"
    assert {item.assurance for item in permit.approvals} == {"signed", "coded", "attested"}


def test_edge_19_the_night_asks_for_one_more() -> None:
    desk = desk_of()
    by_day, by_night = submitted(desk), submitted(desk, start=T0 + timedelta(hours=13))
    found = {made.request.id: needs(desk, desk.state(made.request.id), made.request, T0) for made in (by_day, by_night)}
    assert [item.rung.id for item in found.values() if item.rung] == ["full-two", "full-night"]
    lines = [line.zh for item in found.values() for line in need_lines(desk, item)]
    assert lines == [
        "需要 2 位经理及以上审批（签名、授权码、登记（电话/OA/纸质））",
        "需要 2 位经理及以上审批（签名、授权码、登记（电话/OA/纸质））",
        "需要 1 位总监及以上审批（签名、授权码、登记（电话/OA/纸质））",
    ]


def test_edge_19_silence_is_a_refusal_once_the_time_limit_passes() -> None:
    desk = desk_of()
    made = submitted(desk, start=T0 + timedelta(hours=30))
    sign(desk, made, "chen-jun", T0)
    late = T0 + timedelta(hours=24)
    sign(desk, made, "liu-yang", late)
    with refused("APPROVALS_MISSING"):
        issue_permit(desk, made.request.id, late)
    with refused("SPAN_OVER"):
        issue_permit(desk, made.request.id, made.request.end)


def test_edge_15_a_rollback_is_its_own_kind_with_a_lighter_named_approval() -> None:
    desk = desk_of()
    made = submitted(desk, kind="rollback", rollback_duration=timedelta(0))
    sign(desk, made, "chen-jun", T0)
    assert parse_text(issue_permit(desk, made.request.id, T0).text).rung == "rollback-one"


def test_edge_14_a_span_that_runs_into_a_stricter_level_is_judged_by_it() -> None:
    desk = desk_of()
    late = datetime(2026, 11, 19, 15, 30, tzinfo=T0.tzinfo)
    made = submitted(desk, start=late, duration=timedelta(hours=12))
    assert parse(made.statement).level == "silent"
    sign(desk, made, "chen-jun", T0)
    sign(desk, made, "liu-yang", T0)
    with refused("LEVEL_BLOCKS"):
        issue_permit(desk, made.request.id, T0)


def test_a_level_without_a_rung_refuses() -> None:
    desk = desk_of(ladder=())
    made = submitted(desk)
    sign(desk, made, "chen-jun", T0)
    with refused("APPROVALS_MISSING"):
        issue_permit(desk, made.request.id, T0)


def test_no_permit_is_issued_where_none_is_needed() -> None:
    desk = desk_of(event=None)
    made = submitted(desk)
    assert made.request.id == "CR-calm-0001"
    with refused("NOT_NEEDED"):
        issue_permit(desk, made.request.id, T0)


def test_edge_17_a_permit_is_used_once_whatever_door_it_opened() -> None:
    desk = desk_of()
    made = permitted(desk)
    state, permit = find_permit(desk, "CR-games-0001-P1")
    at = made.request.start
    start_run(desk, state.id, permit.id, at, door="cli", actor="li-na", host="h1")
    with refused("PERMIT_USED"):
        start_run(desk, state.id, permit.id, at, door="cli", actor="li-na", host="h1")
    end_run(desk, state.id, permit.id, at + MINUTE, outcome="ok", exit_code=0, log=b"done")
    with refused("NOT_RUNNING"):
        end_run(desk, state.id, permit.id, at + MINUTE, outcome="ok", exit_code=0)
    assert status(desk.state(state.id), at + HOUR) == "done"
    with refused("APPROVALS_SPENT"):
        issue_permit(desk, state.id, at + 2 * MINUTE)


def test_edge_17_a_permit_that_a_gate_let_through_is_used_too() -> None:
    desk = desk_of()
    made = permitted(desk)
    book = desk.journal
    assert isinstance(book, MemoryBook)
    book.append("decision", "ci", {"verdict": "allow"}, at=made.request.start, key="use:CR-games-0001-P1")
    late = made.request.start + 2 * MINUTE
    assert status(desk.state(made.request.id), late) == "done"
    with refused("APPROVALS_SPENT"):
        issue_permit(desk, made.request.id, late)


def test_a_permit_does_not_start_before_its_time_nor_after_its_revocation() -> None:
    desk = desk_of()
    made = permitted(desk)
    with refused("PERMIT_NOT_YET"):
        start_run(desk, made.request.id, "CR-games-0001-P1", T0, door="cli", actor="li-na", host="h1")
    with refused("ROLE_MISSING"):
        revoke_permit(desk, made.request.id, "CR-games-0001-P1", "xu-gang", "误签", T0)
    revoke_permit(desk, made.request.id, "CR-games-0001-P1", "chen-jun", "误签", T0)
    with refused("PERMIT_REVOKED"):
        start_run(desk, made.request.id, "CR-games-0001-P1", made.request.start, door="cli", actor="li-na", host="h1")
    with refused("PERMIT_UNKNOWN"):
        find_permit(desk, "CR-games-0009-P1")


def test_a_clock_that_went_back_records_nothing() -> None:
    desk = desk_of()
    submitted(desk)
    with pytest.raises(CannotTellError) as caught:
        submitted(desk, T0 - HOUR)
    assert caught.value.reason_code == "CLOCK_BACKWARDS"


def test_a_request_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(RefusedError) as caught:
        desk_of().state("CR-games-0404")
    assert caught.value.reason_code == "REQUEST_UNKNOWN"


def test_a_damaged_document_is_no_document() -> None:
    desk = desk_of()
    made = submitted(desk)
    book = desk.journal
    assert isinstance(book, MemoryBook)
    book.documents[digest(made.statement)] = made.statement + b" "
    with refused("DOCUMENT_MISSING"):
        desk.statement(desk.state(made.request.id))


def test_drafts_stay_drafts() -> None:
    sketch: ChangeRequest = draft()
    submitted(desk_of())
    assert (sketch.id, sketch.revision, sketch.nonce) == ("", 0, "")
