"""Between the types of the house and JSON: instants, spans, levels, the protection period and persons.

``X_to_json`` gives plain values that ``canonical`` accepts; ``X_from_json`` gives the type back, so that
``from_json(to_json(x)) == x``. Instants are UTC RFC 3339, wall times naive ISO 8601, levels their id. Readers expect
what a writer of ours wrote; on anything else they raise KeyError, TypeError or ValueError. Stands on a gate's path:
no YAML, no pydantic.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from zhongbao_core.clock import Span, iso
from zhongbao_core.event import Event, Level, Phase
from zhongbao_core.people import Delegation, Directory, Person, PublicKey
from zhongbao_core.text import Text

Json = dict[str, Any]

_LEVELS = {level.id: level for level in Level}


def instant_from(value: str) -> datetime:
    """The instant that ``clock.iso`` wrote."""
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError(f"instant {value!r} has no zone")
    return at.astimezone(UTC)


def maybe(at: datetime | None) -> str | None:
    """An instant that may be missing, as JSON."""
    return None if at is None else iso(at)


def maybe_from(value: str | None) -> datetime | None:
    """The other way round."""
    return None if value is None else instant_from(value)


def level_from(value: str) -> Level:
    """The level with this id. Raises KeyError for another word."""
    return _LEVELS[value]


def text_from_json(value: Json) -> Text:
    """Both languages."""
    return Text(value["zh"], value["en"])


def span_to_json(span: Span) -> list[str | None]:
    """``[start, end]``; end null is open."""
    return [iso(span.start), maybe(span.end)]


def span_from_json(value: Sequence[str | None]) -> Span:
    """The span of ``span_to_json``."""
    start, end = value
    if start is None:
        raise ValueError("a span has a start")
    return Span(instant_from(start), maybe_from(end))


def event_to_json(event: Event) -> Json:
    """The protection period."""
    return {
        "id": event.id,
        "name": event.name.as_json(),
        "zone": event.zone,
        "owner": event.owner,
        "phases": [_phase_to_json(phase) for phase in event.phases],
    }


def _phase_to_json(phase: Phase) -> Json:
    """A phase; ``review_raise`` only where it says one of its own."""
    found: Json = {
        "id": phase.id,
        "name": phase.name.as_json(),
        "span": span_to_json(phase.span),
        "level": phase.level.id,
        "label": phase.label,
    }
    return found if phase.review_raise is None else {**found, "review_raise": phase.review_raise}


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
                item.get("review_raise"),
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
