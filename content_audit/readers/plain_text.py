"""Drafts that are text: plain text and Markdown. The body is the file from its first to its last code point.

What stands in the front matter or in the first heading is taken as a passage of its own and blanked in the body, so
that offsets stay those of the file and nothing is found twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from content_audit.model import CHANNELS, Channel, Facts, Link, Passage, Picture, Post, Role, Source, Unread, Why
from content_audit.readers.encoding import decode, head_text
from content_audit.readers.limits import MAX_PICTURES, NotReadError
from content_audit.readers.registry import LIKELY, MAYBE, NO, SURE
from content_audit.readers.times import instant
from zhongbao_core.text import Text

STDIN = "-"
_FRONT = re.compile(r"---[ \t]*\r?\n(.{0,65536}?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_KEY = re.compile(r"^([^\s:#\-][^:\n]{0,60}?)[ \t]*[:：][ \t]*(.*?)[ \t\r]*$", re.MULTILINE)
_HEADING = re.compile(r"\s*#[ \t]+([^\n]*?)[ \t]*#*[ \t]*\r?(?:\n|\Z)")
_LINK = re.compile(
    r"(!?)\[([^\[\]\n]{0,500})\]\([ \t]*<?([^\s()<>]{1,2000})>?(?:[ \t]+[\"'][^\"'\n]{0,500}[\"'])?[ \t]*\)"
)
_AUTO = re.compile(r"<(https?://[^\s<>]{1,2000})>|(?<![(<\"'\w])(https?://[^\s<>()\"'，。；、）】》]{1,2000})")
_TAGGED = re.compile(r"<img\b[^<>]{0,2000}?\bsrc\s*=\s*[\"']([^\"'<>]{1,2000})[\"']", re.IGNORECASE)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_ROLES = {
    "title": Role.TITLE, "标题": Role.TITLE, "author": Role.AUTHOR, "作者": Role.AUTHOR,
    "summary": Role.DIGEST, "description": Role.DIGEST, "digest": Role.DIGEST, "摘要": Role.DIGEST,
}  # fmt: skip
_ACCOUNT = ("account", "账号")
_CHANNEL = ("channel", "渠道")
_TIME = ("published_at", "date", "发布时间")


class Front(NamedTuple):
    """What the front matter says, in order: key, value, and where the value stands in the file."""

    items: tuple[tuple[str, str, int], ...] = ()
    end: int = 0

    def first(self, keys: tuple[str, ...]) -> str:
        """The value of the first of ``keys`` that is there."""
        return next((value for key, value, _ in self.items if key in keys and value), "")


class PlainText:
    """Reader of plain text."""

    name = "text"
    title = Text("纯文本", "plain text")

    def score(self, head: bytes, name: str) -> int:
        """Any text under a name that promises no format, or from standard input."""
        if not head_text(head).strip():
            return NO
        lower = name.lower()
        if lower.endswith((".txt", ".text")):
            return LIKELY
        return MAYBE if name == STDIN or "." not in lower.strip(".") else NO

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """One post, one passage: the file."""
        text = decode(data)
        links = tuple(Link(found[1] or found[2], "", f"@{found.start()}") for found in _AUTO.finditer(text))
        bounded(links)
        yield Post(
            id=str(source),
            source=source,
            channel="draft",
            passages=(Passage(Role.BODY, "", text),),
            links=links,
            facts=Facts(kind="document"),
        )


class Markdown:
    """Reader of Markdown with or without front matter."""

    name = "markdown"
    title = Text("Markdown", "Markdown")

    def score(self, head: bytes, name: str) -> int:
        """By its name, or by front matter with a title."""
        text = head_text(head)
        if not text.strip():
            return NO
        if any(key in _ROLES for key, _, _ in front_matter(text).items):
            return SURE
        return LIKELY if name.lower().endswith((".md", ".markdown", ".mdown")) else NO

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """The one post of the file; a channel or time that cannot be understood is said."""
        text = decode(data)
        front = front_matter(text)
        heading = None if front.first(("title", "标题")) else _HEADING.match(text, front.end)
        body = _blanked(text, 0, front.end)
        passages = list(_front_passages(front))
        if heading and heading[1]:
            passages.insert(0, Passage(Role.TITLE, f"@{heading.start(1)}", heading[1]))
            body = _blanked(body, heading.start(), heading.end())
        links, pictures = _links(text)
        post = Post(
            id=str(source),
            source=source,
            channel=channel_of(front.first(_CHANNEL)),
            passages=(*passages, Passage(Role.BODY, "", body)),
            account=front.first(_ACCOUNT),
            published_at=time_of(front.first(_TIME)),
            pictures=pictures,
            links=links,
            facts=Facts(kind="document"),
        )
        yield post
        yield from unclear(source, post.id, front.first(_CHANNEL), front.first(_TIME))


TEXT = PlainText()
MARKDOWN = Markdown()


def front_matter(text: str) -> Front:
    """The simple ``key: value`` lines between ``---``; nothing in them is executed, expanded or nested."""
    found = _FRONT.match(text)
    if found is None:
        return Front()
    items = []
    for line in _KEY.finditer(text, found.start(1), found.end(1)):
        value, start = line[2], line.start(2)
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value, start = value[1:-1], start + 1
        items.append((line[1].strip().lower(), value, start))
    return Front(tuple(items), found.end())


def channel_of(name: str) -> Channel:
    """The channel called ``name`` in either language; draft where nobody said or it is unknown."""
    return next((known for known, text in CHANNELS.items() if name in (known, text.zh, text.en)), "draft")


def time_of(value: str) -> datetime | None:
    """The instant a draft says it goes out at."""
    return instant(value)


def unclear(source: Source, post: str, channel: str, time: str) -> Iterator[Unread]:
    """What a draft says about itself and nobody understands: rules and registers are judged by it."""
    if channel and channel_of(channel) == "draft" and channel not in ("draft", *CHANNELS["draft"]):
        yield Unread(source, Why.BROKEN, f"channel {channel[:40]!r}", post, "channel")
    if time and time_of(time) is None:
        yield Unread(source, Why.BROKEN, f"time {time[:40]!r}", post, "published_at")


def bounded(found: tuple[Link, ...] | tuple[Picture, ...]) -> None:
    """Raises NotReadError(TOO_MANY) beyond what one post may hold."""
    if len(found) > MAX_PICTURES:
        raise NotReadError(Why.TOO_MANY, f"{len(found)} pictures or links")


def _front_passages(front: Front) -> Iterator[Passage]:
    """Titles, authors and summaries in their role; what else the front matter says is a remark."""
    facts = (*_ACCOUNT, *_CHANNEL, *_TIME)
    for key, value, start in front.items:
        if value and key not in facts:
            yield Passage(_ROLES.get(key, Role.COMMENT), f"{key}@{start}", value)


def _links(text: str) -> tuple[tuple[Link, ...], tuple[Picture, ...]]:
    code = _FENCE.sub(lambda found: " " * len(found[0]), text)
    links, pictures = [], []
    for found in _LINK.finditer(code):
        if found[1]:
            pictures.append(Picture(f"@{found.start()}", name=found[3].rsplit("/", 1)[-1][:200], href=found[3]))
        else:
            links.append(Link(found[3], found[2], f"@{found.start()}"))
    links += [Link(found[1] or found[2], "", f"@{found.start()}") for found in _AUTO.finditer(code)]
    pictures += [
        Picture(f"@{found.start()}", name=found[1].rsplit("/", 1)[-1][:200], href=found[1])
        for found in _TAGGED.finditer(code)
    ]
    bounded(tuple(links))
    bounded(tuple(pictures))
    return tuple(links), tuple(pictures)


def _blanked(text: str, start: int, end: int) -> str:
    """``text`` with blanks for what stands in [start, end); lines stay lines."""
    return text[:start] + re.sub(r"[^\r\n]", " ", text[start:end]) + text[end:]
