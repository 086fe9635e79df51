"""The registers from ``content/registers/``: YAML, or workbooks of the same columns, with every complaint on the way.

One file a register, named after it: ``licences.yaml`` or ``licences.xlsx``; both may stand side by side, their rows
are put together. Nothing here raises for what people wrote: a row that cannot be understood becomes a complaint
with file, line and column (for a workbook: file[sheet], row and column), and the other rows count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from content_audit.audit.registers import (
    Account,
    Answer,
    Claim,
    CobrandExemption,
    Combination,
    Contact,
    Escalation,
    Host,
    ImageMark,
    Licence,
    Partner,
    Plan,
    Registers,
    SensitiveEvent,
    Slot,
    Template,
    TopUp,
    WrongForm,
)
from content_audit.audit.registers import Form as ExactForm
from content_audit.authoring import register_forms as forms
from content_audit.authoring.register_checks import check_people, check_rows
from content_audit.authoring.register_sheet import read_sheets
from zhongbao_core.authored import Form, Place, entries, form_at, only_keys
from zhongbao_core.clock import Span, parse_instant
from zhongbao_core.complaint import Complaint, in_order
from zhongbao_core.load_people import OPEN, span_from, text_of
from zhongbao_core.people import Directory
from zhongbao_core.text import NOTHING, Text
from zhongbao_core.yamlfile import Document, parse_yaml

FOLDER = "content/registers"
ALWAYS = parse_instant("1970-01-01T00:00Z")


class Row(NamedTuple):
    """A row that was understood, and where it stands."""

    place: Place
    value: Any


@dataclass
class Loaded:
    """The registers of a workspace, what is wrong with them, and the files that were read."""

    registers: Registers
    complaints: tuple[Complaint, ...]
    read: tuple[str, ...]
    rows: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    rungs: tuple[Row, ...] = ()
    """Every rank that media.yaml names for review, and where."""
    documents: tuple[Document, ...] = ()

    def against(self, directory: Directory) -> Loaded:
        """The same with the complaints that only the list of persons shows."""
        check_people(self.rows, self.rungs, directory)
        return replace(self, complaints=_complaints(self.documents))


class Kind(NamedTuple):
    """How the rows of one register are read."""

    form: type[Form]
    made: Callable[[Place, Any, Span], Any]


def load_registers(root: Path, zone_name: str) -> Loaded:
    """The registers under ``root``; ``zone_name`` is the company's, for times without an offset."""
    folder = root / FOLDER
    names = sorted(item.name for item in folder.iterdir() if item.is_file()) if folder.is_dir() else []
    return load_files({f"{FOLDER}/{name}": (folder / name).read_bytes() for name in names}, zone_name)


def load_files(files: Mapping[str, bytes], zone_name: str) -> Loaded:
    """The registers in ``files`` (path in the workspace to bytes), whatever else is among them."""
    rows: dict[str, list[Row]] = {name: [] for name in KINDS}
    documents: list[Document] = []
    read: list[str] = []
    review = Review()
    for path in sorted(files):
        name, found = _documents(path, files[path])
        if not name:
            continue
        read.append(path)
        documents += found
        for document in found:
            if name == "media" and path.endswith((".yaml", ".yml")):
                review = _review(document, review)
            rows[name] += _rows(document, name, zone_name)
    check_rows(rows)
    registers = Registers(
        **{name: tuple(row.value for row in found) for name, found in rows.items()},
        rungs=review.rungs,
        top_up=review.top_up,
    )
    return Loaded(registers, _complaints(documents), tuple(read), rows, review.places, tuple(documents))


def _complaints(documents: Iterable[Document]) -> tuple[Complaint, ...]:
    return in_order(item for document in documents for item in document.complaints)


class Review(NamedTuple):
    """What media.yaml says about rungs beside its accounts."""

    rungs: tuple[str, ...] = ()
    top_up: tuple[TopUp, ...] = ()
    places: tuple[Row, ...] = ()


def _documents(path: str, data: bytes) -> tuple[str, list[Document]]:
    """(register, documents) of a file; no register where the file is none of ours."""
    folder, _, name = path.rpartition("/")
    stem, _, suffix = name.partition(".")
    if folder != FOLDER or stem not in KINDS or name.startswith((".", "~")):
        return "", []
    if suffix in ("yaml", "yml"):
        return stem, [parse_yaml(data, path)]
    return (stem, read_sheets(data, path, stem)) if suffix == "xlsx" else ("", [])


def _review(document: Document, before: Review) -> Review:
    """``rungs`` and ``top_up`` of media.yaml, taken out so that the rows are read like those of any register."""
    value = document.value
    if not isinstance(value, dict):
        return before
    place = Place(document)
    rungs = _listed(place.at("rungs"), value.get("rungs"), str)
    asked = _listed(place.at("top_up"), value.get("top_up"), dict)
    made = (form_at(place.at("top_up", index), item, forms.TopUpForm) for index, item in enumerate(asked))
    top_up = tuple(TopUp(item.rank, item.persons) for item in made if item is not None)
    ranks = [Row(place.at("rungs", index), rank) for index, rank in enumerate(rungs)]
    ranks += [Row(place.at("top_up", index), item.rank) for index, item in enumerate(top_up)]
    return Review(tuple(rungs), top_up, tuple(ranks))


def _listed(place: Place, value: Any, kind: type) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
        place.complain("TYPE", Text("须为列表", "a list expected"), Text("写成 [甲, 乙]", "write [a, b]"))
        return []
    return value


