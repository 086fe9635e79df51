"""The approval ladder (审批阶梯): what a set of approvals adds up to against what is required. Pure.

Persons are counted, not accounts, keys or titles. The answer does not depend on the order of the approvals, and one
more approval never un-satisfies it (``matching``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from zhongbao_core.approval.eligible import ASSURANCES, REASONS, Approval, Parties, person_id, refusal
from zhongbao_core.approval.matching import Candidate, best
from zhongbao_core.people import Directory, Person
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

__all__ = ["REASONS", "Approval", "LadderResult", "Missing", "Refused", "Requirement", "evaluate", "reachable"]

MAX_PLACES = 32
"""A rung that asks for more persons than this is refused as unusable."""


class Requirement(Protocol):
    """So many persons of at least this rank and with this role, each with one of these assurances."""

    @property
    def rank(self) -> str:
        """The lowest rank that counts."""

    @property
    def count(self) -> int:
        """How many persons."""

    @property
    def assurance(self) -> Sequence[str]:
        """The kinds of approval that are enough."""

    @property
    def role(self) -> str:
        """The role the person (for a deputy: the principal) must hold."""


class Missing(NamedTuple):
    """What a requirement still lacks."""

    rank: str
    count: int  # type: ignore[assignment]  # shadows tuple.count, which nobody asks of a gap
    assurance: tuple[str, ...]
    role: str = "approver"


class Refused(NamedTuple):
    """An approval that does not count, and why: ``reason`` is one of ``REASONS``."""

    approval: Approval
    reason: Text


class LadderResult(NamedTuple):
    """What the approvals add up to. ``satisfied`` only where nothing is missing and nothing is wrong."""

    satisfied: bool
    missing: tuple[Missing, ...]
    counted: tuple[Approval, ...]
    refused: tuple[Refused, ...]
    surplus: tuple[Approval, ...] = ()
    """Good approvals that no requirement needed."""
    problems: tuple[Text, ...] = ()
    """What no approval can mend: an empty or unusable rung, roles of the change held by one person."""


def evaluate(
    require: Sequence[Requirement],
    approvals: Iterable[Approval],
    directory: Directory,
    *,
    applicant: str,
    executor: str,
    verifier: str,
    at: datetime,
    night: bool = False,
    statement: str = "",
    life: timedelta | None = None,
) -> LadderResult:
    """What ``approvals`` add up to at ``at``.

    ``applicant``, ``executor``, ``verifier`` are persons or accounts, empty where the subject has none; they differ
    from each other and never count. By day a change with an executor names its verifier; at ``night`` two on site are
    enough and the verifier may be named next morning. ``statement`` is the digest all approvals must be over; ``life``
    the approval expiry of the rung.
    """
    parties = Parties(*(person_id(directory, name) for name in (applicant, executor, verifier)))
    problems = (*_rung_problems(require, directory), *_party_problems(parties, night=night))
    good, refused = [], []
    for approval in sorted(set(approvals), key=_order):
        code = refusal(approval, directory, parties, at, statement=statement, life=life)
        if code:
            refused.append(Refused(approval, REASONS[code]))
        else:
            good.append(approval)
    return _add_up(require, good, refused, directory, problems)


def reachable(require: Sequence[Requirement], directory: Directory, at: datetime) -> list[Text]:
    """What makes the requirements impossible to meet with the persons and keys of ``directory`` at ``at``; or nothing.

    Codes and attested approvals are taken as possible for every active person; a signature needs a good key.
    """
    found = list(_rung_problems(require, directory))
    if found:
        return found
    offers = [item for person in directory.persons.values() for item in _offers(person, directory, at)]
    own = [item for item in offers if item.voice == item.person]
    result = _add_up(require, own, [], directory, ())
    if not result.satisfied:
        able = {(item.voice, item.assurance) for item in own}
        lent = [item for item in offers if item.voice != item.person and (item.voice, item.assurance) not in able]
        result = _add_up(require, [*own, *lent], [], directory, ())
    return [
        Text(
            f"还缺 {gap.count} 名{directory.rank_names.get(gap.rank, gap.rank)}及以上的可审批人（{'、'.join(gap.assurance)}）",
            f"{gap.count} more persons of rank {gap.rank} or above are needed who could approve ({', '.join(gap.assurance)})",
        )
        for gap in result.missing
    ]


def _offers(person: Person, directory: Directory, at: datetime) -> list[Approval]:
    """Every approval ``person`` could give at ``at``."""
    key = next((key.id for key in person.keys if key.good_at(at)), "")
    return [
        Approval(person.id, voice, rank, assurance, key if assurance == "signed" else "", at, "")
        for rank, voice in directory.acting_ranks(person.id, at)
        for assurance in ASSURANCES
        if key or assurance != "signed"
    ]


def _add_up(
    require: Sequence[Requirement],
    good: Sequence[Approval],
    refused: list[Refused],
    directory: Directory,
    problems: tuple[Text, ...],
) -> LadderResult:
    hardest = [] if problems else sorted(require, key=lambda item: -directory.rank_order(item.rank))
    # The hardest places are filled first, so that what is still missing is what is easiest to get.
    places = [item for item in hardest for _ in range(item.count)]
    candidates = [_candidate(approval, places, directory) for approval in good]
    filled = best(candidates, len(places))
    counted = tuple(good[index] for index in sorted(filled.values()))
    surplus = []
    for approval, candidate in zip(good, candidates, strict=True):
        if approval in counted:
            continue
        code = _left_out(approval, candidate, counted, places, directory)
        if code:
            refused.append(Refused(approval, REASONS[code]))
        else:
            surplus.append(approval)
    missing = tuple(sorted(_missing(hardest, filled), key=lambda gap: _written(require, gap)))
    satisfied = not problems and not missing and bool(require)
    return LadderResult(satisfied, missing, counted, tuple(refused), tuple(surplus), problems)


def _candidate(approval: Approval, places: Sequence[Requirement], directory: Directory) -> Candidate:
    fits = frozenset(number for number, item in enumerate(places) if not _unfit(approval, item, directory))
    names = {approval.person, approval.voice}
    if approval.assurance == "signed":
        names |= {
            "key:" + " ".join(key.line.split()[:2])
            for key in directory.persons[approval.person].keys
            if key.id == approval.key_id
        }
    witnesses = frozenset({approval.registrar, approval.cosigner} - {""})
    return Candidate(approval.person, frozenset(names), witnesses, fits)


def _unfit(approval: Approval, item: Requirement, directory: Directory) -> str:
    if directory.rank_order(approval.rank) < directory.rank_order(item.rank):
        return "RANK_TOO_LOW"
    if item.role not in directory.persons[approval.voice].roles:
        return "WRONG_ROLE"
    return "" if approval.assurance in item.assurance else "ASSURANCE_TOO_LOW"


def _left_out(
    approval: Approval,
    candidate: Candidate,
    counted: Sequence[Approval],
    places: Sequence[Requirement],
    directory: Directory,
) -> str:
    """Why a good approval was not counted; empty where it was just not needed."""
    if places and not candidate.fits:
        return _unfit(approval, places[0], directory)
    if any(one.person == approval.person for one in counted):
        return "SAME_PERSON"
    others = [_candidate(one, (), directory) for one in counted]
    if any(candidate.identities & other.identities for other in others):
        return "SAME_VOICE"
    if any(candidate.identities & other.witnesses or candidate.witnesses & other.identities for other in others):
        return "WITNESS"
    return ""


def _missing(require: Sequence[Requirement], filled: dict[int, int]) -> tuple[Missing, ...]:
    gaps, start = [], 0
    for item in require:
        lacking = sum(number not in filled for number in range(start, start + item.count))
        start += item.count
        if lacking:
            gaps.append(Missing(item.rank, lacking, tuple(item.assurance), item.role))
    return tuple(gaps)


def _written(require: Sequence[Requirement], gap: Missing) -> int:
    """Where the rung names what ``gap`` lacks: gaps are told in the order written, whatever was filled first."""
    wanted = (gap.rank, gap.assurance, gap.role)
    return next(n for n, item in enumerate(require) if (item.rank, tuple(item.assurance), item.role) == wanted)


def _rung_problems(require: Sequence[Requirement], directory: Directory) -> tuple[Text, ...]:
    if not require:
        return (Text("审批阶梯没有要求任何人，拒绝", "the rung requires nobody, so it is refused"),)
    found = []
    for item in require:
        if item.count < 1 or not item.assurance or not set(item.assurance) <= set(ASSURANCES):
            found.append(Text("审批要求的人数或方式无效", "a requirement without persons or with unknown assurances"))
        if item.rank not in directory.ranks:
            found.append(Text(f"未知职级 {item.rank!r}", f"unknown rank {item.rank!r}"))
    if sum(item.count for item in require if item.count > 0) > MAX_PLACES:
        found.append(Text(f"要求超过 {MAX_PLACES} 人", f"more than {MAX_PLACES} persons are required"))
    return tuple(found)


def _party_problems(parties: Parties, *, night: bool) -> tuple[Text, ...]:
    named = [name for name in parties if name]
    found = []
    if len(set(named)) < len(named):
        found.append(
            Text("申请人、实施人、复核人必须是不同的人", "applicant, executor and verifier must be different persons")
        )
    if parties.executor and not parties.verifier and not night:
        found.append(Text("没有指定复核人", "no verifier is named"))
    return tuple(found)


def _order(approval: Approval) -> tuple[int, datetime, str]:
    known = ASSURANCES.index(approval.assurance) if approval.assurance in ASSURANCES else len(ASSURANCES)
    return known, approval.received_at, repr(approval)
