"""Patterns over folded passages, through RE2: time linear in the text whatever the pattern."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from content_audit.audit.reading import Span

FEW = 4
"""Texts from which joining them for a pattern is worth it."""
_AT_ENDS = re.compile(r"\\[AzC]|\(\?[a-zA-Z]*-")
"""What knows the ends of a text but not those of a line, or takes line breaks for ends no more."""
MEMORY = 64 << 20
"""Bytes a pattern may use; with too few RE2 turns to its slow way."""


class Found(NamedTuple):
    """A pattern by number and where it matched."""

    pattern: int
    span: Span


class PatternSet:
    """Patterns, each compiled when it is first run.

    Those of ``always`` have no keys: one pass for all of them together says where any can match.
    """

    def __init__(self, patterns: Sequence[str], always: Sequence[int]) -> None:
        self._patterns = patterns
        self._always = tuple(always)
        self._compiled: dict[int, Any] = {}
        self._lines: dict[int, Any] = {}
        self._screen: Any = None

    def find(self, text: str, called: Iterable[int]) -> Iterator[Found]:
        """Every place the patterns ``called`` match in ``text``: by pattern, leftmost first."""
        data = _bytes(text)
        for number in called:
            for item in self._of(number).finditer(data):
                start, end = item.span()
                if end > start:
                    first = len(data[:start].decode())
                    yield Found(number, Span(first, first + len(data[start:end].decode())))

    def narrowed(self, texts: Sequence[str], called: Mapping[int, Sequence[int]]) -> dict[int, list[int]]:
        """By text the patterns that may match in it: of those ``called`` on it, and of those without keys.

        Each pattern goes once over all the texts it is called on, joined; where it finds nothing it cannot match.
        """
        data = [_bytes(text) for text in texts]
        places = dict(called)
        if self._always:
            suspected = self._touched(self._suspicion(), data, range(len(data)))
            places |= dict.fromkeys(self._always, suspected) if suspected else {}
        kept: dict[int, list[int]] = {}
        for number in sorted(places):
            for place in self._narrow(number, data, places[number]):
                kept.setdefault(place, []).append(number)
        return kept

    def _narrow(self, number: int, data: Sequence[bytes], places: Sequence[int]) -> Sequence[int]:
        if len(places) < FEW:
            return places
        if number not in self._lines:
            pattern = self._patterns[number]
            self._lines[number] = None if _AT_ENDS.search(pattern) else compiled(f"(?m){pattern}")
        line = self._lines[number]
        return self._touched(line, data, places) if line is not None else places

    def _touched(self, pattern: Any, data: Sequence[bytes], places: Sequence[int]) -> list[int]:
        """Those of ``places`` whose text a match of ``pattern`` touches, all of them joined by line breaks."""
        chosen = [data[place] for place in places]
        ends: list[int] = []
        found: dict[int, None] = {}
        for item in pattern.finditer(b"\n".join(chosen)):
            ends = ends or list(accumulate(len(text) + 1 for text in chosen))
            start, end = item.span()
            for place in range(bisect_right(ends, start), min(bisect_right(ends, end), len(ends) - 1) + 1):
                found[places[place]] = None
        return list(found)

    def _suspicion(self) -> Any:
        if self._screen is None:
            self._screen = compiled("(?m)" + "|".join(f"(?:{self._patterns[number]})" for number in self._always))
        return self._screen

    def _of(self, number: int) -> Any:
        if number not in self._compiled:
            self._compiled[number] = compiled(self._patterns[number])
        return self._compiled[number]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def compiled(pattern: str) -> Any:
    """``pattern`` over UTF-8, whatever the case. Raises re2.error where RE2 cannot read it."""
    import re2

    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    options.never_capture = True
    options.max_mem = MEMORY
    return re2.compile(pattern.encode(), options)
