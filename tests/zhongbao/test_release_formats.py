"""A Word draft is approved; the WeChat draft and the published page of it are that very post, and any edit is found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from release_formats import (
    CALL,
    COVER,
    LEAD,
    LINK,
    TITLE,
    Piece,
    cover_file,
    poster,
    published_page,
    wechat_draft,
    word_draft,
)
from release_world import Call, sign, submitted

from zhongbao.example_world import World

PIECE = Piece()
ACCOUNT = ("--account", "jc-wechat")


def approved(world: World, call: Call, piece: Piece = PIECE, heading: str = "Title", *more: str) -> str:
    """The number of the post, submitted as a Word file and approved."""
    body = submitted(call, word_draft(piece, heading), *ACCOUNT, "--plan", "P-SERVICE", *more)
    sign(call, world, body["id"], "chen-jun")
    return str(body["id"])


def holds(decision: dict[str, Any]) -> list[tuple[str, str]]:
    return [(item["code"], item["text"]["zh"]) for item in decision["said"] if item["holds"]]


@pytest.mark.parametrize("heading", ["Title", "Heading 1", ""])
def test_one_approval_of_a_word_file_covers_the_wechat_draft_and_the_page(
    world: World, call: Call, heading: str
) -> None:
    cover = cover_file(poster())
    name = approved(world, call, PIECE, heading)
    code, decision = call("gate", word_draft(PIECE, heading), *ACCOUNT)
    assert (code, holds(decision)) == (0, [])
    code, decision = call("gate", wechat_draft(PIECE), *ACCOUNT, "--cover", cover)
    assert (code, holds(decision), decision["post"]) == (0, [], name)
    code, answer = call("verify-published", published_page(PIECE), "--against", name, "--cover", cover)
    assert (code, answer["posts"][0]["kind"], answer["posts"][0]["changes"]) == (0, "same", [])


def let_out(world: World, call: Call, piece: Piece = PIECE) -> str:
    """The same, and let out by the gate as it stands in WeChat."""
    name = approved(world, call, piece)
    code, decision = call("gate", wechat_draft(piece, cover=""), *ACCOUNT)
    assert (code, holds(decision)) == (0, [])
    return name


TWO = replace(PIECE, pictures=(poster(), poster("99 元/月", shape="darkgreen", offset=500)))
EDITS = [
    pytest.param(PIECE.saying("月费 59 元", "月费 39 元"), "text_changed", ["price"], id="price"),
    pytest.param(PIECE.saying("99 元", "89 元"), "text_changed", ["price"], id="price in the table"),
    pytest.param(PIECE.saying("30GB", "20GB"), "text_changed", ["figure"], id="figure in the table"),
    pytest.param(PIECE.saying("12 个月", "24 个月"), "text_changed", ["figure"], id="figure"),
    pytest.param(PIECE.saying("李明", "李朋"), "text_changed", ["text"], id="name of a person"),
    pytest.param(PIECE.saying("附近营业厅", "江城通信营业厅"), "text_changed", ["name"], id="registered name"),
    pytest.param(PIECE.saying("10000", "10086"), "text_changed", ["figure"], id="telephone"),
    pytest.param(replace(PIECE, title=TITLE.replace("资费", "优惠")), "text_changed", ["title", "text"], id="title"),
    pytest.param(replace(PIECE, link=LINK.replace("sn=abc", "sn=abd")), "text_changed", ["link"], id="link"),
    pytest.param(replace(PIECE, paragraphs=(LEAD, CALL)), "text_changed", ["price"], id="paragraph gone"),
    pytest.param(replace(PIECE, rows=PIECE.rows[:2]), "text_changed", ["price"], id="row gone"),
    pytest.param(replace(PIECE, digest="全城最低价"), "text_changed", ["extra"], id="summary"),
    pytest.param(replace(PIECE, pictures=(TWO.pictures[1],)), "picture_replaced", ["picture"], id="another picture"),
    pytest.param(replace(PIECE, pictures=(poster("99 元/月"),)), "picture_replaced", ["picture"], id="price in it"),
    pytest.param(
        replace(PIECE, pictures=(poster(code="https://jctel.example/x"),)),
        "picture_replaced",
        ["picture"],
        id="its code",
    ),
    pytest.param(replace(PIECE, pictures=()), "picture_replaced", ["picture"], id="picture gone"),
    pytest.param(TWO, "picture_replaced", ["picture"], id="picture more"),
]


@pytest.mark.parametrize(("piece", "kind", "changes"), EDITS)
def test_an_edit_of_the_wechat_draft_or_the_page_is_found_and_never_small(
    world: World, call: Call, piece: Piece, kind: str, changes: list[str]
) -> None:
    name = let_out(world, call)
    code, decision = call("gate", wechat_draft(piece, cover=""), *ACCOUNT)
    assert (code, {code for code, _ in holds(decision)} & {"POST_EDITED"}) == (1, {"POST_EDITED"})
    code, answer = call("verify-published", published_page(piece, cover=""), "--against", name)
    [post] = answer["posts"]
    assert (code, post["kind"], post["small"]) == (1, kind, False)
    assert [change["kind"] for change in post["changes"]] == changes


def test_two_pictures_in_another_order_are_replaced_pictures(world: World, call: Call) -> None:
    name = let_out(world, call, TWO)
    turned = replace(TWO, pictures=TWO.pictures[::-1])
    code, answer = call("verify-published", published_page(turned, cover=""), "--against", name)
    assert (code, answer["posts"][0]["kind"], len(answer["posts"][0]["changes"])) == (1, "picture_replaced", 2)


def test_a_changed_full_stop_is_small_and_still_told(world: World, call: Call) -> None:
    name = let_out(world, call)
    code, answer = call(
        "verify-published", published_page(PIECE.saying("协助。", "协助！"), cover=""), "--against", name
    )
    assert (code, answer["posts"][0]["kind"], answer["posts"][0]["small"]) == (1, "text_changed", True)


def test_a_page_that_nobody_approved_or_the_gate_did_not_let_out_is_unapproved(world: World, call: Call) -> None:
    name = approved(world, call)
    page = published_page(PIECE, cover="")
    assert call("verify-published", page, "--against", name)[1]["posts"][0]["kind"] == "unapproved"
    other = replace(
        PIECE, title="暴雨预警", paragraphs=("气象台发布暴雨黄色预警，请注意防范。",), rows=(), pictures=(), digest=""
    )
    code, answer = call("reconcile", published_page(other, cover=""))
    assert (code, answer["posts"][0]["kind"], answer["posts"][0]["against"]) == (1, "unapproved", "")


def test_a_cover_that_is_no_file_is_not_taken_for_an_approved_picture(world: World, call: Call) -> None:
    name = let_out(world, call)
    code, decision = call("gate", wechat_draft(PIECE, cover=COVER), *ACCOUNT)
    assert (code, "封面无法与已批准的图片核对" in [text for _, text in holds(decision)]) == (1, True)
    code, answer = call("verify-published", published_page(PIECE), "--against", name)
    assert (code, answer["posts"][0]["kind"], answer["posts"][0]["unsure"]) == (3, "unsure", [COVER])


def test_another_cover_is_a_replaced_picture_unless_it_was_submitted_with_the_draft(world: World, call: Call) -> None:
    name = let_out(world, call)
    cover = cover_file(poster("99 元/月", shape="darkgreen", offset=500))
    code, decision = call("gate", wechat_draft(PIECE), *ACCOUNT, "--cover", cover)
    assert (code, "封面不是已批准的图片" in [text for _, text in holds(decision)]) == (1, True)
    code, answer = call("verify-published", published_page(PIECE), "--against", name, "--cover", cover)
    assert (code, answer["posts"][0]["kind"]) == (1, "picture_replaced")
    assert [change["kind"] for change in answer["posts"][0]["changes"]] == ["cover"]
    revised = approved(world, call, PIECE, "Title", "--cover", cover, "--revise", name)
    assert call("gate", wechat_draft(PIECE), *ACCOUNT, "--cover", cover)[0] == 0
    assert call("verify-published", published_page(PIECE), "--against", revised, "--cover", cover)[0] == 0
