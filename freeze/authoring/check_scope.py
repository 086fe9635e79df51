"""Checks of systems and windows: ids, families without loops, selectors that find something, dates that come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Protocol, TypeVar

from freeze.authoring.workspace import Workspace
from freeze.calendar import spans
from freeze.calendar.register import is_glob
from freeze.model import KINDS, Cron, Selector, System, Window
from zhongbao_core.authored import Place
from zhongbao_core.errors import CalendarDataError
from zhongbao_core.text import Text

LONGEST = timedelta(days=731)
"""How far a recurring window's validity is searched for a first fire."""


class Named(Protocol):
    """Whatever has an id."""

    @property
    def id(self) -> str:
        """The id."""


N = TypeVar("N", bound=Named)


def check_scope(workspace: Workspace) -> None:
    """Complain about systems and windows."""
    where = workspace.where
    unique(where.systems, Text("系统", "system"))
    unique(where.windows, Text("窗口", "window"))
    for place, system in where.systems:
        _family(place, system, where.system_ids)
    _loops(where.systems, Text("上级", "part_of"), lambda system: [system.part_of] if system.part_of else [], "part_of")
    _loops(where.systems, Text("依赖", "stands_on"), lambda system: system.stands_on, "stands_on")
    for place, window in where.windows:
        check_selector(place.at("select"), window.select, workspace)
        _comes(place, window, workspace)


def unique(placed: Sequence[tuple[Place, N]], what: Text) -> None:
    """Complain about ids that stand twice."""
    first: dict[str, Place] = {}
    for place, item in placed:
        if item.id in first:
            earlier = first[item.id].source
            place.at("id").complain(
                "DUPLICATE_ID",
                Text(
                    f"{what.zh}编号 {item.id} 重复，已在 {earlier}",
                    f"{what.en} id {item.id} stands twice, first at {earlier}",
                ),
                Text("改用别的编号", "use another id"),
            )
        first.setdefault(item.id, place)


def _family(place: Place, system: System, known: frozenset[str]) -> None:
    if system.part_of is not None and system.part_of not in known:
        _unknown(place.at("part_of"), system.part_of)
    for number, needed in enumerate(system.stands_on):
        if needed not in known:
            _unknown(place.at("stands_on", number), needed)


def _unknown(place: Place, name: str) -> None:
    place.complain(
        "SYSTEM_UNKNOWN",
        Text(f"没有系统 {name}", f"there is no system {name}"),
        Text("改正编号，或在 systems.yaml 中登记", "correct the id, or list it in systems.yaml"),
    )


def _loops(placed: Sequence[tuple[Place, System]], what: Text, above: Above, key: str) -> None:
    """Complain once about each loop, at its first system as written."""
    known = {system.id: system for _, system in placed}
    done: set[str] = set()
    for place, system in placed:
        loop = _loop_from(system, known, above, done)
        if loop:
            shown = " → ".join([*loop, loop[0]])
            place.at(key).complain(
                "CYCLE",
                Text(f"{what.zh}成环：{shown}", f"{what.en} goes round in a circle: {shown}"),
                Text("断开其中一处", "break it at one place"),
            )


class Above(Protocol):
    """From a system to those it points at."""

    def __call__(self, system: System, /) -> Sequence[str]:
        """Their ids."""


def _loop_from(system: System, known: Mapping[str, System], above: Above, done: set[str]) -> list[str]:
    """The loop that ``system`` leads into, or nothing. Iterative; every system is walked once over all calls."""
    path: list[str] = []
    stack: list[tuple[str, Iterator[str]]] = []
    if system.id not in done:
        stack.append((system.id, iter(above(system))))
        path.append(system.id)
    while stack:
        name, rest = stack[-1]
        after = next(rest, None)
        if after is None:
            done.add(name)
            stack.pop()
            path.pop()
        elif after in path:
            done.update(path)
            return path[path.index(after) :]
        elif after in known and after not in done:
            stack.append((after, iter(above(known[after]))))
            path.append(after)
    return []


def check_selector(place: Place, select: Selector, workspace: Workspace) -> None:
    """Complain about systems nobody listed and kinds nobody knows; warn where nothing is selected."""
    said = len(place.document.complaints)
    for number, glob in enumerate(select.systems):
        if not is_glob(glob) and glob not in workspace.where.system_ids:
            _unknown(place.at("systems", number), glob)
    check_kinds(place.at("kinds"), select.kinds)
    found = any(_environment(select, item) for item in workspace.register.selected(select))
    if not found and len(place.document.complaints) == said:
        place.warn(
            "SELECTS_NOTHING",
            Text("没有任何系统符合", "no system fits"),
            Text("对照 systems.yaml 检查各维度", "compare each dimension with systems.yaml"),
        )


def check_kinds(place: Place, globs: Iterable[str]) -> None:
    """Complain about kinds that do not exist."""
    for number, glob in enumerate(globs):
        if not any(fnmatchcase(kind, glob) for kind in KINDS):
            place.at(number).complain(
                "KIND_UNKNOWN",
                Text(f"没有变更类型 {glob}", f"there is no kind {glob}"),
                Text(f"可用：{'、'.join(KINDS)}", f"use {', '.join(KINDS)}"),
            )


def _environment(select: Selector, system: System) -> bool:
    wanted = select.environments
    return not wanted or any(fnmatchcase(name, glob) for name in system.environments for glob in wanted)


def _comes(place: Place, window: Window, workspace: Workspace) -> None:
    """Warn where a recurring window never opens inside its validity, or hangs on holidays nobody knows."""
    if not isinstance(window.when, Cron):
        return
    unknown = sorted(_years(window, workspace) - workspace.holidays.known) if window.when.days != "any" else []
    if unknown:
        shown = "、".join(str(year) for year in unknown)
        place.at("cron", "days").warn(
            "HOLIDAYS_MISSING",
            Text(f"{shown} 年的放假安排尚未收录", f"the holidays of {shown} are not known"),
            Text("在 holidays.yaml 补充", "add them to holidays.yaml"),
        )
    elif window.valid is not None and window.valid.end is not None and not _opens(window, workspace):
        place.at("valid").warn(
            "WINDOW_NEVER",
            Text("在有效期内从不开启", "it never opens inside its validity"),
            Text("检查 schedule 与 valid", "check schedule and valid"),
        )


def _years(window: Window, workspace: Workspace) -> set[int]:
    """Years that the event and the window's validity name; an open end names the year it begins in."""
    stretches = [phase.span for phase in workspace.event.phases] if workspace.event else []
    stretches += [window.valid] if window.valid else []
    return {year for span in stretches for year in range(span.start.year, (span.end or span.start).year + 1)}


def _opens(window: Window, workspace: Workspace) -> bool:
    """Whether it opens in its validity, looked at for LONGEST from its start; an unknown year counts as open."""
    valid = window.valid
    if valid is None or valid.end is None:
        return True
    try:
        return bool(spans(window, valid.start, min(valid.end, valid.start + LONGEST), workspace.holidays))
    except CalendarDataError:
        return True
