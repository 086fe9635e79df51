"""The life of a finding: its states, who may move it, and what each move needs. A pure table, no I/O, no clock.

待认领 → 已下发 → 整改中 → 待复核 → 已销号; 误报 and 例外放行 leave the way; seen again after closing is 复发.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from zhongbao_core.errors import RefusedError
from zhongbao_core.finding import Finding
from zhongbao_core.text import Text


class State(Enum):
    """Where a finding stands (问题状态)."""

    UNCLAIMED = "unclaimed"
    ASSIGNED = "assigned"
    FIXING = "fixing"
    VERIFYING = "verifying"
    CLOSED = "closed"
    FALSE_ALARM = "false_alarm"
    WAIVED = "waived"
    RECURRED = "recurred"

    @property
    def text(self) -> Text:
        """The word shown to people."""
        return _NAMES[self]

    @property
    def open(self) -> bool:
        """Whether somebody still owes something: all but 已销号, 误报 and 例外放行."""
        return self not in (State.CLOSED, State.FALSE_ALARM, State.WAIVED)


_NAMES = {
    State.UNCLAIMED: Text("待认领", "unclaimed"),
    State.ASSIGNED: Text("已下发", "assigned"),
    State.FIXING: Text("整改中", "being fixed"),
    State.VERIFYING: Text("待复核", "awaiting verification"),
    State.CLOSED: Text("已销号", "closed"),
    State.FALSE_ALARM: Text("误报", "false alarm"),
    State.WAIVED: Text("例外放行", "waived"),
    State.RECURRED: Text("复发", "recurred"),
}


class Rule(NamedTuple):
    """One row of the table: from where to where, and which fields of the move it needs.

    ``apart`` names the person of the life that the actor may not be; ``own`` that only the assignee may do it.
    """

    name: Text
    starts: frozenset[State]
    to: State
    needs: tuple[str, ...] = ()
    apart: bool = False
    own: bool = False


_TODO = frozenset({State.UNCLAIMED, State.ASSIGNED, State.FIXING, State.RECURRED})
_OPEN = _TODO | {State.VERIFYING}

MOVES: dict[str, Rule] = {
    "assign": Rule(Text("下发", "assign"), _TODO, State.ASSIGNED, ("assignee",)),
    "start": Rule(Text("开始整改", "start fixing"), frozenset({State.ASSIGNED}), State.FIXING, own=True),
    "fixed": Rule(
        Text("提交复核", "hand in for verification"),
        frozenset({State.ASSIGNED, State.FIXING}),
        State.VERIFYING,
        ("evidence",),
        own=True,
    ),
    "return": Rule(Text("退回", "send back"), frozenset({State.VERIFYING}), State.FIXING, ("reason",), apart=True),
    "close": Rule(Text("销号", "close"), frozenset({State.VERIFYING}), State.CLOSED, ("evidence",), apart=True),
    "dismiss": Rule(Text("判为误报", "mark as false alarm"), _OPEN, State.FALSE_ALARM, ("reason",), apart=True),
    "waive": Rule(Text("例外放行", "waive"), _OPEN, State.WAIVED, ("reason", "approver", "expires")),
    "reopen": Rule(
        Text("重新打开", "reopen"),
        frozenset({State.CLOSED, State.FALSE_ALARM, State.WAIVED}),
        State.UNCLAIMED,
        ("reason",),
    ),
}
"""Moves that people make, by name. What no row allows is refused."""

FIELDS = {
    "assignee": Text("责任人", "an assignee"),
    "evidence": Text("佐证", "evidence"),
    "reason": Text("理由", "a reason"),
    "approver": Text("批准人", "an approver"),
    "expires": Text("到期时间", "an expiry"),
}


@dataclass(frozen=True, slots=True)
class Move:
    """What somebody (``actor``, a person id) wants done with a finding, and what they bring along."""

    name: str
    actor: str
    assignee: str = ""
    evidence: str = ""
    reason: str = ""
    approver: str = ""
    expires: datetime | None = None
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """Where a finding stands now. ``since`` is the instant of the last change, ``times`` how often it came back."""

    state: State
    since: datetime
    assignee: str = ""
    due: datetime | None = None
    evidence: str = ""
    reason: str = ""
    approver: str = ""
    expires: datetime | None = None
    times: int = 0


@dataclass(frozen=True, slots=True)
class Tracked:
    """A finding with where it stands, and the first and last instant a run saw it."""

    finding: Finding
    life: Life
    first_seen: datetime
    last_seen: datetime


def born(at: datetime) -> Life:
    """The life of a finding seen for the first time."""
    return Life(State.UNCLAIMED, at)


def moved(life: Life, move: Move, at: datetime) -> Life:
    """``life`` after ``move`` at ``at``. Raises RefusedError naming the rule that speaks against it."""
    rule = MOVES.get(move.name)
    if rule is None or life.state not in rule.starts:
        raise _not_from_here(life, move, rule)
    _bring_all(rule, move)
    _right_person(rule, life, move)
    if move.name == "waive":
        _sound_waiver(life, move, at)
    keep_assignee = move.assignee or ("" if move.name == "reopen" else life.assignee)
    return Life(
        state=rule.to,
        since=at,
        assignee=keep_assignee,
        due=move.due or (None if move.name == "reopen" else life.due),
        evidence=move.evidence or life.evidence,
        reason=move.reason,
        approver=move.approver,
        expires=move.expires,
        times=life.times,
    )


def seen(life: Life, at: datetime) -> Life:
    """``life`` after a run saw the finding again: 已销号 becomes 复发, a lapsed waiver opens again, the rest stays."""
    if life.state is State.CLOSED:
        return replace(life, state=State.RECURRED, since=at, times=life.times + 1)
    return lapsed(life, at)


def lapsed(life: Life, at: datetime) -> Life:
    """``life`` with an expired waiver taken back: an exception ends by itself, never silently lives on."""
    if life.state is State.WAIVED and life.expires is not None and life.expires <= at:
        return Life(State.UNCLAIMED, life.expires, times=life.times, reason=life.reason)
    return life


def _not_from_here(life: Life, move: Move, rule: Rule | None) -> RefusedError:
    name = rule.name if rule else Text(move.name, move.name)
    able = [item for item in MOVES.values() if life.state in item.starts]
    return RefusedError(
        Text(
            f"问题处于“{life.state.text.zh}”，不能{name.zh}",
            f"a finding that is {life.state.text.en} cannot take: {name.en}",
        ),
        Text(
            "现在可以：" + "、".join(item.name.zh for item in able),
            "possible now: " + ", ".join(item.name.en for item in able),
        ),
        reason_code="FINDING_MOVE",
    )


def _bring_all(rule: Rule, move: Move) -> None:
    lacking = [name for name in rule.needs if not getattr(move, name)]
    if not move.actor:
        raise RefusedError(Text("须写明操作人", "say who does it"), reason_code="FINDING_INCOMPLETE")
    if lacking:
        raise RefusedError(
            Text(
                f"{rule.name.zh}须有：" + "、".join(FIELDS[name].zh for name in lacking),
                f"to {rule.name.en} takes: " + ", ".join(FIELDS[name].en for name in lacking),
            ),
            reason_code="FINDING_INCOMPLETE",
        )


def _right_person(rule: Rule, life: Life, move: Move) -> None:
    if rule.own and move.actor != life.assignee:
        raise RefusedError(
            Text("只有责任人本人可以这样做", "only the assignee can do this"),
            Text("先用 finding assign 下发给他", "assign it to that person first: finding assign"),
            reason_code="FINDING_NOT_YOURS",
        )
    if rule.apart and life.assignee and move.actor == life.assignee:
        raise RefusedError(
            Text("责任人不能复核自己的整改", "the assignee cannot verify their own work"),
            Text("请另一人操作", "have another person do it"),
            reason_code="FINDING_SAME_PERSON",
        )


def _sound_waiver(life: Life, move: Move, at: datetime) -> None:
    if move.approver in (move.actor, life.assignee):
        raise RefusedError(
            Text(
                "例外放行须由他人批准", "a waiver is approved by somebody other than who asks for it or owes the work"
            ),
            reason_code="FINDING_SAME_PERSON",
        )
    if move.expires is not None and move.expires <= at:
        raise RefusedError(
            Text("例外放行的到期时间已过", "the waiver would be over before it begins"),
            reason_code="FINDING_WAIVER_EXPIRED",
        )
