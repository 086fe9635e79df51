"""The lexicon: what is found, what is not, and that size of batch and kind of process change nothing."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content_audit.match.fold import OPTIONS, FoldTable, fold
from content_audit.match.lexfile import LexiconError
from content_audit.match.lexicon import Lexicon, RawHit, Term
from content_audit.match.scanning import scan_batches
from content_audit.match.ways import TermError

EVERY_WAY = frozenset({"pinyin", "homophone", "split", "lookalike"})


def found(
    terms: str | list[Term], text: str, options: tuple[str, ...] = OPTIONS
) -> list[tuple[str, str, tuple[str, ...]]]:
    """(raw words, as they read, steps) of the hits of ``terms`` in ``text``."""
    listed = [Term(word, number) for number, word in enumerate(terms.split())] if isinstance(terms, str) else terms
    return [(text[hit.start : hit.end], hit.folded, hit.steps) for hit in Lexicon.compile(listed, options).scan([text])]


def words(terms: str | list[Term], text: str) -> list[str]:
    return [raw for raw, _, _ in found(terms, text)]


@pytest.mark.parametrize(
    ("terms", "text", "hits"),
    [
        pytest.param("最佳", "全国最佳手机", ["最佳"], id="as listed"),
        pytest.param("有一个东西 一个 东西", "我有一个东西", ["有一个东西", "一个", "东西"], id="overlapping ones too"),
        pytest.param(
            "最佳", "最 佳、最*佳、最🎉佳、最\u200b佳", ["最 佳", "最*佳", "最🎉佳", "最\u200b佳"], id="inserted signs"
        ),
        pytest.param("第一品牌", "品质第一 品牌引领", [], id="a blank between two words parts them"),
        pytest.param(
            "第一品牌",
            "第 一品牌 第一品 牌 第 一 品 牌",
            ["第 一品牌", "第一品 牌", "第 一 品 牌"],
            id="a blank that splits off one character",
        ),
        pytest.param("国人", "我国《人民日报》，中国（人口）", [], id="a pair of brackets is punctuation"),
        pytest.param("国人", "是【中]国【人", ["国【人"], id="a lone bracket is an inserted sign"),
        pytest.param("一流", "不是第一。流量", [], id="a full stop ends a stretch of words"),
        pytest.param("一流", "第一，流量\n一\n流", [], id="a comma and a line break end one too"),
        pytest.param("av", "I have AV, av8 and fav", ["AV", "av"], id="not inside longer words"),
        pytest.param("86", "1986 年 86 元 867", ["86"], id="not inside longer numbers"),
        pytest.param("八一", "一九八一年 八一节", ["八一"], id="not inside longer numbers in words"),
        pytest.param("15", "1.5 倍", [], id="a decimal point parts figures"),
        pytest.param("4001234567", "热线400-123-4567", ["400-123-4567"], id="a long number in groups"),
        pytest.param("goto fuck", "go to fu ck f u c k", ["f u c k"], id="blanks in Latin words"),
        pytest.param(
            "天天向上", "天向上 天天向上 天天天向上", ["天天向上", "天天向上"], id="doubled characters of the term"
        ),
        pytest.param("逐步", "逐步步入", ["逐步"], id="a character doubled at the border of two words"),
        pytest.param("最佳", "最最最佳佳佳", ["最最最佳佳佳"], id="a run belongs to the hit"),
        pytest.param("100%", "100% １００％ 1000% 100", ["100%", "１００％"], id="a term with a sign of its own"),
        pytest.param("C++", "C++ 与 C 语言", ["C++"], id="a term that is mostly signs"),
        pytest.param("弹药 微信", "a弹药b test微信test", ["弹药", "微信"], id="Chinese between Latin letters"),
        pytest.param("下三滥", "下3滥 下三滥 下叁滥", ["下3滥", "下三滥", "下叁滥"], id="numeral styles"),
    ],
)
def test_what_is_found(terms: str, text: str, hits: list[str]) -> None:
    assert words(terms, text) == hits


def test_words_that_are_the_term_have_no_steps_and_others_say_how() -> None:
    assert found("五星红旗", "五星红旗、五星紅旗、⑤星*红旗") == [
        ("五星红旗", "五星红旗", ()),
        ("五星紅旗", "五星红旗", ("traditional",)),
        ("⑤星*红旗", "五星红旗", ("numerals", "symbol")),
    ]


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        pytest.param("guojiaji，guo jia ji，GuóJiāJí", [("guojiaji", "pinyin")] * 3, id="pinyin"),
        pytest.param("国jia级、guo家级", [("国jia级", "pinyin"), ("guo家级", "pinyin")], id="pinyin of some"),
        pytest.param("国佳级、果家级", [("国佳级", "homophone"), ("果家级", "homophone")], id="homophones"),
        pytest.param("国家纟及", [("国家纟及", "split")], id="parts"),
        pytest.param("囯家级", [("囯家级", "lookalike")], id="look-alikes"),
        pytest.param("guo jiaji x guojiajix", [("guojiaji", "pinyin")], id="not inside longer words"),
        pytest.param("锅夹鸡", [], id="a short term of which nothing is left"),
    ],
)
def test_ways_to_write_a_marked_term(text: str, hits: list[tuple[str, str]]) -> None:
    got = [(folded, steps[-1]) for _, folded, steps in found([Term("国家级", 0, EVERY_WAY)], text)]
    assert got == hits


def test_a_term_that_is_not_marked_is_found_as_listed_only() -> None:
    assert words("国家级", "guojiaji 国佳级 国家纟及 囯家级") == []


def test_two_characters_are_looked_for_by_sound_only_where_the_term_says_so() -> None:
    assert words([Term("最佳", 0, frozenset({"homophone"}))], "罪佳 最加") == []
    assert words([Term("最佳", 0, frozenset({"homophone", "short"}))], "罪佳 最加") == ["罪佳", "最加"]


@pytest.mark.parametrize(
    ("term", "text"),
    [
        pytest.param("银行卡", "银形卡", id="another reading of a character of the term"),
        pytest.param("刑天舞", "行天舞", id="another reading of a character of the text"),
        pytest.param("身份证", "生份证", id="n for ng"),
        pytest.param("支付宝", "资付宝", id="z for zh"),
        pytest.param("牛奶粉", "流奶粉", id="l for n"),
    ],
)
def test_sounds_that_are_taken_for_one_another(term: str, text: str) -> None:
    assert words([Term(term, 0, frozenset({"homophone"}))], text) == [text]


def test_a_term_may_count_inside_longer_words() -> None:
    assert words([Term("av", 0, frozenset({"inside"}))], "have") == ["av"]


@pytest.mark.parametrize("term", ["", "★", "一\n二"])
def test_a_term_nobody_can_find_is_refused(term: str) -> None:
    with pytest.raises(TermError) as refused:
        Lexicon.compile([Term(term, 5)], OPTIONS)
    assert refused.value.values == {"term": 5}


ALPHABET = st.sampled_from("最佳国家级第一１①天天上 *·-「」。\nａavVk\u200b😀罪嘉zuijia佳佳㎏人入\ud800")
POSTS = st.lists(st.text(ALPHABET, max_size=30), max_size=12)
LEXICON = Lexicon.compile(
    [
        Term("最佳", 7, EVERY_WAY | {"short"}),
        Term("国家级", 8, EVERY_WAY),
        Term("天天", 9),
        Term("av", 10),
        Term("第一", 11),
        Term("一", 12),
        Term("·佳", 13),
        Term("佳", 14),
    ],
    OPTIONS,
)


@given(POSTS, st.integers(1, 200))
def test_batches_of_any_size_give_what_single_texts_give(posts: list[str], size: int) -> None:
    alone = [hit._replace(text=number) for number, post in enumerate(posts) for hit in LEXICON.scan([post])]
    assert scan_batches(LEXICON, posts, size) == alone


@given(POSTS)
def test_hits_lie_in_their_text_and_read_as_their_term(posts: list[str]) -> None:
    plain = FoldTable.made(OPTIONS)
    terms = {7: "最佳", 8: "国家级", 9: "天天", 10: "av", 11: "第一", 12: "一", 14: "佳"}
    for hit in LEXICON.scan(posts):
        raw = posts[hit.text][hit.start : hit.end]
        assert raw
        if hit.term in terms and not set(hit.steps) & EVERY_WAY:
            assert fold(raw, plain).text == fold(terms[hit.term], plain).text
            assert (hit.steps == ()) <= (raw == hit.folded)


def test_a_lexicon_survives_its_bytes_and_the_bytes_do_not_change() -> None:
    again = Lexicon.from_bytes(LEXICON.to_bytes())
    assert again.scan(["最佳的国家级"]) == LEXICON.scan(["最佳的国家级"]) != []
    terms = [Term("最佳", 1, EVERY_WAY), Term("国家级", 2)]
    assert Lexicon.compile(terms, OPTIONS).to_bytes() == Lexicon.compile(terms, reversed(OPTIONS)).to_bytes()


def test_an_empty_lexicon_finds_nothing() -> None:
    assert Lexicon.from_bytes(Lexicon.compile([], OPTIONS).to_bytes()).scan(["最佳" * 20000]) == []


@settings(max_examples=60)
@given(st.data())
def test_a_file_that_is_cut_off_or_changed_is_refused(data: st.DataObject) -> None:
    whole = SMALL.to_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    broken = data.draw(st.sampled_from([whole[:place], whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]]))
    with pytest.raises(LexiconError):
        Lexicon.from_bytes(broken)


SMALL = Lexicon.compile([Term("最佳", 1)], ["case"])


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(LexiconError):
        Lexicon.from_bytes(data)


@pytest.mark.parametrize(
    ("old", "new"), [(b"lexicon/1", b"lexicon/2"), (b'"engine":3', b'"engine":9'), (b'"library":"', b'"library":"9')]
)
def test_another_format_engine_or_library_is_refused(old: bytes, new: bytes) -> None:
    with pytest.raises(LexiconError):
        Lexicon.from_bytes(SMALL.to_bytes().replace(old, new, 1))


def test_scanning_a_draft_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from content_audit.match.lexicon import Lexicon\n"
        "hits = Lexicon.from_bytes(sys.stdin.buffer.read()).scan(['这是zuijia的 国佳级 产品'])\n"
        "assert len(hits) == 3, hits\n"
        "heavy = {'numpy', 'pypinyin', 'opencc', 'yaml', 'pydantic', 'rjieba', 'click', 're2', 'dataclasses', 'inspect'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], input=LEXICON.to_bytes(), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_a_hit_names_the_caller_s_own_number() -> None:
    assert Lexicon.compile([Term("最佳", 4711)], OPTIONS).scan(["", "最佳"]) == [RawHit(1, 0, 2, 4711, "最佳", ())]


def test_what_is_met_becomes_the_hits_of_the_rows_that_are_kept() -> None:
    terms = [Term("最佳", 3, frozenset({"homophone"})), Term("天", 5), Term("天天", 6), Term("佳", 7)]
    lexicon = Lexicon.compile(terms, OPTIONS)
    texts = ["最佳一天", "最*佳", "天天", "无", "佳佳", "嘴佳"] * 2000
    met = lexicon.meet(texts)
    assert met is not None
    every = lexicon.scan(texts)
    assert met.hits(np.ones(len(met.texts), np.bool_)) == every
    by_pattern = lexicon.terms_by_pattern()
    kept = np.array([bool({3, 6} & set(by_pattern[pattern])) for pattern in met.patterns])
    assert [hit for hit in met.hits(kept) if hit.term in (3, 6)] == [hit for hit in every if hit.term in (3, 6)]
    shown = {
        (text, term) for text, pattern in zip(met.texts, met.patterns, strict=True) for term in by_pattern[pattern]
    }
    assert {(hit.text, hit.term) for hit in every} <= shown
    assert lexicon.meet(texts[:6]) is None
