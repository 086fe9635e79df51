"""The auditor: combinations, roles, levels, spans, links; batches equal posts one by one; offsets cut what is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from content_made import a_post, a_rule, an_auditor, looks, raws
from hypothesis import given, settings
from hypothesis import strategies as st

from content_audit.audit.registers import Host, Registers
from content_audit.audit.rule import Match, When, Words
from content_audit.model import Facts, Link, Passage, Post, Role, Source, Verdict
from zhongbao_core.clock import Span
from zhongbao_core.event import Level
from zhongbao_core.finding import Severity

CURE, ILL = Words(("治愈", "根治")), Words(("糖尿病", "高血压"))
AT = datetime(2026, 11, 20, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("match", "text", "expected"),
    [
        pytest.param(looks("最佳"), "全国最佳", ["最佳"], id="a literal"),
        pytest.param(looks("最佳"), "全国最\u200b佳、ＶＩＰ最 佳", ["最\u200b佳", "最 佳"], id="raw words are shown"),
        pytest.param(
            Match(look=Words((), (r"第[一1]品牌",))), "行业第１品牌", ["第１品牌"], id="a pattern over folded text"
        ),
        pytest.param(
            Match(CURE, beside=ILL, within=4, same="passage"), "治愈各型糖尿病", ["治愈各型糖尿病"], id="near"
        ),
        pytest.param(
            Match(CURE, beside=ILL, within=4, same="passage"), "糖尿病可治愈", ["糖尿病可治愈"], id="near, other way"
        ),
        pytest.param(Match(CURE, beside=ILL, within=4, same="passage", ordered=True), "糖尿病可治愈", [], id="order"),
        pytest.param(Match(CURE, beside=ILL, within=2, same="passage"), "治愈许多年的糖尿病", [], id="too far"),
        pytest.param(Match(CURE, beside=ILL, same="sentence"), "糖尿病高发，可以治愈。", ["治愈"], id="one sentence"),
        pytest.param(Match(CURE, beside=ILL, same="sentence"), "糖尿病高发。可以治愈。", [], id="two sentences"),
        pytest.param(Match(CURE, beside=ILL, same="passage"), "糖尿病高发。可以治愈。", ["治愈"], id="one passage"),
        pytest.param(
            Match(CURE, none=Words(("不能",)), same="sentence"), "不能治愈。可治愈。", ["治愈"], id="none in it"
        ),
        pytest.param(
            Match(Words(("98",)), none=Words(("来源",)), same="post"), "满意度98%。来源：某院", [], id="absent"
        ),
        pytest.param(Match(Words(("98",)), none=Words(("来源",)), same="post"), "满意度98%。", ["98"], id="not absent"),
        pytest.param(
            Match(look=Words((), (r"\d{17}[\dx]",)), check="id_card"),
            "11010519491231002X与110105194912310021",
            ["11010519491231002X"],
            id="a checker",
        ),
    ],
)
def test_what_a_match_finds(match: Match, text: str, expected: list[str]) -> None:
    assert raws(an_auditor(a_rule(match)), a_post(text)) == expected


def test_beside_in_another_passage_counts_for_the_post() -> None:
    match = Match(CURE, beside=ILL, same="post")
    assert raws(an_auditor(a_rule(match)), a_post("可治愈", title="糖尿病患者有福了")) == ["治愈"]


def test_a_covering_phrase_lets_a_hit_fall_where_it_covers_it() -> None:
    rule = a_rule(looks("最佳"), except_=("最佳实践",))
    assert raws(an_auditor(rule), a_post("最佳实践与最佳产品")) == ["最佳"]
    assert an_auditor(rule).audit([a_post("最佳实践与最佳产品")])[0].hits[0].start == 5


def test_a_hit_that_stands_keeps_what_was_tested() -> None:
    rule = a_rule(looks("最佳"), exempt=("negation", "goal", "title"))
    hit = an_auditor(rule).audit([a_post("全国最佳")])[0].hits[0]
    assert [(item.exemption, item.held) for item in hit.tested] == [
        ("negation", False),
        ("goal", False),
        ("title", False),
    ]


def test_the_explanation_tells_what_let_a_hit_fall() -> None:
    rule = a_rule(looks("最佳"), exempt=("negation", "goal", "title"))
    told = an_auditor(rule).explain(a_post("力争最佳"))
    assert [(item.fell, item.tested[-1].saw.zh) for item in told.judged] == [("exempt:goal", "力争")]
    assert told.audited.verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("role", "verdict"),
    [
        (Role.BODY, Verdict.BLOCK),
        (Role.QUOTED, Verdict.REVIEW),
        (Role.COMMENT, Verdict.REVIEW),
        (Role.DELETED, Verdict.REVIEW),
        (Role.HIDDEN, Verdict.BLOCK),
    ],
)
def test_words_of_others_are_reviewed_and_never_block(role: Role, verdict: Verdict) -> None:
    auditor = an_auditor(a_rule(looks("最佳"), verdict=Verdict.BLOCK))
    assert auditor.audit([a_post("全国最佳", role=role)])[0].verdict is verdict


@pytest.mark.parametrize(
    ("level", "verdict", "severity"),
    [
        (Level.NONE, Verdict.NOTE, Severity.LOW),
        (Level.RESTRICTED, Verdict.REVIEW, Severity.LOW),
        (Level.SILENT, Verdict.BLOCK, Severity.HIGH),
    ],
)
def test_the_period_makes_verdict_and_severity_stricter(level: Level, verdict: Verdict, severity: Severity) -> None:
    rule = a_rule(
        looks("最佳"),
        verdict=Verdict.NOTE,
        severity=Severity.LOW,
        verdict_at=((Level.RESTRICTED, Verdict.REVIEW), (Level.FULL, Verdict.BLOCK)),
        severity_at=((Level.FULL, Severity.HIGH),),
    )
    hit = an_auditor(rule, level=level).audit([a_post("全国最佳")])[0].hits[0]
    assert (hit.verdict, hit.severity) == (verdict, severity)


def test_channels_and_roles_and_facts_decide_whether_a_rule_looks() -> None:
    rule = a_rule(
        looks("最佳"), channels=frozenset({"push"}), roles=frozenset({Role.TITLE}), when=When(all=("promotion",))
    )
    auditor = an_auditor(rule)
    fell = [
        [item.fell for item in auditor.explain(post).judged]
        for post in (
            a_post("", title="全国最佳"),
            a_post("全国最佳", channel="push"),
            a_post("", title="全国最佳", channel="push"),
            a_post("欢迎选购", title="手机全国最佳", channel="push"),
        )
    ]
    assert fell == [["channel"], ["role"], ["when:promotion"], [""]]


def test_a_rule_holds_within_its_span_at_the_instant_of_publishing() -> None:
    rule = a_rule(looks("最佳"), span=Span(AT, AT.replace(day=21)))
    auditor = an_auditor(rule, at=AT.replace(day=1))
    posts = [a_post("最佳", published_at=at) for at in (AT, AT.replace(day=21), None)]
    assert [bool(item.hits) for item in auditor.audit(posts)] == [True, False, False]


def test_links_and_codes_to_foreign_hosts_are_hits() -> None:
    hosts = (Host("corp.cn", Span(AT, None), subdomains=True),)
    auditor = an_auditor(a_rule(Match(link="host_allowed")), registers=Registers(hosts=hosts), at=AT)
    post = replace(
        a_post("https://evil.top/q", role=Role.CODE),
        links=(Link("https://m.corp.cn/"), Link("https://other.cn/x")),
    )
    found = [(hit.raw, hit.passage, hit.start, hit.end) for hit in auditor.audit([post])[0].hits]
    assert found == [("https://other.cn/x", -1, 0, 0), ("https://evil.top/q", 0, 0, 18)]


def test_a_post_as_a_whole_is_a_hit_where_its_facts_say_so() -> None:
    rule = a_rule(Match(when=When(all=("reshare",), none=("source_stated",))), exempt=("negation",))
    auditor = an_auditor(rule)
    posts = [
        a_post("全文", facts=Facts(reshared_from="某报")),
        a_post("全文。来源：某报", facts=Facts(reshared_from="某报")),
    ]
    assert [[(hit.raw, hit.passage) for hit in item.hits] for item in auditor.audit(posts)] == [[("", -1)], []]


def test_overlapping_hits_of_one_rule_are_one_and_one_thing_is_said_once() -> None:
    one, two = a_rule(looks("最佳", "全国最佳")), replace(a_rule(looks("最佳")), id="TST-002")
    auditor = an_auditor(one, two)
    told = [(hit.rule, hit.raw) for hit in auditor.explain(a_post("全国最佳")).audited.hits]
    assert told == [("TST-001", "全国最佳"), ("TST-002", "最佳")]
    assert [(hit.rule, hit.raw) for hit in auditor.audit([a_post("全国最佳")])[0].hits] == told[:1]


def test_a_word_with_its_borders_inside_other_words_is_none() -> None:
    auditor = an_auditor(a_rule(looks("路口", border=True)))
    assert raws(auditor, a_post("路口交通堵塞")) == ["路口"]
    assert raws(an_auditor(a_rule(looks("口交", border=True))), a_post("路口交通堵塞")) == []
    assert auditor.segmenter in ("rjieba", "jieba")


PIECES = st.sampled_from(
    ["最佳", "最 佳", "全国", "力争", "不", "，", "。", "\n", "糖尿病", "治愈", "Ａ", "㈠", "\u202e", "😀", "第一品牌"]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)
RULES = (
    a_rule(looks("最佳"), exempt=("negation", "goal")),
    replace(a_rule(Match(CURE, beside=ILL, within=6, same="passage")), id="TST-002"),
    replace(a_rule(Match(look=Words((), (r"第一(?:品牌|名)",)))), id="TST-003"),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(TEXTS, max_size=3), max_size=5))
def test_a_batch_gives_what_its_posts_give_one_by_one(bodies: list[list[str]]) -> None:
    posts = [a_post(*body, title="标题") for body in bodies]
    auditor = an_auditor(*RULES)
    assert auditor.audit(posts) == [auditor.audit([post])[0] for post in posts]


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS, max_size=3), st.sampled_from(list(Role)))
def test_every_hit_cuts_its_raw_words_out_of_its_passage(bodies: list[str], role: Role) -> None:
    post = a_post(*bodies, role=role)
    for hit in an_auditor(*RULES).audit([post])[0].hits:
        assert post.passages[hit.passage].text[hit.start : hit.end] == hit.raw != ""


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40))
def test_any_text_gets_a_verdict(text: str) -> None:
    post = Post("p", Source("x"), "draft", (Passage(Role.BODY, "", text),))
    assert an_auditor(*RULES).audit([post])[0].verdict in Verdict
