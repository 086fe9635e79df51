"""Opening, merging and reviewing emergency releases (应急放行). Works with the store down and the network cut.

``glass_paper.prepare`` makes the statement that two persons sign; ``open_glass`` gives the permit.
With a ledger it is recorded at once and proven like any permit; without, it goes into a local append-only file
(``freeze.desk.glass_spool``) and is merged later as *reported*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from freeze.decision.glass_evidence import sealed_index, sealed_name
from freeze.desk.base import Desk
from freeze.desk.glass_paper import Emergency, read_back
from freeze.desk.permits import Prover, issued_body, seal
from freeze.life.glass import Glass, glass_from, reduce_glass, require_signers, signers_needed
from freeze.policy import Policy
from zhongbao_core.approval.permit_file import PermitApproval, build_permit, bundle
from zhongbao_core.approval.statement import parse
from zhongbao_core.approval.subject import NAMESPACES, Subject
from zhongbao_core.canonical import digest
from zhongbao_core.clock import iso
from zhongbao_core.desk.approvals import Speaker
from zhongbao_core.desk.base import Signatures, Writing, person_of, require_role, signer
from zhongbao_core.desk.rules import no
from zhongbao_core.desk.state import EntryLike
from zhongbao_core.text import Text

KINDS = ("breakglass.opened", "breakglass.reviewed")
RUNG = "breakglass"


class Opened(NamedTuple):
    """An emergency release in force: the permit file, what is recorded of it, and whether a ledger took it."""

    glass: Glass
    permit: bytes
    body: dict[str, Any]
    documents: tuple[bytes, ...]
    recorded: bool


def open_glass(
    policy: Policy,
    signatures: Signatures,
    request: bytes,
    statement: bytes,
    armors: Sequence[bytes],
    at: datetime,
    *,
    uses: Iterable[Glass] = (),
    rehearsal: bool = False,
) -> Opened:
    """Open an emergency release without a ledger: everything is judged by the policy and by ``uses`` known here.

    Raises RefusedError SIGNERS_MISSING REVIEW_OVERDUE CODE_WRONG SPAN_OVER ROLE_MISSING, SignatureError.
    """
    judged = _judge(policy, signatures, request, statement, armors, at, tuple(uses))
    approvals = [_approval(judged, place, at, 0) for place in range(len(judged.speakers))]
    text = _permit(policy, judged, approvals, at, rehearsal)
    body = _body(judged, text, at)
    glass = glass_from(judged.subject.id, body, None)
    if glass is None:
        raise no("INCOMPLETE", "应急放行内容不完整", "the emergency release is not complete")
    documents = (request, statement, text, *judged.armors)
    return Opened(glass, bundle(text, (), ""), body, documents, recorded=False)


def record_glass(
    desk: Desk,
    prover: Prover,
    request: bytes,
    statement: bytes,
    armors: Sequence[bytes],
    at: datetime,
    *,
    local: Iterable[Glass] = (),
) -> Opened:
    """Open an emergency release and record it in the same transaction; the permit carries its proofs.

    ``local`` are releases that stand only in the local file so far: they count as uses too.
    """
    with desk.journal.transaction(at) as tx:
        recorded = reduce_glass(tx.entries(kinds=KINDS))
        uses = (*recorded.values(), *(item for item in local if item.id not in recorded))
        judged = _judge(desk.policy, desk.signatures, request, statement, armors, at, uses)
        text, issued, opened = _write(desk, tx, judged, at)
    glass = glass_from(judged.subject.id, opened.body, opened.seq)
    if glass is None:
        raise no("INCOMPLETE", "应急放行内容不完整", "the emergency release is not complete")
    permit = seal(text, prover, issued.seq, at, (opened.seq,))
    return Opened(glass, permit, dict(opened.body), (), recorded=True)


def merge_glass(desk: Desk, body: Mapping[str, Any], documents: Iterable[bytes], name: str, at: datetime) -> bool:
    """Record an emergency release that was opened without the ledger, as *reported*; False where it is there already.

    Its documents are kept in either case: a door that recorded the opening had none.
    """
    if glass_from(name, body, None) is None:
        raise no("INCOMPLETE", f"{name} 的本地记录残缺", f"the local record of {name} is damaged")
    with desk.journal.transaction(at) as tx:
        for data in documents:
            tx.put_document(data)
        if name in reduce_glass(tx.entries(kinds=KINDS)):
            return False
        tx.append("breakglass.opened", name, {**body, "reported": True}, f"bg:{name}")
        return True


def review_glass(desk: Desk, name: str, by: str, report: str, at: datetime) -> EntryLike:
    """Close an emergency release with its review (复盘). Whoever opened or signed it does not review it."""
    who = person_of(desk.policy, by).id
    require_role(desk.policy, who, frozenset({"approver", "policy", "auditor"}), Text("复盘", "review"))
    if not report.strip():
        raise no("INCOMPLETE", "复盘须写明经过与改进", "a review says what happened and what changes")
    with desk.journal.transaction(at) as tx:
        glass = reduce_glass(tx.entries(kinds=KINDS)).get(name)
        if glass is None or not glass.review_open():
            raise no("NOTHING_OWED", f"{name} 没有待复盘", f"no review of {name} is open")
        if who in (glass.by, *glass.signers):
            raise no("SAME_PERSON", "开启或签字的人不能复盘", "who opened or signed it does not review it")
        words = tx.put_document(report.encode("utf-8"))
        body = {"by": who, "report": words, "late": glass.overdue(at)}
        return tx.append("breakglass.reviewed", name, body, f"reviewed:{name}")


def known_uses(desk: Desk) -> dict[str, Glass]:
    """Every emergency release the ledger knows."""
    return reduce_glass(desk.journal.entries(kinds=KINDS))


class _Judged(NamedTuple):
    subject: Subject
    request: bytes
    statement: bytes
    digest: str
    asked: Emergency
    speakers: tuple[Speaker, ...]
    armors: tuple[bytes, ...]
    code: str
    review_by: datetime


def _judge(
    policy: Policy,
    signatures: Signatures,
    request: bytes,
    statement: bytes,
    armors: Sequence[bytes],
    at: datetime,
    uses: Sequence[Glass],
) -> _Judged:
    """Everything that is checked before an emergency release opens."""
    told = parse(statement)
    asked = read_back(request, told.subject)
    if not told.subject.start <= at < told.subject.end:
        raise no("SPAN_OVER", "应急放行已过时限，请重新准备", "its time is over: prepare it again")
    code = _sealed(policy, asked, uses)
    speakers = _speakers(policy, signatures, statement, armors, at)
    needed = signers_needed(policy.breakglass, uses, at, sealed=bool(code), restores=asked.restores)
    require_signers(frozenset(item.voice for item in speakers), needed)
    if any(item.id == told.subject.id for item in uses):
        raise no("ALREADY_OPEN", f"{told.subject.id} 已开启", f"{told.subject.id} is open already")
    return _Judged(
        subject=told.subject,
        request=request,
        statement=statement,
        digest=told.digest,
        asked=asked,
        speakers=speakers,
        armors=tuple(armors),
        code=code,
        review_by=at + policy.breakglass.review_within,
    )


def _sealed(policy: Policy, asked: Emergency, uses: Sequence[Glass]) -> str:
    """``sealed#<index>`` of the code presented, once; empty where none was."""
    if not asked.code:
        return ""
    index = sealed_index(asked.code, policy.breakglass.sealed_codes)
    name = sealed_name(index)
    if index is None or any(item.code == name for item in uses):
        raise no("CODE_WRONG", "密封码不对或已用过", "the sealed code is wrong or was used")
    return name


