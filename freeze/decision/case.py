"""What the gate has in hand while it judges one question, and the pieces its answer is put together from.

Plain tuples: they stand on a door's start-up path. No I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from freeze.model import ChangeRequest, Question, RuleTrace, Verdict
from freeze.policy import Policy
from zhongbao_core.approval.subject import Subject, Target
from zhongbao_core.text import NOTHING, Text

if TYPE_CHECKING:
    from typing import NamedTuple

    from zhongbao_core.approval.ladder import Approval
else:
    from zhongbao_core.record import NamedTuple

Spent = Literal["unchecked", "free", "used", "revoked"]


class Fault(NamedTuple):
    """Why something does not hold: a reason code and a sentence."""

    code: str
    text: Text


class UseState(NamedTuple):
    """What a reachable store says. The default is a door without one: nothing is known beyond the permit itself."""

    online: bool = False
    spent: Spent = "unchecked"
    """Whether the permit was used or revoked before; ``unchecked`` where no store could say."""
    detail: str = ""
    """When and by whom, for the message."""
    reviews_open: int = 0
    """Break-glass uses whose review is still open."""
    reviews_overdue: int = 0
    used_today: int = 0
    """Uses of the standard change since local midnight."""
    code_used: str = ""
    """Break-glass: the other release by which the ledger knows this one's sealed code to be used."""


class PermitView(NamedTuple):
    """A permit after its evidence was examined; ``fault`` says what the examination refused."""

    id: str
    kind: Literal["change", "breakglass", "standard"] = "change"
    subject: Subject | None = None
    request: ChangeRequest | None = None
    approvals: tuple[Approval, ...] = ()
    statement: str = ""
    """Digest of the statement that every approval must be over."""
    not_before: datetime | None = None
    expires_at: datetime | None = None
    manifest: str = ""
    """``<version>:<digest>`` of the manifest it was issued under."""
    rehearsal: bool = False
    sealed: bool = False
    """Break-glass: a sealed one-time code was presented and matched."""
    standard: str = ""
    """Id of the standard change it uses; empty for any other kind."""
    fault: Fault | None = None
    binds: tuple[tuple[str, str], ...] = ()
    """What it is bound to where it carries no request (break-glass, standard)."""
    work: str = ""
    """Change kind of an emergency release."""
    restores: bool = False
    """Emergency release: its signers say that it restores a running outage."""
    code: str = ""
    """Emergency release: ``sealed#<index>`` of the code presented."""
    opening: Mapping[str, Any] | None = None
    """Emergency release: what the ledger keeps of its opening, as the permit itself tells it."""

    @property
    def bound(self) -> dict[str, str]:
        """What it is bound to, name to digest."""
        return dict(self.request.binds) if self.request is not None else dict(self.binds)


class Case(NamedTuple):
    """One question before the gate."""

    question: Question
    policy: Policy
    at: datetime
    permit: PermitView | None
    floor: datetime | None
    use: UseState
    proven_start: bool
    """The asker itself saw the work start, or the store recorded it: ``question.started`` is a fact, not a claim."""
    untrusted: bool
    rehearsal: bool
    """The trust file in force is one of a rehearsal."""


class Answer(NamedTuple):
    """A verdict with its reasons, before it becomes a Decision."""

    verdict: Verdict
    code: str
    message: Text
    rules: tuple[RuleTrace, ...] = ()
    missing: tuple[Text, ...] = ()
    use: Literal["", "checked", "unchecked"] = ""
    was: str = ""
    """Observation mode: the reason code it would have been held with."""


def total(case: Case) -> timedelta:
    """The length to judge: what the asker said or what the permit's request says, whichever is longer."""
    view = case.permit
    asked = case.question.duration
    if view is None or view.request is None:
        return asked
    request = view.request
    return max(asked, request.duration + request.rollback_duration + request.observation)


def names(targets: Iterable[Target]) -> str:
    """Targets as people read them; a long list is cut and says so."""
    words = [str(item) for item in targets]
    return ", ".join(words[:5]) + (f" (+{len(words) - 5})" if len(words) > 5 else "")


def allow(code: str, message: Text, *rules: RuleTrace) -> Answer:
    """An allowing answer."""
    return Answer(Verdict.ALLOW, code, message, rules)


def hold(code: str, message: Text, *rules: RuleTrace, missing: tuple[Text, ...] = ()) -> Answer:
    """A holding answer."""
    return Answer(Verdict.HOLD, code, message, rules, missing)


def cannot_tell(code: str, message: Text) -> Answer:
    """The answer of a gate that cannot decide: it refuses, with another exit code than a freeze."""
    return Answer(Verdict.UNKNOWN, code, message)


def joined(first: Text, second: Text) -> Text:
    """Two sentences as one, in each language."""
    return Text(f"{first.zh}；{second.zh}", f"{first.en}; {second.en}") if second != NOTHING else first
