"""The matcher in its plainest form: a loop over terms and texts. Slow and obvious; the engine is tested against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from unicodedata import category, normalize

from content_audit.audit.scanner import Folded, Mapped

_PARTS = frozenset("，。！？；：、,.!?;:\n\r…")
"""Signs that end a stretch of words: a term never reaches across one."""


def fold_even(text: str) -> Mapped:
    """Width, case and traditional characters made even; characters that show nothing left out."""
    chars: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        for one in _even(char):
            chars.append(one)
            places.append(place)
    return Mapped("".join(chars), places, [place + 1 for place in places])


class PlainHit(NamedTuple):
    """A hit of the plain matcher."""

    text: int
    start: int
    end: int
    term: int
    folded: str
    steps: tuple[str, ...]


class NaiveScanner:
    """Looks for each term in each text, letters and digits alone counting."""

    def __init__(self, terms: Mapping[int, str]) -> None:
        self._terms = [(number, bare) for number, term in terms.items() if (bare := _bare(fold_even(term)).text)]

    def scan(self, texts: Sequence[str]) -> list[PlainHit]:
        """Every term in every text, by text and place."""
        found = []
        for number, text in enumerate(texts):
            folded = _bare(fold_even(text))
            for term, word in self._terms:
                found.extend(_hits(number, text, folded, term, word))
        return sorted(found)


def _hits(number: int, text: str, folded: Folded, term: int, word: str) -> list[PlainHit]:
    found, at = [], folded.text.find(word)
    while at >= 0:
        start, end = folded.starts[at], folded.ends[at + len(word) - 1]
        raw = text[start:end]
        if not _PARTS.intersection(raw):
            found.append(PlainHit(number, start, end, term, word, () if raw == word else ("fold",)))
        at = folded.text.find(word, at + 1)
    return found


def _bare(folded: Folded) -> Mapped:
    kept = [place for place, char in enumerate(folded.text) if char.isalnum() or char in _PARTS]
    return Mapped(
        "".join(folded.text[place] for place in kept),
        [folded.starts[place] for place in kept],
        [folded.ends[place] for place in kept],
    )


@lru_cache(maxsize=65536)
def _even(char: str) -> str:
    if category(char) in ("Cf", "Mn", "Me"):
        return ""
    if category(char) == "Cs":
        return "\ufffd"
    return _simplified(normalize("NFKC", char).lower())


@lru_cache(maxsize=65536)
def _simplified(text: str) -> str:
    if not any("\u3400" <= char <= "\u9fff" for char in text):
        return text
    return str(_opencc().convert(text))


@lru_cache(maxsize=1)
def _opencc():  # type: ignore[no-untyped-def]  # opencc has no types
    from opencc import OpenCC

    return OpenCC("t2s")
