"""WeChat articles as JSON: what the official API answers, and what wechat-article-exporter writes.

Either way an item is one post; a message of several articles is several posts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

from content_audit.model import Facts, Link, Passage, Picture, Post, Role, Source, Unread, Why
from content_audit.readers import wechat
from content_audit.readers.jsontext import below, documents, items, json_head, number, obj, words
from content_audit.readers.limits import MAX_RECORDS, NotReadError
from content_audit.readers.registry import NO, SURE
from content_audit.readers.times import instant
from zhongbao_core.text import Text

_API = re.compile(r'"news_item"\s*:\s*\[')
_EXPORTER = re.compile(r'"(?:appmsgid|itemidx|copyright_stat|appmsg_album_infos)"\s*:')
_DELETED = "已删除（is_deleted）"


class OfficialApi:
    """Reader of freepublish/batchget, draft/batchget, draft/get and material answers."""

    name = "wechat-api"
    title = Text("公众号官方接口 JSON", "WeChat official account API JSON")

    def score(self, head: bytes, name: str) -> int:
        """By the key ``news_item``."""
        return SURE if _API.search(json_head(head)) else NO

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """One post an article."""
        for found in documents(data, source):
            if isinstance(found, Unread):
                yield found
            else:
                yield from _messages(found[1], found[0])


class Exporter:
    """Reader of wechat-article-exporter's JSON."""

    name = "wechat-exporter"
    title = Text("公众号导出 JSON（wechat-article-exporter）", "JSON of wechat-article-exporter")

    def score(self, head: bytes, name: str) -> int:
        """By keys that only this export has."""
        return SURE if len(set(_EXPORTER.findall(json_head(head)))) > 1 else NO

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """One post an article."""
        for found in documents(data, source):
            if isinstance(found, Unread):
                yield found
                continue
            place, value = found
            for at, article in enumerate(value if isinstance(value, list) else [value]):
                yield from _tried(article, below(place, f"[{at}]"), exported)


API = OfficialApi()
EXPORTER = Exporter()


def exported(article: Mapping[str, Any], source: Source) -> Iterator[Post | Unread]:
    """The post of one article as the exporter writes it."""
    locator = "content"
    body, cards = wechat.content(words(article, "content"))
    texts = [(Role.TITLE, "title"), (Role.AUTHOR, "author_name"), (Role.DIGEST, "digest")]
    yield Post(
        id=_exporter_id(article) or str(source),
        source=source,
        channel="wechat",
        passages=(*_texts(article, texts), *body.passages(locator), *cards.passages, *_comments(article)),
        account=words(article, "_accountName") or words(article, "nick_name"),
        published_at=instant(number(article, "update_time") or number(article, "create_time") or None),
        url=words(article, "link"),
        pictures=_cover(words(article, "cover") or words(article, "cover_img")) + body.pictures(locator),
        links=body.links + cards.links,
        facts=_exporter_facts(article, cards, any(image.ai_marked for image in body.images)),
    )


def _messages(value: object, source: Source) -> Iterator[Post | Unread]:
    """A page of messages, one message, or the articles of one."""
    messages = items(value, "item") if isinstance(value, dict) else value
    if not isinstance(messages, list) or not messages:
        messages = [value]
    if len(messages) > MAX_RECORDS:
        raise NotReadError(Why.TOO_MANY, f"{len(messages)} messages")
    for at, message in enumerate(messages):
        place = source if messages == [value] else below(source, f"item[{at}]")
        articles = items(message, "content", "news_item") or items(message, "news_item")
        if not articles and isinstance(message, dict) and "news_item" not in obj(message, "content"):
            yield Unread(place, Why.BROKEN, "no news_item")
        for index, article in enumerate(articles):
            made = _Message(message, len(articles), index)
            yield from _tried(article, below(place, f"news_item[{index}]"), made.posts)


