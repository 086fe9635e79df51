"""Sets of instants as sorted, disjoint half-open pairs. Pure; the ground the calendar reckons on.

A ``Pair`` is ``(start, end)`` in UTC, start included, end not. An open end is ``FOREVER``. One ``TICK`` is the
smallest step of time there is, so a left-open bound can be written as the next tick.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from zhongbao_core.clock import Span

Pair = tuple[datetime, datetime]

FOREVER = datetime.max.replace(tzinfo=UTC)
"""Stands for "no end" while reckoning; ``to_span`` turns it back into None."""
TICK = timedelta(microseconds=1)


def to_span(pair: Pair) -> Span:
    """The pair as the Span everybody else uses."""
    return Span(pair[0], None if pair[1] == FOREVER else pair[1])


def to_pair(span: Span) -> Pair:
    """The span with its open end as FOREVER."""
    return span.start, FOREVER if span.end is None else span.end


def merge(pairs: Iterable[Pair]) -> list[Pair]:
    """The union of ``pairs`` in any order: sorted, overlapping and touching ones joined, empty ones gone."""
    merged: list[Pair] = []
    for start, end in sorted(pairs):
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def intersect(left: Sequence[Pair], right: Sequence[Pair]) -> list[Pair]:
    """What two sets share."""
    found: list[Pair] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < end:
            found.append((start, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return found


def subtract(left: Sequence[Pair], right: Sequence[Pair]) -> list[Pair]:
    """What of ``left`` is not in ``right``."""
    found: list[Pair] = []
    j = 0
    for start, end in left:
        while j < len(right) and right[j][1] <= start:
            j += 1
        k = j
        while k < len(right) and right[k][0] < end:
            if start < right[k][0]:
                found.append((start, right[k][0]))
            start = max(start, right[k][1])
            k += 1
        if start < end:
            found.append((start, end))
    return found


def dilate(pairs: Iterable[Pair], length: timedelta) -> list[Pair]:
    """The starts of all stretches of ``length`` (one tick at least) that touch the set."""
    back = max(length, TICK) - TICK
    return merge((start - back, end) for start, end in pairs)


def erode(pairs: Iterable[Pair], length: timedelta) -> list[Pair]:
    """The starts of all stretches of ``length`` (one tick at least) that lie whole inside one pair of the set."""
    back = max(length, TICK) - TICK
    return [(start, end if end == FOREVER else end - back) for start, end in pairs if end - start > back]


def covers(pairs: Iterable[Pair], start: datetime, end: datetime) -> bool:
    """Whether one pair holds all of [start, end)."""
    return any(left <= start and end <= right for left, right in pairs)
