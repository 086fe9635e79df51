"""Weibo: tables by heading, databases without trust, JSON of the tools and of the web interfaces."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path

import export_shapes as shapes
import pytest

from content_audit.model import Passage, Post, Role, Source, Unread, Why
from content_audit.readers import read_bytes, read_path
from content_audit.readers.times import CHINA


def read(data: bytes, name: str) -> list[Post | Unread]:
    return list(read_bytes(data, Source(name)))


def posts(data: bytes, name: str) -> list[Post]:
    return [one for one in read(data, name) if isinstance(one, Post)]


def test_a_status_is_split_into_headline_and_rest_and_loses_no_character() -> None:
    first = posts(shapes.WEIBO_CSV.encode(), "w.csv")[0]
    assert first.passages == (
        Passage(Role.HEADLINE, "正文", "【江城今晚点亮】"),
        Passage(Role.BODY, "正文[8:]", "#江城灯会#今晚开幕，欢迎来看！ \u200b"),
    )
    assert first.facts.topics == ("江城灯会",)
    assert first.facts.mentions == ("江城文旅",)
    assert (first.facts.edits, first.facts.original) == (2, True)
    assert [picture.href for picture in first.pictures] == [
        "https://wx1.sinaimg.cn/a.jpg",
        "https://wx1.sinaimg.cn/b.jpg",
    ]
    assert first.published_at == datetime(2026, 10, 1, 19, tzinfo=CHINA)
    assert first.source == Source("w.csv", "row 2", "weibo-csv")


def test_a_re_posted_status_is_quoted_and_names_its_account() -> None:
    second = posts(shapes.WEIBO_CSV.encode(), "w.csv")[1]
    assert second.passages == (
        Passage(Role.BODY, "正文", "转起来"),
        Passage(Role.QUOTED, "retweet.正文", "用电安全提示"),
    )
    assert (second.facts.kind, second.facts.original, second.facts.reshared_from) == ("reshare", False, "江城消防")


def test_a_row_without_words_is_unread_and_the_others_go_on() -> None:
    found = read(shapes.WEIBO_CSV.encode(), "w.csv")
    assert [type(one).__name__ for one in found] == ["Post", "Post", "Unread"]
    assert found[2] == Unread(
        Source("w.csv", "row 4", "weibo-csv"), Why.BROKEN, "a status without words", "5000000000000003"
    )


def test_an_old_export_with_fewer_columns_is_read_by_heading() -> None:
    text = "bid,正文,id,日期\nOx,【旧】微博,123,2020-05-17\n"
    [post] = posts(text.encode(), "old.csv")
    assert (post.id, post.published_at) == ("123", datetime(2020, 5, 17, tzinfo=CHINA))
    assert [passage.text for passage in post.passages] == ["【旧】", "微博"]


def test_weibospiders_re_post_is_taken_apart() -> None:
    [post] = posts(shapes.SPIDER_CSV.encode("gb18030"), "s.csv")
    assert post.passages == (
        Passage(Role.BODY, "微博正文", "说得好"),
        Passage(Role.QUOTED, "retweet.微博正文[21:]", "明天有大风"),
    )
    assert (post.id, post.facts.reshared_from, post.facts.has_video, post.pictures) == ("Oaaa4", "江城气象", False, ())


def test_a_cell_in_another_encoding_is_mended_and_an_unreadable_one_is_unread() -> None:
    rows = [
        "id,bid,正文\n".encode(),
        b"1,O," + "好".encode() + b"\n",
        b"2,O," + "国标".encode("gb18030") + b"\n",
        b"3,O,\xff\xff\n",
    ]
    found = read(b"".join(rows), "mixed.csv")
    kinds = [(one.why if isinstance(one, Unread) else one.passages[0].text) for one in found]
    assert kinds == ["好", "国标", Why.ENCODING]


def test_the_account_is_the_folders_name_where_the_file_is_a_number(tmp_path: Path) -> None:
    folder = tmp_path / "weibo" / "江城发布"
    folder.mkdir(parents=True)
    (folder / "1000000001.csv").write_text("id,bid,正文\n1,O,文\n", "utf-8")
    [post] = read_path(folder / "1000000001.csv")
    assert isinstance(post, Post)
    assert post.account == "江城发布"


def test_a_database_gives_own_statuses_and_not_those_kept_beside_them(tmp_path: Path) -> None:
    path = shapes.weibo_database(tmp_path / "w.db")
    found = [one for one in read_path(path) if isinstance(one, Post)]
    assert [(post.id, post.account) for post in found] == [("501", "江城发布"), ("502", "江城发布")]
    assert found[1].passages[1] == Passage(Role.QUOTED, "retweet.text", "用电安全")
    assert found[1].facts.reshared_from == "江城消防"
    assert [post.id for post in posts(path.read_bytes(), "w.db")] == ["501", "502"]


def test_a_database_is_not_changed_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = shapes.weibo_database(tmp_path / "w.db")
    before = path.read_bytes()
    assert len(list(read_path(path))) == 2
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW weibo AS WITH RECURSIVE n(id, text) AS (SELECT 1, 'x' UNION ALL SELECT id + 1, 'x' FROM n) SELECT * FROM n",
        "CREATE TABLE weibo (id, text AS (zeroblob(1000000)))",
        "CREATE TABLE other (id, text)",
        "CREATE TABLE weibo (id, likes)",
    ],
    ids=["endless view", "generated column", "other table", "no text"],
)
def test_a_database_with_anything_but_a_plain_table_of_statuses_is_not_read(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "x.db"
    with sqlite3.connect(path) as database:
        database.execute(statement)
    database.close()
    [found] = read_path(path)
    assert isinstance(found, Unread)
    assert found.why is Why.UNKNOWN_FORMAT


def test_rows_that_wait_in_a_write_ahead_log_are_said_to_be_missing(tmp_path: Path) -> None:
    path = shapes.weibo_database(tmp_path / "w.db")
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("INSERT INTO weibo (id, text) VALUES ('600', '新的一条')")
        database.commit()
        found = list(read_path(path))
        data = path.read_bytes()
    database.close()
    assert [one.why for one in found if isinstance(one, Unread)] == [Why.UNSTABLE]
    assert [one.id for one in found if isinstance(one, Post)] == ["501", "502"]
    assert [one.id for one in posts(data, "w.db")] == ["501", "502"]


def test_a_database_that_is_cut_is_broken_and_no_trace(tmp_path: Path) -> None:
    path = shapes.weibo_database(tmp_path / "w.db")
    path.write_bytes(path.read_bytes()[:5000])
    found = list(read_path(path))
    assert [one.why for one in found if isinstance(one, Unread)] == [Why.BROKEN]


def test_the_crawlers_json_reads_as_its_table_does() -> None:
    first, bad = read(shapes.dumped(shapes.CRAWLER_JSON), "w.json")
    assert isinstance(first, Post)
    assert (first.id, first.account, first.facts.edits, first.facts.reshared_from) == (
        "5000000000000001",
        "江城发布",
        2,
        "江城消防",
    )
    assert first.url == "https://weibo.com/1000000001/Oaaa1"
    assert first.passages[-1] == Passage(Role.QUOTED, "retweet.text", "用电安全提示")
    assert first.source.record == "weibo[0]"
    assert isinstance(bad, Unread)


def test_weibospiders_json_takes_the_account_from_the_top() -> None:
    value = {
        "user": {"id": "1", "nickname": "江城发布"},
        "weibo": [
            {"id": "Ox", "content": "【新】文", "publish_time": "2026-10-01 08:00", "publish_tool": "x", "up_num": 1}
        ],
    }
    [post] = posts(shapes.dumped(value), "s.json")
    assert (post.id, post.account, [one.text for one in post.passages]) == ("Ox", "江城发布", ["【新】", "文"])


def test_an_api_status_is_read_from_its_long_text_with_blanks_kept() -> None:
    [post] = posts(shapes.dumped({"data": {"list": [shapes.STATUS]}}), "api.json")
    assert post.passages == (
        Passage(Role.HEADLINE, "longText.longTextContent", "【通知】"),
        Passage(Role.BODY, "longText.longTextContent[4:]", "今晚 @江城水务 检修，八点停水。 \u200b"),
        Passage(Role.CAPTION, "page_info.page_title", "检修现场"),
        Passage(Role.QUOTED, "retweet.text", "水管检修计划"),
    )
    assert (post.id, post.account, post.source.record) == ("5000000000000005", "江城发布", "data.list[0]")
    assert post.published_at == datetime(2026, 10, 1, 19, tzinfo=CHINA)
    assert post.facts.has_video
    assert post.facts.mentions == ("江城水务",)
    assert [picture.href for picture in post.pictures] == ["https://wx1.sinaimg.cn/large/p1.jpg"]


def test_a_long_status_without_its_long_text_says_that_the_end_is_missing() -> None:
    cut = {**shapes.STATUS, "longText": {}}
    post, unread = read(shapes.dumped([cut]), "api.json")
    assert isinstance(post, Post)
    assert [one.text for one in post.passages][:2] == ["【通知】", "今晚@江城水务 检修[话筒]…全文"]
    assert isinstance(unread, Unread)
    assert unread.post == post.id


def test_text_raw_is_taken_before_html() -> None:
    raw = {**shapes.STATUS, "isLongText": False, "longText": None, "text_raw": "原文 <b>不是标记</b> \u200b"}
    [post] = posts(shapes.dumped(raw), "api.json")
    assert post.passages[0] == Passage(Role.BODY, "text_raw", "原文 <b>不是标记</b> \u200b")


def test_a_deleted_status_is_taken_down() -> None:
    [post] = posts(
        shapes.dumped([{**shapes.STATUS, "deleted": "1", "longText": None, "text": "抱歉，此微博已被作者删除。"}]),
        "a.json",
    )
    assert post.facts.removed == "抱歉，此微博已被作者删除。"
    assert [one for one in post.passages if one.role is not Role.QUOTED and one.role is not Role.CAPTION] == []
