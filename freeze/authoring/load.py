"""A workspace from its YAML: everything it says and everything that is wrong with it, in one go.

``load_workspace`` never raises for what people wrote; the complaints say it, each with place and fix. Nothing here
looks at the clock: what depends on the present instant is checked by ``freeze.authoring.checks`` with ``at=``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

from freeze.authoring.checks import check_policy
from freeze.authoring.load_rules import (
    load_breakglass,
    load_catalogue,
    load_doors,
    load_exemptions,
    load_ladder,
    load_treatments,
)
from freeze.authoring.load_scope import load_systems, load_windows, system_ids
from freeze.authoring.packs import Pack, read_pack
from freeze.authoring.workspace import Where, Workspace
from freeze.calendar.holidays import build_holidays
from freeze.policy import Holidays
from zhongbao_core.authored import Place, form_at
from zhongbao_core.complaint import Complaint, errors_in, in_order
from zhongbao_core.errors import InputError
from zhongbao_core.event import Event
from zhongbao_core.forms import HolidaysFile, WorkspaceForm
from zhongbao_core.load_people import load_event, load_people, text_of
from zhongbao_core.text import Text
from zhongbao_core.yamlfile import Document, read_yaml

YEARS = range(2020, 2041)
"""Years whose published holidays are compiled in, as far as they are known."""
ZONE = "Asia/Shanghai"
ASIDE = ("requests", "compiled", "permits", "receipts", "examples")
"""Folders that hold no policy."""
T = TypeVar("T")
Listed = list[tuple[Place, T]]


def load_workspace(root: Path) -> Workspace:
    """The workspace in ``root`` with all its complaints."""
    files = Files(root)
    company, form = _company(files)
    base = _head(root, company, form)
    packs = _packs(company, form, root)
    files.read.extend(document for pack in packs for document in pack.documents.values())
    people = files.one("people.yaml", needed=True)
    made = replace(
        _rules(files, base, packs),
        event=_event(files, company, form, base.zone),
        directory=load_people(people, base.zone),
        holidays=_holidays(files),
        packs={pack.name: pack.digest for pack in packs},
    )
    where = replace(made.where, company=company, people=Place(people), event=Place(files.one("event.yaml")))
    made = replace(made, where=where)
    check_policy(made)
    found = [item for document in files.read for item in document.complaints]
    return replace(made, complaints=in_order([*found, *files.unread(form.packs if form else ())]))


def require_sound(workspace: Workspace) -> Workspace:
    """``workspace`` where it may be used. Raises InputError POLICY_BROKEN with ``complaints`` where it may not."""
    broken = errors_in(workspace.complaints)
    if not broken:
        return workspace
    count, first = len(broken), broken[0]
    raise InputError(
        Text(f"策略有 {count} 处错误，首处：{first.shown('zh')}", f"{count} policy errors, first: {first.shown('en')}"),
        Text("zhongbao check 列出全部", "zhongbao check lists them all"),
        reason_code="POLICY_BROKEN",
        complaints=broken,
    )


class Files:
    """The files of a workspace, each read once; ``read`` keeps them for their complaints."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.read: list[Document] = []
        self._known: dict[str, Document] = {}

    def one(self, name: str, *, needed: bool = False) -> Document:
        """The file ``name``; an empty document where it is not there and need not be."""
        if name not in self._known:
            there = needed or (self.root / name).exists()
            self._known[name] = read_yaml(self.root / name, name=name) if there else Document(name)
            self.read.append(self._known[name])
        return self._known[name]

    def many(self, folder: str) -> Iterator[Document]:
        """Every YAML file in ``folder``, by name."""
        place = self.root / folder
        names = sorted(item.name for item in place.iterdir()) if place.is_dir() else []
        for name in names:
            if name.endswith((".yaml", ".yml")) and not name.startswith("."):
                yield self.one(f"{folder}/{name}")

    def unread(self, packs: Iterable[str]) -> Iterator[Complaint]:
        """A warning for every YAML file that nobody read: a wrong name is a rule that silently does not hold."""
        folders = {*ASIDE, *(name.removeprefix("./").split("/")[0] for name in packs if name.startswith("./"))}
        found = (item.relative_to(self.root) for item in self.root.rglob("*") if item.suffix in (".yaml", ".yml"))
        for path in sorted(found, key=str):
            hidden = any(part.startswith(".") for part in path.parts)
            if not hidden and path.parts[0] not in folders and path.as_posix() not in self._known:
                yield Complaint(path.as_posix(), 0, 0, "FILE_UNREAD", *_UNREAD, severity="warning")


_UNREAD = (
    Text("没有程序读取此文件", "nothing reads this file"),
    Text("改用 docs/workspace.md 所列的文件名，或移走", "use a file name of docs/workspace.md, or move it away"),
)


def _company(files: Files) -> tuple[Place, WorkspaceForm | None]:
    document = files.one("zhongbao.yaml", needed=True)
    readable = document.value is not None or not document.complaints
    return Place(document), form_at(Place(document), document.value, WorkspaceForm) if readable else None


