"""Times as exports write them, to instants. Where an export names no zone it means Beijing time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

CHINA = timezone(timedelta(hours=8))
_MONTHS = {name: at for at, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}  # noqa: SIM905  months read best in a row
_LONGEST = 64
_EPOCH = re.compile(r"\d{9,10}|\d{13}|\d{16}")
_CHINESE = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[T\s]*(\d{1,2})[:：时](\d{1,2})分?(?:[:：]?(\d{1,2})(?:[.,](\d{1,9}))?秒?)?)?\s*(Z|[+-]\d{2}:?\d{2})?"
)
_WEIBO = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{1,2}) (\d{2}):(\d{2}):(\d{2}) ([+-]\d{4}) (\d{4})")


def instant(value: object, zone: tzinfo = CHINA) -> datetime | None:
    """The instant that ``value`` says: epoch seconds or milliseconds, a date with or without time; None if unclear."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(int(value) if isinstance(value, float) and value == value and abs(value) < 1e16 else value).strip()
    if len(text) > _LONGEST:
        return None
    try:
        return _epoch(text, zone) if text.isascii() and _EPOCH.fullmatch(text) else _written(text, zone)
    except (ValueError, OverflowError, OSError):
        return None


def by_format(value: object, form: str, zone: tzinfo) -> datetime | None:
    """The instant in ``value`` as ``strptime`` reads it by ``form``; without ``form`` as ``instant`` does."""
    if not form:
        return instant(value, zone)
    try:
        found = datetime.strptime(str(value).strip(), form)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _epoch(text: str, zone: tzinfo) -> datetime:
    seconds = int(text) / (1 if len(text) < 13 else 1000 if len(text) == 13 else 1_000_000)
    return datetime.fromtimestamp(seconds, tz=UTC).astimezone(zone)


def _written(text: str, zone: tzinfo) -> datetime | None:
    if found := _CHINESE.fullmatch(text):
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
        micro = int((found[7] or "0").ljust(6, "0")[:6])
        return datetime(year, month, day, hour, minute, second, micro, tzinfo=_offset(found[8]) or zone)
    if (found := _WEIBO.fullmatch(text)) and found[1] in _MONTHS:
        day, hour, minute, second = (int(found[at]) for at in (2, 3, 4, 5))
        return datetime(int(found[7]), _MONTHS[found[1]], day, hour, minute, second, tzinfo=_offset(found[6]) or zone)
    return None


def _offset(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text == "Z":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
