"""Characters that are there and not seen: direction overrides, zero-width signs inside words, tag characters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from content_audit.audit.coded import INVISIBLE, OVERRIDE, TAGGED
from content_audit.audit.exemptions import Spot
from content_audit.audit.reading import Reading, Span
from content_audit.audit.rule import Rule
from content_audit.audit.scanner import Mapped
from content_audit.model import Passage

_ANY = re.compile("[\u00ad\u180e\u200b-\u200d\u202a-\u202e\u2060-\u2064\ufeff\U000e0001-\U000e007f]")
_OVERRIDE = re.compile("[\u202d\u202e][^\n]{0,40}|[\u202a\u202b][^\n]{0,40}\u202c")
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200d\u2060-\u2064\ufeff]+")
_TAGS = re.compile("(?<!\U0001f3f4)(?<![\U000e0001-\U000e007f])[\U000e0001-\U000e007f]+")


def suspected(passage: Passage) -> bool:
    """Whether anything is hidden in ``passage``; an emoji joined of several looks so too."""
    return not passage.text.isprintable() and _ANY.search(passage.text) is not None


def spots(index: int, passage: Passage) -> Iterator[tuple[Rule, Spot]]:
    """Everything hidden in ``passage``; of invisible signs inside words only the first, editors leave them by the hundred."""
    if not suspected(passage):
        return
    reading = AsReceived(index, passage, as_received)
    for rule, pattern in ((OVERRIDE, _OVERRIDE), (TAGGED, _TAGS)):
        for found in pattern.finditer(passage.text):
            yield rule, _spot(reading, *found.span())
    inside = next((item for item in _INVISIBLE.finditer(passage.text) if _in_word(passage.text, item)), None)
    if inside is not None:
        yield INVISIBLE, _spot(reading, inside.start() - 1, inside.end() + 1)


class AsReceived(Reading):
    """A passage read as it stands: nothing folded, nothing taken out."""

    __slots__ = ()

    @property
    def _folded(self) -> Mapped:
        return as_received(self.passage.text)


def as_received(text: str) -> Mapped:
    """The fold that changes nothing."""
    return Mapped(text, range(len(text)), range(1, len(text) + 1))


def _in_word(text: str, found: re.Match[str]) -> bool:
    before, after = text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]
    return before.isalnum() and after.isalnum()


def _spot(reading: Reading, start: int, end: int) -> Spot:
    span = Span(start, end)
    return Spot(reading, span, span)
