"""Sentences and clauses end where a reader would say so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content_audit.audit.clauses import clause, sentence


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        pytest.param("甲乙，丙丁戊，己。", "丁", "丙丁戊", id="commas"),
        pytest.param("不是最佳、第一的。", "第一", "不是最佳、第一的", id="an enumeration is one clause"),
        pytest.param("仅需1,000元起，快来", "元", "仅需1,000元起", id="a comma in a figure"),
        pytest.param("上午8:30开门，欢迎", "开门", "上午8:30开门", id="a colon in a time"),
        pytest.param("见https://a.cn/x 详情", "详情", "见https://a.cn/x 详情", id="a colon in a link"),
    ],
)
def test_the_clause_around_a_word(text: str, word: str, expected: str) -> None:
    at = text.index(word)
    start, end = clause(text, at, at + len(word))
    assert text[start:end] == expected


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        pytest.param("甲，乙。丙，丁！戊", "丁", "丙，丁", id="signs that end"),
        pytest.param(
            "版本3.5更快. 下一句", "更快", "版本3.5更快", id="a point before a blank ends, one in a figure does not"
        ),
        pytest.param("第一行\n第二行，好", "好", "第二行，好", id="a line"),
    ],
)
def test_the_sentence_around_a_word(text: str, word: str, expected: str) -> None:
    at = text.index(word)
    start, end = sentence(text, at, at + len(word))
    assert text[start:end] == expected


@given(st.text(alphabet="甲乙，。,.:1 /\n", max_size=30), st.data())
def test_a_clause_lies_inside_its_sentence_and_holds_the_words(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    inner, outer = clause(text, start, end), sentence(text, start, end)
    assert 0 <= outer[0] <= inner[0] <= start <= end <= inner[1] <= outer[1] <= len(text)
