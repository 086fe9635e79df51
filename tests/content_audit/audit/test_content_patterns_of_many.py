"""Patterns over many texts at once: what falls out could not have matched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content_audit.audit.patterns import PatternSet

PATTERNS = [
    "最佳",
    "^最佳",
    "最佳$",
    r"(?:^|[\n。])滚[!，]",
    r"[^。]{2,9}佳",
    r"\bab\b",
    r"\A最",
    "最(?:.|\n)*佳",
    r"佳(?:[,，]|$)",
    "x*",
]
TEXTS = st.lists(st.text("最佳滚!，,。\nab x", max_size=8), max_size=12)


@given(TEXTS)
def test_narrowing_loses_no_match(texts: list[str]) -> None:
    every = list(range(len(PATTERNS)))
    found = PatternSet(PATTERNS, [0, 1, 2])
    narrowed = found.narrowed(texts, dict.fromkeys(every, range(len(texts))))
    for place, text in enumerate(texts):
        assert list(found.find(text, every)) == list(found.find(text, narrowed.get(place, [])))


@pytest.mark.parametrize("count", [1, 20])
def test_a_pattern_without_keys_is_run_where_it_may_match(count: int) -> None:
    narrowed = PatternSet([r"\d{6}", "最佳"], [0]).narrowed(["无", "编号123456"] * count, {})
    assert narrowed == {place: [0] for place in range(1, 2 * count, 2)}
