"""Disguise that patterns see through: signs between characters, figures in dress, words written otherwise."""

from __future__ import annotations

from functools import lru_cache

import pytest
from content_made import a_post, a_rule
from hypothesis import given
from hypothesis import strategies as st

from content_audit.audit.audit import Auditor
from content_audit.audit.compiled import Compiled
from content_audit.audit.naive import fold_even
from content_audit.audit.rule import Match, RuleBook, Words
from content_audit.audit.scanner import Mapped
from content_audit.audit.through import seen_through, suspects, with_words
from content_audit.authoring.compile import compile_book

WORDS = ("治愈", "香烟", "赌博", "最佳")


@lru_cache(maxsize=1)
def auditor() -> Auditor:
    healing = Match(look=Words((), (r"治愈[^。]{0,4}(?:失眠|痛风)",)))
    smoke = Match(look=Words((), (r"香烟.{0,4}批发",)))
    call = Match(look=Words((), (r"1[3-9]\d{9}",)), check="mobile")
    first = Match(look=Words((), (r"全国第[一1]",)))
    gain = Match(look=Words((), (r"稳赚[^。]{0,3}不赔",)))
    rules = tuple(
        a_rule(match, id=f"TST-00{number}") for number, match in enumerate((healing, smoke, call, first, gain), 1)
    )
    return Compiled(compile_book(RuleBook(rules, sounded=WORDS))).auditor()


@pytest.mark.parametrize(
    ("text", "raw", "steps"),
    [
        ("艾草足贴洽愈失眠", "洽愈失眠", ("lookalike",)),
        ("姜黄膏滋，zhi yu失眠", "zhi yu失眠", ("space", "pinyin")),
        ("氵台愈痛风", "氵台愈痛风", ("split",)),
        ("玉溪香咽整条批发价", "香咽整条批发", ("homophone",)),
        ("手机①⑤⑧②⑦③⑥④⑨⓪①", "①⑤⑧②⑦③⑥④⑨⓪①", ("numerals",)),
        ("打幺五八二七三六四九零一", "幺五八二七三六四九零一", ("numerals",)),
        ("连续三年全国第①！", "全国第①", ("numerals",)),
        ("稳💰赚，但从来没有不💰赔", "", ()),
        ("稳赚💰不赔的机会", "稳赚💰不赔", ()),
        ("稳💰赚不赔的机会", "稳💰赚不赔", ("symbol",)),
        ("稳*赚不赔的机会", "稳*赚不赔", ("symbol",)),
    ],
)
def test_a_pattern_reads_through_the_disguise(text: str, raw: str, steps: tuple[str, ...]) -> None:
    hits = [hit for hit in auditor().audit([a_post(text)])[0].hits if hit.rule.startswith("TST-")]
    assert [hit.raw for hit in hits] == ([raw] if raw else [])
    for hit in hits:
        assert hit.steps == steps
        assert text[hit.start : hit.end] == hit.raw


@pytest.mark.parametrize(
    "text",
    [
        "至于失眠，请就医",
        "治理失眠",
        "香烟与香咽喉片批发",
        "电话10086",
        "全国第一②批",
        "①选套餐②登录③提交",
        "最佳",
        "一二三四五六",
        "稳稳地赚，不赔钱",
    ],
)
def test_words_of_the_dictionary_and_heads_of_lists_are_left_alone(text: str) -> None:
    found = [hit.rule for hit in auditor().audit([a_post(text)])[0].hits]
    assert [rule for rule in found if rule in ("TST-001", "TST-002", "TST-003", "TST-005")] == []


def test_what_stands_as_written_is_said_once() -> None:
    hits = auditor().audit([a_post("全国第一①，手机13927364901①")])[0].hits
    assert [hit.raw for hit in hits if hit.rule.startswith("TST-")] == ["全国第一", "13927364901"]


def test_many_posts_are_read_as_one_is() -> None:
    texts = ["艾草足贴洽愈失眠", "手机①⑤⑧②⑦③⑥④⑨⓪①", "稳*赚不赔的机会", "无事" * 40] * 100
    posts = [a_post(text) for text in texts]
    assert auditor().audit(posts) == [auditor().audit([post])[0] for post in posts]


TEXTS = st.text("最佳零幺一二三四五六七八九①⑳❶*💰ab1 ，。", max_size=24)


@given(TEXTS)
def test_every_character_seen_comes_from_its_place(text: str) -> None:
    folded = fold_even(text)
    other = seen_through(folded)
    assert (other is not None) == (suspects([folded.text]) == [0])
    if other is None:
        return
    read, steps = other
    assert steps
    assert len(read.text) == len(read.starts) == len(read.ends)
    places = list(zip(read.starts, read.ends, strict=True))
    assert places == sorted(places)
    for char, (start, end) in zip(read.text, places, strict=True):
        assert char in fold_even(text[start:end]).text or char.isdigit()


@given(st.text("甲乙丙丁", min_size=4, max_size=12), st.integers(0, 3), st.integers(1, 3))
def test_words_are_put_in_place_of_others(text: str, start: int, length: int) -> None:
    end = min(len(text), start + length)
    whole = Mapped(text, list(range(len(text))), list(range(1, len(text) + 1)))
    read = with_words(whole, [(start, end, "治愈")])
    assert read.text == text[:start] + "治愈" + text[end:]
    assert (read.starts[start], read.ends[start + 1]) == (start, end)
    assert len(read.text) == len(read.starts) == len(read.ends)
