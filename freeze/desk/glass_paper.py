"""The papers of an emergency release: what is asked, and the statement that its signers read. Needs no ledger."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from freeze.decision.glass_evidence import FORMAT
from freeze.life.glass import PREFIX
from freeze.policy import Policy
from zhongbao_core.approval.statement import build
from zhongbao_core.approval.subject import Subject, Target
from zhongbao_core.canonical import canonical, digest, strict_json
from zhongbao_core.desk.base import person_of
from zhongbao_core.desk.rules import no


@dataclass(frozen=True, slots=True)
class Emergency:
    """What is to be released, by whom, why."""

    by: str
    reason: str
    targets: tuple[Target, ...]
    kind: str = "restore"
    restores: bool = False
    """It restores a running outage: never refused, only louder."""
    binds: tuple[tuple[str, str], ...] = ()
    code: str = ""
    """A sealed one-time code."""


class Prepared(NamedTuple):
    """An emergency release before anybody signed it."""

    id: str
    request: bytes
    statement: bytes


def prepare(policy: Policy, asked: Emergency, at: datetime, *, life: timedelta | None = None) -> Prepared:
    """The statement of a new emergency release that begins at ``at``. Needs no ledger and no network."""
    by = person_of(policy, asked.by).id
    length = min(life or policy.breakglass.life, policy.breakglass.life)
    if not asked.targets or not asked.reason.strip():
        raise no("INCOMPLETE", "应急放行须写明系统与原因", "an emergency release names its targets and its reason")
    event = policy.event.id if policy.event else "calm"
    number = f"{PREFIX}{event}-{at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    request = canonical(_request(asked, by, number, event))
    subject = Subject(
        kind="breakglass",
        id=number,
        revision=1,
        digest=digest(request),
        targets=asked.targets,
        start=at,
        end=at + length,
        event=event,
        nonce=secrets.token_hex(16),
    )
    return Prepared(number, request, _statement(policy, asked, subject))


def read_back(request: bytes, subject: Subject) -> Emergency:
    """The emergency that ``request`` tells, if it is the one ``subject`` names by digest."""
    value = strict_json(request, what="emergency release")
    if subject.kind != "breakglass" or digest(request) != subject.digest:
        raise no("OTHER_STATEMENT", "审批文本与应急放行内容不符", "the statement is not of this emergency release")
    return Emergency(
        by=value["by"],
        reason=value["reason"],
        targets=subject.targets,
        kind=value["kind"],
        restores=value["restores"] is True,
        binds=tuple(sorted(value["binds"].items())),
        code=value["code"],
    )


def _request(asked: Emergency, by: str, number: str, event: str) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "id": number,
        "event": event,
        "by": by,
        "reason": asked.reason,
        "kind": asked.kind,
        "targets": [{"system": item.system, "environment": item.environment} for item in asked.targets],
        "restores": asked.restores,
        "binds": dict(asked.binds),
        "code": asked.code,
    }


def _statement(policy: Policy, asked: Emergency, subject: Subject) -> bytes:
    from freeze.model import KINDS as CHANGE_KINDS
    from zhongbao_core.clock import show, zone

    here = zone(policy.zone)
    found = policy.directory.persons.get(asked.by)
    lines = {
        "targets": ", ".join(str(target) for target in asked.targets),
        "kind": CHANGE_KINDS[asked.kind].zh if asked.kind in CHANGE_KINDS else asked.kind,
        "by": f"{found.name} ({asked.by})" if found else asked.by,
        "reason": asked.reason,
        "restores": "是，恢复中断的业务" if asked.restores else "否",
        "start": show(subject.start, here),
        "end": show(subject.end, here),
    }
    level = policy.event.level_at(subject.start) if policy.event else None
    phase = policy.event.phase_at(subject.start) if policy.event else None
    return build(
        subject,
        purpose="approve",
        title=f"应急放行 {subject.id}",
        lines=lines,
        manifest=policy.manifest,
        level=level.id if level else "none",
        label=phase.label if phase else "",
    )
