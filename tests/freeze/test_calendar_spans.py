"""Windows as intervals, against a minute-by-minute scan that shares no code with them."""

from __future__ import annotations

import os
import sys
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from calendar_scan import MINUTE, scan
from fakes import china_days, utc

from freeze.calendar import SpanCache, span_at, spans
from freeze.calendar.holidays import build_holidays, published
from freeze.calendar.intervals import FOREVER, Pair, dilate, erode, intersect, merge, subtract
from freeze.calendar.recurrence import explain, never_fires
from freeze.model import Cron, Once, Selector, Window
from freeze.policy import Holidays
from zhongbao_core.clock import Span
from zhongbao_core.errors import CalendarDataError, CannotTellError, InputError, ZoneError
from zhongbao_core.text import Text

DAYS = china_days(*range(2025, 2032))
HOUR = timedelta(hours=1)
SCALE = 20 if os.environ.get("ZHONGBAO_SOAK") else 1
ANYWHERE = Selector(everything=True)


def window(when: Cron | Once, zone: str = "Asia/Shanghai", effect: str = "deny", valid: Span | None = None) -> Window:
    return Window("w", Text("窗口", "window"), effect, zone, when, ANYWHERE, valid=valid)  # type: ignore[arg-type]


# (zone, first day of interest): both clock changes of each zone, and days where months and years turn
PLACES = [
    ("America/New_York", "2026-03-06"),
    ("America/New_York", "2026-10-30"),
    ("Australia/Lord_Howe", "2026-04-03"),
    ("Australia/Lord_Howe", "2026-10-02"),
    ("Australia/Sydney", "2026-04-03"),
    ("Australia/Sydney", "2026-10-02"),
    ("America/Havana", "2026-03-06"),
    ("Asia/Shanghai", "2026-12-29"),
    ("Asia/Shanghai", "2028-02-27"),
    ("Asia/Shanghai", "2026-02-26"),
    ("Europe/Dublin", "2026-10-23"),
    ("UTC", "2027-01-30"),
]
places = st.sampled_from(PLACES)
schedules = st.builds(
    " ".join,
    st.tuples(
        st.sampled_from(["0", "30", "15,45", "*/20", "59", "*"]),
        st.sampled_from(["*", "0", "1", "2", "1-3", "22", "23", "*/6", "0,12"]),
        st.sampled_from(["*", "*", "1", "28-31", "29", "*/2", "31"]),
        st.sampled_from(["*", "*", "2,3", "10-12", "1-12/3"]),
        st.sampled_from(["*", "*", "0", "7", "1-5", "6,0", "3"]),
    ),
)
lengths = st.one_of(st.sampled_from([10, 20, 30, 60, 90, 120, 480, 1440, 1470, 2880, 4321]), st.integers(1, 3000)).map(
    lambda minutes: timedelta(minutes=minutes)
)


@st.composite
def recurring(
    draw: st.DrawFn, days: tuple[str, ...] = ("any", "any", "workdays", "holidays")
) -> tuple[Window, datetime]:
    zone, day = draw(places)
    effect = draw(st.sampled_from(["deny", "allow"]))
    low = datetime.fromisoformat(day).replace(tzinfo=UTC)
    valid = None
    if draw(st.integers(0, 3)) == 0:
        start = low + draw(st.integers(-1000, 6000)) * MINUTE
        valid = Span(start, draw(st.sampled_from([None, start + 30 * HOUR])))
    cron = Cron(draw(schedules), draw(lengths), draw(st.sampled_from(days)))
    return window(cron, zone, effect, valid), low


