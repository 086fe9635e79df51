"""Patterns: folded like the text, bounded, and run only where they can match."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content_audit.match.fold import OPTIONS, FoldTable, fold
from content_audit.match.lexicon import Lexicon, Term
from content_audit.match.patterns import Pattern, PatternError, folded_source, needed

TABLE = FoldTable.made(OPTIONS).reading


def words(source: str, text: str) -> list[str]:
    folded = fold(text, TABLE)
    return [text[slice(*folded.span(start, end))] for start, end in Pattern(source, TABLE).find(folded.text)]


@pytest.mark.parametrize(
    ("source", "text", "found"),
    [
        pytest.param("第一(?:品牌|名)", "第①品牌、第壹名", ["第①品牌", "第壹名"], id="numerals"),
        pytest.param("國家級", "国家级", ["国家级"], id="traditional"),
        pytest.param("最（大）", "最(大)", ["最(大)"], id="a full width bracket is a bracket, no group"),
        pytest.param("VIP[A-C]", "ｖｉｐｂ", ["ｖｉｐｂ"], id="capitals and their ranges"),
        pytest.param(
            r"1\d{10}",
            "电话１３８００１３８０００",
            ["１３８００１３８０００"],
            id="escapes and counts keep their meaning",
        ),
        pytest.param("[一二]流", "1流 二流", ["1流", "二流"], id="characters of a class"),
        pytest.param(r"(?P<n>最佳)\W", "最佳！", ["最佳！"], id="a named group"),
        pytest.param("100%", "１００％", ["１００％"], id="signs stay"),
        pytest.param("x*", "yyy", [], id="never an empty match"),
    ],
)
def test_a_pattern_is_folded_like_the_text(source: str, text: str, found: list[str]) -> None:
    assert words(source, text) == found


@pytest.mark.parametrize(
    "source",
    ["(", "最{2000}", "(?=最)", r"(最)\1", "a" * 3000, "((((最{1,50}){1,50}){1,50}){1,50})", "[", "*"],
)
def test_what_is_too_large_or_no_pattern_is_refused_with_its_cause(source: str) -> None:
    with pytest.raises(PatternError) as refused:
        Pattern(source, TABLE)
    assert refused.value.message.zh.startswith("模式 ")
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("第一(?:品牌|名)", {"第一品牌", "第一名"}),
        ("(?:最佳|最优秀)的", {"最佳的", "最优秀的"}),
        ("(?:最佳|.)的", set()),
        (r"\d{4}年保证收益", {"年保证收益"}),
        ("(?:保本){1,3}", {"保本"}),
        ("(?:保本)*", set()),
        ("加微信.{0,5}号码", {"加微信"}),
        ("100%-保本", {"100"}),
        (r"\pN", set()),
    ],
)
def test_the_words_a_match_cannot_do_without(source: str, found: set[str]) -> None:
    assert needed(source) == found


PATTERNS = ["第一(?:品牌|名)", "(?:最佳|最优秀)的", "加微信.{0,5}号", "天天(?:赚|向上)", "100%-保本", "[最第][佳一]名"]


@given(
    st.text(st.sampled_from("第一品牌名最佳优秀的加微信号天天赚向上100%-保本\u200b ①*，"), max_size=30),
    st.sampled_from(PATTERNS),
)
def test_the_automaton_never_hides_a_match(text: str, source: str) -> None:
    pattern = Pattern(source, TABLE)
    terms = [Term(word, number, frozenset({"inside"})) for number, word in enumerate(sorted(pattern.needs))]
    if terms and any(pattern.find(fold(text, TABLE).text)):
        assert Lexicon.compile(terms, OPTIONS).scan([text]) != []


@given(st.text(st.sampled_from("最A（[]^-\\pQE{}1,(?:)|.*一"), max_size=12))
def test_any_source_is_folded_to_something_or_refused(source: str) -> None:
    assert isinstance(folded_source(source, TABLE), str)
    try:
        Pattern(source, TABLE)
    except PatternError as error:
        assert error.values == {"pattern": source}
