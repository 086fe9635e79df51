"""What other filters publish of their behaviour, in cases of our own: matched, or different as the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from content_audit.match.fold import OPTIONS
from content_audit.match.lexicon import Lexicon, Term
from content_audit.match.policy import POLICIES

PAGE = Path(__file__).parents[2] / "docs/content-match.md"


def words(terms: str, text: str, policy: str = "longest") -> list[str]:
    lexicon = Lexicon.compile([Term(term, number) for number, term in enumerate(terms.split("|"))], OPTIONS)
    return [text[hit.start : hit.end] for hit in POLICIES[policy](lexicon.scan([text]))]


@pytest.mark.parametrize(
    ("terms", "text", "hits"),
    [
        pytest.param("shit", "Ⓢⓗ⒤Ⓣ happens", ["Ⓢⓗ⒤Ⓣ"], id="houbb: letters in circles and brackets"),
        pytest.param("shit", "ⓈⓈShhⓗ⒤tTⓉ now", ["ⓈⓈShhⓗ⒤tTⓉ"], id="houbb: repeats of every style"),
        pytest.param("八达岭长城", "登八達嶺長城", ["八達嶺長城"], id="houbb: traditional"),
        pytest.param("三无产品", "①个3无产品和叁无产品", ["3无产品", "叁无产品"], id="houbb: numeral styles"),
        pytest.param("一二三四", "说一二三四吧", ["一二三四"], id="houbb: numerals of the term itself"),
        pytest.param("混蛋|猪头", "混@蛋，猪+头", ["混@蛋", "猪+头"], id="houbb: ignored signs"),
        pytest.param("坏东西", "坏---东---西", ["坏---东---西"], id="houbb: many of them"),
        pytest.param("混蛋", "<b>混蛋</b>", ["混蛋"], id="houbb: mark-up around"),
        pytest.param("ad", "I had a bad day", [], id="houbb: not inside Latin words"),
        pytest.param("ad", "7ad8 的ad好", ["ad", "ad"], id="houbb: beside figures and Chinese"),
        pytest.param("军火", "x军火y", ["军火"], id="houbb: Chinese between letters"),
        pytest.param("北京|京城", "到北京城去", ["北京"], id="ToolGood and houbb: leftmost"),
        pytest.param("北京|北京城", "到北京城去", ["北京城"], id="houbb: longest"),
        pytest.param("wall", "w[]all wallll", ["w[]all", "wallll"], id="ToolGood: skip words and repeats to the end"),
        pytest.param("asset", "myassset aasset", ["aasset"], id="ToolGood: letters around a run"),
        pytest.param("京城", "到京]城", ["京]城"], id="ToolGood: a bracket inside"),
        pytest.param("京城", "到【京城【", ["京城"], id="ToolGood: brackets around"),
        pytest.param("abc", "好ａｂｃｄ坏 ａｂｃ坏", ["ａｂｃ"], id="ToolGood: full width, and the word goes on"),
        pytest.param("二二|三三三", "二,二二,三三三", ["二二", "三三三"], id="ToolGood: doubled numerals"),
        pytest.param("两个", "有两@ |个好的", ["两@ |个"], id="importcjj: signs and blanks"),
        pytest.param("spam|报警", "spam spam 报警kill", ["spam", "spam", "报警"], id="importcjj: Latin and Chinese"),
    ],
)
def test_as_the_others_do(terms: str, text: str, hits: list[str]) -> None:
    assert words(terms, text) == hits


def test_all_overlapping_hits_as_importcjj_finds_them() -> None:
    assert words("有个苹果|个苹果|苹果", "有个苹果", "all") == ["有个苹果", "个苹果", "苹果"]


@pytest.mark.parametrize(
    ("terms", "text", "hits"),
    [
        pytest.param("大陆", "老大6岁", [], id="陆 is no figure"),
        pytest.param("天天", "今天", [], id="a doubled character must be doubled"),
        pytest.param("好坏", "很好，坏了", [], id="punctuation of sentences is not skipped"),
        pytest.param("好坏", "很好!坏了", [], id="nor an exclamation mark"),
        pytest.param("新品上市", "发布新品 上市公司", [], id="a blank between two words parts them"),
        pytest.param("国人", "我国【人民】", [], id="a pair of brackets is punctuation"),
        pytest.param("逐步", "逐步步入", ["逐步"], id="a character doubled at the border of two words"),
    ],
)
def test_different_and_said_so(terms: str, text: str, hits: list[str]) -> None:
    assert words(terms, text) == hits


def test_the_page_names_every_peer_and_every_option() -> None:
    page = PAGE.read_text("utf-8")
    assert all(name in page for name in ("houbb/sensitive-word", "ToolGood.Words", "importcjj/sensitive"))
    assert all(f"`{option}`" in page for option in OPTIONS)
