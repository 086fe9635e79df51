"""What the calendar alone says of a question: free, free for this kind, or held and how."""

from __future__ import annotations

from freeze.calendar import Standing, in_hours
from freeze.decision.case import Answer, Case, allow, hold, total
from freeze.model import KINDS, RuleTrace, Treatment
from zhongbao_core.clock import show, zone
from zhongbao_core.event import Level
from zhongbao_core.text import Text


def calendar_answer(case: Case, stand: Standing) -> Answer:
    """Allowed where nothing is in force or the level leaves the kind free; else held, with the reason."""
    if stand.closed_allows and case.question.change_class != "emergency":
        ids = ", ".join(item.window.id for item in stand.closed_allows[:3])
        return hold("OUTSIDE_WINDOW", Text(f"不在施工窗口内：{ids}", f"outside the construction window {ids}"))
    if stand.level is Level.NONE:
        return allow("NO_FREEZE", Text("当前不在封网期", "no freeze in force"))
    rule = governing(stand)
    if rule.action == "block":
        return _blocked(case, stand)
    if not in_hours(rule.hours, case.at, total(case), case.policy.zone):
        return _outside_hours(case, stand, rule)
    if rule.action == "allow":
        return allow("KIND_FREE", joined_level(case, stand, Text("此类变更无须放行单", "this kind needs no permit")))
    return _needs_permit(case, stand)


def governing(stand: Standing) -> Treatment:
    """The strictest treatment over all targets: block beats approve beats allow; of equals the strictest level's."""
    order = ("allow", "approve", "block")
    found = (item.treatment for item in stand.per_target)
    return max((stand.treatment, *found), key=lambda item: (order.index(item.action), item.level))


def approvable(code: str, stand: Standing) -> bool:
    """Whether a change permit can open what is held with this reason code."""
    return code in ("FROZEN", "SPAN_CONFLICT") and governing(stand).action == "approve"


def level_name(case: Case, stand: Standing) -> Text:
    """The level with the company's own label: 全面封网（一级保障）."""
    name = stand.level.text
    return Text(f"{name.zh}（{stand.label}）", f"{name.en} ({stand.label})") if stand.label else name


def joined_level(case: Case, stand: Standing, more: Text) -> Text:
    """``more`` behind the level that is in force."""
    name = level_name(case, stand)
    return Text(f"{name.zh}期间，{more.zh}", f"{name.en}: {more.en}")


def level_trace(case: Case, stand: Standing) -> tuple[RuleTrace, ...]:
    """The rules of the calendar that spoke: phase, deny windows, treatment."""
    return (*_phase(case, stand), *_denies(stand), *_treatment(stand))


def _blocked(case: Case, stand: Standing) -> Answer:
    kind = KINDS[case.question.kind]
    if stand.level is Level.SILENT:
        text = Text("只有应急放行可以打开", "only emergency release opens")
        return hold("SILENT", joined_level(case, stand, text))
    text = Text(f"{kind.zh}一律不做，放行单也不能打开", f"{kind.en} is blocked, a permit does not open it")
    return hold(_code(stand), joined_level(case, stand, text))


def _outside_hours(case: Case, stand: Standing, rule: Treatment) -> Answer:
    spans = ", ".join(f"{start}-{end}" for start, end in rule.hours)
    text = Text(f"只能在 {spans} 之间实施并完成", f"only between {spans}, start to end")
    return hold("OUTSIDE_HOURS", joined_level(case, stand, text))


def _needs_permit(case: Case, stand: Standing) -> Answer:
    kind = KINDS[case.question.kind]
    if stand.conflict_from is None:
        text = Text(f"{kind.zh}须持放行单", f"{kind.en} needs a permit")
        return hold("FROZEN", joined_level(case, stand, text))
    moment = show(stand.conflict_from, zone(case.policy.zone))
    name = level_name(case, stand)
    return hold(
        "SPAN_CONFLICT",
        Text(
            f"含回退与观察的整段时间撞上 {moment} 开始的{name.zh}",
            f"the whole span, with rollback and observation, runs into the {name.en} that begins {moment}",
        ),
    )


def _code(stand: Standing) -> str:
    return "SPAN_CONFLICT" if stand.conflict_from is not None else "FROZEN"


def _phase(case: Case, stand: Standing) -> tuple[RuleTrace, ...]:
    phase, event = stand.phase, case.policy.event
    if phase is None or event is None or phase.level is Level.NONE:
        return ()
    said = Text(f"{event.name.zh}·{phase.name.zh}", f"{event.name.en}: {phase.name.en}")
    return (RuleTrace(phase.id, "phase", said, phase.level, event.owner, "event.yaml", phase.span.end),)


def _denies(stand: Standing) -> tuple[RuleTrace, ...]:
    return tuple(
        RuleTrace(
            item.window.id,
            "window",
            _via(item.window.name, item.via),
            item.window.level,
            item.window.owner,
            item.window.source,
            item.span.end if item.span else None,
        )
        for item in stand.denies
    )


def _via(name: Text, via: tuple[str, ...]) -> Text:
    """The window's name; where it reaches the target through others, the way it came."""
    way = " → ".join(via)
    return Text(f"{name.zh}（经 {way}）", f"{name.en} (by way of {way})") if len(via) > 1 else name


def _treatment(stand: Standing) -> tuple[RuleTrace, ...]:
    if stand.level is Level.NONE:
        return ()
    rule = governing(stand)
    words = {"allow": Text("免批", "free"), "approve": Text("须审批", "by approval"), "block": Text("禁止", "blocked")}
    return (RuleTrace(rule.rule or "treatment", "treatment", words[rule.action], rule.level),)
