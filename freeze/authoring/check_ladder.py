"""Checks of treatments and ladder: rules that can never speak, changes no rung fits, quorums nobody can reach."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from itertools import product
from typing import NamedTuple, TypeVar

from freeze.authoring.check_scope import check_kinds, unique
from freeze.authoring.workspace import Workspace
from freeze.calendar.hours import clock_time
from freeze.model import CLASSES, KINDS, Rung, Treatment
from zhongbao_core.approval.ladder import reachable
from zhongbao_core.authored import Place
from zhongbao_core.event import Level
from zhongbao_core.text import Text

DAY = 1440
ALL_DAY = (1 << DAY) - 1
R = TypeVar("R")
Case = tuple[Level, str, str]
"""Level, kind and class: what rules are chosen by, hours apart."""


class Minutes(NamedTuple):
    """For each case, the minutes of the day that rules so far have spoken for, as bits."""

    taken: dict[Case, int]

    def speaks(self, cases: Iterable[Case], minutes: int) -> bool:
        """Take ``minutes`` of ``cases``; whether any of them was still free."""
        free = False
        for case in cases:
            before = self.taken.get(case, 0)
            free = free or bool(minutes & ~before)
            self.taken[case] = before | minutes
        return free


def check_ladder(workspace: Workspace) -> None:
    """Complain about rungs and treatments."""
    unique(workspace.where.ladder, Text("阶梯", "rung"))
    globs = [(place, rule.kinds, rule.classes) for place, rule in workspace.where.treatments]
    globs += [(place, rung.kinds, rung.classes) for place, rung in workspace.where.ladder]
    for place, kinds, classes in globs:
        check_kinds(place.at("kinds"), kinds)
        _classes(place.at("classes"), classes)
    _ranks(workspace)
    _never(workspace.where.treatments, _treatment_cases, lambda rule: ALL_DAY)
    spoken = _never(workspace.where.ladder, _rung_cases, lambda rung: minutes_of(rung.hours))
    _uncovered(workspace, spoken)
    check_reachable(workspace, *_moments(workspace), errors=True)


def _moments(workspace: Workspace) -> Iterator[datetime]:
    """When the persons who can sign may become other ones inside the event: its phases begin, a key becomes valid."""
    phases = workspace.event.phases if workspace.event is not None else ()
    if not phases:
        return
    start, end = phases[0].span.start, phases[-1].span.end
    keys = (key for person in workspace.directory.persons.values() for key in person.keys)
    begun = (key.valid_from for key in keys if key.valid_from is not None)
    yield from (phase.span.start for phase in phases)
    yield from (moment for moment in begun if start <= moment and (end is None or moment < end))


def check_reachable(workspace: Workspace, *moments: datetime, errors: bool = False) -> None:
    """Complain about rungs that nobody's persons and keys can satisfy at any of ``moments``; a warning unless ``errors``."""
    known = set(workspace.directory.ranks)
    if not known.issuperset(person.rank for person in workspace.directory.persons.values()):
        return
    for place, rung in workspace.where.ladder:
        if any(item.rank not in known for item in rung.require):
            continue
        found = [reachable(rung.require, workspace.directory, at) for at in sorted(moments)]
        for problem in found[-1] if found and all(found) else ():
            say = place.at("require").complain if errors else place.at("require").warn
            say(
                "QUORUM_UNREACHABLE",
                Text(f"{rung.id} 凑不齐：{problem.zh}", f"{rung.id} cannot be met: {problem.en}"),
                Text("补充人员或密钥（key enrol），或降低要求", "add persons or keys (key enrol), or ask for less"),
            )


def _classes(place: Place, globs: Sequence[str]) -> None:
    for number, glob in enumerate(globs):
        if not any(fnmatchcase(name, glob) for name in CLASSES):
            place.at(number).complain(
                "CLASS_UNKNOWN",
                Text(f"没有变更级别 {glob}", f"there is no class {glob}"),
                Text(f"可用：{'、'.join(CLASSES)}", f"use {', '.join(CLASSES)}"),
            )


