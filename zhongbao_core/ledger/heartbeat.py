"""Heartbeats (心跳): one entry an hour inside an event, so that silence can be told from deletion.

Silence is shown, not judged: a host may have been down. Pure.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from zhongbao_core.clock import iso, parse_instant
from zhongbao_core.errors import ZhongbaoError
from zhongbao_core.ledger.entry import Draft, Entry

HOUR = timedelta(hours=1)
KIND = "heartbeat"
MAX_SHOWN = 1000


class Silence(NamedTuple):
    """Hours of an event without a heartbeat: from ``start`` to before ``end``, both whole hours in UTC."""

    event: str
    start: datetime
    end: datetime

    @property
    def hours(self) -> int:
        """How many."""
        return (self.end - self.start) // HOUR


def whole_hour(at: datetime) -> datetime:
    """The hour ``at`` lies in, in UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def beat(event: str, at: datetime) -> Draft:
    """The heartbeat of the hour of ``at``; recorded once an hour, however often it is asked for."""
    hour = iso(whole_hour(at))
    return Draft(KIND, event, {"hour": hour}, f"heartbeat:{event}:{hour}")


class SilentHours:
    """Walks along the entries and keeps what was silent between the first and the last heartbeat of each event."""

    def __init__(self) -> None:
        self._last: dict[str, datetime] = {}
        self._found: list[Silence] = []

    def see(self, entry: Entry) -> None:
        """Take one entry, in ledger order."""
        hour = _hour(entry.body) if entry.kind == KIND else None
        if hour is None:
            return
        before = self._last.get(entry.ref)
        if before is not None and hour - before > HOUR and len(self._found) < MAX_SHOWN:
            self._found.append(Silence(entry.ref, before + HOUR, hour))
        self._last[entry.ref] = hour if before is None else max(before, hour)

    def last(self, event: str) -> datetime | None:
        """The newest heartbeat's hour."""
        return self._last.get(event)

    def found(self) -> tuple[Silence, ...]:
        """The stretches without a heartbeat, in ledger order."""
        return tuple(self._found)


def _hour(body: dict[str, Any]) -> datetime | None:
    try:
        return whole_hour(parse_instant(str(body.get("hour", ""))))
    except ZhongbaoError:
        return None
