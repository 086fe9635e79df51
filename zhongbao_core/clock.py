"""Time: instants with a zone, zones by name from the pinned zone data, half-open spans, 24:00.

Nothing here reads the clock but ``now``; what decides takes its instant as ``at=``.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from zhongbao_core.errors import CannotTellError, UsageError, ZoneError
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

_ZONE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]*(/[A-Za-z0-9_+\-]+){0,2}")
_INSTANT = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)

Side = Literal["earlier", "later"]


class Span(NamedTuple):
    """A stretch of time, [start, end). ``end`` is None where nobody knows it yet (open end)."""

    start: datetime
    end: datetime | None

    def contains(self, at: datetime) -> bool:
        """Whether ``at`` lies inside: the start does, the end does not."""
        return self.start <= at and (self.end is None or at < self.end)

    def overlaps(self, other: Span) -> bool:
        """Whether the two share an instant."""
        return (self.end is None or other.start < self.end) and (other.end is None or self.start < other.end)


def now() -> datetime:
    """The present instant in UTC. Read once per run, at the command line."""
    return datetime.now(UTC)


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """The zone ``name`` from the pinned tzdata package, never from the host.

    Raises ZoneError where the name is not in it: an unknown zone is refused, not taken for UTC.
    """
    import os

    import tzdata

    path = os.path.join(os.path.dirname(tzdata.__file__), "zoneinfo", *name.split("/"))  # noqa: PTH118, PTH120 pathlib costs a gate 5 ms
    if not _ZONE_NAME.fullmatch(name) or not os.path.isfile(path):  # noqa: PTH113
        raise ZoneError(
            Text(f"未知时区 {name!r}", f"unknown time zone {name!r}"),
            Text("写 IANA 名称，例如 Asia/Shanghai", "write an IANA name such as Asia/Shanghai"),
            zone=name,
        )
    with open(path, "rb") as file:  # noqa: PTH123
        return ZoneInfo.from_file(file, key=name)


def zone_data_version() -> str:
    """The version of the zone data decisions rest on, for example ``2026f``."""
    import tzdata

    return str(tzdata.IANA_VERSION)


def parse_instant(text: str, default_zone: ZoneInfo | None = None) -> datetime:
    """The instant ``text`` names, as an aware datetime in UTC.

    ``2026-11-20T08:00Z``, ``2026-11-20 08:00:00+08:00``; without an offset the local time in
    ``default_zone``. 24:00 is the start of the next day. Raises UsageError for anything else, and for a
    local time that a clock change makes ambiguous or removes.
    """
    naive, offset = parse_wall(text)
    if offset is None and default_zone is None:
        raise _bad_time(text, Text("缺少时区", "it has no zone"))
    try:
        early, late = _in_utc(naive, offset, default_zone or UTC)
    except OverflowError as error:
        raise _bad_time(
            text, Text("换算成 UTC 超出公元 1 年至 9999 年", "in UTC it lies outside years 1 to 9999")
        ) from error
    if early != late:
        raise _bad_time(text, Text("该时刻在夏令时切换中不唯一", "a clock change makes it ambiguous"))
    return early


def parse_wall(text: str) -> tuple[datetime, timedelta | None]:
    """The wall time in ``text`` (naive; 24:00 becomes the next day's 00:00) and its UTC offset, if it names one."""
    match = _INSTANT.fullmatch(text.strip())
    if match is None:
        raise _bad_time(text, Text("写成 2026-11-20T08:00+08:00", "write 2026-11-20T08:00+08:00"))
    year, month, day, hour, minute = (int(part) for part in match.group(1, 2, 3, 4, 5))
    second, fraction = int(match[6] or 0), int((match[7] or "").ljust(6, "0"))
    extra = timedelta()
    if hour == 24:
        if minute or second or fraction:
            raise _bad_time(text, Text("24 时只能写 24:00", "only 24:00 exists in hour 24"))
        hour, extra = 0, timedelta(days=1)
    try:
        naive = datetime(year, month, day, hour, minute, second, fraction) + extra
    except (ValueError, OverflowError) as error:
        raise _bad_time(text, Text("没有这个时刻", "there is no such time")) from error
    if (match[8] or "")[1:] > "23:59" or (match[8] or "")[4:] > "59":
        raise _bad_time(text, Text("时区偏移超出 23:59", "its offset is beyond 23:59"))
    return naive, _offset(match[8])


def _in_utc(wall: datetime, offset: timedelta | None, where: tzinfo) -> tuple[datetime, datetime]:
    """The earlier and the later instant that ``wall`` may mean. Raises OverflowError beyond what a datetime holds."""
    if offset is not None:
        return ((wall - offset).replace(tzinfo=UTC),) * 2
    return resolve(wall, where, "earlier"), resolve(wall, where, "later")


def resolve(wall: datetime, where: tzinfo, side: Side) -> datetime:
    """The UTC instant of the naive local time ``wall``; where a clock change offers two, the one on ``side``.

    A wall time that a spring change removes resolves to the instants just around the gap: ``earlier`` with
    the offset after the change, ``later`` with the offset before it. Deny spans use earlier for their start
    and later for their end, so they only ever grow.
    """
    choices = sorted(wall.replace(tzinfo=where, fold=fold).astimezone(UTC) for fold in (0, 1))
    return choices[0] if side == "earlier" else choices[1]


def next_midnight(day: date) -> datetime:
    """24:00 of ``day`` as a naive wall time."""
    return datetime(day.year, day.month, day.day) + timedelta(days=1)


def iso(at: datetime) -> str:
    """``at`` in UTC as RFC 3339 with ``Z``; microseconds only where there are any."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def show(at: datetime, where: ZoneInfo) -> str:
    """``at`` for people: local wall time in ``where`` with its offset, ``2026-11-20 08:00 +08:00``."""
    local = at.astimezone(where)
    stamp = local.strftime("%Y-%m-%d %H:%M:%S" if local.second else "%Y-%m-%d %H:%M")
    raw = local.strftime("%z")
    return f"{stamp} {raw[:3]}:{raw[3:5]}"


def backwards(at: datetime, reached: datetime, *, rehearsal: bool = False) -> CannotTellError:
    """The refusal CLOCK_BACKWARDS of an instant before ``reached``, which is known to have passed."""
    return CannotTellError(
        Text(
            f"时钟倒退：现在 {iso(at)}，存证日志或策略清单已到 {iso(reached)}",
            f"the clock went back: now {iso(at)}, ledger or manifest are at {iso(reached)}",
        ),
        mend_clock(reached, rehearsal=rehearsal),
        reason_code="CLOCK_BACKWARDS",
    )


def mend_clock(reached: datetime | None, *, rehearsal: bool) -> Text:
    """What to do about a clock set back; in a rehearsal the instant was chosen, so another one is."""
    if not rehearsal or reached is None:
        return Text("校准本机时钟（NTP）后重试", "set this machine's clock (NTP), then try again")
    return Text(
        f"演练的存证日志或策略清单已到 {iso(reached)}：用更晚的 --at，或重新 zhongbao init --example",
        f"ledger or manifest of this rehearsal have reached {iso(reached)}: "
        "use a later --at, or make a fresh one with zhongbao init --example",
    )


def parse_duration(text: str) -> timedelta:
    """A length such as ``90s``, ``15m``, ``2h``, ``1h30m``, ``7d``; whole numbers only, never empty or negative."""
    match = re.fullmatch(r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?", text.strip(), re.ASCII)
    if match is None or not any(match.groups()):
        raise UsageError(
            Text(f"时长 {text!r} 不可读", f"length {text!r} cannot be read"),
            Text("写成 90s、15m、2h、1h30m、7d", "write 90s, 15m, 2h, 1h30m or 7d"),
            reason_code="TIME_INVALID",
        )
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def show_duration(length: timedelta) -> str:
    """The shortest spelling that ``parse_duration`` reads back, ``1h30m``."""
    rest = int(length.total_seconds())
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def _offset(text: str | None) -> timedelta | None:
    if text is None:
        return None
    if text == "Z":
        return timedelta()
    sign = -1 if text[0] == "-" else 1
    return sign * timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))


def _bad_time(text: str, why: Text) -> UsageError:
    return UsageError(
        Text(f"时间 {text!r} 不可读：{why.zh}", f"time {text!r} cannot be read: {why.en}"),
        reason_code="TIME_INVALID",
    )
