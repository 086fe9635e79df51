"""``decide``: may this change go out now? Pure and total: any question gets an answer, and none gets an allow by default.

The order of judgement; the first that speaks decides:

 1. nothing asked, or an unknown kind or class: cannot tell.
 2. the clock is behind the floor (last checkpoint, manifest issue) by over two minutes: cannot tell.
 3. a target nobody registered: held, whatever the level; only break-glass passes.
 4. the calendar over the whole span, execution with rollback and observation: nothing in force, or the kind is
    free at this level: allowed. Deny beats allow, company beats unit, the strictest level over all targets counts.
    A claimed change class that no sound permit proves is allowed nothing here that class ``normal`` is not.
 5. the exemption list, with owner, reason and expiry; never at SILENT.
 6. the permit: break-glass, standard change, or a change approved at the rung of that strictest level. It does not
    open what the level blocks, nor hours and construction windows that are closed; break-glass does.
 7. work in flight: allowed when it started (windows and zone of that instant) and the start is a fact, not a
    claim: finish, stop at the step, or abort, as the treatment says.
 8. held.

Then an offline door is refused an allow where the level requires the store, and a door in observation mode lets
pass what would be held, below FULL and until its date, for registered targets alone. A door id counts only where what
asks is of its kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from freeze.calendar import Standing, standing
from freeze.decision.case import Answer, Case, PermitView, UseState, cannot_tell, hold, names, total
from freeze.model import CLASSES, KINDS, Decision, Door, Question, Verdict
from freeze.policy import Policy
from zhongbao_core.clock import show, zone
from zhongbao_core.errors import ZhongbaoError
from zhongbao_core.event import Level
from zhongbao_core.text import Text

CLOCK_TOLERANCE = timedelta(seconds=120)
"""How far a door's clock may stand behind the floor before it cannot tell."""
BY_CLASS = frozenset({"NO_FREEZE", "KIND_FREE", "IN_FLIGHT"})
"""Allows that rest on the calendar, which may be kinder to a class that the asker merely claims."""
ASKERS: Mapping[str, str] = {
    "gitlab": "gate",
    "github": "gate",
    "jenkins": "gate",
    "generic": "gate",
    "run": "run",
    "git": "hook",
}
"""Kind of a door to what asks for it: ``Question.asks``. A door of another kind is as if nobody had listed it."""
MAX_TARGETS = 1000
MAX_SPAN = timedelta(days=366)


def decide(
    question: Question,
    policy: Policy,
    at: datetime,
    *,
    permit: PermitView | None = None,
    floor: datetime | None = None,
    use: UseState | None = None,
    proven_start: bool = False,
    untrusted: bool = False,
    rehearsal: bool = False,
) -> Decision:
    """The answer to ``question`` under ``policy`` at ``at``; see the module for the order of judgement.

    ``permit``: what its evidence said. ``floor``: no clock may stand before it. ``use``: what a reachable store
    says; None is an offline door. ``proven_start``: ``question.started`` was seen, not claimed.
    """
    from freeze.decision.explain import decision

    case = Case(question, policy, at, permit, floor, use or UseState(), proven_start, untrusted, rehearsal)
    try:
        judged, answer, stand = _judged(case)
        found = decision(judged, answer, stand)
        return found if judged is case else _as_asked(found, question)
    except ZhongbaoError as error:
        return decision(case, cannot_tell(error.reason_code, error.message), None)
    except OverflowError:
        beyond = Text("时间超出日历范围", "the time lies beyond the calendar")
        return decision(case, cannot_tell("TIME_INVALID", beyond), None)


def _as_asked(found: Decision, question: Question) -> Decision:
    from freeze.decision.claims import judged_as_normal

    return judged_as_normal(found, question)


def _judged(case: Case) -> tuple[Case, Answer, Standing | None]:
    early = _nothing_asked(case) or _clock(case)
    if early is not None:
        return case, early, None
    case, answer, stand = _by_class(case)
    return case, _observed(case, stand, _online(case, stand, answer)), stand


def _by_class(case: Case) -> tuple[Case, Answer, Standing]:
    """The answer, and the case it is the answer to: class ``normal`` where the claimed class opens and is not proven."""
    stand = standing_of(case)
    answer = _answer(case, stand)
    if case.question.change_class == "normal" or answer.code not in BY_CLASS:
        return case, answer, stand
    from freeze.decision.claims import as_normal, proven

    plain = as_normal(case)
    usual = standing_of(plain)
    found = _answer(plain, usual)
    shown = None if found.verdict is Verdict.ALLOW else proven(case, stand, answer)
    return (plain, found, usual) if shown is None else (case, shown, stand)


def standing_of(case: Case) -> Standing:
    """What the calendar says over the span that is judged, for the targets that are known."""
    question, policy = case.question, case.policy
    known = tuple(item for item in question.targets if policy.system(item.system) is not None)
    return standing(policy, known, question.kind, question.change_class, question.labels, case.at, total(case))


def answer_at(case: Case) -> Answer:
    """The answer to ``case`` before the rules of the door: what work in flight asks about its own start."""
    return _by_class(case)[1]


