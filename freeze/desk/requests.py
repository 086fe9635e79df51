"""Submitting and withdrawing change requests: a number without gaps, one statement for all approvers, a fresh nonce."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from freeze.calendar import Standing, standing
from freeze.desk.base import Desk, change_in
from freeze.in_force.codec import request_from_json, request_to_json
from freeze.life.request_check import complaints
from freeze.model import CLASSES, KINDS, ChangeRequest
from zhongbao_core.approval.statement import build
from zhongbao_core.approval.subject import Subject
from zhongbao_core.canonical import canonical, digest, strict_json
from zhongbao_core.clock import show, show_duration, zone
from zhongbao_core.desk.approvals import revoke_live
from zhongbao_core.desk.base import Writing, person_of
from zhongbao_core.desk.rules import no, require
from zhongbao_core.desk.state import EntryLike, RequestState
from zhongbao_core.errors import InputError
from zhongbao_core.text import Text

CALM = "calm"
"""What stands for the event in numbers given outside any event."""


class Submitted(NamedTuple):
    """A request that has its number."""

    request: ChangeRequest
    statement: bytes
    entry: EntryLike


def submit(desk: Desk, draft: ChangeRequest, at: datetime, *, revise: str = "", nonce: str = "") -> Submitted:
    """Give ``draft`` a number (or make it the next revision of ``revise``) and record its statement.

    The number is taken and the entry written in one transaction: no gaps, no number twice. Raises InputError where
    the draft lacks something, RefusedError where ``revise`` may not be revised now.
    """
    _require_complete(desk, draft, at)
    stand = standing_for(desk, draft, at)
    fresh = nonce or secrets.token_hex(16)
    with desk.journal.transaction(at) as tx:
        before = change_in(tx, revise) if revise else None
        if before is not None:
            _may_revise(before, draft, at)
        number, revision = _place(tx, _event(desk), before)
        request = replace(draft, id=number, revision=revision, event=_event(desk), nonce=fresh)
        data = request_bytes(request)
        statement = statement_for(desk, request, digest(data), stand)
        tx.put_document(data)
        tx.put_document(statement)
        entry = tx.append("request.submitted", request.id, _body(request, data, statement), f"nonce:{fresh}")
        if before is not None:
            revoke_live(tx, before, draft.applicant, at, "revised")
    return Submitted(request, statement, entry)


def withdraw(desk: Desk, request: str, by: str, reason: str, at: datetime) -> EntryLike:
    """Withdraw a request for good; a live permit goes with it. Only the asking side may."""
    who = person_of(desk.policy, by).id
    with desk.journal.transaction(at) as tx:
        state = change_in(tx, request)
        require(state, "withdraw", at)
        if who not in (state.current.applicant, state.current.executor):
            raise no("NOT_YOURS", "只有申请人或实施人可以撤回", "only the applicant or the executor may withdraw it")
        words = tx.put_document(reason.encode("utf-8"))
        revoke_live(tx, state, who, at, "withdrawn")
        body = {"revision": state.current.number, "by": who, "reason": words}
        return tx.append("request.withdrawn", request, body)


def request_bytes(request: ChangeRequest) -> bytes:
    """The canonical text of a request: its digest is what approvers approve."""
    return canonical(request_to_json(request))


def request_of(desk: Desk, state: RequestState) -> ChangeRequest:
    """The current revision of a request, read from the ledger's documents."""
    data = desk.document(state.current.request, Text("变更申请", "the request"))
    return request_from_json(strict_json(data, what="request"))


def standing_for(desk: Desk, request: ChangeRequest, at: datetime) -> Standing:
    """What the calendar says over the whole span of ``request``, from its start or from now, whichever is later."""
    begin = max(request.start, at)
    length = request.duration + request.rollback_duration + request.observation
    return standing(desk.policy, request.targets, request.kind, request.change_class, request.labels, begin, length)


