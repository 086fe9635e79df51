"""Looking for a rule's other words near a hit: literals and patterns in a stretch of folded text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from content_audit.audit.reading import Span
from content_audit.audit.rule import Words
from content_audit.audit.scanner import Fold

_NEVER = re.compile(r"(?!)")


class Finder:
    """A set of words ready to be looked for; the longest literal of a place is the one found."""

    __slots__ = ("_pattern", "longest")

    def __init__(self, words: Words, fold: Fold) -> None:
        literals = sorted({fold(term).text for term in words.terms} - {""}, key=lambda word: (-len(word), word))
        parts = [re.escape(word) for word in literals] + [f"(?:{pattern})" for pattern in words.patterns]
        self._pattern = re.compile("|".join(parts)) if parts else _NEVER
        self.longest = max(map(len, literals), default=0) + 40 * bool(words.patterns)

    def first(self, text: str) -> str:
        """The first of the words in ``text``; empty where there is none."""
        found = self._pattern.search(text)
        return found[0] if found else ""

    def spans(self, text: str, start: int, end: int) -> Iterator[Span]:
        """Every place in ``text[start:end]``."""
        return (Span(item.start(), item.end()) for item in self._pattern.finditer(text, max(start, 0), end))


def anywhere(finder: Finder, text: str, anchor: Span, stretch: Span, *, ordered: bool) -> bool:
    """Whether the words stand inside ``stretch`` beside ``anchor``; behind it where they are ``ordered``."""
    if next(finder.spans(text, anchor.end, stretch.end), None) is not None:
        return True
    return not ordered and next(finder.spans(text, stretch.start, anchor.start), None) is not None


def nearest(finder: Finder, text: str, anchor: Span, stretch: Span, within: int, *, ordered: bool) -> Span | None:
    """The place of the words nearest to ``anchor`` inside ``stretch``, at most ``within`` characters off."""
    reach = within + finder.longest
    behind = finder.spans(text, anchor.end, min(stretch.end, anchor.end + reach))
    found = [(item.start - anchor.end, item) for item in behind]
    if not ordered:
        before = finder.spans(text, max(stretch.start, anchor.start - reach), anchor.start)
        found += [(anchor.start - item.end, item) for item in before]
    near = [(gap, item) for gap, item in found if gap <= within]
    return min(near)[1] if near else None
