"""Patterns of fingerprints: RE2 over bytes, so linear in the text whatever the pattern, with short names for versions.

``{v}`` stands for a version such as 9.2, 1.3.5rc3 or 1.1.1k, ``{p}`` for one with a patch level of its own (9.2p1), ``{w}``
for any word of version characters (12.2(55)SE7). Case does not matter.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from itertools import count
from typing import Any, NamedTuple

from zhongbao_core.errors import InputError
from zhongbao_core.needed import needed_words
from zhongbao_core.text import Text, plain

LONGEST = 1000
"""Characters of the longest pattern."""
LARGEST = 5000
"""Instructions of the largest compiled pattern."""
SHOWN = 200
"""Bytes of evidence that are kept."""
_NUMBER = r"\d+(?:\.\d+)*"
MACROS = {
    "{v}": rf"(?P<version#>{_NUMBER}(?:[-.~]?(?:alpha|beta|rc|cr|pre|patch|dev|m|ga)[-.]?\d*\b|[a-z]\d*\b)?)",
    "{p}": rf"(?:(?P<version#>{_NUMBER})(?P<update#>p\d+)?)",
    "{w}": r"(?P<version#>[0-9A-Za-z][0-9A-Za-z.()_+~-]*)",
}
_MACRO = re.compile("|".join(map(re.escape, MACROS)))
_MEMORY = 8 << 20


class PatternError(InputError):
    """A pattern that cannot be used; the message says why, in the words of RE2 where it is RE2 that refuses."""

    reason_code = "PATTERN_INVALID"


class Found(NamedTuple):
    """Where a pattern matched, and the version it took."""

    start: int
    end: int
    version: str
    update: str
    whole: str
    """The version with its update, as they stand in the text."""


class Pattern:
    """A pattern ready to run over UTF-8 bytes."""

    __slots__ = ("_compiled", "_updates", "_versions", "needs")

    def __init__(self, source: str) -> None:
        """Raises PatternError where ``source`` is too large or not RE2's syntax."""
        re2: Any = import_module("re2")
        options = re2.Options()
        options.log_errors, options.max_mem, options.case_sensitive = False, _MEMORY, False
        full = written_out(source)
        if len(source) > LONGEST:
            raise _refuse(source, Text(f"超过 {LONGEST} 个字符", f"longer than {LONGEST} characters"))
        try:
            self._compiled: Any = re2.compile(full.encode(), options)
        except re2.error as error:
            why = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error.args[0])
            raise _refuse(source, Text(f"正则不可读：{plain(why)}", f"not a pattern: {plain(why)}")) from error
        if self._compiled.programsize > LARGEST:
            raise _refuse(source, Text("展开后过大", "too large once written out"))
        groups: dict[bytes, int] = self._compiled.groupindex
        self._versions = tuple(number for name, number in groups.items() if name.startswith(b"version"))
        self._updates = tuple(number for name, number in groups.items() if name.startswith(b"update"))
        self.needs = needed(full)

    @property
    def takes_version(self) -> bool:
        """Whether it takes a version where there is one."""
        return bool(self._versions)

    def search(self, text: bytes) -> Found | None:
        """The first match in ``text``."""
        match = self._compiled.search(text)
        if match is None:
            return None
        start, end = match.span()
        version, update = _group(match, self._versions), _group(match, self._updates)
        whole = _group(match, self._versions, self._updates) if update else version
        return Found(start, end, version, update, whole)


def written_out(source: str) -> str:
    """``source`` with the short names of versions replaced by what they stand for."""
    numbers = count()
    return _MACRO.sub(lambda found: MACROS[found[0]].replace("#", str(next(numbers))), source)


@cache
def compiled(source: str) -> Pattern:
    """The pattern ``source``, compiled once. Raises PatternError."""
    return Pattern(source)


def needed(pattern: str) -> frozenset[bytes]:
    """Small-letter words of two characters and more of which one stands in every match; empty: it cannot be said."""
    return frozenset(word.lower().encode() for word in needed_words(pattern, re.IGNORECASE))


def _group(match: Any, numbers: tuple[int, ...], until: tuple[int, ...] = ()) -> str:
    """What the first group that took part took, up to the end of the first of ``until`` where there are any.

    Brackets and dots left over at the end are no part of a version.
    """
    start, end = _span(match, numbers)
    if until:
        end = _span(match, until)[1]
    text: str = match.string[start:end].decode("utf-8", "replace").rstrip(".-_+~(") if start >= 0 else ""
    return text if text.count("(") >= text.count(")") else text.rstrip(")")


def _span(match: Any, numbers: tuple[int, ...]) -> tuple[int, int]:
    spans = (match.span(number) for number in numbers)
    return next((span for span in spans if span[0] >= 0 and span[1] > span[0]), (-1, -1))


def _refuse(source: str, why: Text) -> PatternError:
    shown = plain(source)[:80]
    return PatternError(Text(f"模式 {shown}：{why.zh}", f"pattern {shown}: {why.en}"), pattern=source)
