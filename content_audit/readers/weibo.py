"""What all Weibo exports share: one status, by whatever names its fields came, as a Post.

The text is split where its parts follow different rules: 【】 at the head is the headline; what a re-post carries along
is quoted. Topics stay in the sentence they are part of and are listed among the facts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from content_audit.model import Facts, Link, Passage, Picture, Post, Role, Source, Why
from content_audit.readers.limits import MAX_PICTURES, NotReadError
from content_audit.readers.times import instant

_HEADLINE = re.compile(r"\s*【[^】\n]{1,200}】")
_TOPIC = re.compile(r"#([^#\n]{1,140})#")
_MENTION = re.compile(r"@([\w\-·]{2,30})")
_TRUE = frozenset(["1", "true", "yes", "是"])
_FALSE = frozenset(["0", "false", "no", "否"])


@dataclass(frozen=True, slots=True)
class Status:
    """The fields of one status, as text, whatever export they came from."""

    id: str = ""
    text: str = ""
    called: str = "text"
    """What the text is called in the export, for locators."""
    account: str = ""
    time: str | datetime | None = None
    user: str = ""
    bid: str = ""
    pictures: str | tuple[str, ...] = ""
    video: str = ""
    article: str = ""
    topics: str = ""
    mentions: str = ""
    original: str = ""
    edits: str = ""
    links: tuple[Link, ...] = ()
    quoted: Status | None = None
    ai_marked: bool | None = None
    extra: tuple[Passage, ...] = ()
    removed: str = ""


def post(status: Status, source: Source) -> Post:
    """``status`` as a Post. Raises NotReadError where it has neither words nor pictures."""
    pictures = _pictures(status)
    passages = [] if status.removed else [*split(status.text, status.called), *status.extra]
    if status.quoted is not None:
        passages += _quoted(status.quoted)
        pictures += _pictures(status.quoted, "retweet.")
    if not passages and not pictures and not status.video and not status.removed:
        raise NotReadError(Why.BROKEN, "a status without words")
    return Post(
        id=status.id or status.bid or str(source),
        source=source,
        channel="weibo",
        passages=tuple(passages),
        account=status.account,
        published_at=instant(status.time),
        url=_url(status),
        pictures=tuple(pictures),
        links=status.links + _article(status),
        facts=_facts(status),
    )


def split(text: str, field: str) -> tuple[Passage, ...]:
    """The headline and the rest of a status, nothing lost: each says in its locator where in the field it begins."""
    found = _HEADLINE.match(text)
    if not found:
        return (Passage(Role.BODY, field, text),) if text else ()
    end = found.end()
    head = Passage(Role.HEADLINE, field, text[:end])
    return (head, Passage(Role.BODY, f"{field}[{end}:]", text[end:])) if text[end:] else (head,)


def flag(value: str) -> bool | None:
    """A yes or no as exports write it; None where it says neither."""
    word = value.strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None


def _quoted(status: Status) -> list[Passage]:
    words = Passage(Role.QUOTED, f"retweet.{status.called}", status.text)
    return [words] if status.text else []


def _pictures(status: Status, under: str = "") -> list[Picture]:
    found = status.pictures.split(",") if isinstance(status.pictures, str) else status.pictures
    addresses = [one.strip() for one in found if one.strip() and one.strip() not in ("无", "None")]
    if len(addresses) > MAX_PICTURES:
        raise NotReadError(Why.TOO_MANY, f"{len(addresses)} pictures")
    return [
        Picture(f"{under}pics[{at}]", name=one.split("?")[0].rsplit("/", 1)[-1], href=one)
        for at, one in enumerate(addresses)
    ]


def _article(status: Status) -> tuple[Link, ...]:
    return (Link(status.article, "", "article_url"),) if "://" in status.article else ()


def _url(status: Status) -> str:
    if status.user and status.bid:
        return f"https://weibo.com/{status.user}/{status.bid}"
    return f"https://m.weibo.cn/detail/{status.id}" if status.id.isascii() and status.id.isdigit() else ""


def _facts(status: Status) -> Facts:
    original = flag(status.original) if status.original else None if status.quoted is None else False
    listed = [name.strip() for name in status.topics.split(",") if name.strip()]
    edits = status.edits.strip()
    return Facts(
        kind="reshare" if status.quoted is not None or original is False else "status",
        original=original,
        reshared_from=status.quoted.account if status.quoted is not None else "",
        mentions=_unique(_names(status.mentions) + _MENTION.findall(status.text)),
        topics=_unique(listed + _TOPIC.findall(status.text)),
        ai_marked=status.ai_marked,
        removed=status.removed,
        edits=int(edits) if edits.isascii() and edits.isdigit() and len(edits) < 9 else 0,
        has_video=bool(status.video.strip() not in ("", "无")),
    )


def _names(listed: str) -> list[str]:
    return [name.strip().lstrip("@") for name in listed.split(",") if name.strip()]


def _unique(found: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))
