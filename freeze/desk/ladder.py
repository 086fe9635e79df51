"""What a request still needs: its level, the rung that speaks, and the approvals counted against it. Reads only."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from freeze.calendar import Standing, in_hours
from freeze.decision.permitcheck import ASSURANCE, is_night, rung_for
from freeze.decision.stands import governing
from freeze.desk.base import Desk
from freeze.desk.requests import standing_for
from freeze.model import ChangeRequest, Rung
from zhongbao_core.approval.eligible import Approval
from zhongbao_core.approval.ladder import LadderResult, Missing, evaluate
from zhongbao_core.desk.approvals import approval_of
from zhongbao_core.desk.state import RequestState
from zhongbao_core.text import Text


class Needs(NamedTuple):
    """Where a request stands on the ladder at an instant."""

    standing: Standing
    rung: Rung | None
    """The rung of the strictest level on the span; None where no rung fits, which refuses."""
    result: LadderResult | None
    by_class: bool = False
    """The class is let out where normal work is not: a permit must prove it, whatever the level."""

    @property
    def free(self) -> bool:
        """Whether the level lets this kind of change out without any permit."""
        return self.standing.treatment.action == "allow" and not self.by_class

    @property
    def blocked(self) -> bool:
        """Whether the level lets this kind of change out on no permit at all."""
        return self.standing.treatment.action == "block"

    @property
    def satisfied(self) -> bool:
        """Whether the approvals are enough for a permit."""
        return self.result is not None and self.result.satisfied

    @property
    def life(self) -> timedelta:
        """Approval expiry of the rung."""
        return self.rung.approval_life if self.rung else timedelta(0)


def needs(desk: Desk, state: RequestState, request: ChangeRequest, at: datetime) -> Needs:
    """Count the approvals of ``state`` at ``at`` against the strictest level on the span of ``request``."""
    stand = standing_for(desk, request, at)
    begin = max(request.start, at)
    rung = rung_for(desk.policy, stand.level, request.kind, request.change_class, begin)
    by_class = request.change_class != "normal" and not _free_as_normal(desk, request, at)
    if rung is None:
        return Needs(stand, None, None, by_class)
    result = evaluate(
        rung.require,
        approvals_of(state),
        desk.policy.directory,
        applicant=request.applicant,
        executor=request.executor,
        verifier=request.verifier,
        at=at,
        night=is_night(begin, desk.policy.zone),
        statement=state.current.statement,
        life=rung.approval_life,
    )
    return Needs(stand, rung, result, by_class)


def _free_as_normal(desk: Desk, request: ChangeRequest, at: datetime) -> bool:
    """Whether the same change would need no permit as normal work: what a door asks where a class is claimed."""
    stand = standing_for(desk, replace(request, change_class="normal"), at)
    rule = governing(stand)
    inside = in_hours(rule.hours, stand.at, stand.end - stand.at, desk.policy.zone)
    return rule.action == "allow" and inside and not stand.closed_allows


def approvals_of(state: RequestState) -> tuple[Approval, ...]:
    """The current revision's words in the form the ladder counts."""
    return tuple(approval_of(word) for word in state.approvals)


def need_lines(desk: Desk, found: Needs) -> tuple[Text, ...]:
    """What is still needed (需要…), one line each; empty where the approvals are enough."""
    if found.free:
        return (Text("此级别下无需放行单", "no permit is needed at this level"),)
    if found.blocked:
        return (Text("此级别下不放行这类变更，只有应急放行", "this level lets no such change out but by break-glass"),)
    if found.result is None:
        return (Text("审批阶梯中没有适用的一级，不能签发", "no rung of the ladder fits: no permit can be issued"),)
    lines = [_missing(desk, item) for item in found.result.missing]
    refused = (
        Text(
            f"{desk.name(item.approval.person)} 的审批不计：{item.reason.zh}",
            f"the approval of {item.approval.person} does not count: {item.reason.en}",
        )
        for item in found.result.refused
    )
    return (*found.result.problems, *lines, *refused)


def _missing(desk: Desk, item: Missing) -> Text:
    rank = desk.policy.directory.rank_names.get(item.rank, item.rank)
    zh = "、".join(ASSURANCE[kind].zh for kind in item.assurance)
    en = " or ".join(ASSURANCE[kind].en for kind in item.assurance)
    return Text(
        f"需要 {item.count} 位{rank}及以上审批（{zh}）",
        f"needs {item.count} of rank {item.rank} or above ({en})",
    )
