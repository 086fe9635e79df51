"""The protection period, persons and holidays to JSON and back, for the compiled policy.

Readers expect what a writer of ours wrote; on anything else they raise KeyError, TypeError or ValueError.
"""

from __future__ import annotations

from datetime import date

from freeze.in_force.codec import Json, level_from, maybe, maybe_from, span_from_json, span_to_json, text_from_json
from freeze.policy import Holidays
from zhongbao_core.event import Event, Phase
from zhongbao_core.people import Delegation, Directory, Person, PublicKey


def event_to_json(event: Event) -> Json:
    """The protection period."""
    return {
        "id": event.id,
        "name": event.name.as_json(),
        "zone": event.zone,
        "owner": event.owner,
        "phases": [
            {
                "id": phase.id,
                "name": phase.name.as_json(),
                "span": span_to_json(phase.span),
                "level": phase.level.id,
                "label": phase.label,
            }
            for phase in event.phases
        ],
    }


def event_from_json(value: Json) -> Event:
    """The event of ``event_to_json``."""
    return Event(
        id=value["id"],
        name=text_from_json(value["name"]),
        zone=value["zone"],
        phases=tuple(
            Phase(
                item["id"],
                text_from_json(item["name"]),
                span_from_json(item["span"]),
                level_from(item["level"]),
                item["label"],
            )
            for item in value["phases"]
        ),
        owner=value["owner"],
    )


def person_to_json(person: Person) -> Json:
    """A person without phone and mail: those never leave the authored file."""
    return {
        "id": person.id,
        "name": person.name,
        "unit": person.unit,
        "rank": person.rank,
        "roles": sorted(person.roles),
        "keys": [
            {
                "id": key.id,
                "line": key.line,
                "valid_from": maybe(key.valid_from),
                "valid_until": maybe(key.valid_until),
                "revoked_at": maybe(key.revoked_at),
                "compromised": key.compromised,
            }
            for key in person.keys
        ],
        "accounts": sorted(person.accounts),
        "active": person.active,
    }


def person_from_json(value: Json) -> Person:
    """The person of ``person_to_json``; phone and mail are empty."""
    return Person(
        id=value["id"],
        name=value["name"],
        unit=value["unit"],
        rank=value["rank"],
        roles=frozenset(value["roles"]),
        keys=tuple(
            PublicKey(
                item["id"],
                item["line"],
                maybe_from(item["valid_from"]),
                maybe_from(item["valid_until"]),
                maybe_from(item["revoked_at"]),
                bool(item["compromised"]),
            )
            for item in value["keys"]
        ),
        accounts=frozenset(value["accounts"]),
        active=value["active"],
    )


def directory_to_json(directory: Directory) -> Json:
    """Persons, ranks and deputies, without phones and mail."""
    return {
        "persons": [person_to_json(person) for person in directory.persons.values()],
        "ranks": [[rank, directory.rank_names.get(rank, "")] for rank in directory.ranks],
        "delegations": [
            {
                "principal": item.principal,
                "deputy": item.deputy,
                "span": span_to_json(item.span),
                "reason": item.reason,
            }
            for item in directory.delegations
        ],
    }


def directory_from_json(value: Json) -> Directory:
    """The directory of ``directory_to_json``."""
    persons = [person_from_json(item) for item in value["persons"]]
    return Directory(
        persons={person.id: person for person in persons},
        ranks=tuple(rank for rank, _ in value["ranks"]),
        delegations=tuple(
            Delegation(item["principal"], item["deputy"], span_from_json(item["span"]), item["reason"])
            for item in value["delegations"]
        ),
        rank_names={rank: name for rank, name in value["ranks"] if name},
    )


def holidays_to_json(holidays: Holidays) -> Json:
    """By year: working days off and weekend days worked; the weekends themselves are not written."""
    return {str(year): _year_to_json(holidays, year) for year in sorted(holidays.known)}


def holidays_from_json(value: Json) -> Holidays:
    """The holidays of ``holidays_to_json``."""
    off: set[date] = set()
    for year, change in value.items():
        days = set(_weekends(int(year)))
        days.update(date.fromisoformat(f"{year}-{day}") for day in change["off"])
        days.difference_update(date.fromisoformat(f"{year}-{day}") for day in change["work"])
        off |= days
    return Holidays(frozenset(off), frozenset(int(year) for year in value))


def _year_to_json(holidays: Holidays, year: int) -> Json:
    weekends = set(_weekends(year))
    off = {day for day in holidays.off if day.year == year}
    return {
        "off": [day.strftime("%m-%d") for day in sorted(off - weekends)],
        "work": [day.strftime("%m-%d") for day in sorted(weekends - off)],
    }


def _weekends(year: int) -> list[date]:
    """All Saturdays and Sundays of ``year``."""
    first = date(year, 1, 1)
    saturday = first.toordinal() + (5 - first.weekday()) % 7
    last = date(year, 12, 31).toordinal()
    days = [*range(saturday, last + 1, 7), *range(saturday + 1, last + 1, 7)]
    if first.weekday() == 6:
        days.append(first.toordinal())
    return [date.fromordinal(day) for day in days]
