"""Text that is stuffed with signs between its characters, as evaders write it, read without them.

Patterns and neighbouring words know nothing of inserted signs; the matcher skips them for its terms only. A sign is
taken out where nobody writes so by nature: single characters strung together by signs, or one and the same sign
between so many characters that it cannot be a border of words. Everything else keeps its signs.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, compress

from content_audit.audit.scanner import Folded, Mapped

HAN = "㐀-鿿"
"""Chinese characters, as a range of a class."""
_SIGN = rf"[^\w{HAN}\n,，。、;；:：!！?？()（）《》〈〉【】\[\]「」『』“”‘’\"']|_"
_BETWEEN = rf"(?<=[{HAN}])({_SIGN}){{1,2}}(?=[{HAN}])"
_STRUNG = rf"[{HAN}](?:(?:{_SIGN}){{1,2}}[{HAN}]){{2,}}"
_BORDERS = frozenset("\n,，。、;；:：!！?？()（）《》〈〉【】[]「」『』“”‘’\"'")
_ROUGHLY = rf"(?<=[{HAN}])[^{HAN}\n0-9a-z,，。、;；:：!！?？()（）《》〈〉【】\[\]「」『』“”‘’\"']{{1,2}}(?=[{HAN}])"
"""What may be a sign between characters: letters of other scripts look like one too."""
MANY = 64
"""Texts from which looking at all of them together is worth it."""
LEAST = 3
"""How often one sign must stand between characters before it counts as stuffing."""
SHARE = 0.12
"""The share of characters that one sign must follow."""
SHARE_OF_BLANKS = 0.3
"""The same for blanks, which posters put between words."""


@lru_cache(maxsize=4)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled when it is first asked for: sets of so many characters take a gate 15 ms."""
    return re.compile(pattern)


def is_han(char: str) -> bool:
    """Whether ``char`` is one of HAN."""
    return "㐀" <= char <= "鿿"


def unstuffed_all(folded: Sequence[Folded]) -> list[Folded]:
    """``unstuffed`` of each; many of them are looked at together first."""
    found = list(folded)
    suspects = range(len(found)) if len(found) < MANY else _suspects([one.text for one in found])
    for place in suspects:
        found[place] = unstuffed(found[place])
    return found


def _suspects(texts: Sequence[str]) -> list[int]:
    """Those of ``texts`` in which something that may be a sign stands between characters at least twice."""
    places = (found.start() for found in _compiled(_ROUGHLY).finditer("\n".join(texts)))
    return [place for place, number in Counter(numbers_of(texts, places)).items() if number > 1]


def numbers_of(texts: Sequence[str], places: Iterable[int]) -> Iterator[int]:
    """For each of ``places`` in ``texts`` joined by line breaks the number of the text it lies in."""
    ends: list[int] = []
    for place in places:
        ends = ends or list(accumulate(len(text) + 1 for text in texts))
        yield bisect_right(ends, place)


def unstuffed(folded: Folded) -> Folded:
    """``folded`` without stuffing; the same object where there is none."""
    text = folded.text
    if not _may_be_stuffed(text):
        return folded
    between = list(_compiled(_BETWEEN).finditer(text))
    if len(between) < 2:
        return folded
    out: set[int] = set()
    stuffing = _stuffing(text, Counter(found[1] for found in between))
    for found in between:
        if found[1] in stuffing:
            out.update(range(found.start(), found.end()))
    for strung in _compiled(_STRUNG).finditer(text):
        out.update(place for place in range(strung.start(), strung.end()) if not is_han(text[place]))
    if not out:
        return folded
    kept = [place not in out for place in range(len(text))]
    return Mapped(
        "".join(compress(text, kept)), tuple(compress(folded.starts, kept)), tuple(compress(folded.ends, kept))
    )


def _may_be_stuffed(text: str) -> bool:
    """Whether at least two signs stand between characters; cheap, for most texts have none."""
    signs = (char for char in set(text) if not char.isalnum() and char not in _BORDERS)
    return sum(map(text.count, signs)) >= 2


def _stuffing(text: str, counts: Counter[str]) -> frozenset[str]:
    characters = sum(map(is_han, text))
    return frozenset(
        sign
        for sign, number in counts.items()
        if number >= LEAST and number >= characters * (SHARE_OF_BLANKS if sign.isspace() else SHARE)
    )
