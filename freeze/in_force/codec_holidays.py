"""Holidays to JSON and back, for the compiled policy.

Readers expect what a writer of ours wrote; on anything else they raise KeyError, TypeError or ValueError.
"""

from __future__ import annotations

from datetime import date

from freeze.policy import Holidays
from zhongbao_core.codec import Json


def holidays_to_json(holidays: Holidays) -> Json:
    """By year: working days off and weekend days worked; the weekends themselves are not written."""
    return {str(year): _year_to_json(holidays, year) for year in sorted(holidays.known)}


def holidays_from_json(value: Json) -> Holidays:
    """The holidays of ``holidays_to_json``."""
    off: set[date] = set()
    for year, change in value.items():
        days = set(_weekends(int(year)))
        days.update(date.fromisoformat(f"{year}-{day}") for day in change["off"])
        days.difference_update(date.fromisoformat(f"{year}-{day}") for day in change["work"])
        off |= days
    return Holidays(frozenset(off), frozenset(int(year) for year in value))


def _year_to_json(holidays: Holidays, year: int) -> Json:
    weekends = set(_weekends(year))
    off = {day for day in holidays.off if day.year == year}
    return {
        "off": [day.strftime("%m-%d") for day in sorted(off - weekends)],
        "work": [day.strftime("%m-%d") for day in sorted(weekends - off)],
    }


def _weekends(year: int) -> list[date]:
    """All Saturdays and Sundays of ``year``."""
    first = date(year, 1, 1)
    saturday = first.toordinal() + (5 - first.weekday()) % 7
    last = date(year, 12, 31).toordinal()
    days = [*range(saturday, last + 1, 7), *range(saturday + 1, last + 1, 7)]
    if first.weekday() == 6:
        days.append(first.toordinal())
    return [date.fromordinal(day) for day in days]
