"""What a passage reads as when its disguise is seen through: signs and emoji between characters gone, figures plain.

The matcher does this for its terms; patterns and the words around them read what is written. Where the two differ,
patterns are run on this reading too. It is never the only one: a sign may be a border, and ① the head of a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from unicodedata import numeric

from content_audit.audit.scanner import Folded, Mapped
from content_audit.audit.stuffed import HAN, is_han, numbers_of
from content_audit.match.fold import in_order

_BORDERS = r"#@/%&\\,，。、;；:：!！?？()（）《》〈〉【】\[\]「」『』“”‘’\"'"
_SIGNS = rf"[^\w\s{_BORDERS}]{{1,2}}(?=[{HAN}])"
"""Signs before a character; another must stand before them."""
_STYLED = (
    "\u00b2\u00b3\u00b9\u2070-\u2079\u2080-\u2089\u2460-\u2473\u24ea-\u24fe\u2776-\u2793\u3220-\u3229\u3280-\u3289"
)
_SPELLED = dict(zip("〇零一二三四五六七八九幺", "001234567891", strict=True))
_NUMBER = f"[{''.join(_SPELLED)}]{{7,}}"
"""A row of figures written as words, which is a number to dial and none to count."""


@lru_cache(maxsize=1)
def _disguises() -> tuple[re.Pattern[str], ...]:
    """One by one, which is twice as fast as all in one; compiled when first asked for, for a gate's sake."""
    return tuple(map(re.compile, (_SIGNS, f"[{_STYLED}]", _NUMBER)))


def _found(text: str) -> Iterator[tuple[int, int]]:
    """Where ``text`` is disguised."""
    for pattern in _disguises():
        for found in pattern.finditer(text):
            start, end = found.span()
            if pattern.pattern != _SIGNS or is_han(text[start - 1 : start]):
                yield start, end


def suspects(texts: Sequence[str]) -> list[int]:
    """The numbers of those of ``texts`` that may be disguised, in order."""
    return sorted(set(numbers_of(texts, (start for start, _ in _found("\n".join(texts))))))


def seen_through(folded: Folded) -> tuple[Folded, tuple[str, ...]] | None:
    """The other reading of ``folded``, and the steps that lead to it; None where there is none."""
    read = dict[int, str]()
    steps = set[str]()
    for start, end in _found(folded.text):
        for place in range(start, end):
            read[place] = _figure(folded.text[place])
            steps.add("numerals" if read[place] else "symbol")
    if not read:
        return None
    rows = [
        (char, folded.starts[place], folded.ends[place])
        for place, written in enumerate(folded.text)
        for char in read.get(place, written)
    ]
    return Mapped("".join(row[0] for row in rows), [row[1] for row in rows], [row[2] for row in rows]), in_order(steps)


def with_words(folded: Folded, words: Sequence[tuple[int, int, str]]) -> Folded:
    """``folded`` with other words in place of stretches of it: rows of start, end and the words, which do not overlap."""
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    here = 0
    for start, end, word in (*sorted(words), (len(folded.text), len(folded.text), "")):
        text += folded.text[here:start], word
        starts += folded.starts[here:start]
        ends += folded.ends[here:start]
        if word:
            starts += [folded.starts[start]] * len(word)
            ends += [folded.ends[end - 1]] * len(word)
        here = end
    return Mapped("".join(text), starts, ends)


def _figure(char: str) -> str:
    if char in _SPELLED:
        return _SPELLED[char]
    value = numeric(char, -1)
    return str(int(value)) if value >= 0 else ""
