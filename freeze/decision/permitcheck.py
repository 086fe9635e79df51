"""Whether a permit holds for the question in hand, now: pure, and it never trusts the level written in the permit.

In this order: what its evidence said, rehearsal, the manifest it was issued under, revocation and use, its life,
what it is bound to, and last the approvals, counted again against the rung of the strictest level that lies on
the span *now*: policy may have tightened since it was issued, and a key may have been revoked.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from freeze.calendar import in_hours
from freeze.calendar.standing import fits
from freeze.decision.case import Answer, Case, PermitView, cannot_tell, hold, names
from freeze.model import CLASSES, KINDS, Rung
from freeze.policy import Policy
from zhongbao_core.clock import show, show_duration, zone
from zhongbao_core.event import Level
from zhongbao_core.people import Person
from zhongbao_core.text import NOTHING, Text

if TYPE_CHECKING:
    from zhongbao_core.approval.ladder import Approval, LadderResult
    from zhongbao_core.approval.ladder import Requirement as Needed

_NOBODY = Person("", "", "", "", frozenset())
ASSURANCE = {
    "signed": Text("签名", "signed"),
    "coded": Text("授权码", "coded"),
    "attested": Text("登记（电话/OA/纸质）", "attested"),
}
"""Kinds of assurance as people read them."""


def refusal(case: Case, view: PermitView, level: Level) -> Answer | None:
    """Why ``view`` does not open the door for ``case`` at ``level``; None where it does."""
    checks = (_evidence, _same_world, _manifest, _spent, _life, _targets, _work, _binds, _length)
    for check in checks:
        answer = check(case, view)
        if answer is not None:
            return answer
    return approvals_missing(case, view, level) if view.kind == "change" else None


def covers(view: PermitView, moment: datetime) -> bool:
    """Whether the permit was inside its life and its approved span at ``moment``."""
    return (
        view.subject is not None
        and view.not_before is not None
        and view.expires_at is not None
        and view.not_before <= moment < view.expires_at
        and view.subject.start <= moment < view.subject.end
    )


def rung_for(policy: Policy, level: Level, kind: str, change_class: str, at: datetime) -> Rung | None:
    """The first rung of the ladder that fits; None refuses. Outside any freeze the rungs of the lowest level speak."""
    lowest = max(level, Level.WATCH)
    for rung in policy.ladder:
        named = lowest in rung.levels and fits(rung.kinds, kind) and fits(rung.classes, change_class)
        if named and in_hours(rung.hours, at, timedelta(0), policy.zone):
            return rung
    return None


def is_night(at: datetime, zone_name: str) -> bool:
    """Whether ``at`` lies in the night of the company's zone, 22:00 to 06:00."""
    hour = at.astimezone(zone(zone_name)).hour
    return hour >= 22 or hour < 6


def approvals_missing(case: Case, view: PermitView, level: Level) -> Answer | None:
    """The approvals that the rung for ``level`` still wants, one line each; None where it is satisfied."""
    question, policy = case.question, case.policy
    rung = rung_for(policy, level, question.kind, question.change_class, case.at)
    if rung is None:
        text = Text(
            "审批阶梯中没有适用的一级，不能放行", "no rung of the approval ladder fits, so nothing can be let through"
        )
        return hold("APPROVALS_MISSING", text)
    result = evaluated(case, view, rung)
    if result.satisfied:
        return None
    gaps = (_line(policy, item) for item in result.missing)
    lines = tuple(chain(result.problems, gaps, _not_counted(policy, result)))
    text = Text(
        f"放行单 {view.id} 的签字不足以满足现行审批阶梯 {rung.id}",
        f"the approvals of permit {view.id} do not satisfy rung {rung.id} now in force",
    )
    return hold("APPROVALS_MISSING", text, missing=lines or (text,))


def evaluated(case: Case, view: PermitView, rung: Rung) -> LadderResult:
    """The ladder's word on the approvals, as of now and by the directory in force."""
    from zhongbao_core.approval.ladder import evaluate

    request = view.request
    return evaluate(
        rung.require,
        view.approvals,
        case.policy.directory,
        applicant=request.applicant if request else "",
        executor=request.executor if request else "",
        verifier=request.verifier if request else "",
        at=case.at,
        night=is_night(case.at, case.policy.zone),
        statement=view.statement,
        life=rung.approval_life,
    )


