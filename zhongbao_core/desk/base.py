"""The desk: what every one of its counters shares. It reads and writes the ledger; the rules stand in ``life``.

What lies on a desk for approval - a change request, a post, a sheet of posts - has a number, revisions and one
statement for each, and lives by the same rules; a desk knows those that ``keeps`` names.

A ``Desk`` is made once per command. Time enters as ``at=``; nothing here reads the clock or YAML.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from zhongbao_core.canonical import digest
from zhongbao_core.desk.life import STEPS, SUBMISSIONS, reduce, reduce_all
from zhongbao_core.desk.rules import no
from zhongbao_core.desk.state import EntryLike, RequestState, Run
from zhongbao_core.errors import CannotTellError, RefusedError
from zhongbao_core.event import Event
from zhongbao_core.people import Directory, Person, PublicKey
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from zhongbao_core.approval.statement import Statement


class Writing(Protocol):
    """A ledger transaction: all of it is recorded, or none."""

    def append(self, kind: str, ref: str, body: dict[str, Any], key: str = "") -> EntryLike:
        """Record one entry; the same key and body again gives the earlier one, another body raises."""

    def put_document(self, data: bytes) -> str:
        """Keep ``data`` beside the ledger; its digest."""

    def entries(self, *, kinds: Iterable[str] | None = None, ref: str | None = None) -> Iterable[EntryLike]:
        """What is recorded so far, this transaction included."""

    def find_key(self, key: str) -> EntryLike | None:
        """The entry that holds an idempotency key."""


class Book(Protocol):
    """The ledger as the desk uses it; ``zhongbao_core.ledger.Journal`` is one."""

    def transaction(self, at: datetime) -> AbstractContextManager[Writing]:
        """One transaction at ``at``; raises CannotTellError CLOCK_BACKWARDS for an instant before the last entry."""

    def entries(
        self, start: int = 0, end: int | None = None, *, kinds: Iterable[str] | None = None, ref: str | None = None
    ) -> Iterator[EntryLike]:
        """Entries in order."""

    def document(self, name: str) -> bytes | None:
        """A document by digest; None where it is not kept, or was erased."""

    def find_key(self, key: str) -> EntryLike | None:
        """The entry that holds an idempotency key."""


class Keyed(Protocol):
    """Where an entry can be found by its idempotency key."""

    def find_key(self, key: str) -> EntryLike | None:
        """The entry that holds the key."""


class Signatures(Protocol):
    """Who signed, and whether it holds. The real one is ``SSH``; tests may put a cheap one in its place."""

    def made_by(self, armor: bytes, key_line: str) -> bool:
        """Whether ``armor`` claims to be by the key."""

    def verify(self, armor: bytes, message: bytes, key_line: str, namespace: str) -> None:
        """Raise SignatureError unless the key signed exactly ``message`` for ``namespace``."""


class Believed(Protocol):
    """What a desk asks of the policy in force, verified."""

    @property
    def directory(self) -> Directory:
        """Persons, ranks and deputies."""

    @property
    def event(self) -> Event | None:
        """The protection period; None where the company has none in view."""

    @property
    def zone(self) -> str:
        """The company's zone name."""

    @property
    def manifest(self) -> str:
        """``<version>:<digest>`` of the manifest; empty in an untrusted demo."""


class SSH:
    """SSH signatures, verified by ``zhongbao_core.approval.sshsig``."""

    def made_by(self, armor: bytes, key_line: str) -> bool:
        """Whether the signature names this key."""
        from zhongbao_core.approval.keys import PublicKeyLine
        from zhongbao_core.approval.sshsig import key_of

        return key_of(armor).blob == PublicKeyLine.parse(key_line).blob

    def verify(self, armor: bytes, message: bytes, key_line: str, namespace: str) -> None:
        """Raise SignatureError with its reason code where it does not hold."""
        from zhongbao_core.approval.sshsig import verify

        verify(armor, message, key_line, namespace)


@dataclass(frozen=True, slots=True)
class Desk:
    """The ledger, the policy in force and how signatures are checked."""

    journal: Book
    policy: Believed
    signatures: Signatures
    rehearsal: bool = False

    @property
    def keeps(self) -> frozenset[str]:
        """The kinds of submission that this desk knows."""
        return SUBMISSIONS

    @property
    def approving_roles(self) -> frozenset[str]:
        """Whoever holds one of these may be recorded as an approver."""
        return frozenset({"approver"})

    def state(self, request: str) -> RequestState:
        """The state of what goes by this number. Raises RefusedError REQUEST_UNKNOWN."""
        entries = self.journal.entries(kinds=STEPS, ref=request)
        return with_uses(known(reduce(entries, request, self.keeps)), self.journal)

    def states(self) -> dict[str, RequestState]:
        """Everything this desk keeps, by number."""
        states = reduce_all(self.journal.entries(kinds=STEPS), self.keeps)
        return {name: with_uses(state, self.journal) for name, state in states.items()}

    def document(self, name: str, what: Text) -> bytes:
        """The document named by its digest. Raises CannotTellError where it is gone or damaged."""
        data = self.journal.document(name)
        if data is None or digest(data) != name:
            raise CannotTellError(
                Text(f"{what.zh} {name} 不在存证日志中或已损坏", f"{what.en} {name} is not kept, or is damaged"),
                reason_code="DOCUMENT_MISSING",
            )
        return data

    def statement(self, state: RequestState) -> bytes:
        """The statement of the current revision, byte for byte as submitted."""
        return self.document(state.current.statement, Text("审批文本", "the statement"))

    def name(self, person: str) -> str:
        """How a person is shown: name and id; the id alone where nobody knows it."""
        found = self.policy.directory.persons.get(person)
        return f"{found.name} ({person})" if found and found.name != person else person