def _nothing_asked(case: Case) -> Answer | None:
    question = case.question
    if not question.targets:
        return cannot_tell("NOTHING_ASKED", Text("没有说明要改哪个系统", "no target was named"))
    if len(question.targets) > MAX_TARGETS:
        return cannot_tell("NOTHING_ASKED", Text(f"对象超过 {MAX_TARGETS} 个", f"more than {MAX_TARGETS} targets"))
    if question.kind not in KINDS:
        return cannot_tell(
            "NOTHING_ASKED", Text(f"未知变更类型 {question.kind!r}", f"unknown change kind {question.kind!r}")
        )
    if question.change_class not in CLASSES:
        word = question.change_class
        return cannot_tell("NOTHING_ASKED", Text(f"未知变更级别 {word!r}", f"unknown change class {word!r}"))
    if not timedelta(0) <= question.duration <= MAX_SPAN:
        return cannot_tell("NOTHING_ASKED", Text("时长须在 0 与 366 天之间", "the length must be 0 to 366 days"))
    return None


def _clock(case: Case) -> Answer | None:
    if case.floor is None or case.at >= case.floor - CLOCK_TOLERANCE:
        return None
    here = zone(case.policy.zone)
    return cannot_tell(
        "CLOCK_BACKWARDS",
        Text(
            f"本机时钟 {show(case.at, here)} 早于已见过的记录 {show(case.floor, here)}",
            f"the clock here says {show(case.at, here)}, before what was already seen at {show(case.floor, here)}",
        ),
    )


def _answer(case: Case, stand: Standing) -> Answer:
    base = _unknown(case) or _calendar(case, stand)
    if base.verdict is Verdict.ALLOW:
        return base
    refused = None
    for way in WAYS:
        answer = way(case, stand, base)
        if answer is not None and answer.verdict is Verdict.ALLOW:
            return answer
        refused = refused or answer
    return _in_flight(case, stand, refused) or refused or base


def _unknown(case: Case) -> Answer | None:
    others = [item for item in case.question.targets if case.policy.system(item.system) is None]
    if not others:
        return None
    return hold(
        "UNKNOWN_SYSTEM",
        Text(
            f"系统未登记，按封网处理：{names(others)}",
            f"not in the register of systems, so held: {names(others)}",
        ),
    )


def _calendar(case: Case, stand: Standing) -> Answer:
    """What the calendar alone says."""
    from freeze.decision.stands import calendar_answer

    return calendar_answer(case, stand)


def _exempt(case: Case, stand: Standing, base: Answer) -> Answer | None:
    if base.code == "UNKNOWN_SYSTEM" or not case.policy.exemptions:
        return None
    from freeze.decision.ways import exempted

    return exempted(case, stand)


def _permitted(case: Case, stand: Standing, base: Answer) -> Answer | None:
    if case.permit is None:
        return None
    from freeze.decision.ways import permitted

    return permitted(case, stand, base)


WAYS: tuple[Callable[[Case, Standing, Answer], Answer | None], ...] = (_exempt, _permitted)


def _in_flight(case: Case, stand: Standing, refused: Answer | None) -> Answer | None:
    if case.question.step != "step" or case.question.started is None:
        return None
    from freeze.decision.ways import in_flight

    return in_flight(case, stand, refused)


def _online(case: Case, stand: Standing, answer: Answer) -> Answer:
    """An allow at a level that requires the store is no allow from an offline door; break-glass still is."""
    if answer.verdict is not Verdict.ALLOW or case.use.online or answer.code == "BREAK_GLASS":
        return answer
    if stand.level not in online_levels(case.policy, case.question):
        return answer
    return cannot_tell(
        "STORE_UNAVAILABLE",
        Text(
            f"{stand.level.text.zh}级别要求在线核对存证日志，此门离线",
            f"at the level {stand.level.text.en} a door must reach the ledger; this one is offline",
        ),
    )


def door_of(policy: Policy, question: Question) -> Door | None:
    """The listed door that asks; None where nobody listed it, or where it is of another kind than what asks."""
    door = policy.doors.get(question.door)
    return door if door is not None and ASKERS.get(door.kind) == question.asks else None


def online_levels(policy: Policy, question: Question) -> frozenset[Level]:
    """Levels at which the door must be online; a door nobody listed, or a borrowed one, gets the strictest of all."""
    door = door_of(policy, question)
    chosen = [door] if door is not None else policy.doors.values()
    return frozenset(level for item in chosen for level in item.require_online)


def _observed(case: Case, stand: Standing, answer: Answer) -> Answer:
    door = door_of(case.policy, case.question)
    if answer.verdict is not Verdict.HOLD or door is None or door.observe_until is None:
        return answer
    if case.at >= door.observe_until or stand.level >= Level.FULL:
        return answer
    if not _observable(case, door):
        return answer
    from freeze.decision.ways import observed

    return observed(case, door, answer)


def _observable(case: Case, door: Door) -> bool:
    """Whether every target is registered and, where the door maps projects, one of those it maps."""
    mapped = {target for targets in door.projects.values() for target in targets}
    for target in case.question.targets:
        system = case.policy.system(target.system)
        if system is None or target.environment not in system.environments or (mapped and target not in mapped):
            return False
    return True
