"""HTML to the words a reader of the page sees: blocks on lines of their own, hidden words apart, links and pictures.

No element is cut out of the tree; only what scripts and styles say is, most of a saved page. Characters that stand in
no text (Unicode noncharacters) are set around blocks and around what is hidden or no text at all, the tree's text is
taken once, and the marks are resolved in it. The body of a WeChat article (``js_content``) is styled hidden until its
script runs: that is no hidden text.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
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
_SPACE = re.compile(r"[ \t\r\n\f]+")
_NO_BLANK = "\v"
"""What splitting bytes takes for a blank and HTML does not."""

_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body br center dd details dialog div dl dt fieldset figcaption figure footer "
        "form h1 h2 h3 h4 h5 h6 header hr legend li main nav ol option p pre section summary table td th tr ul video "
        "audio iframe",
    )
)
_NO_TEXT = frozenset(["script", "style", "template", "noscript", "head"])
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
    clean = _MARKS.sub("\ufffd", html) if any(mark in html for mark in _ALL_MARKS) else html
    data = clean.encode(errors="replace")
    _check_bounds(html, tags=len(data) - len(data.replace(b"<", b"")))  # twice as fast as counting
    return LexborHTMLParser(data)


def node_text(root: LexborNode, *, alt_as_text: bool = False) -> HtmlText:
    """What the part below ``root`` says; a style of ``root`` itself hides nothing."""
    blocks, hidden, silent, pictures, anchors = _elements(root)
    images = tuple(_images(pictures, alt_as_text))
    links = tuple(_links(anchors))
    for node in silent:
        if (words := node.first_child) is not None and words.is_text_node:
            words.decompose()
    _mark_blocks(blocks)
    _mark(silent, _DROP, _KEEP)
    _mark(hidden, _HIDE, _SHOW)
    return HtmlText(*_resolved(root.text()), links, images)


def _mark_blocks(nodes: list[LexborNode]) -> None:
    """A break on both sides of each; one between two of them is enough."""
    mark, (blocks, *_) = _BREAK.encode(), _tag_ids()
    for node in nodes:
        node.insert_before(mark)
        after = node.next
        if after is None or after.tag_id not in blocks:
            node.insert_after(mark)


def _mark(nodes: list[LexborNode], before: str, after: str) -> None:
    first, last = before.encode(), after.encode()
    for node in nodes:
        node.insert_before(first)
        node.insert_after(last)


def picture_of(image: Image, locator: str) -> Picture:
    """An image as a Picture, with its bytes where they stand in the address itself (``data:``)."""
    if not image.src.startswith("data:"):
        name = image.src.split("?")[0].rsplit("/", 1)[-1]
        return Picture(locator, name=name, href=image.src, ai_marked=image.ai_marked)
    return Picture(locator, name="data", data=_inline(image.src), ai_marked=image.ai_marked)


def lines(text: str) -> str:
    """``text`` taken out of a tree, with blanks as a browser shows them; bytes are split faster than by a pattern."""
    if _NO_BLANK in text:
        shown = _SPACE.sub(" ", text)
    else:
        shown = b" ".join(text.encode(errors="surrogatepass").split()).decode(errors="surrogatepass")
    return "\n".join([line for piece in shown.split(_BREAK) if (line := piece.strip(" "))])


class _Elements(NamedTuple):
    """The elements below a root that matter: few of them, for keeping each one costs."""

    blocks: list[LexborNode]
    hidden: list[LexborNode]
    silent: list[LexborNode]
    pictures: list[LexborNode]
    anchors: list[LexborNode]


def _elements(root: LexborNode) -> _Elements:
    found = _Elements([], [], [], [], [])
    blocks, silent, picture, anchor = _tag_ids()
    kinds = dict.fromkeys(blocks, found.blocks.append) | dict.fromkeys(silent, found.silent.append)
    kinds |= {picture: found.pictures.append, anchor: found.anchors.append}
    styles = _Styles()
    for node in islice(root.traverse(), 1, None):
        if (tag := node.tag_id) in kinds:
            kinds[tag](node)
        said = node.attributes
        if said and (styles[said.get("style")] or "hidden" in said) and said.get("id") != "js_content":
            found.hidden.append(node)
    return found


@cache
def _tag_ids() -> tuple[frozenset[int], frozenset[int], int, int]:
    """The parser's own numbers of blocks, of what is no text, of ``img`` and of ``a``: compared faster than names."""
    from selectolax.lexbor import LexborHTMLParser

    made = LexborHTMLParser("").create_node
    number = {name: made(name).tag_id for name in (*_BLOCKS, *_NO_TEXT, "img", "a")}
    return (
        frozenset(number[name] for name in _BLOCKS),
        frozenset(number[name] for name in _NO_TEXT),
        number["img"],
        number["a"],
    )


class _Styles(dict[str | None, bool]):
    """Whether a style hides what it stands on; each is looked at once, for they repeat."""

    def __missing__(self, style: str | None) -> bool:
        self[style] = found = style is not None and _UNSEEN.search(style) is not None
        return found


def _resolved(raw: str) -> tuple[str, tuple[str, ...]]:
    """The shown text and the hidden stretches of a text with marks."""
    kept, _ = _parted(raw, _DROP, _KEEP)
    shown, hidden = _parted("".join(kept), _HIDE, _SHOW)
    return lines("".join(shown)), tuple(text for stretch in hidden if (text := lines("".join(stretch))))


def _parted(raw: str, begin: str, end: str) -> tuple[list[str], list[list[str]]]:
    """The pieces outside ``begin`` and ``end``, which may be nested, and those of each stretch inside."""
    first, *pieces = raw.split(begin)
    outside, inside = [first], list[list[str]]()
    depth = 0
    for piece in pieces:
        if not depth:
            inside.append([])
        words, *others = piece.split(end)
        inside[-1].append(words)
        depth += 1
        for other in others:
            depth -= 1
            (inside[-1] if depth else outside).append(other)
    return outside, inside


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


def _check_bounds(html: str, tags: int) -> None:
    many = tags > _FEW_TAGS
    if many and (plain := _without_scripts(html)).count("<") > _FEW_TAGS and _too_deep(plain):
        raise NotReadError(Why.TOO_DEEP, f"> {MAX_HTML_DEPTH}")
    if (many or _long_stretch(html)) and _too_wide(html) and _too_wide(_without_scripts(html)):
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
    tags = (html[start:end].partition(">")[0] for start, end in _long_pieces(html))
    return any(len(_QUOTED.sub("", tag).split()) > _MOST_ATTRIBUTES for tag in tags)


def _long_pieces(html: str) -> Iterator[tuple[int, int]]:
    """Where more than a stretch lies between two tags' beginnings; what is shorter is stepped over unseen."""
    start = 0
    while start + _STRETCH < len(html):
        last = html.rfind("<", start, start + _STRETCH + 1)
        if last < 0:
            last = html.find("<", start)
            last = len(html) if last < 0 else last
            yield start, last
        start = last + 1
