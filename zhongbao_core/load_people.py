"""people.yaml and event.yaml to the types of ``people`` and ``event``, with every complaint on the way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from zhongbao_core.authored import Place, entries, form_at, only_keys
from zhongbao_core.clock import Span
from zhongbao_core.event import Event, Phase, level_of
from zhongbao_core.forms import (
    Bilingual,
    DelegationForm,
    EventForm,
    KeyForm,
    PersonForm,
    PhaseForm,
    RankForm,
    SpanForm,
)
from zhongbao_core.people import Delegation, Directory, Person, PublicKey
from zhongbao_core.text import Text
from zhongbao_core.yamlfile import Document

OPEN = "open"
"""How an open end is written."""


def text_of(form: Bilingual) -> Text:
    """Both languages."""
    return Text(form.zh, form.en)


def span_at(place: Place, form: SpanForm, zone_name: str) -> Span | None:
    """A span of instants; local times are those of ``zone_name``. An end before the start is a complaint."""
    return span_from(place, place.at("start").instant(form.start, zone_name), form.end, zone_name)


def span_from(place: Place, start: datetime | None, end_text: str, zone_name: str) -> Span | None:
    """The span from ``start``, None where that was a complaint already, to the end that ``end_text`` says."""
    if end_text == OPEN:
        return Span(start, None) if start else None
    end = place.at("end").instant(end_text, zone_name)
    if start is None or end is None:
        return None
    if end <= start:
        place.at("end").complain("END_BEFORE_START", *END_BEFORE_START)
        return None
    return Span(start, end)


END_BEFORE_START = (
    Text("结束不晚于开始", "it ends at or before its start"),
    Text("改正 start 或 end；不知何时结束写 open", "correct start or end; write open where nobody knows the end"),
)


def load_event(document: Document, zone_name: str) -> Event | None:
    """The event in ``document``, or None where it cannot be made out."""
    place = Place(document)
    form = form_at(place, document.value, EventForm)
    if form is None:
        return None
    where = place.at("zone").zone(form.zone) if form.zone else zone_name
    if where is None:
        return None
    phases = [_phase(place.at("phases", index), item, where) for index, item in enumerate(form.phases)]
    good = sorted((phase for phase in phases if phase is not None), key=lambda phase: phase.span.start)
    return Event(form.id, text_of(form.name), where, tuple(good), form.owner)


def _phase(place: Place, form: PhaseForm, zone_name: str) -> Phase | None:
    span = span_at(place, form, zone_name)
    if span is None:
        return None
    return Phase(form.id, text_of(form.name), span, level_of(form.level), form.label, form.review_raise)


def load_people(document: Document, zone_name: str) -> Directory:
    """All persons that can be made out."""
    only_keys(document, "ranks", "persons", "delegations")
    ranks = [form for _, form in entries(document, "ranks", RankForm)]
    persons = {form.id: _person(place, form, zone_name) for place, form in entries(document, "persons", PersonForm)}
    return Directory(
        persons=persons,
        ranks=tuple(dict.fromkeys(form.id for form in ranks)),
        delegations=_delegations(document, zone_name),
        rank_names={form.id: form.name for form in ranks},
    )


def _person(place: Place, form: PersonForm, zone_name: str) -> Person:
    keys = [_key(place.at("keys", index), item, zone_name) for index, item in enumerate(form.keys or ())]
    return Person(
        id=form.id,
        name=form.name,
        unit=form.unit,
        rank=form.rank,
        roles=frozenset(form.roles),
        keys=tuple(keys),
        accounts=frozenset(form.accounts),
        phone=form.phone,
        mail=form.mail,
        active=form.active,
    )


def _key(place: Place, form: KeyForm, zone_name: str) -> PublicKey:
    def moment(name: str, value: str | None) -> datetime | None:
        return place.at(name).instant(value, zone_name) if value else None

    return PublicKey(
        id=form.id,
        line=form.line,
        valid_from=moment("valid_from", form.valid_from),
        valid_until=moment("valid_until", form.valid_until),
        revoked_at=moment("revoked_at", form.revoked_at),
        compromised=form.compromised,
    )


def _delegations(document: Document, zone_name: str) -> tuple[Delegation, ...]:
    if not isinstance(document.value, Mapping) or document.value.get("delegations") is None:
        return ()
    found = []
    for place, form in entries(document, "delegations", DelegationForm):
        span = span_at(place, form, zone_name)
        if span is not None:
            found.append(Delegation(form.principal, form.deputy, span, form.reason))
    return tuple(found)
