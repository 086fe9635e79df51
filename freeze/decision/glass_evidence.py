"""What an emergency release proves without the ledger: its signatures or its sealed code, against the policy alone.

An emergency release opened while the store was away carries no proofs. A door then believes exactly this: the
policy's persons signed the statement, or the sealed code opens one of the policy's hashes; the life is within the
policy's. That a code was used before elsewhere no offline door can know; the receipt says ``use: unchecked``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from freeze.model import BreakGlass
from zhongbao_core.approval.eligible import SKEW, Approval
from zhongbao_core.approval.permit_file import Permit, PermitError
from zhongbao_core.approval.subject import NAMESPACES, Target
from zhongbao_core.clock import iso
from zhongbao_core.errors import ZhongbaoError
from zhongbao_core.people import Directory, PublicKey
from zhongbao_core.text import Text, plain

FORMAT = "zhongbao-breakglass/1"
FIELDS = frozenset({"format", "id", "by", "reason", "kind", "targets", "restores", "binds", "code", "event"})


class GlassEvidence(NamedTuple):
    """What was found to hold."""

    approvals: tuple[Approval, ...]
    """One per signer whose signature holds; whether they are enough is the gate's question. Nobody witnessed when
    they were given, so they are judged as of now: a key revoked since does not count."""
    sealed: bool
    """A sealed code of the policy was presented."""
    code_index: int | None
    """Which one."""
    kind: str
    restores: bool
    binds: tuple[tuple[str, str], ...]
    reported: bool
    """The file carries no proof from the ledger: times are the opener's word."""
    opening: dict[str, Any]
    """What the ledger keeps of its opening, where a door is the first to tell it."""


def verify_glass(permit: Permit, rules: BreakGlass, directory: Directory, at: datetime) -> GlassEvidence:
    """What the emergency release ``permit`` proves by itself at ``at``. Raises PermitError.

    Signatures that do not hold refuse the whole file; a signer whose key the policy no longer has is left out.
    """
    request: Mapping[str, Any] = permit.request
    _check_request(permit, request)
    _check_life(permit, rules, at)
    code = str(request["code"])
    index = sealed_index(code, rules.sealed_codes) if code else None
    if code and index is None:
        raise _forged("密封码不对", "the sealed code is wrong")
    approvals = _approvals(permit, directory, at)
    return GlassEvidence(
        approvals=approvals,
        sealed=index is not None,
        code_index=index,
        kind=str(request["kind"]),
        restores=request["restores"] is True,
        binds=tuple(sorted((str(name), str(value)) for name, value in request["binds"].items())),
        reported=not permit.checkpoint,
        opening=_opening(permit, rules, directory, approvals, sealed_name(index)),
    )


def sealed_index(code: str, hashes: Sequence[str]) -> int | None:
    """Which of the policy's sealed codes ``code`` is; None for a wrong one."""
    from zhongbao_core.approval.codes import check

    return check(code, hashes) if hashes else None


def sealed_name(index: int | None) -> str:
    """How records name the sealed code at ``index`` of the policy; empty for none."""
    return "" if index is None else f"sealed#{index}"


def _opening(
    permit: Permit, rules: BreakGlass, directory: Directory, approvals: Sequence[Approval], code: str
) -> dict[str, Any]:
    """The same words as the desk records or the local file keeps, so that a merge finds it there already."""
    request, subject = permit.request, permit.subject
    by = request["by"]
    return {
        "opened_at": iso(permit.not_before),
        "expires_at": iso(subject.end),
        "review_by": iso(permit.not_before + rules.review_within),
        "by": by if isinstance(by, str) and by in directory.persons else "",
        "signers": [item.person for item in approvals],
        "code": code,
        "restores": request["restores"] is True,
        "targets": subject.as_json()["targets"],
        "permit": permit.digest,
        "request": subject.digest,
        "statement": permit.statement.digest,
        "reported": True,
    }


def _check_request(permit: Permit, request: Mapping[str, Any]) -> None:
    if permit.kind != "breakglass" or permit.subject.kind != "breakglass" or permit.subject.id != permit.id:
        raise _forged("不是应急放行单", "it is no emergency release")
    if set(request) != FIELDS or request["format"] != FORMAT or request["id"] != permit.id:
        raise _forged("应急放行内容不合规", "its content is not that of an emergency release")
    try:
        targets = tuple(Target(item["system"], item["environment"]) for item in request["targets"])
        fits = targets == permit.subject.targets and isinstance(request["binds"], dict)
    except (KeyError, TypeError) as error:
        raise _forged("应急放行对象不合规", "its targets are malformed") from error
    if not fits:
        raise _forged("应急放行对象与标的不符", "its targets are not those of its subject")


def _check_life(permit: Permit, rules: BreakGlass, at: datetime) -> None:
    subject = permit.subject
    if subject.end - subject.start > rules.life or permit.expires_at - permit.not_before > rules.life:
        raise _forged("有效期超过策略允许", "its life is longer than the policy allows")
    if permit.issued_at > at + SKEW or permit.not_before < subject.start - timedelta(seconds=1):
        raise _forged("签发时间不合理", "its time of issue cannot be")


def _approvals(permit: Permit, directory: Directory, at: datetime) -> tuple[Approval, ...]:
    from zhongbao_core.approval.sshsig import verify

    found = []
    for item in permit.approvals:
        key = _key(directory, item.person, item.key_id)
        if key is None or item.assurance != "signed":
            continue
        try:
            verify(item.signature, permit.statement.raw, key.line, NAMESPACES["approve"])
        except ZhongbaoError as error:
            who = plain(item.person[:60])
            raise _forged(f"{who} 的签名无效", f"the signature of {who} does not hold") from error
        found.append(
            Approval(
                person=item.person,
                voice=item.voice,
                rank=item.rank,
                assurance=item.assurance,
                key_id=item.key_id,
                received_at=at,
                statement_digest=permit.statement.digest,
            )
        )
    return tuple(found)


def _key(directory: Directory, person: str, key_id: str) -> PublicKey | None:
    known = directory.persons.get(person)
    return next((key for key in known.keys if key.id == key_id), None) if known else None


def _forged(zh: str, en: str) -> PermitError:
    return PermitError(Text(zh, en), reason_code="PERMIT_FORGED")
