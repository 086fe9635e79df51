"""What of a post is approved: formats agree, and nothing that a reader would notice changes unnoticed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content_audit.model import Facts, Link, Passage, Post, Role, Source
from content_audit.release.content import (
    Content,
    Seen,
    content_of,
    cover_known,
    fold,
    link_name,
    match_pictures,
    same_picture,
    strangers,
)
from content_audit.release.verify import Kind, compare
from content_audit.release.words import Change, changes_between, likeness, stream_changes

A, B = "00000000000000ff", "00000000000001ff"
FAR = "ffffffffffffffff"
BODY = "即日起至12月31日，5G套餐优惠价59元/月，详询10000。"


def post(*passages: tuple[Role, str], links: tuple[str, ...] = (), **more: object) -> Post:
    made = tuple(Passage(role, f"p{index}", text) for index, (role, text) in enumerate(passages))
    return Post("1", Source("x"), "wechat", made, links=tuple(Link(href) for href in links), facts=Facts())


def content(
    *passages: tuple[Role, str],
    pictures: tuple[Seen, ...] = (),
    links: tuple[str, ...] = (),
    cover: Seen | None = None,
) -> Content:
    return content_of(post(*passages, links=links), "wx", pictures, ("江城通信",), cover)


def test_a_document_a_draft_and_a_page_of_one_post_have_one_digest() -> None:
    document = content((Role.BODY, "资费公告"), (Role.BODY, BODY[:11]), (Role.BODY, BODY[11:]))
    draft = content((Role.TITLE, "资费公告"), (Role.DIGEST, BODY[:12] + "…"), (Role.BODY, BODY))
    page = content(
        (Role.TITLE, "资费公告 "), (Role.AUTHOR, "江城通信"), (Role.BODY, BODY.replace("，", ",\u200b") + "\n\n")
    )
    assert document.digest() == draft.digest() == page.digest()
    assert not strangers(document, draft) and not strangers(document, page)


def test_remarks_deletions_and_hidden_text_are_not_published() -> None:
    plain = content((Role.BODY, BODY))
    noted = content((Role.BODY, BODY), (Role.COMMENT, "改一下"), (Role.DELETED, "旧"), (Role.HIDDEN, "藏"))
    assert plain.digest() == noted.digest()


@pytest.mark.parametrize(
    "other",
    [
        content((Role.BODY, BODY.replace("59", "69"))),
        content((Role.BODY, BODY), links=("https://a.example/",)),
        content((Role.BODY, BODY), pictures=(Seen(pixels="sha256:1"),)),
        content_of(post((Role.BODY, BODY)), "other", ()),
    ],
    ids=["figure", "link", "picture", "account"],
)
def test_a_figure_link_picture_or_account_makes_another_digest(other: Content) -> None:
    assert other.digest() != content((Role.BODY, BODY)).digest()


def test_a_summary_that_nobody_approved_is_a_stranger() -> None:
    draft = content((Role.BODY, BODY), (Role.DIGEST, "史上最低价"))
    assert strangers(content((Role.BODY, BODY)), draft) == (("digest", "史上最低价"),)


def test_the_title_counts_where_both_have_one() -> None:
    moved = content((Role.TITLE, BODY[:4]), (Role.BODY, BODY[4:]))
    other = content((Role.TITLE, BODY[:2]), (Role.BODY, BODY[2:]))
    assert moved.stream == other.stream
    assert [item.kind for item in changes_between(moved, other)] == ["title"]


@given(st.text())
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(), st.text())
def test_content_survives_the_ledger(title: str, body: str) -> None:
    made = content(
        (Role.TITLE, title.encode("utf-8", "replace").decode()), (Role.BODY, body.encode("utf-8", "replace").decode())
    )
    assert Content.from_json(made.as_json()) == made


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://Example.com", "https://example.com/", True),
        ("https://mp.weixin.qq.com/s?a=1&chksm=2&scene=3#rd", "https://mp.weixin.qq.com/s?a=1", True),
        ("https://example.com/a", "https://example.com/b", False),
        ("https://example.com/?id=1", "https://example.com/?id=2", False),
        ("https://example.com/#/a", "https://example.com/#/b", False),
        ("https://example.com", "https://example.com.evil.cn", False),
    ],
)
def test_links_are_equal_only_where_they_lead_to_the_same(one: str, other: str, same: bool) -> None:
    assert (link_name(one) == link_name(other)) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Seen(pixels="p"), Seen(pixels="p"), True),
        (Seen(pixels="p", likeness=A, words="字", codes=()), Seen(pixels="q", likeness=B, words="字", codes=()), True),
        (Seen(pixels="p", likeness=A, words="字", codes=()), Seen(pixels="q", likeness=B, words="子", codes=()), False),
        (Seen(pixels="p", likeness=A, words="", codes=("u",)), Seen(pixels="q", likeness=A, words="", codes=()), False),
        (
            Seen(pixels="p", likeness=A, words="合约期12个月,最终解释以备案资费为准,详询10000", codes=()),
            Seen(pixels="q", likeness=A, words="合约期12个月,最终解释以备室资费为准,详询10000", codes=()),
            None,
        ),
        (
            Seen(pixels="p", likeness=A, words="合约期12个月,最终解释以备案资费为准,详询10000", codes=()),
            Seen(pixels="q", likeness=A, words="合约期24个月,最终解释以备案资费为准,详询10000", codes=()),
            False,
        ),
        (Seen(pixels="p", likeness=A, codes=("u",)), Seen(pixels="q", likeness=A, codes=("v",)), False),
        (Seen(pixels="p", likeness=A), Seen(pixels="q", likeness=A), None),
        (Seen(pixels="p", likeness=A), Seen(pixels="q", likeness=FAR), False),
        (Seen(href="h"), Seen(href="h"), True),
        (Seen(pixels="p", likeness=A), Seen(href="h"), None),
        (Seen(pixels="p", likeness=A, href="h"), Seen(pixels="q", likeness=FAR, href="h"), False),
    ],
    ids=[
        "pixels", "compressed again", "another word in it", "another code in it",
        "a character read otherwise", "another figure in it", "another code and words unread", "alike but unread", "another picture",
        "one address", "no bytes", "swapped at one address",
    ],
)  # fmt: skip
def test_pictures_are_one_by_pixels_or_by_likeness_with_the_same_words_and_codes(
    one: Seen, other: Seen, same: bool | None
) -> None:
    assert same_picture(one, other) is same
    assert same_picture(other, one) is same


def test_a_picture_compressed_again_keeps_the_digest_of_the_approved_one() -> None:
    approved = content((Role.BODY, BODY), pictures=(Seen("p", A, "", "", "字", ()),))
    page = content((Role.BODY, BODY), pictures=(Seen("q", B, "", "", "字", ()),))
    matched = match_pictures(approved.pictures, page.pictures)
    assert page.digest(matched.names) == approved.digest() != page.digest()


def test_changes_are_told_word_by_word_and_by_kind() -> None:
    after = (
        BODY.replace("59元", "99元")
        .replace("12月31日", "12月30日")
        .replace("5G套餐", "5G 悦享套餐")
        .replace("，详", "。详")
    )
    found = list(stream_changes(fold(BODY), fold(after), ("5G套餐",)))
    assert [(item.kind, item.before, item.after, item.small) for item in found] == [
        ("figure", "31", "30", False),
        ("name", "", "悦享", False),
        ("price", "59", "99", False),
        ("text", ",", "。", True),
    ]


@given(st.text(alphabet="甲乙丙12，。的"), st.text(alphabet="甲乙丙12，。的"))
def test_no_changes_means_the_same_words(one: str, other: str) -> None:
    assert (not list(stream_changes(one, other))) == (one == other)


@pytest.mark.parametrize(
    ("page", "kind", "small"),
    [
        (content((Role.BODY, BODY)), Kind.SAME, False),
        (content((Role.BODY, BODY.replace("。", "！"))), Kind.TEXT, True),
        (content((Role.BODY, BODY.replace("10000", "10001"))), Kind.TEXT, False),
        (content((Role.BODY, BODY), links=("https://a.example",)), Kind.TEXT, False),
        (content((Role.BODY, BODY), pictures=(Seen(pixels="p", likeness=A),)), Kind.PICTURE, False),
    ],
    ids=["same", "punctuation", "figure", "link", "picture"],
)
def test_a_page_is_the_same_or_says_how_it_differs(page: Content, kind: Kind, small: bool) -> None:
    compared = compare(content((Role.BODY, BODY)), page)
    assert (compared.kind, compared.small) == (kind, small)


@pytest.mark.parametrize(
    ("approved", "cover", "known"),
    [
        (content((Role.BODY, BODY)), None, True),
        (content((Role.BODY, BODY), pictures=(Seen("p"), Seen("q"))), Seen("q"), True),
        (content((Role.BODY, BODY), cover=Seen("c")), Seen("c"), True),
        (content((Role.BODY, BODY), cover=Seen(href="h")), Seen(href="h"), True),
        (content((Role.BODY, BODY)), Seen("c"), False),
        (content((Role.BODY, BODY), pictures=(Seen("p", A),)), Seen("q", FAR), False),
        (content((Role.BODY, BODY)), Seen(href="h"), None),
        (content((Role.BODY, BODY), cover=Seen(href="h")), Seen(href="i"), None),
    ],
    ids=["none", "a picture", "approved", "one address", "nobody's", "another", "no bytes", "another address"],
)
def test_a_cover_is_one_that_was_approved_or_an_approved_picture(
    approved: Content, cover: Seen | None, known: bool | None
) -> None:
    page = content((Role.BODY, BODY), pictures=approved.pictures, cover=cover)
    assert cover_known(approved, page) is known
    assert page.digest() == approved.digest(), "a cover is no part of the content digest"
    assert compare(approved, page).kind is {True: Kind.SAME, False: Kind.PICTURE, None: Kind.UNSURE}[known]


def test_pictures_without_bytes_are_not_taken_for_the_same() -> None:
    approved = content((Role.BODY, BODY), pictures=(Seen("p", A, "", "", "字", ()),))
    page = content((Role.BODY, BODY), pictures=(Seen(href="https://cdn.example/1"),))
    assert compare(approved, page).kind is Kind.UNSURE


def test_likeness_is_one_for_the_same_and_small_for_another() -> None:
    assert likeness(BODY, BODY) == 1.0
    assert likeness(BODY, "气象台发布暴雨黄色预警，今日最大小时雨量可达四十毫米。") < 0.1


def test_a_long_text_rewritten_throughout_is_told_as_one_change() -> None:
    before, after = "甲" * 3000, "乙" * 3000
    assert list(stream_changes(before, after)) == [Change("text", before, after, "")]
