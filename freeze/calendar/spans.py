"""When a window holds: whole intervals in UTC, and which of them hang on holiday data nobody has yet. Pure.

``SpanCache`` remembers expanded stretches and belongs to the caller; answers never depend on what it holds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from freeze.calendar.intervals import FOREVER, TICK, Pair, merge, to_pair, to_span
from freeze.calendar.recurrence import BLOCK, Shape, fire_pairs, firing_days, shape
from freeze.model import Cron, Once, Window
from freeze.policy import Holidays
from zhongbao_core.clock import Span, iso, resolve, zone
from zhongbao_core.errors import CalendarDataError, CannotTellError
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

BACK, REACH = 8, 48
"""Blocks (of 16 days) an interval is followed to the past and the future; beyond, it has no end in sight."""
FIRST_YEAR, LAST_YEAR = 1970, 2400
UNION = 2
"""Blocks of one remembered union."""
_SLACK = timedelta(days=2)
_NEAR = timedelta(days=32)
_WIDEST = 64
_MOST_UNIONS = 4096


class Coverage(NamedTuple):
    """The intervals of a window that touch a stretch, and those that exist only if an unknown day turns out so."""

    known: list[Pair]
    maybe: list[Pair]


_NONE = Coverage([], [])


class _Entry:
    """One window, prepared: its shape, its expanded blocks and the merged lines made of them."""

    __slots__ = ("blocks", "line", "shape", "single", "valid", "window")

    def __init__(self, window: Window) -> None:
        self.window = window
        self.valid = to_pair(window.valid) if window.valid is not None else None
        self.blocks: dict[int, Coverage] = {}
        self.line: _Line | None = None
        self.shape: Shape | None = None
        self.single: list[Pair] = []
        if isinstance(window.when, Once):
            self.single = _once(window, window.when)
        else:
            deny = window.effect == "deny"
            self.shape = shape(window.when.schedule, window.when.duration, window.zone, outward=deny)


class _Line(NamedTuple):
    """All intervals of the fires in the blocks ``low`` to ``high``; complete from ``left`` to ``right``."""

    low: int
    high: int
    left: datetime
    right: datetime
    starts: list[datetime]
    ends: list[datetime]
    maybe: list[Pair]

    def near(self, i: int, j: int, start: datetime, end: datetime) -> bool:
        """Whether the intervals i to j begin and end inside the line and not far from what was asked."""
        first, last = self.starts[i], self.ends[j - 1]
        return self.left < first and last < self.right and start - first < _NEAR and last - end < _NEAR


class SpanCache:
    """Expanded windows, kept by window id; a window that changed under the same id is expanded anew.

    ``holidays`` is asked only when a window with ``days`` needs it. Make one per loaded policy.
    """

    def __init__(self, holidays: Callable[[], Holidays]) -> None:
        self._holidays = holidays
        self._entries: dict[str, _Entry] = {}
        self._unions: dict[tuple[int, tuple[str, ...]], tuple[list[Window], Coverage]] = {}

    def coverage(self, window: Window, start: datetime, end: datetime) -> Coverage:
        """The intervals of ``window`` that touch [start, end), whole; followed BACK blocks to the past and REACH to the future.

        An interval that goes on beyond that has the end FOREVER. The lists are to be read only. Raises
        CannotTellError for instants out of reckoning, ZoneError and InputError for a window that should not
        have been loaded.
        """
        entry = self._entries.get(window.id)
        if entry is None or entry.window is not window:
            entry = self._entry(window)
        if entry.shape is None:
            pairs = [pair for pair in entry.single if pair[0] < end and start < pair[1]]
            return Coverage(pairs, []) if pairs else _NONE
        try:
            return self._recurring(entry, entry.shape, start, end)
        except OverflowError as error:
            raise _out_of_range(start) from error

    def _entry(self, window: Window) -> _Entry:
        entry = self._entries.get(window.id)
        if entry is None or (entry.window is not window and entry.window != window):
            entry = self._entries[window.id] = _Entry(window)
        return entry

    def union(self, windows: list[Window], start: datetime, end: datetime) -> Coverage:
        """The union of ``windows`` around [start, end), cut at the borders of blocks outside it; remembered."""
        if not windows:
            return Coverage([], [])
        low, high = _block_of(start) // UNION, _block_of(end) // UNION
        parts = [self._union(windows, number) for number in range(low, high + 1)]
        return Coverage(
            merge(pair for part in parts for pair in part.known), merge(pair for part in parts for pair in part.maybe)
        )

    def endless_from(self, windows: list[Window]) -> datetime | None:
        """When the first one-off window without an end begins, or None."""
        pairs = [pair for window in windows for pair in self._entry(window).single]
        return min((pair[0] for pair in pairs if pair[1] == FOREVER), default=None)

    def _union(self, windows: list[Window], number: int) -> Coverage:
        key = number, tuple(window.id for window in windows)
        known = self._unions.get(key)
        if known is not None and known[0] == windows:
            return known[1]
        start, end = _block_start(number * UNION), _block_start((number + 1) * UNION)
        parts = [self.coverage(window, start, end) for window in windows]
        union = Coverage(
            _clipped((part.known for part in parts), start, end), _clipped((part.maybe for part in parts), start, end)
        )
        if len(self._unions) >= _MOST_UNIONS:
            self._unions.clear()
        self._unions[key] = windows, union
        return union

    def _recurring(self, entry: _Entry, what: Shape, start: datetime, end: datetime) -> Coverage:
        line = entry.line
        if line is None or start < line.left or line.right < end:
            line = entry.line = self._widened(entry, what, start, end)
        i = bisect_right(line.ends, start)
        j = bisect_left(line.starts, end, i)
        if i == j and not line.maybe:
            return _NONE
        if i == j or line.near(i, j, start, end):
            return _cut(line, i, j, start, end, endless=False)
        return self._followed(entry, what, start, end)

    def _widened(self, entry: _Entry, what: Shape, start: datetime, end: datetime) -> _Line:
        """A line that is complete over [start, end), grown from the one there is where that is not far away."""
        low, high = _block_of(start - what.length - _SLACK), _block_of(end + _SLACK)
        if entry.line is not None:
            both = min(low, entry.line.low), max(high, entry.line.high)
            low, high = both if both[1] - both[0] < max(_WIDEST, high - low) else (low, high)
        return self._line(entry, what, low, high)

    def _followed(self, entry: _Entry, what: Shape, start: datetime, end: datetime) -> Coverage:
        """Intervals that go far beyond what was asked, followed to where BACK and REACH end."""
        low = first = _block_of(start - what.length - _SLACK)
        high = last = _block_of(end + _SLACK)
        while True:
            line = self._line(entry, what, low, high)
            i = bisect_right(line.ends, start)
            j = bisect_left(line.starts, end, i)
            if low > first - BACK and line.starts[i] <= line.left:
                low = max(first - BACK, low - (high - low + 1))
            elif line.ends[j - 1] < line.right:
                return _cut(line, i, j, start, end, endless=False)
            elif high == last + REACH:
                return _cut(line, i, j, start, end, endless=True)
            else:
                high = min(last + REACH, high + (high - low + 1))

    def _line(self, entry: _Entry, what: Shape, low: int, high: int) -> _Line:
        blocks = [self._block(entry, what, number) for number in range(low, high + 1)]
        known = merge(pair for block in blocks for pair in block.known)
        maybe = merge(pair for block in blocks for pair in block.maybe)
        left, right = _block_start(low) + what.length + _SLACK, _block_start(high + 1) - _SLACK
        return _Line(low, high, left, right, [pair[0] for pair in known], [pair[1] for pair in known], maybe)

    def _block(self, entry: _Entry, what: Shape, number: int) -> Coverage:
        block = entry.blocks.get(number)
        if block is None:
            if len(entry.blocks) >= 4 * (BACK + REACH):
                entry.blocks.clear()
            block = entry.blocks[number] = self._expand(entry, what, number)
        return block

    def _expand(self, entry: _Entry, what: Shape, number: int) -> Coverage:
        if entry.valid is not None and not _reaches(entry.valid, number):
            return Coverage([], [])
        days = entry.window.when.days if isinstance(entry.window.when, Cron) else "any"
        fires = firing_days(what.pattern, number)
        if days == "any":
            return Coverage(merge(fire_pairs(what, fires, entry.valid)), [])
        known: list[int] = []
        maybe: list[int] = []
        for day in fires:
            off = self._holidays().is_off(date.fromordinal(day))
            if off is None:
                maybe.append(day)
            elif off == (days == "holidays"):
                known.append(day)
        return Coverage(merge(fire_pairs(what, known, entry.valid)), merge(fire_pairs(what, maybe, entry.valid)))


def spans(window: Window, start: datetime, end: datetime, holidays: Holidays) -> list[Span]:
    """The merged half-open intervals of ``window`` that touch [start, end), whole, in order; end None is open.

    Raises CalendarDataError where an interval inside hangs on a day no holiday data is known for.
    """
    check_range(start, end)
    found = SpanCache(lambda: holidays).coverage(window, start, max(end, start + TICK))
    unsure = [pair for pair in found.maybe if not any(a <= pair[0] and pair[1] <= b for a, b in found.known)]
    if unsure:
        raise unknown_day(window, unsure[0][0])
    return [to_span(pair) for pair in found.known]


def span_at(window: Window, at: datetime, holidays: Holidays) -> Span | None:
    """The merged interval of ``window`` that holds at ``at``, or None.

    Raises CalendarDataError where that hangs on a day no holiday data is known for.
    """
    check_range(at, at)
    found = SpanCache(lambda: holidays).coverage(window, at, at + TICK)
    if found.known:
        return to_span(found.known[0])
    if found.maybe:
        raise unknown_day(window, at)
    return None


def check_range(start: datetime, end: datetime) -> None:
    """Raise CannotTellError for instants outside the years 1970 to 2400: nothing is reckoned there."""
    if start.year < FIRST_YEAR or end.year > LAST_YEAR:
        raise _out_of_range(start)


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


def _clipped(parts: Iterable[list[Pair]], start: datetime, end: datetime) -> list[Pair]:
    return merge((max(start, pair[0]), min(end, pair[1])) for part in parts for pair in part)


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
