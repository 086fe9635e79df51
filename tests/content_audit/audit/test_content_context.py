"""The facts of a post: what shows them, and what does not."""

from __future__ import annotations

import pytest
from content_made import a_context

from content_audit.audit.context import FACTS
from content_audit.audit.rule import When
from content_audit.model import Facts
from zhongbao_core.event import Level

SEEN = [
    pytest.param("promotion", "这款手机到手价999元，点击购买", id="price and call to act"),
    pytest.param("promotion", "我们的洗发水用过都说好", id="own goods in a slogan"),
    pytest.param("promotion", "本楼盘火热预售，欢迎看房", id="housing"),
    pytest.param("promotion", "【广告】春季新品", id="a label"),
    pytest.param("news", "新华社北京11月20日电（记者张三）会议在京召开", id="agency line"),
    pytest.param("news", "本报讯 昨天，我市举行应急演练", id="own report"),
    pytest.param("recruitment", "招聘客服两名，请投递简历，五险一金", id="recruitment"),
    pytest.param("anti_fraud", "谨防刷单诈骗，凡是要求先垫资的都是骗局", id="a warning"),
    pytest.param("law_text", "《广告法》第九条规定，广告不得有下列情形", id="an article"),
    pytest.param("has_price", "仅需99元", id="a price"),
    pytest.param("goods:medical", "这种药膏三天见效", id="medicine"),
    pytest.param("goods:finance", "年化收益稳定", id="finance"),
    pytest.param("disaster", "地震已造成多人伤亡", id="disaster"),
    pytest.param("lottery", "转发并关注抽奖送手机", id="a draw"),
    pytest.param("has_phone", "咨询400-123-4567", id="a telephone"),
]
UNSEEN = [
    pytest.param("promotion", "新华社北京11月20日电 手机产业加快发展，产量居前", id="news about goods"),
    pytest.param("promotion", "谨防诈骗：骗子以优惠价手机为饵诱导点击购买", id="a warning about an offer"),
    pytest.param("promotion", "招聘手机店员，投递简历即可，五险一金", id="a shop that recruits"),
    pytest.param("promotion", "今天天气晴朗，适合散步", id="nothing is sold"),
    pytest.param("news", "我们的洗发水用过都说好", id="a slogan"),
    pytest.param("recruitment", "招聘会今天开幕", id="a single word"),
    pytest.param("anti_fraud", "点击领取红包", id="a lure"),
]


@pytest.mark.parametrize(("fact", "text"), SEEN)
def test_the_fact_is_seen(fact: str, text: str) -> None:
    assert a_context(text).seen(fact) != ""


@pytest.mark.parametrize(("fact", "text"), UNSEEN)
def test_the_fact_is_not_seen(fact: str, text: str) -> None:
    assert a_context(text).seen(fact) == ""


def test_every_fact_can_be_asked_of_an_empty_post() -> None:
    context = a_context("")
    assert {fact for fact in FACTS if context.seen(fact)} == set()


def test_words_somebody_else_wrote_do_not_say_what_kind_of_post_it_is() -> None:
    from content_audit.model import Role

    assert a_context("点击购买，到手价99元", role=Role.QUOTED).seen("promotion") == ""


def test_what_the_export_says_counts() -> None:
    context = a_context("文字", facts=Facts(ad_marked=True, reshared_from="某报", original=True))
    assert [context.seen(fact) for fact in ("ad_marked", "reshare", "original")] == ["ad_marked", "某报", "original"]


def test_the_level_says_whether_the_period_runs() -> None:
    assert a_context("文字", level=Level.FULL).seen("event_period") == "full"


@pytest.mark.parametrize(
    ("when", "missing"),
    [
        pytest.param(When(all=("news",)), "news", id="one that must hold"),
        pytest.param(When(any=("news", "lottery")), "news|lottery", id="none of several"),
        pytest.param(When(none=("promotion",)), "!promotion", id="one that must not"),
        pytest.param(When(all=("promotion",), any=("goods", "news"), none=("news",)), "", id="all in order"),
    ],
)
def test_when_names_the_first_fact_that_is_amiss(when: When, missing: str) -> None:
    assert a_context("本店手机欢迎选购").miss(when) == missing


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        pytest.param("news", "被告人以高息为诱饵吸收存款，一审被判处有期徒刑", id="a case in court"),
        pytest.param("law_text", "《关于规范业务的指导意见》要求机构不得承诺收益", id="what an opinion demands"),
    ],
)
def test_reports_of_cases_and_rules_are_seen(fact: str, text: str) -> None:
    assert a_context(text).seen(fact) != ""
