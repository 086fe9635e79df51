"""Whether a permit is what the ledger issued: every proof, every signature, every digest. Offline and pure.

Nothing the file says about itself is believed. The chain is: a ledger key pinned in the trust file signed the
checkpoint; the checkpoint's root contains ``permit.issued`` with the digest of these very bytes and each
``approval.recorded``; each approval is of this statement; the statement's subject names the request by digest; each
signed approval carries a signature by its person's key over the statement.

What stays the ledger's word alone: the time of receipt, coded and attested approvals. ``notes`` says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zhongbao_core.approval.eligible import SKEW, Approval
from zhongbao_core.approval.permit_file import Permit, PermitApproval, PermitError, Proof, malformed
from zhongbao_core.approval.subject import NAMESPACES
from zhongbao_core.canonical import canonical, cause_of, digest, strict_json
from zhongbao_core.clock import iso
from zhongbao_core.errors import ZhongbaoError
from zhongbao_core.people import Directory, PublicKey
from zhongbao_core.proof import Checkpoint, leaf_hash, verify_checkpoint, verify_inclusion
from zhongbao_core.text import Text, plain

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

ISSUE_DRIFT = timedelta(minutes=5)
"""How far the ledger's time of issue may be from the one written in the permit."""
MAX_ENTRY = 256 * 1024
EXTRA_KINDS = {"breakglass": ("breakglass.opened",), "standard": ("standard.used",), "change": ()}
"""Entries a permit of a kind may carry besides its approvals, their confirmations and its issue."""
_SAME = ("person", "voice", "rank", "assurance", "key_id", "registrar", "cosigner", "channel")


class ProvenEntry(NamedTuple):
    """A ledger entry whose place in the tree was proven."""

    seq: int
    time: datetime
    kind: str
    ref: str
    body: dict[str, Any]


class Evidence(NamedTuple):
    """What a permit proves."""

    approvals: tuple[Approval, ...]
    """The approvals that are what they claim to be; whether they are enough is the ladder's question."""
    checkpoint: Checkpoint
    issued: ProvenEntry
    extra: tuple[ProvenEntry, ...] = ()
    notes: tuple[Text, ...] = ()

    @property
    def size(self) -> int:
        """Entries in the ledger at the checkpoint."""
        return self.checkpoint.size

    @property
    def time(self) -> datetime | None:
        """Time of the last entry at the checkpoint: no clock may be before it."""
        return self.checkpoint.time


def verify_evidence(
    permit: Permit, *, ledger_keys: Sequence[str], origin: str, directory: Directory, at: datetime
) -> Evidence:
    """What ``permit`` proves at ``at``. Raises PermitError PERMIT_FORGED, PERMIT_MALFORMED or PERMIT_NOT_YET.

    ``ledger_keys`` are the pinned ``ssh-ed25519`` lines, ``origin`` the pinned name of the ledger. A signed approval
    whose key the directory no longer has is left out with a note; a wrong signature refuses the whole permit.
    """
    checkpoint = _checkpoint(permit, ledger_keys, origin, at)
    entries = _entries(permit.proofs, checkpoint)
    issued = _issued(permit, entries)
    rest = dict(entries)
    del rest[issued.seq]
    approvals, notes = [], []
    for item in permit.approvals:
        entry = rest.pop(item.entry, None)
        _check_recorded(permit, item, entry, issued)
        note = _signature_note(permit, item, directory) if item.assurance == "signed" else _word_note(item)
        notes += [note] if note else []
        if item.assurance != "signed" or note is None:
            approvals.append(item)
    confirmed, extra = _confirmations(permit, rest)
    return Evidence(
        tuple(_as_approval(permit, item, confirmed) for item in approvals), checkpoint, issued, extra, tuple(notes)
    )


def _checkpoint(permit: Permit, keys: Sequence[str], origin: str, at: datetime) -> Checkpoint:
    try:
        found = verify_checkpoint(permit.checkpoint, keys, origin)
    except ZhongbaoError as error:
        raise PermitError(
            Text(f"放行单的检查点不可信：{error.message.zh}", f"the permit's checkpoint: {error.message.en}"),
            cause=error.reason_code,
        ) from error
    except ValueError as error:  # a lone surrogate in the note cannot have been signed
        raise malformed(f"检查点：{error}", f"checkpoint: {error}") from error
    if found.time is not None and found.time > at + SKEW:
        raise PermitError(
            Text("放行单的检查点晚于现在，请检查时钟", "the permit's checkpoint is later than now; check the clock"),
            reason_code="PERMIT_NOT_YET",
            time=iso(found.time),
        )
    return found


def _entries(proofs: Sequence[Proof], checkpoint: Checkpoint) -> dict[int, ProvenEntry]:
    found: dict[int, ProvenEntry] = {}
    for proof in proofs:
        leaf = leaf_hash(proof.entry)
        if not verify_inclusion(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root):
            raise forged(
                f"条目 {proof.index} 不在检查点的日志中", f"entry {proof.index} is not in the ledger of the checkpoint"
            )
        if proof.index in found:
            raise malformed("同一条目出现两次", "the same entry twice")
        found[proof.index] = _read_entry(proof)
    return found


