"""Scanning many texts: batches through numpy, per-hit work only where there are hits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from content_audit.match.bulk import Batch, decoded, lut_of
from content_audit.match.index import Index
from content_audit.match.lexicon import Lexicon, RawHit, ordered

_Places = npt.NDArray[np.intp]
_Flags = npt.NDArray[np.bool_]


def scan_batches(lexicon: Lexicon, texts: Sequence[str], size: int) -> list[RawHit]:
    """Every hit in ``texts``, folded and matched ``size`` characters at a time."""
    met = meet(lexicon, texts, size)
    return met.hits(np.ones(len(met.texts), np.bool_))


def meet(lexicon: Lexicon, texts: Sequence[str], size: int) -> Met:
    """What stands in ``texts``, folded and matched ``size`` characters at a time."""
    found = [
        placed
        for first, last in cuts(texts, size)
        for placed in _placed_all(lexicon, Batch(texts[first:last], lexicon.table), first)
    ]
    columns = zip(*found, strict=True) if found else [[np.zeros(0, np.intp)]] * len(_Placed._fields)
    return Met(lexicon, texts, _Placed(*map(np.concatenate, columns)))


class _Placed(NamedTuple):
    """Where what stands, column by column: pattern (of all indexes, one after the other), text, start and end in it,
    characters read."""

    patterns: _Places
    texts: _Places
    starts: _Places
    ends: _Places
    lengths: _Places


class Met:
    """What stands in texts, row by row; nothing of it is confirmed yet."""

    def __init__(self, lexicon: Lexicon, texts: Sequence[str], placed: _Placed) -> None:
        self._lexicon, self._all, self._placed = lexicon, texts, placed

    @property
    def texts(self) -> _Places:
        """The number of the text of each row."""
        return self._placed.texts

    @property
    def patterns(self) -> _Places:
        """The pattern of each row."""
        return self._placed.patterns

    def hits(self, kept: _Flags) -> list[RawHit]:
        """The hits of the rows ``kept``, in order."""
        hits: list[RawHit] = []
        base = 0
        for index in self._lexicon.indexes:
            mine = kept & (self.patterns >= base) & (self.patterns < base + len(index.plain))
            patterns, *others = (column[mine].tolist() for column in self._placed)
            rows = zip([pattern - base for pattern in patterns], *others, strict=True)
            self._lexicon.collect(hits, index, self._all, rows, 0)
            base += len(index.plain)
        return ordered(hits)


def cuts(texts: Sequence[str], size: int) -> Iterator[tuple[int, int]]:
    """Stretches of ``texts`` of about ``size`` characters each."""
    ends = np.cumsum(np.fromiter(map(len, texts), np.intp, len(texts)) + 1)
    first, held = 0, 0
    while first < len(texts):
        last = max(first + 1, int(np.searchsorted(ends, held + size, side="right")))
        yield first, last
        first, held = last, int(ends[last - 1])


def _placed_all(lexicon: Lexicon, batch: Batch, first: int) -> Iterator[_Placed]:
    """What stands in a batch whose first text is numbered ``first``."""
    base = 0
    for index, find in zip(lexicon.indexes, (_as_written, _twins, _sounds), strict=True):
        if not index.empty:
            found = find(lexicon, index, batch)
            if found:
                yield _placed(batch, index, found, base, first)
        base += len(index.plain)


def _as_written(lexicon: Lexicon, index: Index, batch: Batch) -> list[tuple[int, int, int]]:
    return index.find(batch.text)


def _twins(lexicon: Lexicon, index: Index, batch: Batch) -> list[tuple[int, int, int]]:
    """What stands where a character is repeated."""
    runs = batch.repeated()
    places = runs.tolist()
    found = index.find(decoded(batch.codes[runs]))
    return [(places[start], places[start] + 1, pattern) for start, _, pattern in found]


def _sounds(lexicon: Lexicon, index: Index, batch: Batch) -> list[tuple[int, int, int]]:
    return index.find(decoded(lut_of(lexicon.sounds).take(batch.codes)))


def _placed(batch: Batch, index: Index, found: list[tuple[int, int, int]], base: int, first: int) -> _Placed:
    """Where in which text what was found stands, as far as it is long enough."""
    lows, highs, patterns = (np.fromiter(column, np.intp, len(found)) for column in zip(*found, strict=True))
    raw_starts, raw_ends = batch.places(lows, highs - 1)
    kept = np.flatnonzero(raw_ends - raw_starts >= np.frombuffer(index.least, np.uint8)[patterns])
    raw_starts = raw_starts[kept]
    numbers = batch.number_of(raw_starts)
    offsets = batch.bounds[numbers]
    return _Placed(
        patterns[kept] + base, numbers + first, raw_starts - offsets, raw_ends[kept] - offsets, (highs - lows)[kept]
    )
