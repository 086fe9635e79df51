"""Scanning many texts: batches through numpy, per-hit work only where there are hits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from content_audit.match.bulk import Batch, decoded, lut_of
from content_audit.match.index import Index
from content_audit.match.lexicon import Aside, Lexicon, RawHit, Row, ordered


def scan_batches(lexicon: Lexicon, texts: Sequence[str], size: int, aside: Aside | None = None) -> list[RawHit]:
    """Every hit in ``texts``, folded and matched ``size`` characters at a time; ``aside`` as ``scan_apart`` fills it."""
    hits: list[RawHit] = []
    for first, last in cuts(texts, size):
        _scan(hits, lexicon, texts[first:last], first, aside)
    return ordered(hits)


def cuts(texts: Sequence[str], size: int) -> Iterator[tuple[int, int]]:
    """Stretches of ``texts`` of about ``size`` characters each."""
    ends = np.cumsum(np.fromiter(map(len, texts), np.intp, len(texts)) + 1)
    first, held = 0, 0
    while first < len(texts):
        last = max(first + 1, int(np.searchsorted(ends, held + size, side="right")))
        yield first, last
        first, held = last, int(ends[last - 1])


def _scan(hits: list[RawHit], lexicon: Lexicon, texts: Sequence[str], first: int, aside: Aside | None) -> None:
    """Add the hits of one batch; its first text is numbered ``first``."""
    batch = Batch(texts, lexicon.table)
    words, twins = lexicon.words, lexicon.twins
    rows = _placed(batch, words, words.find(batch.text))
    lexicon.collect(hits, words, texts, _noted(rows, first, aside) if aside else rows, first)
    if not twins.empty:
        lexicon.collect(hits, twins, texts, _placed(batch, twins, _twins(twins, batch)), first)
    if not lexicon.heard.empty:
        hits.extend(_hear(lexicon, batch, texts, first))


def _noted(rows: Iterable[Row], first: int, aside: Aside) -> Iterator[Row]:
    """Those of ``rows`` that hits are made of; the others are noted in ``aside``."""
    quiet, seen = aside
    for row in rows:
        if quiet[row[0]] and row[3] - row[2] == row[4]:
            seen[first + row[1]].add(row[0])
        else:
            yield row


def _twins(index: Index, batch: Batch) -> list[tuple[int, int, int]]:
    """What stands where a character is repeated."""
    runs = batch.repeated()
    places = runs.tolist()
    found = index.find(decoded(batch.codes[runs]))
    return [(places[start], places[start] + 1, pattern) for start, _, pattern in found]


def _hear(lexicon: Lexicon, batch: Batch, texts: Sequence[str], first: int) -> Iterator[RawHit]:
    sound = decoded(lut_of(lexicon.sounds).take(batch.codes))
    for pattern, number, start, end, _ in _placed(batch, lexicon.heard, lexicon.heard.find(sound)):
        yield from lexicon.heard_at(first + number, texts[number], pattern, start, end)


def _placed(batch: Batch, index: Index, found: list[tuple[int, int, int]]) -> Iterable[Row]:
    """(pattern, text, start and end in it, characters read) of what was found and is long enough."""
    if not found:
        return ()
    lows, highs, patterns = (np.fromiter(column, np.intp, len(found)) for column in zip(*found, strict=True))
    raw_starts, raw_ends = batch.places(lows, highs - 1)
    kept = np.flatnonzero(raw_ends - raw_starts >= np.frombuffer(index.least, np.uint8)[patterns])
    raw_starts = raw_starts[kept]
    numbers = batch.number_of(raw_starts)
    offsets = batch.bounds[numbers]
    return zip(
        patterns[kept].tolist(),
        numbers.tolist(),
        (raw_starts - offsets).tolist(),
        (raw_ends[kept] - offsets).tolist(),
        (highs - lows)[kept].tolist(),
        strict=True,
    )
