"""Word borders around a hit. A segmenter is costly to load, so it is asked only where a rule wants borders confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from itertools import accumulate
from typing import Any, Protocol

from content_audit.audit.reading import Span

REACH = 12
"""Characters on either side that are segmented with the hit."""


class Segmenter(Protocol):
    """Cuts a text into words that join to it again."""

    @property
    def name(self) -> str:
        """Which one it is; reports say so."""
        ...

    def cut(self, text: str) -> Sequence[str]:
        """The words of ``text``."""
        ...

    def known(self, text: str) -> Sequence[str]:
        """The same where words that are not in the dictionary are left as characters."""
        ...


class Loaded:
    """A segmenter from a library, loaded when it is first asked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._cut: Any = None

    def cut(self, text: str) -> Sequence[str]:
        """The words of ``text``."""
        if self._cut is None:
            self._cut = getattr(import_module(self.name), "lcut" if self.name == "jieba" else "cut")
        words: Sequence[str] = self._cut(text)
        return words

    def known(self, text: str) -> Sequence[str]:
        """The words of ``text``, none of them guessed."""
        self.cut("")
        words: Sequence[str] = self._cut(text, HMM=False) if self.name == "jieba" else self._cut(text, False)
        return words


class NoSegmenter:
    """None is installed: every border is taken as one, and the report says so."""

    name = "none"

    def cut(self, text: str) -> Sequence[str]:
        """Every character for itself."""
        return list(text)

    def known(self, text: str) -> Sequence[str]:
        """As far as can be told all of it is one word."""
        return [text]


@lru_cache(maxsize=1)
def standard() -> Segmenter:
    """rjieba where it is installed, else jieba, else none."""
    from importlib.util import find_spec

    name = next((name for name in ("rjieba", "jieba") if find_spec(name)), "")
    return Loaded(name) if name else NoSegmenter()


def stands_alone(text: str, span: Span, segmenter: Segmenter) -> bool:
    """Whether ``span`` begins and ends at word borders."""
    start = max(0, span.start - REACH)
    return _between_words(segmenter.cut(text[start : span.end + REACH]), Span(span.start - start, span.end - start))


def unknown(text: str, span: Span, segmenter: Segmenter) -> bool:
    """Whether ``span`` is no word of the dictionary, nor part of one."""
    start = max(0, span.start - REACH)
    inner = Span(span.start - start, span.end - start)
    words = segmenter.known(text[start : span.end + REACH])
    return _between_words(words, inner) and len(segmenter.known(text[span.start : span.end])) > 1


def _between_words(words: Sequence[str], span: Span) -> bool:
    borders = {0, *accumulate(map(len, words))}
    return span.start in borders and span.end in borders
