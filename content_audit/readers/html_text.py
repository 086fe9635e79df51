"""HTML to the words a reader of the page sees: blocks on lines of their own, hidden words apart, links and pictures.

Nothing is cut out of the tree. Characters that stand in no text (Unicode noncharacters) are set around blocks and
around what is hidden or no text at all, the tree's text is taken once, and the marks are resolved in it. The body of
a WeChat article (``js_content``) is styled hidden until its script runs: that is no hidden text.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote_to_bytes

from content_audit.model import Link, Passage, Picture, Role, Why
from content_audit.readers.limits import MAX_FILE, MAX_HTML_DEPTH, MAX_PICTURE, MAX_PICTURES, NotReadError

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_BREAK, _HIDE, _SHOW, _DROP, _KEEP = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3", "\ufdd4"
_ALL_MARKS = _BREAK + _HIDE + _SHOW + _DROP + _KEEP
_MARKS = re.compile(f"[{_ALL_MARKS}]")
_PIECES = re.compile(f"([{_ALL_MARKS[1:]}])")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_BREAKS = re.compile(f" ?{_BREAK}[ {_BREAK}]*")

_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body br center dd details dialog div dl dt fieldset figcaption figure footer "
        "form h1 h2 h3 h4 h5 h6 header hr legend li main nav ol option p pre section summary table td th tr ul video "
        "audio iframe",
    )
)
_NO_TEXT = frozenset(["script", "style", "template", "noscript", "head"])
_KINDS = dict.fromkeys(_BLOCKS, "block") | dict.fromkeys(_NO_TEXT, "drop") | {"img": "img", "a": "a"}
_AROUND = {"block": (_BREAK, _BREAK), "hide": (_HIDE, _SHOW), "drop": (_DROP, _KEEP)}
_UNSEEN = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0*\.?0+%?\s*(?:;|!|$)"
    r"|font-size\s*:\s*0*\.?0+(?:px|pt|r?em|%)?\s*(?:;|!|$)|text-indent\s*:\s*-\d{3,})",
    re.IGNORECASE,
)
_TAG = re.compile(r"<(/?[a-zA-Z][^\s/>]*)")
_SCRIPTS = ("<script", "</script"), ("<style", "</style")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_CLOSES_ITSELF = frozenset(
    re.findall(
        r"\w+",
        "area base br col embed hr img input link meta param source track wbr p li td th tr tbody thead tfoot option "
        "optgroup dt dd rp rt colgroup html head body",
    )
)
_MOST_ATTRIBUTES = 1000
_STRETCH = 4000
_FEW_TAGS = 10_000
"""So few that their depth costs the parser little whatever it is."""


class Image(NamedTuple):
    """An ``img`` of a page: where it lies, its alt text, and whether it is marked as made by AI."""

    src: str
    alt: str = ""
    ai_marked: bool = False


class HtmlText(NamedTuple):
    """What a page or a part of it says."""

    text: str
    hidden: tuple[str, ...] = ()
    """Stretches that are in the page and not shown."""
    links: tuple[Link, ...] = ()
    images: tuple[Image, ...] = ()

    def passages(self, locator: str, role: Role = Role.BODY) -> tuple[Passage, ...]:
        """The words as passages: the text in ``role``, hidden stretches, and alt texts of pictures."""
        found = [Passage(role, locator, self.text)] if self.text else []
        found += [Passage(Role.HIDDEN, f"{locator}/hidden[{at}]", text) for at, text in enumerate(self.hidden)]
        found += [
            Passage(Role.CAPTION, f"{locator}/img[{at}]", one.alt) for at, one in enumerate(self.images) if one.alt
        ]
        return tuple(found)

    def pictures(self, locator: str) -> tuple[Picture, ...]:
        """The pictures; the bytes of those that stand in the page itself, the place of all others."""
        return tuple(picture_of(one, f"{locator}/img[{at}]") for at, one in enumerate(self.images))


def html_text(html: str, *, alt_as_text: bool = False) -> HtmlText:
    """What ``html``, a page or a fragment, says. Raises NotReadError where it is too big, too deep or too much."""
    root = parse(html).root
    return HtmlText("") if root is None else node_text(root, alt_as_text=alt_as_text)


def parse(html: str) -> LexborHTMLParser:
    """The tree of ``html``, after its depth was bounded: the parser's time grows with the square of it."""
    from selectolax.lexbor import LexborHTMLParser

    if len(html) > MAX_FILE:
        raise NotReadError(Why.TOO_BIG, f"{len(html)} > {MAX_FILE}")
    if html.count("<") > _FEW_TAGS or _long_stretch(html):
        _check_bounds(_without_scripts(html))
    clean = _MARKS.sub("\ufffd", html) if any(mark in html for mark in _ALL_MARKS) else html
    return LexborHTMLParser(clean.encode(errors="replace"))


def node_text(root: LexborNode, *, alt_as_text: bool = False) -> HtmlText:
    """What the part below ``root`` says; a style of ``root`` itself hides nothing."""
    special = _special(root)
    images = tuple(_images([node for node, kind in special if kind == "img"], alt_as_text))
    links = tuple(_links([node for node, kind in special if kind == "a"]))
    for node, kind in special:
        if kind in _AROUND:
            before, after = _AROUND[kind]
            node.insert_before(before)
            node.insert_after(after)
    text, hidden = _resolved(root.text())
    return HtmlText(text, hidden, links, images)


def picture_of(image: Image, locator: str) -> Picture:
    """An image as a Picture, with its bytes where they stand in the address itself (``data:``)."""
    if not image.src.startswith("data:"):
        name = image.src.split("?")[0].rsplit("/", 1)[-1]
        return Picture(locator, name=name, href=image.src, ai_marked=image.ai_marked)
    return Picture(locator, name="data", data=_inline(image.src), ai_marked=image.ai_marked)


