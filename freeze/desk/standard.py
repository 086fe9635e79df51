"""Using a standard change at the desk: checked against its template, counted, recorded, and given a permit of its own."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from freeze.calendar import standing
from freeze.desk.base import Desk
from freeze.desk.permits import Prover, issued_body, seal
from freeze.life import standard
from freeze.model import StandardChange
from zhongbao_core.approval.permit_file import build_permit
from zhongbao_core.approval.statement import build
from zhongbao_core.approval.subject import Subject, Target
from zhongbao_core.canonical import canonical, command_digest, digest
from zhongbao_core.clock import zone
from zhongbao_core.desk.base import Writing, person_of
from zhongbao_core.desk.state import EntryLike

FORMAT = "zhongbao-standard/1"


class Use(NamedTuple):
    """One recorded use: its permit file, the command it covers, and how many of today's uses it was."""

    id: str
    permit: bytes
    argv: tuple[str, ...]
    entry: EntryLike
    today: int


def use_standard(
    desk: Desk,
    prover: Prover,
    name: str,
    values: Mapping[str, str],
    targets: tuple[Target, ...],
    by: str,
    at: datetime,
) -> Use:
    """Use the standard change ``name`` once. Raises RefusedError where template, role, hours, level or count refuse."""
    item = standard.find(desk.policy, name)
    who = person_of(desk.policy, by).id
    argv = standard.command(item, values)
    stand = standing(desk.policy, targets, item.kind, "standard", {}, at, timedelta(0))
    standard.require_allowed(desk.policy, item, who, targets, stand, at)
    with desk.journal.transaction(at) as tx:
        today = used_today(desk, tx, name, at)
        standard.require_quota(item, today)
        number = f"SC-{name}-{at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        text = _permit(desk, item, number, argv, targets, who, stand.level.id, at)
        tx.put_document(text)
        issued = tx.append("permit.issued", number, issued_body(text), f"permit:{number}")
        body = {
            "id": number,
            "by": who,
            "targets": [str(target) for target in targets],
            "command": command_digest(argv),
            "permit": digest(text),
        }
        used = tx.append("standard.used", name, body, f"standard:{number}")
    return Use(number, seal(text, prover, issued.seq, at, (used.seq,)), argv, used, today + 1)


def used_today(desk: Desk, tx: Writing, name: str, at: datetime) -> int:
    """Uses of ``name`` since local midnight."""
    local = at.astimezone(zone(desk.policy.zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return sum(entry.time >= midnight for entry in tx.entries(kinds=("standard.used",), ref=name))


def _permit(
    desk: Desk,
    item: StandardChange,
    number: str,
    argv: tuple[str, ...],
    targets: tuple[Target, ...],
    by: str,
    level: str,
    at: datetime,
) -> bytes:
    end = min(at + standard.LIFE, item.valid_until) if item.valid_until else at + standard.LIFE
    request = canonical(
        {
            "format": FORMAT,
            "id": number,
            "standard": item.id,
            "kind": item.kind,
            "by": by,
            "targets": [{"system": target.system, "environment": target.environment} for target in targets],
            "command": list(argv),
            "binds": {"command": command_digest(argv)},
        }
    )
    event = desk.policy.event.id if desk.policy.event else "calm"
    subject = Subject("standard", number, 1, digest(request), targets, at, end, event, secrets.token_hex(16))
    statement = build(
        subject,
        purpose="approve",
        title=item.name.zh,
        lines={"standard": item.id, "by": desk.name(by), "command": " ".join(argv)},
        manifest=desk.policy.manifest,
        level=level,
        label="",
    )
    return build_permit(
        id=number,
        kind="standard",
        statement=statement,
        request=request,
        approvals=(),
        level=level,
        rung="standard",
        issued_at=at,
        not_before=at,
        expires_at=end,
        manifest=desk.policy.manifest,
        rehearsal=desk.rehearsal,
    )
