"""A catalogue pattern is refused where some value could keep a door busy; what is accepted answers at once."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freeze.life.safe_pattern import LONGEST, complaint

FINE = [
    "[1-9][0-9]?",
    "[a-z][a-z0-9-]{1,40}/[a-z][a-z0-9-]{1,40}",
    r"(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])){3}",
    "[0-9a-f]{40}",
    "(crm-order|portal-web)",
    ".*",
    "[a-z]+",
]
HOSTILE = [
    "(a+)+",
    "(a*)*b",
    "(a|a)*b",
    "(a|aa)+",
    "([a-z]+)*",
    "(a{1,100}){1,100}b",
    ".*.*.*x",
    "a{0,200}a{0,200}a{0,200}a{0,200}b",
    "(a?){0,60}a{60}",
    "(?=a)b",
    "(?<!a)b",
    r"(a)\1",
    "(?P<n>a)(?(n)b|c)",
    "a" * 500,
    "[",
    "a{2,1}",
]


@pytest.mark.parametrize("pattern", FINE)
def test_what_is_needed_in_practice_is_accepted(pattern: str) -> None:
    assert complaint(pattern) is None


@pytest.mark.parametrize("pattern", HOSTILE)
def test_what_can_run_away_is_refused(pattern: str) -> None:
    found = complaint(pattern)
    assert found is not None and found.zh and found.en


@given(
    st.lists(st.sampled_from([*"ab.*+?(){}|[]", "{1,9}", "{0,60}", "[ab]", "(a|b)", r"\d"]), max_size=12).map("".join)
)
def test_every_accepted_pattern_answers_at_once(pattern: str) -> None:
    if complaint(pattern) is not None:
        return
    begin = time.perf_counter()
    for value in ("a" * LONGEST, "a" * (LONGEST - 1) + "!", "ab" * (LONGEST // 2 - 1) + "!", "0" * LONGEST):
        re.fullmatch(pattern, value, re.ASCII)
    assert time.perf_counter() - begin < 20  # a runaway pattern takes hours
