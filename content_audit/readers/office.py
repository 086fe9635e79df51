"""What docx and xlsx have in common: parts, relationships, remarks, pictures and what is embedded and not read."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from content_audit.model import Passage, Picture, Role, Source, Unread, Why
from content_audit.readers.limits import MAX_PICTURE, MAX_PICTURES, NotReadError
from content_audit.readers.unpack import Archive
from content_audit.readers.xmlparts import attribute, local, parse_xml

_CORE = {"creator": Role.AUTHOR, "title": Role.COMMENT, "subject": Role.COMMENT, "description": Role.COMMENT,
         "keywords": Role.COMMENT, "category": Role.COMMENT}  # fmt: skip
_DRAWN = ("/charts/chart", "/diagrams/data", "/drawings/drawing")
_EMBEDDED = ("/embeddings/", "/activeX/")
_MEDIA = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".emf", ".wmf", ".svg", ".jfif", ".wdp",
          ".avif", ".heic", ".heif")  # fmt: skip
_SOUND = (".mp4", ".m4v", ".mov", ".avi", ".wmv", ".mp3", ".m4a", ".wav", ".wma")


class Relation:
    """Where a part points to: another part, or somewhere outside that is never fetched."""

    __slots__ = ("external", "kind", "target")

    def __init__(self, kind: str, target: str, external: bool) -> None:
        self.kind, self.target, self.external = kind, target, external


class Package:
    """The parts of an office file."""

    def __init__(self, data: bytes) -> None:
        """Raises NotReadError."""
        self.archive = Archive(data)
        self.names = [name for name in self.archive.members if not name.endswith("/")]
        self.unread: list[tuple[str, NotReadError]] = []

    def root(self, name: str) -> Element | None:
        """The tree of the part ``name``; None where there is none. A broken one is kept in ``unread``."""
        if name not in self.archive.members:
            return None
        try:
            return parse_xml(self.archive.read(name))
        except NotReadError as error:
            self.unread.append((name, error))
            return None

    def relations(self, part: str) -> dict[str, Relation]:
        """The relationships of ``part`` by id."""
        folder, name = posixpath.split(part)
        root = self.root(f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels")
        found: dict[str, Relation] = {}
        for row in root if root is not None else ():
            external = row.get("TargetMode", "") == "External"
            target = row.get("Target", "")
            found[row.get("Id", "")] = Relation(
                row.get("Type", "").rsplit("/", 1)[-1], target if external else _resolved(folder, target), external
            )
        return found

    def core(self) -> Iterator[Passage]:
        """Who wrote the file and what its properties say."""
        root = self.root("docProps/core.xml")
        for element in root if root is not None else ():
            role = _CORE.get(local(element))
            if role and element.text and element.text.strip():
                yield Passage(role, f"docProps/core.xml {local(element)}", element.text)

    def drawn(self) -> Iterator[Passage]:
        """Words in charts, diagrams and drawings: one passage a paragraph or label."""
        for name in self.names:
            if any(place in f"/{name}" for place in _DRAWN) and name.endswith(".xml"):
                yield from drawing_words(self.root(name), name)

    def pictures(self) -> Iterator[Picture]:
        """Every picture in the file, also one that no page shows. A broken one is kept in ``unread``."""
        names = [name for name in self.names if "/media/" in f"/{name}" and name.lower().endswith(_MEDIA)]
        if len(names) > MAX_PICTURES:
            raise NotReadError(Why.TOO_MANY, f"{len(names)} pictures")
        for name in names:
            try:
                data = self.archive.read(name)
            except NotReadError as error:
                if error.why is Why.TOO_BIG and self.archive.budget.left < 0:
                    raise
                self.unread.append((name, error))
                continue
            if len(data) > MAX_PICTURE:
                self.unread.append((name, NotReadError(Why.TOO_BIG, f"> {MAX_PICTURE}")))
            else:
                yield Picture(name, name=posixpath.basename(name), data=data)

    def not_read(self, source: Source, post: str) -> Iterator[Unread]:
        """Parts that could not be read, and what is embedded: other files, controls. Macros are not looked at."""
        for name, error in self.unread:
            yield error.unread(source, post, name)
        for name in self.names:
            if any(place in f"/{name}" for place in _EMBEDDED) and not name.endswith(".rels"):
                yield Unread(source, Why.UNKNOWN_FORMAT, "embedded object", post, name)
            elif "/media/" in f"/{name}" and not name.lower().endswith(_MEDIA):
                why = Why.VIDEO if name.lower().endswith(_SOUND) else Why.UNKNOWN_FORMAT
                yield Unread(source, why, "", post, name)


def drawing_words(root: Element | None, name: str) -> Iterator[Passage]:
    """The paragraphs and cached labels of a drawing part."""
    if root is None:
        return
    number = 0
    for element in root.iter():
        kind = local(element)
        text = ""
        if kind == "p" and "drawingml" in element.tag:
            text = "".join(_run(part) for part in element.iter())
        elif kind == "v" and "chart" in element.tag and not _is_number(element.text or ""):
            text = element.text or ""
        if text.strip():
            number += 1
            yield Passage(Role.BODY, f"{name} p[{number}]", text)


def alt_texts(root: Element) -> Iterator[tuple[str, str]]:
    """Name and alt text of every drawn object that has one."""
    for element in root.iter():
        if local(element) in ("docPr", "cNvPr") or (local(element) == "shape" and "vml" in element.tag):
            text = attribute(element, "descr") or attribute(element, "alt")
            title = element.get("title", "")
            if shown := "\n".join(part for part in (title, text) if part.strip()):
                yield element.get("name", "") or element.get("id", ""), shown


def _run(element: Element) -> str:
    kind = local(element)
    return (element.text or "") if kind == "t" else ("\n" if kind == "br" else "")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _resolved(folder: str, target: str) -> str:
    joined = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
    return posixpath.normpath(unquote(joined))
