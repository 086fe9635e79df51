"""Hours of a treatment or rung: local spans of the day in which something may be done. Pure.

Hours are an allowance, so at clock changes they round inward, like allow windows.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from freeze.calendar.intervals import TICK, Pair, covers
from freeze.calendar.recurrence import steady_offset
from zhongbao_core.clock import resolve, zone
from zhongbao_core.errors import InputError
from zhongbao_core.text import Text

Hours = tuple[tuple[str, str], ...]
Wall = tuple[datetime, datetime]

_DAY = timedelta(days=1)


def in_hours(hours: Hours, at: datetime, duration: timedelta, zone_name: str) -> bool:
    """Whether all of [at, at + duration) lies in ``hours`` of the zone; no hours means any hour.

    A span ``("22:00", "06:00")`` goes over midnight; ``24:00`` may be an end; equal ends are no time at all.
    """
    if not hours:
        return True
    end = at + max(duration, TICK)
    return covers(hour_pairs(hours, zone_name, at, end), at, end)


def hour_pairs(hours: Hours, zone_name: str, start: datetime, end: datetime) -> list[Pair]:
    """The hours as instants, all those that touch [start, end), whole where they are bounded."""
    pairs = (_inward(wall, zone_name) for wall in _walls(hours, start, end))
    return [pair for pair in pairs if pair[0] < pair[1] and pair[0] < end and start < pair[1]]


def _walls(hours: Hours, start: datetime, end: datetime) -> list[Wall]:
    """Wall intervals of the days around [start, end), joined before clock changes are looked at."""
    joined: list[Wall] = []
    day, lengths = datetime(start.year, start.month, start.day) - 3 * _DAY, _parsed(hours)
    last = datetime(end.year, end.month, end.day) + 3 * _DAY
    while day <= last:
        for opens, closes in lengths:
            if joined and day + opens <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(joined[-1][1], day + closes))
            else:
                joined.append((day + opens, day + closes))
        day += _DAY
    return joined


def _inward(wall: Wall, zone_name: str) -> Pair:
    steady = steady_offset(zone_name, wall[0].toordinal() - 1, wall[1].toordinal() + 1)
    if steady is not None:
        return wall[0].replace(tzinfo=UTC) - steady, wall[1].replace(tzinfo=UTC) - steady
    where = zone(zone_name)
    return resolve(wall[0], where, "later"), resolve(wall[1], where, "earlier")


@lru_cache(maxsize=512)
def _parsed(hours: Hours) -> tuple[tuple[timedelta, timedelta], ...]:
    found = []
    for opens, closes in hours:
        start, end = clock_time(opens), clock_time(closes)
        if start != end:
            found.append((start, end if start < end else end + _DAY))
    return tuple(sorted(found))


def clock_time(text: str) -> timedelta:
    """``HH:MM`` (to 24:00) as time since midnight. Raises InputError for anything else."""
    hour, colon, minute = text.partition(":")
    if colon and len(hour) == len(minute) == 2 and (hour + minute).isdecimal() and (hour + minute).isascii():
        length = timedelta(hours=int(hour), minutes=int(minute))
        if int(minute) < 60 and length <= _DAY:
            return length
    raise InputError(
        Text(f"时间 {text!r} 不可读", f"time {text!r} cannot be read"),
        Text('写成 "22:00"，最大 "24:00"', 'write "22:00", at most "24:00"'),
        reason_code="TIME_INVALID",
    )
