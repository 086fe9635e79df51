"""The next instant at which a change may go out, found by reckoning with sets of instants. Pure.

For each target: the instants at which a change of the asked length would stand at each level (deny windows and
phases, dilated by the length), of these the ones whose treatment lets it through, within its hours and within the
allow windows of each tier (both eroded by the length). What all targets share is open; its first instant is the
answer. Stretches are looked at one after another, each twice as long as the one before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import reduce
from typing import Literal, NamedTuple

from freeze.calendar.hours import hour_pairs
from freeze.calendar.intervals import FOREVER, TICK, Pair, dilate, erode, intersect, merge, subtract, to_pair
from freeze.calendar.spans import SpanCache, check_range
from freeze.calendar.standing import Reach, allow_groups, cache_of, reach_of, treatment_for
from freeze.model import Treatment, Window
from freeze.policy import Hit, Policy
from zhongbao_core.approval.subject import Target
from zhongbao_core.clock import show, zone
from zhongbao_core.event import Level
from zhongbao_core.text import NOTHING, Text

How = Literal["free", "with_permit", ""]

HORIZON = timedelta(days=730)
"""How far ahead is looked, at most."""
_FIRST = timedelta(days=16)
_LEVELS = tuple(Level)


class Opening(NamedTuple):
    """The next opening: when, whether a permit is still needed then, and what is to be said about it.

    ``at`` None: there is none, ``note`` says why. A note beside an instant says it may be earlier.
    """

    at: datetime | None
    how: How
    note: Text


class _Search(NamedTuple):
    """What stays the same through one search."""

    policy: Policy
    cache: SpanCache
    reaches: tuple[Reach, ...]
    """One for each distinct way targets are reached."""
    treatments: Mapping[Level, Treatment]
    phases: tuple[tuple[Level, Pair], ...]
    length: timedelta
    emergency: bool
    want: tuple[str, ...]
    """Actions that count as open."""


class _Found(NamedTuple):
    open: list[Pair]
    possible: list[Pair]
    """Open if unknown days turn out well."""
    unknown_from: datetime | None
    blocked_for_good: bool


def next_opening(
    policy: Policy,
    targets: Sequence[Target],
    kind: str,
    change_class: str,
    labels: Mapping[str, str],
    duration: timedelta,
    at: datetime,
    *,
    horizon: timedelta = HORIZON,
    free_only: bool = False,
    cache: SpanCache | None = None,
) -> Opening:
    """When a change may next start: all of [instant, instant + duration) is free or open to a permit.

    The first such instant from ``at`` on, as a whole minute or ``at`` itself; between them only where the opening
    is shorter than that.

    With ``free_only`` a permit does not count. ``horizon`` is 730 days at most. ``labels`` as in ``standing``.
    Never raises for missing holiday data: the note says from when on nothing is known.
    """
    if not targets or any(policy.system(target.system) is None for target in targets):
        return Opening(None, "", Text("系统未登记：登记之前一律封网", "unregistered system: held until registered"))
    check_range(at, at + HORIZON)
    search = _search(policy, targets, kind, change_class, duration, free_only, cache)
    low, last, step = at, at + min(horizon, HORIZON), _FIRST
    unknown: datetime | None = None
    while low < last:
        high = min(low + step, last)
        found = _stretch(search, low, high)
        unknown = unknown or _unsure(found)
        if found.open:
            return _opening(search, _round(found.open[0], at), unknown)
        if found.blocked_for_good:
            break
        low, step = high, step * 2
    return Opening(None, "", _why_none(search, unknown, low < last))


def _round(pair: Pair, asked: datetime) -> datetime:
    """The first whole minute of an opening, where it has one; the instant asked about stays as it is.

    An opening may begin one tick after a minute, where touching a stricter level is what opens it.
    """
    first = pair[0]
    over = timedelta(seconds=first.second, microseconds=first.microsecond)
    minute = first - over + timedelta(minutes=1)
    return minute if over and first != asked and minute < pair[1] else first


def how_at(
    policy: Policy,
    targets: Sequence[Target],
    kind: str,
    change_class: str,
    duration: timedelta,
    at: datetime,
    *,
    cache: SpanCache | None = None,
) -> How:
    """Whether a change of that length may start exactly at ``at``: free, with a permit, or not (empty)."""
    found = _at(policy, targets, kind, change_class, duration, at, cache, free_only=True)
    if found:
        return "free"
    return "with_permit" if _at(policy, targets, kind, change_class, duration, at, cache, free_only=False) else ""


def _at(
    policy: Policy,
    targets: Sequence[Target],
    kind: str,
    change_class: str,
    duration: timedelta,
    at: datetime,
    cache: SpanCache | None,
    *,
    free_only: bool,
) -> bool:
    search = _search(policy, targets, kind, change_class, duration, free_only, cache)
    return bool(_stretch(search, at, at + TICK).open)


def _search(
    policy: Policy,
    targets: Sequence[Target],
    kind: str,
    change_class: str,
    duration: timedelta,
    free_only: bool,
    cache: SpanCache | None,
) -> _Search:
    event = policy.event
    reaches = {_key(reach): reach for target in targets if (reach := reach_of(policy, [target], kind))}
    return _Search(
        policy=policy,
        cache=cache_of(policy, cache),
        reaches=tuple(reaches.values()),
        treatments={level: treatment_for(policy, level, kind, change_class) for level in _LEVELS},
        phases=tuple((item.level, to_pair(item.span)) for item in (event.phases if event else ())),
        length=min(max(duration, TICK), HORIZON),
        emergency=change_class == "emergency",
        want=("allow",) if free_only else ("allow", "approve"),
    )


def _key(reach: Reach) -> tuple[frozenset[str], frozenset[str]]:
    return (
        frozenset(hit.window.id for hit, _ in reach.denies),
        frozenset(hit.window.id for hit, _ in reach.allows),
    )


def _stretch(search: _Search, low: datetime, high: datetime) -> _Found:
    """What is open in [low, high), with unknown days taken at their worst and at their best."""
    worst, best = [(low, high)], [(low, high)]
    unknown: list[datetime] = []
    for_good = False
    for reach in search.reaches:
        denied = _denied(search, reach, low, high)
        groups = [] if search.emergency else list(_groups(search, reach, low, high))
        maybes = [pair for _, pair, sure in denied if not sure] + [pair for _, both in groups for pair in both[1]]
        unknown += [pair[0] for pair in maybes]
        sure_only = [(level, pair) for level, pair, sure in denied if sure]
        every = [(level, pair) for level, pair, _ in denied]
        hard = _treated(search, every, low, high)
        soft = _treated(search, sure_only, low, high) if len(every) != len(sure_only) else hard
        worst = reduce(intersect, [known for known, _ in groups], intersect(worst, hard))
        best = reduce(intersect, [either for _, (either, _) in groups], intersect(best, merge([*soft, *hard])))
        for_good = for_good or _for_good(search, reach, high)
    return _Found(intersect(worst, best), best, min(unknown, default=None), for_good)


_Denied = list[tuple[Level, Pair, bool]]


def _denied(search: _Search, reach: Reach, low: datetime, high: datetime) -> _Denied:
    """Phases and deny windows near the stretch, with their level and whether they are sure."""
    end = high + search.length
    found = [(level, pair, True) for level, pair in search.phases if pair[0] < end and low < pair[1]]
    for level, windows in _by_level(reach).items():
        known, maybe = search.cache.union(windows, low, end)
        found += [(level, pair, True) for pair in known]
        found += [(level, pair, False) for pair in maybe]
    return found


def _by_level(reach: Reach) -> dict[Level, list[Window]]:
    found: dict[Level, list[Window]] = {}
    for hit, _ in reach.denies:
        found.setdefault(hit.window.level, []).append(hit.window)
    return found


def _treated(search: _Search, denied: Sequence[tuple[Level, Pair]], low: datetime, high: datetime) -> list[Pair]:
    """Starts in [low, high) whose strictest level lets the change through, within that level's hours."""
    above: list[Pair] = []
    opened: list[Pair] = []
    for level in reversed(_LEVELS):
        pairs = [(low, high)] if level == Level.NONE else [pair for item, pair in denied if item == level]
        here = pairs if level == Level.NONE else dilate(pairs, search.length)
        opened += _in_hours(search, search.treatments[level], subtract(here, above), low, high)
        above = merge([*above, *here])
    return intersect([(low, high)], merge(opened))


