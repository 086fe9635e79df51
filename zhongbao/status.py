"""Where the company stands at an instant: level, what is held, what runs, what is open and owed. Pure but for reading.

What could not be looked at is None with the reason beside it, never an empty list: every zero has its basis.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from freeze.calendar import standing, treatment_for
from freeze.calendar.intervals import FOREVER
from freeze.model import CLASSES, KINDS, Action
from freeze.policy import Policy
from zhongbao_core.approval.subject import Target
from zhongbao_core.desk.rules import status as request_status
from zhongbao_core.desk.state import RequestState
from zhongbao_core.errors import InputError, ZhongbaoError
from zhongbao_core.event import Level
from zhongbao_core.finding import Area
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from content_audit.release.waiting import Waiting
    from freeze.calendar import Standing
    from freeze.desk.base import Desk


class Held(NamedTuple):
    """A deny window in force; ``end`` None is an open end. ``via`` is the way it reaches the system asked about."""

    id: str
    name: Text
    level: Level
    owner: str
    end: datetime | None
    via: tuple[str, ...]


class Running(NamedTuple):
    """A permitted change that has begun and not ended. ``late``: it was to be over by ``until``."""

    request: str
    title: str
    permit: str
    targets: tuple[Target, ...]
    executor: str
    started: datetime
    until: datetime
    late: bool


class Open(NamedTuple):
    """A request that waits, or whose permit has not been used, and what it still lacks."""

    request: str
    title: str
    status: str
    targets: tuple[Target, ...]
    start: datetime
    lacks: tuple[Text, ...]


class Owed(NamedTuple):
    """Something a person still owes: a confirmation (补签) or a review (复盘)."""

    reference: str
    person: str
    due: datetime
    late: bool


class Books(NamedTuple):
    """What the ledger says."""

    running: tuple[Running, ...]
    open: tuple[Open, ...]
    confirmations: tuple[Owed, ...]
    reviews: tuple[Owed, ...]


class Content(NamedTuple):
    """What of the content release waits; ``waiting`` None where it could not be looked at, with the reason beside it."""

    waiting: Waiting | None
    problem: Text | None = None


class Policies(NamedTuple):
    """What vouches for the policy: the manifest's label and its end, or the reason why nothing does."""

    manifest: str = ""
    valid_until: datetime | None = None
    problem: Text | None = None


class Register(NamedTuple):
    """Open findings by area; None for an area nobody looked at."""

    open: dict[Area, int | None]


class Status(NamedTuple):
    """Everything the status screen shows."""

    at: datetime
    zone: str
    event: Text | None
    phase: Text | None
    phase_ends: datetime | None
    """End of the phase itself; None outside any, and where the end is open."""
    level: Level
    label: str
    ends: datetime | None
    """When nothing of this level or stricter holds any more."""
    ends_known: bool
    system: str
    actions: dict[Action, tuple[str, ...]]
    """Change kinds by what the level does to them (a normal change)."""
    held: tuple[Held, ...]
    policies: Policies
    books: Books | None
    books_problem: Text | None
    register: Register | None
    rehearsal: bool = False
    content: Content | None = None
    """None where the workspace has no content, and where one system is asked about."""

    @property
    def late(self) -> bool:
        """Whether anything is overdue."""
        found = self.content.waiting if self.content else None
        if found and (
            any(item.overdue(self.at) for item in found.takedowns)
            or any(item.overdue(self.at) for item in found.reviews)
        ):
            return True
        books = self.books
        if books is None:
            return False
        return any(item.late for item in books.running) or any(
            item.late for item in (*books.confirmations, *books.reviews)
        )

    @property
    def whole(self) -> bool:
        """Whether policy and ledger could both be looked at."""
        return self.policies.problem is None and self.books is not None


def status_of(
    policy: Policy,
    at: datetime,
    *,
    system: str = "",
    policies: Policies,
    books: Books | None,
    books_problem: Text | None = None,
    register: Register | None = None,
    rehearsal: bool = False,
    content: Content | None = None,
) -> Status:
    """The status at ``at``; of ``system`` alone where one is named. Raises InputError UNKNOWN_SYSTEM."""
    targets = targets_of(policy, system)
    stand = standing(policy, targets, "release", "normal", {}, at, timedelta(0))
    event = policy.event
    return Status(
        at=at,
        zone=policy.zone,
        event=event.name if event else None,
        phase=stand.phase.name if stand.phase else None,
        phase_ends=stand.phase.span.end if stand.phase else None,
        level=stand.level,
        label=stand.label,
        ends=stand.ends,
        ends_known=stand.ends_known,
        system=system,
        actions=_actions(policy, stand.level),
        held=tuple(_held(policy, stand, at)),
        policies=policies,
        books=books,
        books_problem=books_problem,
        register=register,
        rehearsal=rehearsal,
        content=content,
    )


def targets_of(policy: Policy, system: str) -> tuple[Target, ...]:
    """Every environment of ``system``; nothing where none is named."""
    if not system:
        return ()
    known = policy.system(system)
    if known is None:
        raise InputError(
            Text(
                f"系统 {system} 未登记：任何门都按封网处理", f"system {system} is not registered: every door holds it"
            ),
            Text("登记在 systems.yaml", "register it in systems.yaml"),
            reason_code="UNKNOWN_SYSTEM",
        )
    return tuple(Target(system, environment) for environment in known.environments)


