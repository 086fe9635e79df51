"""Recurring windows: from a cron line and a length to intervals, day by day, with every reading of local time.

Cron is read on the local wall calendar. Fields are the classic five; weekday 0 and 7 are both Sunday; where day of
month and day of week are both given, either one fires (a field that begins with ``*`` counts as not given).

A fire at wall time ``w`` with length ``d`` can be read in several ways when a clock change is near: ``w`` may exist
twice or not at all, and the end may mean ``d`` of elapsed time or the wall time ``w + d``. A deny window holds from
the earliest start to the latest end of all readings; an allow window is open only from the latest start to the
earliest end. Away from clock changes all readings are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from freeze.calendar.intervals import Pair
from zhongbao_core.clock import resolve, zone
from zhongbao_core.errors import InputError
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from typing import NamedTuple
    from zoneinfo import ZoneInfo

    from cronsim import CronSim
else:
    from zhongbao_core.record import NamedTuple

BLOCK = 16
"""Days of one block of expansion."""
_CELL = 8
_DAY = timedelta(days=1)
_NO_TIME = timedelta()


class Pattern(NamedTuple):
    """A cron line taken apart: which days fire, and at which times of day."""

    sim: CronSim
    times: tuple[timedelta, ...]
    either: bool
    """Day of month and day of week are both given: either one fires."""
    weekdays: frozenset[int] | None
    """Where only weekdays decide: those that fire, Monday 0; None where dates or months decide too."""

    def fires_on(self, day: date) -> bool:
        """Whether the line fires on the wall date ``day``."""
        return day.month in self.sim.months and bool(self.sim.match_day(day))


@lru_cache(maxsize=4096)
def pattern(schedule: str) -> Pattern:
    """The cron line ``schedule``. Raises InputError where it is not five readable fields or can never fire."""
    from cronsim import CronSim, CronSimError

    if len(schedule.split()) != 5:
        raise _bad_schedule(
            schedule, Text("需要五段：分 时 日 月 周", "five fields are needed: min hour day month weekday")
        )
    try:
        sim = CronSim(schedule, datetime(2000, 1, 1))
    except CronSimError as error:
        raise _bad_schedule(schedule, _why(schedule, str(error))) from error
    times = tuple(timedelta(hours=hour, minutes=minute) for hour in sorted(sim.hours) for minute in sorted(sim.minutes))
    return Pattern(sim, times, not sim.day_and, _weekdays(sim))


def _weekdays(sim: CronSim) -> frozenset[int] | None:
    if not sim.day_and or len(sim.months) < 12 or sim.days != set(range(1, 32)):
        return None
    if not all(isinstance(item, int) for item in sim.weekdays):
        return None
    return frozenset((item - 1) % 7 for item in sim.weekdays if isinstance(item, int))


def never_fires(schedule: str) -> bool:
    """Whether the readable cron line names only dates that never come (31 February).

    Raises InputError where the line cannot be read at all. Looks through 40 years, which hold every combination
    of date, weekday and leap day.
    """
    try:
        known = pattern(schedule)
    except InputError as error:
        if error.reason_code == "SCHEDULE_NEVER":
            return True
        raise
    first = date(2000, 1, 1).toordinal()
    return not any(known.fires_on(date.fromordinal(first + day)) for day in range(40 * 366))


def explain(schedule: str) -> Text:
    """What a reader of the cron line may not expect, in words; the line itself stands beside it."""
    if pattern(schedule).either:
        return Text(
            f"{schedule}（日与周同时给出：任一满足即触发）",
            f"{schedule} (day of month and weekday both given: either one fires)",
        )
    return Text(schedule, schedule)


class Shape(NamedTuple):
    """What the expansion needs of a recurring window, prepared once."""

    pattern: Pattern
    zone: str
    length: timedelta
    outward: bool
    """Deny windows round outward at clock changes, allow windows inward."""
    template: tuple[tuple[timedelta, timedelta], ...]
    """One firing day on a steady clock, from midnight, merged."""


def shape(schedule: str, length: timedelta, zone_name: str, *, outward: bool) -> Shape:
    """The Shape of a recurring window. Raises InputError for the schedule and ZoneError for the zone."""
    zone(zone_name)
    known = pattern(schedule)
    return Shape(known, zone_name, length, outward, _template(known.times, length))


def firing_days(what: Pattern, block: int) -> Iterator[int]:
    """The ordinals of the wall dates of ``block`` (16 days each, counted by ordinal) on which the line fires."""
    days = range(max(1, block * BLOCK), (block + 1) * BLOCK)
    if what.weekdays is not None:
        wanted = what.weekdays
        return (day for day in days if (day - 1) % 7 in wanted)
    return (day for day in days if what.fires_on(date.fromordinal(day)))


def fire_pairs(what: Shape, days: Iterable[int], valid: Pair | None) -> Iterator[Pair]:
    """The intervals of the fires on ``days`` (ordinals); with ``valid`` only of fires that start inside it."""
    for day in days:
        midnight = datetime.fromordinal(day)
        steady = steady_offset(what.zone, day - 1, day + what.length.days + 2)
        if steady is not None and (valid is None or _well_inside(midnight, valid)):
            base = midnight.replace(tzinfo=UTC) - steady
            for start, end in what.template:
                yield base + start, base + end
        else:
            yield from _day_of_readings(what, midnight, valid)


def _day_of_readings(what: Shape, midnight: datetime, valid: Pair | None) -> Iterator[Pair]:
    where = zone(what.zone)
    for time in what.pattern.times:
        pair = _fire(what, midnight + time, where, valid)
        if pair is not None:
            yield pair


def readings(wall: datetime, length: timedelta, where: ZoneInfo) -> tuple[list[datetime], list[datetime]]:
    """All instants a fire at ``wall`` may start, and all it may end."""
    starts = [resolve(wall, where, "earlier"), resolve(wall, where, "later")]
    wall_end = wall + length
    ends = [resolve(wall_end, where, "earlier"), resolve(wall_end, where, "later")]
    return starts, ends + [start + length for start in starts]


def _fire(what: Shape, wall: datetime, where: ZoneInfo, valid: Pair | None) -> Pair | None:
    starts, ends = readings(wall, what.length, where)
    if valid is not None:
        inside = [valid[0] <= start < valid[1] for start in starts]
        if not (any(inside) if what.outward else all(inside)):
            return None
    if what.outward:
        return min(starts), max(ends)
    start, end = max(starts), min(ends)
    return (start, end) if start < end else None


def _template(times: tuple[timedelta, ...], length: timedelta) -> tuple[tuple[timedelta, timedelta], ...]:
    merged: list[tuple[timedelta, timedelta]] = []
    for start in times:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], start + length)
        else:
            merged.append((start, start + length))
    return tuple(merged) if length > _NO_TIME else ()


def _well_inside(midnight: datetime, valid: Pair) -> bool:
    day = midnight.replace(tzinfo=UTC)
    return valid[0] <= day - 2 * _DAY and day + 3 * _DAY <= valid[1]


def steady_offset(zone_name: str, first: int, last: int) -> timedelta | None:
    """The UTC offset of the zone over the days ``first`` to ``last`` (ordinals); None where it changes."""
    low, high = first // _CELL, last // _CELL
    steady = _cell(zone_name, low)
    for cell in range(low + 1, high + 1):
        if steady is None or _cell(zone_name, cell) != steady:
            return None
    return steady


@lru_cache(maxsize=8192)
def _cell(zone_name: str, cell: int) -> timedelta | None:
    where = zone(zone_name)
    offsets = set()
    for ordinal in range(cell * _CELL, (cell + 1) * _CELL + 1):
        midnight = datetime.fromordinal(max(1, ordinal)).replace(tzinfo=where)
        offsets |= {midnight.utcoffset(), midnight.replace(fold=1).utcoffset()}
    return offsets.pop() if len(offsets) == 1 else None


def _why(schedule: str, detail: str) -> Text | None:
    """The complaint; None where the line can be read but names dates that never come."""
    from cronsim import CronSim, CronSimError

    fields = schedule.split()
    try:
        CronSim(" ".join([*fields[:3], "*", fields[4]]), datetime(2000, 1, 1))
        CronSim(" ".join(["0", "0", "*", fields[3], "*"]), datetime(2000, 1, 1))
    except CronSimError:
        return Text(detail, detail)
    return None


def _bad_schedule(schedule: str, why: Text | None) -> InputError:
    if why is None:
        return InputError(
            Text(f"定时 {schedule!r} 的日期永远不会到来", f"schedule {schedule!r} names dates that never come"),
            Text("检查日与月，例如 2 月 31 日", "check day and month, for example 31 February"),
            reason_code="SCHEDULE_NEVER",
            schedule=schedule,
        )
    return InputError(
        Text(f"定时 {schedule!r} 不可读：{why.zh}", f"schedule {schedule!r} cannot be read: {why.en}"),
        Text("例如 0 22 * * 1-5（周一至周五 22:00）", "for example 0 22 * * 1-5 (Monday to Friday 22:00)"),
        reason_code="SCHEDULE_INVALID",
        schedule=schedule,
    )