def marks_of(pairs: list[Span], low: datetime, minutes: int) -> bytearray:
    marks = bytearray(minutes)
    for start, end in pairs:
        first = max(0, (start - low) // MINUTE)
        last = minutes if end is None else max(0, min(minutes, (end - low) // MINUTE))
        marks[first:last] = b"\x01" * max(0, last - first)
    return marks


@given(recurring())
@settings(max_examples=250 * SCALE, deadline=None)
def test_every_minute_agrees_with_a_scan(case: tuple[Window, datetime]) -> None:
    what, low = case
    minutes = 6 * 1440
    found = spans(what, low, low + minutes * MINUTE, DAYS)
    assert marks_of(found, low, minutes) == scan(what, low, minutes, DAYS)


@given(recurring())
@settings(max_examples=120 * SCALE, deadline=None)
def test_intervals_are_sorted_apart_and_touch_what_was_asked(case: tuple[Window, datetime]) -> None:
    what, low = case
    high = low + timedelta(days=6)
    found = spans(what, low, high, DAYS)
    assert all(item.end is None or low < item.end for item in found)
    assert all(item.start < high for item in found)
    assert all(left.end is not None and left.end < right.start for left, right in pairwise(found))


@given(recurring(), st.integers(0, 6 * 1440 - 1), st.lists(st.integers(-400, 400), max_size=4))
@settings(max_examples=120 * SCALE, deadline=None)
def test_an_answer_does_not_depend_on_what_was_asked_before(
    case: tuple[Window, datetime], minute: int, other_days: list[int]
) -> None:
    what, low = case
    at = low + minute * MINUTE
    cache = SpanCache(lambda: DAYS)
    for days in other_days:
        then = at + timedelta(days=days)
        if then.year in DAYS.known and (then + timedelta(days=10)).year in DAYS.known:
            cache.coverage(what, then, then + timedelta(days=3))
    assert cache.coverage(what, at, at + MINUTE) == SpanCache(lambda: DAYS).coverage(what, at, at + MINUTE)


@given(recurring(), st.integers(0, 6 * 1440 - 1))
@settings(max_examples=120 * SCALE, deadline=None)
def test_the_interval_at_an_instant_is_whole(case: tuple[Window, datetime], minute: int) -> None:
    what, low = case
    at = low + minute * MINUTE
    held = span_at(what, at, DAYS)
    assert (held is not None) == bool(scan(what, at, 1, DAYS)[0])
    if held is not None and held.end is not None:
        assert held.contains(at)
        assert scan(what, held.end, 1, DAYS)[0] == 0
        assert scan(what, held.end - MINUTE, 1, DAYS)[0] == 1


walls = st.builds(
    lambda day, minute: datetime.fromisoformat(day) + minute * MINUTE,
    places.map(lambda item: item[1]),
    st.integers(0, 6 * 1440),
)


@given(places, walls, st.one_of(st.none(), st.integers(1, 5000)), st.sampled_from(["deny", "allow"]))
@settings(max_examples=120 * SCALE, deadline=None)
def test_one_off_windows_agree_with_a_scan(
    place: tuple[str, str], start: datetime, length: int | None, effect: str
) -> None:
    what = window(Once(start, None if length is None else start + length * MINUTE), place[0], effect)
    low = start.replace(tzinfo=UTC) - timedelta(days=2)
    found = spans(what, low, low + 4 * 1440 * MINUTE, DAYS)
    assert marks_of(found, low, 4 * 1440) == scan(what, low, 4 * 1440, DAYS)


T = "2026-03-08"  # New York springs forward at 02:00 EST = 07:00Z
A = "2026-11-01"  # and falls back at 02:00 EDT = 06:00Z


@pytest.mark.parametrize(
    ("effect", "schedule", "hours", "asked", "start", "end"),
    [
        pytest.param(
            "deny", "30 2 * * *", 1, T, f"{T} 06:30", f"{T} 08:30", id="edge_04_spring_deny_grows_over_the_gap"
        ),
        pytest.param("allow", "30 2 * * *", 3, T, f"{T} 07:30", f"{T} 09:30", id="edge_04_spring_allow_shrinks"),
        pytest.param("allow", "30 2 * * *", 1, T, None, None, id="edge_04_spring_allow_inside_the_gap_is_nothing"),
        pytest.param(
            "deny", "30 1 * * *", 1, A, f"{A} 05:30", f"{A} 07:30", id="edge_04_autumn_deny_takes_both_passes"
        ),
        pytest.param(
            "allow", "30 1 * * *", 3, A, f"{A} 06:30", f"{A} 08:30", id="edge_04_autumn_allow_starts_at_the_second"
        ),
        pytest.param(
            "deny",
            "0 22 * * *",
            8,
            T,
            "2026-03-08 03:00",
            f"{T} 11:00",
            id="edge_04_spring_night_deny_to_the_later_reading",
        ),
        pytest.param(
            "allow",
            "0 22 * * *",
            8,
            T,
            "2026-03-08 03:00",
            f"{T} 10:00",
            id="edge_04_spring_night_allow_to_the_wall_end",
        ),
        pytest.param(
            "deny", "0 22 * * *", 8, A, f"{A} 02:00", f"{A} 11:00", id="edge_04_autumn_night_deny_to_the_wall_end"
        ),
        pytest.param(
            "allow", "0 22 * * *", 8, A, f"{A} 02:00", f"{A} 10:00", id="edge_04_autumn_night_allow_to_the_elapsed_end"
        ),
    ],
)
def test_clock_changes_in_new_york(
    effect: str, schedule: str, hours: int, asked: str, start: str | None, end: str | None
) -> None:
    what = window(Cron(schedule, hours * HOUR), "America/New_York", effect)
    middle = utc(f"{asked} 07:45")
    found = spans(what, middle - 6 * HOUR, middle + 4 * HOUR, DAYS)
    assert found == ([] if start is None or end is None else [Span(utc(start), utc(end))])


def test_edge_01_a_window_holds_its_first_instant_and_not_its_last() -> None:
    what = window(Once(datetime(2026, 11, 20, 22), datetime(2026, 11, 21, 6)))
    first, last = utc("2026-11-20 14:00"), utc("2026-11-20 22:00")
    tick = timedelta(microseconds=1)
    asked = (first - tick, first, last - tick, last)
    assert [span_at(what, at, DAYS) is not None for at in asked] == [False, True, True, False]


def test_edge_02_an_end_at_2400_is_the_start_of_the_next_day() -> None:
    what = window(Once(datetime(2026, 11, 20), datetime(2026, 11, 21)))  # 24:00 is read as the next 00:00
    assert span_at(what, utc("2026-11-20 12:00"), DAYS) == Span(utc("2026-11-19 16:00"), utc("2026-11-20 16:00"))


def test_edge_02_an_open_end_holds_for_ever() -> None:
    what = window(Once(datetime(2026, 11, 20), None))
    assert span_at(what, utc("2199-01-01 00:00"), DAYS) == Span(utc("2026-11-19 16:00"), None)


def test_edge_03_the_zone_is_taken_at_the_instant_asked_about() -> None:
    what = window(Cron("0 12 * * *", HOUR), "America/New_York")
    winter, summer = span_at(what, utc("2026-01-15 17:30"), DAYS), span_at(what, utc("2026-07-15 16:30"), DAYS)
    assert winter == Span(utc("2026-01-15 17:00"), utc("2026-01-15 18:00"))
    assert summer == Span(utc("2026-07-15 16:00"), utc("2026-07-15 17:00"))


@pytest.mark.parametrize("name", ["Asia/Peking", "", "CST", "../etc/passwd", "utc+8"])
def test_edge_03_an_unknown_zone_is_refused_and_never_utc(name: str) -> None:
    with pytest.raises(ZoneError):
        span_at(window(Cron("0 12 * * *", HOUR), name), utc("2026-01-15 17:30"), DAYS)


def test_edge_05_day_of_month_and_weekday_given_together_mean_either() -> None:
    what = window(Cron("0 0 13 * 5", 24 * HOUR), "UTC")
    found = spans(what, utc("2026-11-12 00:00"), utc("2026-11-21 00:00"), DAYS)
    assert [item.start.day for item in found] == [13, 20]
    assert "任一" in explain("0 0 13 * 5").zh and "either" in explain("0 0 13 * 5").en
    assert explain("0 0 13 * *") == Text("0 0 13 * *", "0 0 13 * *")


@pytest.mark.parametrize(
    ("schedule", "never"),
    [
        pytest.param("0 0 31 2 *", True, id="edge_05_31_february"),
        pytest.param("0 0 30 2 *", True, id="edge_05_30_february"),
        pytest.param("0 0 31 4,6,9,11 *", True, id="edge_05_31st_of_short_months"),
        pytest.param("0 0 29 2 *", False, id="edge_05_29_february_comes"),
        pytest.param("0 0 31 2 1", False, id="edge_05_31_february_or_a_monday"),
        pytest.param("0 0 29 2 */7", False, id="edge_05_29_february_on_a_sunday_comes_in_28_years"),
    ],
)
def test_schedules_that_never_fire_are_known(schedule: str, never: bool) -> None:
    assert never_fires(schedule) is never


@pytest.mark.parametrize(
    "schedule", ["", "* * * *", "0 0 0 * * *", "61 * * * *", "a b c d e", "0 24 * * *", "@daily", "0 0 * * 8"]
)
def test_a_schedule_that_cannot_be_read_is_refused(schedule: str) -> None:
    with pytest.raises(InputError) as caught:
        never_fires(schedule)
    assert caught.value.reason_code == "SCHEDULE_INVALID"


def test_weekday_7_is_sunday_like_0() -> None:
    low, high = utc("2026-11-01 00:00"), utc("2026-12-01 00:00")
    seven, zero = (window(Cron(f"0 0 * * {day}", HOUR), "UTC") for day in (7, 0))
    assert spans(seven, low, high, DAYS) == spans(zero, low, high, DAYS) != []


def test_edge_06_a_window_longer_than_its_period_is_one_interval() -> None:
    what = window(Cron("0 0 * * *", 36 * HOUR), "UTC", valid=Span(utc("2026-11-01 00:00"), utc("2026-11-05 00:00")))
    assert spans(what, utc("2026-10-01 00:00"), utc("2026-12-01 00:00"), DAYS) == [
        Span(utc("2026-11-01 00:00"), utc("2026-11-05 12:00"))
    ]


def test_edge_06_a_window_that_never_pauses_has_no_end_in_sight() -> None:
    held = span_at(window(Cron("0 * * * *", HOUR)), utc("2026-11-20 00:30"), DAYS)
    assert held is not None and held.end is None and held.start < utc("2026-11-01 00:00")


@pytest.mark.parametrize(
    ("schedule", "hours", "asked", "start", "end"),
    [
        pytest.param(
            "* 10 * * *",
            2,
            "2026-11-20 11:30",
            "2026-11-20 10:00",
            "2026-11-20 12:59",
            id="edge_07_several_fires_inside_one_duration",
        ),
        pytest.param(
            "0 22 * * *",
            8,
            "2026-12-31 23:30",
            "2026-12-31 22:00",
            "2027-01-01 06:00",
            id="edge_07_over_midnight_month_and_year",
        ),
        pytest.param(
            "0 12 29 2 *", 24, "2028-03-01 01:00", "2028-02-29 12:00", "2028-03-01 12:00", id="edge_07_leap_day"
        ),
        pytest.param(
            "0 0 31 * *", 48, "2026-11-01 12:00", "2026-10-31 00:00", "2026-11-02 00:00", id="edge_07_month_end"
        ),
    ],
)
def test_recurring_windows_over_borders(schedule: str, hours: int, asked: str, start: str, end: str) -> None:
    assert span_at(window(Cron(schedule, hours * HOUR), "UTC"), utc(asked), DAYS) == Span(utc(start), utc(end))


OFFICIAL = build_holidays({}, range(2025, 2027))


@pytest.mark.parametrize(
    ("days", "asked", "held"),
    [
        pytest.param("workdays", "2026-02-14 04:00", True, id="edge_26_saturday_before_spring_festival_2026_is_worked"),
        pytest.param("workdays", "2026-02-17 04:00", False, id="edge_26_new_year_tuesday_is_off"),
        pytest.param("holidays", "2026-02-17 04:00", True, id="edge_26_holiday_window_on_a_tuesday"),
        pytest.param("holidays", "2026-02-14 04:00", False, id="edge_26_holiday_window_not_on_a_worked_saturday"),
        pytest.param("any", "2026-02-14 04:00", True, id="edge_26_any_day"),
    ],
)
def test_adjusted_workdays(days: str, asked: str, held: bool) -> None:
    cron = Cron("0 0 * * *", 24 * HOUR, days)  # type: ignore[arg-type]
    assert (span_at(window(cron), utc(asked), OFFICIAL) is not None) is held


def test_edge_26_a_year_without_data_is_an_error_where_the_answer_hangs_on_it() -> None:
    what = window(Cron("0 9 * * *", HOUR, "workdays"))
    with pytest.raises(CalendarDataError) as caught:
        span_at(what, utc("2027-03-01 01:30"), OFFICIAL)
    assert caught.value.values["year"] == 2027


def test_edge_26_a_year_without_data_does_not_matter_elsewhere() -> None:
    what = window(Cron("0 9 * * *", HOUR, "workdays"))
    assert span_at(what, utc("2027-03-01 04:30"), OFFICIAL) is None  # 12:30, no such hour on any day
    every = window(Cron("0 9 * * *", HOUR))
    assert span_at(every, utc("2027-03-01 01:30"), OFFICIAL) is not None


def test_edge_26_the_override_makes_a_year_known() -> None:
    override = {2027: {"off": [date(2027, 2, 5)], "work": [date(2027, 2, 13)]}}
    known = build_holidays(override, range(2026, 2028))
    assert [known.is_off(date(2027, 2, day)) for day in (5, 6, 13, 14)] == [True, True, False, True]
    assert known.is_off(date(2026, 2, 14)) is False and known.is_off(date(2028, 1, 1)) is None


def test_edge_26_a_date_under_the_wrong_year_is_refused() -> None:
    with pytest.raises(InputError):
        build_holidays({2027: {"off": [date(2028, 1, 3)]}}, [2027])


def test_years_nobody_published_are_not_guessed() -> None:
    assert published(2003) is None
    assert build_holidays({}, [2003]) == Holidays(frozenset(), frozenset())


def test_a_window_that_changes_under_the_same_id_is_expanded_anew() -> None:
    cache = SpanCache(lambda: DAYS)
    at = utc("2026-11-20 00:30")
    one, other = window(Cron("0 0 * * *", HOUR), "UTC"), window(Cron("0 1 * * *", HOUR), "UTC")
    assert cache.coverage(one, at, at + MINUTE).known and not cache.coverage(other, at, at + MINUTE).known


@pytest.mark.parametrize("at", ["1969-12-31 23:59", "2401-01-01 00:00"])
def test_instants_beyond_reckoning_are_refused(at: str) -> None:
    with pytest.raises(CannotTellError) as caught:
        span_at(window(Once(datetime(2026, 1, 1), None)), utc(at), DAYS)
    assert caught.value.reason_code == "TIME_OUT_OF_RANGE"


def test_a_length_beyond_reckoning_is_refused() -> None:
    with pytest.raises(CannotTellError):
        span_at(window(Cron("0 0 * * *", timedelta(days=3_000_000))), utc("2026-01-01 00:00"), DAYS)


# The algebra of sets of instants, on small numbers of minutes

ZERO = utc("2026-01-01 00:00")
sets = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=6)


def pairs_of(numbers: list[tuple[int, int]]) -> list[Pair]:
    return [(ZERO + a * MINUTE, ZERO + b * MINUTE) for a, b in numbers]


def points(pairs: list[Pair]) -> set[int]:
    return {minute for minute in range(-60, 60) for a, b in pairs if a <= ZERO + minute * MINUTE < b}


@given(sets, sets, st.integers(1, 5))
@example([(1, 3), (3, 5)], [(2, 4)], 2)
def test_the_algebra_agrees_with_sets_of_minutes(
    one: list[tuple[int, int]], two: list[tuple[int, int]], length: int
) -> None:
    left, right = merge(pairs_of(one)), merge(pairs_of(two))
    assert points(left) == points(pairs_of(one))
    assert points(intersect(left, right)) == points(left) & points(right)
    assert points(subtract(left, right)) == points(left) - points(right)
    stretch = length * MINUTE
    touching = {m for m in range(-60, 60) if any(m + k in points(left) for k in range(length))}
    inside = {m for m in range(-60, 55) if all(m + k in points(left) for k in range(length))}
    assert points(dilate(left, stretch)) == touching
    assert points(erode(left, stretch)) == inside


def test_an_open_end_survives_shrinking() -> None:
    assert erode([(ZERO, FOREVER)], HOUR) == [(ZERO, FOREVER)]
