"""What code judges: hidden characters, exact forms, sensitive events, near misses, copies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from content_made import a_post, an_auditor
from hypothesis import given
from hypothesis import strategies as st

from content_audit.audit.coded import CODED
from content_audit.audit.copies import Copies, print_of
from content_audit.audit.edits import distance, near_misses
from content_audit.audit.registers import Combination, Form, Registers, SensitiveEvent, WrongForm
from zhongbao_core.clock import Span
from zhongbao_core.event import Level
from zhongbao_core.text import Text

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
ALWAYS = Span(AT - timedelta(days=30), None)


def found(text: str, registers: Registers | None = None, **given: object) -> list[tuple[str, str]]:
    channel = given.pop("channel", "wechat")
    auditor = an_auditor(registers=registers, at=AT, **given)
    return [(hit.rule, hit.raw) for hit in auditor.audit([a_post(text, channel=channel)])[0].hits]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("正常\u202e文字倒置\u202c了", [("HIDE-901", "\u202e文字倒置\u202c了")], id="override"),
        pytest.param("最\u200b佳产\u200b品", [("HIDE-902", "最\u200b佳")], id="the first invisible sign in a word"),
        pytest.param("换行处\u200b\n下一行", [], id="an invisible sign at a border"),
        pytest.param("家人👨\u200d👩\u200d👧合影", [], id="joined emoji"),
        pytest.param("文字\U000e0041\U000e0042", [("HIDE-903", "\U000e0041\U000e0042")], id="tag characters"),
        pytest.param("\ufeff开头的标记", [], id="a mark at the start of a file"),
    ],
)
def test_hidden_characters(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


SLOGAN = Form("F1", "event", "第十五届全国运动会", ALWAYS, frozenset({"十五运会"}), (WrongForm("十五届全运会"),))
LEADERS = (
    Form("L1", "leader", "张建国", ALWAYS, title="市委书记", order=1),
    Form("L2", "leader", "李卫东", ALWAYS, title="市长", order=2),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("第十五届全国运动会开幕", [], id="the exact form"),
        pytest.param("十五运会开幕", [], id="the short form"),
        pytest.param("喜迎十五届全运会", [("FORM-901", "十五届全运会")], id="a wrong form"),
        pytest.param("第十五届全国运动大会", [("FORM-902", "第十五届全国运动大会")], id="one character too many"),
        pytest.param("第十五届全国云动会", [("FORM-902", "第十五届全国云动会")], id="one character wrong"),
        pytest.param("第十五届运动会", [], id="two characters off is another name"),
        pytest.param("市委书记张建国、市长李卫东出席", [], id="titles and order right"),
        pytest.param("市委书记张建国出席，省长李卫东讲话", [("FORM-903", "李卫东")], id="another title"),
        pytest.param("市长李卫东、市委书记张建国出席", [("FORM-904", "张建国")], id="out of order"),
    ],
)
def test_exact_forms(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text, Registers(forms=(SLOGAN, *LEADERS))) == expected


def test_the_remedy_of_a_wrong_form_is_the_exact_one_and_its_reason_the_registers() -> None:
    form = SLOGAN._replace(wrong=(WrongForm("全运会十五届", Text("语序不对", "wrong order")),))
    hit = an_auditor(registers=Registers(forms=(form,)), at=AT).audit([a_post("全运会十五届")])[0].hits[0]
    assert (hit.why.zh, hit.remedy.zh) == ("语序不对", "规范表述：第十五届全国运动会")


QUAKE = SensitiveEvent(
    "E1", "青川地震", ALWAYS, frozenset({"青川6.1级地震"}), frozenset({"青川"}), frozenset({"promotion", "joke", "countdown"}),
    Span(AT - timedelta(hours=2), AT + timedelta(hours=24)), combinations=(Combination(frozenset({"旅游节"})),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("青川地震救援进展通报", [], id="a plain report"),
        pytest.param("青川地震了，本店帐篷到手价99元，点击购买", [("EVENT-901", "青川地震")], id="promotion"),
        pytest.param("青川地震吃瓜现场，哈哈", [("EVENT-901", "青川地震")], id="a joke"),
        pytest.param("青川旅游节开幕", [], id="the place alone"),
        pytest.param(
            "青川灾情牵动人心，旅游节照常", [("EVENT-902", "青川")], id="the place in a disaster, and forbidden company"
        ),
    ],
)
def test_sensitive_events(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text, Registers(sensitive=(QUAKE,))) == expected


def test_a_push_waits_within_the_quiet_window_whatever_it_says() -> None:
    registers = Registers(sensitive=(QUAKE,))
    assert found("今日天气", registers, channel="push") == [("EVENT-903", "")]
    assert found("今日天气", registers, channel="wechat") == []


def test_the_full_level_blocks_promotion_beside_a_disaster() -> None:
    auditor = an_auditor(registers=Registers(sensitive=(QUAKE,)), at=AT, level=Level.FULL)
    assert auditor.audit([a_post("青川地震，帐篷到手价99元，点击购买")])[0].verdict.id == "block"


def test_a_rule_of_code_can_be_switched_off() -> None:
    assert found("最\u200b佳", disabled=["HIDE-902"]) == []


def test_rules_of_code_have_ids_and_texts_of_their_own() -> None:
    assert len({rule.id for rule in CODED}) == len(CODED)
    assert all(rule.title.zh and rule.title.en and rule.law and rule.why.zh and rule.remedy.zh for rule in CODED)


@given(st.text("甲乙丙丁", min_size=4, max_size=10), st.text("甲乙丙丁戊", max_size=30))
def test_near_misses_are_within_the_edits_and_never_the_phrase(phrase: str, text: str) -> None:
    for span in near_misses(phrase, text, 1):
        assert distance(phrase, text[span.start : span.end]) == 1


@given(st.text("甲乙丙", max_size=8), st.text("甲乙丙", max_size=8))
def test_distance_is_the_same_both_ways_and_zero_for_equals_only(left: str, right: str) -> None:
    assert distance(left, right) == distance(right, left)
    assert (distance(left, right) == 0) == (left == right)


LONG = "我公司今日起在全市范围内开展网络优化专项行动，重点提升地铁、高铁沿线以及大型场馆周边的网络质量，欢迎广大用户监督并提出宝贵意见建议。"


def test_the_same_text_on_two_accounts_is_a_group_and_on_one_is_none() -> None:
    from dataclasses import replace

    posts = [
        replace(a_post(LONG), id="1", account="甲"),
        replace(a_post(LONG.replace("今日", "近日") + "谢谢"), id="2", account="乙"),
        replace(a_post(LONG[::-1]), id="3", account="丙"),
        replace(a_post("节日快乐"), id="4", account="丁"),
    ]
    copies = Copies()
    for post in posts:
        copies.add(print_of(post))
    assert [[item.post for item in group.posts] for group in copies.groups()] == [["1", "2"]]


def test_words_below_every_post_do_not_hide_copies_nor_make_them() -> None:
    from dataclasses import replace
    from random import Random

    from content_audit.audit.copies import FULL

    drawn = Random(7)  # noqa: S311 no secret
    texts = ["".join(chr(drawn.randrange(0x4E00, 0x5600)) for _ in range(300)) for _ in range(2 * FULL)]
    texts += [texts[2] + "谢谢", texts[-1] + "谢谢"]
    copies = Copies()
    for number, words in enumerate(texts):
        post = replace(a_post(words + "客服热线请拨打"), id=str(number), account=str(number % 7))
        copies.add(print_of(post))
    found = {tuple(item.post for item in group.posts) for group in copies.groups()}
    assert found == {("2", str(2 * FULL)), (str(2 * FULL - 1), str(2 * FULL + 1))}
