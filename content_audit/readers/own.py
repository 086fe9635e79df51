"""Our own JSONL: one post a line, and the same lines written from any post.

``id``, ``title``, ``text`` or ``html``, ``channel``, ``account``, ``published_at``, ``images``. What ``record`` writes
is read back with the same id, words, channel, account and time; passages beyond title and text, links and facts stand
under ``more``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path, PurePath
from typing import Any, BinaryIO

from content_audit.model import (
    CHANNELS,
    NO_FACTS,
    USES,
    Channel,
    Facts,
    Link,
    Passage,
    Picture,
    Post,
    Role,
    Source,
    Unread,
    Use,
    Why,
)
from content_audit.readers.encoding import head_text
from content_audit.readers.files import opened
from content_audit.readers.html_text import html_text
from content_audit.readers.jsontext import items, json_lines, load_json, obj, words
from content_audit.readers.limits import MAX_PICTURES, NotReadError
from content_audit.readers.registry import LIKELY, MAYBE, NO, SURE
from content_audit.readers.times import instant
from zhongbao_core.text import Text

_TEXTS = ("text", "html", "title")
_ROLES = {role.value: role for role in Role}
MAIN: dict[str, Role] = {"push": Role.ALERT, "app": Role.STRING, "video": Role.SUBTITLE}
"""What ``text`` is where it is not the body of a piece."""
_CHANNELS: dict[str, Channel] = {name: name for name in CHANNELS}
_FACTS = {field.name for field in fields(Facts)}


class OwnLines:
    """Reader of our own JSONL."""

    name = "jsonl"
    title = Text("本工具的 JSONL", "our own JSONL")

    def score(self, head: bytes, name: str) -> int:
        """By the keys of the first line."""
        first = head_text(head).lstrip("\ufeff \r\n").partition("\n")[0]
        if not first.startswith("{"):
            return NO
        try:
            record = load_json(first)
        except NotReadError:
            return LIKELY if name.lower().endswith((".jsonl", ".ndjson")) else NO
        if not isinstance(record, dict) or not any(isinstance(record.get(key), str) for key in _TEXTS):
            return LIKELY if isinstance(record, dict) and name.lower().endswith((".jsonl", ".ndjson")) else NO
        if isinstance(record.get("channel"), str) or name.lower().endswith((".jsonl", ".ndjson")):
            return SURE if "id" in record else LIKELY
        return MAYBE

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """One post a line."""
        from io import BytesIO

        yield from posts_in(BytesIO(data), source)

    def read_file(self, path: Path, source: Source) -> Iterator[Post | Unread]:
        """The same, streamed."""
        with opened(path) as file:
            yield from posts_in(file, source)


READER = OwnLines()


def post_of(record: object, source: Source) -> Post:
    """The post that a line says. Raises NotReadError where it is none."""
    if not isinstance(record, dict):
        raise NotReadError(Why.BROKEN, "not an object")
    channel = words(record, "channel") or "draft"
    if channel not in CHANNELS:
        raise NotReadError(Why.BROKEN, f"channel {channel[:40]!r}")
    passages, links, pictures = _content(record, channel)
    facts = NO_FACTS
    if more := obj(record, "more"):
        passages += [
            Passage(_ROLES[words(one, "role")], words(one, "locator"), words(one, "text"))
            for one in items(more, "passages")
            if words(one, "role") in _ROLES
        ]
        links += [_link(one) for one in items(more, "links")]
        facts = _facts(obj(more, "facts"))
    elif not passages and not pictures:
        raise NotReadError(Why.BROKEN, "no title, text, html or images")
    return Post(
        id=words(record, "id") or str(source),
        source=source,
        channel=_channel(channel),
        passages=tuple(passages),
        account=words(record, "account"),
        published_at=_time(record),
        url=words(record, "url"),
        pictures=tuple(pictures),
        links=tuple(links),
        facts=facts,
    )


def record_of(post: Post) -> dict[str, Any]:
    """``post`` as a line of our own JSONL; pictures by name or address, never their bytes."""
    main = MAIN.get(post.channel, Role.BODY)
    title = next((at for at, one in enumerate(post.passages) if one.role is Role.TITLE), -1)
    body = [one.text for one in post.passages if one.role is main]
    rest = [one for at, one in enumerate(post.passages) if at != title and one.role is not main]
    found: dict[str, Any] = {"id": post.id, "channel": post.channel}
    found |= {"title": post.passages[title].text} if title >= 0 else {}
    found |= {"text": "\n".join(body)} if body else {}
    found |= {"account": post.account} if post.account else {}
    found |= {"published_at": post.published_at.isoformat()} if post.published_at else {}
    found |= {"url": post.url} if post.url else {}
    pictures = [one for one in post.pictures if one.href or one.name]
    found |= {"images": [one.href or one.name for one in pictures]} if pictures else {}
    more = _more(post, rest)
    if any(one.use != "body" for one in pictures):
        more["uses"] = [one.use for one in pictures]
    return found | ({"more": more} if more else {})


def line_of(post: Post, folder: Path) -> bytes:
    """``post`` as a line of a file in ``folder``: pictures that lie beside the source are named from there."""
    import orjson

    record = record_of(post)
    if "images" in record:
        beside = os.path.relpath(Path(post.source.path).parent, folder)
        record["images"] = [_from(beside, image) for image in record["images"]]
    return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)


def _from(beside: str, image: str) -> str:
    away = ":" in image or image.startswith(("/", "\\")) or beside == "."
    return image if away else PurePath(beside, image).as_posix()


def _more(post: Post, rest: list[Passage]) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if rest:
        more["passages"] = [{"role": one.role.value, "locator": one.locator, "text": one.text} for one in rest]
    if post.links:
        more["links"] = [{"href": one.href, "shown": one.shown, "locator": one.locator} for one in post.links]
    facts = {name: getattr(post.facts, name) for name in _FACTS}
    said = {name: value for name, value in sorted(facts.items()) if value != getattr(NO_FACTS, name)}
    return more | ({"facts": said} if said else {})


def posts_in(file: BinaryIO, source: Source, first: int = 1) -> Iterator[Post | Unread]:
    """The posts in a file of our own JSONL, or in a stretch of one that begins at line ``first``."""
    for found in json_lines(file, source, first):
        if isinstance(found, Unread):
            yield found
            continue
        place, record = found
        try:
            yield post_of(record, place)
        except NotReadError as error:
            yield error.unread(place, words(record, "id"))


def _content(record: dict[str, Any], channel: str) -> tuple[list[Passage], list[Link], list[Picture]]:
    title, text = words(record, "title"), words(record, "text")
    passages = [Passage(Role.TITLE, "title", title)] if title else []
    links: list[Link] = []
    pictures = list(_images(record)) if record.get("images") else []
    if html := words(record, "html"):
        page = html_text(html)
        passages += page.passages("html")
        links += page.links
        pictures += page.pictures("html")
    if text:
        passages.append(Passage(MAIN.get(channel, Role.BODY), "text", text))
    return passages, links, pictures


def _images(record: dict[str, Any]) -> Iterator[Picture]:
    found = items(record, "images")
    if len(found) > MAX_PICTURES:
        raise NotReadError(Why.TOO_MANY, f"{len(found)} images")
    uses: Sequence[object] = items(obj(record, "more"), "uses")
    uses = uses if len(uses) == len(found) else ["body"] * len(found)
    for at, (image, use) in enumerate(zip(found, uses, strict=True)):
        if isinstance(image, str) and image:
            shown: Use = next((one for one in USES if one == use), "body")
            yield Picture(f"images[{at}]", name=image.rsplit("/", 1)[-1], href=image, use=shown)


def _channel(name: str) -> Channel:
    return _CHANNELS[name]


def _time(record: dict[str, Any]) -> Any:
    value = record.get("published_at")
    if value is None:
        return None
    found = instant(value)
    if value not in (None, "") and found is None:
        raise NotReadError(Why.BROKEN, f"published_at {str(value)[:40]!r}")
    return found


def _link(value: object) -> Link:
    return Link(words(value, "href"), words(value, "shown"), words(value, "locator"))


def _facts(said: dict[str, Any]) -> Facts:
    """Facts as they were written; one of another type than it should be is left out."""
    if not said:
        return NO_FACTS
    known: dict[str, Any] = {}
    for name in _FACTS & said.keys():
        value, default = said[name], getattr(NO_FACTS, name)
        if isinstance(default, tuple):
            known[name] = tuple(one for one in items(said, name) if isinstance(one, str))
        elif isinstance(value, bool) if default is None or isinstance(default, bool) else type(value) is type(default):
            known[name] = value
    return Facts(**known)
