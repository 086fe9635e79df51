"""Whether what stands between the letters of a hit joins or parts them, and whether a hit ends where a word ends.

The rules are those of ``docs/content-match.md``; they look at the words as received. Stands on a gate's path.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from unicodedata import category

from content_audit.match.signs import closer_of, sign_of

NUMBER = 7
"""From this many figures on a number is often written in groups: 400-123-4567."""
_REACH = 8
"""How many characters that show nothing may stand between a word and its neighbour."""
_NEAR = 64
"""How far the other half of a pair of brackets is looked for."""


def joins(raw: str, start: int, end: int, key: str, gaps: Sequence[tuple[int, str]]) -> bool:
    """Whether ``raw[start:end]`` is one word read as ``key``. ``gaps``: (letters before it, signs) of each gap."""
    shown = [(before, kinds, signs) for before, signs in gaps if (kinds := _kinds(signs))]
    if not shown:
        return True
    brackets = "".join(sign for _, _, signs in shown for sign in signs if sign_of(sign) == "bracket")
    if brackets and _in_pairs(raw, start, end, brackets):
        return False
    places = {before for before, _, _ in shown}
    weak = {before for before, kinds, _ in shown if not kinds <= {"symbol", "bracket"}}
    return _figures_join(key, places) and _letters_join(key, weak) and (key.isdigit() or _pieces_join(key, weak))


def syllables_join(lengths: Sequence[int], gaps: Sequence[tuple[int, str]]) -> bool:
    """Whether the gaps of a pinyin spelling stand between its syllables, or all letters stand alone."""
    shown = {before for before, signs in gaps if _kinds(signs)}
    borders = {sum(lengths[:count]) for count in range(1, len(lengths))}
    return shown <= borders or len(shown) == sum(lengths) - 1


def _kinds(signs: str) -> set[str]:
    return {str(sign_of(sign)) for sign in signs} - {"hidden"}


def _figures_join(key: str, places: set[int]) -> bool:
    """1.5 is not 15; a long number may be written in groups."""
    return sum(char.isdigit() for char in key) >= NUMBER or not any(
        key[place - 1].isdigit() and key[place].isdigit() for place in places
    )


def _letters_join(key: str, weak: set[int]) -> bool:
    """A blank ends a Latin word, unless every letter stands alone: "go to" is not goto, "f u c k" is one word."""
    inner = {place for place in range(1, len(key)) if _latin(key[place - 1]) and _latin(key[place])}
    return not inner & weak or inner <= weak


def _pieces_join(key: str, weak: set[int]) -> bool:
    """A blank between two pieces of two characters and more parts two words: 品质第一 品牌引领."""
    borders = [0, *sorted(weak), len(key)]
    pieces = [right - left for left, right in pairwise(borders)]
    return all(1 in (left, right) for left, right in pairwise(pieces))


def _in_pairs(raw: str, start: int, end: int, brackets: str) -> bool:
    """Whether a bracket inside has its other half outside, near by: then it is punctuation, not an inserted sign."""
    open_ones: list[str] = []
    lone: list[str] = []
    for bracket in brackets:
        if closer_of(bracket):
            open_ones.append(closer_of(bracket))
        elif bracket in open_ones:
            open_ones.remove(bracket)
        else:
            lone.append(bracket)
    after, before = raw[end : end + _NEAR], raw[max(0, start - _NEAR) : start]
    closed = {closer_of(char) for char in before}
    return any(bracket in after for bracket in open_ones) or any(bracket in closed for bracket in lone)


def stands_alone(raw: str, start: int, end: int, figures: bool) -> bool:
    """Whether no Latin word or number goes on over an end of ``raw[start:end]``. ``figures``: 一 is a figure here."""
    return not (
        _goes_on(raw[start], _seen(raw[max(0, start - _REACH) : start][::-1]), figures)
        or _goes_on(raw[end - 1], _seen(raw[end : end + _REACH]), figures)
    )


def _seen(chars: str) -> str:
    """The first of ``chars`` that shows; empty where none does."""
    return next((char for char in chars if sign_of(char) != "hidden"), "")


def _goes_on(inner: str, outer: str, figures: bool) -> bool:
    kind = _class(inner, figures)
    return kind != "" and kind == _class(outer, figures)


def _class(char: str, figures: bool) -> str:
    if not char:
        return ""
    if _latin(char) or (category(char) == "So" and sign_of(char) == ""):
        return "letter"
    if category(char) in ("Nd", "No") or (figures and char.isnumeric()):
        return "figure"
    return ""


def _latin(char: str) -> bool:
    """A letter of a script that writes words letter by letter and knows capitals."""
    return char.isalpha() and (char.lower() != char or char.upper() != char)
