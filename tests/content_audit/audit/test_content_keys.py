"""Keys of patterns: whatever a pattern matches holds one of them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content_audit.audit.keys import keys_of


@pytest.mark.parametrize(
    ("pattern", "keys"),
    [
        ("(?:全国|行业)?第一(?:品牌|名牌)", ("第一名牌", "第一品牌")),
        ("第[一1]品牌", ("第1品牌", "第一品牌")),
        ("治愈率.{0,4}%", ("治愈率",)),
        ("保本|无风险", ("保本", "无风险")),
        (r"1[3-9]\d{9}", ()),
        ("[一-龥]品", ("品",)),
        ("[一-龥][乙甲]", ("乙", "甲")),
        ("[一-龥]", ()),
        (r"https?://\S+", ("http",)),
        ("保本|.金", ("保本", "金")),
        (r"保本|\d+", ()),
        ("(?:甲乙)*丙", ("丙",)),
        ("(?:甲乙)+丙", ("甲乙",)),
        ("加(?:v|微)信", ("加v信", "加微信")),
    ],
)
def test_the_keys_of_a_pattern(pattern: str, keys: tuple[str, ...]) -> None:
    assert keys_of(pattern) == keys


ATOMS = st.sampled_from(["甲", "乙丙", "丁?", "[甲乙]", ".", r"\d", "(?:乙丙)+", "戊*"])
PATTERNS = st.recursive(
    st.lists(ATOMS, min_size=1, max_size=4).map("".join),
    lambda inner: st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
    max_leaves=6,
)


@settings(deadline=None)
@given(PATTERNS, st.text("甲乙丙丁戊1", max_size=12))
def test_what_a_pattern_matches_holds_one_of_its_keys(pattern: str, text: str) -> None:
    keys = keys_of(pattern)
    for found in re.finditer(pattern, text):
        assert not keys or any(key in found[0] for key in keys)
