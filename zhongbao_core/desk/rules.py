"""What may happen to a change request, pure: the rules the desk asks before it writes, and the replay obeys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from zhongbao_core.desk.state import RequestState, Revision, Word
from zhongbao_core.errors import RefusedError
from zhongbao_core.text import Text

Act = Literal["revise", "withdraw", "approve", "reject", "issue", "start"]
ACTS: tuple[Act, ...] = ("revise", "withdraw", "approve", "reject", "issue", "start")

STATUS: Mapping[str, Text] = {
    "open": Text("待审批", "waiting for approvals"),
    "permitted": Text("已签发放行单", "permit issued"),
    "running": Text("实施中", "running"),
    "done": Text("已实施", "carried out"),
    "rejected": Text("已驳回", "rejected"),
    "withdrawn": Text("已撤回", "withdrawn"),
    "expired": Text("已过期", "its span is over"),
}
"""Where a request stands, id to words."""


def status(state: RequestState, at: datetime) -> str:
    """Where the request stands at ``at``, as a key of ``STATUS``."""
    if state.final:
        return state.final.how
    if state.running:
        return "running"
    if state.used:
        return "done"
    if state.live_permit(at):
        return "permitted"
    return "expired" if at >= state.current.subject.end else "open"


def may(state: RequestState, at: datetime) -> tuple[Act, ...]:
    """What may happen next at ``at``."""
    return tuple(act for act in ACTS if refusal(state, act, at) is None)


def require(state: RequestState, act: Act, at: datetime) -> None:
    """Raise RefusedError where ``act`` may not happen at ``at``."""
    error = refusal(state, act, at)
    if error is not None:
        raise error


def refusal(state: RequestState, act: Act, at: datetime) -> RefusedError | None:
    """Why ``act`` may not happen at ``at``, or None where it may."""
    if not state.revisions:
        return no("REQUEST_UNKNOWN", f"没有变更申请 {state.id}", f"there is no change request {state.id}")
    if state.final is not None:
        word = STATUS[state.final.how]
        return no("REQUEST_FINAL", f"{state.id} {word.zh}，不再改变", f"{state.id} is {word.en}: that is final")
    if state.running is not None:
        return no("REQUEST_RUNNING", f"{state.id} 正在实施", f"{state.id} is being carried out")
    if act == "revise":
        return None
    return _spent(state, at) or _about_permits(state, act, at)


def _spent(state: RequestState, at: datetime) -> RefusedError | None:
    if state.used:
        return no(
            "APPROVALS_SPENT",
            f"{state.id} 第 {state.current.number} 版已实施，审批只用一次；再做请提交新版本",
            f"revision {state.current.number} of {state.id} was carried out and an approval serves once: "
            "submit a new revision to do it again",
        )
    if at >= state.current.subject.end:
        return no("SPAN_OVER", f"{state.id} 的时间窗已过", f"the span of {state.id} is over")
    return None


def _about_permits(state: RequestState, act: Act, at: datetime) -> RefusedError | None:
    live = state.live_permit(at)
    if act == "issue" and live is not None:
        return no("PERMIT_LIVE", f"放行单 {live.id} 仍有效", f"permit {live.id} is still live")
    if act == "start" and live is None:
        return no("PERMIT_NONE", f"{state.id} 没有有效的放行单", f"{state.id} has no live permit")
    if act == "start" and live is not None and at < live.not_before:
        return no("PERMIT_NOT_YET", f"放行单 {live.id} 尚未生效", f"permit {live.id} has not begun")
    return None


def admit(state: RequestState, person: str, voice: str, others: frozenset[str] = frozenset()) -> None:
    """Raise RefusedError where ``person`` (for ``voice``) cannot be one more approver of the current revision.

    ``others`` are the registrar and co-signer of an attested word. Everybody who had a part in the request or
    in another word is counted once: two accounts, two keys or a deputy do not make a second person.
    """
    revision = state.current
    own = {revision.applicant: "applicant", revision.executor: "executor", revision.verifier: "verifier"}
    for who in (person, voice):
        if who in own:
            part = own[who]
            raise no("SAME_PERSON", f"{who} 是本单的{_PART[part]}，不得审批", f"{who} is the {part}: may not approve")
    if len({person, *others}) != 1 + len(others) or voice in others or _applicant_side(revision) & others:
        raise no(
            "SAME_PERSON",
            "审批人、登记人、见证人与申请、实施人须为不同的人",
            "approver, registrar, witness and the asking side must be different persons",
        )
    _admit_beside(state, person, voice, others)


def _applicant_side(revision: Revision) -> frozenset[str]:
    return frozenset((revision.applicant, revision.executor))


def _admit_beside(state: RequestState, person: str, voice: str, others: frozenset[str]) -> None:
    for word in state.approvals:
        if voice == word.voice or person == word.person or voice == word.person or person == word.voice:
            raise no("ALREADY_APPROVED", f"{word.voice} 的意见已记录", f"the word of {word.voice} is already recorded")
        if {person, voice} & {word.registrar, word.cosigner} or others & {word.person, word.voice}:
            raise no(
                "SAME_PERSON",
                "登记、见证过本单审批的人不能再当审批人",
                "who registered or witnessed an approval of this request counts as no approver of it",
            )


def live_words(state: RequestState, at: datetime, life_seconds: float) -> tuple[Word, ...]:
    """The approvals of the current revision that are not past the approval expiry at ``at``."""
    return tuple(word for word in state.approvals if (at - word.at).total_seconds() < life_seconds)


_PART = {"applicant": "申请人", "executor": "实施人", "verifier": "复核人"}


def no(code: str, zh: str, en: str) -> RefusedError:
    """A refusal with its reason code and words."""
    return RefusedError(Text(zh, en), reason_code=code)
