"""When a window holds: whole intervals in UTC, and which of them hang on holiday data nobody has yet. Pure.

``SpanCache`` remembers expanded stretches and belongs to the caller; answers never depend on what it holds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from freeze.intervals import FOREVER, TICK, Pair, merge, to_pair, to_span
from freeze.model import Cron, Once, Window
from freeze.policy import Holidays
from freeze.recurrence import BLOCK, Shape, day_pairs, firing_days, shape
from zhongbao_core.clock import Span, iso, resolve, zone
from zhongbao_core.errors import CalendarDataError, CannotTellError
from zhongbao_core.text import Text

BACK, REACH = 2, 12
"""Blocks (of 64 days) an interval is followed to the past and the future; beyond, it has no end in sight."""
FIRST_YEAR, LAST_YEAR = 1970, 2400
_SLACK = timedelta(days=2)
_MAX_LINES = 64


class Coverage(NamedTuple):
    """The intervals of a window that touch a stretch, and those that exist only if an unknown day turns out so."""

    known: list[Pair]
    maybe: list[Pair]


class _Entry:
    """One window, prepared: its shape, its expanded blocks and the merged lines made of them."""

    __slots__ = ("blocks", "lines", "shape", "single", "valid", "window")

    def __init__(self, window: Window) -> None:
        self.window = window
        self.valid = to_pair(window.valid) if window.valid is not None else None
        self.blocks: dict[int, Coverage] = {}
        self.lines: dict[tuple[int, int], _Line] = {}
        self.shape: Shape | None = None
        self.single: list[Pair] = []
        if isinstance(window.when, Once):
            self.single = _once(window, window.when)
        else:
            deny = window.effect == "deny"
            self.shape = shape(window.when.schedule, window.when.duration, window.zone, outward=deny)


class _Line(NamedTuple):
    starts: list[datetime]
    ends: list[datetime]
    maybe: list[Pair]


class SpanCache:
    """Expanded windows, kept by window id; a window that changed under the same id is expanded anew.

    ``holidays`` is asked only when a window with ``days`` needs it. Make one per loaded policy.
    """

    def __init__(self, holidays: Callable[[], Holidays]) -> None:
        self._holidays = holidays
        self._entries: dict[str, _Entry] = {}

    def coverage(self, window: Window, start: datetime, end: datetime) -> Coverage:
        """The intervals of ``window`` that touch [start, end), whole; followed BACK blocks to the past and REACH to the future.

        An interval that goes on beyond that has the end FOREVER. Raises CannotTellError for instants outside
        the years 1970 to 2400, ZoneError and InputError for a window that should not have been loaded.
        """
        if start.year < FIRST_YEAR or end.year > LAST_YEAR:
            raise _out_of_range(start)
        entry = self._entry(window)
        if entry.shape is None:
            return Coverage([pair for pair in entry.single if pair[0] < end and start < pair[1]], [])
        try:
            return self._recurring(entry, entry.shape, start, end)
        except OverflowError as error:
            raise _out_of_range(start) from error

    def _entry(self, window: Window) -> _Entry:
        entry = self._entries.get(window.id)
        if entry is None or (entry.window is not window and entry.window != window):
            entry = self._entries[window.id] = _Entry(window)
        return entry

    def _recurring(self, entry: _Entry, what: Shape, start: datetime, end: datetime) -> Coverage:
        low = first = _block_of(start - what.length - _SLACK)
        high = last = _block_of(end + _SLACK)
        while True:
            line = self._line(entry, what, low, high)
            i, j = bisect_right(line.ends, start), bisect_left(line.starts, end)
            if i < j and low > first - BACK and line.starts[i] <= _block_start(low) + what.length + _SLACK:
                low = max(first - BACK, low - (high - low + 1))
            elif i < j and line.ends[j - 1] >= _block_start(high + 1) - _SLACK:
                if high == last + REACH:
                    return _cut(line, i, j, start, end, endless=True)
                high = min(last + REACH, high + (high - low + 1))
            else:
                return _cut(line, i, j, start, end, endless=False)

    def _line(self, entry: _Entry, what: Shape, low: int, high: int) -> _Line:
        line = entry.lines.get((low, high))
        if line is None:
            blocks = [self._block(entry, what, number) for number in range(low, high + 1)]
            known = merge(pair for block in blocks for pair in block.known)
            maybe = merge(pair for block in blocks for pair in block.maybe)
            line = _Line([pair[0] for pair in known], [pair[1] for pair in known], maybe)
            if len(entry.lines) >= _MAX_LINES:
                entry.lines.clear()
            entry.lines[low, high] = line
        return line

    def _block(self, entry: _Entry, what: Shape, number: int) -> Coverage:
        block = entry.blocks.get(number)
        if block is None:
            if len(entry.blocks) >= 8 * REACH:
                entry.blocks.clear()
            block = entry.blocks[number] = self._expand(entry, what, number)
        return block

    def _expand(self, entry: _Entry, what: Shape, number: int) -> Coverage:
        if entry.valid is not None and not _reaches(entry.valid, number):
            return Coverage([], [])
        days = entry.window.when.days if isinstance(entry.window.when, Cron) else "any"
        known: list[Pair] = []
        maybe: list[Pair] = []
        for day in firing_days(what.pattern, number):
            off = None if days == "any" else self._holidays().is_off(day)
            if days == "any" or off is (days == "holidays"):
                known += day_pairs(what, day, entry.valid)
            elif off is None:
                maybe += day_pairs(what, day, entry.valid)
        return Coverage(merge(known), merge(maybe))


def spans(window: Window, start: datetime, end: datetime, holidays: Holidays) -> list[Span]:
    """The merged half-open intervals of ``window`` that touch [start, end), whole, in order; end None is open.

    Raises CalendarDataError where an interval inside hangs on a day no holiday data is known for.
    """
    found = SpanCache(lambda: holidays).coverage(window, start, max(end, start + TICK))
    unsure = [pair for pair in found.maybe if not any(a <= pair[0] and pair[1] <= b for a, b in found.known)]
    if unsure:
        raise unknown_day(window, unsure[0][0])
    return [to_span(pair) for pair in found.known]


def span_at(window: Window, at: datetime, holidays: Holidays) -> Span | None:
    """The merged interval of ``window`` that holds at ``at``, or None.

    Raises CalendarDataError where that hangs on a day no holiday data is known for.
    """
    found = SpanCache(lambda: holidays).coverage(window, at, at + TICK)
    if found.known:
        return to_span(found.known[0])
    if found.maybe:
        raise unknown_day(window, at)
    return None


def unknown_day(window: Window, at: datetime) -> CalendarDataError:
    """The error for an answer that depends on holiday data nobody has supplied."""
    year = at.astimezone(zone(window.zone)).year
    return CalendarDataError(
        Text(
            f"窗口 {window.id} 取决于 {year} 年的节假日数据，尚无公布或补充",
            f"window {window.id} depends on holiday data of {year} that nobody has published or supplied",
        ),
        Text(
            f"在 holidays.yaml 补充 {year} 年的放假与调休", f"supply {year} in holidays.yaml (days off, working days)"
        ),
        window=window.id,
        year=year,
    )


def _once(window: Window, when: Once) -> list[Pair]:
    deny = window.effect == "deny"
    start = _instant(when.start, window.zone, earlier=deny)
    end = FOREVER if when.end is None else _instant(when.end, window.zone, earlier=not deny)
    return [(start, end)] if start < end else []


def _instant(wall: datetime, zone_name: str, *, earlier: bool) -> datetime:
    where = zone(zone_name)
    if wall.tzinfo is not None:
        return wall.astimezone(UTC)
    return resolve(wall, where, "earlier" if earlier else "later")


def _cut(line: _Line, i: int, j: int, start: datetime, end: datetime, *, endless: bool) -> Coverage:
    known = list(zip(line.starts[i:j], line.ends[i:j], strict=True))
    if endless:
        known[-1] = (known[-1][0], FOREVER)
    return Coverage(known, [pair for pair in line.maybe if pair[0] < end and start < pair[1]])


def _block_of(at: datetime) -> int:
    return at.toordinal() // BLOCK


def _block_start(number: int) -> datetime:
    return datetime.fromordinal(max(1, number * BLOCK)).replace(tzinfo=UTC)


def _reaches(valid: Pair, number: int) -> bool:
    return valid[0] < _block_start(number + 1) + _SLACK and _block_start(number) - _SLACK < valid[1]


def _out_of_range(at: datetime) -> CannotTellError:
    return CannotTellError(
        Text(f"时刻 {iso(at)} 超出可判定范围", f"instant {iso(at)} is outside what can be reckoned"),
        Text(f"可用 {FIRST_YEAR} 至 {LAST_YEAR} 年", f"use the years {FIRST_YEAR} to {LAST_YEAR}"),
        reason_code="TIME_OUT_OF_RANGE",
    )
