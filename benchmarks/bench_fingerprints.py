"""How many banners the fingerprints name right: vendor, product and version against what is expected, and rows a second.

    python benchmarks/bench_fingerprints.py [FOLDER] [--wrong] [--unnamed] [--fingerprints DIR]

FOLDER holds JSON lines with ``kind``, ``banner`` and what is expected: ``vendor``, ``product``, ``version``, at the top or
under ``expected``; without ``vendor`` and ``product`` nothing should be named. The bundled rows are
``benchmarks/data/fingerprints``: banners of servers started for this purpose, and of documents (see the README there).

Names are compared as CPE names: small letters, ``_`` for blanks. *Named right* is a share of the rows that expect a name,
*version right* of those named right that claim a version, *wrong* of all rows. Exits 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from exposure_scan.authoring.fingerprints import load_fingerprints
from exposure_scan.fingerprint.book import Book
from exposure_scan.fingerprint.model import Named

BUNDLED = Path(__file__).resolve().parent / "data" / "fingerprints"
TARGETS = {"named": 90.0, "version": 89.0, "wrong": 2.0, "speed": 20_000.0}
"""At least; of wrong names at most. Per cent, and rows a second."""
_ROWS, _ROUNDS = 5_000, 5
"""Rows named in a round to measure speed, and rounds."""


class Row(NamedTuple):
    """A banner and what it should be named; empty vendor: nothing."""

    place: str
    kind: str
    banner: str
    vendor: str
    product: str
    version: str | None
    """None: not known, so not judged."""


class Score(NamedTuple):
    """How one row came out."""

    row: Row
    outcome: str
    """right, wrong, unnamed, or fine where nothing was expected and nothing was named."""
    version: str
    """right, wrong, or empty where none was claimed or none is known."""
    named: Named | None


def rows(folder: Path) -> Iterator[Row]:
    """Every row of every JSONL file below ``folder``."""
    for file in sorted(folder.rglob("*.jsonl")):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if line.strip():
                yield _row(f"{file.name}:{number}", json.loads(line))


def _row(place: str, body: dict[str, Any]) -> Row:
    expected = body.get("expected") or body
    if isinstance(expected, str):
        vendor, _, product = expected.partition(":")
        expected = {"vendor": vendor, "product": product, "version": body.get("version")}
    return Row(
        place,
        str(body["kind"]),
        str(body["banner"]),
        as_cpe(expected.get("vendor")),
        as_cpe(expected.get("product")),
        expected.get("version"),
    )


def as_cpe(name: object) -> str:
    """A name as the CPE dictionary writes it, without backslashes."""
    return re.sub(r"\s+", "_", str(name or "").strip().lower()).replace("\\", "")


def score(row: Row, book: Book) -> Score:
    """The row, named and compared."""
    found = book.name(row.kind, row.banner)
    first = found[0] if found else None
    if first is None:
        return Score(row, "unnamed" if row.product else "fine", "", None)
    if not row.product or (row.vendor and row.vendor != first.vendor) or row.product != first.product:
        return Score(row, "wrong", "", first)
    judged = bool(first.version) and row.version is not None
    return Score(row, "right", ("right" if first.version == row.version else "wrong") if judged else "", first)


def speed(given: list[Row], book: Book) -> float:
    """Rows named in a second, one process, the best of some rounds; the automata are built before."""
    turns = max(1, _ROWS // len(given))
    return max(_once(given * turns, book) for _ in range(_ROUNDS))


def _once(given: list[Row], book: Book) -> float:
    begin = time.perf_counter()
    for row in given:
        book.name(row.kind, row.banner)
    return len(given) / (time.perf_counter() - begin)


def percent(part: int, whole: int) -> float:
    return 100.0 * part / whole if whole else 0.0


def table(scores: list[Score]) -> Iterator[str]:
    """A line for each kind, and one for all."""
    yield f"{'kind':<18}{'rows':>6}{'named right':>14}{'version right':>15}{'wrong':>8}{'unnamed':>9}"
    kinds = Counter(item.row.kind for item in scores)
    for kind, _ in sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0])):
        yield _line(kind, [item for item in scores if item.row.kind == kind])
    yield _line("all", scores)


def _line(name: str, scores: list[Score]) -> str:
    named, version, wrong = figures(scores)
    unnamed = sum(item.outcome == "unnamed" for item in scores)
    return f"{name:<18}{len(scores):>6}{named:>12.1f} %{version:>13.1f} %{wrong:>6.1f} %{unnamed:>9}"


def figures(scores: Iterable[Score]) -> tuple[float, float, float]:
    """Per cent named right, versions right, wrong names."""
    scores = list(scores)
    outcomes = Counter(item.outcome for item in scores)
    versions = Counter(item.version for item in scores if item.version)
    expected = sum(bool(item.row.product) for item in scores)
    return (
        percent(outcomes["right"], expected),
        percent(versions["right"], sum(versions.values())),
        percent(outcomes["wrong"], len(scores)),
    )


def shown(item: Score) -> str:
    got = f"{item.named.vendor}:{item.named.product} {item.named.version}" if item.named else "-"
    want = f"{item.row.vendor}:{item.row.product} {item.row.version or ''}"
    return f"{item.row.place} [{item.row.kind}] {item.row.banner[:90]!r}: {got}, expected {want}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=BUNDLED)
    parser.add_argument("--wrong", action="store_true", help="show wrong names and versions")
    parser.add_argument("--unnamed", action="store_true", help="show what was not named")
    parser.add_argument("--fingerprints", type=Path, action="append", default=[], help="packs laid over ours")
    options = parser.parse_args()
    book = load_fingerprints(options.fingerprints).book()
    given = list(rows(options.folder))
    if not given:
        print(f"no rows in {options.folder}", file=sys.stderr)
        return 3
    scores = [score(row, book) for row in given]
    print("\n".join(table(scores)))
    for item in scores:
        if options.wrong and (item.outcome == "wrong" or item.version == "wrong"):
            print("wrong:", shown(item))
        if options.unnamed and item.outcome == "unnamed":
            print("unnamed:", shown(item))
    named, version, wrong = figures(scores)
    rate = speed(given, book)
    print(f"{len(book.fingerprints)} fingerprints, {rate:,.0f} rows/s")
    met = (
        named >= TARGETS["named"]
        and version >= TARGETS["version"]
        and wrong <= TARGETS["wrong"]
        and rate >= TARGETS["speed"]
    )
    print("targets met" if met else f"targets missed: {TARGETS}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
