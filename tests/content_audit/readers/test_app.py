"""App texts, pushes and subtitles."""

from __future__ import annotations

from datetime import datetime

import export_shapes as shapes
import pytest

from content_audit.model import Link, Passage, Post, Role, Source, Unread, Why
from content_audit.readers import read_bytes
from content_audit.readers.times import CHINA


def read(data: bytes, name: str) -> list[Post | Unread]:
    return list(read_bytes(data, Source(name)))


def posts(data: bytes, name: str) -> list[Post]:
    found = read(data, name)
    assert not [one for one in found if isinstance(one, Unread)]
    return [one for one in found if isinstance(one, Post)]


def texts(post: Post) -> list[str]:
    return [passage.text for passage in post.passages]


def test_android_strings_arrays_and_plurals_are_posts_with_the_text_an_app_shows() -> None:
    found = posts(shapes.STRINGS_XML.encode(), "values-zh-rCN/strings.xml")
    assert {post.source.record: texts(post) for post in found} == {
        "string app_name": ["江城家"],
        "string greeting": ["你好，%1$s！\n 今天也'加油'"],
        "string promo": ["限时优惠\n仅此一天"],
        "string-array tips": ["先看公告", "再办业务"],
        "plurals days": ["还有 %d 天"],
    }
    assert {(post.channel, post.facts.kind) for post in found} == {("app", "strings")}
    assert found[-1].passages[0].locator == "plurals[days]/item[other]"


def test_android_quoted_text_keeps_its_blanks() -> None:
    [post] = posts('<resources><string name="a">"甲  乙"\n  丙</string></resources>'.encode(), "strings.xml")
    assert texts(post) == ["甲  乙 丙"]


@pytest.mark.parametrize(
    "declared",
    ['<!DOCTYPE r [<!ENTITY a "甲">]>', '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/hostname">]>'],
    ids=["internal", "external"],
)
def test_android_entities_are_refused(declared: str) -> None:
    [found] = read(f'{declared}<resources><string name="a">&a;</string></resources>'.encode(), "strings.xml")
    assert isinstance(found, Unread)
    assert (found.why, found.detail) == (Why.BROKEN, "EntitiesForbidden")


def test_android_strings_before_a_broken_end_are_read() -> None:
    first, broken = read('<resources><string name="a">甲</string><string name="b">乙'.encode(), "strings.xml")
    assert isinstance(first, Post)
    assert isinstance(broken, Unread)
    assert broken.why is Why.BROKEN


def test_android_xml_nested_too_deep_is_refused() -> None:
    [found] = read(b'<resources><string name="a">' + b"<b>" * 100_000, "strings.xml")
    assert isinstance(found, Unread)
    assert found.why is Why.TOO_DEEP


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_apple_strings_have_comments_escapes_and_bare_keys_and_go_on_after_a_bad_line(encoding: str) -> None:
    found = read(shapes.STRINGS.encode(encoding), "Localizable.strings")
    assert {one.source.record: texts(one) for one in found if isinstance(one, Post)} == {
        "home.title": ['江城家 "首页"'],
        "pay": ["立即支付"],
        "home.tip": ["第一行\n第二行"],
    }
    assert [(one.source.record, one.why) for one in found if isinstance(one, Unread)] == [("line 4", Why.BROKEN)]


@pytest.mark.parametrize("binary", [False, True], ids=["xml", "binary"])
def test_a_stringsdict_gives_its_formats_and_no_type_words(binary: bool) -> None:
    [post] = posts(shapes.stringsdict(binary), "Localizable.stringsdict")
    assert post.passages == (
        Passage(Role.STRING, "days/NSStringLocalizedFormatKey", "%#@d@"),
        Passage(Role.STRING, "days/d.other", "还有 %d 天"),
    )


def test_a_string_catalog_gives_each_language_and_the_key_where_it_is_the_text() -> None:
    found = posts(shapes.dumped(shapes.CATALOG), "Localizable.xcstrings")
    assert {post.source.record: texts(post) for post in found} == {
        "%lld days zh-Hans": ["%lld 天"],
        "%lld days en": ["%lld days"],
        "Pay": ["Pay"],
        "Pay zh-Hans": ["支付"],
    }


