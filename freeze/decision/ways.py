"""The ways past a freeze: exemption, break-glass, standard change, permitted change, work in flight, observation.

Each is asked only when the calendar holds; each answers None (does not apply), an allow, or why it does not open.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from freeze.calendar import Standing, in_hours
from freeze.calendar.selecting import selects
from freeze.decision.case import Answer, Case, PermitView, UseState, allow, hold, total
from freeze.decision.permitcheck import covers, glass_missing, refusal
from freeze.decision.stands import approvable, governing, joined_level, level_name
from freeze.model import Door, Exemption, RuleTrace, StandardChange, Verdict
from zhongbao_core.clock import show, zone
from zhongbao_core.event import Level
from zhongbao_core.text import Text


def exempted(case: Case, stand: Standing) -> Answer | None:
    """Allowed where entries of the exemption list cover every target over the whole span; never at SILENT."""
    if stand.level is Level.SILENT:
        return None
    until = case.at + total(case)
    found = [_exemption(case, stand, index, until) for index in range(len(case.question.targets))]
    if not found or None in found:
        return None
    entries = {item.id: item for item in found if item is not None}
    text = Text(f"豁免清单 {'、'.join(entries)}", f"exemption {', '.join(entries)}")
    return allow("EXEMPT", text, *(_exemption_trace(case, item) for item in entries.values()))


def _exemption(case: Case, stand: Standing, index: int, until: datetime) -> Exemption | None:
    target = case.question.targets[index]
    system = case.policy.system(target.system)
    if system is None:
        return None
    for item in case.policy.exemptions:
        fits = (stand.level is Level.NONE or stand.level in item.levels) and until < item.expires
        if fits and selects(item.select, system, target.environment, case.question.kind):
            return item
    return None


def _exemption_trace(case: Case, item: Exemption) -> RuleTrace:
    until = show(item.expires, zone(case.policy.zone))
    said = Text(
        f"豁免：{item.reason}（责任人 {item.owner}，{until} 到期）",
        f"exempt: {item.reason} (owner {item.owner}, expires {until})",
    )
    return RuleTrace(item.id, "exemption", said, max(item.levels, default=Level.NONE), item.owner, "", item.expires)


def permitted(case: Case, stand: Standing, base: Answer) -> Answer | None:
    """What the presented permit opens."""
    view = case.permit
    if view is None:
        return None
    judge: dict[str, Callable[[Case, Standing, Answer, PermitView], Answer | None]] = {
        "change": _change,
        "standard": _standard,
        "breakglass": _glass,
    }
    answer = judge[view.kind](case, stand, base, view)
    return answer if answer is None or answer.verdict is not Verdict.ALLOW else _with_use(case, answer)


def permitted_at(case: Case, stand: Standing, view: PermitView) -> Answer | None:
    """The allow of the change permit ``view`` where it is sound and its approvals satisfy the rung; else None."""
    return None if refusal(case, view, stand.level) is not None else _with_use(case, _opens(case, stand, view))


def _with_use(case: Case, answer: Answer) -> Answer:
    known = case.use.online and case.use.spent != "unchecked"
    checked: Literal["checked", "unchecked"] = "checked" if known else "unchecked"
    return answer._replace(use=checked)


def _change(case: Case, stand: Standing, base: Answer, view: PermitView) -> Answer | None:
    if not approvable(base.code, stand):
        return hold(view.fault.code, view.fault.text) if view.fault else None
    refused = refusal(case, view, stand.level)
    if refused is not None:
        return refused
    return _opens(case, stand, view)


def _opens(case: Case, stand: Standing, view: PermitView) -> Answer:
    return allow("PERMITTED", _opened(case, stand, view), _permit_trace(case, view))


def _opened(case: Case, stand: Standing, view: PermitView) -> Text:
    name = level_name(case, stand)
    return Text(f"放行单 {view.id} 有效（{name.zh}）", f"permit {view.id} holds ({name.en})")


def _permit_trace(case: Case, view: PermitView) -> RuleTrace:
    who = "、".join(dict.fromkeys(item.person for item in view.approvals))
    count = len({item.person for item in view.approvals})
    until = min(view.expires_at, view.subject.end) if view.expires_at and view.subject else view.expires_at
    said = Text(f"{count} 人审批：{who}", f"approved by {count}: {who.replace('、', ', ')}")
    return RuleTrace(view.id, "permit", said, owner=view.request.applicant if view.request else "", until=until)


def _standard(case: Case, stand: Standing, base: Answer, view: PermitView) -> Answer | None:
    item = case.policy.catalogue.get(view.standard)
    if item is None:
        text = Text(f"标准变更目录中没有 {view.standard}", f"there is no standard change {view.standard}")
        return hold("PERMIT_MISMATCH", text)
    if base.code == "UNKNOWN_SYSTEM":
        return None
    answer = refusal(case, view, stand.level) or _standard_refusal(case, stand, item)
    if answer is not None:
        return answer
    said = Text(f"标准变更 {item.name.zh}", f"standard change {item.name.en}")
    trace = RuleTrace(item.id, "standard", said, stand.level, item.owner, "", item.valid_until)
    return allow("STANDARD_CHANGE", said, trace)


def _standard_refusal(case: Case, stand: Standing, item: StandardChange) -> Answer | None:
    if case.question.kind != item.kind or not _all_selected(case, item):
        text = Text("超出该标准变更的范围", "outside what this standard change covers")
        return hold("PERMIT_MISMATCH", text)
    if item.valid_until is not None and case.at >= item.valid_until:
        return hold("PERMIT_EXPIRED", Text("该标准变更已过有效期", "this standard change is no longer valid"))
    if stand.level is not Level.NONE and stand.level not in item.levels:
        text = Text("此级别下该标准变更不可用", "this standard change is not for this level")
        return hold("FROZEN", joined_level(case, stand, text))
    if not in_hours(item.hours, case.at, total(case), case.policy.zone):
        return hold("OUTSIDE_HOURS", Text("不在该标准变更的时段内", "outside the hours of this standard change"))
    if case.use.used_today > item.per_day:
        text = Text(f"今日已满 {item.per_day} 次", f"used {item.per_day} times today already")
        return hold("QUOTA", text)
    return None


def _all_selected(case: Case, item: StandardChange) -> bool:
    question = case.question
    for target in question.targets:
        system = case.policy.system(target.system)
        if system is None or not selects(item.select, system, target.environment, question.kind):
            return False
    return True


def _glass(case: Case, stand: Standing, base: Answer, view: PermitView) -> Answer | None:
    """Emergency release: two persons or a sealed code. Loud; an overdue review stops it, but never a restoration."""
    refused = refusal(case, view, stand.level)
    if refused is not None:
        return refused
    if view.work != case.question.kind:
        words = Text("应急放行不是为这类变更开的", "the emergency release is for another kind of change")
        return hold("PERMIT_MISMATCH", words)
    if case.use.reviews_overdue and not view.restores:
        count = case.use.reviews_overdue
        text = Text(f"有 {count} 次应急放行逾期未复盘", f"{count} emergency releases have an overdue review")
        return hold("REVIEW_OVERDUE", text)
    if case.use.code_used:
        return _code_used(case.use.code_used)
    missing = glass_missing(case, view, extra=bool(case.use.reviews_open) and not view.restores)
    if missing:
        text = Text("应急放行的签字不足", "the emergency release lacks signers")
        return hold("APPROVALS_MISSING", text, missing=missing)
    return allow("BREAK_GLASS", *_loud(case, stand, view))


def _code_used(other: str) -> Answer:
    return hold(
        "SEALED_CODE_USED",
        Text(
            f"密封码已由应急放行 {other} 用过，每码只开一次",
            f"the sealed code was used by the emergency release {other}; a code opens once",
        ),
    )


def _loud(case: Case, stand: Standing, view: PermitView) -> tuple[Text, RuleTrace]:
    name = level_name(case, stand)
    open_ones = case.use.reviews_open
    more_zh = f"；另有 {open_ones} 次尚未复盘" if open_ones else ""
    more_en = f"; {open_ones} earlier ones still await review" if open_ones else ""
    text = Text(
        f"应急放行 {view.id}（{name.zh}）：须在限期内复盘{more_zh}",
        f"EMERGENCY RELEASE {view.id} ({name.en}): review is due{more_en}",
    )
    return text, RuleTrace(view.id, "breakglass", text, stand.level, "", "", view.expires_at)


_KEEPS = frozenset({"PERMIT_EXPIRED", "APPROVALS_MISSING"})
"""Refusals of a permit that work in flight may outlast; a forged, revoked or other permit never."""


def in_flight(case: Case, stand: Standing, refused: Answer | None) -> Answer | None:
    """What becomes of work that was allowed when it started; None where that is not shown, so it counts as new."""
    started = case.question.started
    if started is None or started > case.at or (refused is not None and refused.code not in _KEEPS):
        return None
    if not _start_is_fact(case, started) or not _allowed_then(case, started):
        return None
    rule = governing(stand)
    return IN_FLIGHT[rule.in_flight](case, stand, started)


def _start_is_fact(case: Case, started: datetime) -> bool:
    """Seen by the asker or the store; or claimed inside a permit that still bounds it in time."""
    if case.proven_start:
        return True
    view = case.permit
    return view is not None and view.subject is not None and covers(view, started) and case.at < view.subject.end


def _allowed_then(case: Case, started: datetime) -> bool:
    """Judged with windows and zone of that instant, at that instant alone."""
    from freeze.decision.gate import answer_at

    fresh = case.question.__class__
    question = case.question
    then = fresh(
        targets=question.targets,
        kind=question.kind,
        change_class=question.change_class,
        labels=question.labels,
        binds=question.binds,
        door=question.door,
        asks=question.asks,
        actor=question.actor,
        restores=question.restores,
    )
    use = UseState() if case.use.spent == "used" else case.use
    return answer_at(case._replace(question=then, at=started, use=use)).verdict is Verdict.ALLOW


def _finish(case: Case, stand: Standing, started: datetime) -> Answer:
    moment = show(started, zone(case.policy.zone))
    text = Text(f"{moment} 开始时获准，可以做完", f"it was allowed when it started at {moment}, so it may finish")
    return allow("IN_FLIGHT", joined_level(case, stand, text))


def _stop(case: Case, stand: Standing, started: datetime) -> Answer:
    text = Text("本步骤结束即停，下一步不得开始", "stop here: the next step may not begin")
    return hold("IN_FLIGHT_STOP", joined_level(case, stand, text))


def _abort(case: Case, stand: Standing, started: datetime) -> Answer:
    text = Text("立即中止并回退", "abort now and roll back")
    return hold("IN_FLIGHT_ABORT", joined_level(case, stand, text))


IN_FLIGHT: dict[str, Callable[[Case, Standing, datetime], Answer]] = {
    "finish": _finish,
    "stop_at_step": _stop,
    "abort": _abort,
}
"""What a treatment's ``in_flight`` word does."""


def observed(case: Case, door: Door, answer: Answer) -> Answer:
    """The held answer let pass by a door in observation mode; it says what it would have been."""
    until = show(door.observe_until, zone(case.policy.zone)) if door.observe_until else ""
    text = Text(
        f"观察模式（至 {until}）：本应拦截 [{answer.code}] {answer.message.zh}",
        f"observation mode (until {until}): would be held [{answer.code}] {answer.message.en}",
    )
    said = Text(f"门 {door.id} 只观察", f"door {door.id} only observes")
    trace = RuleTrace(door.id, "door", said, until=door.observe_until)
    return Answer(Verdict.ALLOW, "OBSERVED", text, (*answer.rules, trace), answer.missing, was=answer.code)
