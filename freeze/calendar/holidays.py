"""Days off in China by official notice, with the company's override laid over them. For authoring, not for gates."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache

from freeze.policy import Holidays
from zhongbao_core.errors import InputError
from zhongbao_core.text import Text

Override = Mapping[int, Mapping[str, Collection[date]]]
"""Year to ``{"off": [...], "work": [...]}``; lists, read more than once."""


def build_holidays(override: Override, years: Iterable[int]) -> Holidays:
    """Holidays for ``years``: the published notices, then the override on top.

    A year the package does not know is known only where the override names it; its weekends are then off unless
    ``work`` says otherwise. Years without either stay unknown: whoever depends on them is told so.
    """
    off: set[date] = set()
    known: set[int] = set()
    for year in sorted({*years, *override}):
        base = published(year)
        if base is None and year not in override:
            continue
        known.add(year)
        said = override.get(year, {})
        _refuse_other_years(year, said)
        off |= ((base if base is not None else weekends(year)) | set(said.get("off", ()))) - set(said.get("work", ()))
    return Holidays(frozenset(off), frozenset(known))


def _refuse_other_years(year: int, said: Mapping[str, Collection[date]]) -> None:
    for day in (day for days in said.values() for day in days):
        if day.year != year:
            raise InputError(
                Text(f"{day} 写在 {year} 年之下", f"{day} stands under the year {year}"),
                Text("移到它自己的年份", "move it to its own year"),
                day=day.isoformat(),
            )


@lru_cache(maxsize=256)
def published(year: int) -> frozenset[date] | None:
    """All days off of ``year`` by the published notice (weekends counted); None where there is none yet."""
    from chinese_calendar import is_holiday

    try:
        return frozenset(day for day in days_of(year) if is_holiday(day))
    except NotImplementedError:
        return None


def weekends(year: int) -> set[date]:
    """Saturdays and Sundays of ``year``."""
    return {day for day in days_of(year) if day.weekday() >= 5}


def days_of(year: int) -> list[date]:
    """Every date of ``year``."""
    first = date(year, 1, 1)
    return [first + timedelta(days=offset) for offset in range((date(year + 1, 1, 1) - first).days)]
