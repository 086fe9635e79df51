"""An auditor from a book of rules."""

from __future__ import annotations

from datetime import datetime

from content_audit.audit.audit import Auditor
from content_audit.audit.compiled import Compiled
from content_audit.audit.registers import Registers
from content_audit.audit.rule import RuleBook
from content_audit.authoring.compile import compile_book
from zhongbao_core.event import Level


def auditor_for(
    book: RuleBook, *, registers: Registers | None = None, level: Level = Level.NONE, at: datetime | None = None
) -> Auditor:
    """An auditor that looks for every rule of ``book``."""
    return Compiled(compile_book(book)).auditor(registers=registers, level=level, at=at)
