"""The largest set of approvals that fits the places to fill, no person and no voice used twice. Pure.

Persons against places is a bipartite matching (augmenting paths). Some approvals exclude each other beyond that:
a deputy and the principal are one voice, the registrar of an attested approval is no approver beside it. Those few are
tried in every compatible combination, so that the answer is exact: it never depends on order, and one more approval
never makes it worse.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

MAX_ENTANGLED = 12
"""More mutually exclusive approvals than this are not weighed against each other: the rest is left out, never let in."""


class Candidate(NamedTuple):
    """One approval that may fill places."""

    person: str
    identities: frozenset[str]
    """Person, voice, key: whatever may speak once."""
    witnesses: frozenset[str]
    """Persons that may not speak beside it (registrar and co-signer)."""
    fits: frozenset[int]
    """Numbers of the places it may fill."""


def best(candidates: Sequence[Candidate], places: int) -> dict[int, int]:
    """Place to index of its candidate, as many places as can be filled. The first best one in the order given."""
    useful = [index for index, one in enumerate(candidates) if one.fits]
    entangled = [index for index in useful if any(_clash(candidates[index], candidates[other]) for other in useful)]
    weighed = entangled[:MAX_ENTANGLED]
    free = [index for index in useful if index not in entangled]
    found: dict[int, int] = {}
    for chosen in _compatible(candidates, weighed):
        filled = _fill(candidates, sorted((*free, *chosen)), places)
        if len(filled) > len(found):
            found = filled
        if len(found) == places:
            break
    return found


def _clash(one: Candidate, other: Candidate) -> bool:
    """Whether the two, by different persons, cannot both count. (One person's approvals are told apart in ``_fill``.)"""
    if one.person == other.person:
        return False
    return bool(
        one.identities & other.identities or one.witnesses & other.identities or other.witnesses & one.identities
    )


def _compatible(candidates: Sequence[Candidate], rest: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Every set out of ``rest`` in which no two clash, larger choices first; supersets make some of them redundant."""
    if not rest:
        yield ()
        return
    first, others = rest[0], rest[1:]
    clear = [index for index in others if not _clash(candidates[first], candidates[index])]
    for chosen in _compatible(candidates, clear):
        yield (first, *chosen)
    if len(clear) < len(others):
        yield from _compatible(candidates, others)


def _fill(candidates: Sequence[Candidate], usable: Sequence[int], places: int) -> dict[int, int]:
    """Augmenting paths: each person fills one place at most, with the first of the own approvals that fits it."""
    by_person: dict[str, list[int]] = {}
    for index in usable:
        by_person.setdefault(candidates[index].person, []).append(index)
    holder: dict[str, int] = {}

    def place(number: int, tried: set[str]) -> bool:
        for person, own in by_person.items():
            if person in tried or not any(number in candidates[index].fits for index in own):
                continue
            tried.add(person)
            if person not in holder or place(holder[person], tried):
                holder[person] = number
                return True
        return False

    for number in range(places):
        place(number, set())
    return {
        number: next(index for index in by_person[person] if number in candidates[index].fits)
        for person, number in holder.items()
    }
