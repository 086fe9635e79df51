"""What the audit asks of a matcher: words in, raw hits out. Offsets are code points of the text as received."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol


class RawHit(Protocol):
    """A term found in a text, before anything was judged: ``texts[text][start:end]`` reads as ``folded``."""

    @property
    def text(self) -> int:
        """Which of the texts."""
        ...

    @property
    def start(self) -> int:
        """Where it begins."""
        ...

    @property
    def end(self) -> int:
        """Where it ends."""
        ...

    @property
    def term(self) -> int:
        """The id of the term."""
        ...

    @property
    def folded(self) -> str:
        """What the words read as."""
        ...

    @property
    def steps(self) -> tuple[str, ...]:
        """How they came to read so."""
        ...


class Folded(Protocol):
    """A folded text; character ``i`` comes from ``[starts[i], ends[i])`` of the original."""

    @property
    def text(self) -> str:
        """What it reads as."""
        ...

    @property
    def starts(self) -> Sequence[int]:
        """Where each character read begins in the original."""
        ...

    @property
    def ends(self) -> Sequence[int]:
        """Where each character read ends in the original."""
        ...


class Mapped(NamedTuple):
    """A folded text with its places written out."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


class Scanner(Protocol):
    """Finds terms in texts: every hit, overlapping ones too, in order of text and place."""

    def scan(self, texts: Sequence[str]) -> Sequence[RawHit]:
        """Every term in every text."""
        ...


class Met(Protocol):
    """What a matcher met in many texts, row by row and before any of it is a hit; the columns are arrays of numpy."""

    @property
    def texts(self) -> Any:
        """The number of the text."""
        ...

    @property
    def patterns(self) -> Any:
        """The pattern of the matcher, which may stand for several terms."""
        ...

    def hits(self, kept: Any, /) -> Sequence[RawHit]:
        """The hits of the rows ``kept`` (flags), as ``Scanner.scan`` gives them."""
        ...


class ManyScanner(Protocol):
    """A scanner that can be asked what it met before it makes hits of it."""

    def meet(self, texts: Sequence[str], /) -> Met | None:
        """What stands in ``texts``; None where they are so few that hits are made faster."""
        ...

    def terms_by_pattern(self) -> Sequence[Sequence[int]]:
        """The terms that each pattern of the matcher stands for."""
        ...


class FoldAll(Protocol):
    """``Fold`` of many texts at once."""

    def __call__(self, texts: Sequence[str], /) -> Sequence[Folded]:
        """``texts`` folded."""
        ...


class Fold(Protocol):
    """How a passage is read by patterns and exemptions: width, case and traditional characters made even."""

    def __call__(self, text: str) -> Folded:
        """``text`` folded."""
        ...
