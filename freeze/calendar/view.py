"""The calendar of a stretch of time as lanes: the event, then each window with its intervals. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, NamedTuple

from freeze.calendar.intervals import FOREVER, Pair, to_pair
from freeze.calendar.spans import SpanCache
from freeze.model import Window
from freeze.policy import Policy
from zhongbao_core.approval.subject import Target
from zhongbao_core.clock import iso
from zhongbao_core.event import Event, Level
from zhongbao_core.text import Text


class Bar(NamedTuple):
    """One interval of a lane; ``sure`` False where it hangs on holiday data nobody has supplied."""

    span: Pair
    level: Level
    name: Text
    label: str
    sure: bool


class Lane(NamedTuple):
    """The event, or one window. ``via`` is the way it reaches the system asked about."""

    kind: Literal["event", "deny", "allow"]
    id: str
    name: Text
    zone: str
    tier: str
    owner: str
    via: tuple[str, ...]
    bars: tuple[Bar, ...]


class View(NamedTuple):
    """Lanes over [low, high), shown in the zone of the company."""

    low: datetime
    high: datetime
    zone: str
    target: Target | None
    lanes: tuple[Lane, ...]

    def as_json(self) -> dict[str, Any]:
        """The view for machines; an open end is null."""
        return {
            "schema_version": 1,
            "reason_code": "OK",
            "from": iso(self.low),
            "to": iso(self.high),
            "zone": self.zone,
            "target": str(self.target) if self.target else None,
            "lanes": [_lane_json(lane) for lane in self.lanes],
        }


def view(policy: Policy, low: datetime, high: datetime, target: Target | None = None) -> View:
    """The event and the windows (only those that reach ``target``, where one is given) that touch [low, high)."""
    cache = SpanCache(lambda: policy.holidays)
    lanes = [] if policy.event is None else [_event_lane(policy.event, low, high)]
    lanes += [_window_lane(window, via, cache, low, high) for window, via in _windows(policy, target)]
    return View(low, high, policy.zone, target, tuple(lane for lane in lanes if lane.bars))


def _windows(policy: Policy, target: Target | None) -> Iterable[tuple[Window, tuple[str, ...]]]:
    if target is None:
        return ((window, ()) for window in policy.windows())
    hits: dict[str, tuple[Window, tuple[str, ...]]] = {}
    for hit in policy.windows_for(target):
        known = hits.get(hit.window.id)
        if known is None or len(hit.via) < len(known[1]):
            hits[hit.window.id] = (hit.window, hit.via)
    return hits.values()


def _event_lane(event: Event, low: datetime, high: datetime) -> Lane:
    bars = tuple(
        Bar(pair, phase.level, phase.name, phase.label, True)
        for phase in event.phases
        if (pair := to_pair(phase.span))[0] < high and low < pair[1]
    )
    return Lane("event", event.id, event.name, event.zone, "company", event.owner, (), bars)


def _window_lane(window: Window, via: tuple[str, ...], cache: SpanCache, low: datetime, high: datetime) -> Lane:
    found = cache.coverage(window, low, high)
    level = window.level if window.effect == "deny" else Level.NONE
    bars = [Bar(pair, level, window.name, "", True) for pair in found.known]
    bars += [Bar(pair, level, window.name, "", False) for pair in found.maybe]
    return Lane(
        window.effect,
        window.id,
        window.name,
        window.zone,
        window.tier,
        window.owner,
        via,
        tuple(sorted(bars, key=_start)),
    )


def _start(bar: Bar) -> tuple[datetime, bool]:
    return bar.span[0], not bar.sure


def _lane_json(lane: Lane) -> dict[str, Any]:
    return {
        "kind": lane.kind,
        "id": lane.id,
        "name": lane.name.as_json(),
        "zone": lane.zone,
        "tier": lane.tier,
        "owner": lane.owner,
        "via": list(lane.via),
        "spans": [
            {
                "start": iso(bar.span[0]),
                "end": None if bar.span[1] == FOREVER else iso(bar.span[1]),
                "level": bar.level.id,
                "label": bar.label,
                "name": bar.name.as_json(),
                "sure": bar.sure,
            }
            for bar in lane.bars
        ],
    }
