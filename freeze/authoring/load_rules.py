"""Treatments, ladder, catalogue, exemptions, doors and break-glass rules from their files, with every complaint."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from freeze.authoring.forms import (
    BreakGlassForm,
    DoorForm,
    ExemptionForm,
    RungForm,
    StandardForm,
    TreatmentForm,
)
from freeze.authoring.load_scope import selector_at
from freeze.model import BreakGlass, Door, Exemption, Requirement, Rung, StandardChange, Treatment
from zhongbao_core.approval.subject import Target
from zhongbao_core.authored import Place, entries, form_at, only_keys
from zhongbao_core.event import Level, level_of
from zhongbao_core.load_people import text_of
from zhongbao_core.text import Text
from zhongbao_core.yamlfile import Document


def levels_of(words: Sequence[str]) -> tuple[Level, ...]:
    """Levels by word, each once."""
    return tuple(dict.fromkeys(level_of(word) for word in words))


def hours_at(place: Place, words: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """``HH:MM-HH:MM`` spans as pairs; a span without length is a complaint."""
    found = []
    for index, word in enumerate(words):
        start, _, end = word.partition("-")
        if start == end:
            place.at(index).complain(
                "HOURS_EMPTY",
                Text(f"{word} 没有长度", f"{word} has no length"),
                Text("全天则不写 hours", "leave hours out for any hour"),
            )
        found.append((start, end))
    return tuple(found)


def target_of(word: str) -> Target:
    """``system/environment``, already checked for its shape."""
    system, _, environment = word.partition("/")
    return Target(system, environment)


def load_treatments(document: Document) -> list[tuple[Place, Treatment]]:
    """Treatments in the order written."""
    only_keys(document, "treatments")
    return [
        (
            place,
            Treatment(
                level=level_of(form.level),
                kinds=tuple(form.kinds),
                classes=tuple(form.classes),
                action=form.action,
                hours=hours_at(place.at("hours"), form.hours),
                in_flight=form.in_flight,
                rule=form.rule,
            ),
        )
        for place, form in entries(document, "treatments", TreatmentForm)
    ]


def load_ladder(document: Document) -> list[tuple[Place, Rung]]:
    """Rungs in the order written."""
    only_keys(document, "rungs")
    made = ((place, _rung(place, form)) for place, form in entries(document, "rungs", RungForm))
    return [(place, rung) for place, rung in made if rung is not None]


def _rung(place: Place, form: RungForm) -> Rung | None:
    approval = place.at("approval_life").length(form.approval_life)
    permit = place.at("permit_life").length(form.permit_life)
    if approval is None or permit is None:
        return None
    return Rung(
        id=form.id,
        levels=levels_of(form.levels),
        kinds=tuple(form.kinds),
        classes=tuple(form.classes),
        hours=hours_at(place.at("hours"), form.hours),
        require=tuple(
            Requirement(item.rank, item.count, tuple(dict.fromkeys(item.assurance)), item.role) for item in form.require
        ),
        approval_life=approval,
        permit_life=permit,
    )


def load_catalogue(document: Document, zone_name: str) -> list[tuple[Place, StandardChange]]:
    """Standard changes in the order written."""
    only_keys(document, "standard")
    made = ((place, _standard(place, form, zone_name)) for place, form in entries(document, "standard", StandardForm))
    return [(place, item) for place, item in made if item is not None]


def _standard(place: Place, form: StandardForm, zone_name: str) -> StandardChange | None:
    select = selector_at(place.at("select"), form.select)
    until = place.at("valid_until").instant(form.valid_until, zone_name) if form.valid_until else None
    if select is None or (form.valid_until and until is None):
        return None
    return StandardChange(
        id=form.id,
        name=text_of(form.name),
        kind=form.kind,
        select=select,
        parameters=dict(form.parameters),
        command=tuple(form.command),
        roles=tuple(form.roles),
        per_day=form.per_day,
        levels=levels_of(form.levels),
        hours=hours_at(place.at("hours"), form.hours),
        valid_until=until,
        owner=form.owner,
    )


def load_exemptions(document: Document, zone_name: str) -> list[tuple[Place, Exemption]]:
    """Exemptions in the order written."""
    only_keys(document, "exemptions")
    found = []
    for place, form in entries(document, "exemptions", ExemptionForm):
        select = selector_at(place.at("select"), form.select)
        expires = place.at("expires").instant(form.expires, zone_name)
        if select is not None and expires is not None:
            found.append((place, Exemption(form.id, select, form.owner, form.reason, expires, levels_of(form.levels))))
    return found


def load_doors(document: Document, zone_name: str) -> list[tuple[Place, Door]]:
    """Doors in the order written."""
    only_keys(document, "doors")
    found = []
    for place, form in entries(document, "doors", DoorForm):
        until = place.at("observe_until").instant(form.observe_until, zone_name) if form.observe_until else None
        projects = {name: tuple(target_of(word) for word in words) for name, words in form.projects.items()}
        found.append((place, Door(form.id, form.kind, projects, until, levels_of(form.require_online))))
    return found


def load_breakglass(document: Document) -> BreakGlass:
    """The rules of emergency release; the standard ones where the file cannot be made out."""
    place = Place(document)
    form = form_at(place, document.value, BreakGlassForm)
    if form is None:
        return BreakGlass()
    life = place.at("life").length(form.life)
    review = place.at("review_within").length(form.review_within)
    return BreakGlass(
        life=life or timedelta(minutes=60),
        signers=form.signers,
        review_within=review or timedelta(hours=24),
        sealed_codes=tuple(form.sealed_codes),
        roles=tuple(form.roles),
    )