def known(state: RequestState) -> RequestState:
    """``state``, if the request exists."""
    if not state.revisions:
        raise no("REQUEST_UNKNOWN", f"没有申请 {state.id}", f"nothing was submitted as {state.id}")
    return state


def state_in(tx: Writing, request: str, keeps: frozenset[str] = SUBMISSIONS) -> RequestState:
    """The state of a request as the transaction sees it: nobody else can change it before the commit."""
    return with_uses(known(reduce(tx.entries(kinds=STEPS, ref=request), request, keeps)), tx)


def with_uses(state: RequestState, book: Keyed) -> RequestState:
    """``state`` with the permits that a door let through without recording a run: they are used all the same."""
    started = {run.permit for run in state.runs}
    for permit in state.permits:
        use = None if permit.id in started else book.find_key(f"use:{permit.id}")
        if use is not None:
            actor = str(use.body.get("actor", ""))
            run = Run(permit.id, use.seq, use.time, use.ref, actor, use.time, "let_through")
            state = replace(state, runs=(*state.runs, run))
    return state


def person_of(policy: Believed, person: str) -> Person:
    """The active person behind an id or account. Raises RefusedError PERSON_UNKNOWN."""
    found = policy.directory.owner_of_account(person)
    if found is None or not found.active:
        raise no("PERSON_UNKNOWN", f"人员 {person} 未登记或已停用", f"{person} is not an active person of people.yaml")
    return found


def voice_of(policy: Believed, person: str, voice: str, at: datetime) -> tuple[str, str]:
    """(rank, voice) in which ``person`` speaks: the own voice, or that of the principal named by ``voice``."""
    for rank, whose in policy.directory.acting_ranks(person, at):
        if whose == (voice or person):
            return rank, whose
    raise no(
        "NOT_DEPUTY",
        f"{person} 此刻无权代 {voice} 审批",
        f"{person} may not speak for {voice} now: no delegation covers this instant",
    )


def require_role(policy: Believed, person: str, roles: frozenset[str], doing: Text) -> None:
    """Raise RefusedError ROLE_MISSING unless ``person`` holds one of ``roles``."""
    found = policy.directory.persons.get(person)
    if found is None or not found.roles & roles:
        wanted = "/".join(sorted(roles))
        raise no(
            "ROLE_MISSING", f"{person} 没有{doing.zh}所需角色 {wanted}", f"{person} has no role to {doing.en}: {wanted}"
        )


class Knows(Protocol):
    """Whoever knows the persons and can read signatures: a desk, or an emergency release without one."""

    @property
    def policy(self) -> Believed:
        """The policy in force."""

    @property
    def signatures(self) -> Signatures:
        """How signatures are checked."""


def signer(desk: Knows, armor: bytes, at: datetime) -> tuple[Person, PublicKey]:
    """The person and key that ``armor`` claims, if that key counts at ``at``. Nothing is verified yet.

    Raises RefusedError KEY_UNKNOWN, KEY_NOT_GOOD.
    """
    for person in desk.policy.directory.persons.values():
        for key in person.keys:
            if desk.signatures.made_by(armor, key.line):
                return _good(person, key, at)
    raise RefusedError(
        Text("签名所用的密钥没有登记", "nobody has enrolled the key that signed"),
        Text(
            "用 zhongbao key enrol 登记，或改用已登记的密钥", "enrol it with zhongbao key enrol, or use an enrolled key"
        ),
        reason_code="KEY_UNKNOWN",
    )


def _good(person: Person, key: PublicKey, at: datetime) -> tuple[Person, PublicKey]:
    if not person.active or not key.good_at(at):
        raise no(
            "KEY_NOT_GOOD",
            f"{person.name} 的密钥 {key.id} 此刻无效（未生效、到期或已吊销）",
            f"key {key.id} of {person.id} does not count now: not yet valid, expired or revoked",
        )
    return person, key


def current_statement(desk: Desk, data: bytes, at: datetime) -> tuple[Statement, RequestState]:
    """The statement in ``data`` and its request, if it is the current revision and may be approved at ``at``."""
    from zhongbao_core.approval.statement import parse
    from zhongbao_core.desk.rules import require

    statement = parse(data)
    state = desk.state(statement.subject.id)
    require(state, "approve", at)
    if statement.purpose != "approve" or statement.digest != state.current.statement:
        raise no(
            "OTHER_STATEMENT",
            f"这不是 {state.id} 第 {state.current.number} 版的审批文本；请重新取得 statement.json",
            f"this is not the statement of {state.id} revision {state.current.number}; fetch statement.json again",
        )
    return statement, state