def _actions(policy: Policy, level: Level) -> dict[Action, tuple[str, ...]]:
    found: dict[Action, list[str]] = {"allow": [], "approve": [], "block": []}
    normal = next(name for name in CLASSES if name == "normal")
    for kind in KINDS:
        found[treatment_for(policy, level, kind, normal).action].append(kind)
    return {action: tuple(kinds) for action, kinds in found.items()}


def _held(policy: Policy, stand: Standing, at: datetime) -> Iterator[Held]:
    """Deny windows in force, strictest first: those of the system, or all of them."""
    if stand.per_target:
        found = {item.window.id: item for item in stand.denies}
        rows = [
            Held(item.window.id, item.window.name, item.window.level, item.window.owner, _end(item.span), item.via)
            for item in found.values()
        ]
    else:
        rows = list(_all_held(policy, at))
    yield from sorted(rows, key=lambda item: (-item.level, item.id))


def _all_held(policy: Policy, at: datetime) -> Iterator[Held]:
    from freeze.calendar.view import view

    for lane in view(policy, at, at + timedelta(seconds=1)).lanes:
        if lane.kind == "deny" and lane.bars:
            bar = lane.bars[0]
            end = None if bar.span[1] == FOREVER else bar.span[1]
            yield Held(lane.id, lane.name, bar.level, lane.owner, end, lane.via)


def _end(span: object) -> datetime | None:
    end = getattr(span, "end", None)
    return end if isinstance(end, datetime) and end != FOREVER else None


def books_of(desk: Desk, at: datetime, targets: Iterable[Target] = ()) -> Books:
    """What the ledger says at ``at`` of all requests, or of those that touch ``targets``."""
    from freeze.life.glass import reduce_glass

    wanted = frozenset(targets)
    states = [state for state in states_at(desk, at).values() if _touches(state, wanted)]
    kinds = ("breakglass.opened", "breakglass.reviewed")
    entries = (entry for entry in desk.journal.entries(kinds=kinds) if entry.time <= at)
    uses = (item for item in reduce_glass(entries).values() if not wanted or wanted & frozenset(item.targets))
    reviews = [Owed(use.id, use.by, use.review_by, use.overdue(at)) for use in uses if use.review_open()]
    return Books(
        running=tuple(_running(desk, state, at) for state in states if state.running),
        open=tuple(_open(desk, state, at) for state in states if request_status(state, at) in ("open", "permitted")),
        confirmations=tuple(item for state in states for item in _confirmations(state, at)),
        reviews=tuple(sorted(reviews, key=lambda item: item.due)),
    )


def states_at(desk: Desk, at: datetime) -> dict[str, RequestState]:
    """Every request as it stood at ``at``: later entries are not looked at."""
    from zhongbao_core.desk.base import with_uses
    from zhongbao_core.desk.life import STEPS, reduce_all

    entries = (entry for entry in desk.journal.entries(kinds=STEPS) if entry.time <= at)
    states = reduce_all(entries)
    return {name: with_uses(state, desk.journal) for name, state in states.items() if state.revisions}


def _touches(state: RequestState, wanted: frozenset[Target]) -> bool:
    return not wanted or bool(wanted & frozenset(state.current.subject.targets))


def _title(desk: Desk, state: RequestState) -> str:
    from freeze.desk.requests import request_of

    try:
        return request_of(desk, state).title
    except ZhongbaoError:
        return ""


def _running(desk: Desk, state: RequestState, at: datetime) -> Running:
    run, subject = state.running, state.current.subject
    if run is None:
        raise LookupError(state.id)
    return Running(
        state.id,
        _title(desk, state),
        run.permit,
        subject.targets,
        state.current.executor,
        run.started_at,
        subject.end,
        late=at >= subject.end,
    )


def _open(desk: Desk, state: RequestState, at: datetime) -> Open:
    subject = state.current.subject
    return Open(
        state.id,
        _title(desk, state),
        request_status(state, at),
        subject.targets,
        subject.start,
        _lacks(desk, state, at),
    )


def _lacks(desk: Desk, state: RequestState, at: datetime) -> tuple[Text, ...]:
    from freeze.desk.ladder import need_lines, needs
    from freeze.desk.requests import request_of

    if request_status(state, at) == "permitted":
        return ()
    try:
        found = needs(desk, state, request_of(desk, state), at)
    except ZhongbaoError as error:
        return (Text(f"未检查：{error.message.zh}", f"not looked at: {error.message.en}"),)
    if found.satisfied and not found.blocked:
        return (Text("审批已齐，待签发放行单", "approvals complete: the permit can be issued"),)
    return need_lines(desk, found)


def _confirmations(state: RequestState, at: datetime) -> Iterator[Owed]:
    for word in state.owed():
        if word.confirm_by is not None:
            yield Owed(state.id, word.person, word.confirm_by, at >= word.confirm_by)
