"""Patterns over folded passages, through RE2: time linear in the text whatever the pattern."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from content_audit.audit.reading import Span


class Found(NamedTuple):
    """A pattern by number and where it matched."""

    pattern: int
    span: Span


class PatternSet:
    """Patterns, each compiled when it is first run."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = patterns
        self._compiled: dict[int, Any] = {}

    def find(self, text: str, numbers: Iterable[int]) -> Iterator[Found]:
        """Every place each pattern of ``numbers`` matches in ``text``, leftmost first, those of one pattern apart."""
        data = text.encode("utf-8", "replace")
        for number in numbers:
            for item in self._of(number).finditer(data):
                start, end = item.span()
                if end > start:
                    first = len(data[:start].decode())
                    yield Found(number, Span(first, first + len(data[start:end].decode())))

    def _of(self, number: int) -> Any:
        if number not in self._compiled:
            self._compiled[number] = compiled(self._patterns[number])
        return self._compiled[number]


def compiled(pattern: str) -> Any:
    """``pattern`` over UTF-8, whatever the case. Raises re2.error where RE2 cannot read it."""
    import re2

    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    return re2.compile(pattern.encode(), options)
