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
        ("(?:全国|行业)?第一(?:品牌|名牌)", [("第一名牌", "第一品牌")]),
        ("第[一1]品牌", [("第1品牌", "第一品牌")]),
        ("治愈率.{0,4}%", [("治愈率",)]),
        ("治愈率.{0,4}保证", [("治愈率",), ("保证",)]),
        ("(?:转发|分享).{0,4}(?:好友|朋友圈).{0,4}免费领取", [("免费领取",), ("分享", "转发")]),
        ("保本.{0,4}零风险|稳赚.{0,2}不赔", [("零风险", "稳赚"), ("不赔", "保本")]),
        ("保本|无风险", [("保本", "无风险")]),
        (r"1[3-9]\d{9}", []),
        ("[一-龥]品", [("品",)]),
        ("[一-龥]人", []),
        ("[一-龥][乙甲]", [("乙", "甲")]),
        ("[一-龥]", []),
        (r"https?://\S+", [("http",)]),
        ("保本|.金", [("保本", "金")]),
        (r"保本|\d+", []),
        ("(?:甲乙)*丙", [("丙",)]),
        ("(?:甲乙)+丙", [("甲乙丙",)]),
        ("送(?:您|你|礼)+品", [("您品", "你品", "礼品"), ("送您", "送你", "送礼")]),
        ("加(?:v|微)信", [("加v信", "加微信")]),
    ],
)
def test_the_keys_of_a_pattern(pattern: str, keys: list[tuple[str, ...]]) -> None:
    assert {tuple(sorted(some)) for some in keys_of(pattern)} == {tuple(sorted(some)) for some in keys}


ATOMS = st.sampled_from(["甲", "乙丙", "丁?", "[甲乙]", ".", r"\d", "(?:乙丙)+", "戊*"])
PATTERNS = st.recursive(
    st.lists(ATOMS, min_size=1, max_size=4).map("".join),
    lambda inner: st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
    max_leaves=6,
)


@settings(deadline=None)
@given(PATTERNS, st.text("甲乙丙丁戊1", max_size=12))
def test_what_a_pattern_matches_holds_a_key_of_each_of_its_sets(pattern: str, text: str) -> None:
    sets = keys_of(pattern)
    for found in re.finditer(pattern, text):
        assert all(any(key in found[0] for key in some) for some in sets)
