"""WeChat: saved pages of every kind, the official API, and wechat-article-exporter."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import export_shapes as shapes
import pytest

from content_audit.model import Link, Passage, Post, Role, Source, Unread, Why
from content_audit.readers import read_bytes, read_path
from content_audit.readers.times import CHINA


def posts(data: bytes, name: str) -> list[Post]:
    found = list(read_bytes(data, Source(name)))
    assert not [one for one in found if isinstance(one, Unread)]
    return [one for one in found if isinstance(one, Post)]


def one(html: str) -> Post:
    [post] = posts(html.encode(), "page.html")
    return post


def said(post: Post) -> list[tuple[Role, str]]:
    return [(passage.role, passage.text) for passage in post.passages]


def test_an_article_gives_its_words_by_role_and_the_hidden_ones_apart() -> None:
    assert said(one(shapes.page())) == [
        (Role.TITLE, "防汛物资调拨进展"),
        (Role.AUTHOR, "林晓"),
        (Role.DIGEST, "第一批物资已到"),
        (Role.BODY, "各位市民：\n本次调拨共 3 批。\n进入小程序\n详见官网"),
        (Role.HIDDEN, "内部备注"),
        (Role.CAPTION, "示意图"),
        (Role.CAPTION, "江城水务"),
        (Role.CAPTION, "供水服务"),
        (Role.CAPTION, "江城通"),
    ]


def test_an_article_is_known_by_the_parts_of_its_link_and_timed_by_script_data() -> None:
    post = one(shapes.page())
    assert (post.id, post.account, post.channel) == ("MzA1_2247000001_2", "江城应急", "wechat")
    assert post.published_at == datetime.fromtimestamp(1764000000, tz=UTC)
    assert post.url == "https://mp.weixin.qq.com/s/AbCdEfGhIjKlMnOpQrStUv"
    assert post.source == Source("page.html", "", "wechat-page")


def test_cards_links_pictures_and_marks_are_facts_of_an_article() -> None:
    post = one(shapes.page())
    facts = post.facts
    assert (facts.kind, facts.original, facts.ai_marked, facts.removed) == ("article", True, True, "")
    assert facts.partners == ("江城水务", "江城通")
    assert facts.source_claim == "个人观点，仅供参考"
    assert [(picture.href, picture.ai_marked) for picture in post.pictures] == [
        ("https://mmbiz.qpic.cn/mmbiz_jpg/cover/0?wx_fmt=jpeg", False),
        ("https://mmbiz.qpic.cn/a/640?wx_fmt=png", True),
        ("page_files/640.png", False),
    ]
    assert post.links == (
        Link("https://www.example.gov.cn/news", "官网", "a[1]"),
        Link("https://www.example.gov.cn/full", "阅读原文", "msg_source_url"),
        Link("pages/index", "江城通", "miniprogram[0]"),
    )


def test_a_re_shared_article_names_whose_it_is_and_is_not_original() -> None:
    facts = one(shapes.page(stat="2", source="gh_0001")).facts
    assert (facts.kind, facts.original, facts.reshared_from) == ("reshare", False, "gh_0001")


def test_an_article_without_a_mark_is_not_original() -> None:
    assert one(shapes.page(stat="0")).facts.original is False


@pytest.mark.parametrize(
    ("number", "kind", "video"),
    [
        ("0", "article", False), ("5", "video", True), ("6", "audio", False), ("7", "audio", False),
        ("8", "pictures", False), ("10", "text", False), ("11", "reshare", False), ("17", "text", False),
    ],
)  # fmt: skip
def test_every_kind_of_item_has_its_word(number: str, kind: str, video: bool) -> None:
    facts = one(shapes.page(kind=number)).facts
    assert (facts.kind, facts.has_video) == (kind, video)


def test_a_picture_page_has_title_text_and_pictures_in_its_script_data() -> None:
    post = one(shapes.data_page("8", "第一行\\x0a\\x0a第二行，\\u5b57"))
    assert said(post) == [(Role.TITLE, "周末看展&听琴"), (Role.BODY, "第一行\n\n第二行，字")]
    assert [picture.href for picture in post.pictures] == [
        "https://mmbiz.qpic.cn/p0/0?x=1&y=2",
        "https://mmbiz.qpic.cn/p1/0",
    ]
    assert (post.id, post.account) == ("MzA2_2247000002_1", "江城文旅")
    assert post.published_at == datetime.fromtimestamp(1790818200, tz=UTC)
    assert (post.facts.kind, post.facts.original, post.facts.topics) == ("pictures", True, ("城市漫步",))
    assert post.facts.source_claim == "个人观点，仅供参考"


@pytest.mark.parametrize("kind", ["10", "17"])
def test_a_text_page_may_hold_links_in_its_script_data(kind: str) -> None:
    text = "看这里\\x0a\\x3ca href=\\x22https://www.example.com\\x22\\x3e活动页\\x3c/a\\x3e 见"
    post = one(shapes.data_page(kind, text))
    assert said(post)[1] == (Role.BODY, "看这里\n活动页 见")
    assert post.links == (Link("https://www.example.com", "活动页", "a[0]"),)


def test_half_an_emoji_in_script_data_is_one_replacement_character() -> None:
    assert said(one(shapes.data_page("10", "好\\ud83d\\ude00坏\\ud83d")))[1] == (Role.BODY, "好😀坏\ufffd")


@pytest.mark.parametrize(
    "block", [shapes.REMOVED, shapes.REMOVED.replace("weui-msg__title warn", "x").replace("weui-msg", "mesg-block")]
)
def test_a_removed_page_is_taken_down_and_not_empty(block: str) -> None:
    post = one(block)
    assert post.removed
    assert post.facts.removed == "该内容已被发布者删除"
    assert post.passages == ()


@pytest.mark.parametrize("notice", ["环境异常，完成验证后即可继续访问", "参数错误", "该公众号已迁移"])
def test_a_notice_that_is_none_of_removal_is_unread_and_nothing_is_taken_down(notice: str) -> None:
    [found] = read_bytes(shapes.REMOVED.replace("该内容已被发布者删除", notice).encode(), Source("x.html"))
    assert isinstance(found, Unread)
    assert (found.why, found.detail) == (Why.BROKEN, f"no article but a notice: {notice}")


@pytest.mark.parametrize(
    "notice", ["此内容因违规无法查看", "该内容暂时无法查看", "The content has been deleted by the author."]
)
def test_every_notice_of_removal_is_one(notice: str) -> None:
    assert one(shapes.REMOVED.replace("该内容已被发布者删除", notice)).facts.removed == notice


def test_a_page_that_only_speaks_of_wechat_is_no_saved_article() -> None:
    html = "<html><body><h1>怎样用微信公众平台</h1><p>rich_media 与 mp.weixin.qq.com 的说明，cgiDataNew 之类。</p></body></html>"
    [found] = read_bytes(html.encode(), Source("x.html"))
    assert found.source.reader != "wechat-page"
    assert isinstance(found, Post)
    assert "怎样用微信公众平台" in "".join(passage.text for passage in found.passages)


def test_a_page_with_an_articles_marks_and_no_article_is_read_by_others() -> None:
    [found] = read_bytes('<html><body class="rich_media"><p>普通的一页</p></body></html>'.encode(), Source("x.html"))
    assert isinstance(found, Post)
    assert [passage.text for passage in found.passages] == ["普通的一页"]


def test_a_picture_saved_beside_a_page_is_loaded_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "outside.png").write_bytes(b"no")
    folder = tmp_path / "saved"
    (folder / "page_files").mkdir(parents=True)
    (folder / "page_files" / "640.png").write_bytes(b"picture")
    html = (
        shapes.page()
        .replace("</body>", "</body>")
        .replace("<p>各位市民：</p>", '<p>各位市民：</p><img src="../outside.png">')
    )
    (folder / "page.html").write_text(html, "utf-8")
    [post] = [one for one in read_path(folder / "page.html") if isinstance(one, Post)]
    assert {picture.href: picture.data for picture in post.pictures if "mmbiz" not in picture.href} == {
        "../outside.png": None,
        "page_files/640.png": b"picture",
    }
    assert all(picture.data is None for picture in post.pictures if "mmbiz" in picture.href)


def test_a_picture_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"no")
    folder = tmp_path / "saved"
    (folder / "page_files").mkdir(parents=True)
    (folder / "page_files" / "640.png").symlink_to(tmp_path / "secret")
    (folder / "page.html").write_text(shapes.page(), "utf-8")
    [post] = [one for one in read_path(folder / "page.html") if isinstance(one, Post)]
    assert [picture.data for picture in post.pictures] == [None, None, None]


def test_the_api_gives_one_post_an_article_and_says_which_are_deleted() -> None:
    found = list(read_bytes(shapes.dumped(shapes.PUBLISHED), Source("p.json")))
    first, second, broken = found
    assert isinstance(first, Post)
    assert isinstance(second, Post)
    assert (first.id, second.id) == ("ART-1_1", "ART-1_2")
    assert first.published_at == datetime(2026, 10, 1, 9, 30, tzinfo=CHINA)
    assert first.passages == (
        Passage(Role.TITLE, "news_item[0].title", "甲"),
        Passage(Role.AUTHOR, "news_item[0].author", "林晓"),
        Passage(Role.BODY, "news_item[0].content", "正文甲"),
    )
    assert [picture.href for picture in first.pictures] == ["https://m/c", "https://m/1"]
    assert first.links == (Link("https://www.example.com/x", "阅读原文", "content_source_url"),)
    assert (first.removed, second.removed) == (False, True)
    assert broken == Unread(Source("p.json", "item[1]", "wechat-api"), Why.BROKEN, "no news_item")


def test_a_draft_has_no_time_and_a_picture_draft_names_its_pictures() -> None:
    [post] = posts(shapes.dumped(shapes.DRAFT), "d.json")
    assert (post.id, post.published_at, post.facts.kind) == ("MED-1", None, "pictures")
    assert [picture.name for picture in post.pictures] == ["IMG-1", "IMG-2"]
    assert said(post) == [(Role.TITLE, "三张图"), (Role.BODY, "图说今日")]


def test_one_draft_alone_is_read_too() -> None:
    [post] = posts(shapes.dumped({"news_item": [{"title": "单篇", "content": "<p>文</p>"}]}), "one.json")
    assert (post.id, said(post)) == ("one.json#news_item[0]", [(Role.TITLE, "单篇"), (Role.BODY, "文")])


def test_the_exporters_json_keeps_marks_albums_comments_and_goes_on_after_a_bad_item() -> None:
    first, bad, gone = read_bytes(shapes.dumped(shapes.EXPORTED), Source("e.json"))
    assert isinstance(first, Post)
    assert isinstance(gone, Post)
    assert bad == Unread(Source("e.json", "[1]", "wechat-exporter"), Why.BROKEN, "not an object")
    assert said(first) == [
        (Role.TITLE, "灯会延期公告"),
        (Role.AUTHOR, "编辑部"),
        (Role.DIGEST, "因大风延期"),
        (Role.BODY, "原定今晚的灯会延期。"),
        (Role.COMMENT, "收到"),
        (Role.COMMENT, "感谢理解"),
    ]
    assert (first.id, first.account, first.facts.original) == ("MzA3_2247000003_1", "江城发布", True)
    assert first.facts.topics == ("公告",)
    assert first.published_at == datetime.fromtimestamp(1790818300, tz=UTC)
    assert (gone.removed, gone.facts.original) == (True, False)


def test_the_exporters_sheet_says_the_same_as_its_json() -> None:
    [post] = posts(shapes.workbook({"Sheet1": shapes.EXPORTER_SHEET}), "e.xlsx")
    assert (post.id, post.account, post.url) == (
        "2247000003_1",
        "江城发布",
        "https://mp.weixin.qq.com/s/ZyXwVuTsRqPoNmLkJiHgFe",
    )
    assert said(post)[0] == (Role.TITLE, "灯会延期公告")
    assert said(post)[-1] == (Role.BODY, "原定今晚的灯会延期。")
    assert (post.facts.original, post.facts.topics, post.facts.kind) == (True, ("公告", "灯会"), "article")
    assert post.published_at == datetime(2026, 10, 1, 9, 31, 40, tzinfo=CHINA)
    assert post.source.record == "Sheet1 row 2"
