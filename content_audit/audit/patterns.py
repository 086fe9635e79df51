"""Patterns over folded passages, through RE2: time linear in the text whatever the pattern."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from content_audit.audit.reading import Span

MEMORY = 64 << 20
"""Bytes a pattern may use; with too few RE2 turns to its slow way."""


class Found(NamedTuple):
    """A pattern by number and where it matched."""

    pattern: int
    span: Span


class PatternSet:
    """Patterns, each compiled when it is first run.

    Those of ``always`` have no keys: one pass over a passage, for all of them together, says whether any can match.
    """

    def __init__(self, patterns: Sequence[str], always: Sequence[int]) -> None:
        self._patterns = patterns
        self._always = tuple(always)
        self._compiled: dict[int, Any] = {}
        self._screen: Any = None

    def find(self, text: str, called: Iterable[int]) -> Iterator[Found]:
        """Every place the patterns ``called`` and those without keys match in ``text``: by pattern, leftmost first."""
        data = text.encode("utf-8", "replace")
        for number in sorted({*called, *self._suspected(data)}):
            for item in self._of(number).finditer(data):
                start, end = item.span()
                if end > start:
                    first = len(data[:start].decode())
                    yield Found(number, Span(first, first + len(data[start:end].decode())))

    def _suspected(self, data: bytes) -> Sequence[int]:
        if not self._always:
            return ()
        if self._screen is None:
            self._screen = compiled("|".join(f"(?:{self._patterns[number]})" for number in self._always))
        return self._always if self._screen.search(data) else ()

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
    options.never_capture = True
    options.max_mem = MEMORY
    return re2.compile(pattern.encode(), options)
