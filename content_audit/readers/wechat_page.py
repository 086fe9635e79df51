"""Saved article pages of mp.weixin.qq.com: every kind, and the notice that stands where one was taken down.

Articles say their words in the page itself. Picture and text kinds have them only in script data. Times are never in
the page's own element, which a script fills: they are taken from script data, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from html import unescape
from typing import TYPE_CHECKING, NamedTuple

from content_audit.model import Facts, Link, Passage, Picture, Post, Role, Source, Unread, Why
from content_audit.readers import wechat
from content_audit.readers.encoding import decode, head_text
from content_audit.readers.html_text import HtmlText, html_text, lines, node_text, parse
from content_audit.readers.limits import MAX_PICTURES, NotReadError
from content_audit.readers.registry import LIKELY, NO, SURE, handed_on
from content_audit.readers.times import instant
from content_audit.readers.wechat_script import literal, unquoted, variable
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

_PAGE = re.compile(
    r"id=[\"']js_article|class=[\"'][^\"'<>]{0,80}\brich_media|cgiDataNew\s*=|picture_page_info_list\s*[=:]"
    r"|res\.wx\.qq\.com/mmbiz|mmbizwap:|content=[\"']微信公众平台[\"']"
)
_GONE = re.compile(
    r"删除|违规|违反|无法查看|不可查看|不能查看|屏蔽|停用|冻结|下架"
    r"|deleted|violat|unavailable|blocked|suspended|cannot be viewed|can't be viewed",
    re.IGNORECASE,
)
"""What a notice says where content was taken down; others ask for a login or say that a link is wrong."""
_NOTICE = re.compile(r"weui-msg|mesg-block|global_error_msg")
_HOST = re.compile(r"res\.wx\.qq\.com|mp\.weixin\.qq\.com|Weixin Official Accounts|微信")
_REMOVED = ".weui-msg__title", ".weui-msg .weui-msg__text-area", ".mesg-block", ".global_error_msg"
_DATA = ("cgiDataNew", "msg_title", "item_show_type", "reateTime", "var biz")
_OWN_VIEW = "4"
"""claim_source_type of 个人观点，仅供参考."""


class WeChatPage:
    """Reader of saved pages."""

    name = "wechat-page"
    title = Text("公众号文章网页", "saved WeChat article page")

    def score(self, head: bytes, name: str) -> int:
        """By the element and variable names that only these pages have."""
        text = head_text(head)
        if "<" not in text[:2000]:
            return NO
        if _PAGE.search(text) or (_NOTICE.search(text) and _HOST.search(text)):
            return SURE
        return LIKELY if 'id="js_content"' in text else NO

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """The one post of a page."""
        post = page_post(decode(data), source)
        if post is None:
            yield from handed_on(self.name, data, source)
        else:
            yield post


READER = WeChatPage()


class _Page(NamedTuple):
    """A page taken apart: its tree, the text of its data scripts, and the flattened ``cgiDataNew``."""

    tree: LexborHTMLParser
    script: str
    data: dict[str, str]

    def said(self, path: str, *variables: str) -> str:
        """A value of the data, else the first of these script variables that has one."""
        value = unescape(self.data.get(path, "")) if path else ""
        return value or next((found for name in variables if (found := variable(self.script, name))), "")

    def words(self, *selectors: str) -> str:
        """The text of the first element that has one."""
        nodes = (self.tree.css_first(selector) for selector in selectors)
        return next((text for node in nodes if node is not None and (text := lines(node.text()))), "")

    def meta(self, *names: str) -> str:
        """The content of the first meta element of these names that has one, escapes resolved."""
        for name in names:
            for node in self.tree.css(f'meta[property="{name}"],meta[name="{name}"]'):
                if content := (node.attributes.get("content") or "").strip():
                    return unescape(unquoted(content))
        return ""


def page_post(html: str, source: Source) -> Post | None:
    """The post on a page; None where it holds neither an article nor a notice.

    Raises NotReadError where a notice stands there that is none of removal: nothing was seen of the article.
    """
    tree = parse(html)
    script = "\n".join(text for node in tree.css("script") if any(name in (text := node.text()) for name in _DATA))
    page = _Page(tree, script, literal(script, "cgiDataNew"))
    body = _body(page)
    passages = _passages(page, body)
    if not any(one.role in (Role.TITLE, Role.BODY) for one in passages) and not body.images:
        return _removed(page, source)
    return _post(page, body, passages, source)


def _post(page: _Page, body: HtmlText, passages: tuple[Passage, ...], source: Source) -> Post:
    cards = wechat.cards(page.tree)
    return Post(
        id=_id(page, source),
        source=source,
        channel="wechat",
        passages=passages + cards.passages,
        account=_account(page),
        published_at=_time(page),
        url=_url(page),
        pictures=_cover(page) + body.pictures("js_content"),
        links=body.links + _source_link(page) + cards.links,
        facts=_facts(page, body, cards),
    )


def _passages(page: _Page, body: HtmlText) -> tuple[Passage, ...]:
    title = (
        page.words("#activity-name", ".rich_media_title") or page.said("title", "msg_title") or page.meta("og:title")
    )
    digest = page.said("", "msg_desc") or page.said("desc") or page.meta("og:description", "description")
    author = page.words("#js_author_name_text", "#js_author_name") or page.meta("og:article:author", "author")
    found = [Passage(Role.TITLE, "title", title)] if title else []
    found += [Passage(Role.AUTHOR, "author", author)] if author else []
    found += [Passage(Role.DIGEST, "digest", digest)] if digest and digest not in (title, body.text) else []
    return (*found, *body.passages("js_content"))


def _body(page: _Page) -> HtmlText:
    """What the article says: its element, else the script data of the kinds that have none."""
    node = page.tree.css_first("#js_content")
    body = node_text(node) if node is not None else HtmlText("")
    if not body.text:
        said = _said_text(page.said("content_noencode", "content_noencode", "content"))
        body = HtmlText(said.text, body.hidden + said.hidden, body.links + said.links, body.images + said.images)
    return body if body.images else body._replace(images=wechat.picture_list(page.data, page.script))


def _said_text(text: str) -> HtmlText:
    """Script text: plain with line ends, or a little HTML (links, topics) in which line ends stand for themselves."""
    if "<" not in text:
        return HtmlText(text)
    return html_text(text.replace("\r\n", "\n").replace("\n", "<br>"))


def _removed(page: _Page, source: Source) -> Post | None:
    notice = page.words(*_REMOVED)
    if not notice:
        return None
    if not _GONE.search(notice):
        raise NotReadError(Why.BROKEN, f"no article but a notice: {notice[:60]}")
    return Post(
        id=_id(page, source),
        source=source,
        channel="wechat",
        passages=(),
        account=_account(page),
        url=_url(page),
        facts=Facts(removed=notice),
    )


def _id(page: _Page, source: Source) -> str:
    known = (page.said("bizuin", "biz"), page.said("mid", "mid", "appmsgid"), page.said("idx", "idx"))
    return wechat.post_id(*known) or wechat.id_of_link(_url(page)) or str(source)


def _url(page: _Page) -> str:
    return page.said("link", "msg_link") or page.meta("og:url")


def _account(page: _Page) -> str:
    return page.words("#js_name") or page.said("nick_name", "nickname", "nick_name")


def _time(page: _Page) -> datetime | None:
    for value in (
        page.said("ori_create_time", "oriCreateTime", "ori_create_time"),
        page.said("create_timestamp", "ct", "createTimestamp"),
        page.said("create_time", "createTime", "create_time"),
        page.words("#publish_time"),
    ):
        if (found := instant(value)) is not None:
            return found
    return None


def _cover(page: _Page) -> tuple[Picture, ...]:
    address = page.said("cdn_url", "msg_cdn_url") or page.meta("og:image")
    return (Picture("cover", name="cover", href=address, use="cover"),) if address else ()


def _source_link(page: _Page) -> tuple[Link, ...]:
    address = page.said("source_url", "msg_source_url")
    return (Link(address, "阅读原文", "msg_source_url"),) if "://" in address else ()


def _facts(page: _Page, body: HtmlText, cards: wechat.Cards) -> Facts:
    stat = page.said("copyright_info.copyright_stat", "copyright_stat")
    kind = wechat.KINDS.get(page.said("item_show_type", "item_show_type"), "article")
    source_name = page.said("", "source_nickname", "source_username") if stat == "2" else ""
    logo = page.tree.css_first("#copyright_logo")
    own = _account(page)
    marked = [image.ai_marked for image in body.images]
    return Facts(
        kind="reshare" if stat == "2" else kind,
        original=stat == "1" if stat in ("0", "1", "2") else True if logo is not None else None,
        reshared_from=source_name,
        partners=tuple(name for name in cards.partners if name != own),
        topics=_albums(page),
        ai_marked=True if any(marked) else None,
        source_claim=_claim(page),
        edits=1 if _title_changed(page) else 0,
        has_video=cards.has_video or kind == "video",
    )


def _claim(page: _Page) -> str:
    said = page.words("#js_claim_source_content") or page.said("claim_source.claim_source", "claim_source")
    if said:
        return said
    kind = page.said("claim_source.claim_source_type", "claim_source_type")
    return "个人观点，仅供参考" if kind == _OWN_VIEW else ""


def _albums(page: _Page) -> tuple[str, ...]:
    names = [value for path, value in page.data.items() if path.endswith("album_info.title")]
    names += [page.said("appmsgalbuminfo.title")]
    return tuple(dict.fromkeys(name for name in names if name))[:MAX_PICTURES]


def _title_changed(page: _Page) -> bool:
    """Whether the page shows that its title was changed after publishing."""
    node = page.tree.css_first(".js_title_modify")
    style = "" if node is None else (node.attributes.get("style") or "").replace(" ", "")
    return node is not None and "display:none" not in style
