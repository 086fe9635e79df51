"""The runs of a Word paragraph: what is shown, hidden, deleted, a link.

A paragraph in a text box is a paragraph of its own. Alternate contents that say the same for older programs are read
once; which of two that differ is shown depends on the program, so both are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from content_audit.readers.xmlparts import attribute, local

_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
_APART = frozenset({"txbxContent"})
_ALTERNATE = frozenset({"AlternateContent", "Choice", "Fallback"})
_GONE = frozenset({"del", "moveFrom"})
_FIELD = re.compile(
    r"\bHYPERLINK\s+(?:\\[a-km-z]\s+)*\"([^\"]{1,2000})\"(?:\s*\\l\s*\"([^\"]{1,2000})\")?", re.IGNORECASE
)
"""An address in a field code, and the place in it."""
_LINKS = frozenset({"hyperlink", "hlinkClick"})
_ANCHOR = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}anchor"
_OFF = frozenset({"0", "false", "off", "none"})
_TITLES = frozenset({"title", "标题", "文章标题", "文件标题", "公文标题"})


@dataclass(slots=True)
class Pieces:
    """What a paragraph says, by how it is shown."""

    shown: str = ""
    hidden: str = ""
    deleted: str = ""
    ruby: str = ""
    """The small reading above characters."""
    codes: str = ""
    linked: list[tuple[str, str, str]] = field(default_factory=list)
    """Relationship id, place in what it leads to, and words of each link; a picture's link has no words."""

    @property
    def fields(self) -> list[str]:
        """Addresses in field codes."""
        return [placed(address, place) for address, place in _FIELD.findall(self.codes)]


class Styles:
    """Which styles hide text and which are titles."""

    def __init__(self, root: Element | None) -> None:
        self._hiding: set[str] = set()
        self._names: dict[str, str] = {}
        for style in root if root is not None else ():
            if local(style) != "style":
                continue
            mark = attribute(style, "styleId")
            name = next((attribute(part, "val") for part in style if local(part) == "name"), "")
            self._names[mark] = name.strip().lower()
            if any(local(part) == "rPr" and vanishes(part) for part in style):
                self._hiding.add(mark)

    def hides(self, properties: Element | None) -> bool:
        """Whether run or paragraph properties name a style that hides text."""
        parts = properties if properties is not None else ()
        styled = (attribute(part, "val") for part in parts if local(part) in ("rStyle", "pStyle"))
        return any(mark in self._hiding for mark in styled)

    def heading(self, element: Element) -> str:
        """``title`` or ``heading`` for a paragraph of such a style; empty otherwise."""
        properties = child(element, "pPr")
        parts = properties if properties is not None else ()
        mark = next((attribute(part, "val") for part in parts if local(part) == "pStyle"), "")
        name = self._names.get(mark, mark.lower())
        if name in _TITLES:
            return "title"
        return "heading" if name in ("heading 1", "heading1", "标题 1", "标题1") else ""


def paragraphs(root: Element) -> Iterator[Element]:
    """Every paragraph in document order, those of tables and text boxes too, none of them twice."""
    stack = [root]
    while stack:
        element = stack.pop()
        if local(element) == "p" and "wordprocessingml" in element.tag:
            yield element
        stack.extend(reversed(_parts(element)))


def paragraph(element: Element, styles: Styles) -> Pieces:
    """The pieces of one paragraph, without the text boxes that hang on it."""
    pieces = Pieces()
    hidden = styles.hides(child(element, "pPr"))
    for run, marks in _runs(element):
        text = _text(run, pieces)
        if marks & _GONE or any(local(part) == "delText" for part in run):
            pieces.deleted += text
        elif hidden or _hides(run, styles):
            pieces.hidden += text
        elif "rt" in marks:
            pieces.ruby += text
        else:
            pieces.shown += text
    linked = (
        (attribute(link, "id"), link.get(_ANCHOR, ""), "".join(_text(run, Pieces()) for run, _ in _runs(link)))
        for link in _inside(element)
        if local(link) in _LINKS and attribute(link, "id")
    )
    pieces.linked = list(dict.fromkeys(linked))
    pieces.codes += " ".join(attribute(part, "instr") for part in _inside(element) if local(part) == "fldSimple")
    return pieces


def placed(address: str, place: str) -> str:
    """``address`` with the ``place`` in it, which Word keeps apart."""
    return f"{address}#{place}" if place and "#" not in address else address


def drawn(root: Element, styles: Styles) -> Iterator[str]:
    """Relationship ids of the pictures that a document shows, in its order; of alternate contents the first with any."""
    stack = [root]
    while stack:
        element = stack.pop()
        kind = local(element)
        if kind in _GONE or (kind == "r" and _hides(element, styles)):
            continue
        mark = attribute(element, "embed") or attribute(element, "link") if kind == "blip" else ""
        mark = attribute(element, "id") if kind == "imagedata" else mark
        if mark:
            yield mark
        if kind == "AlternateContent":
            ways = [part for part in element if any(local(one) in ("blip", "imagedata") for one in part.iter())]
            stack.extend(ways[:1])
        else:
            stack.extend(reversed(element))


def vanishes(properties: Element) -> bool:
    """Whether run properties hide the text."""
    hiding = (part for part in properties if local(part) in ("vanish", "webHidden"))
    return any(attribute(part, "val").lower() not in _OFF for part in hiding)


def child(element: Element, name: str) -> Element | None:
    """The first child called ``name``."""
    return next((part for part in element if local(part) == name), None)


def _hides(run: Element, styles: Styles) -> bool:
    properties = child(run, "rPr")
    return properties is not None and (vanishes(properties) or styles.hides(properties))


def _runs(element: Element) -> Iterator[tuple[Element, frozenset[str]]]:
    """Every run below a paragraph or link with the names of what it stands in."""
    stack: list[tuple[Element, frozenset[str]]] = [(element, frozenset())]
    while stack:
        at, marks = stack.pop()
        if local(at) == "r":
            yield at, marks
            # a ruby and its base are runs inside a run
            stack.extend((part, marks | {"ruby"}) for part in reversed(at) if local(part) == "ruby")
            continue
        inner = marks | {local(at)}
        stack.extend((part, inner) for part in reversed(_parts(at)) if local(part) not in _APART)


def _inside(element: Element) -> Iterator[Element]:
    stack = [element]
    while stack:
        at = stack.pop()
        yield at
        stack.extend(part for part in reversed(_parts(at)) if local(part) not in _APART)


def _parts(element: Element) -> list[Element]:
    """The children of ``element``; of alternate contents those that say something else than the first."""
    if local(element) != "AlternateContent":
        return list(element)
    said: set[str] = set()
    parts = []
    for part in element:
        words = "".join(part.itertext())
        if words not in said:
            parts.append(part)
        said.add(words)
    return parts


def _text(run: Element, pieces: Pieces) -> str:
    text = ""
    for part in _parts(run):
        kind = local(part)
        if kind in _ALTERNATE:
            text += _text(part, pieces)
        elif kind in ("t", "delText"):
            text += part.text or ""
        elif kind in _BREAKS:
            text += _BREAKS[kind]
        elif kind in ("instrText", "delInstrText"):
            pieces.codes += part.text or ""
        elif kind == "sym":
            text += _symbol(attribute(part, "char"))
    return text


def _symbol(code: str) -> str:
    """A symbol by its number; those of the fonts' private range stay what they are."""
    try:
        return chr(int(code, 16))
    except (ValueError, OverflowError):
        return ""