def _head(root: Path, place: Place, form: WorkspaceForm | None) -> Workspace:
    if form is None:
        return Workspace(root)
    event = place.at("valid_for", "event").length(form.valid_for.event)
    calm = place.at("valid_for", "calm").length(form.valid_for.calm)
    return Workspace(
        root,
        id=form.id,
        company=text_of(form.company),
        zone=place.at("zone").zone(form.zone) or ZONE,
        valid_for=(event or timedelta(hours=24), calm or timedelta(days=7)),
    )


def _packs(place: Place, form: WorkspaceForm | None, root: Path) -> list[Pack]:
    names = form.packs if form else []
    found = (read_pack(name, root, place.at("packs", number)) for number, name in enumerate(names))
    return [pack for pack in found if pack is not None]


def _event(files: Files, place: Place, form: WorkspaceForm | None, zone_name: str) -> Event | None:
    """The event that zhongbao.yaml names; none where it names none."""
    if form is None or form.event is None:
        return None
    document = files.one("event.yaml", needed=True)
    event = load_event(document, zone_name) if document.value is not None else None
    if event is not None and event.id != form.event:
        place.at("event").complain(
            "EVENT_UNKNOWN",
            Text(f"event.yaml 是 {event.id}，不是 {form.event}", f"event.yaml is {event.id}, not {form.event}"),
            Text("两处写同一编号，平时写 event: null", "write the same id; event: null where there is none"),
        )
    return event


def _rules(files: Files, base: Workspace, packs: Sequence[Pack]) -> Workspace:
    where = Where(
        systems=load_systems(files.one("systems.yaml", needed=True)),
        system_ids=system_ids(files.one("systems.yaml")),
        windows=_each(files.many("freeze/windows"), lambda document: load_windows(document, base.zone)),
        treatments=_layered(files, packs, "treatments.yaml", load_treatments),
        ladder=_layered(files, packs, "ladder.yaml", load_ladder),
        catalogue=_each(files.many("freeze/catalogue"), lambda document: load_catalogue(document, base.zone)),
        exemptions=_maybe(files, "freeze/exemptions.yaml", lambda document: load_exemptions(document, base.zone)),
        doors=_maybe(files, "freeze/doors.yaml", lambda document: load_doors(document, base.zone)),
    )
    glass = files.one("freeze/breakglass.yaml")
    return replace(
        base,
        all_systems={item.id: item for _, item in where.systems},
        all_windows=tuple(item for _, item in where.windows),
        treatments=tuple(item for _, item in where.treatments),
        ladder=tuple(item for _, item in where.ladder),
        catalogue={item.id: item for _, item in where.catalogue},
        exemptions=tuple(item for _, item in where.exemptions),
        doors={item.id: item for _, item in where.doors},
        breakglass=load_breakglass(glass) if glass.value is not None else base.breakglass,
        where=replace(where, breakglass=Place(glass)),
    )


def _each(documents: Iterable[Document], load: Callable[[Document], Listed[T]]) -> Listed[T]:
    return [item for document in documents for item in load(document)]


def _maybe(files: Files, name: str, load: Callable[[Document], Listed[T]]) -> Listed[T]:
    document = files.one(name)
    return load(document) if document.value is not None else []


def _layered(files: Files, packs: Sequence[Pack], name: str, load: Callable[[Document], Listed[T]]) -> Listed[T]:
    """The company's own rules first, then those of the packs in the order named: the first that fits speaks."""
    documents = [files.one(f"freeze/{name}"), *(pack.documents[name] for pack in packs if name in pack.documents)]
    return _each((document for document in documents if document.value is not None), load)


def _holidays(files: Files) -> Holidays:
    """Published holidays with holidays.yaml laid over them."""
    document = files.one("holidays.yaml")
    form = form_at(Place(document), document.value, HolidaysFile) if document.value is not None else None
    override = {
        int(year): {
            "off": _days(Place(document, ("years", year, "rest")), said.rest, int(year)),
            "work": _days(Place(document, ("years", year, "work")), said.work, int(year)),
        }
        for year, said in (form.years.items() if form else ())
    }
    return build_holidays(override, YEARS)


def _days(place: Place, words: Sequence[str], year: int) -> list[date]:
    found = [_day(place.at(number), word, year) for number, word in enumerate(words)]
    return [day for day in found if day is not None]


def _day(place: Place, word: str, year: int) -> date | None:
    try:
        day = date.fromisoformat(word)
    except ValueError:
        day = None
    if day is None or len(word) != 10:
        place.complain("DATE", Text(f"没有这一天：{word}", f"there is no such day: {word}"), _DATE_FIX)
        return None
    if day.year != year:
        place.complain("DATE", Text(f"{word} 不在 {year} 年", f"{word} is not in {year}"), _DATE_FIX)
        return None
    return day


_DATE_FIX = Text('写成本年的 "2027-01-01"', 'write "2027-01-01", inside its year')
