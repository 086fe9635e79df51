"""Attested approvals at the desk (代录): a registrar records what was said, a second person witnesses, both by signature.

Nothing counts before the second signature. From then the approver has 24 hours to confirm (补签).
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from zhongbao_core.approval import attest
from zhongbao_core.approval.attest import Attestation, attestation_text
from zhongbao_core.approval.statement import parse
from zhongbao_core.approval.subject import NAMESPACES
from zhongbao_core.canonical import digest
from zhongbao_core.clock import iso
from zhongbao_core.desk.approvals import Recorded, Speaker, put_word, speaker_of, word_body
from zhongbao_core.desk.base import Desk, Writing, current_statement, require_role, signer, state_in
from zhongbao_core.desk.rules import admit, no, require
from zhongbao_core.desk.state import EntryLike, RequestState, Word
from zhongbao_core.text import Text, mask

REGISTERING = Text("代录", "register")
WITNESSING = Text("见证", "witness")
ATTESTATION = Text("代录文本", "the attestation")


class Said(NamedTuple):
    """What the registrar was told, and how it can be checked."""

    person: str
    channel: str
    said_at: datetime
    call_back: str = ""
    """As dialled; only its last four digits are kept."""
    oa_number: str = ""
    evidence: bytes = b""
    """Screenshot, recording or scan; kept as a document of the ledger, its digest in the attestation."""
    voice: str = ""


def draft_attestation(desk: Desk, data: bytes, said: Said, registrar: str, witness: str, at: datetime) -> Attestation:
    """The attestation that registrar and witness are to sign. Raises AttestationError naming all that is wrong."""
    speaker = speaker_of(desk, said.person, said.voice, said.said_at, "attested")
    item = Attestation(
        statement=digest(data),
        person=speaker.person,
        voice=speaker.voice,
        rank=speaker.rank,
        registrar=registrar,
        cosigner=witness,
        channel=said.channel,
        said_at=said.said_at,
        call_back=_masked(said.call_back),
        oa_number=said.oa_number,
        evidence=digest(said.evidence) if said.evidence else "",
    )
    attest.require(item, desk.policy.directory, at)
    return item


def record_attested(
    desk: Desk, data: bytes, item: Attestation, armor: bytes, at: datetime, *, evidence: bytes = b""
) -> EntryLike:
    """Register an attested approval; it waits for the witness. ``armor``: the registrar's, over the attestation.

    Raises AttestationError, SignatureError, RefusedError SAME_PERSON ALREADY_APPROVED ROLE_MISSING SIGNER_OTHER.
    """
    _, state = current_statement(desk, data, at)
    attest.require(item, desk.policy.directory, at)
    _signed_by(desk, item, armor, item.registrar, at)
    require_role(desk.policy, item.registrar, frozenset({"registrar"}), REGISTERING)
    require_role(desk.policy, item.cosigner, frozenset({"witness", "registrar"}), WITNESSING)
    with desk.journal.transaction(at) as tx:
        now = state_in(tx, state.id)
        _admissible(now, item, at)
        if evidence:
            tx.put_document(evidence)
        body = word_body(now, _speaker(item), registrar=item.registrar, channel=item.channel, evidence=item.evidence)
        kept = {"attestation": tx.put_document(attestation_text(item)), "signature": tx.put_document(armor)}
        return tx.append("approval.attested_pending", state.id, body | kept)


def cosign(desk: Desk, request: str, armor: bytes, at: datetime) -> Recorded:
    """Witness a registered approval: it counts from now, and its person has 24 hours to confirm it.

    ``armor`` is the witness's signature over the same attestation the registrar signed.
    """
    pending = waiting(desk, request)
    for entry, item in pending:
        person, _ = signer(desk, armor, at)
        if person.id == item.cosigner and _holds(desk, item, armor, at):
            return _witnessed(desk, request, entry, item, armor, at)
    raise no(
        "NOTHING_PENDING",
        f"{request} 没有等待此人见证的代录",
        f"no attested approval of {request} waits for this person's signature",
    )


def waiting(desk: Desk, request: str) -> tuple[tuple[EntryLike, Attestation], ...]:
    """Attested approvals of the current revision that wait for their witness, with their attestations."""
    state = desk.state(request)
    open_ones = {word.entry for word in state.pending}
    entries = desk.journal.entries(kinds=("approval.attested_pending",), ref=request)
    return tuple(
        (entry, attest.parse(desk.document(entry.body["attestation"], ATTESTATION)))
        for entry in entries
        if entry.seq in open_ones
    )


def _witnessed(desk: Desk, request: str, pending: EntryLike, item: Attestation, armor: bytes, at: datetime) -> Recorded:
    statement = parse(desk.statement(desk.state(request)))
    with desk.journal.transaction(at) as tx:
        word = _still_pending(tx, request, pending)
        tx.put_document(armor)
        return put_word(
            tx,
            statement,
            _speaker(item),
            at,
            registrar=word.registrar,
            cosigner=item.cosigner,
            channel=word.channel,
            evidence=word.evidence,
            confirm_by=iso(item.confirm_by(at)),
            attestation=pending.body["attestation"],
            registrar_signature=pending.body["signature"],
            cosigner_signature=digest(armor),
        )


def _still_pending(tx: Writing, request: str, pending: EntryLike) -> Word:
    for word in state_in(tx, request).pending:
        if word.entry == pending.seq:
            return word
    raise no(
        "NOTHING_PENDING", "该代录已处理或申请已有新版本", "it was settled meanwhile, or there is a newer revision"
    )


def _admissible(state: RequestState, item: Attestation, at: datetime) -> None:
    require(state, "approve", at)
    if state.current.statement != item.statement:
        raise no("OTHER_STATEMENT", "代录的不是当前版本", "it attests another revision")
    admit(state, item.person, item.voice, frozenset({item.registrar, item.cosigner}))
    if any(word.voice == item.voice for word in state.pending):
        raise no("ALREADY_APPROVED", f"{item.voice} 的代录已在等待见证", f"the word of {item.voice} waits already")


def _speaker(item: Attestation) -> Speaker:
    return Speaker(item.person, item.voice, item.rank, "attested")


def _signed_by(desk: Desk, item: Attestation, armor: bytes, person: str, at: datetime) -> None:
    found, key = signer(desk, armor, at)
    if found.id != person:
        raise no("SIGNER_OTHER", f"签名人不是 {person}", f"signed by {found.id}, not by {person}")
    desk.signatures.verify(armor, attestation_text(item), key.line, NAMESPACES["attest"])


def _holds(desk: Desk, item: Attestation, armor: bytes, at: datetime) -> bool:
    """Whether ``armor`` is the witness's over this very attestation; one of several may be meant."""
    from zhongbao_core.approval.sshsig import SignatureError

    try:
        _signed_by(desk, item, armor, item.cosigner, at)
    except SignatureError:
        return False
    return True


def _masked(number: str) -> str:
    digits = "".join(char for char in number if char.isascii() and char.isdigit())
    return mask(digits) if digits else ""