def _read_entry(proof: Proof) -> ProvenEntry:
    from zhongbao_core.clock import parse_instant

    try:
        value = strict_json(proof.entry, what="entry", limit=MAX_ENTRY)
        if canonical(value) != proof.entry or value["v"] != 1 or value["seq"] != proof.index:
            raise ValueError("not an entry of this place")
        kind, ref, body = value["kind"], value["ref"], value["body"]
        if not (isinstance(kind, str) and isinstance(ref, str) and isinstance(body, dict)):
            raise ValueError("fields of the wrong type")
        return ProvenEntry(proof.index, parse_instant(value["time"]), kind, ref, body)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError, ZhongbaoError) as error:
        why = cause_of(error)
        raise malformed(f"第 {proof.index} 条：{why.zh}", f"entry {proof.index}: {why.en}") from error


def _issued(permit: Permit, entries: dict[int, ProvenEntry]) -> ProvenEntry:
    found = [entry for entry in entries.values() if entry.kind == "permit.issued"]
    if len(found) != 1:
        raise forged("没有唯一的签发条目", "there is not exactly one entry that issued it")
    entry = found[0]
    wanted = {
        "permit": permit.digest,
        "id": permit.id,
        "expires_at": iso(permit.expires_at),
        "not_before": iso(permit.not_before),
        "level": permit.level,
        "manifest": permit.manifest,
    }
    if entry.ref != permit.subject.id or any(entry.body.get(key) != value for key, value in wanted.items()):
        raise forged("放行单与签发条目不符", "the permit is not the one its entry issued")
    if abs(entry.time - permit.issued_at) > ISSUE_DRIFT:
        raise forged("签发时间与日志不符", "its time of issue is not the ledger's")
    return entry


def _check_recorded(permit: Permit, item: PermitApproval, entry: ProvenEntry | None, issued: ProvenEntry) -> None:
    who = plain(item.person[:60])
    if entry is None:
        raise forged(f"{who} 的审批没有存证", f"the approval of {who} has no entry")
    expected: dict[str, object] = {
        "statement": permit.statement.digest,
        "revision": permit.subject.revision,
        "signature": digest(item.signature.encode("utf-8", "surrogatepass")) if item.signature else "",
        **{key: getattr(item, key) for key in _SAME},
    }
    same = all(_alike(entry.body.get(key, ""), value) for key, value in expected.items())
    if (entry.kind, entry.ref) != ("approval.recorded", permit.subject.id) or not same:
        raise forged(f"{who} 的审批与存证不符", f"the approval of {who} is not what the ledger recorded")
    if entry.time != item.received_at or entry.seq >= issued.seq:
        raise forged(f"{who} 的审批时间与存证不符", f"the time of the approval of {who} is not the ledger's")


def _alike(found: object, wanted: object) -> bool:
    return type(found) is type(wanted) and found == wanted


def _signature_note(permit: Permit, item: PermitApproval, directory: Directory) -> Text | None:
    """None where the signature is good; a note where the directory no longer knows the key. Raises for a bad one."""
    from zhongbao_core.approval.sshsig import verify

    key = _key(directory, item)
    if key is None:
        who = plain(item.person[:60])
        return Text(
            f"{who} 的密钥已不在名单中，其审批不计", f"the key of {who} is no longer in the directory: not counted"
        )
    try:
        verify(item.signature, permit.statement.raw, key.line, NAMESPACES["approve"])
    except ZhongbaoError as error:
        who = plain(item.person[:60])
        raise PermitError(
            Text(f"{who} 的签名无效：{error.message.zh}", f"the signature of {who}: {error.message.en}"),
            cause=error.reason_code,
        ) from error
    return None


def _key(directory: Directory, item: PermitApproval) -> PublicKey | None:
    person = directory.persons.get(item.person)
    return next((key for key in person.keys if key.id == item.key_id), None) if person else None


def _word_note(item: PermitApproval) -> Text:
    who = plain(item.person[:60])
    return Text(
        f"{who} 的审批（{item.assurance}）以存证日志为准",
        f"the approval of {who} ({item.assurance}) rests on the ledger's word",
    )


def _confirmations(permit: Permit, rest: dict[int, ProvenEntry]) -> tuple[set[int], tuple[ProvenEntry, ...]]:
    """Entries of approvals confirmed since, and the further entries this kind of permit may carry."""
    confirmed, extra = set(), []
    for entry in rest.values():
        if entry.kind == "approval.confirmed" and entry.ref == permit.subject.id:
            confirmed.add(entry.body.get("entry"))
        elif entry.kind in EXTRA_KINDS[permit.kind]:
            extra.append(entry)
        else:
            raise forged(f"条目 {entry.seq} 与放行单无关", f"entry {entry.seq} does not belong to the permit")
    return {number for number in confirmed if isinstance(number, int)}, tuple(extra)


def _as_approval(permit: Permit, item: PermitApproval, confirmed: set[int]) -> Approval:
    return Approval(
        person=item.person,
        voice=item.voice,
        rank=item.rank,
        assurance=item.assurance,
        key_id=item.key_id,
        received_at=item.received_at,
        statement_digest=permit.statement.digest,
        entry=item.entry,
        confirmed=item.entry in confirmed if item.assurance == "attested" else None,
        registrar=item.registrar,
        cosigner=item.cosigner,
    )


def forged(zh: str, en: str) -> PermitError:
    """The refusal of a permit whose parts do not prove it."""
    hint = Text("向签发人重新取得放行单", "get the permit again from whoever issued it")
    return PermitError(Text(zh, en), hint, reason_code="PERMIT_FORGED")