def _in_hours(search: _Search, rule: Treatment, pairs: list[Pair], low: datetime, high: datetime) -> list[Pair]:
    if rule.action not in search.want or not pairs:
        return []
    if not rule.hours:
        return pairs
    hours = hour_pairs(rule.hours, search.policy.zone, low, high + search.length)
    return intersect(pairs, erode(hours, search.length))


def _groups(
    search: _Search, reach: Reach, low: datetime, high: datetime
) -> Iterator[tuple[list[Pair], tuple[list[Pair], list[Pair]]]]:
    """For each tier with allow windows: starts that are inside, starts that may be, and the unknown stretches."""
    for group in _tiers(reach).values():
        known, maybe = search.cache.union([hit.window for hit in group], low, high + search.length)
        either = merge([*known, *maybe]) if maybe else known
        yield erode(known, search.length), (erode(either, search.length), maybe)


def _tiers(reach: Reach) -> dict[tuple[Target, str], list[Hit]]:
    return allow_groups(reach.allows)


def _for_good(search: _Search, reach: Reach, high: datetime) -> bool:
    """Whether something without an end begins by ``high`` that blocks, as does everything stricter."""
    found = [level for level, pair in search.phases if pair[1] == FOREVER and pair[0] <= high]
    for level, windows in _by_level(reach).items():
        start = search.cache.endless_from(windows)
        found += [level] if start is not None and start <= high else []
    return bool(found) and all(
        search.treatments[level].action not in search.want for level in _LEVELS if level >= max(found)
    )


def _unsure(found: _Found) -> datetime | None:
    """From when on nothing is known for sure, where that may hide an earlier opening."""
    if found.unknown_from is None:
        return None
    first = found.open[0][0] if found.open else None
    return found.unknown_from if found.possible and (first is None or found.possible[0][0] < first) else None


def _opening(search: _Search, at: datetime, unknown: datetime | None) -> Opening:
    free = search._replace(want=("allow",))
    how: How = "free" if _stretch(free, at, at + TICK).open else "with_permit"
    if unknown is None:
        return Opening(at, how, NOTHING)
    day = _day(search, unknown)
    return Opening(
        at,
        how,
        Text(f"{day} 之后的节假日数据未知，可能更早", f"may be earlier: unknown after {day} (no holiday data)"),
    )


def _why_none(search: _Search, unknown: datetime | None, endless: bool) -> Text:
    if unknown is not None:
        day = _day(search, unknown)
        return Text(f"{day} 之后未知：缺少节假日数据", f"unknown after {day}: no holiday data")
    if endless:
        return Text("结束时间未定，待签发解除", "no known end: it holds until a signed lift")
    return Text("两年之内没有开口", "no opening within two years")


def _day(search: _Search, at: datetime) -> str:
    return show(at, zone(search.policy.zone))[:10]
