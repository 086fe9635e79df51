"""Word drafts: everything that is in the file, shown or not.

Paragraphs, tables, text boxes, headers, footers, notes, comments, tracked deletions, hidden text, alt texts, charts and
diagrams, links, pictures, the author. A link to a part outside is a link of the post and never followed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from content_audit.model import Facts, Link, Passage, Picture, Post, Role, Source, Unread, Why
from content_audit.readers.docx_runs import Pieces, Styles, drawn, paragraph, paragraphs, placed
from content_audit.readers.limits import MAX_PICTURES, NotReadError
from content_audit.readers.office import Package, Relation, alt_texts
from content_audit.readers.registry import LIKELY, NO, SURE
from zhongbao_core.text import Text

MAX_PASSAGES = 200_000
_MAIN = "word/document.xml"
_ASIDE = {"header": Role.MARGIN, "footer": Role.MARGIN, "footnotes": Role.BODY, "endnotes": Role.BODY,
          "comments": Role.COMMENT}  # fmt: skip


class Seen(NamedTuple):
    """What a part of the document says."""

    passages: list[Passage]
    links: list[Link]


class Docx:
    """Reader of Word files, with or without macros."""

    name = "docx"
    title = Text("Word 文档（docx）", "Word document (docx)")

    def score(self, head: bytes, name: str) -> int:
        """By the parts of a document."""
        if not head.startswith(b"PK\x03\x04"):
            return NO
        named = name.lower().endswith((".docx", ".docm", ".dotx", ".dotm"))
        inside = b"word/" in head and b"[Content_Types].xml" in head
        return SURE if named else (LIKELY if inside else NO)

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """The one post of the document, and what in it could not be read."""
        package = Package(data)
        main = _main_part(package)
        seen = _whole(package, main)
        pictures = tuple(_pictures(package, main))
        if len(seen.passages) > MAX_PASSAGES or len(seen.links) > MAX_PICTURES:
            raise NotReadError(Why.TOO_MANY, f"{len(seen.passages)} paragraphs, {len(seen.links)} links")
        if main not in package.archive.members or (not seen.passages and not pictures):
            raise package.unread[0][1] if package.unread else NotReadError(Why.BROKEN, "a document without words")
        post = Post(
            id=str(source),
            source=source,
            channel="draft",
            passages=tuple(seen.passages),
            pictures=pictures,
            links=tuple(seen.links),
            facts=Facts(kind="document"),
        )
        yield post
        yield from package.not_read(source, post.id)
        for relation in package.relations(main).values():
            if relation.kind == "aFChunk":
                yield Unread(source, Why.UNKNOWN_FORMAT, "file taken in on opening", post.id, relation.target)


READER = Docx()


def _main_part(package: Package) -> str:
    for relation in package.relations("").values():
        if relation.kind == "officeDocument" and not relation.external:
            return relation.target
    return _MAIN


def _whole(package: Package, main: str) -> Seen:
    styles = Styles(package.root("word/styles.xml"))
    seen = _part(package, main, Role.BODY, styles)
    _find_title(seen.passages, package, main, styles)
    for name, role in _asides(package):
        more = _part(package, name, role, styles)
        seen.passages.extend(more.passages)
        seen.links.extend(more.links)
    seen.passages.extend(package.drawn())
    seen.passages.extend(package.core())
    return seen


def _asides(package: Package) -> Iterator[tuple[str, Role]]:
    for name in package.names:
        base = name.rpartition("/")[2]
        kind = base.removesuffix(".xml").rstrip("0123456789")
        if name.startswith("word/") and base.endswith(".xml") and kind in _ASIDE and name.count("/") == 1:
            yield name, _ASIDE[kind]


def _part(package: Package, name: str, role: Role, styles: Styles) -> Seen:
    root = package.root(name)
    if root is None:
        return Seen([], [])
    relations = package.relations(name)
    passages: list[Passage] = []
    links: list[Link] = []
    for number, element in enumerate(paragraphs(root), 1):
        place = f"{name} p[{number}]"
        pieces = paragraph(element, styles)
        passages.extend(_passages(pieces, place, role))
        links.extend(_links(pieces, relations, place))
    passages += [Passage(Role.CAPTION, f"{name} alt[{at}]", text) for at, (_, text) in enumerate(alt_texts(root), 1)]
    return Seen(passages, links)


def _passages(pieces: Pieces, place: str, role: Role) -> Iterator[Passage]:
    if pieces.shown.strip():
        yield Passage(role, place, pieces.shown)
    if pieces.hidden.strip():
        yield Passage(Role.HIDDEN, f"{place}/hidden", pieces.hidden)
    if pieces.deleted.strip():
        yield Passage(Role.DELETED, f"{place}/deleted", pieces.deleted)
    if pieces.ruby.strip():
        yield Passage(role, f"{place}/ruby", pieces.ruby)


def _links(pieces: Pieces, relations: dict[str, Relation], place: str) -> Iterator[Link]:
    for mark, within, shown in pieces.linked:
        relation = relations.get(mark)
        if relation and relation.external:
            yield Link(placed(relation.target, within), shown, place)
    for href in pieces.fields:
        yield Link(href, pieces.shown.strip(), place)


def _find_title(passages: list[Passage], package: Package, main: str, styles: Styles) -> None:
    """The first paragraph styled as the title becomes it; else the first one where it is a heading."""
    root = package.root(main)
    if root is None:
        return
    named = {f"{main} p[{at}]": styles.heading(element) for at, element in enumerate(paragraphs(root), 1)}
    shown = [(at, named.get(item.locator, "")) for at, item in enumerate(passages) if item.role is Role.BODY]
    title = next((at for at, kind in shown if kind == "title"), None)
    if title is None and shown and shown[0][1] == "heading":
        title = shown[0][0]
    if title is not None:
        passages[title] = passages[title]._replace(role=Role.TITLE)


def _pictures(package: Package, main: str) -> Iterator[Picture]:
    """The pictures the document shows, in its order and as often as it shows them, then all others in the file."""
    held = {one.locator: one for one in package.pictures()}
    relations = {mark: one for mark, one in package.relations(main).items() if one.kind == "image"}
    held |= {f"{main} {mark}": _elsewhere(main, mark, one) for mark, one in relations.items() if one.external}
    root = package.root(main)
    shown: Counter[str] = Counter()
    for mark in drawn(root, Styles(package.root("word/styles.xml"))) if root is not None else ():
        relation = relations.get(mark)
        name = "" if relation is None else f"{main} {mark}" if relation.external else relation.target
        if name in held:
            shown[name] += 1
            if shown.total() > MAX_PICTURES:
                raise NotReadError(Why.TOO_MANY, f"> {MAX_PICTURES} pictures")
            yield held[name] if shown[name] == 1 else replace(held[name], locator=f"{name} [{shown[name]}]")
    yield from (replace(one, use="spare") for name, one in held.items() if name not in shown)


def _elsewhere(main: str, mark: str, relation: Relation) -> Picture:
    """A picture the document shows from elsewhere: named, never fetched."""
    return Picture(f"{main} {mark}", name=relation.target.rsplit("/", 1)[-1], href=relation.target)