def lines(text: str) -> str:
    """``text`` taken out of a tree, with blanks as a browser shows them."""
    return _BREAKS.sub("\n", _SPACE.sub(" ", text)).strip(" \n")


def _special(root: LexborNode) -> list[tuple[LexborNode, str]]:
    """The elements below ``root`` that matter: few of them, for keeping each one costs."""
    kind_of = _KINDS.get
    found = [(node, kind) for node in islice(root.traverse(), 1, None) if (kind := kind_of(node.tag or ""))]
    styles = _Styles()
    styled = ((node, node.attributes) for node in root.css("[style],[hidden]"))
    unseen = [(node, said) for node, said in styled if styles[said.get("style") or ""] or "hidden" in said]
    return found + [
        (node, "hide") for node, said in unseen if said.get("id") != "js_content" and node.mem_id != root.mem_id
    ]


class _Styles(dict[str, bool]):
    """Whether a style hides what it stands on; each is looked at once, for they repeat."""

    def __missing__(self, style: str) -> bool:
        self[style] = found = _UNSEEN.search(style) is not None
        return found


def _resolved(raw: str) -> tuple[str, tuple[str, ...]]:
    """The shown text and the hidden stretches of a text with marks."""
    raw = _SPACE.sub(" ", raw)
    if _HIDE not in raw and _DROP not in raw:
        return lines(raw), ()
    shown: list[str] = []
    hidden: list[str] = []
    dropping = hiding = 0
    for piece in _PIECES.split(raw):
        if piece in (_DROP, _KEEP):
            dropping += 1 if piece == _DROP else -1
        elif piece in (_HIDE, _SHOW):
            hiding += 1 if piece == _HIDE else -1
            hidden += [""] if piece == _HIDE and hiding == 1 else []
        elif hiding and not dropping:
            hidden[-1] += piece
        elif not dropping:
            shown.append(piece)
    return lines("".join(shown)), tuple(text for text in map(lines, hidden) if text)


def _images(found: list[LexborNode], alt_as_text: bool) -> Iterator[Image]:
    _bound(len(found), "pictures")
    for node in found:
        attributes = node.attributes
        alt = attributes.get("alt") or ""
        if alt_as_text:
            node.insert_before(alt)
        src = _address(attributes.get("src") or "", attributes.get("data-src") or "")
        if src:
            yield Image(src, "" if alt_as_text else alt, attributes.get("data-aistatus") == "1")


def _address(src: str, later: str) -> str:
    """Where a picture is: the copy beside the page if there is one, else what a script would load."""
    local = src and ":" not in src and not src.startswith("//")
    return src if local or not later else later


def _links(found: list[LexborNode]) -> Iterator[Link]:
    _bound(len(found), "links")
    for at, node in enumerate(found):
        href = (node.attributes.get("href") or "").strip()
        if href and not href.lower().startswith("javascript:"):
            yield Link(href, lines(node.text()), f"a[{at}]")


def _bound(number: int, what: str) -> None:
    if number > MAX_PICTURES:
        raise NotReadError(Why.TOO_MANY, f"{number} {what}")


def _inline(address: str) -> bytes | None:
    head, _, body = address.partition(",")
    if len(body) > MAX_PICTURE * 2:
        return None
    try:
        return base64.b64decode(unquote_to_bytes(body), validate=False) if ";base64" in head else unquote_to_bytes(body)
    except (binascii.Error, ValueError):
        return None


def _check_bounds(tags: str) -> None:
    if tags.count("<") > _FEW_TAGS and _too_deep(tags):
        raise NotReadError(Why.TOO_DEEP, f"> {MAX_HTML_DEPTH}")
    if _too_wide(tags):
        raise NotReadError(Why.TOO_MANY, f"> {_MOST_ATTRIBUTES} attributes")


def _long_stretch(html: str) -> bool:
    """Whether there is a stretch without a tag's beginning so long that it may be a tag of far too many attributes."""
    return any(html.find("<", at, at + _STRETCH) < 0 for at in range(0, len(html) - _STRETCH, _STRETCH))


def _without_scripts(html: str) -> str:
    """``html`` without what most likely is script or style: good for an estimate, never for what is audited."""
    for opening, closing in _SCRIPTS:
        kept, start = [], 0
        while (at := html.find(opening, start)) >= 0 and (end := html.find(closing, at)) >= 0:
            kept.append(html[start:at])
            start = end
        html = "".join([*kept, html[start:]])
    return html


def _too_deep(html: str) -> bool:
    """Whether elements that must be closed are open more than the limit at once, by their tags alone."""
    tags = [tag.lower() for tag in _TAG.findall(html)]
    if sum(1 for tag in tags if tag[0] != "/" and tag not in _CLOSES_ITSELF) <= MAX_HTML_DEPTH:
        return False
    open_tags: Counter[str] = Counter()
    depth = 0
    for tag in tags:
        if tag[0] != "/" and tag not in _CLOSES_ITSELF:
            open_tags[tag] += 1
            depth += 1
            if depth > MAX_HTML_DEPTH:
                return True
        elif open_tags[tag[1:]] > 0:
            open_tags[tag[1:]] -= 1
            depth -= 1
    return False


def _too_wide(html: str) -> bool:
    """Whether a tag has more attributes than any page: the parser's time grows with the square of them."""
    long = (piece.partition(">")[0] for piece in html.split("<") if len(piece) > _STRETCH)
    return any(len(_QUOTED.sub("", tag).split()) > _MOST_ATTRIBUTES for tag in long)
