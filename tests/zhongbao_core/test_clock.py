"""Instants, zones, spans and lengths: half-open ends, 24:00, clock changes, and refusal instead of guessing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhongbao_core import clock
from zhongbao_core.clock import Span, iso, parse_duration, parse_instant, resolve, show, show_duration, zone
from zhongbao_core.errors import UsageError, ZoneError

SHANGHAI, NEW_YORK = zone("Asia/Shanghai"), zone("America/New_York")
INSTANTS = st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2026-11-20T08:00+08:00", "2026-11-20T00:00:00Z", id="an offset"),
        pytest.param("2026-11-20 08:00", "2026-11-20T00:00:00Z", id="local time in the zone given"),
        pytest.param("2026-11-20T24:00", "2026-11-20T16:00:00Z", id="24:00 is the end of that day"),
        pytest.param("2026-12-31T24:00Z", "2027-01-01T00:00:00Z", id="24:00 over the end of the year"),
        pytest.param("2028-02-29T24:00Z", "2028-03-01T00:00:00Z", id="24:00 on a leap day"),
        pytest.param("2026-11-20T08:00:30.25Z", "2026-11-20T08:00:30.250000Z", id="parts of a second"),
    ],
)
def test_an_instant_is_read_as_written(text: str, expected: str) -> None:
    assert iso(parse_instant(text, SHANGHAI)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2026-02-30T00:00Z",
        "2026-11-20T24:01Z",
        "2026-11-20T25:00Z",
        "2026-11-20",
        "9999-12-31T24:00Z",
        "2026-11-20T08:00+24:00",
        "2026-11-20T08:00-08:60",
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_instant(text, SHANGHAI)


@pytest.mark.parametrize(
    ("text", "zone_name"),
    [
        pytest.param("0001-01-01T00:00+14:00", None, id="before year one in UTC"),
        pytest.param("9999-12-31T23:59-12:00", None, id="after year 9999 in UTC"),
        pytest.param("0001-01-01T00:00", "Asia/Shanghai", id="before year one by the default zone"),
        pytest.param("9999-12-31T23:59", "America/New_York", id="after year 9999 by the default zone"),
    ],
)
def test_an_instant_that_utc_cannot_hold_is_refused(text: str, zone_name: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        parse_instant(text, zone(zone_name) if zone_name else None)
    assert caught.value.reason_code == "TIME_INVALID"


def test_a_time_without_zone_or_offset_is_refused() -> None:
    with pytest.raises(UsageError, match="no zone"):
        parse_instant("2026-11-20 08:00")


@pytest.mark.parametrize("text", ["2026-03-08 02:30", "2026-11-01 01:30"], ids=["removed in spring", "twice in autumn"])
def test_a_local_time_that_a_clock_change_makes_uncertain_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="ambiguous"):
        parse_instant(text, NEW_YORK)


def test_both_sides_of_a_clock_change_can_be_asked_for() -> None:
    spring, autumn = datetime(2026, 3, 8, 2, 30), datetime(2026, 11, 1, 1, 30)
    sides = [iso(resolve(wall, NEW_YORK, side)) for wall in (spring, autumn) for side in ("earlier", "later")]
    assert sides == ["2026-03-08T06:30:00Z", "2026-03-08T07:30:00Z", "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"]


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../../etc/passwd", "/etc/localtime", "Asia", "asia/shanghai\n"])
def test_an_unknown_zone_is_refused_and_never_taken_for_utc(name: str) -> None:
    with pytest.raises(ZoneError):
        zone(name)


def test_the_zone_comes_from_the_pinned_data_and_its_version_is_known() -> None:
    assert clock.zone_data_version().startswith("20")


def test_a_span_holds_its_start_and_not_its_end() -> None:
    start, end = parse_instant("2026-11-20T00:00Z"), parse_instant("2026-11-21T00:00Z")
    span = Span(start, end)
    assert (span.contains(start), span.contains(end), Span(start, None).contains(end)) == (True, False, True)


@given(
    INSTANTS, st.timedeltas(timedelta(0), timedelta(days=9)), INSTANTS, st.timedeltas(timedelta(0), timedelta(days=9))
)
def test_overlap_is_the_same_seen_from_either_span(a: datetime, la: timedelta, b: datetime, lb: timedelta) -> None:
    one, two = Span(a, a + la), Span(b, b + lb)
    assert one.overlaps(two) == two.overlaps(one)


@given(INSTANTS)
def test_an_instant_written_is_read_back(at: datetime) -> None:
    assert parse_instant(iso(at)) == at


def test_an_instant_is_shown_in_local_time_with_its_offset() -> None:
    assert show(parse_instant("2026-11-20T00:00Z"), SHANGHAI) == "2026-11-20 08:00 +08:00"


@given(st.integers(1, 10**8).map(lambda seconds: timedelta(seconds=seconds)))
def test_a_length_written_is_read_back(length: timedelta) -> None:
    assert parse_duration(show_duration(length)) == length


@pytest.mark.parametrize("text", ["", "2", "h", "-1h", "1.5h", "1m1h", "1h 30m"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_duration(text)
