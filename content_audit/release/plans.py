"""Whether a response plan (舆情预案) fits a post: valid at the instant, whole, and made for its account or campaign. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from content_audit.audit.registers import Account, Plan, Registers
from zhongbao_core.clock import zone
from zhongbao_core.people import Directory
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

_HOURS = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)


class Purpose(NamedTuple):
    """What a post is part of."""

    account: Account
    column: str = ""
    campaign: str = ""


def fits(plan_id: str, purpose: Purpose, registers: Registers, directory: Directory, at: datetime, where: str) -> Fit:
    """How the plan called ``plan_id`` fits ``purpose`` at the publish instant ``at``; ``where`` is the company's zone.

    ``registers`` are all rows: a plan that is over is told apart from one that never was.
    """
    plan = next((item for item in registers.plans if item.id == plan_id), None)
    if plan is None:
        return Fit(None, (Text(f"没有预案 {plan_id}", f"there is no plan {plan_id}"),))
    problems = [*_span(plan, at), *_scope(plan, purpose), *_whole(plan, directory), *_hours(plan, at, where)]
    return Fit(plan, tuple(problems))


class Fit(NamedTuple):
    """A plan and why it does not do; nothing there: it does."""

    plan: Plan | None
    problems: tuple[Text, ...]

    @property
    def good(self) -> bool:
        """Whether the plan may stand behind the post."""
        return self.plan is not None and not self.problems


def _span(plan: Plan, at: datetime) -> list[Text]:
    if plan.span.contains(at):
        return []
    return [Text(f"预案 {plan.id} 在发布时不在有效期内", f"plan {plan.id} is not valid when the post goes out")]


def _scope(plan: Plan, purpose: Purpose) -> list[Text]:
    account, found = purpose.account, []
    if plan.accounts and account.id not in plan.accounts:
        found.append(Text(f"预案 {plan.id} 不含账号 {account.id}", f"plan {plan.id} is not for account {account.id}"))
    if plan.channels and account.channel not in plan.channels:
        found.append(Text(f"预案 {plan.id} 不含此渠道", f"plan {plan.id} is not for channel {account.channel}"))
    if plan.columns and purpose.column not in plan.columns:
        found.append(Text(f"预案 {plan.id} 不含此栏目", f"plan {plan.id} is not for column {purpose.column or '-'}"))
    if plan.campaigns and purpose.campaign not in plan.campaigns:
        found.append(
            Text(f"预案 {plan.id} 不含此活动", f"plan {plan.id} is not for campaign {purpose.campaign or '-'}")
        )
    return found


def _whole(plan: Plan, directory: Directory) -> list[Text]:
    parts = {
        "联系人 contacts": plan.contacts,
        "触发条件 triggers": plan.triggers,
        "口径 answers": plan.answers,
        "升级 escalation": plan.escalation,
    }
    found = [Text(f"预案缺 {name}", f"the plan lacks {name}") for name, items in parts.items() if not items]
    owner = directory.persons.get(plan.owner)
    if owner is None or not owner.active:
        found.append(Text(f"预案责任人 {plan.owner} 不在岗", f"the plan's owner {plan.owner} is no active person"))
    return found


def _hours(plan: Plan, at: datetime, where: str) -> list[Text]:
    """Somebody must be watching when the post goes out."""
    match = _HOURS.fullmatch(plan.hours)
    if match is None:
        return [Text("预案值守时间不可读", "the plan's hours cannot be read")]
    start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    local = at.astimezone(zone(where))
    minute = local.hour * 60 + local.minute
    watched = start <= minute < end if start < end else minute >= start or minute < end
    if watched:
        return []
    return [
        Text(f"发布时间 {local:%H:%M} 不在预案值守时间 {plan.hours} 内", f"{local:%H:%M} is outside hours {plan.hours}")
    ]
