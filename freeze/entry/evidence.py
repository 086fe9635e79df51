"""From the bytes of a permit file to what the gate may believe of it. The one place where a door reads a permit.

Nothing in the file is believed because it stands there: proofs, signatures and digests are verified against the
trust file and the directory of the policy in force. What fails becomes a ``Fault`` of the view, so that the gate
answers with a reason instead of an error.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from freeze.decision.case import Fault, PermitView
from freeze.model import ChangeRequest
from zhongbao_core.approval.permit import Evidence, Permit, parse, verify_evidence
from zhongbao_core.errors import ZhongbaoError
from zhongbao_core.proof import Checkpoint
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from typing import NamedTuple

    from freeze.entry.open import OpenPolicy
else:
    from zhongbao_core.record import NamedTuple


class Examined(NamedTuple):
    """A permit as the gate sees it, and what its evidence rests on (None where it proved nothing)."""

    view: PermitView
    checkpoint: Checkpoint | None = None
    notes: tuple[Text, ...] = ()


def examine(data: bytes, opened: OpenPolicy, at: datetime) -> Examined:
    """What the permit file ``data`` is worth at ``at``; never raises for a bad one."""
    try:
        permit = parse(data)
    except ZhongbaoError as error:
        return Examined(PermitView("", fault=Fault(error.reason_code, error.message)))
    try:
        return _examined(permit, opened, at)
    except ZhongbaoError as error:
        return Examined(_broken(permit, error.reason_code, error.message))
    except (KeyError, TypeError, ValueError) as error:
        cause = f"{type(error).__name__}: {error}"[:200]
        words = Text(f"放行单内容不可读：{cause}", f"the content of the permit cannot be read: {cause}")
        return Examined(_broken(permit, "PERMIT_MALFORMED", words))


def _examined(permit: Permit, opened: OpenPolicy, at: datetime) -> Examined:
    if permit.kind == "breakglass":
        return _glass(permit, opened, at)
    evidence = _evidence(permit, opened, at)
    return Examined(_view(permit, evidence), evidence.checkpoint, evidence.notes)


def _evidence(permit: Permit, opened: OpenPolicy, at: datetime) -> Evidence:
    if opened.trust is None:
        raise _forged(Text("没有信任文件，无法核验放行单", "without a trust file no permit can be verified"))
    ledger = opened.trust.ledger
    return verify_evidence(
        permit, ledger_keys=ledger.lines, origin=ledger.origin, directory=opened.policy.directory, at=at
    )


def _glass(permit: Permit, opened: OpenPolicy, at: datetime) -> Examined:
    """An emergency release stands on its signatures or sealed code alone: the store may be down."""
    from freeze.decision.glass_evidence import sealed_name, verify_glass

    found = verify_glass(permit, opened.policy.breakglass, opened.policy.directory, at)
    view = _bare(permit)._replace(
        approvals=found.approvals,
        sealed=found.sealed,
        binds=found.binds,
        work=found.kind,
        restores=found.restores,
        code=sealed_name(found.code_index),
        opening=found.opening,
    )
    return Examined(view)


def _view(permit: Permit, evidence: Evidence) -> PermitView:
    body = permit.request
    request = _request(permit, body) if permit.kind == "change" else None
    if permit.subject.kind != permit.kind:
        raise _forged(Text("放行单种类与标的不符", "the permit is of another kind than its subject"))
    return _bare(permit)._replace(
        request=request,
        approvals=evidence.approvals,
        standard=str(body.get("standard", "")) if permit.kind == "standard" else "",
        binds=_binds(body) if request is None else (),
    )


def _request(permit: Permit, body: dict[str, Any]) -> ChangeRequest:
    """The change request, provided that it is the one the approvers' subject speaks of in every respect."""
    from freeze.in_force.codec import request_from_json

    request, subject = request_from_json(body), permit.subject
    said = (request.id, request.revision, request.targets, request.start, request.end, request.event, request.nonce)
    signed = (subject.id, subject.revision, subject.targets, subject.start, subject.end, subject.event, subject.nonce)
    if said != signed:
        raise _forged(
            Text(
                "放行单所附变更申请与签字的标的不符",
                "the change request in the permit is not the subject that was signed",
            )
        )
    return request


def _binds(body: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    found = body.get("binds", {})
    if not isinstance(found, dict) or not all(isinstance(item, str) for item in found.values()):
        raise ValueError("binds is not a table of digests")
    return tuple(sorted(cast("dict[str, str]", found).items()))


def _bare(permit: Permit) -> PermitView:
    return PermitView(
        permit.id,
        kind=cast("Any", permit.kind),
        subject=permit.subject,
        statement=permit.statement.digest,
        not_before=permit.not_before,
        expires_at=permit.expires_at,
        manifest=permit.manifest,
        rehearsal=permit.rehearsal,
    )


def _broken(permit: Permit, code: str, text: Text) -> PermitView:
    return _bare(permit)._replace(fault=Fault(code, text))


def _forged(text: Text) -> ZhongbaoError:
    return ZhongbaoError(text, reason_code="PERMIT_FORGED")
