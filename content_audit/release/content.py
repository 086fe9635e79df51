"""What is approved of a post, so that docx, WeChat draft and published page of one post agree. Pure.

Two digests. ``exact`` is that of the draft's bytes. ``content`` is that of what readers get: title and body as one
folded stream, links, account, pictures. Editors insert blanks, drop a byte order mark, turn ``：`` into ``:``: the
fold takes out blanks and invisible characters and makes widths one. It takes out nothing that changes the meaning.
What a medium adds or leaves out (summary, author, topic, caption, header) stands in ``extras``: each must have been
approved, or be words of the approved text. So does the cover: it must have been approved as such, or be one of the
approved pictures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from content_audit.media.near import LIKE, distance
from content_audit.model import Post, Role
from zhongbao_core.canonical import canonical, digest

if TYPE_CHECKING:
    from dataclasses import dataclass
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple, dataclass

FORMAT = "zhongbao-post-content/1"
STREAM = (Role.BODY, Role.ALERT, Role.BUTTON, Role.STRING, Role.SUBTITLE, Role.QUOTED)
EXTRAS = (Role.HEADLINE, Role.DIGEST, Role.TOPIC, Role.AUTHOR, Role.CAPTION, Role.MARGIN)
_VOLATILE = frozenset(
    {"chksm", "scene", "sessionid", "subscene", "ascene", "clicktime", "enterid", "from", "wx_header"}
)
"""Parameters that WeChat adds to a link to its own pages each time it is shown."""
_NOTHING = dict.fromkeys((0x200B, 0x2060, 0xFEFF, 0x00AD, 0xFE0F, 0xFE0E))
_WIDE = {point: point - 0xFEE0 for point in range(0xFF01, 0xFF5F)}
_TABLE: dict[int, int | None] = {**_WIDE, **_NOTHING, 0x2011: 0x2D}
"""The hyphen at which no line breaks is what Word keeps as a mark of its own: a hyphen."""


class Seen(NamedTuple):
    """A picture as far as it can be compared. Empty where the export does not hold it."""

    pixels: str = ""
    """``sha256:`` of size and pixels: the same picture, however it is stored."""
    likeness: str = ""
    """pHash, sixteen hexadecimal digits."""
    gradient: str = ""
    """dHash, sixteen hexadecimal digits: confirms a likeness."""
    href: str = ""
    words: str | None = None
    """Folded words in it; None where nobody could read them."""
    codes: tuple[str, ...] | None = None
    """What its QR and bar codes say; None where nobody looked."""

    @property
    def name(self) -> str:
        """What stands for it in the content digest."""
        return self.pixels or self.href or "unseen"


@dataclass(frozen=True, slots=True)
class Content:
    """What readers get of a post."""

    account: str
    title: str
    stream: str
    """Title and body, folded."""
    links: tuple[str, ...]
    pictures: tuple[Seen, ...]
    extras: tuple[tuple[str, str], ...] = ()
    """(role, folded words)."""
    cover: Seen | None = None
    """The picture in lists and shared cards; None where the draft or page has none."""

    def digest(self, pictures: Sequence[str] | None = None) -> str:
        """The ``content`` digest; ``pictures`` are the names to use where they were matched with approved ones."""
        names = [item.name for item in self.pictures] if pictures is None else list(pictures)
        return digest(canonical({"format": FORMAT, "text": self.text_digest, "pictures": names}))

    @property
    def text_digest(self) -> str:
        """The digest of everything but the pictures: by it an approval is looked up."""
        body = {"account": self.account, "stream": self.stream, "links": list(self.links)}
        return digest(canonical({"format": FORMAT, **body}))

    def as_json(self) -> dict[str, Any]:
        """What is kept beside the ledger, so that a changed page can be told word by word."""
        return {
            "format": FORMAT,
            "account": self.account,
            "title": self.title,
            "stream": self.stream,
            "links": list(self.links),
            "pictures": [_picture_json(item) for item in self.pictures],
            "extras": [list(item) for item in self.extras],
            "cover": _picture_json(self.cover) if self.cover else None,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Content:
        """The content of ``as_json``. Raises KeyError, TypeError or ValueError where it is not one."""
        if value["format"] != FORMAT:
            raise ValueError(f"format {value['format']!r}")
        pictures = tuple(_picture_of(item) for item in value["pictures"])
        extras = tuple((role, words) for role, words in value["extras"])
        cover = None if value["cover"] is None else _picture_of(value["cover"])
        return cls(value["account"], value["title"], value["stream"], tuple(value["links"]), pictures, extras, cover)


def _picture_json(item: Seen) -> dict[str, Any]:
    return {**item._asdict(), "codes": None if item.codes is None else list(item.codes)}


def _picture_of(row: Mapping[str, Any]) -> Seen:
    return Seen(**{**row, "codes": None if row["codes"] is None else tuple(row["codes"])})


def content_of(
    post: Post, account: str, pictures: Sequence[Seen], own: Iterable[str] = (), cover: Seen | None = None
) -> Content:
    """What readers get of ``post`` on the account with the id ``account``; ``pictures`` as somebody saw them.

    ``own`` are the account's names: a medium shows them as author, which adds nothing. Remarks, tracked deletions and
    hidden text are not published and not part of it: the audit looks at them.
    """
    title = fold(post.title)
    body = fold("".join(item.text for item in post.passages if item.role in STREAM))
    stream = body if title and body.startswith(title) else title + body
    extras = [(item.role.value, fold(item.text)) for item in post.passages if item.role in EXTRAS]
    names = {"", *(fold(name) for name in own)}
    kept = sorted({item for item in extras if item[1] not in names})
    links = sorted({found for link in post.links if (found := link_name(link.href))})
    return Content(account, title, stream, tuple(links), tuple(pictures), tuple(kept), cover)


def fold(text: str) -> str:
    """``text`` without blanks and invisible characters, full-width forms of ASCII made half-width."""
    return "".join(text.translate(_TABLE).split())


def link_name(href: str) -> str:
    """``href`` in the form in which two spellings of one link are equal; empty for what leads nowhere."""
    try:
        parts = urlsplit(href.strip())
    except ValueError:
        return href.strip()
    if parts.scheme.lower() == "javascript" or not (parts.scheme or parts.netloc or parts.path):
        return ""
    query = parts.query
    if parts.hostname == "mp.weixin.qq.com":
        query = "&".join(item for item in query.split("&") if item.partition("=")[0] not in _VOLATILE)
    path = "" if parts.path == "/" else parts.path
    scheme = "https" if parts.scheme.lower() in ("http", "https") else parts.scheme.lower()
    place = "" if parts.hostname == "mp.weixin.qq.com" or not parts.fragment else "#" + parts.fragment
    return f"{scheme}://{parts.netloc.lower()}{path}{'?' + query if query else ''}{place}"


def strangers(approved: Content, found: Content) -> tuple[tuple[str, str], ...]:
    """Extras of ``found`` that nobody approved: neither an approved extra nor words of the approved text."""
    known = {words for _, words in approved.extras}
    return tuple(item for item in found.extras if item[1] not in known and not _quoted(item[1], approved.stream))


def cover_known(approved: Content, found: Content) -> bool | None:
    """Whether the cover of ``found`` was approved, as such or as a picture. None where it cannot be told."""
    if found.cover is None:
        return True
    known = (*approved.pictures, *([approved.cover] if approved.cover else []))
    answers = {same_picture(item, found.cover) for item in known}
    if True in answers:
        return True
    return None if None in answers or not found.cover.pixels else False


def _quoted(words: str, stream: str) -> bool:
    """Whether ``words`` stand in the text; a summary cut off with dots counts by what stands before them."""
    bare = words.rstrip("….") or words
    return bare in stream


def match_pictures(approved: Sequence[Seen], found: Sequence[Seen]) -> Matched:
    """``found`` against ``approved``, in order: which approved picture each one is, and which could not be told."""
    names: list[str] = []
    foreign: list[int] = []
    unsure: list[int] = []
    for index, item in enumerate(found):
        against = approved[index] if index < len(approved) else None
        answer = False if against is None else same_picture(against, item)
        names.append(against.name if against is not None and answer is not False else item.name)
        if answer is None:
            unsure.append(index)
        elif not answer:
            foreign.append(index)
    return Matched(tuple(names), tuple(foreign), tuple(unsure), max(0, len(approved) - len(found)))


class Matched(NamedTuple):
    """How pictures compare with the approved ones."""

    names: tuple[str, ...]
    foreign: tuple[int, ...]
    """Places of pictures that are none of the approved."""
    unsure: tuple[int, ...]
    """Places of pictures that could not be compared."""
    missing: int
    """How many approved pictures are not there."""


MAX_WORDS = 4000
"""Words of a picture beyond which two readings that differ are not compared."""
NEARLY = 0.95
"""How much two readings of the same words have in common."""
_FIGURES = re.compile(r"[0-9]+(?:[.,:/-][0-9]+)*|[零〇一二三四五六七八九十百千万亿两]+")
CONFIRMED = 12
"""Bits in which the second hash, which only confirms, may differ."""


def same_picture(one: Seen, other: Seen) -> bool | None:
    """Whether the two are one picture: by pixels, by address, or by likeness with the same words and codes.

    None where it cannot be told: no bytes, or a likeness whose words or codes nobody read. Another code is another
    picture whether or not anybody could read its words.
    """
    if one.pixels and one.pixels == other.pixels:
        return True
    if one.href and one.href == other.href and not (one.pixels and other.pixels):
        return True
    if not one.likeness or not other.likeness:
        return None
    if distance(one.likeness, other.likeness) > LIKE:
        return False
    if distance(one.gradient, other.gradient, missing=0) > CONFIRMED:
        return False
    if None not in (one.codes, other.codes) and one.codes != other.codes:
        return False
    if one.words is None or other.words is None or None in (one.codes, other.codes):
        return None
    return _same_words(one.words, other.words)


def _same_words(one: str, other: str) -> bool | None:
    """Whether two readings are of the same words. None where a character or two differ and no figure does.

    So may a small print read twice: somebody must look.
    """
    if one == other:
        return True
    figures = (sorted(_FIGURES.findall(words)) for words in (one, other))
    if next(figures) != next(figures) or max(len(one), len(other)) > MAX_WORDS:
        return False
    return None if SequenceMatcher(None, one, other, autojunk=False).ratio() >= NEARLY else False
