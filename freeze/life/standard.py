"""The standard change catalogue (标准变更目录), pure: whether a use fits its template, and the command it becomes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from freeze.calendar import Standing, in_hours
from freeze.calendar.selecting import selects
from freeze.model import StandardChange
from freeze.policy import Policy
from zhongbao_core.approval.subject import Target
from zhongbao_core.desk.rules import no
from zhongbao_core.errors import RefusedError
from zhongbao_core.event import Level
from zhongbao_core.text import Text

LIFE = timedelta(minutes=30)
"""How long the permit of one use opens doors."""
MAX_VALUE = 256
_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def find(policy: Policy, name: str) -> StandardChange:
    """The template called ``name``. Raises RefusedError STANDARD_UNKNOWN."""
    found = policy.catalogue.get(name)
    if found is None:
        raise no("STANDARD_UNKNOWN", f"标准变更目录中没有 {name}", f"the catalogue has no standard change {name}")
    return found


def command(item: StandardChange, values: Mapping[str, str]) -> tuple[str, ...]:
    """The argument list of one use: each ``{name}`` replaced by its value, never joined into a shell line.

    Raises RefusedError PARAMETER_INVALID where a parameter is missing, unknown, or does not match its whole pattern.
    """
    for name in sorted(item.parameters.keys() | values.keys()):
        if name not in item.parameters or name not in values:
            raise no("PARAMETER_INVALID", f"参数 {name} 缺少或多余", f"parameter {name} is missing or unknown")
        _fits(name, item.parameters[name], values[name])
    return tuple(_PLACE.sub(lambda match: values[match[1]], part) for part in item.command)


def _fits(name: str, pattern: str, value: str) -> None:
    bounded = 0 < len(value) <= MAX_VALUE and value.isprintable() and not value.startswith("-")
    if not bounded or re.fullmatch(pattern, value, re.ASCII) is None:
        raise RefusedError(
            Text(f"参数 {name} 的值不符合模板", f"the value of {name} does not fit the template"),
            Text(f"应整体匹配 {pattern}，且不以 - 开头", f"it must match {pattern} as a whole and not begin with -"),
            reason_code="PARAMETER_INVALID",
        )


def require_allowed(
    policy: Policy, item: StandardChange, person: str, targets: tuple[Target, ...], stand: Standing, at: datetime
) -> None:
    """Raise RefusedError where ``person`` may not use ``item`` on ``targets`` at ``at``.

    STANDARD_EXPIRED, ROLE_MISSING, TARGET_OUTSIDE, LEVEL_OUTSIDE or OUTSIDE_HOURS.
    """
    if item.valid_until is not None and at >= item.valid_until:
        raise no("STANDARD_EXPIRED", f"标准变更 {item.id} 已过有效期", f"standard change {item.id} has expired")
    found = policy.directory.persons.get(person)
    if found is None or not found.active or not found.roles & set(item.roles):
        wanted = "/".join(item.roles)
        raise no("ROLE_MISSING", f"{person} 没有角色 {wanted}", f"{person} has none of the roles {wanted}")
    for target in targets:
        system = policy.system(target.system)
        if system is None or not selects(item.select, system, target.environment, item.kind):
            raise no("TARGET_OUTSIDE", f"{target} 不在其范围", f"{target} is outside of what it covers")
    if not targets:
        raise no("TARGET_OUTSIDE", "没有说明系统", "no target was named")
    if stand.level is not Level.NONE and stand.level not in item.levels:
        level = stand.level.text
        raise no("LEVEL_OUTSIDE", f"{level.zh}级别下不可用", f"not for the level {level.en}")
    if not in_hours(item.hours, at, timedelta(0), policy.zone):
        raise no("OUTSIDE_HOURS", "不在其时段内", "outside of its hours")


def require_quota(item: StandardChange, used: int) -> None:
    """Raise RefusedError QUOTA where today's uses have reached the count a day."""
    if used >= item.per_day:
        raise no("QUOTA", f"{item.id} 今日已用满 {item.per_day} 次", f"{item.id} was used {item.per_day} times today")