def test_a_jpush_payload_says_each_text_once_and_keeps_its_links() -> None:
    [post] = posts(shapes.dumped(shapes.JPUSH), "p.json")
    assert post.passages == (
        Passage(Role.ALERT, "notification.alert", "停水通知：今晚八点"),
        Passage(Role.TITLE, "notification.android.title", "江城水务"),
        Passage(Role.ALERT, "notification.ios.alert.body", "今晚八点停水，请提前储水"),
    )
    assert post.links == (Link("https://www.example.gov.cn/w", "", "notification.android.extras.url"),)
    assert (post.id, post.channel, post.facts.kind) == ("push-1", "push", "push")


def test_an_apns_payload_has_titles_and_a_body() -> None:
    [post] = posts(shapes.dumped(shapes.APNS), "p.json")
    assert [(one.role, one.text) for one in post.passages] == [
        (Role.TITLE, "账单"),
        (Role.TITLE, "十月"),
        (Role.ALERT, "本月账单已出"),
    ]


def test_pushes_line_by_line_lose_one_bad_line_only() -> None:
    data = shapes.dumped(shapes.JPUSH) + "\n{坏}\n".encode() + shapes.dumped(shapes.APNS)
    found = read(data, "p.jsonl")
    assert [one.why if isinstance(one, Unread) else one.source.record for one in found] == [
        "line 1",
        Why.BROKEN,
        "line 3",
    ]


def test_a_scheduled_push_has_the_time_it_goes_out() -> None:
    schedule = {"name": "x", "trigger": {"single": {"time": "2026-11-26 08:00:00"}}, "push": shapes.JPUSH}
    [post] = posts(shapes.dumped(schedule), "s.json")
    assert post.published_at == datetime(2026, 11, 26, 8, tzinfo=CHINA)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_push_table_is_read_by_heading_in_every_encoding(encoding: str) -> None:
    first, second = posts(shapes.PUSH_CSV.encode(encoding), "p.csv")
    assert first.passages == (
        Passage(Role.TITLE, "title", "停电检修"),
        Passage(Role.ALERT, "text", "明早六点至八点停电"),
    )
    assert first.published_at == datetime(2026, 11, 26, 8, tzinfo=CHINA)
    assert first.links == (Link("https://www.example.com/a", "", "link"),)
    assert second.passages[1].text == "本月电费\n已出账"
    assert second.source.record == "row 4"


def test_a_push_sheet_is_read_as_its_table_and_an_unknown_sheet_is_said() -> None:
    sheets: dict[str, list[list[object]]] = {
        "推送": [["标题", "内容", "推送时间"], ["检修", "今晚停水", datetime(2026, 11, 26, 8)]],
        "说明": [["其他"], ["无"]],
    }
    post, unread = read(shapes.workbook(sheets), "p.xlsx")
    assert isinstance(post, Post)
    assert (texts(post), post.published_at) == (["检修", "今晚停水"], datetime(2026, 11, 26, 8, tzinfo=CHINA))
    assert unread == Unread(Source("p.xlsx", "说明", "sheet"), Why.UNKNOWN_FORMAT, "no known heading")


@pytest.mark.parametrize(
    ("text", "name", "cues"),
    [
        (shapes.SRT, "a.srt", [("00:00:01,000", "欢迎收看"), ("00:00:03,000", "第一行\n第二行")]),
        (shapes.VTT, "b.vtt", [("00:01.000", "各位好")]),
        (shapes.ASS, "c.ass", [("0:00:01.00", "你好，\n世界"), ("0:00:03.00", "待定")]),
    ],
)
def test_subtitles_are_one_post_with_a_passage_a_cue(text: str, name: str, cues: list[tuple[str, str]]) -> None:
    [post] = posts(text.encode(), name)
    assert [(one.locator, one.text) for one in post.passages] == cues
    assert post.channel == "video"


def test_a_comment_among_subtitles_is_hidden_text() -> None:
    [post] = posts(shapes.ASS.encode(), "c.ass")
    assert [one.role for one in post.passages] == [Role.SUBTITLE, Role.HIDDEN]


def test_a_sheet_with_a_title_and_a_text_alone_is_no_list_of_pushes() -> None:
    data = shapes.workbook({"表": [["标题", "内容"], ["检修", "今晚停水"]]})
    assert [one.channel for one in read(data, "p.xlsx") if isinstance(one, Post)] in ([], ["draft"])
