"""A passage as the audit reads it: folded, with the way back to the original, its sentences and its clauses."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import NamedTuple

from content_audit.audit.clauses import clause, sentence
from content_audit.audit.scanner import Fold, Folded
from content_audit.audit.stuffed import unstuffed
from content_audit.model import Passage, Role


class Span(NamedTuple):
    """A stretch of a reading's folded text."""

    start: int
    end: int

    def covers(self, other: Span) -> bool:
        """Whether ``other`` lies inside."""
        return self.start <= other.start and other.end <= self.end


class Reading:
    """One passage. ``text`` is folded; every span is one of it unless it says raw."""

    __slots__ = ("_fold", "_folded_", "index", "passage")

    def __init__(self, index: int, passage: Passage, fold: Fold, folded: Folded | None = None) -> None:
        """``folded``: how the passage reads, where that is known already."""
        self.index = index
        self.passage = passage
        self._fold = fold
        self._folded_ = folded

    @property
    def _folded(self) -> Folded:
        if self._folded_ is None:
            self._folded_ = unstuffed(self._fold(self.passage.text))
        return self._folded_

    @property
    def text(self) -> str:
        """The folded text."""
        return self._folded.text

    @property
    def role(self) -> Role:
        """What the passage is to its post."""
        return self.passage.role

    def from_raw(self, start: int, end: int) -> Span:
        """Where the raw stretch [start, end) reads."""
        first = bisect_right(self._folded.ends, start)
        return Span(first, max(first, bisect_left(self._folded.starts, end)))

    def to_raw(self, span: Span) -> tuple[int, int]:
        """The raw stretch that reads as ``span``."""
        if span.start >= span.end:
            place = self._folded.starts[span.start] if span.start < len(self.text) else len(self.passage.text)
            return place, place
        return self._folded.starts[span.start], self._folded.ends[span.end - 1]

    def words(self, span: Span) -> str:
        """The folded words of ``span``."""
        return self.text[span.start : span.end]

    def clause(self, span: Span) -> Span:
        """The clause around ``span``."""
        return Span(*clause(self.text, span.start, span.end))

    def sentence(self, span: Span) -> Span:
        """The sentence around ``span``."""
        return Span(*sentence(self.text, span.start, span.end))

    def before(self, span: Span, most: int = 0) -> str:
        """The words of the clause before ``span``, or of its last ``most`` characters whatever the clause."""
        start = max(0, span.start - most) if most else self.clause(span).start
        return self.text[start : span.start]

    def after(self, span: Span, most: int = 0) -> str:
        """The words of the clause behind ``span``, or its next ``most`` characters whatever the clause."""
        end = span.end + most if most else self.clause(span).end
        return self.text[span.end : end]
