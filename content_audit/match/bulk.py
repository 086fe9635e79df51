"""Folding batches of texts with numpy: the same table and the same answer as ``fold``, some twenty times as fast.

Never imported for a single draft: numpy alone costs more than the draft.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from content_audit.match.table import MANY, FoldTable

SEPARATOR = "\n"
"""Stands between the texts of a batch. No term holds it and no table drops it, so no hit reaches across."""
_Points = npt.NDArray[np.uint32]
_Places = npt.NDArray[np.intp]
_NONE: _Places = np.zeros(0, np.intp)


class Batch:
    """Texts joined, and what they read as; the map back is reckoned for the places that are asked for."""

    __slots__ = ("_dropped", "_repeats", "_wide", "bounds", "codes", "raw", "text")

    def __init__(self, texts: Sequence[str], table: FoldTable) -> None:
        self.raw = SEPARATOR.join(texts)
        lengths = np.fromiter(map(len, texts), np.intp, len(texts))
        self.bounds: _Places = np.zeros(len(texts) + 1, np.intp)
        np.cumsum(lengths + 1, out=self.bounds[1:])
        read = lut_of(table).take(code_points(self.raw))
        self._wide: _Places | None = None
        if table.several and len(read) and int(read.max()) >= MANY:
            self._wide, self.codes = _widened(read, table)
            self._dropped = _NONE
        else:
            kept = read != 0
            self._dropped = np.flatnonzero(~kept)
            self.codes = read[kept] if len(self._dropped) else read
        self._repeats = _repeats(self.codes) if table.repeat else _NONE
        if len(self._repeats):
            self.codes = np.delete(self.codes, self._repeats)
        self.text = decoded(self.codes)

    def places(self, first: _Places, last: _Places) -> tuple[_Places, _Places]:
        """(where ``first`` begin, where the runs of ``last`` end) in ``raw``; both count the characters of ``text``."""
        runs = self._repeats - np.arange(1, len(self._repeats) + 1)
        starts = first + np.searchsorted(runs, first, side="left")
        ends = last + np.searchsorted(runs, last, side="right")
        if self._wide is not None:
            return self._wide[starts], self._wide[ends] + 1
        gaps = self._dropped - np.arange(len(self._dropped))
        return (
            starts + np.searchsorted(gaps, starts, side="right"),
            ends + np.searchsorted(gaps, ends, side="right") + 1,
        )

    def repeated(self) -> _Places:
        """The characters of ``text`` that stand for a run of several."""
        return np.unique(self._repeats - np.arange(1, len(self._repeats) + 1))

    def texts(self) -> list[str]:
        """What each of the texts reads as, under a table that keeps repeats."""
        bounds, wide = self.bounds, self._wide
        ends = bounds - np.searchsorted(self._dropped, bounds) if wide is None else np.searchsorted(wide, bounds)
        cuts = ends.tolist()
        return [self.text[start : end - 1] for start, end in pairwise(cuts[:-1])] + [self.text[cuts[-2] :]]

    def number_of(self, places: _Places) -> _Places:
        """The text each of ``places`` in ``raw`` lies in."""
        found: _Places = np.searchsorted(self.bounds, places, side="right") - 1
        return found


def code_points(text: str) -> _Points:
    """The code points of ``text``."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.dtype("<u4"))


def decoded(codes: _Points) -> str:
    """The text of code points."""
    return str(codes.data, "utf-32-le", "surrogatepass")


def _repeats(codes: _Points) -> _Places:
    """Where a character stands that is the one before it once more. Figures never repeat: 100 is not 10."""
    same = np.flatnonzero(codes[1:] == codes[:-1]) + 1
    found: _Places = same[(codes[same] - np.uint32(48)) > 9]
    return found


def _widened(read: _Points, table: FoldTable) -> tuple[_Places, _Points]:
    """Characters that read as several, written out: (place of each, what is read)."""
    counts = (read != 0).astype(np.intp)
    wide = np.flatnonzero(read >= MANY)
    words = [table.several[int(value) - MANY] for value in read[wide]]
    counts[wide] = [len(word) for word in words]
    places = np.repeat(np.arange(len(read)), counts)
    codes = np.repeat(read, counts)
    codes[codes >= MANY] = code_points("".join(words))
    return places, codes


def lut_of(table: FoldTable) -> _Points:
    """The table as an array of every code point, made once."""
    if table.bulk is None:
        lut = np.arange(MANY, dtype=np.uint32)
        lut[np.array(table.points, np.intp)] = np.array(table.targets, np.uint32)
        table.bulk = lut
    found: _Points = table.bulk  # type: ignore[assignment]  # no numpy in the gate's module
    return found
