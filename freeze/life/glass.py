"""Emergency release (应急放行), the rules, pure: who must sign, what an open review costs, what is still owed.

Two persons, or one sealed code. An open review raises the next use by one signer; an overdue one refuses it,
unless it restores a running outage: that is never refused, only louder.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from freeze.model import BreakGlass
from zhongbao_core.approval.subject import Target
from zhongbao_core.clock import parse_instant
from zhongbao_core.desk.rules import no
from zhongbao_core.desk.state import EntryLike
from zhongbao_core.errors import RefusedError, ZhongbaoError
from zhongbao_core.text import Text

PREFIX = "BG-"
"""How the id of every emergency release begins."""


@dataclass(frozen=True, slots=True)
class Glass:
    """One emergency release, as ledger and local file tell it."""

    id: str
    opened_at: datetime
    expires_at: datetime
    review_by: datetime
    by: str
    """Who opened it."""
    signers: tuple[str, ...]
    code: str
    """``sealed#<index>`` where a sealed code was used."""
    restores: bool
    targets: tuple[Target, ...]
    permit: str
    entry: int | None
    """Place in the ledger; None while it stands only in a local file."""
    reviewed_at: datetime | None = None
    reviewer: str = ""
    statement: str = ""
    """Digest of the statement it was opened by."""

    def review_open(self) -> bool:
        """Whether its review is still to be written."""
        return self.reviewed_at is None

    def overdue(self, at: datetime) -> bool:
        """Whether the review is late at ``at``."""
        return self.review_open() and at >= self.review_by


def reduce_glass(entries: Iterable[EntryLike]) -> dict[str, Glass]:
    """Every emergency release in ``entries``, by id; entries that are damaged are passed over."""
    found: dict[str, Glass] = {}
    for entry in entries:
        if entry.kind == "breakglass.opened" and entry.ref not in found:
            glass = glass_from(entry.ref, entry.body, entry.seq)
            if glass is not None:
                found[entry.ref] = glass
        elif entry.kind == "breakglass.reviewed" and entry.ref in found:
            by = str(entry.body.get("by", ""))
            found[entry.ref] = replace(found[entry.ref], reviewed_at=entry.time, reviewer=by)
    return found


def glass_from(name: str, body: object, entry: int | None) -> Glass | None:
    """The release told by one body; None where the body is damaged."""
    try:
        value: Any = body
        return Glass(
            id=name,
            opened_at=parse_instant(value["opened_at"]),
            expires_at=parse_instant(value["expires_at"]),
            review_by=parse_instant(value["review_by"]),
            by=str(value["by"]),
            signers=tuple(str(item) for item in value["signers"]),
            code=str(value["code"]),
            restores=bool(value["restores"]),
            targets=tuple(Target(str(item["system"]), str(item["environment"])) for item in value["targets"]),
            permit=str(value["permit"]),
            entry=entry,
            statement=str(value.get("statement", "")),
        )
    except (KeyError, TypeError, ValueError, AttributeError, ZhongbaoError):
        return None


def signers_needed(rules: BreakGlass, uses: Iterable[Glass], at: datetime, *, sealed: bool, restores: bool) -> int:
    """How many distinct persons must sign a use at ``at``, beside a sealed code where ``sealed``.

    Raises RefusedError REVIEW_OVERDUE where a review is late and the use restores nothing.
    """
    owed = [item for item in uses if item.review_open()]
    late = [item.id for item in owed if item.overdue(at)]
    if late and not restores:
        raise RefusedError(
            Text(f"应急放行 {'、'.join(late)} 逾期未复盘", f"the review of {', '.join(late)} is overdue"),
            Text(
                "先复盘：freeze breakglass review；若在恢复中断的业务，加 --restores",
                "review it first: freeze breakglass review; if this restores a running outage, say --restores",
            ),
            reason_code="REVIEW_OVERDUE",
        )
    return (0 if sealed else rules.signers) + (1 if owed and not restores else 0)


def require_signers(persons: frozenset[str], needed: int) -> None:
    """Raise RefusedError SIGNERS_MISSING where ``persons`` are fewer than ``needed``."""
    if len(persons) < needed:
        raise no(
            "SIGNERS_MISSING",
            f"应急放行需要 {needed} 人签字，现有 {len(persons)} 人",
            f"an emergency release needs {needed} signers; there are {len(persons)}",
        )


def used_by_another(uses: Iterable[Glass], code: str, name: str, statement: str) -> str:
    """The release that used the sealed ``code`` first, where it is not ``name`` by ``statement``; else empty.

    ``uses`` in the order of the ledger: the first one recorded has the code, every other is a second use.
    """
    first = next((item for item in uses if code and item.code == code), None)
    return "" if first is None or (first.id, first.statement) == (name, statement) else first.id


def codes_twice(uses: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Sealed codes behind more than one release, code to releases in order; ``uses`` are pairs of code and release."""
    found: dict[str, dict[str, None]] = {}
    for code, name in uses:
        if code:
            found.setdefault(code, {})[name] = None
    return {code: tuple(names) for code, names in found.items() if len(names) > 1}


def per_person(uses: Iterable[Glass]) -> dict[str, int]:
    """How often each person opened or signed one: the count shown so that it does not become a habit."""
    counts: dict[str, int] = {}
    for item in uses:
        for person in sorted({item.by, *item.signers}):
            counts[person] = counts.get(person, 0) + 1
    return counts
