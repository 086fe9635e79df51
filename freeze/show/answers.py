"""The answers of ``freeze at`` and ``freeze next`` for people and machines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from freeze.calendar.opening import Opening
from freeze.calendar.standing import Active, Standing
from zhongbao_core.clock import iso, show, zone, zone_data_version
from zhongbao_core.event import Level
from zhongbao_core.text import Lang, Text, escape


class AtAnswer(NamedTuple):
    """What ``freeze at`` says: the standing, whether the hours fit, the next opening, and what vouches for it."""

    standing: Standing
    opening: Opening
    hours_fit: bool
    zone: str
    manifest: str
    """Label of the verified manifest; empty where nothing was verified."""

    @property
    def held(self) -> bool:
        """Whether the change is held, or goes only with a permit."""
        return self.reason_code not in ("NO_FREEZE", "KIND_FREE")

    @property
    def reason_code(self) -> str:
        """Why, in the words of a decision."""
        here = self.standing
        if here.unknown:
            return "UNKNOWN_SYSTEM"
        if here.closed_allows:
            return "OUTSIDE_WINDOW"
        actions = {item.treatment.action for item in here.per_target}
        if actions != {"allow"}:
            return "SILENT" if here.level is Level.SILENT and "block" in actions else "FROZEN"
        if not self.hours_fit:
            return "OUTSIDE_HOURS"
        return "NO_FREEZE" if here.level is Level.NONE else "KIND_FREE"

    def as_json(self) -> dict[str, Any]:
        """The answer for machines, every instant in UTC."""
        here = self.standing
        return {
            "schema_version": 1,
            "at": iso(here.at),
            "end": iso(here.end),
            "held": self.held,
            "reason_code": self.reason_code,
            "level": here.level.id,
            "level_name": here.level.text.as_json(),
            "label": here.label,
            "phase": here.phase.id if here.phase else None,
            "action": here.treatment.action,
            "denies": [_active_json(item) for item in here.denies],
            "allows": [_active_json(item) for item in here.allows],
            "closed_allows": [_active_json(item) for item in here.closed_allows],
            "conflict_from": _moment(here.conflict_from),
            "ends": _moment(here.ends),
            "ends_known": here.ends_known,
            "next": opening_json(self.opening),
            "zone_data": zone_data_version(),
            "manifest": self.manifest,
        }


def at_json(answer: AtAnswer, lang: Lang) -> str:
    """The answer as JSON."""
    return json.dumps(answer.as_json(), ensure_ascii=False, indent=2, sort_keys=True)


def at_text(answer: AtAnswer, lang: Lang) -> str:
    """The answer in a few lines: what holds, why, until when, what comes next."""
    here = answer.standing
    level = here.level.text.pick(lang) + (
        Text(f"（{here.label}）", f" ({here.label})").pick(lang) if here.label else ""
    )
    lines = [
        f"{show(here.at, zone(answer.zone))}  {REASONS[answer.reason_code].pick(lang)}",
        _row(Text("级别", "level"), level, lang),
    ]
    if here.phase is not None:
        lines.append(_row(Text("阶段", "phase"), here.phase.name.pick(lang) or here.phase.id, lang))
    lines += _windows(Text("封网窗口", "deny window"), here.denies, answer.zone, lang)
    lines += _windows(Text("施工窗口开", "allow, open"), here.allows, answer.zone, lang)
    lines += _windows(Text("施工窗口关", "allow, closed"), here.closed_allows, answer.zone, lang)
    if here.conflict_from is not None:
        lines.append(_row(Text("途中变严", "stricter from"), show(here.conflict_from, zone(answer.zone)), lang))
    if here.level is not Level.NONE:
        end = Text("未定（待解除）", "not known (until lifted)").pick(lang)
        lines.append(_row(Text("结束", "ends"), show(here.ends, zone(answer.zone)) if here.ends else end, lang))
    lines.append(_row(Text("下个开口", "next opening"), opening_text(answer.opening, answer.zone, lang), lang))
    return "\n".join(lines)


REASONS = {
    "NO_FREEZE": Text("放行：不在封网期", "free: no freeze in force"),
    "KIND_FREE": Text("放行：此类变更免批", "free: this kind needs no permit"),
    "FROZEN": Text("封网", "frozen"),
    "SILENT": Text("静默：只有应急放行", "silent: only emergency release"),
    "OUTSIDE_WINDOW": Text("不在施工窗口内", "outside the allow windows"),
    "OUTSIDE_HOURS": Text("不在允许的时段内", "outside the hours"),
    "UNKNOWN_SYSTEM": Text("系统未登记，按封网处理", "unregistered system, held"),
}
"""Reason codes of ``freeze at`` in words."""


def opening_json(opening: Opening) -> dict[str, Any]:
    """The opening for machines."""
    return {"at": _moment(opening.at), "how": opening.how or None, "note": opening.note.as_json()}


def opening_text(opening: Opening, zone_name: str, lang: Lang) -> str:
    """The opening in one line."""
    note = opening.note.pick(lang)
    if opening.at is None:
        return Text(f"无：{note}", f"none: {note}").pick(lang)
    how = {"free": Text("无须放行单", "free"), "with_permit": Text("须放行单", "with a permit")}[opening.how or "free"]
    return f"{show(opening.at, zone(zone_name))}  {how.pick(lang)}" + (f"  {note}" if note else "")


def _windows(title: Text, items: Iterable[Active], zone_name: str, lang: Lang) -> list[str]:
    return [_row(title, _window(item, zone_name, lang), lang) for item in items]


def _window(item: Active, zone_name: str, lang: Lang) -> str:
    here = zone(zone_name)
    words = [item.window.id, item.window.name.pick(lang)]
    if item.window.effect == "deny":
        words.append(item.window.level.text.pick(lang))
    if item.span is not None:
        end = show(item.span.end, here) if item.span.end else Text("未定", "open").pick(lang)
        words.append(f"{show(item.span.start, here)} -> {end}")
    if len(item.via) > 1:
        way = " -> ".join(item.via)
        words.append(Text(f"经 {way}", f"by way of {way}").pick(lang))
    return "  ".join(word for word in words if word)


def _row(title: Text, value: str, lang: Lang) -> str:
    return f"  {title.pick(lang)}: {escape(value, 'terminal')}"


def _active_json(item: Active) -> dict[str, Any]:
    span = item.span
    return {
        "window": item.window.id,
        "name": item.window.name.as_json(),
        "level": item.window.level.id if item.window.effect == "deny" else None,
        "tier": item.window.tier,
        "owner": item.window.owner,
        "source": item.window.source,
        "target": str(item.target),
        "via": list(item.via),
        "start": _moment(span.start if span else None),
        "end": _moment(span.end if span else None),
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else iso(at)