def subject_of(request: ChangeRequest, content: str) -> Subject:
    """The Subject that stands for ``request``; ``content`` is the digest of its canonical text."""
    return Subject(
        kind="change",
        id=request.id,
        revision=request.revision,
        digest=content,
        targets=request.targets,
        start=request.start,
        end=request.end,
        event=request.event,
        nonce=request.nonce,
    )


def statement_for(desk: Desk, request: ChangeRequest, content: str, stand: Standing) -> bytes:
    """``statement.json`` of ``request``: what every approver reads and signs."""
    return build(
        subject_of(request, content),
        purpose="approve",
        title=request.title,
        lines=lines_for(desk, request),
        manifest=desk.policy.manifest,
        level=stand.level.id,
        label=stand.label,
    )


def lines_for(desk: Desk, request: ChangeRequest) -> dict[str, str]:
    """What the approver reads, by field; times in the company's zone."""
    here = zone(desk.policy.zone)
    kind, how = KINDS[request.kind], CLASSES[request.change_class]
    lines = {
        "kind": f"{kind.zh} / {how.zh}",
        "targets": ", ".join(str(target) for target in request.targets),
        "start": show(request.start, here),
        "end": show(request.end, here),
        "length": f"{show_duration(request.duration)} + 回退 {show_duration(request.rollback_duration)}"
        f" + 观察 {show_duration(request.observation)}",
        "applicant": desk.name(request.applicant),
        "executor": desk.name(request.executor),
        "verifier": desk.name(request.verifier),
        "duty": desk.name(request.duty),
        "necessity": request.necessity,
        "impact": request.impact,
        "steps": "\n".join(request.steps),
        "verification": request.verification,
        "rollback": request.rollback,
        "binds": "\n".join(f"{name} {value}" for name, value in sorted(request.binds.items())),
        "incident": request.incident,
    }
    return {name: value for name, value in lines.items() if value}


def _require_complete(desk: Desk, draft: ChangeRequest, at: datetime) -> None:
    found = complaints(draft, desk.policy, at)
    if found:
        raise InputError(
            Text(
                "变更申请不完整：" + "；".join(f"{item.field}：{item.text.zh}" for item in found),
                "the change request is not complete: " + "; ".join(f"{item.field}: {item.text.en}" for item in found),
            ),
            Text("补齐后重新提交", "complete it and submit again"),
            reason_code="REQUEST_INCOMPLETE",
            complaints=found,
        )


def _may_revise(before: RequestState, draft: ChangeRequest, at: datetime) -> None:
    require(before, "revise", at)
    if draft.applicant != before.current.applicant:
        raise no("NOT_YOURS", "新版本须由原申请人提交", "a new revision is for the same applicant to submit")


def _event(desk: Desk) -> str:
    return desk.policy.event.id if desk.policy.event else CALM


def _place(tx: Writing, event: str, before: RequestState | None) -> tuple[str, int]:
    if before is not None:
        return before.id, before.current.number + 1
    number = last_number(tx.entries(kinds=("request.submitted",)), event) + 1
    return f"{number_prefix(event)}{number:04d}", 1


def number_prefix(event: str) -> str:
    """What every number of ``event`` begins with."""
    return f"CR-{event}-"


def last_number(entries: Iterable[EntryLike], event: str) -> int:
    """The highest number given in ``event``; 0 where none is."""
    prefix, highest = number_prefix(event), 0
    for entry in entries:
        tail = entry.ref[len(prefix) :]
        if entry.ref.startswith(prefix) and tail.isascii() and tail.isdigit():
            highest = max(highest, int(tail))
    return highest


def _body(request: ChangeRequest, data: bytes, statement: bytes) -> dict[str, Any]:
    return {
        "request": digest(data),
        "statement": digest(statement),
        "revision": request.revision,
        "applicant": request.applicant,
        "executor": request.executor,
        "verifier": request.verifier,
        "kind": request.kind,
        "class": request.change_class,
        "subject": subject_of(request, digest(data)).as_json(),
        "nonce": request.nonce,
    }
