"""What of the release waits at an instant: posts for approval or held by the gate, takedowns, reviews of emergency notices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import NamedTuple

from content_audit.release.decide import missing_text
from content_audit.release.desk import SUBMITTED, document_of, submission_of
from content_audit.release.emergency import ISSUED, REVIEWED
from content_audit.release.emergency_desk import Notice, notices
from content_audit.release.gate import DECIDED
from content_audit.release.policy import ContentPolicy
from content_audit.release.rungs import rung_for
from content_audit.release.takedown import KINDS, Takedown, takedowns
from zhongbao_core.approval.ladder import evaluate
from zhongbao_core.desk.base import Book, Desk, Writing
from zhongbao_core.desk.life import STEPS, reduce_all
from zhongbao_core.desk.rules import status
from zhongbao_core.desk.state import EntryLike, RequestState
from zhongbao_core.errors import ZhongbaoError
from zhongbao_core.report.model import without_personal
from zhongbao_core.text import Text


class Waits(NamedTuple):
    """A submitted post that no gate has let out."""

    post: str
    title: str
    account: str
    applicant: str
    start: datetime
    held: str
    """The gate's last reason code over this revision; empty where no gate was asked."""
    lacks: tuple[Text, ...]


class Waiting(NamedTuple):
    """All of it: posts in order of submission, takedowns and reviews that are open, the most urgent first."""

    posts: tuple[Waits, ...]
    takedowns: tuple[Takedown, ...]
    reviews: tuple[Notice, ...]


def waiting(desk: Desk, policy: ContentPolicy | None, at: datetime) -> Waiting:
    """What waits at ``at``, later entries not looked at; without ``policy`` nobody can say what a post lacks."""
    desk = Desk(_Until(desk.journal, at), desk.policy, desk.signatures, desk.rehearsal)
    entries = list(desk.journal.entries(kinds=_READ))
    states = reduce_all(entries, frozenset({SUBMITTED}))
    last = _decisions(entries)
    posts = (_waits(desk, policy, state, last, at) for state in states.values() if status(state, at) == "open")
    down = (item for item in takedowns(_of(entries, KINDS)) if item.open)
    owed = (item for item in notices(_of(entries, (ISSUED, REVIEWED))) if not item.reviewed_by)
    return Waiting(
        tuple(item for item in posts if item is not None),
        tuple(sorted(down, key=lambda item: (item.due, item.id))),
        tuple(sorted(owed, key=lambda item: (item.due, item.id))),
    )


class _Until(NamedTuple):
    """A ledger as it stood at an instant; nothing is written through it."""

    book: Book
    at: datetime

    def transaction(self, at: datetime) -> AbstractContextManager[Writing]:
        """Refused: the past is only looked at."""
        raise NotImplementedError(at)

    def entries(
        self, start: int = 0, end: int | None = None, *, kinds: Iterable[str] | None = None, ref: str | None = None
    ) -> Iterator[EntryLike]:
        """Entries up to the instant."""
        return (item for item in self.book.entries(start, end, kinds=kinds, ref=ref) if item.time <= self.at)

    def document(self, name: str) -> bytes | None:
        """A document by digest."""
        return self.book.document(name)

    def find_key(self, key: str) -> EntryLike | None:
        """The entry that holds the key, if it was there by then."""
        found = self.book.find_key(key)
        return found if found is not None and found.time <= self.at else None


_READ = (*STEPS, DECIDED, *KINDS, ISSUED, REVIEWED)


def _of(entries: Iterable[EntryLike], kinds: Iterable[str]) -> Iterator[EntryLike]:
    wanted = frozenset(kinds)
    return (item for item in entries if item.kind in wanted)


def _decisions(entries: Iterable[EntryLike]) -> dict[tuple[str, int], EntryLike]:
    """The gate's last answer over each revision."""
    return {(item.body["post"], item.body["revision"]): item for item in _of(entries, (DECIDED,)) if item.body["post"]}


def _waits(
    desk: Desk,
    policy: ContentPolicy | None,
    state: RequestState,
    last: dict[tuple[str, int], EntryLike],
    at: datetime,
) -> Waits | None:
    """The post, unless the gate let this revision out."""
    current = state.current
    decision = last.get((state.id, current.number))
    if decision is not None and decision.body["verdict"] == "allow":
        return None
    held = str(decision.body["reason_code"]) if decision is not None else ""
    account = current.subject.targets[0].system
    entry = next(item for item in desk.journal.entries(kinds=(SUBMITTED,), ref=state.id) if item.seq == current.entry)
    try:
        document = document_of(desk, entry)
        title, lacks = str(document["title"]), _lacks(desk, policy, state, document, at)
    except ZhongbaoError as error:
        title, lacks = "", (_unseen(error.message),)
    return Waits(state.id, without_personal(title), account, current.applicant, current.subject.start, held, lacks)


def _lacks(
    desk: Desk, policy: ContentPolicy | None, state: RequestState, document: dict[str, object], at: datetime
) -> tuple[Text, ...]:
    """Approvals that are missing at the instant the post is to go out."""
    if policy is None:
        return (_unseen(Text("内容策略未验证", "the content policy is not verified")),)
    found = submission_of(desk, state, document)
    account = policy.registers.account(str(document["account"]))
    if account is None:
        return (Text("账号不在 media 台账", "the account is not in the media register"),)
    phase = policy.event.phase_at(found.start) if policy.event else None
    rung = rung_for(account, phase.raises if phase else 0, policy.registers, policy.directory)
    if rung is None:
        return (Text("账号的审核级别无效", "the account's rung is no rung"),)
    result = evaluate(
        rung.require,
        found.approvals,
        policy.directory,
        applicant=found.applicant,
        executor="",
        verifier="",
        at=at,
        statement=found.statement,
    )
    missing = tuple(missing_text(gap, policy.directory) for gap in result.missing)
    done = Text("审批已齐，待发布门放行", "approvals complete: ask the gate")
    return (*result.problems, *missing) or (done,)


def _unseen(why: Text) -> Text:
    return Text(f"未检查：{why.zh}", f"not looked at: {why.en}")
