"""Persons, their ranks, keys and deputies. Persons are counted, not accounts and not keys."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from zhongbao_core.clock import Span

if TYPE_CHECKING:
    from dataclasses import dataclass, field
else:
    from zhongbao_core.record import dataclass, field

Role = Literal[
    "applicant",
    "approver",
    "executor",
    "verifier",
    "registrar",
    "witness",
    "duty",
    "policy",
    "root",
    "auditor",
]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One public key of a person, as it stands in an ``authorized_keys`` line."""

    id: str
    line: str
    """``ssh-ed25519 AAAA... [comment]``"""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    revoked_at: datetime | None = None
    compromised: bool = False
    """Revoked because somebody else may have used it: no signature by it counts, whenever it was received."""

    def good_at(self, at: datetime) -> bool:
        """Whether a signature received at ``at`` counts: inside validity and before any revocation."""
        return (
            not self.compromised
            and (self.valid_from is None or self.valid_from <= at)
            and (self.valid_until is None or at < self.valid_until)
            and (self.revoked_at is None or at < self.revoked_at)
        )


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may ask, approve, do or check. ``phone`` and ``mail`` never enter the compiled policy."""

    id: str
    name: str
    unit: str
    rank: str
    roles: frozenset[str]
    keys: tuple[PublicKey, ...] = ()
    accounts: frozenset[str] = frozenset()
    phone: str = ""
    mail: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Delegation:
    """``deputy`` acts with the rank of ``principal`` inside ``span``; both stay one voice: either, not both."""

    principal: str
    deputy: str
    span: Span
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Directory:
    """All persons, the order of ranks (lowest first) and the deputies."""

    persons: dict[str, Person]
    ranks: tuple[str, ...]
    delegations: tuple[Delegation, ...] = ()
    rank_names: dict[str, str] = field(default_factory=dict)

    def rank_order(self, rank: str) -> int:
        """Place of ``rank`` from the lowest (0). Raises KeyError for a rank nobody defined."""
        try:
            return self.ranks.index(rank)
        except ValueError:
            raise KeyError(rank) from None

    def acting_ranks(self, person: str, at: datetime) -> tuple[tuple[str, str], ...]:
        """(rank, whose voice) pairs in which ``person`` may speak at ``at``: the own one, then those deputised."""
        own = self.persons.get(person)
        if own is None or not own.active:
            return ()
        voices = [(own.rank, person)]
        for item in self.delegations:
            principal = self.persons.get(item.principal)
            if item.deputy == person and item.span.contains(at) and principal is not None and principal.active:
                voices.append((principal.rank, item.principal))
        return tuple(voices)

    def with_role(self, role: str) -> Iterable[Person]:
        """Active persons that hold ``role``."""
        return (person for person in self.persons.values() if person.active and role in person.roles)

    def owner_of_account(self, account: str) -> Person | None:
        """The person behind an account name or person id."""
        if account in self.persons:
            return self.persons[account]
        return next((person for person in self.persons.values() if account in person.accounts), None)
