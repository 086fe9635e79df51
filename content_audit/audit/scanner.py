"""What the audit asks of a matcher: words in, raw hits out. Offsets are code points of the text as received."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class RawHit(NamedTuple):
    """A term found in a text, before anything was judged."""

    text: int
    start: int
    end: int
    term: int
    folded: str
    steps: tuple[str, ...]


class Folded(NamedTuple):
    """A folded text; character ``i`` comes from ``[starts[i], ends[i])`` of the original."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


class Scanner(Protocol):
    """Finds terms in texts: every hit, overlapping ones too, in order of text and place."""

    def scan(self, texts: Sequence[str]) -> Sequence[RawHit]:
        """Every term in every text."""
        ...


class Fold(Protocol):
    """How a passage is read by patterns and exemptions: width, case and traditional characters made even."""

    def __call__(self, text: str) -> Folded:
        """``text`` folded."""
        ...