def _speakers(
    policy: Policy, signatures: Signatures, statement: bytes, armors: Sequence[bytes], at: datetime
) -> tuple[Speaker, ...]:
    roles, found = frozenset(policy.breakglass.roles), []
    desk = _Bare(policy, signatures)
    for armor in armors:
        person, key = signer(desk, armor, at)
        signatures.verify(armor, statement, key.line, NAMESPACES["approve"])
        require_role(policy, person.id, roles, Text("签署应急放行", "sign an emergency release"))
        found.append(Speaker(person.id, person.id, person.rank, "signed", key.id))
    if len({item.person for item in found}) != len(found):
        raise no("SAME_PERSON", "同一人只计一次", "one person counts once")
    return tuple(found)


class _Bare(NamedTuple):
    """The two parts of a desk that finding a signer takes."""

    policy: Policy
    signatures: Signatures


def _write(desk: Desk, tx: Writing, judged: _Judged, at: datetime) -> tuple[bytes, EntryLike, EntryLike]:
    name = judged.subject.id
    for data in (judged.request, judged.statement, *judged.armors):
        tx.put_document(data)
    entries = [
        tx.append("approval.recorded", name, _word(judged, place), f"approval:{judged.digest}:{speaker.voice}")
        for place, speaker in enumerate(judged.speakers)
    ]
    approvals = [_approval(judged, place, entry.time, entry.seq) for place, entry in enumerate(entries)]
    text = _permit(desk.policy, judged, approvals, at, desk.rehearsal)
    tx.put_document(text)
    issued = tx.append("permit.issued", name, issued_body(text), f"permit:{name}")
    return text, issued, tx.append("breakglass.opened", name, _body(judged, text, at), f"bg:{name}")


def _word(judged: _Judged, place: int) -> dict[str, Any]:
    empty = dict.fromkeys(("code", "registrar", "cosigner", "channel", "evidence", "confirm_by"), "")
    speaker = judged.speakers[place]
    armor = digest(judged.armors[place])
    return {"statement": judged.digest, "revision": 1, **speaker._asdict(), **empty, "signature": armor}


def _approval(judged: _Judged, place: int, at: datetime, entry: int) -> PermitApproval:
    speaker = judged.speakers[place]
    armor = judged.armors[place].decode("utf-8")
    return PermitApproval(
        speaker.person, speaker.voice, speaker.rank, "signed", speaker.key_id, at, entry, signature=armor
    )


def _permit(
    policy: Policy, judged: _Judged, approvals: Sequence[PermitApproval], at: datetime, rehearsal: bool
) -> bytes:
    level = policy.event.level_at(at).id if policy.event else "none"
    return build_permit(
        id=judged.subject.id,
        kind="breakglass",
        statement=judged.statement,
        request=judged.request,
        approvals=approvals,
        level=level,
        rung=RUNG,
        issued_at=at,
        not_before=at,
        expires_at=judged.subject.end,
        manifest=policy.manifest,
        rehearsal=rehearsal,
    )


def _body(judged: _Judged, text: bytes, at: datetime) -> dict[str, Any]:
    subject = judged.subject
    return {
        "opened_at": iso(at),
        "expires_at": iso(subject.end),
        "review_by": iso(judged.review_by),
        "by": judged.asked.by,
        "signers": [item.person for item in judged.speakers],
        "code": judged.code,
        "restores": judged.asked.restores,
        "targets": subject.as_json()["targets"],
        "permit": digest(text),
        "request": digest(judged.request),
        "statement": judged.digest,
    }
