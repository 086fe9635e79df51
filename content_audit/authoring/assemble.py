"""An auditor from a book of rules: the matcher made for its words, the fold, the registers, the level."""

from __future__ import annotations

from datetime import datetime

from content_audit.audit.audit import Auditor
from content_audit.audit.index import Index
from content_audit.audit.naive import NaiveScanner, fold_even
from content_audit.audit.registers import Registers
from content_audit.audit.rule import RuleBook
from zhongbao_core.event import Level


def auditor_for(
    book: RuleBook, *, registers: Registers | None = None, level: Level = Level.NONE, at: datetime | None = None
) -> Auditor:
    """An auditor that looks for every rule of ``book``."""
    terms = {number: term.text for number, term in enumerate(Index(book.rules).terms)}
    return Auditor(book, NaiveScanner(terms), fold_even, registers=registers, level=level, at=at)
