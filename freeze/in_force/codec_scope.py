"""Systems, selectors and windows to JSON and back, for the compiled policy and for amendments.

Readers expect what a writer of ours wrote; on anything else they raise KeyError, TypeError or ValueError.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from freeze.in_force.codec import seconds
from freeze.model import Cron, Once, Selector, System, Window
from zhongbao_core.codec import Json, level_from, span_from_json, span_to_json, text_from_json


def system_to_json(system: System) -> Json:
    """A system; fields at their default are left out, a compiled policy holds thousands."""
    full: Json = {
        "name": system.name,
        "unit": system.unit,
        "service": system.service,
        "grade": system.grade,
        "environments": list(system.environments),
        "labels": dict(system.labels),
        "part_of": system.part_of,
        "stands_on": list(system.stands_on),
        "owner": system.owner,
    }
    return {"id": system.id, **{key: value for key, value in full.items() if value}}


def system_from_json(value: Json) -> System:
    """The system of ``system_to_json``."""
    return System(
        id=value["id"],
        name=value.get("name", ""),
        unit=value.get("unit", ""),
        service=value.get("service", ""),
        grade=value.get("grade", ""),
        environments=tuple(value.get("environments", ())),
        labels=value.get("labels", {}),
        part_of=value.get("part_of"),
        stands_on=tuple(value.get("stands_on", ())),
        owner=value.get("owner", ""),
    )


def selector_to_json(select: Selector) -> Json:
    """The dimensions that say something."""
    full: Json = {
        "systems": list(select.systems),
        "services": list(select.services),
        "environments": list(select.environments),
        "units": list(select.units),
        "kinds": list(select.kinds),
        "labels": [list(pair) for pair in select.labels],
        "everything": select.everything,
    }
    return {key: value for key, value in full.items() if value}


def selector_from_json(value: Json) -> Selector:
    """The selector of ``selector_to_json``. Raises ValueError where it selects nothing at all."""
    if not value:
        raise ValueError("an empty selector")
    return Selector(
        systems=tuple(value.get("systems", ())),
        services=tuple(value.get("services", ())),
        environments=tuple(value.get("environments", ())),
        units=tuple(value.get("units", ())),
        kinds=tuple(value.get("kinds", ())),
        labels=tuple((key, glob) for key, glob in value.get("labels", ())),
        everything=value.get("everything", False),
    )


def when_to_json(when: Once | Cron) -> Json:
    """``{"once": ...}`` in wall time or ``{"cron": ...}``."""
    if isinstance(when, Once):
        return {"once": [when.start.isoformat(), None if when.end is None else when.end.isoformat()]}
    return {"cron": {"schedule": when.schedule, "duration": seconds(when.duration), "days": when.days}}


def when_from_json(value: Json) -> Once | Cron:
    """The other way round."""
    if "once" in value:
        start, end = value["once"]
        return Once(datetime.fromisoformat(start), None if end is None else datetime.fromisoformat(end))
    cron = value["cron"]
    return Cron(cron["schedule"], timedelta(seconds=cron["duration"]), cron["days"])


def window_to_json(window: Window) -> Json:
    """A window in compiled form; amendments carry the same."""
    return {
        "id": window.id,
        "name": window.name.as_json(),
        "effect": window.effect,
        "zone": window.zone,
        "when": when_to_json(window.when),
        "select": selector_to_json(window.select),
        "level": window.level.id,
        "tier": window.tier,
        "owner": window.owner,
        "why": window.why.as_json(),
        "valid": None if window.valid is None else span_to_json(window.valid),
        "source": window.source,
    }


def window_from_json(value: Json) -> Window:
    """The window of ``window_to_json``."""
    if value["effect"] not in ("deny", "allow") or value["tier"] not in ("company", "unit"):
        raise ValueError("a window has the effect deny or allow and the tier company or unit")
    return Window(
        id=value["id"],
        name=text_from_json(value["name"]),
        effect=value["effect"],
        zone=value["zone"],
        when=when_from_json(value["when"]),
        select=selector_from_json(value["select"]),
        level=level_from(value["level"]),
        tier=value["tier"],
        owner=value["owner"],
        why=text_from_json(value["why"]),
        valid=None if value["valid"] is None else span_from_json(value["valid"]),
        source=value["source"],
    )
