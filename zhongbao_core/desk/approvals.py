"""Recording a person's word in three ways: signed by the own key, by a one-time code, attested by two others.

Each function checks, then writes in one ledger transaction in which the state is read again: of two that race for
the same request exactly one effect stands. The time of a word is the ledger's, never the signer's.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from zhongbao_core.approval.eligible import Approval
from zhongbao_core.approval.statement import Statement
from zhongbao_core.approval.subject import NAMESPACES
from zhongbao_core.canonical import digest
from zhongbao_core.desk.base import Desk, Writing, current_statement, require_role, signer, state_in, voice_of
from zhongbao_core.desk.rules import admit, no, require
from zhongbao_core.desk.state import EntryLike, RequestState, Word
from zhongbao_core.text import Text

APPROVING = Text("审批", "approve")


class Recorded(NamedTuple):
    """A word that now stands in the ledger, and the request with it."""

    entry: EntryLike
    state: RequestState


class Speaker(NamedTuple):
    """Who speaks, for whom, at which rank, and by which proof."""

    person: str
    voice: str
    rank: str
    assurance: str
    key_id: str = ""


def record_signed(desk: Desk, data: bytes, armor: bytes, at: datetime, *, voice: str = "") -> Recorded:
    """Record an approval signed over ``data`` (``statement.json``). ``voice``: the principal a deputy speaks for.

    Raises SignatureError, and RefusedError KEY_UNKNOWN KEY_NOT_GOOD OTHER_STATEMENT SAME_PERSON ALREADY_APPROVED
    NOT_DEPUTY ROLE_MISSING or what the request's life refuses.
    """
    statement, state = current_statement(desk, data, at)
    person, key = signer(desk, armor, at)
    desk.signatures.verify(armor, data, key.line, NAMESPACES["approve"])
    speaker = speaker_of(desk, person.id, voice, at, "signed", key.id)
    admit(state, speaker.person, speaker.voice)
    with desk.journal.transaction(at) as tx:
        return put_word(tx, statement, speaker, at, signature=tx.put_document(armor))


def speaker_of(desk: Desk, person: str, voice: str, at: datetime, assurance: str, key_id: str = "") -> Speaker:
    """The Speaker behind ``person`` at ``at``, once rank, delegation and role are looked at."""
    rank, whose = voice_of(desk.policy, person, voice, at)
    require_role(desk.policy, whose, desk.approving_roles, APPROVING)
    return Speaker(person, whose, rank, assurance, key_id)


def put_word(tx: Writing, statement: Statement, speaker: Speaker, at: datetime, **more: str) -> Recorded:
    """Write ``approval.recorded`` once the state inside the transaction still admits it."""
    state = state_in(tx, statement.subject.id)
    require(state, "approve", at)
    if state.current.statement != statement.digest:
        raise no("OTHER_STATEMENT", "申请已有新版本", "there is a newer revision")
    others = frozenset(filter(None, (more.get("registrar"), more.get("cosigner"))))
    admit(state, speaker.person, speaker.voice, others)
    body = word_body(state, speaker, **more)
    key = f"approval:{statement.digest}:{speaker.voice}"
    entry = tx.append("approval.recorded", state.id, body, key)
    return Recorded(entry, state_in(tx, state.id))


def word_body(state: RequestState, speaker: Speaker, **more: str) -> dict[str, Any]:
    """The ledger body of a word: ids and digests only."""
    empty = dict.fromkeys(("signature", "code", "registrar", "cosigner", "channel", "evidence", "confirm_by"), "")
    return {
        "statement": state.current.statement,
        "revision": state.current.number,
        **speaker._asdict(),
        **empty,
        **more,
    }


def reject(desk: Desk, data: bytes, armor: bytes, reason: str, at: datetime) -> EntryLike:
    """Reject a request for good: an approver signs its statement for the purpose ``reject``."""
    _, state = current_statement(desk, data, at)
    person, key = signer(desk, armor, at)
    desk.signatures.verify(armor, data, key.line, NAMESPACES["reject"])
    require_role(desk.policy, person.id, desk.approving_roles, Text("驳回", "reject"))
    return _put_rejection(desk, state, person.id, reason, at, key_id=key.id, armor=armor)


def _put_rejection(
    desk: Desk, state: RequestState, person: str, reason: str, at: datetime, *, key_id: str, armor: bytes
) -> EntryLike:
    with desk.journal.transaction(at) as tx:
        now = state_in(tx, state.id)
        require(now, "reject", at)
        if now.current.statement != state.current.statement:
            raise no("OTHER_STATEMENT", "申请已有新版本", "there is a newer revision")
        revoke_live(tx, now, person, at, "rejected")
        body = {
            "statement": now.current.statement,
            "revision": now.current.number,
            "by": person,
            "person": person,
            "key_id": key_id,
            "signature": tx.put_document(armor),
            "reason": tx.put_document(reason.encode("utf-8")),
        }
        return tx.append("approval.rejected", state.id, body)


def confirm(desk: Desk, data: bytes, armor: bytes, at: datetime) -> Recorded:
    """Confirm an attested approval (补签): its person signs the same statement for the purpose ``confirm``.

    Late is better than never: a confirmation past its due time is recorded, and its lateness stays visible.
    """
    from zhongbao_core.approval.statement import parse

    request = parse(data).subject.id
    person, key = signer(desk, armor, at)
    desk.signatures.verify(armor, data, key.line, NAMESPACES["confirm"])
    with desk.journal.transaction(at) as tx:
        word = owed_by(state_in(tx, request), person.id, digest(data))
        body = {
            "statement": word.statement,
            "person": person.id,
            "key_id": key.id,
            "signature": tx.put_document(armor),
            "entry": word.entry,
        }
        entry = tx.append("approval.confirmed", request, body, f"confirm:{word.entry}")
        return Recorded(entry, state_in(tx, request))


def owed_by(state: RequestState, person: str, statement: str) -> Word:
    """The attested word of ``person`` that waits for a confirmation. Raises RefusedError NOTHING_OWED."""
    for word in state.owed():
        if word.person == person and word.statement == statement:
            return word
    raise no("NOTHING_OWED", f"{state.id} 没有待 {person} 补签的审批", f"{person} owes {state.id} no confirmation")


def revoke_live(tx: Writing, state: RequestState, by: str, at: datetime, why: str) -> None:
    """Revoke every permit of ``state`` that could still open a door, so that doors with a store refuse it."""
    started = {run.permit for run in state.runs}
    reason = tx.put_document(why.encode("utf-8"))
    for permit in state.permits:
        if permit.live(at) and permit.id not in started:
            tx.append("permit.revoked", state.id, {"id": permit.id, "by": by, "reason": reason})


def approval_of(word: Word) -> Approval:
    """One recorded word in the form the ladder counts."""
    return Approval(
        person=word.person,
        voice=word.voice,
        rank=word.rank,
        assurance=word.assurance,
        key_id=word.key_id,
        received_at=word.at,
        statement_digest=word.statement,
        entry=word.entry,
        confirmed=None if word.confirm_by is None else word.confirmed_entry is not None,
        registrar=word.registrar,
        cosigner=word.cosigner,
    )
