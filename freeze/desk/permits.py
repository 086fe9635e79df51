"""Issuing, exporting and revoking permits (放行单), and recording what was done under them.

A permit is written once, inside the transaction that counts the approvals; the file for the door is made from the
ledger afterwards, as often as wanted, each time with a fresh signed checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

from freeze.desk.base import Desk, change_in
from freeze.desk.ladder import Needs, need_lines, needs
from freeze.desk.requests import request_bytes, request_of
from freeze.model import ChangeRequest
from zhongbao_core.approval.permit_file import PermitApproval, Proof, build_permit, bundle
from zhongbao_core.canonical import digest
from zhongbao_core.clock import iso
from zhongbao_core.desk.base import person_of, require_role
from zhongbao_core.desk.rules import no, require
from zhongbao_core.desk.state import EntryLike, Issued, RequestState, Word
from zhongbao_core.errors import RefusedError
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from zhongbao_core.ledger.checkpoint import Signer
    from zhongbao_core.ledger.journal import Journal

PERMIT = Text("放行单", "the permit")
SIGNATURE = Text("签名", "the signature")


class Prover(Protocol):
    """Whatever proves that entries stand in the ledger."""

    def prove(self, places: Sequence[int], at: datetime) -> tuple[tuple[Proof, ...], str]:
        """Inclusion proofs of the entries at ``places``, and the fresh signed checkpoint they lead to."""


class NewPermit(NamedTuple):
    """A permit just recorded."""

    id: str
    text: bytes
    entry: EntryLike
    state: RequestState


def issue_permit(desk: Desk, request: str, at: datetime) -> NewPermit:
    """Issue a permit for the current revision, if the approvals satisfy the strictest level over its span.

    Its life is the rung's, counted from ``at`` or from the start of the approved span, whichever is later, and never
    beyond the span. Raises RefusedError APPROVALS_MISSING LEVEL_BLOCKS NOT_NEEDED or what the life refuses.
    """
    with desk.journal.transaction(at) as tx:
        state = change_in(tx, request)
        require(state, "issue", at)
        change = request_of(desk, state)
        found = needs(desk, state, change, at)
        _require_enough(desk, found)
        number = f"{request}-P{len(state.permits) + 1}"
        text = _permit_text(desk, state, change, found, number, at)
        tx.put_document(text)
        entry = tx.append("permit.issued", request, issued_body(text), f"permit:{number}")
        return NewPermit(number, text, entry, change_in(tx, request))


def export_permit(desk: Desk, prover: Prover, state: RequestState, permit: Issued, at: datetime) -> bytes:
    """The permit file for doors, with proofs of its entries and a fresh checkpoint; confirmations since are added."""
    text = desk.document(permit.digest, PERMIT)
    return seal(text, prover, permit.entry, at, confirmations(desk, state))


def seal(text: bytes, prover: Prover, issued: int, at: datetime, more: Iterable[int] = ()) -> bytes:
    """The permit file of the permit ``text`` that the entry at ``issued`` records."""
    from zhongbao_core.approval.permit_file import parse_text

    approvals = {item.entry for item in parse_text(text).approvals}
    places = sorted({*approvals, issued, *more})
    proofs, checkpoint = prover.prove(places, at)
    return bundle(text, proofs, checkpoint)


def confirmations(desk: Desk, state: RequestState) -> tuple[int, ...]:
    """Entries in which attested approvals of the current revision were confirmed."""
    return tuple(word.confirmed_entry for word in state.approvals if word.confirmed_entry is not None)


def revoke_permit(desk: Desk, request: str, permit: str, by: str, reason: str, at: datetime) -> EntryLike:
    """Revoke a permit: doors with a store refuse it at once, offline ones when its short life ends."""
    who = person_of(desk.policy, by).id
    with desk.journal.transaction(at) as tx:
        state = change_in(tx, request)
        found = state.permit(permit)
        if found is None or found.revoked:
            raise no("PERMIT_UNKNOWN", f"没有可撤销的放行单 {permit}", f"there is no permit {permit} to revoke")
        parties = (state.current.applicant, state.current.executor)
        if who not in parties:
            roles = frozenset({"approver", "duty", "policy"})
            require_role(desk.policy, who, roles, Text("撤销放行单", "revoke a permit"))
        words = tx.put_document(reason.encode("utf-8"))
        return tx.append("permit.revoked", request, {"id": permit, "by": who, "reason": words})


def start_run(desk: Desk, request: str, permit: str, at: datetime, *, door: str, actor: str, host: str) -> EntryLike:
    """Record that work under ``permit`` began: its one use. A second start is refused with PERMIT_USED."""
    with desk.journal.transaction(at) as tx:
        state = change_in(tx, request)
        found = state.permit(permit)
        if found is None or any(run.permit == permit for run in state.runs):
            raise no("PERMIT_USED", f"放行单 {permit} 已用过或不存在", f"permit {permit} is used, or does not exist")
        if found.revoked:
            raise no("PERMIT_REVOKED", f"放行单 {permit} 已撤销", f"permit {permit} was revoked")
        require(state, "start", at)
        body = {
            "permit": found.digest,
            "id": permit,
            "door": door,
            "actor": actor,
            "host": host,
            "targets": [str(target) for target in state.current.subject.targets],
        }
        return tx.append("run.started", request, body, f"run:{permit}")


def end_run(
    desk: Desk, request: str, permit: str, at: datetime, *, outcome: str, exit_code: int, log: bytes = b""
) -> EntryLike:
    """Record how the work ended: ``ok``, ``failed`` or ``aborted``, with its exit code and the digest of its log."""
    with desk.journal.transaction(at) as tx:
        state = change_in(tx, request)
        if not any(run.permit == permit and run.ended_at is None for run in state.runs):
            raise no("NOT_RUNNING", f"放行单 {permit} 下没有正在进行的实施", f"nothing runs under permit {permit}")
        kept = digest(log) if log else ""
        body = {"id": permit, "outcome": outcome, "exit_code": exit_code, "log": kept}
        return tx.append("run.ended", request, body, f"end:{permit}")


def find_permit(desk: Desk, permit: str) -> tuple[RequestState, Issued]:
    """The permit with this id and its request. Raises RefusedError PERMIT_UNKNOWN."""
    state = desk.states().get(permit.rpartition("-P")[0])
    found = state.permit(permit) if state else None
    if state is None or found is None:
        raise no("PERMIT_UNKNOWN", f"没有放行单 {permit}", f"there is no permit {permit}")
    return state, found


def issued_body(text: bytes) -> dict[str, str]:
    """The body of ``permit.issued`` for the permit ``text``."""
    from zhongbao_core.approval.permit_file import parse_text

    permit = parse_text(text)
    return {
        "permit": permit.digest,
        "id": permit.id,
        "expires_at": iso(permit.expires_at),
        "not_before": iso(permit.not_before),
        "level": permit.level,
        "manifest": permit.manifest,
    }


def _require_enough(desk: Desk, found: Needs) -> None:
    if found.free:
        raise no("NOT_NEEDED", "此级别下这类变更无需放行单", "this kind of change needs no permit at this level")
    if found.blocked:
        raise no(
            "LEVEL_BLOCKS",
            f"{found.standing.level.text.zh}级别不放行这类变更，只有应急放行",
            f"the level {found.standing.level.text.en} lets no such change out but by break-glass",
        )
    if not found.satisfied:
        lines = need_lines(desk, found)
        raise RefusedError(
            Text("；".join(line.zh for line in lines), "; ".join(line.en for line in lines)),
            Text("补齐审批后再签发", "issue it once the approvals are there"),
            reason_code="APPROVALS_MISSING",
        )


def _permit_text(
    desk: Desk, state: RequestState, change: ChangeRequest, found: Needs, number: str, at: datetime
) -> bytes:
    if found.rung is None or found.result is None:
        raise no("APPROVALS_MISSING", "没有适用的审批阶梯", "no rung fits")
    begins = max(at, change.start)
    counted = {item.entry for item in (*found.result.counted, *found.result.surplus)}
    words = [word for word in state.approvals if word.entry in counted]
    return build_permit(
        id=number,
        kind="change",
        statement=desk.statement(state),
        request=request_bytes(change),
        approvals=[permit_approval(desk, word) for word in words],
        level=found.standing.level.id,
        rung=found.rung.id,
        issued_at=at,
        not_before=begins,
        expires_at=min(begins + found.rung.permit_life, change.end),
        manifest=desk.policy.manifest,
        rehearsal=desk.rehearsal,
    )


def permit_approval(desk: Desk, word: Word) -> PermitApproval:
    """One recorded word as the permit carries it, its signature included."""
    armor = desk.document(word.signature, SIGNATURE).decode("utf-8") if word.signature else ""
    return PermitApproval(
        person=word.person,
        voice=word.voice,
        rank=word.rank,
        assurance=word.assurance,
        key_id=word.key_id,
        received_at=word.at,
        entry=word.entry,
        signature=armor if word.assurance == "signed" else "",
        registrar=word.registrar,
        cosigner=word.cosigner,
        channel=word.channel,
    )


class LedgerProver:
    """Proofs from the real ledger, and checkpoints signed by its own key."""

    def __init__(self, journal: Journal, signer: Signer) -> None:
        self.journal, self.signer = journal, signer

    def prove(self, places: Sequence[int], at: datetime) -> tuple[tuple[Proof, ...], str]:
        """See ``Prover``: all from one view of the ledger, so that every proof leads to the checkpoint's root."""
        from zhongbao_core.ledger.checkpoint import sign_checkpoint

        with self.journal.snapshot():
            head = self.journal.head()
            note = sign_checkpoint(self.signer, head.size, head.root, head.time)
            proofs = tuple(
                Proof(self.journal.entry(place).raw, place, tuple(self.journal.inclusion(place, head.size)))
                for place in places
            )
        return proofs, note