class _Message:
    """A message and which of its articles is meant."""

    def __init__(self, message: object, number: int, index: int) -> None:
        self.message, self.number, self.index = message, number, index
        self.published = words(message, "article_id")
        self.id = self.published or words(message, "media_id")

    def posts(self, article: Mapping[str, Any], source: Source) -> Iterator[Post | Unread]:
        """The post of an article; only an item that was published has a time."""
        locator = f"news_item[{self.index}].content"
        body, cards = wechat.content(words(article, "content"))
        texts = [(Role.TITLE, "title"), (Role.AUTHOR, "author"), (Role.DIGEST, "digest")]
        part = f"_{self.index + 1}" if self.number > 1 else ""
        yield Post(
            id=(self.id + part if self.id else wechat.id_of_link(words(article, "url"))) or str(source),
            source=source,
            channel="wechat",
            passages=(*_texts(article, texts, f"news_item[{self.index}]."), *body.passages(locator), *cards.passages),
            published_at=self._time(),
            url=words(article, "url"),
            pictures=_cover(words(article, "thumb_url")) + body.pictures(locator) + _media(article),
            links=body.links + cards.links + _source_link(article),
            facts=_api_facts(article, cards, any(image.ai_marked for image in body.images)),
        )

    def _time(self) -> Any:
        times = obj(self.message, "content"), self.message
        found = (number(one, name) for name in ("create_time", "update_time") for one in times)
        return instant(next((one for one in found if one), None)) if self.published else None


def _tried(article: object, source: Source, make: Any) -> Iterator[Post | Unread]:
    try:
        if not isinstance(article, dict):
            raise NotReadError(Why.BROKEN, "not an object")
        yield from make(article, source)
    except NotReadError as error:
        yield error.unread(source, _exporter_id(article) if isinstance(article, dict) else "")


def _texts(article: Mapping[str, Any], texts: list[tuple[Role, str]], under: str = "") -> Iterator[Passage]:
    for role, name in texts:
        if text := unescape(words(article, name)):
            yield Passage(role, under + name, text)


def _comments(article: Mapping[str, Any]) -> Iterator[Passage]:
    """Published comments and the account's answers to them."""
    for at, comment in enumerate(items(article, "comments")):
        if text := words(comment, "content"):
            yield Passage(Role.COMMENT, f"comments[{at}].content", text)
        for index, answer in enumerate(items(comment, "reply_new", "reply_list")):
            if text := words(answer, "content"):
                yield Passage(Role.COMMENT, f"comments[{at}].reply_new.reply_list[{index}].content", text)


def _exporter_id(article: Mapping[str, Any]) -> str:
    linked = wechat.id_of_link(words(article, "link"))
    biz, aid = words(article, "fakeid"), words(article, "aid")
    if "_" in linked and linked.count("_") >= 2:
        return linked
    return (f"{biz}_{aid}" if biz and aid else aid) or linked


def _exporter_facts(article: Mapping[str, Any], cards: wechat.Cards, ai_marked: bool) -> Facts:
    stat, kind = words(article, "copyright_stat"), words(article, "item_show_type")
    albums = tuple(words(one, "title") for one in items(article, "appmsg_album_infos") if words(one, "title"))
    original = words(article, "copyright_type") == "1" if stat == "1" else False if stat else None
    return Facts(
        kind="reshare" if stat == "2" else wechat.KINDS.get(kind, "article"),
        original=original,
        reshared_from=words(article, "source_nickname") or words(article, "source_username"),
        partners=cards.partners,
        topics=albums,
        ai_marked=ai_marked or None,
        removed=_DELETED if article.get("is_deleted") in (True, 1) else "",
        has_video=cards.has_video or kind == "5",
    )


def _api_facts(article: Mapping[str, Any], cards: wechat.Cards, ai_marked: bool) -> Facts:
    return Facts(
        kind="pictures" if words(article, "article_type") == "newspic" else "article",
        partners=cards.partners,
        ai_marked=ai_marked or None,
        removed=_DELETED if article.get("is_deleted") in (True, 1) else "",
        has_video=cards.has_video,
    )


def _cover(address: str) -> tuple[Picture, ...]:
    return (Picture("cover", name="cover", href=address, use="cover"),) if address else ()


def _media(article: Mapping[str, Any]) -> tuple[Picture, ...]:
    """The pictures of a picture draft, which are named by their material's id alone."""
    names = [words(one, "image_media_id") for one in items(article, "image_info", "image_list")]
    return tuple(Picture(f"image_list[{at}]", name=name) for at, name in enumerate(names) if name)


def _source_link(article: Mapping[str, Any]) -> tuple[Link, ...]:
    address = words(article, "content_source_url")
    return (Link(address, "阅读原文", "content_source_url"),) if address else ()
