"""What is known of one change request, as told by its ledger entries. Values only: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from zhongbao_core.approval.subject import Subject
from zhongbao_core.text import Text


class EntryLike(Protocol):
    """The parts of a ledger entry that the desk reads."""

    @property
    def seq(self) -> int:
        """Place in the ledger."""

    @property
    def time(self) -> datetime:
        """When the ledger took it."""

    @property
    def kind(self) -> str:
        """What it records."""

    @property
    def ref(self) -> str:
        """What it is about: a request, a person, a door."""

    @property
    def body(self) -> Mapping[str, Any]:
        """Ids and digests."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One submitted revision; its statement is the one text all approvers approve."""

    number: int
    entry: int
    at: datetime
    request: str
    """Digest of the canonical request; the text is a document of the ledger."""
    statement: str
    """Digest of ``statement.json``."""
    applicant: str
    executor: str
    verifier: str
    kind: str
    change_class: str
    subject: Subject


@dataclass(frozen=True, slots=True)
class Word:
    """A person's recorded word over a statement: signed, coded or attested."""

    entry: int
    at: datetime
    """When it was received: the ledger's time, never the signer's."""
    revision: int
    statement: str
    person: str
    voice: str
    """Whose voice it is: the person's own, or the principal's where the person is a deputy."""
    rank: str
    assurance: str
    key_id: str = ""
    signature: str = ""
    code: str = ""
    registrar: str = ""
    cosigner: str = ""
    channel: str = ""
    evidence: str = ""
    confirm_by: datetime | None = None
    confirmed_entry: int | None = None

    @property
    def owed(self) -> bool:
        """Whether a confirmation (补签) is still to come."""
        return self.confirm_by is not None and self.confirmed_entry is None

    @property
    def hands(self) -> frozenset[str]:
        """Every person that had a part in it: none of them may be another voice."""
        return frozenset(filter(None, (self.person, self.voice, self.registrar, self.cosigner)))


@dataclass(frozen=True, slots=True)
class Issued:
    """A permit as the ledger knows it."""

    id: str
    entry: int
    digest: str
    revision: int
    level: str
    issued_at: datetime
    not_before: datetime
    expires_at: datetime
    revoked: bool = False

    def live(self, at: datetime) -> bool:
        """Whether it is neither revoked nor past its life at ``at`` (it may not have begun yet)."""
        return not self.revoked and at < self.expires_at


@dataclass(frozen=True, slots=True)
class Run:
    """One execution under a permit."""

    permit: str
    entry: int
    started_at: datetime
    door: str = ""
    actor: str = ""
    ended_at: datetime | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Final:
    """How a request came to its end without being carried out."""

    how: str
    """``rejected`` or ``withdrawn``."""
    by: str
    at: datetime
    entry: int
    reason: str = ""
    """Digest of the words."""


@dataclass(frozen=True, slots=True)
class RequestState:
    """Everything the ledger says of one request. ``approvals`` are those of the current revision alone."""

    id: str
    revisions: tuple[Revision, ...] = ()
    approvals: tuple[Word, ...] = ()
    pending: tuple[Word, ...] = ()
    """Attested words that wait for the second person."""
    voided: tuple[Word, ...] = ()
    """Words over earlier revisions: kept for the record, counted nowhere."""
    permits: tuple[Issued, ...] = ()
    runs: tuple[Run, ...] = ()
    final: Final | None = None
    oddities: tuple[tuple[int, Text], ...] = ()
    """Entries that no desk would have written, by place: they change nothing and are shown by the audit."""

    @property
    def current(self) -> Revision:
        """The newest revision. Raises LookupError where nothing was submitted."""
        if not self.revisions:
            raise LookupError(self.id)
        return self.revisions[-1]

    @property
    def running(self) -> Run | None:
        """The execution that has begun and not ended."""
        return next((run for run in self.runs if run.ended_at is None), None)

    @property
    def used(self) -> bool:
        """Whether the current revision has been carried out, in whole or in part: its approvals are spent."""
        mine = {permit.id for permit in self.permits if permit.revision == self.current.number}
        return any(run.permit in mine for run in self.runs)

    def permit(self, permit: str) -> Issued | None:
        """The permit with this id."""
        return next((item for item in self.permits if item.id == permit), None)

    def live_permit(self, at: datetime) -> Issued | None:
        """The permit of the current revision that can still open a door at ``at``."""
        started = {run.permit for run in self.runs}
        return next(
            (
                item
                for item in self.permits
                if item.revision == self.current.number and item.live(at) and item.id not in started
            ),
            None,
        )

    def owed(self) -> tuple[Word, ...]:
        """Attested words of any revision whose confirmation has not come: a new revision does not forgive one."""
        return tuple(word for word in (*self.voided, *self.approvals) if word.owed)
