"""An auditor from a book of rules: the matcher made for its words, the fold, the registers, the level."""

from __future__ import annotations

from datetime import datetime

from content_audit.audit.audit import Auditor
from content_audit.audit.index import index_of
from content_audit.audit.keys import keys_of
from content_audit.audit.naive import NaiveScanner, fold_even
from content_audit.audit.registers import Registers
from content_audit.audit.rule import RuleBook
from zhongbao_core.event import Level


def auditor_for(
    book: RuleBook, *, registers: Registers | None = None, level: Level = Level.NONE, at: datetime | None = None
) -> Auditor:
    """An auditor that looks for every rule of ``book``."""
    index = index_of(book.rules, keys_of)
    scanner = NaiveScanner({number: word.text for number, word in enumerate(index.words)})
    off = [item.id for item in book.disabled]
    return Auditor(book.rules, index, scanner, fold_even, disabled=off, registers=registers, level=level, at=at)
