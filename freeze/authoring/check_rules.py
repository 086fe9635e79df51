"""Checks of catalogue, exemptions, doors and break-glass; and what of them has lapsed at an instant."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from freeze.authoring.check_scope import check_selector, unique
from freeze.authoring.workspace import Workspace
from freeze.life.safe_pattern import complaint
from freeze.model import Door, Exemption, StandardChange
from zhongbao_core.approval.codes import issued_at
from zhongbao_core.authored import Place
from zhongbao_core.clock import show, zone
from zhongbao_core.errors import ZhongbaoError
from zhongbao_core.event import Level
from zhongbao_core.text import NOTHING, Text

LONG_GLASS = timedelta(hours=4)
_PLACE = re.compile(r"\{([^{}]*)\}")
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "cmd", "cmd.exe", "powershell", "pwsh", "env", "eval"})


def check_rules(workspace: Workspace) -> None:
    """Complain about catalogue, exemptions, doors and break-glass."""
    where = workspace.where
    unique(where.catalogue, Text("标准变更", "standard change"))
    unique(where.exemptions, Text("豁免", "exemption"))
    unique(where.doors, Text("门", "door"))
    for place, item in where.catalogue:
        check_selector(place.at("select"), item.select, workspace)
        _patterns(place, item)
        _command(place, item)
    for place, exemption in where.exemptions:
        check_selector(place.at("select"), exemption.select, workspace)
        _exemption(place, exemption)
    for place, door in where.doors:
        _projects(place, door, workspace)
        _observed(place, door, workspace)
    _glass(workspace)


def check_rules_now(workspace: Workspace, at: datetime) -> None:
    """Warn about what has expired at ``at``."""
    here = zone(workspace.zone)
    lapsing = [(place.at("expires"), item.expires) for place, item in workspace.where.exemptions]
    lapsing += [
        (place.at("valid_until"), item.valid_until) for place, item in workspace.where.catalogue if item.valid_until
    ]
    for place, until in lapsing:
        if until <= at:
            place.warn(
                "EXPIRED",
                Text(f"已于 {show(until, here)} 到期", f"it expired at {show(until, here)}"),
                Text("删除，或重新审批后延期", "remove it, or have it approved anew"),
            )


def _patterns(place: Place, item: StandardChange) -> None:
    for name, pattern in item.parameters.items():
        why = complaint(pattern)
        if why is not None:
            place.at("parameters", name).complain(
                "PATTERN", Text(f"参数 {name} 的{why.zh}", f"pattern of {name}: {why.en}"), _PATTERN_FIX
            )


_PATTERN_FIX = Text("用字符类与有限次数，如 [a-z0-9-]{1,40}", "use classes and bounded repeats, as in [a-z0-9-]{1,40}")


def _command(place: Place, item: StandardChange) -> None:
    used: set[str] = set()
    for number, part in enumerate(item.command):
        names = set(_PLACE.findall(part))
        used |= names
        for name in sorted(names - item.parameters.keys()):
            place.at("command", number).complain(
                "PLACE_UNKNOWN",
                Text(f"{{{name}}} 没有对应的参数", f"{{{name}}} is no parameter"),
                Text("在 parameters 中定义，或删除", "define it in parameters, or remove it"),
            )
        if "{" in _PLACE.sub("", part) or "}" in _PLACE.sub("", part):
            place.at("command", number).complain(
                "PLACE_UNKNOWN", Text("大括号没有成对", "braces do not pair"), Text("写成 {名称}", "write {name}")
            )
    _program(place.at("command", 0), item.command[0])
    for name in sorted(item.parameters.keys() - used):
        place.at("parameters", name).warn(
            "PARAMETER_UNUSED",
            Text(f"参数 {name} 在 command 中没有用到", f"parameter {name} is not used in command"),
            Text("删除，或写进 command", "remove it, or use it in command"),
        )


def _program(place: Place, program: str) -> None:
    name = program.rsplit("/", 1)[-1].lower()
    if "{" in program or name in _SHELLS or " " in program:
        place.complain(
            "COMMAND_SHELL",
            Text(f"程序 {program} 能执行任意命令", f"the program {program} can run anything"),
            Text("直接写要运行的程序，参数逐项列出", "name the program itself, one argument an entry"),
        )


def _exemption(place: Place, item: Exemption) -> None:
    if Level.SILENT in item.levels:
        place.at("levels").complain(
            "EXEMPT_SILENT",
            Text("静默级别没有豁免", "no exemption holds at silent"),
            Text("从 levels 中删除 silent", "remove silent from levels"),
        )
    if item.select.everything and not item.select.kinds:
        place.at("select").complain(
            "EXEMPT_ALL",
            Text("豁免了全部系统的全部变更", "it exempts every change to every system"),
            Text("写明系统与变更类型", "name systems and kinds"),
        )


def _projects(place: Place, door: Door, workspace: Workspace) -> None:
    for project, targets in door.projects.items():
        if not targets:
            place.at("projects", project).complain(
                "EMPTY",
                Text(f"{project} 没有对应系统", f"{project} maps to nothing"),
                Text("写 系统/环境", "write system/environment"),
            )
        for number, target in enumerate(targets):
            system = workspace.all_systems.get(target.system)
            where = place.at("projects", project, number)
            if target.system not in workspace.where.system_ids:
                where.complain(
                    "SYSTEM_UNKNOWN", Text(f"没有系统 {target.system}", f"there is no system {target.system}"), _LISTED
                )
            elif system is not None and target.environment not in system.environments:
                where.complain(
                    "ENVIRONMENT_UNKNOWN",
                    Text(
                        f"{target.system} 没有环境 {target.environment}", f"{target.system} has no {target.environment}"
                    ),
                    Text(f"可用：{'、'.join(system.environments)}", f"use {', '.join(system.environments)}"),
                )


_LISTED = Text("改正编号，或在 systems.yaml 中登记", "correct the id, or list it in systems.yaml")


def _observed(place: Place, door: Door, workspace: Workspace) -> None:
    until, event = door.observe_until, workspace.event
    if until is None or event is None:
        return
    for phase in event.phases:
        if phase.level >= Level.FULL and phase.span.start < until:
            place.at("observe_until").complain(
                "OBSERVE_STRICT",
                Text(
                    f"观察模式伸入 {phase.id}（{phase.level.text.zh}），该级别不许观察",
                    f"observation reaches into {phase.id} ({phase.level.text.en}), where none is allowed",
                ),
                Text(f"在 {phase.id} 开始前结束", f"end it before {phase.id} begins"),
            )
            return


def _glass(workspace: Workspace) -> None:
    place, rules = workspace.where.breakglass, workspace.breakglass
    if place is None:
        return
    able = [item for item in workspace.directory.persons.values() if item.active and item.roles & set(rules.roles)]
    if workspace.directory.persons and len(able) < rules.signers:
        place.at("signers").complain(
            "QUORUM_UNREACHABLE",
            Text(f"只有 {len(able)} 人有应急放行的角色", f"only {len(able)} persons hold a role for break-glass"),
            Text("补充人员，或在 roles 中增加角色", "add persons, or add roles"),
        )
    if rules.life > LONG_GLASS:
        place.at("life").warn(
            "GLASS_LONG",
            Text("应急放行超过 4 小时，不再是应急", "an emergency release of over 4 hours is none"),
            Text("写 60m 至 4h", "write 60m to 4h"),
        )
    for number, code in enumerate(rules.sealed_codes):
        try:
            issued_at(code)
        except ZhongbaoError as error:
            place.at("sealed_codes", number).complain("CODE_HASH", error.message, error.hint or NOTHING)
