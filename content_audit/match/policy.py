"""Which of many hits count: those no covering phrase holds, and of overlapping ones all or the longest. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, groupby

from content_audit.match.lexicon import RawHit


def uncovered(hits: Iterable[RawHit], covers: Callable[[int], bool]) -> list[RawHit]:
    """``hits`` without covering phrases (terms that ``covers``) and without those that lie inside one."""
    kept: list[RawHit] = []
    for _, group in groupby(hits, key=lambda hit: hit.text):
        here = list(group)
        phrases = sorted((hit.start, hit.end) for hit in here if covers(hit.term))
        starts, reach = [start for start, _ in phrases], list(accumulate((end for _, end in phrases), max))
        for hit in here:
            before = bisect_right(starts, hit.start)
            if not covers(hit.term) and not (before and reach[before - 1] >= hit.end):
                kept.append(hit)
    return kept


def longest(hits: Iterable[RawHit]) -> list[RawHit]:
    """Of hits that overlap the leftmost, and of those that begin together the longest."""
    kept: list[RawHit] = []
    for hit in sorted(hits, key=lambda hit: (hit.text, hit.start, -hit.end, hit.term)):
        if not kept or kept[-1].text != hit.text or hit.start >= kept[-1].end:
            kept.append(hit)
    return kept


def every(hits: Iterable[RawHit]) -> list[RawHit]:
    """All hits, overlapping ones too, in order."""
    return sorted(hits, key=lambda hit: (hit.text, hit.start, hit.end, hit.term))


POLICIES: dict[str, Callable[[Iterable[RawHit]], Sequence[RawHit]]] = {"longest": longest, "all": every}