def glass_missing(case: Case, view: PermitView, *, extra: bool) -> tuple[Text, ...]:
    """The signers an emergency release still wants: two persons or a sealed code, one more on an open review."""
    need = (0 if view.sealed else case.policy.breakglass.signers) + extra
    lacking = need - len(glass_signers(case, view))
    if lacking <= 0:
        return ()
    people = "person" if lacking == 1 else "persons"
    return (Text(f"还差 {lacking} 位应急放行签字人", f"{lacking} more {people} must sign the emergency release"),)


def glass_signers(case: Case, view: PermitView) -> frozenset[str]:
    """Distinct persons whose word counts for an emergency release; principal and deputy are one."""
    from zhongbao_core.approval.eligible import Parties
    from zhongbao_core.approval.eligible import refusal as not_counted

    policy, roles = case.policy, frozenset(case.policy.breakglass.roles)
    by_voice: dict[str, str] = {}
    for item in view.approvals:
        if item.assurance == "attested" or not policy.directory.persons.get(item.person, _NOBODY).roles & roles:
            continue
        if not not_counted(item, policy.directory, Parties(), case.at, statement=view.statement):
            by_voice.setdefault(item.voice, item.person)
    return frozenset(by_voice.values())


def wanted(policy: Policy, rung: Rung) -> tuple[Text, ...]:
    """What ``rung`` asks of somebody who has no approval yet, one line each."""
    return tuple(_line(policy, item) for item in rung.require)


def _line(policy: Policy, item: Needed) -> Text:
    rank = policy.directory.rank_names.get(item.rank, item.rank)
    zh = "、".join(ASSURANCE[kind].zh for kind in item.assurance)
    en = " or ".join(ASSURANCE[kind].en for kind in item.assurance)
    people = "person" if item.count == 1 else "persons"
    return Text(
        f"还差 {item.count} 位{rank}及以上审批（{zh}）",
        f"{item.count} more {people} of rank {item.rank} or above must approve ({en})",
    )


def _not_counted(policy: Policy, result: LadderResult) -> Iterator[Text]:
    for approval, why in result.refused:
        name = _name(policy, approval)
        yield Text(f"{name} 的审批不计：{why.zh}", f"the approval of {approval.person} does not count: {why.en}")


def _name(policy: Policy, approval: Approval) -> str:
    found = policy.directory.persons.get(approval.person)
    return found.name if found else approval.person


def _evidence(case: Case, view: PermitView) -> Answer | None:
    if view.fault is not None:
        return hold(view.fault.code, view.fault.text)
    if view.subject is None or view.not_before is None or view.expires_at is None:
        return hold("PERMIT_FORGED", Text("放行单缺少标的或有效期", "the permit has no subject or no life"))
    if view.kind == "change" and view.request is None:
        return hold("PERMIT_FORGED", Text("放行单缺少变更申请", "the permit carries no change request"))
    return None


def _same_world(case: Case, view: PermitView) -> Answer | None:
    if view.rehearsal == case.rehearsal or case.untrusted:
        return None
    if view.rehearsal:
        text = Text("这是演练放行单，不能打开真实的门", "this permit was issued in a rehearsal and opens no real door")
    else:
        text = Text("真实放行单不能在演练中使用", "a real permit is not used up in a rehearsal")
    return hold("PERMIT_MISMATCH", text)


def _manifest(case: Case, view: PermitView) -> Answer | None:
    """A permit from a newer policy than the door's own shows that the door was given an old one."""
    mine, theirs = case.policy.manifest, view.manifest
    if not mine or mine == theirs:
        return None
    have, issued = _version(mine), _version(theirs)
    if issued is None or have is None:
        return hold("PERMIT_FORGED", Text("放行单没有写明策略清单版本", "the permit names no manifest version"))
    if issued > have:
        text = Text(
            f"放行单签发于策略清单第 {issued} 版，本机只有第 {have} 版：本机策略过旧",
            f"the permit was issued under manifest {issued}, this door has {have}: the policy here is stale",
        )
        return cannot_tell("MANIFEST_ROLLED_BACK", text)
    if issued == have:
        text = Text(
            "放行单所依据的策略清单与本机同版本但内容不同", "the permit rests on another manifest of the same version"
        )
        return hold("PERMIT_MISMATCH", text)
    return None


