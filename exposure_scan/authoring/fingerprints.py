"""Fingerprint packs: ours in ``policies/exposure/fingerprints``, users' own folders over them.

A fingerprint of the same id in a later folder takes the place of the earlier one. Ours must also be fit to be shipped:
``lint`` asks for cases that say what is named, with which version, and what is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from exposure_scan.authoring.fingerprint_forms import CaseForm, ConditionForm, FingerprintFile, FingerprintForm
from exposure_scan.fingerprint.book import Book
from exposure_scan.fingerprint.cases import wrong
from exposure_scan.fingerprint.kinds import KINDS, kind_of
from exposure_scan.fingerprint.model import Case, Condition, Cpe, Fingerprint
from exposure_scan.fingerprint.pattern import PatternError, compiled
from zhongbao_core.authored import Place, form_at
from zhongbao_core.complaint import Complaint, errors_in, in_order
from zhongbao_core.errors import InputError
from zhongbao_core.text import Text
from zhongbao_core.yamlfile import Document, parse_yaml, read_yaml

OURS = "policies/exposure/fingerprints"
_MOST_FILES = 500


@dataclass
class Loaded:
    """Fingerprints as read, with the place of each and every complaint."""

    fingerprints: dict[str, Fingerprint] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    documents: list[Document] = field(default_factory=list)

    @property
    def complaints(self) -> tuple[Complaint, ...]:
        """Everything wrong, by file and place."""
        return in_order(item for document in self.documents for item in document.complaints)

    def book(self) -> Book:
        """The fingerprints in force. Raises InputError FINGERPRINTS_BROKEN where a pack has errors or there is none."""
        broken = errors_in(self.complaints)
        if broken:
            first = broken[0]
            raise InputError(
                Text(
                    f"指纹包有 {len(broken)} 处错误，首处：{first.shown('zh')}",
                    f"{len(broken)} errors in the fingerprints, first: {first.shown('en')}",
                ),
                reason_code="FINGERPRINTS_BROKEN",
                complaints=broken,
            )
        return Book(self.fingerprints.values())


def load_fingerprints(folders: Iterable[Path] = ()) -> Loaded:
    """Our packs, then those in ``folders`` over them."""
    loaded = Loaded()
    base: Traversable = files("policies").joinpath("exposure", "fingerprints")
    for name in _yaml_names(item.name for item in base.iterdir()):
        _take(loaded, parse_yaml(base.joinpath(name).read_bytes(), f"{OURS}/{name}"))
    for folder in folders:
        load_folder(loaded, folder)
    return loaded


def load_folder(loaded: Loaded, folder: Path) -> None:
    """The packs in a folder of the user's. Raises InputError where it cannot be listed or holds none."""
    try:
        names = _yaml_names(item.name for item in folder.iterdir())
    except OSError as error:
        cause = error.strerror or str(error)
        raise InputError(
            Text(f"{folder} 读不了：{cause}", f"{folder} cannot be listed: {cause}"), place=str(folder)
        ) from error
    if not names or len(names) > _MOST_FILES:
        raise InputError(
            Text(f"{folder} 中应有 1 至 {_MOST_FILES} 个 yaml", f"{folder} should hold 1 to {_MOST_FILES} yaml files"),
            reason_code="FINGERPRINTS_MISSING",
            place=str(folder),
        )
    for name in names:
        _take(loaded, read_yaml(folder / name))


def lint(loaded: Loaded) -> None:
    """Complain about every file and fingerprint of ``loaded`` whose cases say too little, and about cases that fail."""
    book = loaded.book()
    by_file: dict[str, list[str]] = {}
    for name, fingerprint in loaded.fingerprints.items():
        by_file.setdefault(fingerprint.file, []).append(name)
        place = loaded.places[name]
        if not any(case.named for case in fingerprint.cases):
            place.complain("CASES_MISSING", Text(f"{name} 没有用例", f"{name} has no case"), _ADD)
        for number, case in enumerate(fingerprint.cases):
            why = wrong(fingerprint, case, book)
            if why is not None:
                place.at("cases", number).complain("CASE_FAILS", Text(f"{name}：{why.zh}", f"{name}: {why.en}"), _MEND)
    for names in by_file.values():
        if _few_cases([loaded.fingerprints[name] for name in names]):
            loaded.places[names[0]].complain("CASES_FEW", _FEW, _ADD)