def _ranks(workspace: Workspace) -> None:
    known = workspace.directory.ranks
    for place, rung in workspace.where.ladder:
        for number, item in enumerate(rung.require):
            if known and item.rank not in known:
                place.at("require", number, "rank").complain(
                    "RANK_UNKNOWN",
                    Text(f"没有职级 {item.rank}", f"there is no rank {item.rank}"),
                    Text(f"可用：{'、'.join(known)}", f"use {', '.join(known)}"),
                )


def _treatment_cases(rule: Treatment) -> Iterator[Case]:
    return _cases((rule.level,), rule.kinds, rule.classes)


def _rung_cases(rung: Rung) -> Iterator[Case]:
    return _cases(rung.levels, rung.kinds, rung.classes)


def _cases(levels: Iterable[Level], kinds: Sequence[str], classes: Sequence[str]) -> Iterator[Case]:
    some_kinds = [kind for kind in KINDS if any(fnmatchcase(kind, glob) for glob in kinds)]
    some_classes = [name for name in CLASSES if any(fnmatchcase(name, glob) for glob in classes)]
    return product(levels, some_kinds, some_classes)


def _never(
    placed: Sequence[tuple[Place, R]], cases: Callable[[R], Iterator[Case]], when: Callable[[R], int]
) -> Minutes:
    """Warn about rules that an earlier rule of the same file always forestalls; what all of them speak for.

    That the company's own rule forestalls one of a pack is the purpose of laying it over.
    """
    spoken = Minutes({})
    by_file: dict[str, Minutes] = {}
    for place, rule in placed:
        own = by_file.setdefault(place.document.file, Minutes({}))
        said = list(cases(rule))
        spoken.speaks(said, when(rule))
        if not own.speaks(said, when(rule)) and said:
            place.warn(
                "RULE_NEVER",
                Text(
                    "前面的规则总是先生效，此条永远用不上", "an earlier rule always fits first: this one never speaks"
                ),
                Text("移到前面，或删除", "move it up, or remove it"),
            )
    return spoken


def _uncovered(workspace: Workspace, spoken: Minutes) -> None:
    """Warn about treatments that ask for approval where no rung says whose; without any rung at all it is an error."""
    taken = Minutes({})
    empty = not workspace.where.ladder
    for place, rule in workspace.where.treatments:
        missing = [case for case in _treatment_cases(rule) if _lacks(case, rule, taken, spoken)]
        for case in _treatment_cases(rule):
            taken.taken[case] = ALL_DAY
        if rule.action == "approve" and missing:
            level, kind, name = missing[0]
            say = place.complain if empty else place.warn
            say(
                "RUNG_MISSING",
                Text(
                    f"要求审批，但没有阶梯适用于 {level.text.zh} {KINDS[kind].zh} {CLASSES[name].zh}",
                    f"approval is asked for, but no rung fits {level.id} {kind} {name}",
                ),
                Text("在 ladder.yaml 补上一级", "add a rung to ladder.yaml"),
            )


def _lacks(case: Case, rule: Treatment, taken: Minutes, spoken: Minutes) -> bool:
    """Whether ``rule`` speaks for ``case`` in minutes without a rung. Standard changes need none."""
    if case[2] == "standard" or case in taken.taken:
        return False
    return bool(minutes_of(rule.hours) & ~spoken.taken.get(case, 0))


def minutes_of(hours: Sequence[tuple[str, str]]) -> int:
    """The minutes of the day in ``hours`` as bits; no hours is the whole day."""
    if not hours:
        return ALL_DAY
    found = 0
    for opens, closes in hours:
        start, end = (int(clock_time(text).total_seconds()) // 60 for text in (opens, closes))
        if start < end:
            found |= ((1 << end) - 1) & ~((1 << start) - 1)
        elif start > end:
            found |= ALL_DAY & ~((1 << start) - 1) | ((1 << end) - 1)
    return found
