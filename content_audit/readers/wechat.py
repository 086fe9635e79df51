"""What all readers of WeChat exports share: ids, kinds, and the cards that stand between an article's paragraphs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, urlsplit

from content_audit.model import Link, Passage, Role
from content_audit.readers.html_text import HtmlText, Image, node_text, parse
from content_audit.readers.limits import MAX_PICTURES
from content_audit.readers.wechat_script import literal

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

KINDS: Mapping[str, str] = {
    "0": "article",
    "5": "video",
    "6": "audio",
    "7": "audio",
    "8": "pictures",
    "10": "text",
    "11": "reshare",
    "16": "pictures",
    "17": "text",
}
"""item_show_type to Facts.kind."""

_PROFILE = "mp-common-profile"
_PROGRAM = "mp-miniprogram,mp-common-miniprogram,.weapp_display_element,.weapp_text_link,.weapp_image_link,[data-miniprogram-appid]"
_SOUND = "mp-common-mpaudio,mpvoice,qqmusic,mp-common-qqmusic"
_VIDEO = "iframe.video_iframe,mp-common-videosnap,mp-videosnap,mpvideosnap,video,.video_iframe,[data-mpvid]"
_PRODUCT = "mp-common-product,mp-common-cpsad,mp-common-store"
_PLACE = re.compile(r"picture_page_info_list(\[\d+\])|\[\d+\]")

_CARD_KINDS = (
    ("profile", _PROFILE, ("data-nickname",), ("data-nickname", "data-signature"), ()),
    (
        "miniprogram",
        _PROGRAM,
        ("data-miniprogram-nickname", "data-nickname"),
        ("data-miniprogram-title", "data-miniprogram-nickname"),
        ("data-miniprogram-path",),
    ),
    ("audio", _SOUND, (), ("name", "data-title"), ()),
    ("product", _PRODUCT, (), ("data-title", "data-name", "data-productname"), ()),
)


class Cards(NamedTuple):
    """The cards of an article: their words, whom they show, where they lead, whether there is a video."""

    passages: tuple[Passage, ...] = ()
    partners: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    has_video: bool = False


def cards(tree: LexborHTMLParser) -> Cards:
    """All cards on a page: profiles, mini-programs, sound, products, videos."""
    passages: list[Passage] = []
    links: list[Link] = []
    partners: list[str] = []
    for kind, selector, who, words, where in _CARD_KINDS:
        for at, node in enumerate(tree.css(selector)[:MAX_PICTURES]):
            locator = f"{kind}[{at}]"
            partners += _values(node, who)[:1]
            passages += [Passage(Role.CAPTION, locator, text) for text in _values(node, words)]
            links += [Link(text, next(iter(_values(node, who)), ""), locator) for text in _values(node, where)[:1]]
    videos = tree.css_first(_VIDEO) is not None
    return Cards(tuple(passages), tuple(dict.fromkeys(partners)), tuple(links), videos)


def content(text: str) -> tuple[HtmlText, Cards]:
    """What the content of an article says, HTML or plain text, and its cards."""
    if "<" not in text:
        return HtmlText(text.strip()), Cards()
    tree = parse(text)
    found = cards(tree)
    return (HtmlText("") if tree.root is None else node_text(tree.root)), found


def post_id(biz: str, mid: str, idx: str) -> str:
    """The id of an article from the parts its link names it by; empty where the message's number is not known."""
    if not mid:
        return ""
    return "_".join(part for part in (biz, mid, idx or "1") if part)


def id_of_link(link: str) -> str:
    """The id of an article from its link, long or short; empty where it is no such link."""
    try:
        parts = urlsplit(link)
        if not (parts.hostname or "").endswith("mp.weixin.qq.com"):
            return ""
    except ValueError:
        return ""
    asked = parse_qs(parts.query.replace("&amp;", "&"))
    found = post_id(*(asked.get(name, [""])[0] for name in ("__biz", "mid", "idx")))
    short = re.fullmatch(r"/s/([\w-]{10,64})", parts.path)
    return found or (short[1] if short else "")


def picture_list(data: Mapping[str, str], script: str) -> tuple[Image, ...]:
    """The pictures of a picture post, from the page's data or, in older pages, from a variable of their own."""
    named = {path: value for path, value in data.items() if path.startswith("picture_page_info_list")}
    found = named or literal(script, "picture_page_info_list")
    places = ((path.rsplit(".", 1), value) for path, value in found.items() if path.endswith(".cdn_url"))
    return tuple(Image(value.replace("&amp;", "&")) for (place, _), value in places if _PLACE.fullmatch(place))


def _values(node: LexborNode, names: tuple[str, ...]) -> list[str]:
    attributes = node.attributes
    found = ((attributes.get(name) or "").strip() for name in names)
    return list(dict.fromkeys(text for text in found if text))
