"""Weibo exports that are JSON: weibo-crawler, weiboSpider, and statuses as the web interfaces answer them.

Statuses are found wherever they stand in an answer; only the two tools' files say whose they are at the top.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from content_audit.model import Link, Passage, Post, Role, Source, Unread, Why
from content_audit.readers import weibo
from content_audit.readers.html_text import HtmlText, html_text
from content_audit.readers.jsontext import at, below, documents, items, json_head, obj, words
from content_audit.readers.limits import MAX_RECORDS, NotReadError
from content_audit.readers.registry import NO, SURE
from content_audit.readers.weibo import Status
from content_audit.readers.weibo_table import status_of
from zhongbao_core.text import Text

_MARKS = re.compile(
    r'"(mblogid|retweeted_status|isLongText|text_raw|reposts_count|attitudes_count|publish_tool|up_num|at_users|pic_ids)"\s*:'
)
_SIGNS = ("created_at", "publish_time", "user", "screen_name", "reposts_count", "bid", "mblogid", "publish_tool")
_TEXTS = ("text", "text_raw", "content")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


class WeiboJson:
    """Reader of all of them."""

    name = "weibo-json"
    title = Text(
        "微博 JSON（weibo-crawler、weiboSpider、接口）", "Weibo JSON of weibo-crawler, weiboSpider and the API"
    )

    def score(self, head: bytes, name: str) -> int:
        """By at least two keys that only statuses have."""
        return SURE if len(set(_MARKS.findall(json_head(head)))) > 1 else NO

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """One post a status."""
        for found in documents(data, source):
            if isinstance(found, Unread):
                yield found
                continue
            place, value = found
            account = words(value, "user", "screen_name") or words(value, "user", "nickname")
            for count, (path, status) in enumerate(_statuses(value)):
                if count >= MAX_RECORDS:
                    raise NotReadError(Why.TOO_MANY, f"> {MAX_RECORDS} statuses")
                yield from _posts(status, account, below(place, path))


READER = WeiboJson()


def _posts(value: dict[str, Any], account: str, source: Source) -> Iterator[Post | Unread]:
    try:
        status = _status(value)
        post = weibo.post(status if status.account else replace(status, account=account), source)
    except NotReadError as error:
        yield error.unread(source, words(value, "idstr") or words(value, "id"))
        return
    yield post
    if value.get("isLongText") is True and not words(value, "longText", "longTextContent") and not status.removed:
        yield Unread(source, Why.BROKEN, "isLongText without longText: the end of the text is missing", post.id)


def _statuses(value: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every status below ``value``, with its path, in order; never one inside another."""
    open_values: list[tuple[str, object]] = [("", value)]
    while open_values:
        path, found = open_values.pop()
        if isinstance(found, dict) and _is_status(found):
            yield path, found
        elif isinstance(found, dict):
            open_values += [(f"{path}.{key}" if path else key, found[key]) for key in reversed(found) if key != "user"]
        elif isinstance(found, list):
            open_values += [(f"{path}[{index}]", found[index]) for index in range(len(found) - 1, -1, -1)]


def _is_status(found: dict[str, Any]) -> bool:
    return (
        any(name in found for name in _TEXTS)
        and ("id" in found or "mid" in found)
        and any(name in found for name in _SIGNS)
    )


def _status(value: dict[str, Any]) -> Status:
    """A status of the API where it has a user of its own or its texts, else a row of one of the tools."""
    if isinstance(value.get("user"), dict) or "text_raw" in value or "isLongText" in value:
        return _api_status(value)
    quoted = _status(obj(value, "retweet")) if obj(value, "retweet") else None
    cells = {key: "true" if one is True else "false" if one is False else words(one) for key, one in value.items()}
    listed = items(value, "links")
    links = tuple(Link(link, "", f"links[{index}]") for index, link in enumerate(listed) if isinstance(link, str))
    return replace(status_of(cells, quoted=quoted), links=links)


def _api_status(value: dict[str, Any]) -> Status:
    called, page = _words(value)
    removed = page.text if words(value, "deleted") == "1" or value.get("deleted") is True else ""
    return Status(
        id=words(value, "idstr") or words(value, "mid") or words(value, "id"),
        bid=words(value, "mblogid") or words(value, "bid"),
        text=page.text,
        called=called,
        account=words(value, "user", "screen_name"),
        user=words(value, "user", "idstr") or words(value, "user", "id"),
        time=words(value, "created_at"),
        pictures=tuple(_pictures(value)),
        video=_video(value),
        topics=",".join(words(one, "topic_title") for one in items(value, "topic_struct")),
        edits=words(value, "edit_count"),
        links=page.links + _card_links(value),
        quoted=_api_status(obj(value, "retweeted_status")) if obj(value, "retweeted_status") else None,
        extra=tuple(_card(value)),
        removed=removed,
    )


def _words(value: dict[str, Any]) -> tuple[str, HtmlText]:
    """The fullest text there is, with its name. Plain ones stay as they are, with the blanks at their end."""
    names = ("longText.longTextContent", "text_raw", "text")
    texts = (words(value, *name.split(".")) for name in names)
    called, text = next(((name, text) for name, text in zip(names, texts, strict=True) if text), ("text", ""))
    if called == "text_raw" or not _TAG.search(text):
        return called, HtmlText(text)
    return called, html_text(text, alt_as_text=True)


def _pictures(value: dict[str, Any]) -> Iterator[str]:
    for one in items(value, "pic_urls"):
        yield words(one, "thumbnail_pic").replace("/thumbnail/", "/large/")
    for one in items(value, "pics"):
        yield words(one, "large", "url") or words(one, "url")
    infos = obj(value, "pic_infos")
    listed = [name for name in items(value, "pic_ids") if isinstance(name, str)] or list(infos)
    for name in listed:
        sizes = (words(infos, name, size, "url") for size in ("original", "largest", "large", "bmiddle", "thumbnail"))
        yield next((address for address in sizes if address), "") or (name if not items(value, "pics") else "")


def _video(value: dict[str, Any]) -> str:
    kind = words(value, "page_info", "type") or words(value, "page_info", "object_type")
    return "video" if kind in ("video", "live") or at(value, "page_info", "media_info") else ""


def _card(value: dict[str, Any]) -> Iterator[Passage]:
    """The words of the card under a status."""
    for name in ("page_title", "content1", "content2"):
        if text := words(value, "page_info", name):
            yield Passage(Role.CAPTION, f"page_info.{name}", text)


def _card_links(value: dict[str, Any]) -> tuple[Link, ...]:
    address = words(value, "page_info", "page_url")
    return (Link(address, words(value, "page_info", "page_title"), "page_info.page_url"),) if "://" in address else ()
