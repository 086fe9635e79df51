"""A report of findings as JSON, schema ``docs/schema/findings.json``: same input, same bytes."""

from __future__ import annotations

import json as _json
from datetime import datetime
from typing import Any

from zhongbao_core.clock import iso
from zhongbao_core.finding_codec import finding_to_json, life_to_json
from zhongbao_core.finding_life import Tracked
from zhongbao_core.report.model import Report, for_reader, without_personal
from zhongbao_core.text import Lang, plain

SCHEMA_VERSION = 1


def json(report: Report, lang: Lang) -> str:
    """``report`` as JSON with both languages in it; ``lang`` changes nothing.

    Control, direction and invisible characters stand as JSON escapes, so that no terminal ever obeys them.
    """
    return plain(_json.dumps(body(report), ensure_ascii=False, indent=2, sort_keys=True), newlines=True) + "\n"


def body(report: Report) -> dict[str, Any]:
    """``report`` as values for JSON."""
    report = for_reader(report)
    return {
        "schema_version": SCHEMA_VERSION,
        "reason_code": report.outcome,
        "exit_code": int(report.exit_code),
        "at": iso(report.at),
        "title": report.title.as_json(),
        "masked": report.masked,
        "rehearsal": report.rehearsal,
        "basis": {area: _iso(at) for area, at in report.basis.items()},
        "summary": {
            "total": len(report.rows),
            "open": len(report.open),
            "by_severity": {level.id: count for level, count in report.by_severity().items()},
            "by_state": {state.value: count for state, count in report.by_state().items()},
        },
        "findings": [_row(row, masked=report.masked) for row in report.rows],
    }


def _row(row: Tracked, *, masked: bool) -> dict[str, Any]:
    finding = finding_to_json(row.finding)
    if masked and finding["place"]["kind"] != "system":
        finding["place"] = {
            name: without_personal(part) if isinstance(part, str) else part for name, part in finding["place"].items()
        }
    times = {"first_seen": iso(row.first_seen), "last_seen": iso(row.last_seen)}
    return {**finding, **times, "life": life_to_json(row.life)}


def _iso(at: datetime | None) -> str | None:
    return iso(at) if at is not None else None
