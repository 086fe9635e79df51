"""Scanning many texts: batches through numpy, per-hit work only where there are hits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from content_audit.match.bulk import Batch, decoded, lut_of
from content_audit.match.lexicon import Lexicon, RawHit, ordered


def scan_batches(lexicon: Lexicon, texts: Sequence[str], size: int) -> list[RawHit]:
    """Every hit in ``texts``, folded and matched ``size`` characters at a time."""
    return ordered(hit for first, last in cuts(texts, size) for hit in _scan(lexicon, texts, first, last))


def cuts(texts: Sequence[str], size: int) -> Iterator[tuple[int, int]]:
    """Stretches of ``texts`` of about ``size`` characters each."""
    first, held = 0, 0
    for number, text in enumerate(texts):
        if held and held + len(text) > size:
            yield first, number
            first, held = number, 0
        held += len(text) + 1
    if first < len(texts):
        yield first, len(texts)


def _scan(lexicon: Lexicon, texts: Sequence[str], first: int, last: int) -> Iterator[RawHit]:
    batch = Batch(texts[first:last], lexicon.table)
    words = lexicon.words.find(batch.text)
    if words:
        for pattern, number, start, end, length in _placed(batch, words):
            yield from lexicon.hits_at(first + number, texts[first + number], pattern, start, end, length)
    if not lexicon.heard.empty:
        yield from _hear(lexicon, batch, texts, first)


def _hear(lexicon: Lexicon, batch: Batch, texts: Sequence[str], first: int) -> Iterator[RawHit]:
    sound = decoded(lut_of(lexicon.sounds).take(batch.codes))
    found = lexicon.heard.find(sound)
    if found:
        for pattern, number, start, end, _ in _placed(batch, found):
            yield from lexicon.heard_at(first + number, texts[first + number], pattern, start, end)


def _placed(batch: Batch, found: list[tuple[int, int, int]]) -> Iterator[tuple[int, int, int, int, int]]:
    """(pattern, text, start and end in it, characters read) of each thing found."""
    starts, ends = batch.places()
    lows, highs, patterns = (np.fromiter(column, np.intp, len(found)) for column in zip(*found, strict=True))
    raw_starts = starts[lows]
    numbers = batch.number_of(raw_starts)
    offsets = batch.bounds[numbers]
    return zip(
        patterns.tolist(),
        numbers.tolist(),
        (raw_starts - offsets).tolist(),
        (ends[highs - 1] - offsets).tolist(),
        (highs - lows).tolist(),
        strict=True,
    )
