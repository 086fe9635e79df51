"""``zhongbao event show``: the protection period, its phases and levels, what holds and what comes next."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from zhongbao_core.clikit import Settings, pass_settings
from zhongbao_core.clock import iso, now, parse_instant, show, show_duration, zone
from zhongbao_core.errors import ExitCode
from zhongbao_core.event import Event, Level, Phase
from zhongbao_core.text import Lang, Text, escape, pad, width


@click.group("event")
def event() -> None:
    """The protection period (保障期): phases in time, each with a level."""


@event.command("show")
@click.option("--at", "instant", default="", help="The instant to look at; now if not given.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@pass_settings
def event_show(settings: Settings, instant: str, form: str) -> int:
    """The phases with their levels and the company's labels, the one in force, and what comes next.

    Exit code 0; 3 where the policy cannot be read.
    """
    from freeze.entry.what_if import what_if_policy

    found = what_if_policy(settings).policy
    at = parse_instant(instant, zone(found.zone)) if instant and instant != "now" else now()
    click.echo(event_json(found.event, at) if form == "json" else event_text(found.event, at, settings.lang))
    return int(ExitCode.OK)


def event_json(event: Event | None, at: datetime) -> str:
    """The event for machines; ``event`` is null where the company has none in view."""
    answer: dict[str, Any] = {"schema_version": 1, "reason_code": "OK", "at": iso(at), "event": None}
    answer |= {"phase": None, "next": None}
    if event is not None:
        here, after = event.phase_at(at), next_phase(event, at)
        answer |= {
            "event": {"id": event.id, "name": event.name.as_json(), "zone": event.zone, "owner": event.owner},
            "phases": [_phase_json(phase) for phase in event.phases],
            "phase": here.id if here else None,
            "next": after.id if after else None,
        }
    answer["level"] = (event.level_at(at) if event else Level.NONE).id
    return json.dumps(answer, ensure_ascii=False, indent=2, sort_keys=True)


def event_text(event: Event | None, at: datetime, lang: Lang) -> str:
    """The event for people: one row a phase, the one in force marked, then now and next."""
    if event is None:
        return Text(
            "工作区没有保障期（zhongbao.yaml 的 event 为空）。", "no protection period in this workspace."
        ).pick(lang)
    owner = f"  {Text('负责人', 'owner').pick(lang)} {event.owner}" if event.owner else ""
    head = escape(f"{event.name.pick(lang)}  {event.id}  {event.zone}{owner}", "terminal")
    names = [escape(_level_name(phase, lang), "terminal") for phase in event.phases]
    wide = max([0, *map(width, names)])
    rows = [_row(phase, pad(name, wide), event, at, lang) for phase, name in zip(event.phases, names, strict=True)]
    return "\n".join([head, *rows, "", *_now_and_next(event, at, lang)])


def next_phase(event: Event, at: datetime) -> Phase | None:
    """The first phase that begins after ``at``."""
    return next((phase for phase in event.phases if phase.span.start > at), None)


def _row(phase: Phase, name: str, event: Event, at: datetime, lang: Lang) -> str:
    where = zone(event.zone)
    mark = ">" if phase.span.contains(at) else " "
    end = show(phase.span.end, where) if phase.span.end else Text("未定（待解除）", "open (until lifted)").pick(lang)
    title = escape(phase.name.pick(lang) or phase.id, "terminal")
    return f"{mark} {show(phase.span.start, where)} -> {pad(end, 23)}  {name}  {title}".rstrip()


def _now_and_next(event: Event, at: datetime, lang: Lang) -> list[str]:
    where, here, after = zone(event.zone), event.phase_at(at), next_phase(event, at)
    none = Text("不在任何阶段（平时）", "outside every phase (no freeze)").pick(lang)
    lines = [f"{Text('此刻', 'now').pick(lang)} {show(at, where)}: {_level_name(here, lang) if here else none}"]
    change = here.span.end if here is not None else None
    if after is not None and (here is None or after.span.start == change):
        lines.append(_then(after.span.start, at, where, _level_name(after, lang), lang))
    elif here is not None and change is None:
        lines.append(Text("结束时间未定，待签发解除", "no known end: it holds until a signed lift").pick(lang))
    elif change is not None:
        lines.append(_then(change, at, where, none, lang))
        if after is not None:
            lines.append(_then(after.span.start, at, where, _level_name(after, lang), lang))
    return [escape(line, "terminal") for line in lines]


def _then(moment: datetime, at: datetime, where: Any, what: str, lang: Lang) -> str:
    wait = show_duration(moment - at)
    return Text(
        f"接着 {show(moment, where)}（{wait} 后）: {what}", f"then {show(moment, where)} (in {wait}): {what}"
    ).pick(lang)


def _level_name(phase: Phase, lang: Lang) -> str:
    label = Text(f"（{phase.label}）", f" ({phase.label})").pick(lang) if phase.label else ""
    return phase.level.text.pick(lang) + label


def _phase_json(phase: Phase) -> dict[str, Any]:
    return {
        "id": phase.id,
        "name": phase.name.as_json(),
        "level": phase.level.id,
        "level_name": phase.level.text.as_json(),
        "label": phase.label,
        "start": iso(phase.span.start),
        "end": iso(phase.span.end) if phase.span.end else None,
    }
