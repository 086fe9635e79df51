"""systems.yaml and freeze/windows/*.yaml to systems and windows, with every complaint on the way."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from freeze.authoring.forms import CronForm, SelectForm, SystemForm, WindowForm
from freeze.calendar.recurrence import never_fires
from freeze.model import Cron, Once, Selector, System, Window
from zhongbao_core.authored import Place, entries, only_keys
from zhongbao_core.clock import Span, resolve, zone
from zhongbao_core.errors import InputError
from zhongbao_core.event import Level, level_of
from zhongbao_core.forms import SpanForm
from zhongbao_core.load_people import END_BEFORE_START, OPEN, span_at, text_of
from zhongbao_core.text import Text
from zhongbao_core.yamlfile import Document


def load_systems(document: Document) -> list[tuple[Place, System]]:
    """All systems that can be made out, and where each stands."""
    only_keys(document, "systems")
    return [(place, _system(form)) for place, form in entries(document, "systems", SystemForm)]


def system_ids(document: Document) -> frozenset[str]:
    """Every id written in systems.yaml, whatever else is wrong with its entry."""
    listed = document.value.get("systems") if isinstance(document.value, dict) else None
    found = (item.get("id") for item in (listed if isinstance(listed, list) else ()) if isinstance(item, dict))
    return frozenset(name for name in found if isinstance(name, str))


def _system(form: SystemForm) -> System:
    return System(
        id=form.id,
        name=form.name,
        unit=form.unit,
        service=form.service,
        grade=form.grade,
        environments=tuple(form.environments),
        labels=dict(form.labels),
        part_of=form.part_of,
        stands_on=tuple(dict.fromkeys(form.stands_on)),
        owner=form.owner,
    )


def load_windows(document: Document, zone_name: str) -> list[tuple[Place, Window]]:
    """All windows that can be made out; ``zone_name`` is the company's."""
    only_keys(document, "windows")
    made = ((place, _window(place, form, zone_name)) for place, form in entries(document, "windows", WindowForm))
    return [(place, window) for place, window in made if window is not None]


def _window(place: Place, form: WindowForm, zone_name: str) -> Window | None:
    where = place.at("zone").zone(form.zone) if form.zone else zone_name
    select = selector_at(place.at("select"), form.select)
    when = _when(place, form, where) if where else None
    valid = _valid(place, form, where) if where else None
    level = _level(place, form)
    if where is None or select is None or when is None or (form.valid and valid is None):
        return None
    return Window(
        id=form.id,
        name=text_of(form.name),
        effect=form.effect,
        zone=where,
        when=when,
        select=select,
        level=level,
        tier=form.tier,
        owner=form.owner,
        why=text_of(form.why),
        valid=valid,
        source=place.source,
    )


def _level(place: Place, form: WindowForm) -> Level:
    if form.effect == "deny":
        return level_of(form.level) if form.level else Level.FULL
    if form.level:
        place.at("level").complain(
            "LEVEL_ON_ALLOW",
            Text("施工窗口不写级别", "a construction window has no level"),
            Text("删除 level", "remove level"),
        )
    return Level.NONE


def _valid(place: Place, form: WindowForm, zone_name: str) -> Span | None:
    if form.valid is None:
        return None
    if form.once is not None:
        place.at("valid").complain(
            "VALID_ON_ONCE",
            Text("一次性窗口不写 valid", "valid belongs to recurring windows"),
            Text("删除 valid", "remove valid"),
        )
        return None
    return span_at(place.at("valid"), form.valid, zone_name)


def _when(place: Place, form: WindowForm, zone_name: str) -> Once | Cron | None:
    if (form.once is None) == (form.cron is None):
        place.complain(
            "WHEN",
            Text("once 与 cron 须写其一", "write either once or cron"),
            Text("一次性写 once，周期性写 cron", "once for a single stretch, cron for a recurring one"),
        )
        return None
    if form.once is not None:
        return _once(place.at("once"), form.once, zone_name, form.effect)
    return _cron(place.at("cron"), form.cron) if form.cron else None


def _once(place: Place, form: SpanForm, zone_name: str, effect: Literal["deny", "allow"]) -> Once | None:
    start = place.at("start").wall(form.start)
    if form.end == OPEN:
        if effect == "allow":
            _open_allow(place)
            return None
        return Once(start, None) if start else None
    end = place.at("end").wall(form.end)
    if start is None or end is None or not _in_range(place, start, end):
        return None
    if end <= start:
        place.at("end").complain("END_BEFORE_START", *END_BEFORE_START)
        return None
    if effect == "allow" and _instant(start, zone_name) >= _instant(end, zone_name):
        place.at("end").complain("END_BEFORE_START", *END_BEFORE_START)
        return None
    return Once(start, end)


def _instant(wall: datetime, zone_name: str) -> datetime:
    return resolve(wall, zone(zone_name), "later")


def _in_range(place: Place, start: datetime, end: datetime) -> bool:
    if start.year >= 2000 and end.year < 2200:
        return True
    place.complain(
        "TIME", Text("年份不在 2000 至 2199", "a year outside 2000 to 2199"), Text("改正年份", "correct the year")
    )
    return False


def _open_allow(place: Place) -> None:
    place.at("end").complain(
        "OPEN_ALLOW",
        Text("施工窗口须写明结束", "a construction window has an end"),
        Text("写上 end 的时间", "write the time it ends"),
    )


def _cron(place: Place, form: CronForm) -> Cron | None:
    length = place.at("duration").length(form.duration)
    try:
        never = never_fires(form.schedule)
    except InputError as error:
        place.at("schedule").complain(
            "SCHEDULE",
            error.message,
            error.hint or Text("五段：分 时 日 月 周", "five fields: min hour day month weekday"),
        )
        return None
    if never:
        place.at("schedule").complain(
            "DATE_NEVER",
            Text(f"{form.schedule} 的日期永不到来", f"{form.schedule} names a date that never comes"),
            Text("改正日与月", "correct day and month"),
        )
        return None
    return Cron(" ".join(form.schedule.split()), length, form.days) if length else None


def selector_at(place: Place, form: SelectForm) -> Selector | None:
    """The selector, or None and a complaint where it selects nothing or contradicts itself."""
    narrow = {
        "systems": tuple(form.systems or ()),
        "services": tuple(form.services or ()),
        "environments": tuple(form.environments or ()),
        "units": tuple(form.units or ()),
    }
    labels = tuple((key, glob) for key, globs in (form.labels or {}).items() for glob in globs)
    kinds = tuple(form.kinds or ())
    empty = [name for name in form.model_fields_set if not getattr(form, name)]
    for name in empty:
        place.at(name).complain("EMPTY_SELECTOR", *_EMPTY)
    said = any(narrow.values()) or bool(labels)
    if not empty and not said and not kinds and not form.everything:
        place.complain("EMPTY_SELECTOR", *_EMPTY)
        return None
    if form.everything and said:
        place.at("everything").complain("EVERYTHING_NARROWED", *_NARROWED)
        return None
    if empty:
        return None
    return Selector(**narrow, kinds=kinds, labels=labels, everything=bool(form.everything) or not said)


_EMPTY = (
    Text("选择器为空，什么也没选", "an empty selector selects nothing"),
    Text("写上 systems 等维度；全部系统写 everything: true", "name systems or so; for all systems everything: true"),
)
_NARROWED = (
    Text("everything 不能再加其他维度", "everything cannot be narrowed by other dimensions"),
    Text("删除 everything 或其他维度", "remove everything or the other dimensions"),
)
