"""Patterns over folded passages, through RE2: time linear in the text whatever the pattern."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from content_audit.audit.reading import Span


class Found(NamedTuple):
    """A pattern by number and where it matched."""

    pattern: int
    span: Span


class PatternSet:
    """Patterns compiled when they are first used."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = tuple(patterns)
        self._compiled: list[Any] = []

    def find(self, text: str) -> Iterator[Found]:
        """Every place each pattern matches in ``text``, leftmost first, none overlapping of the same pattern."""
        if not self._compiled:
            self._compiled = [_compiled(pattern) for pattern in self._patterns]
        for number, pattern in enumerate(self._compiled):
            for item in pattern.finditer(text):
                if item.end() > item.start():
                    yield Found(number, Span(item.start(), item.end()))


def _compiled(pattern: str) -> Any:
    import re2

    return re2.compile(pattern)
