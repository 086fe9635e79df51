"""From an answer to a Decision: the rules that spoke, what is missing, when it opens next, and what to type now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from freeze.calendar import Standing
from freeze.decision.case import Answer, Case, names, total
from freeze.decision.stands import approvable, level_trace
from freeze.model import Decision, Question, Verdict
from zhongbao_core.clock import mend_clock, show, zone, zone_data_version
from zhongbao_core.errors import ZhongbaoError
from zhongbao_core.event import Level
from zhongbao_core.text import NOTHING, Text

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

DOCTOR = Text("在本机运行 zhongbao doctor 查明原因后重试", "run zhongbao doctor on this machine, mend it, try again")
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-")


class Next(NamedTuple):
    """The next opening, as the Decision carries it."""

    at: datetime | None
    how: str
    note: Text


CLOSED = frozenset({"OUTSIDE_WINDOW", "OUTSIDE_HOURS", "SILENT"})
"""Held for a while even from a permit: the next opening is then the next one with or without."""
NO_OPENING = Next(None, "", NOTHING)


def decision(case: Case, answer: Answer, stand: Standing | None) -> Decision:
    """The Decision that ``answer`` comes to; ``stand`` is None where the gate could not look at the calendar."""
    held = answer.verdict is Verdict.HOLD or bool(answer.was)
    opening = opening_of(case, stand, answer) if held and stand is not None else NO_OPENING
    event = case.policy.event
    return Decision(
        verdict=answer.verdict,
        reason_code=answer.code,
        at=case.at,
        question=case.question,
        level=stand.level if stand else Level.NONE,
        label=stand.label if stand else "",
        message=answer.message,
        next_step=next_step(case, answer, opening),
        rules=(*(level_trace(case, stand) if stand else ()), *answer.rules),
        missing=answer.missing or (_wanted(case, stand, answer) if held and stand else ()),
        ends=stand.ends if stand else None,
        ends_known=stand.ends_known if stand else True,
        next_opening=opening.at,
        opening_note=opening.note,
        permit=case.permit.id if case.permit else "",
        use=_use(case, answer),
        observed=bool(answer.was),
        event=event.id if event else "",
        manifest=case.policy.manifest,
        zone_data=zone_data_version(),
        untrusted=case.untrusted,
        rehearsal=case.rehearsal,
        level_known=stand is not None,
        zone=case.policy.zone,
    )


def without_policy(
    question: Question, at: datetime, code: str, message: Text, hint: Text | None, *, untrusted: bool = False
) -> Decision:
    """The Decision of a door that came to no policy or no store: it cannot tell, so it refuses."""
    return Decision(
        verdict=Verdict.UNKNOWN,
        reason_code=code,
        at=at,
        question=question,
        level=Level.NONE,
        label="",
        message=message,
        next_step=hint or DOCTOR,
        zone_data=zone_data_version(),
        untrusted=untrusted,
        level_known=False,
    )


def opening_of(case: Case, stand: Standing, answer: Answer) -> Next:
    """When the change could go out; where a permit would open it right now, when it needs none any more."""
    from freeze.calendar import next_opening

    question, policy = case.question, case.policy
    known = tuple(item for item in question.targets if item not in stand.unknown and policy.system(item.system))
    if len(known) < len(question.targets):
        return NO_OPENING
    free_only = (answer.was or answer.code) not in CLOSED
    claimed = free_only and question.change_class in ("emergency", "standard")
    try:
        found = next_opening(
            policy,
            known,
            question.kind,
            "normal" if claimed else question.change_class,  # what opens without a permit opens to no mere claim
            question.labels,
            total(case),
            case.at,
            free_only=free_only,
        )
    except ZhongbaoError as error:
        return Next(None, "", error.message)
    return Next(found.at, found.how, found.note)


def _wanted(case: Case, stand: Standing, answer: Answer) -> tuple[Text, ...]:
    """Without a permit, all that the rung asks for is missing."""
    if case.permit is not None or not approvable(answer.was or answer.code, stand):
        return ()
    from freeze.decision.permitcheck import rung_for, wanted

    question = case.question
    rung = rung_for(case.policy, stand.level, question.kind, question.change_class, case.at)
    return wanted(case.policy, rung) if rung else ()


def _use(case: Case, answer: Answer) -> Literal["", "checked", "unchecked"]:
    if answer.use or case.permit is None:
        return answer.use
    return "unchecked" if case.use.spent == "unchecked" else "checked"


def quoted(word: str) -> str:
    """``word`` as one word of a POSIX shell line."""
    if word and set(word) <= _SAFE:
        return word
    return "'" + word.replace("'", "'\\''") + "'"


def next_step(case: Case, answer: Answer, opening: Next) -> Text:
    """The exact thing to do now, with the command to type."""
    if answer.verdict is Verdict.ALLOW and not answer.was:
        return _after_allow(case, answer)
    step = STEPS.get(answer.was or answer.code, _cannot_tell if answer.verdict is Verdict.UNKNOWN else _ask)
    return step(case, opening)


def _after_allow(case: Case, answer: Answer) -> Text:
    if answer.code == "BREAK_GLASS":
        return Text(
            "处置后在限期内复盘：zhongbao freeze breakglass review " + _permit(case),
            "afterwards review it in time: zhongbao freeze breakglass review " + _permit(case),
        )
    if answer.use == "unchecked":
        return Text(
            "此门离线：回执须尽快导入 zhongbao ledger import-receipts，是否重复使用届时核对",
            "this door is offline: import its receipt soon (zhongbao ledger import-receipts); one use is checked then",
        )
    return NOTHING


def _permit(case: Case) -> str:
    return quoted(case.permit.id) if case.permit else "PERMIT"


def _request(case: Case) -> str:
    if case.permit is not None and case.permit.subject is not None:
        return quoted(case.permit.subject.id)
    return "CR-ID"


def _when(case: Case, opening: Next) -> Text:
    if opening.at is None:
        return Text(f"；{opening.note.zh}", f"; {opening.note.en}") if opening.note != NOTHING else NOTHING
    moment = show(opening.at, zone(case.policy.zone))
    if opening.how == "with_permit":
        return Text(f"，最早 {moment} 持放行单实施", f"; with a permit the earliest is {moment}")
    return Text(f"，或等到 {moment} 自动开放", f", or wait until {moment} when it opens by itself")


def _ask(case: Case, opening: Next) -> Text:
    when = _when(case, opening)
    return Text(
        "提交变更申请：zhongbao freeze request new，批准后带 --permit FILE 重试" + when.zh,
        "ask for it: zhongbao freeze request new, and try again with --permit FILE once approved" + when.en,
    )


def _wait(case: Case, opening: Next) -> Text:
    question = case.question
    target = question.targets[0] if question.targets else None
    where = f" --system {quoted(target.system)} --environment {quoted(target.environment)}" if target else ""
    command = f"zhongbao freeze next{where} --kind {quoted(question.kind)}"
    when = _when(case, opening)
    return Text(f"改到开放时段实施（{command}）" + when.zh, f"move it to when it opens ({command})" + when.en)


def _silent(case: Case, opening: Next) -> Text:
    when = _when(case, opening)
    return Text(
        "恢复运行中的业务请走应急放行：zhongbao freeze breakglass open" + when.zh,
        "to restore a running service use emergency release: zhongbao freeze breakglass open" + when.en,
    )


def _register(case: Case, opening: Next) -> Text:
    unknown = names(item for item in case.question.targets if case.policy.system(item.system) is None)
    return Text(
        f"在 systems.yaml 登记 {unknown} 并重新签发策略清单，或核对名称是否写错",
        f"register {unknown} in systems.yaml and sign a new manifest, or check the spelling",
    )


def _open_glass(case: Case, opening: Next) -> Text:
    return Text(
        "另开应急放行（两人签字，或未用过的密封码）：zhongbao freeze breakglass open",
        "open a new emergency release (two signers, or a code not used yet): zhongbao freeze breakglass open",
    )


def _emergency(case: Case) -> bool:
    return case.permit is not None and case.permit.kind == "breakglass"


def _approve(case: Case, opening: Next) -> Text:
    if _emergency(case):
        return _open_glass(case, opening)
    command = f"zhongbao freeze request show {_request(case)}"
    return Text(
        f"补齐上列审批（zhongbao approve），再 zhongbao permit issue {_request(case)}；进度见 {command}",
        f"get these approvals (zhongbao approve), then zhongbao permit issue {_request(case)}; progress: {command}",
    )


def _reissue(case: Case, opening: Next) -> Text:
    if _emergency(case):
        return _open_glass(case, opening)
    return Text(
        f"重新签发：zhongbao permit issue {_request(case)}；审批已过期时须重新审批",
        f"issue it again: zhongbao permit issue {_request(case)}; approvals that are too old are given anew",
    )


def _later(case: Case, opening: Next) -> Text:
    return Text("到放行单开始的时间再执行", "come back when the permit's span begins")


def _exactly(case: Case, opening: Next) -> Text:
    if _emergency(case):
        return Text(
            "只做应急放行写明的内容，或另开一张：zhongbao freeze breakglass open",
            "do exactly what the emergency release names, or open another: zhongbao freeze breakglass open",
        )
    return Text(
        f"只做获批的内容（zhongbao freeze request show {_request(case)}），或改版后重新提交审批",
        f"do exactly what was approved (zhongbao freeze request show {_request(case)}), or submit a new revision",
    )


def _report(case: Case, opening: Next) -> Text:
    return bad_permit("PERMIT_FORGED", _request(case))


def _fetch(case: Case, opening: Next) -> Text:
    return bad_permit("PERMIT_MALFORMED", _request(case))


def bad_permit(code: str, request: str = "CR-ID") -> Text:
    """What to do about a permit that cannot be believed: nothing is wrong with this machine, only with the file."""
    if code != "PERMIT_FORGED":
        return Text(
            f"重新取得放行单，不要编辑它：zhongbao permit issue {request}",
            f"fetch the permit again and do not edit it: zhongbao permit issue {request}",
        )
    return Text(
        f"停止操作并通知安全值班；从存证日志重新取得放行单：zhongbao permit issue {request}",
        f"stop and tell the security duty; fetch the permit from the ledger again: zhongbao permit issue {request}",
    )


def _revoked(case: Case, opening: Next) -> Text:
    return Text("停止操作，向撤销人了解原因后重新申请", "stop; ask who revoked it why, then apply anew")


def _stop(case: Case, opening: Next) -> Text:
    return Text(
        "停在当前步骤，按回退方案决定去留，联系值班经理",
        "stay at this step, decide by the rollback plan, call the duty manager",
    )


def _abort(case: Case, opening: Next) -> Text:
    return Text("立即中止，执行回退方案，通知值班经理", "abort, carry out the rollback plan, tell the duty manager")


def _review(case: Case, opening: Next) -> Text:
    return Text(
        "先完成复盘：zhongbao freeze breakglass list", "finish the reviews first: zhongbao freeze breakglass list"
    )


def _quota(case: Case, opening: Next) -> Text:
    return Text(
        "明日再做，或提交变更申请：zhongbao freeze request new", "tomorrow, or ask: zhongbao freeze request new"
    )


def _say_what(case: Case, opening: Next) -> Text:
    command = "zhongbao freeze gate --system S --environment prod --kind release"
    return Text(f"写明系统、环境与变更类型：{command}", f"name system, environment and kind: {command}")


def _cannot_tell(case: Case, opening: Next) -> Text:
    return DOCTOR


def _clock(case: Case, opening: Next) -> Text:
    return mend_clock(case.floor, rehearsal=case.rehearsal)


def _holidays(case: Case, opening: Next) -> Text:
    return Text(
        "在 holidays.yaml 补上该年的放假通知并重新签发策略清单", "add that year's notice to holidays.yaml and sign anew"
    )


def _update(case: Case, opening: Next) -> Text:
    return Text(
        "更新本机工作区到最新的策略清单后重试", "update the workspace here to the newest manifest, then try again"
    )


STEPS: dict[str, Callable[[Case, Next], Text]] = {
    "OUTSIDE_WINDOW": _wait,
    "OUTSIDE_HOURS": _wait,
    "SILENT": _silent,
    "UNKNOWN_SYSTEM": _register,
    "APPROVALS_MISSING": _approve,
    "PERMIT_EXPIRED": _reissue,
    "PERMIT_NOT_YET": _later,
    "PERMIT_USED": _reissue,
    "PERMIT_REVOKED": _revoked,
    "PERMIT_MISMATCH": _exactly,
    "PERMIT_FORGED": _report,
    "PERMIT_MALFORMED": _fetch,
    "IN_FLIGHT_STOP": _stop,
    "IN_FLIGHT_ABORT": _abort,
    "REVIEW_OVERDUE": _review,
    "SEALED_CODE_USED": _open_glass,
    "QUOTA": _quota,
    "NOTHING_ASKED": _say_what,
    "CLOCK_BACKWARDS": _clock,
    "CALENDAR_UNKNOWN": _holidays,
    "MANIFEST_ROLLED_BACK": _update,
}
"""What to do by reason code; an unlisted hold asks for a request, an unlisted "cannot tell" for ``doctor``."""
