"""The bundled rules leave honest posts alone: 200 official posts, and texts that only look dangerous."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT))

from benchmarks import bench_quality as bench  # noqa: E402


@pytest.fixture(scope="module")
def figures() -> dict[str, bench.Share]:
    clean, gold = bench.read_items(bench.CLEAN), bench.read_items(bench.GOLD)
    found = bench.scan([*clean, *gold], [])
    return bench.measure(clean, gold, lambda item: found[item["id"]]).figures


@pytest.mark.parametrize("name", ["clean blocked", "clean marked", "traps marked"])
def test_honest_texts_are_left_alone(figures: dict[str, bench.Share], name: str) -> None:
    assert figures[name].percent <= bench.TARGETS[name]


def test_violations_are_found_and_disguised_ones_too(figures: dict[str, bench.Share]) -> None:
    assert bench.missed_targets(figures) == []
