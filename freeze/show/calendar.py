"""The calendar for people and machines: a timeline for the terminal, JSON, and iCalendar."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from freeze.calendar.intervals import FOREVER
from freeze.calendar.view import Bar, Lane, View
from zhongbao_core.clock import show, zone
from zhongbao_core.event import LEVEL_NAMES, Level
from zhongbao_core.text import Lang, Text, escape, pad, width

if TYPE_CHECKING:
    from icalendar import Component

COLUMNS = 72
"""Cells of the timeline."""
MARKS = {Level.NONE: "+", Level.WATCH: ".", Level.RESTRICTED: "-", Level.FULL: "=", Level.SILENT: "#"}
"""One plain character a level, the same width on every terminal; an allow window is ``+``."""
UNSURE = "?"
_NAME = 20
"""Terminal columns of a name."""
_LINES = 8
"""Intervals of a lane told in words."""

OPEN_END = Text("结束时间未定（待解除）", "no known end (until lifted)")


def to_json(view: View, lang: Lang) -> str:
    """The view as JSON, both languages inside."""
    return json.dumps(view.as_json(), ensure_ascii=False, indent=2, sort_keys=True)


def to_text(view: View, lang: Lang) -> str:
    """A timeline: one row a lane, one mark a cell for the strictest level in it, then the intervals in words."""
    head = f"{_when(view, view.low)} -> {_when(view, view.high)}  {view.zone}"
    title = Text("封网日历", "freeze calendar").pick(lang)
    lines = [f"{title}  {head}" + (f"  {escape(str(view.target), 'terminal')}" if view.target else "")]
    if not view.lanes:
        return "\n".join(
            [*lines, Text("这段时间没有保障期阶段，也没有窗口。", "no phase and no window in this time.").pick(lang)]
        )
    names = [_lane_name(lane, lang) for lane in view.lanes]
    left = max(width(name) for name in names)
    lines += [pad("", left) + "  " + _ruler(view)]
    lines += [f"{pad(name, left)} |{_row(lane, view)}|" for name, lane in zip(names, view.lanes, strict=True)]
    return "\n".join(
        [*lines, "", _legend(lang), "", *(line for lane in view.lanes for line in _words(lane, view, lang))]
    )


def to_ics(view: View, lang: Lang) -> str:
    """The view as an iCalendar document: one event an interval, in UTC, recurrences written out.

    An open end stops at the end of the view and says so in summary and ``X-ZHONGBAO-OPEN-END``; an interval that
    hangs on unknown holiday data is TENTATIVE. Same view, same bytes.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//zhongbao//freeze calendar//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", Text("封网日历", "freeze calendar").pick(lang))
    calendar.add("x-wr-timezone", view.zone)
    for lane in view.lanes:
        for bar in lane.bars:
            calendar.add_component(_vevent(view, lane, bar, lang))
    return str(calendar.to_ical().decode("utf-8"))


RENDERERS: Mapping[str, Callable[[View, Lang], str]] = {"text": to_text, "json": to_json, "ics": to_ics}
"""Output formats by name."""


def _vevent(view: View, lane: Lane, bar: Bar, lang: Lang) -> Component:
    from icalendar import Event as VEvent

    event = VEvent()
    endless = bar.span[1] == FOREVER
    name = _bar_name(lane, bar, lang)
    event.add("uid", f"{lane.kind}-{lane.id}-{bar.span[0]:%Y%m%dT%H%M%SZ}@zhongbao")
    event.add("dtstamp", view.low)
    event.add("dtstart", bar.span[0])
    event.add("dtend", max(view.high, bar.span[0] + timedelta(minutes=1)) if endless else bar.span[1])
    event.add("summary", f"{name} {OPEN_END.pick(lang)}" if endless else name)
    event.add("categories", [lane.kind, bar.level.id])
    event.add("status", "CONFIRMED" if bar.sure else "TENTATIVE")
    event.add("transp", "TRANSPARENT" if lane.kind == "allow" else "OPAQUE")
    if lane.owner:
        event.add("description", Text(f"负责人 {lane.owner}", f"owner {lane.owner}").pick(lang))
    if endless:
        event.add("x-zhongbao-open-end", "TRUE")
    return event


def _lane_name(lane: Lane, lang: Lang) -> str:
    kind = {"event": Text("保障期", "event"), "deny": Text("封网", "deny"), "allow": Text("施工", "allow")}[lane.kind]
    return f"{kind.pick(lang)} {_cut(escape(lane.name.pick(lang) or lane.id, 'terminal'))}"


def _cut(name: str) -> str:
    """``name`` in at most ``_NAME`` terminal columns."""
    if width(name) <= _NAME:
        return name
    while width(name) > _NAME - 2:
        name = name[:-1]
    return name + ".."


def _row(lane: Lane, view: View) -> str:
    cell = (view.high - view.low) / COLUMNS
    cells = [" "] * COLUMNS
    for bar in sorted(lane.bars, key=lambda item: item.level):
        first = max(0, (bar.span[0] - view.low) // cell)
        last = COLUMNS if bar.span[1] >= view.high else -((view.low - bar.span[1]) // cell)
        for number in range(first, last):
            if bar.sure or cells[number] == " ":
                cells[number] = MARKS[bar.level] if bar.sure else UNSURE
    return "".join(cells)


def _ruler(view: View) -> str:
    cell, where = (view.high - view.low) / COLUMNS, zone(view.zone)
    form = "%m-%d" if view.high - view.low > timedelta(days=3) else "%H:%M"
    return "".join(pad("^" + (view.low + cell * n).astimezone(where).strftime(form), 12) for n in range(0, COLUMNS, 12))


def _legend(lang: Lang) -> str:
    levels = [f"{MARKS[level]} {name.pick(lang)}" for level, name in LEVEL_NAMES.items() if level]
    more = [
        f"+ {Text('施工窗口', 'allow window').pick(lang)}",
        f"? {Text('取决于未知节假日', 'unknown holidays').pick(lang)}",
    ]
    return f"{Text('图例', 'legend').pick(lang)}  " + "  ".join([*levels, *more])


def _words(lane: Lane, view: View, lang: Lang) -> list[str]:
    lines = [_line(lane, bar, view, lang) for bar in lane.bars[:_LINES]]
    if len(lane.bars) > _LINES:
        rest = len(lane.bars) - _LINES
        lines.append(Text(f"  另有 {rest} 段未列出", f"  and {rest} more").pick(lang))
    return lines


def _line(lane: Lane, bar: Bar, view: View, lang: Lang) -> str:
    end = OPEN_END.pick(lang) if bar.span[1] == FOREVER else _when(view, bar.span[1])
    unsure = "" if bar.sure else Text("（取决于未知节假日）", " (hangs on unknown holidays)").pick(lang)
    via = " -> ".join(lane.via) if len(lane.via) > 1 else ""
    way = Text(f"（经 {via}）", f" (by way of {via})").pick(lang) if via else ""
    return escape(f"{_when(view, bar.span[0])} -> {end}  {_bar_name(lane, bar, lang)}{way}{unsure}", "terminal")


def _bar_name(lane: Lane, bar: Bar, lang: Lang) -> str:
    """The level by name with the company's label, then the name of phase or window."""
    if lane.kind == "allow":
        return f"{Text('施工窗口', 'allow window').pick(lang)} {bar.name.pick(lang) or lane.id}"
    label = Text(f"（{bar.label}）", f" ({bar.label})").pick(lang) if bar.label else ""
    return f"{bar.level.text.pick(lang)}{label} {bar.name.pick(lang) or lane.id}"


def _when(view: View, at: datetime) -> str:
    return show(at, zone(view.zone))