def _version(label: str) -> int | None:
    number = label.partition(":")[0]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None


def _spent(case: Case, view: PermitView) -> Answer | None:
    detail = f"（{case.use.detail}）" if case.use.detail else ""
    english = f" ({case.use.detail})" if case.use.detail else ""
    if case.use.spent == "revoked":
        return hold("PERMIT_REVOKED", Text(f"放行单已撤销{detail}", f"the permit was revoked{english}"))
    if case.use.spent == "used" and not _running(case):
        text = Text(f"放行单已使用，每张只能用一次{detail}", f"the permit was used; it opens once{english}")
        return hold("PERMIT_USED", text)
    return None


def _running(case: Case) -> bool:
    return case.question.step == "step" and case.question.started is not None and case.proven_start


def _life(case: Case, view: PermitView) -> Answer | None:
    subject, opens, closes = view.subject, view.not_before, view.expires_at
    if subject is None or opens is None or closes is None:
        return None
    here = zone(case.policy.zone)
    opens, closes = max(opens, subject.start), min(closes, subject.end)
    if case.at < opens:
        text = Text(f"放行单 {show(opens, here)} 起才有效", f"the permit is not valid before {show(opens, here)}")
        return hold("PERMIT_NOT_YET", text)
    if _running(case) and case.question.started is not None and covers(view, case.question.started):
        closes = subject.end
    if case.at >= closes:
        return hold(
            "PERMIT_EXPIRED",
            Text(f"放行单已于 {show(closes, here)} 失效", f"the permit expired at {show(closes, here)}"),
        )
    return None


def _targets(case: Case, view: PermitView) -> Answer | None:
    allowed = set(view.subject.targets) if view.subject else set()
    others = [item for item in case.question.targets if item not in allowed]
    if not others:
        return None
    return hold(
        "PERMIT_MISMATCH",
        Text(f"放行单不包括 {names(others)}", f"the permit does not cover {names(others)}"),
    )


def _work(case: Case, view: PermitView) -> Answer | None:
    request, question = view.request, case.question
    if request is None or view.kind != "change":
        return None
    if (request.kind, request.change_class) == (question.kind, question.change_class):
        return None
    return hold(
        "PERMIT_MISMATCH",
        Text(
            f"批准的是{_word(request.kind, request.change_class).zh}，要做的是{_word(question.kind, question.change_class).zh}",
            f"approved is {_word(request.kind, request.change_class).en}, asked is "
            f"{_word(question.kind, question.change_class).en}",
        ),
    )


def _word(kind: str, change_class: str) -> Text:
    what, how = KINDS.get(kind, Text(kind, kind)), CLASSES.get(change_class, Text(change_class, change_class))
    return Text(f"{what.zh}（{how.zh}）", f"{what.en} ({how.en})")


def _binds(case: Case, view: PermitView) -> Answer | None:
    """Everything bound must be shown and equal, and nothing may be shown that was not approved."""
    bound, shown = view.bound, dict(case.question.binds)
    for name in sorted(bound.keys() | shown.keys()):
        text = _bind_fault(name, bound.get(name), shown.get(name))
        if text != NOTHING:
            return hold("PERMIT_MISMATCH", text)
    return None


def _bind_fault(name: str, approved: str | None, shown: str | None) -> Text:
    if approved == shown:
        return NOTHING
    if shown is None:
        return Text(f"放行单绑定了 {name}，门上没有出示它的摘要", f"the permit binds {name}; its digest was not shown")
    if approved is None:
        return Text(f"{name} 不在获批内容之中", f"{name} is not part of what was approved")
    return Text(
        f"{name} 与获批内容不一致：获批 {approved[:23]}…，现为 {shown[:23]}…",
        f"{name} is not what was approved: approved {approved[:23]}..., now {shown[:23]}...",
    )


def _length(case: Case, view: PermitView) -> Answer | None:
    subject = view.subject
    if subject is None or case.question.duration <= subject.end - subject.start:
        return None
    return hold(
        "PERMIT_MISMATCH",
        Text(
            f"要做 {show_duration(case.question.duration)}，获批时长为 {show_duration(subject.end - subject.start)}",
            f"{show_duration(case.question.duration)} asked, {show_duration(subject.end - subject.start)} approved",
        ),
    )