def _few_cases(fingerprints: list[Fingerprint]) -> bool:
    """Whether a file has less than two true cases, with versions where its patterns take one, and a false one."""
    versioned = any(compiled(part.pattern).takes_version for item in fingerprints for part in (*item.any, *item.all))
    cases = [case for item in fingerprints for case in item.cases]
    true = [case for case in cases if case.named and (case.version or not versioned)]
    return len(true) < 2 or all(case.named for case in cases)


_ADD = Text("补上 cases：is 加 version，not", "add cases: is with version, and not")
_MEND = Text("改模式或改用例", "mend the pattern or the case")
_FEW = Text(
    "每个文件至少两条带版本的用例和一条反例", "a file has at least two cases with versions and one that is not named"
)
_RENAME = Text("换一个 id", "choose another id")


def _yaml_names(names: Iterable[str]) -> list[str]:
    return sorted(name for name in names if name.endswith((".yaml", ".yml")) and not name.startswith("."))


def _take(loaded: Loaded, document: Document) -> None:
    """Every fingerprint of a document, over those already there."""
    loaded.documents.append(document)
    top = Place(document)
    form = form_at(top, document.value, FingerprintFile) if document.value is not None else None
    if form is None:
        return
    seen: set[str] = set()
    for number, item in enumerate(form.fingerprints):
        place = top.at("fingerprints", number)
        if item.id in seen:
            place.at("id").complain("DUPLICATE_ID", Text(f"id {item.id} 重复", f"id {item.id} stands twice"), _RENAME)
        seen.add(item.id)
        loaded.fingerprints[item.id] = _fingerprint(place, item, form.kinds)
        loaded.places[item.id] = place


def _fingerprint(place: Place, form: FingerprintForm, kinds: list[str]) -> Fingerprint:
    own = _kinds(place, form.kinds or kinds)
    if not form.any and not form.all:
        place.complain("EMPTY", Text("any 与 all 都是空的", "any and all are both empty"), Text("写 any", "write any"))
    words = form.cpe.split(":")
    cpe = Cpe(*(words if len(words) == 3 else ("a", *words)))
    return Fingerprint(
        form.id,
        form.name,
        cpe,
        tuple(_conditions(place.at("any"), form.any, own)),
        tuple(_conditions(place.at("all"), form.all, own)),
        tuple(_conditions(place.at("none"), form.none, own)),
        form.confidence,
        form.template or "",
        tuple(_cases(place, form.cases, own[0])),
        place.document.file,
    )


def _conditions(place: Place, forms: list[ConditionForm], kinds: tuple[str, ...]) -> Iterator[Condition]:
    for number, form in enumerate(forms):
        here = place.at(number)
        try:
            compiled(form.pattern)
        except PatternError as error:
            here.complain("PATTERN_INVALID", error.message, _MEND)
            continue
        yield Condition(_kinds(here, form.kinds) if form.kinds else kinds, form.pattern, form.weight)


def _kinds(place: Place, names: list[str]) -> tuple[str, ...]:
    found = tuple(kind_of(name) for name in names)
    for name, kind in zip(names, found, strict=True):
        if kind not in KINDS:
            known = ", ".join(sorted(KINDS))
            place.complain(
                "KIND_UNKNOWN",
                Text(f"没有种类 {name}", f"there is no kind {name}"),
                Text(f"可用：{known}", f"one of {known}"),
            )
    return found


def _cases(place: Place, forms: list[CaseForm], kind: str) -> Iterator[Case]:
    for number, form in enumerate(forms):
        banner = form.is_ if form.is_ is not None else form.not_
        if banner is None or (form.is_ is not None and form.not_ is not None):
            place.at("cases", number).complain(
                "CASE_FORM", Text("is 与 not 写其一", "one of is and not"), Text("只写一个", "write one of them")
            )
            continue
        yield Case(form.kind or kind, banner, form.is_ is not None, form.version)
