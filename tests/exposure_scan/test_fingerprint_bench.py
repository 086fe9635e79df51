"""The scorer of fingerprints, and that the bundled rows do not fall back."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.bench_fingerprints import BUNDLED, TARGETS, Score, as_cpe, figures, rows, score, table
from exposure_scan.authoring.fingerprints import load_fingerprints

BOOK = load_fingerprints().book()


def written(folder: Path, *bodies: dict[str, object]) -> list[Score]:
    (folder / "rows.jsonl").write_text("".join(json.dumps(body) + "\n" for body in bodies), "utf-8")
    return [score(row, BOOK) for row in rows(folder)]


def test_the_bundled_rows_keep_the_targets() -> None:
    scores = [score(row, BOOK) for row in rows(BUNDLED)]
    named, version, wrong = figures(scores)
    assert len(scores) >= 300
    assert named >= TARGETS["named"] and version >= TARGETS["version"] and wrong <= TARGETS["wrong"]


@pytest.mark.parametrize(
    ("body", "outcome", "version"),
    [
        pytest.param({"vendor": "openbsd", "product": "openssh", "version": "9.2p1"}, "right", "right", id="right"),
        pytest.param(
            {"expected": {"vendor": "OpenBSD", "product": "OpenSSH"}}, "right", "", id="names as people write"
        ),
        pytest.param({"expected": "openbsd:openssh", "version": "9.3"}, "right", "wrong", id="a wrong version"),
        pytest.param({"vendor": "f5", "product": "nginx"}, "wrong", "", id="a wrong name"),
        pytest.param({"vendor": None, "product": None}, "wrong", "", id="named where nothing is expected"),
    ],
)
def test_how_a_row_is_scored(tmp_path: Path, body: dict[str, object], outcome: str, version: str) -> None:
    (found,) = written(tmp_path, {"kind": "ssh", "banner": "SSH-2.0-OpenSSH_9.2p1", **body})
    assert (found.outcome, found.version) == (outcome, version)


def test_what_is_not_named_counts_against_the_names_but_is_not_wrong(tmp_path: Path) -> None:
    scores = written(
        tmp_path,
        {"kind": "ssh", "banner": "SSH-2.0-strange", "vendor": "v", "product": "p", "version": None},
        {"kind": "ssh", "banner": "SSH-2.0-strange", "vendor": None, "product": None, "version": None},
        {"kind": "ssh", "banner": "OpenSSH_8.0", "vendor": "openbsd", "product": "openssh", "version": "8.0"},
    )
    assert [item.outcome for item in scores] == ["unnamed", "fine", "right"]
    assert figures(scores) == (50.0, 100.0, 0.0)
    assert len(list(table(scores))) == 3


def test_names_are_compared_as_the_dictionary_writes_them() -> None:
    assert as_cpe(" Internet Information_Services ") == "internet_information_services"
    assert as_cpe("joomla\\!") == "joomla!" and as_cpe(None) == ""