def _rows(document: Document, name: str, zone_name: str) -> Iterable[Row]:
    extra = ("rungs", "top_up") if name == "media" else ()
    only_keys(document, name, *extra)
    kind = KINDS[name]
    for place, form in entries(document, name, kind.form):
        span = _span(place, form, zone_name)
        made = kind.made(place, form, span) if span is not None else None
        if made is not None:
            yield Row(place, _with_zone(place, made, form, zone_name))


def _span(place: Place, form: Any, zone_name: str) -> Span | None:
    start = place.at("start").instant(form.start, zone_name) if form.start else ALWAYS
    return span_from(place, start, form.end or OPEN, zone_name)


def _with_zone(place: Place, made: Any, form: Any, zone_name: str) -> Any:
    """A sensitive event with its quiet window: the one span inside a row."""
    if not isinstance(made, SensitiveEvent) or form.quiet is None:
        return made
    quiet = _span(place.at("quiet"), form.quiet, zone_name)
    return made._replace(quiet=quiet, quiet_channels=frozenset(form.quiet.channels))


def _licence(place: Place, form: forms.LicenceForm, span: Span) -> Licence:
    return Licence(
        form.id,
        form.mark,
        form.licensee,
        span,
        frozenset(form.channels),
        form.contract,
        frozenset(form.names),
        form.owner,
    )


def _partner(place: Place, form: forms.PartnerForm, span: Span) -> Partner:
    names, accounts = frozenset(form.names), frozenset(form.accounts)
    return Partner(form.id, form.name, span, names, accounts, form.contract, form.owner)


def _account(place: Place, form: forms.AccountForm, span: Span) -> Account:
    return Account(
        id=form.id,
        channel=form.channel,
        name=form.name,
        span=span,
        names=frozenset(form.names),
        rung=form.rung,
        duty_rung=form.duty_rung or form.rung,
        owner=form.owner,
        unit=form.unit,
        columns=frozenset(form.columns),
    )


def _claim(place: Place, form: forms.ClaimForm, span: Span) -> Claim:
    return Claim(
        form.id,
        form.claim,
        form.proof,
        span,
        form.source,
        frozenset(form.channels),
        frozenset(form.names),
        form.owner,
    )


def _sensitive(place: Place, form: forms.SensitiveForm, span: Span) -> SensitiveEvent:
    return SensitiveEvent(
        id=form.id,
        name=form.name,
        span=span,
        names=frozenset(form.names),
        places=frozenset(form.places),
        tones=frozenset(form.tones),
        combinations=tuple(Combination(frozenset(item.words), _text(item.why)) for item in form.combinations),
        kind=form.kind,
        owner=form.owner,
    )


def _form(place: Place, form: forms.NameForm, span: Span) -> ExactForm:
    return ExactForm(
        id=form.id,
        kind=form.kind,
        exact=form.exact,
        span=span,
        short=frozenset(form.short),
        wrong=tuple(WrongForm(item.text, _text(item.why)) for item in form.wrong),
        near=form.near,
        title=form.title,
        order=form.order,
        unit=form.unit,
        except_=frozenset(form.except_),
        owner=form.owner,
    )


def _image(place: Place, form: forms.ImageForm, span: Span) -> ImageMark:
    licensed = form.status == "licensed"
    channels = frozenset(form.channels)
    return ImageMark(form.id, form.hash, licensed, form.name, span, form.contract, channels, form.owner)


def _host(place: Place, form: forms.HostForm, span: Span) -> Host:
    return Host(form.host.removeprefix("*."), span, form.host.startswith("*."), form.purpose)


def _plan(place: Place, form: forms.PlanForm, span: Span) -> Plan:
    return Plan(
        id=form.id,
        title=form.title,
        span=span,
        owner=form.owner,
        contacts=tuple(Contact(item.name, item.role, item.phone) for item in form.contacts),
        hours=form.hours,
        triggers=tuple(form.triggers),
        answers=tuple(Answer(item.question, item.answer) for item in form.answers),
        escalation=tuple(Escalation(item.trigger, item.to, item.minutes) for item in form.escalation),
        accounts=frozenset(form.accounts),
        columns=frozenset(form.columns),
        campaigns=frozenset(form.campaigns),
        channels=frozenset(form.channels),
    )


def _template(place: Place, form: forms.TemplateForm, span: Span) -> Template:
    return Template(
        id=form.id,
        title=text_of(form.title),
        words=form.words,
        slots=tuple(Slot(item.name, item.kind, tuple(item.choices), item.longest) for item in form.slots),
        span=span,
        kind=form.kind,
        accounts=frozenset(form.accounts),
        channels=frozenset(form.channels),
        owner=form.owner,
    )


def _cobrand(place: Place, form: forms.CobrandForm, span: Span) -> CobrandExemption:
    accounts, campaigns = frozenset(form.accounts), frozenset(form.campaigns)
    return CobrandExemption(form.id, form.partner, form.reason, span, accounts, campaigns, form.owner)


def _text(form: Any) -> Text:
    return text_of(form) if form is not None else NOTHING


KINDS: Mapping[str, Kind] = {
    "licences": Kind(forms.LicenceForm, _licence),
    "partners": Kind(forms.PartnerForm, _partner),
    "media": Kind(forms.AccountForm, _account),
    "evidence": Kind(forms.ClaimForm, _claim),
    "sensitive": Kind(forms.SensitiveForm, _sensitive),
    "forms": Kind(forms.NameForm, _form),
    "images": Kind(forms.ImageForm, _image),
    "hosts": Kind(forms.HostForm, _host),
    "plans": Kind(forms.PlanForm, _plan),
    "templates": Kind(forms.TemplateForm, _template),
    "cobrand": Kind(forms.CobrandForm, _cobrand),
}
"""Every register by the name of its file."""
