"""A finding and its life as JSON, for the store and the reports. Every kind of Place is handled; others are refused."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

from zhongbao_core.clock import iso, parse_instant
from zhongbao_core.finding import PLACES, Area, Confidence, Evidence, Finding, Place, Severity
from zhongbao_core.finding_life import Life, State
from zhongbao_core.text import Text


def finding_to_json(finding: Finding) -> dict[str, Any]:
    """``finding`` as JSON; ``finding_from_json`` reads it back to an equal value."""
    return {
        "fingerprint": finding.fingerprint,
        "id": finding.id,
        "area": finding.area,
        "rule": finding.rule,
        "title": finding.title.as_json(),
        "severity": finding.severity.id,
        "confidence": finding.confidence.id,
        "place": place_to_json(finding.place),
        "evidence": [item._asdict() for item in finding.evidence],
        "remedy": finding.remedy.as_json(),
        "law": finding.law,
    }


def finding_from_json(value: dict[str, Any]) -> Finding:
    """The finding in ``value``. Raises KeyError, TypeError or ValueError where it is none."""
    return Finding(
        area=cast("Area", value["area"]),
        rule=value["rule"],
        title=Text(**value["title"]),
        severity=Severity[value["severity"].upper()],
        confidence=Confidence[value["confidence"].upper()],
        place=place_from_json(value["place"]),
        evidence=tuple(Evidence(**item) for item in value["evidence"]),
        remedy=Text(**value["remedy"]),
        law=value["law"],
    )


def place_to_json(place: Place) -> dict[str, Any]:
    """``place`` with its kind; every member stands in it, empty or not."""
    return {"kind": place.kind, **asdict(place)}


def place_from_json(value: dict[str, Any]) -> Place:
    """The place in ``value``."""
    rest = {name: part for name, part in value.items() if name != "kind"}
    return PLACES[value["kind"]](**rest)


def life_to_json(life: Life) -> dict[str, Any]:
    """``life`` as JSON."""
    return {
        "state": life.state.value,
        "since": iso(life.since),
        "assignee": life.assignee,
        "due": _iso(life.due),
        "evidence": life.evidence,
        "reason": life.reason,
        "approver": life.approver,
        "expires": _iso(life.expires),
        "times": life.times,
    }


def life_from_json(value: dict[str, Any]) -> Life:
    """The life in ``value``."""
    times = {name: parse_instant(value[name]) if value[name] else None for name in ("due", "expires")}
    return Life(**{**value, **times, "state": State(value["state"]), "since": parse_instant(value["since"])})


def _iso(at: datetime | None) -> str | None:
    return iso(at) if at is not None else None
