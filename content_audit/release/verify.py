"""What is published against what was approved: the same, changed words, another picture, or never approved. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING

from content_audit.audit.registers import Registers
from content_audit.release.content import Content, cover_known, match_pictures
from content_audit.release.words import Change, changes_between
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple


class Kind(Enum):
    """How a published page stands to its approval, the gravest last."""

    SAME = "same"
    REMOVED = "removed"
    UNSURE = "unsure"
    TEXT = "text_changed"
    PICTURE = "picture_replaced"
    UNAPPROVED = "unapproved"

    @property
    def text(self) -> Text:
        """The word shown to people."""
        return _KINDS[self]


_KINDS = {
    Kind.SAME: Text("一致", "the same"),
    Kind.REMOVED: Text("已下线", "taken down"),
    Kind.UNSURE: Text("文字一致，图片无法核对", "words the same, pictures cannot be compared"),
    Kind.TEXT: Text("文字有改动", "words changed"),
    Kind.PICTURE: Text("图片被替换", "picture replaced"),
    Kind.UNAPPROVED: Text("未经审批", "never approved"),
}


class Compared(NamedTuple):
    """A published page against its approval."""

    kind: Kind
    changes: tuple[Change, ...] = ()
    unsure: tuple[str, ...] = ()
    """Pictures that could not be compared."""

    @property
    def small(self) -> bool:
        """Whether nothing but punctuation or particles differs. A changed link, figure, name or price is never small."""
        return self.kind is Kind.TEXT and all(item.small for item in self.changes)


def compare(approved: Content, found: Content, names: Iterable[str] = ()) -> Compared:
    """``found`` against ``approved``; ``names`` are words that are never small to change."""
    changes = changes_between(approved, found, names)
    matched = match_pictures(approved.pictures, found.pictures)
    unsure = tuple(found.pictures[index].name for index in matched.unsure)
    if found.cover is not None and cover_known(approved, found) is None:
        unsure = (*unsure, found.cover.name)
    if any(item.kind in ("picture", "cover") for item in changes):
        return Compared(Kind.PICTURE, changes, unsure)
    if changes:
        return Compared(Kind.TEXT, changes, unsure)
    return Compared(Kind.UNSURE if unsure else Kind.SAME, (), unsure)


def names_in(registers: Registers) -> tuple[str, ...]:
    """Names of the registers whose change is never small: forms, marks, partners, accounts, proven claims."""
    found: set[str] = set()
    for form in registers.forms:
        found |= form.right | ({form.title} if form.title else set())
    for words in (*(row.words for row in registers.licences), *(row.words for row in registers.partners)):
        found |= words
    for claim in registers.evidence:
        found |= claim.words
    found |= {account.name for account in registers.media}
    return tuple(sorted(name for name in found if len(name) > 1))
