"""Opening an auditor for a workspace."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from content_audit.audit.audit import Auditor
from content_audit.audit.registers import Registers
from content_audit.authoring.assemble import auditor_for
from content_audit.authoring.packs import load_rules
from zhongbao_core.event import Level


def open_auditor(
    workspace: Path | None,
    *,
    registers: Registers | None = None,
    level: Level = Level.NONE,
    at: datetime | None = None,
) -> Auditor:
    """The auditor of our rules and those of ``workspace``. Raises InputError RULES_BROKEN where rules have errors."""
    return auditor_for(load_rules(workspace).book(), registers=registers, level=level, at=at)
