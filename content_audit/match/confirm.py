"""From a stretch the automaton found to a hit: the exact words, whether they count, and the steps to the term.

The automaton sees runs as one character and no signs at all. What it finds is looked at once more here, on the words
as received, wherever it is not simply the term. Stands on a gate's path.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from content_audit.match.fold import char_steps, fold, in_order
from content_audit.match.index import ANYWAY, BORDER, KINDS, SHORT, SIGNS
from content_audit.match.joining import joins, stands_alone, syllables_join
from content_audit.match.signs import sign_of
from content_audit.match.table import FoldTable, collapses

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

SYLLABLES = "'"
"""Stands between the syllables in the key of a pinyin spelling."""
LONG = 4
"""From this many characters on all of them may be homophones; of a shorter term one must stand as it is."""


class Asked(NamedTuple):
    """What the entry says that was found."""

    kind: int
    key: str
    flags: int
    term: str
    """The term as listed."""


class Found(NamedTuple):
    """Words that count: where, how they read, by which steps."""

    start: int
    end: int
    folded: str
    steps: tuple[str, ...]


class _Run:
    """A character that was read, and where it stands in the raw text; several places where it is repeated."""

    __slots__ = ("char", "first", "places")

    def __init__(self, char: str, place: int, first: bool) -> None:
        self.char, self.places, self.first = char, [place], first


def confirm(raw: str, start: int, end: int, asked: Asked, table: FoldTable) -> Found | None:
    """The hit in ``raw[start:end]``, which reads as a pattern of ``asked``; None where it does not count."""
    if asked.flags & SIGNS:
        return _with_signs(raw, start, end, asked, table)
    key = asked.key.replace(SYLLABLES, "") if KINDS[asked.kind] == "pinyin" else asked.key
    runs = _runs(raw, start, end, table)
    if KINDS[asked.kind] == "homophone":
        if not _sounds_enough(runs, asked, table):
            return None
    elif not _long_enough(runs, key, table):
        return None
    first, last = _ends(runs, key, KINDS[asked.kind] == "homophone")
    gaps = _gaps(raw, runs, first, last, table)
    if not _joined(raw, (first, last), key, asked, runs, gaps) or not _borders(raw, first, last, key, asked):
        return None
    folded = asked.term if not asked.kind else "".join(run.char for run in runs)
    return Found(first, last, folded, _steps(raw, (first, last), runs, gaps, asked))


def plain_steps(raw: str, term: str, table: FoldTable) -> tuple[str, ...]:
    """The steps between words and a term they are letter for letter."""
    look = table.lookup
    chars = raw if len(raw) != len(term) else [one for one, other in zip(raw, term, strict=True) if one != other]
    return in_order({step for char in chars for step in char_steps(char, look[char])})


def _runs(raw: str, start: int, end: int, table: FoldTable) -> list[_Run]:
    found: list[_Run] = []
    look = table.lookup
    for place in range(start, end):
        for number, char in enumerate(look[raw[place]]):
            if found and found[-1].char == char and table.repeat and collapses(char):
                found[-1].places.append(place)
            else:
                found.append(_Run(char, place, number == 0))
    return found


@lru_cache(maxsize=4096)
def _needs(key: str) -> list[int]:
    """How often each character of ``key`` stands there in a row; figures stand alone."""
    found: list[int] = []
    for char, group in groupby(key):
        count = sum(1 for _ in group)
        found += [count] if collapses(char) else [1] * count
    return found


def _long_enough(runs: list[_Run], key: str, table: FoldTable) -> bool:
    """天天向上 is not 天向上: a doubled character of the term must be doubled in the text."""
    if not table.repeat:
        return True
    needs = _needs(key)
    return len(needs) == len(runs) and all(len(run.places) >= need for run, need in zip(runs, needs, strict=True))


def _sounds_enough(runs: list[_Run], asked: Asked, table: FoldTable) -> bool:
    """Whether a homophone counts: not the term itself, and not merely a chance likeness of a short one."""
    own = fold(asked.term, table).text
    same = sum(run.char == char for run, char in zip(runs, own, strict=False))
    if same == len(own):
        return False
    return same > 0 or len(own) >= LONG or bool(asked.flags & SHORT)


def _ends(runs: list[_Run], key: str, sound: bool) -> tuple[int, int]:
    """Where the words begin and end. A character doubled at an end is the border of two words: 逐步步入 holds 逐步."""
    needs = [1, 1] if sound else _needs(key)
    first, last = runs[0], runs[-1]
    if first is last:
        return first.places[0], last.places[-1] + 1
    start, end = first.places[0], last.places[-1] + 1
    if len(first.places) == needs[0] + 1 and not first.char.isascii():
        start = first.places[1]
    if len(last.places) == needs[-1] + 1 and not last.char.isascii():
        end = last.places[-2] + 1
    return start, end


def _gaps(raw: str, runs: list[_Run], start: int, end: int, table: FoldTable) -> list[tuple[int, str]]:
    """(letters before it, signs) of every gap between two characters that were read."""
    found: list[tuple[int, str]] = []
    for number in range(1, len(runs)):
        left, right = max(runs[number - 1].places[-1] + 1, start), runs[number].places[0]
        signs = "".join(char for char in raw[left : min(right, end)] if not table.lookup[char])
        if signs:
            found.append((number, signs))
    return found


def _joined(
    raw: str, span: tuple[int, int], key: str, asked: Asked, runs: list[_Run], gaps: list[tuple[int, str]]
) -> bool:
    if not gaps:
        return True
    if KINDS[asked.kind] == "pinyin":
        return syllables_join([len(part) for part in asked.key.split(SYLLABLES)], gaps)
    return joins(raw, *span, "".join(run.char for run in runs), gaps)


def _borders(raw: str, start: int, end: int, key: str, asked: Asked) -> bool:
    if not asked.flags & BORDER or asked.flags & ANYWAY:
        return True
    return stands_alone(raw, start, end, key.isdigit())


def _steps(
    raw: str, span: tuple[int, int], runs: list[_Run], gaps: list[tuple[int, str]], asked: Asked
) -> tuple[str, ...]:
    found = {KINDS[asked.kind]} if asked.kind else set[str]()
    aligned = not asked.kind and len(asked.term) == len(runs)
    for number, run in enumerate(runs):
        inside = [place for place in run.places if span[0] <= place < span[1]]
        found |= {
            step
            for place in inside
            if not aligned or raw[place] != asked.term[number]
            for step in char_steps(raw[place], run.char)
        }
    read = {place for run in runs for place in run.places}
    signs = {sign_of(raw[place]) for place in range(*span) if place not in read}
    found |= {sign if sign in ("hidden", "space") else "symbol" for sign in signs}
    if len(read) > len(runs) and _repeated(runs, span, asked):
        found.add("repeat")
    return in_order(found)


def _repeated(runs: list[_Run], span: tuple[int, int], asked: Asked) -> bool:
    counts = [sum(span[0] <= place < span[1] for place in run.places) for run in runs]
    if KINDS[asked.kind] == "homophone":
        return max(counts) > 1
    return counts != _needs(asked.key.replace(SYLLABLES, "") if asked.kind == 1 else asked.key)


def _with_signs(raw: str, start: int, end: int, asked: Asked, table: FoldTable) -> Found | None:
    """A term that has signs of its own, 100% or C++: they must stand as written, and nothing else between."""
    reading, room = table.reading, len(asked.term) + 8
    low, high = max(0, start - room), min(len(raw), end + room)
    window = fold(raw[low:high], reading)
    place = window.text.find(asked.key)
    while place >= 0:
        first, last = window.span(place, place + len(asked.key))
        first, last = first + low, last + low
        if first <= start < last and _borders(raw, first, last, asked.key, asked):
            words = raw[first:last]
            steps = () if words == asked.term else plain_steps(words, asked.term, reading)
            return Found(first, last, asked.term, steps)
        place = window.text.find(asked.key, place + 1)
    return None
