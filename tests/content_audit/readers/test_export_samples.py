"""Real exports that lie beside the checkout, where they do: what stands in them is read whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from content_audit.model import Post, Role, Unread
from content_audit.readers import read_path

SAMPLES = next(
    (found for parent in Path(__file__).resolve().parents if (found := parent.parent / "shared" / "samples").is_dir()),
    Path(),
)
if Path() == SAMPLES:
    pytest.skip("no samples beside this checkout", allow_module_level=True)


def posts(name: str) -> list[Post]:
    found = list(read_path(SAMPLES / name))
    assert not [one for one in found if isinstance(one, Unread)]
    return [one for one in found if isinstance(one, Post)]


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("app/HydrationReminder.xcstrings", 66),
        ("app/jpush_v3_push_doc_examples.jsonl", 2),
        ("app/strings_zh-rCN.xml", 9),
        ("wechat_api/exporter_constructed.json", 4),
        ("wechat_api/exporter_constructed.xlsx", 4),
        ("wechat_api/freepublish_batchget_constructed.json", 4),
        ("wechat_html/article_shared_36kr.html", 1),
        ("wechat_html/pictures_36kr.html", 1),
        ("wechat_html/removed_by_author.html", 1),
        ("weibo/weibo_crawler_constructed.db", 60),
        ("weibo/weibo_crawler_constructed.json", 60),
        ("weibo/weibo_crawler_peoples_daily.csv", 300),
    ],
)
def test_every_record_of_a_sample_is_a_post(name: str, number: int) -> None:
    found = posts(name)
    assert len(found) == number
    assert len({post.id for post in found}) == number


def test_the_re_shared_article_is_known_as_such() -> None:
    [post] = posts("wechat_html/article_shared_36kr.html")
    assert (post.facts.kind, post.facts.reshared_from, post.account) == ("reshare", "gh_05f192fce051", "36氪")
    assert len(post.pictures) == 23
    assert any(len(one.text) > 4000 for one in post.passages if one.role is Role.BODY)


def test_the_picture_post_has_its_words_and_its_four_pictures_and_cover() -> None:
    [post] = posts("wechat_html/pictures_36kr.html")
    assert (post.facts.kind, len(post.pictures), bool(post.title)) == ("pictures", 5, True)


def test_the_removed_page_is_taken_down() -> None:
    [post] = posts("wechat_html/removed_by_author.html")
    assert post.removed


def test_table_json_and_database_of_one_account_say_the_same() -> None:
    def said(name: str) -> list[tuple[str, list[str]]]:
        return [(post.id, [one.text for one in post.passages]) for post in posts(name)[:60]]

    table = said("weibo/weibo_crawler_peoples_daily.csv")
    assert said("weibo/weibo_crawler_constructed.json") == table
    assert said("weibo/weibo_crawler_constructed.db") == table
