"""A second calendar, written from the page alone: every minute is looked at, nothing is cached or merged.

It shares no code with ``freeze`` but the pinned zone data: cron fields are read here, wall times become instants by
trying offsets, and a
minute is held where some reading (deny) or every reading (allow) of some fire covers it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from freeze.model import Cron, Once, Window
from freeze.policy import Holidays
from zhongbao_core.clock import zone as pinned

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def field(text: str, low: int, high: int) -> set[int]:
    """Numbers a cron field names: ``*``, lists, ranges and steps."""
    found: set[int] = set()
    for part in text.split(","):
        body, _, step = part.partition("/")
        if body == "*":
            first, last = low, high
        elif "-" in body:
            first, last = (int(item) for item in body.split("-"))
        else:
            first, last = int(body), high if step else int(body)
        found |= set(range(first, last + 1, int(step or 1)))
    return found


def fires(schedule: str, first: date, last: date) -> Iterable[datetime]:
    """Wall times at which the line fires from ``first`` to ``last``."""
    minute, hour, dom, month, dow = schedule.split()
    weekdays = {number % 7 for number in field(dow, 0, 7)}
    day = first
    while day <= last:
        by_date, by_week = day.day in field(dom, 1, 31), day.isoweekday() % 7 in weekdays
        both = dom.startswith("*") or dow.startswith("*")
        if (by_date and by_week if both else by_date or by_week) and day.month in field(month, 1, 12):
            for h in sorted(field(hour, 0, 23)):
                for m in sorted(field(minute, 0, 59)):
                    yield datetime(day.year, day.month, day.day, h, m)
        day += DAY


def offset(zone: ZoneInfo, at: datetime) -> timedelta:
    found = at.astimezone(zone).utcoffset()
    assert found is not None
    return found


def instants(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    """Instants that show ``wall`` on the clock; where none does, the two around the gap."""
    near = wall.replace(tzinfo=UTC)
    tried = [near - o for o in {offset(zone, near - DAY), offset(zone, near + DAY)}]
    shown = [at for at in tried if at.astimezone(zone).replace(tzinfo=None) == wall]
    return shown or tried


def stretch(
    wall: datetime, wall_end: datetime, zone: ZoneInfo, length: timedelta | None, effect: str
) -> tuple[datetime, datetime]:
    starts = instants(wall, zone)
    ends = instants(wall_end, zone) + ([start + length for start in starts] if length is not None else [])
    return (min(starts), max(ends)) if effect == "deny" else (max(starts), min(ends))


def stretches(window: Window, low: datetime, high: datetime, holidays: Holidays) -> list[tuple[datetime, datetime]]:
    """One interval for each fire near [low, high), unmerged."""
    zone = pinned(window.zone)
    if isinstance(window.when, Once):
        end = window.when.end or datetime(2200, 1, 1)
        return [stretch(window.when.start, end, zone, None, window.effect)]
    cron = window.when
    first, last = (low - cron.duration - 3 * DAY).date(), (high + 3 * DAY).date()
    return [
        stretch(wall, wall + cron.duration, zone, cron.duration, window.effect)
        for wall in fires(cron.schedule, first, last)
        if counts(window, cron, wall, zone, holidays)
    ]


def counts(window: Window, cron: Cron, wall: datetime, zone: ZoneInfo, holidays: Holidays) -> bool:
    if cron.days != "any":
        off = holidays.is_off(wall.date())
        assert off is not None, "the scan is only asked about known years"
        if off != (cron.days == "holidays"):
            return False
    if window.valid is None:
        return True
    inside = [window.valid.contains(at) for at in instants(wall, zone)]
    return any(inside) if window.effect == "deny" else all(inside)


def scan(window: Window, low: datetime, minutes: int, holidays: Holidays) -> bytearray:
    """One byte for each minute from ``low``: 1 where the window holds at that minute."""
    marks = bytearray(minutes)
    for start, end in stretches(window, low, low + minutes * MINUTE, holidays):
        first, last = (max(0, min(minutes, (at - low) // MINUTE)) for at in (start, end))
        marks[first:last] = b"\x01" * max(0, last - first)
    return marks
