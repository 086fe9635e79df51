"""What levels do to changes, to JSON and back: treatments, ladder, catalogue, exemptions, doors, break-glass.

Readers expect what a writer of ours wrote; on anything else they raise KeyError, TypeError or ValueError.
"""

from __future__ import annotations

from datetime import timedelta

from freeze.in_force.codec import (
    hours_from,
    hours_to,
    levels_from,
    levels_to,
    seconds,
    target_from_json,
    target_to_json,
)
from freeze.in_force.codec_scope import selector_from_json, selector_to_json
from freeze.model import BreakGlass, Door, Exemption, Requirement, Rung, StandardChange, Treatment
from zhongbao_core.clock import iso
from zhongbao_core.codec import Json, instant_from, level_from, maybe, maybe_from, text_from_json


def treatment_to_json(treatment: Treatment) -> Json:
    """A treatment."""
    return {
        "level": treatment.level.id,
        "kinds": list(treatment.kinds),
        "classes": list(treatment.classes),
        "action": treatment.action,
        "hours": hours_to(treatment.hours),
        "in_flight": treatment.in_flight,
        "rule": treatment.rule,
    }


def treatment_from_json(value: Json) -> Treatment:
    """The treatment of ``treatment_to_json``."""
    return Treatment(
        level=level_from(value["level"]),
        kinds=tuple(value["kinds"]),
        classes=tuple(value["classes"]),
        action=value["action"],
        hours=hours_from(value["hours"]),
        in_flight=value["in_flight"],
        rule=value["rule"],
    )


def rung_to_json(rung: Rung) -> Json:
    """A rung of the ladder."""
    return {
        "id": rung.id,
        "levels": levels_to(rung.levels),
        "kinds": list(rung.kinds),
        "classes": list(rung.classes),
        "hours": hours_to(rung.hours),
        "require": [
            {"rank": item.rank, "count": item.count, "assurance": list(item.assurance), "role": item.role}
            for item in rung.require
        ],
        "approval_life": seconds(rung.approval_life),
        "permit_life": seconds(rung.permit_life),
    }


def rung_from_json(value: Json) -> Rung:
    """The rung of ``rung_to_json``."""
    return Rung(
        id=value["id"],
        levels=levels_from(value["levels"]),
        kinds=tuple(value["kinds"]),
        classes=tuple(value["classes"]),
        hours=hours_from(value["hours"]),
        require=tuple(
            Requirement(item["rank"], item["count"], tuple(item["assurance"]), item["role"])
            for item in value["require"]
        ),
        approval_life=timedelta(seconds=value["approval_life"]),
        permit_life=timedelta(seconds=value["permit_life"]),
    )


def standard_to_json(item: StandardChange) -> Json:
    """An entry of the standard change catalogue."""
    return {
        "id": item.id,
        "name": item.name.as_json(),
        "kind": item.kind,
        "select": selector_to_json(item.select),
        "parameters": dict(item.parameters),
        "command": list(item.command),
        "roles": list(item.roles),
        "per_day": item.per_day,
        "levels": levels_to(item.levels),
        "hours": hours_to(item.hours),
        "valid_until": maybe(item.valid_until),
        "owner": item.owner,
    }


def standard_from_json(value: Json) -> StandardChange:
    """The entry of ``standard_to_json``."""
    return StandardChange(
        id=value["id"],
        name=text_from_json(value["name"]),
        kind=value["kind"],
        select=selector_from_json(value["select"]),
        parameters=value["parameters"],
        command=tuple(value["command"]),
        roles=tuple(value["roles"]),
        per_day=value["per_day"],
        levels=levels_from(value["levels"]),
        hours=hours_from(value["hours"]),
        valid_until=maybe_from(value["valid_until"]),
        owner=value["owner"],
    )


def exemption_to_json(item: Exemption) -> Json:
    """An entry of the exemption list."""
    return {
        "id": item.id,
        "select": selector_to_json(item.select),
        "owner": item.owner,
        "reason": item.reason,
        "expires": iso(item.expires),
        "levels": levels_to(item.levels),
    }


def exemption_from_json(value: Json) -> Exemption:
    """The entry of ``exemption_to_json``."""
    return Exemption(
        id=value["id"],
        select=selector_from_json(value["select"]),
        owner=value["owner"],
        reason=value["reason"],
        expires=instant_from(value["expires"]),
        levels=levels_from(value["levels"]),
    )


def door_to_json(door: Door) -> Json:
    """A door and its mapping of projects."""
    return {
        "id": door.id,
        "kind": door.kind,
        "projects": [[name, [target_to_json(item) for item in targets]] for name, targets in door.projects.items()],
        "observe_until": maybe(door.observe_until),
        "require_online": levels_to(door.require_online),
    }


def door_from_json(value: Json) -> Door:
    """The door of ``door_to_json``."""
    return Door(
        id=value["id"],
        kind=value["kind"],
        projects={name: tuple(target_from_json(item) for item in targets) for name, targets in value["projects"]},
        observe_until=maybe_from(value["observe_until"]),
        require_online=levels_from(value["require_online"]),
    )


def breakglass_to_json(item: BreakGlass) -> Json:
    """The rules of emergency release."""
    return {
        "life": seconds(item.life),
        "signers": item.signers,
        "review_within": seconds(item.review_within),
        "sealed_codes": list(item.sealed_codes),
        "roles": list(item.roles),
    }


def breakglass_from_json(value: Json) -> BreakGlass:
    """The rules of ``breakglass_to_json``."""
    return BreakGlass(
        life=timedelta(seconds=value["life"]),
        signers=value["signers"],
        review_within=timedelta(seconds=value["review_within"]),
        sealed_codes=tuple(value["sealed_codes"]),
        roles=tuple(value["roles"]),
    )
