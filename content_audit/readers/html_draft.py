"""Drafts that are HTML: exports of editors, mails and pages that are no saved WeChat article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from content_audit.model import Facts, Passage, Post, Role, Source, Unread, Why
from content_audit.readers.encoding import decode, head_text
from content_audit.readers.html_text import lines, node_text, parse
from content_audit.readers.limits import NotReadError
from content_audit.readers.plain_text import channel_of, time_of, unclear
from content_audit.readers.registry import LIKELY, MAYBE, NO
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

_PAGE = re.compile(r"<!doctype\s+html|<html[\s>]|<body[\s>]", re.IGNORECASE)
_TAG = re.compile(r"<(?:p|div|span|section|h[1-6]|table|img|a|br|ul|article)\b[^<>]*>", re.IGNORECASE)
_REMARK = re.compile(r"<!--(.*?)-->", re.DOTALL)
_META = {"author": Role.AUTHOR, "description": Role.DIGEST}
_TOLD = {"account": "account", "channel": "channel", "published_at": "published_at"}


class HtmlDraft:
    """Reader of any HTML."""

    name = "html"
    title = Text("HTML 草稿", "HTML draft")

    def score(self, head: bytes, name: str) -> int:
        """By a page's own tags; a fragment by its name too."""
        text = head_text(head)
        if _PAGE.search(text[:4096]):
            return LIKELY
        if not _TAG.search(text):
            return NO
        return (
            LIKELY
            if name.lower().endswith((".html", ".htm", ".xhtml"))
            else (MAYBE if text.lstrip()[:1] == "<" else NO)
        )

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """The one post of the page."""
        html = decode(data)
        tree = parse(html)
        head = _head(tree)
        told = {key: value for key, value in head if key in _TOLD}
        remarks = [found[1].strip() for found in _REMARK.finditer(html)]
        body = node_text(tree.body) if tree.body is not None else None
        passages = [Passage(_META.get(key, Role.TITLE), f"head/{key}", value) for key, value in head if key not in told]
        passages += body.passages("body") if body else ()
        passages += [Passage(Role.COMMENT, f"comment[{at}]", text) for at, text in enumerate(remarks) if text]
        if not passages and not (body and body.images):
            raise NotReadError(Why.BROKEN, "a page without words")
        channel, time = told.get("channel", ""), told.get("published_at", "")
        yield Post(
            id=str(source),
            source=source,
            channel=channel_of(channel),
            passages=tuple(passages),
            account=told.get("account", ""),
            published_at=time_of(time),
            pictures=body.pictures("body") if body else (),
            links=body.links if body else (),
            facts=Facts(kind="document"),
        )
        yield from unclear(source, str(source), channel, time)


READER = HtmlDraft()


def _head(tree: LexborHTMLParser) -> list[tuple[str, str]]:
    """The title and the meta lines that are shown somewhere or say where the page goes."""
    title = tree.css_first("head > title")
    found = [("title", lines(title.text()))] if title is not None else []
    for node in tree.css("meta[name][content]")[:100]:
        key = (node.attributes.get("name") or "").lower()
        if key in _META or key in _TOLD:
            found.append((key, node.attributes.get("content") or ""))
    return [(key, value) for key, value in found if value]
