"""The page of exit and reason codes says what the code says."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from reason_codes import source_codes, table

from zhongbao_core.errors import ExitCode

PAGE = Path(__file__).parents[1] / "docs/exit-codes.md"
START, END = "<!-- codes -->\n", "<!-- /codes -->"


def test_every_exit_code_of_the_page_is_one_of_the_source_and_the_other_way_round() -> None:
    rows = re.findall(r"^\| (\d+) \| ([A-Z_]+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert {name: int(number) for number, name in rows} == {item.name: int(item) for item in ExitCode}


def test_every_reason_code_of_the_source_stands_in_the_page(request: pytest.FixtureRequest) -> None:
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(START)
    old, _, after = rest.partition(END)
    if request.config.getoption("--update-golden"):
        PAGE.write_text(before + START + table() + END + after, "utf-8")
        old = table()
    assert set(re.findall(r"^\| `([A-Z_0-9]+)` \|", old, re.MULTILINE)) == set(source_codes())


def test_every_reason_code_that_the_page_explains_exists() -> None:
    before = PAGE.read_text("utf-8").partition(START)[0]
    named = set(re.findall(r"^\| `([A-Z_0-9]+)` \|", before, re.MULTILINE))
    assert len(named) >= 30
    assert named - set(source_codes()) == set()


def test_the_codes_a_decision_can_carry_are_all_found_in_the_source() -> None:
    assert {"FROZEN", "PERMITTED", "TRUST_MISSING", "FINDING_MOVE", "USAGE", "TAMPERED", "ERROR"} <= set(source_codes())
