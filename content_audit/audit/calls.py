"""What is worth looking at in many texts at once, through numpy: the clues of each post, the hits that a rule may want, the
patterns to run and where.

``Auditor`` does the same hit by hit for a draft; this is never imported for one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from content_audit.audit.index import Index
from content_audit.audit.scanner import Met

_Numbers = npt.NDArray[np.int64]
_Flags = npt.NDArray[np.bool_]
_ANY = -1
"""Every clue: a need that all posts meet."""


class Wanted(NamedTuple):
    """What is worth looking at."""

    clues: list[int]
    """By post."""
    hits: _Flags
    """Which of the rows met may become hits that a rule wants."""
    called: dict[int, list[int]]
    """By pattern to run the texts to run it on."""


class Calls:
    """The index as arrays."""

    def __init__(self, index: Index, terms: Sequence[Iterable[int]], needs: Callable[[int], Sequence[int]]) -> None:
        """``terms`` by pattern of the matcher; ``needs`` of a rule by number (see ``clues``)."""
        lists = [_or(index.word_lists[term] for term in some) for some in terms]
        self._lists = _numbers(lists)
        self._sets = _Rows([sorted({one for term in some for one in index.word_sets[term]}) for some in terms])
        self._patterns = _numbers(index.set_patterns)
        self._sets_of = np.bincount(self._patterns[self._patterns >= 0], minlength=len(index.patterns))
        self._disguised = np.array([not index.disguised.keys().isdisjoint(some) for some in terms], np.bool_)
        self._term_uses = _Uses([[use for term in some for use in index.term_uses[term]] for some in terms], needs)
        self._pattern_uses = _Uses(index.pattern_uses, needs)

    def wanted(self, met: Met, owners: Sequence[int], known: Sequence[int], *, everything: bool) -> Wanted:
        """What is worth looking at of what was ``met``: with ``everything`` also what no rule can make a hit of.

        ``owners`` are the posts of the texts, ``known`` the clues of each post that do not come from its words.
        """
        clues = _numbers(known)
        np.bitwise_or.at(clues, _numbers(owners)[met.texts], self._lists[met.patterns])
        rows, sets = self._sets.of(met.patterns)
        present = _once(met.texts[rows] * len(self._patterns) + sets)
        scene = _Scene(clues[_numbers(owners)], present, len(self._patterns))
        hits = self._term_uses.any(met.patterns, met.texts, None if everything else scene)
        hits |= self._disguised[met.patterns]
        texts, patterns = _split(present, self._patterns)
        texts, patterns = texts[patterns >= 0], patterns[patterns >= 0]
        once, counts = np.unique(patterns * len(owners) + texts, return_counts=True)
        patterns, texts = once // max(len(owners), 1), once % max(len(owners), 1)
        kept = counts == self._sets_of[patterns]
        patterns, texts = patterns[kept], texts[kept]
        if not everything:
            kept = self._pattern_uses.any(patterns, texts, scene)
            patterns, texts = patterns[kept], texts[kept]
        return Wanted(clues.tolist(), hits, _grouped(patterns, texts))


class _Scene(NamedTuple):
    """What is known of the texts."""

    clues: _Numbers
    """By text, of its post."""
    present: _Numbers
    """text * sets + set, of which a key stands in the text; sorted."""
    sets: int


class _Rows:
    """Rows of numbers of any length."""

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        self._first = _numbers(list(accumulate(map(len, rows), initial=0)))
        self._flat = _numbers([one for row in rows for one in row])

    def places(self, numbers: _Numbers) -> tuple[_Numbers, _Numbers]:
        """Row after row of those ``numbered``: which of ``numbers`` it is, and where its parts stand."""
        first = self._first[numbers]
        counts = self._first[numbers + 1] - first
        ends = np.cumsum(counts)
        places = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(first - ends + counts, counts)
        return np.repeat(np.arange(len(numbers)), counts), places

    def of(self, numbers: _Numbers) -> tuple[_Numbers, _Numbers]:
        """The same with the parts themselves."""
        rows, places = self.places(numbers)
        return rows, self._flat[places]


class _Uses:
    """What matches need, by what they look for."""

    def __init__(self, uses: Sequence[Sequence[Sequence[int]]], needs: Callable[[int], Sequence[int]]) -> None:
        flat = [use for some in uses for use in some]
        self._rows = _Rows([[0] * len(some) for some in uses])
        needed = [needs(use[0]) for use in flat]
        parts = max(map(len, needed), default=0)
        self._needs = _numbers([[*one, *[_ANY] * (parts - len(one))] for one in needed]).reshape(-1, parts)
        self._beside = _numbers([use[2] for use in flat])

    def any(self, looked: _Numbers, texts: _Numbers, scene: _Scene | None) -> _Flags:
        """Of each of ``looked`` in its text whether a match may want it; without ``scene`` whether there is a match."""
        rows, places = self._rows.places(looked)
        if scene is not None:
            where, beside = texts[rows], self._beside[places]
            good = ((scene.clues[where][:, None] & self._needs[places]) != 0).all(axis=1)
            asked = np.flatnonzero(good & (beside >= 0))
            good[asked] = _in(where[asked] * scene.sets + beside[asked], scene.present)
            rows = rows[good]
        found: _Flags = np.zeros(len(looked), np.bool_)
        found[rows] = True
        return found


def _once(values: _Numbers) -> _Numbers:
    """Each of ``values`` once, in order. ``np.unique`` hashes first, which takes twice as long."""
    ordered: _Numbers = np.sort(values)
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))] if len(ordered) else ordered


def _in(values: _Numbers, present: _Numbers) -> _Flags:
    """Which of ``values`` are among the sorted ``present``."""
    if not len(present):
        return np.zeros(len(values), np.bool_)
    found: _Flags = present[np.minimum(np.searchsorted(present, values), len(present) - 1)] == values
    return found


def _split(present: _Numbers, patterns: _Numbers) -> tuple[_Numbers, _Numbers]:
    """The texts, and the patterns whose sets are present there."""
    return present // max(len(patterns), 1), patterns[present % max(len(patterns), 1)]


def _grouped(keys: _Numbers, values: _Numbers) -> dict[int, list[int]]:
    """``values`` by key; ``keys`` are in order."""
    if not len(keys):
        return {}
    cuts = np.flatnonzero(np.diff(keys)) + 1
    firsts = keys[np.concatenate(([0], cuts))].tolist()
    return dict(zip(firsts, (some.tolist() for some in np.split(values, cuts)), strict=True))


def _numbers(values: Sequence[int] | Sequence[Sequence[int]]) -> _Numbers:
    return np.array(values, np.int64)


def _or(bits: Iterable[int]) -> int:
    found = 0
    for one in bits:
        found |= one
    return found
