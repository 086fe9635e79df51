"""What a change request must say before it gets a number (变更申请必填项), pure: complaints by field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from freeze.model import CLASSES, KINDS, ChangeRequest
from freeze.policy import Policy
from zhongbao_core.text import Text

MAX_SPAN = timedelta(days=366)
MAX_TEXT = 4000
MAX_ITEMS = 200
BIND = re.compile(r"[A-Za-z0-9._@/:+-]{1,200}")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

WORDS = {
    "title": Text("标题", "title"),
    "necessity": Text("必要性（不变更的后果）", "necessity: what happens without it"),
    "impact": Text("影响范围", "impact"),
    "verification": Text("验证方法", "how it is verified"),
    "rollback": Text("回退方案", "rollback plan"),
}
"""Fields that are prose, and what each is for."""

PARTS = {
    "applicant": Text("申请人", "applicant"),
    "executor": Text("实施人", "executor"),
    "verifier": Text("复核人", "verifier"),
    "duty": Text("值守人", "person on duty"),
}
"""Persons a request names."""


class Complaint(NamedTuple):
    """What is wrong with one field of a draft."""

    field: str
    text: Text


def complaints(draft: ChangeRequest, policy: Policy, at: datetime) -> tuple[Complaint, ...]:
    """Everything that is wrong with ``draft`` for a submission at ``at``, in order of the fields."""
    checks: tuple[Callable[[], Iterator[Complaint]], ...] = (
        lambda: _words(draft),
        lambda: _kind(draft),
        lambda: _targets(draft, policy),
        lambda: _persons(draft, policy),
        lambda: _times(draft, at),
        lambda: _content(draft),
    )
    return tuple(complaint for check in checks for complaint in check())


def _words(draft: ChangeRequest) -> Iterator[Complaint]:
    for name, word in WORDS.items():
        value = str(getattr(draft, name))
        if not value.strip():
            yield Complaint(name, Text(f"缺少{word.zh}", f"missing: {word.en}"))
        elif len(value) > MAX_TEXT:
            yield Complaint(name, Text(f"{word.zh}超过 {MAX_TEXT} 字", f"over {MAX_TEXT} characters"))
    if not draft.steps or not all(step.strip() for step in draft.steps):
        yield Complaint("steps", Text("缺少实施步骤，或有空步骤", "no steps, or an empty one"))


def _kind(draft: ChangeRequest) -> Iterator[Complaint]:
    if draft.kind not in KINDS:
        yield Complaint(
            "kind", Text(f"未知变更类型，可用：{'、'.join(KINDS)}", f"unknown kind, use {', '.join(KINDS)}")
        )
    if draft.change_class not in CLASSES:
        known = ", ".join(CLASSES)
        yield Complaint("change_class", Text(f"未知变更级别，可用：{known}", f"unknown class, use {known}"))
    if draft.change_class == "standard":
        yield Complaint(
            "change_class",
            Text("标准变更不走申请：freeze standard use", "a standard change needs no request: freeze standard use"),
        )
    if (draft.kind == "restore" or draft.change_class == "emergency") and not draft.incident.strip():
        yield Complaint("incident", Text("紧急变更与恢复运行须写关联故障单", "name the incident it answers"))


def _targets(draft: ChangeRequest, policy: Policy) -> Iterator[Complaint]:
    if not draft.targets or len(draft.targets) > MAX_ITEMS or len(set(draft.targets)) != len(draft.targets):
        yield Complaint("targets", Text("系统为空、重复或过多", "targets: none, repeated or too many"))
    for target in draft.targets:
        system = policy.system(target.system)
        if system is None:
            yield Complaint(
                "targets", Text(f"系统 {target.system} 未登记", f"system {target.system} is not registered")
            )
        elif target.environment not in system.environments:
            yield Complaint("targets", Text(f"{target} 没有这个环境", f"{target}: no such environment"))


def _persons(draft: ChangeRequest, policy: Policy) -> Iterator[Complaint]:
    for name, word in PARTS.items():
        person = policy.directory.persons.get(getattr(draft, name))
        if (person is None or not person.active) and not _next_morning(name, draft, policy):
            yield Complaint(name, Text(f"{word.zh}不是在册人员", f"the {word.en} is no active person of people.yaml"))
    if draft.executor == draft.applicant:
        yield Complaint("executor", Text("申请人与实施人须不同", "applicant and executor are different persons"))
    if draft.verifier and draft.verifier in (draft.executor, draft.applicant):
        yield Complaint("verifier", Text("复核人须另有其人", "the verifier is neither applicant nor executor"))
    if draft.duty and draft.duty == draft.executor:
        yield Complaint("duty", Text("值守人与实施人须不同", "on duty and executor are different persons"))


def _next_morning(part: str, draft: ChangeRequest, policy: Policy) -> bool:
    """At night two persons on site are enough: the verifier may be named the next morning."""
    from freeze.decision.permitcheck import is_night

    return part == "verifier" and not draft.verifier and is_night(draft.start, policy.zone)


def _times(draft: ChangeRequest, at: datetime) -> Iterator[Complaint]:
    if draft.duration <= timedelta(0):
        yield Complaint("duration", Text("实施时长须大于零", "the length must be above zero"))
    if draft.rollback_duration < timedelta(0) or draft.observation < timedelta(0):
        yield Complaint("rollback_duration", Text("时长不能为负", "no negative length"))
    if draft.kind != "rollback" and draft.rollback_duration == timedelta(0):
        yield Complaint("rollback_duration", Text("须写回退时长", "say how long a rollback takes"))
    if draft.end - draft.start > MAX_SPAN:
        yield Complaint("duration", Text("时间窗超过 366 天", "the span is over 366 days"))
    if draft.end <= at:
        yield Complaint("start", Text("时间窗已过", "the span is over already"))


def _content(draft: ChangeRequest) -> Iterator[Complaint]:
    if len(draft.binds) > MAX_ITEMS or len(draft.labels) > MAX_ITEMS:
        yield Complaint("binds", Text("条目过多", "too many entries"))
    for name, value in draft.binds.items():
        if not BIND.fullmatch(name) or not DIGEST.fullmatch(value):
            yield Complaint(
                "binds", Text(f"{name!r} 须写成 sha256:<64 位十六进制>", f"{name!r} must be sha256:<64 hex digits>")
            )
