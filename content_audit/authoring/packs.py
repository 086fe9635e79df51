"""Rule packs: ours in ``policies/content``, the company's in ``content/packs`` and ``content/rules`` of the workspace.

The company's rules lie over ours: a rule of the same id takes the place of ours, and ``content/content.yaml`` switches
rules off, with owner and reason. Complaints name ours by their place in the package, the company's by theirs in the
workspace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from content_audit.audit.coded import CODED
from content_audit.audit.rule import Disabled, Rule, RuleBook, in_order
from content_audit.authoring.load_rule import files_named, list_rule, rule_at
from content_audit.authoring.rule_forms import ContentPackForm, DisableForm, ListForm, RuleForm
from zhongbao_core.authored import Place, entries, form_at
from zhongbao_core.canonical import digest
from zhongbao_core.clock import Span
from zhongbao_core.complaint import Complaint, errors_in
from zhongbao_core.complaint import in_order as complaints_in_order
from zhongbao_core.errors import InputError
from zhongbao_core.text import Text
from zhongbao_core.yamlfile import Document, parse_yaml

OURS = "policies/content"
COMPANY = "content"
HOME = "Asia/Shanghai"


@dataclass
class Loaded:
    """Rules as read, with the place of each and every complaint."""

    rules: dict[str, Rule] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    documents: list[Document] = field(default_factory=list)
    disabled: list[Disabled] = field(default_factory=list)
    digests: list[tuple[str, str]] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    """Rule files as they are written, by rule."""
    disguised: set[str] = field(default_factory=set)
    sounded: set[str] = field(default_factory=set)
    """The words of all packs that patterns see through."""

    @property
    def complaints(self) -> tuple[Complaint, ...]:
        """Everything wrong, by file and place."""
        return complaints_in_order(item for document in self.documents for item in document.complaints)

    def book(self) -> RuleBook:
        """The rules in force. Raises InputError RULES_BROKEN where the packs have errors."""
        broken = errors_in(self.complaints)
        if broken:
            first = broken[0]
            raise InputError(
                Text(
                    f"规则有 {len(broken)} 处错误，首处：{first.shown('zh')}",
                    f"{len(broken)} errors in the rules, first: {first.shown('en')}",
                ),
                Text("zhongbao content rules lint 列出全部", "zhongbao content rules lint lists them all"),
                reason_code="RULES_BROKEN",
                complaints=broken,
            )
        off = {item.id for item in self.disabled}
        stamp = digest("".join(f"{name} {value}\n" for name, value in sorted(self.digests)).encode())
        rules = in_order(rule for rule in self.rules.values() if rule.id not in off)
        words = {"disguised": tuple(sorted(self.disguised)), "sounded": tuple(sorted(self.sounded))}
        return RuleBook(rules, tuple(self.disabled), digest=stamp, **words)


def load_rules(workspace: Path | None = None, packs: Iterable[str] = (), zone_name: str = HOME) -> Loaded:
    """Our packs (those named in ``packs``; all without names), then the company's in ``workspace`` over them.

    ``zone_name`` is the company's: the spans of its word lists are local times.
    """
    loaded = Loaded()
    for name, folder in _ours(frozenset(packs)):
        load_pack(loaded, folder, f"{OURS}/{name}", f"content/{name}")
    if workspace is not None:
        _company(loaded, workspace / COMPANY, zone_name)
    return loaded


def load_pack(loaded: Loaded, folder: Traversable, shown: str, pack: str) -> None:
    """The pack in ``folder``: its head and every rule."""
    head = folder.joinpath("pack.yaml")
    if not head.is_file():
        missing = Document(f"{shown}/pack.yaml")
        Place(missing).complain(
            "FILE_MISSING", Text("没有 pack.yaml", "there is no pack.yaml"), Text("补上包头", "add the pack's head")
        )
        loaded.documents.append(missing)
    else:
        form = _head(_read(loaded, head, f"{shown}/pack.yaml"), pack)
    if form is not None:
        loaded.disguised.update(form.disguised)
        loaded.sounded.update(form.sounded)
    load_folder(loaded, folder.joinpath("rules"), f"{shown}/rules", pack)


def load_folder(loaded: Loaded, folder: Traversable, shown: str, pack: str) -> None:
    """Every rule file in ``folder``; a rule of a later folder takes the place of one of the same id."""
    if not folder.is_dir():
        return
    seen: set[str] = set()
    for name in files_named(item.name for item in folder.iterdir()):
        rule = load_file(loaded, folder.joinpath(name), f"{shown}/{name}", pack)
        if rule is not None and rule.id in seen:
            loaded.places[rule.id].complain(
                "DUPLICATE_RULE", Text(f"规则 {rule.id} 重复", f"rule {rule.id} stands twice"), _RENAME
            )
        seen.update([rule.id] if rule else [])


def load_file(loaded: Loaded, file: Traversable, shown: str, pack: str) -> Rule | None:
    """The rule in ``file``, or None and its complaints."""
    document = _read(loaded, file, shown)
    place = Place(document)
    form = form_at(place, document.value, RuleForm) if document.value is not None else None
    if form is None:
        return None
    if f"{form.id}.yaml" != file.name:
        place.at("id").complain(
            "RULE_NAME", Text(f"文件名应为 {form.id}.yaml", f"the file should be called {form.id}.yaml"), _RENAME
        )
    rule = rule_at(place, form, pack)
    loaded.rules[rule.id] = rule
    loaded.places[rule.id] = place
    loaded.texts[rule.id] = file.read_bytes().decode("utf-8", "replace")
    return rule


_CODED = frozenset(rule.id for rule in CODED)
_RENAME = Text("改文件名或 id", "rename the file or the id")


def _read(loaded: Loaded, file: Traversable, shown: str) -> Document:
    data = file.read_bytes()
    document = parse_yaml(data, shown)
    loaded.documents.append(document)
    loaded.digests.append((shown, digest(data)))
    return document


def _head(document: Document, pack: str) -> ContentPackForm | None:
    """The head of the pack; complains of what is wrong with it."""
    place = Place(document)
    form = form_at(place, document.value, ContentPackForm) if document.value is not None else None
    if form is not None and form.id != pack and pack.startswith("content/"):
        place.at("id").complain("PACK_NAME", Text(f"id 应为 {pack}", f"the id should be {pack}"), _RENAME)
    return form


def _ours(wanted: frozenset[str]) -> Iterator[tuple[str, Traversable]]:
    base = files("policies").joinpath("content")
    if base.is_dir():
        for folder in sorted(base.iterdir(), key=lambda item: item.name):
            known = not wanted or folder.name in wanted or f"content/{folder.name}" in wanted
            if folder.is_dir() and known and not folder.name.startswith(("_", ".")):
                yield folder.name, folder


def _company(loaded: Loaded, folder: Path, zone_name: str) -> None:
    packs = folder / "packs"
    for pack in sorted(packs.iterdir()) if packs.is_dir() else []:
        if pack.is_dir() and not pack.name.startswith("."):
            load_pack(loaded, pack, f"{COMPANY}/packs/{pack.name}", pack.name)
    load_folder(loaded, folder / "rules", f"{COMPANY}/rules", "company")
    lists = folder / "lists"
    for name in files_named(item.name for item in lists.iterdir()) if lists.is_dir() else ():
        load_list(loaded, lists / name, f"{COMPANY}/lists/{name}", zone_name)
    settings = folder / "content.yaml"
    if settings.is_file():
        _disable(loaded, _read(loaded, settings, f"{COMPANY}/content.yaml"))


def _disable(loaded: Loaded, document: Document) -> None:
    value: Any = document.value
    if not isinstance(value, dict) or "disable" not in value:
        return
    for place, form in entries(document, "disable", DisableForm):
        for index, rule in enumerate(form.rules):
            if rule not in loaded.rules and rule not in _CODED:
                place.at("rules", index).complain(
                    "RULE_UNKNOWN",
                    Text(f"没有规则 {rule}", f"there is no rule {rule}"),
                    Text("zhongbao content rules list 列出全部", "zhongbao content rules list lists them all"),
                )
            loaded.disabled.append(Disabled(rule, form.owner, form.reason))


def pack_names() -> tuple[str, ...]:
    """Our packs."""
    return tuple(name for name, _ in _ours(frozenset()))


def load_path(path: Path) -> Loaded:
    """The rules of a pack, a folder of rules or one rule file, alone."""
    loaded = Loaded()
    if path.is_file():
        load_file(loaded, path, str(path), "")
    elif (path / "pack.yaml").is_file():
        load_pack(loaded, path, str(path), path.name)
    else:
        load_folder(loaded, path, str(path), "")
    return loaded


def load_list(loaded: Loaded, file: Path, shown: str, zone_name: str) -> None:
    """A word list of the company's own, as a rule of category ``company``."""
    document = _read(loaded, file, shown)
    place = Place(document)
    form = form_at(place, document.value, ListForm) if document.value is not None else None
    if form is None:
        return
    start = place.at("start").instant(form.start, zone_name)
    end = None if form.end == "open" else place.at("end").instant(form.end, zone_name)
    if start is None or (end is None and form.end != "open"):
        return
    rule = list_rule(form, Span(start, end), shown)
    loaded.rules[rule.id] = rule
    loaded.places[rule.id] = place
