"""The ledger's speed, each figure with its reference in the same run: python benchmarks/bench_ledger.py [--quick].

Eight processes append one entry a transaction, against eight processes that commit one bare row a transaction with
sqlite3 (WAL, FULL) into a table of their own; then the full check, inclusion proofs and memory at two sizes. Exits 1
where a target is missed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from zhongbao_core.ledger.journal import Journal

WRITERS = 8
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
BODY = {
    "verdict": "hold",
    "reason_code": "FROZEN",
    "targets": ["core-db/prod", "portal/prod"],
    "kind": "release",
    "permit": "",
    "level": "full",
    "manifest": "12:sha256:" + "ab" * 32,
    "observed": False,
    "actor": "ci-runner-7",
}


class Row(NamedTuple):
    """One line of the table."""

    what: str
    found: str
    target: str
    met: bool


def bare_writer(path: str, seconds: float) -> list[float]:
    """Bare sqlite3: the same pragmas that matter, one row a transaction, SQLite's own waiting."""
    db = sqlite3.connect(path, isolation_level=None, timeout=60)
    db.execute("PRAGMA synchronous = FULL")
    took: list[float] = []
    payload = b"x" * 420
    end = time.perf_counter() + seconds
    while (begun := time.perf_counter()) < end:
        db.execute("BEGIN IMMEDIATE")
        db.execute("INSERT INTO bare (raw) VALUES (?)", (payload,))
        db.execute("COMMIT")
        took.append(time.perf_counter() - begun)
    db.close()
    return took


def ledger_writer(path: str, seconds: float) -> list[float]:
    """Our journal, one entry a transaction as a gate writes it, every second one with an idempotency key."""
    took: list[float] = []
    with Journal.open(path, writer=f"w{os.getpid()}", wait=60) as journal:
        end = time.perf_counter() + seconds
        while (begun := time.perf_counter()) < end:
            key = "" if len(took) % 2 else f"use:{os.getpid()}:{len(took)}"
            journal.append("decision", "git", BODY, at=datetime.now(UTC), key=key)
            took.append(time.perf_counter() - begun)
    return took


def together(work: Callable[[str, float], list[float]], path: Path, seconds: float) -> list[float]:
    """All durations of eight processes at once."""
    with multiprocessing.get_context("fork").Pool(WRITERS) as pool:
        parts = pool.starmap(work, [(str(path), seconds)] * WRITERS)
    return [took for part in parts for took in part]


def appending(folder: Path, seconds: float, rounds: int) -> list[Row]:
    """Throughput and waiting, both sides in turn so that a busy machine hurts both."""
    bare, ours = folder / "bare.db", folder / "ours.db"
    with sqlite3.connect(bare) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, raw BLOB)")
    db.close()
    Journal.create(ours, origin="zhongbao.example/bench", writer="bench", at=NOW).close()
    theirs: list[float] = []
    mine: list[float] = []
    for _ in range(rounds):
        theirs += together(bare_writer, bare, seconds)
        mine += together(ledger_writer, ours, seconds)
    span = seconds * rounds
    ratio = len(mine) / len(theirs)
    return [
        Row("bare sqlite3, 8 processes", f"{len(theirs) / span:.0f}/s, {tail(theirs)}", "reference", True),
        Row("ledger, 8 processes", f"{len(mine) / span:.0f}/s, {tail(mine)}", "", True),
        Row("ledger / bare sqlite3", f"{ratio:.2f}x", ">= 0.5x", ratio >= 0.5),
        Row("append p99", f"{quantile(mine, 99) * 1000:.1f} ms", "<= 100 ms", quantile(mine, 99) <= 0.1),
        Row("append slowest", f"{max(mine) * 1000:.0f} ms of {len(mine)}", "<= 2 s", max(mine) <= 2),
    ]


def quantile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


def tail(values: list[float]) -> str:
    return (
        f"p50 {quantile(values, 50) * 1000:.1f} p99 {quantile(values, 99) * 1000:.1f} max {max(values) * 1000:.0f} ms"
    )


def filled(path: Path, size: int) -> None:
    """A ledger of ``size`` entries, written in batches."""
    with Journal.create(path, origin="zhongbao.example/bench", writer="bench", at=NOW) as journal:
        for first in range(1, size, 2000):
            with journal.transaction(NOW) as tx:
                for number in range(first, min(first + 2000, size)):
                    tx.append("decision", f"door-{number % 7}", {**BODY, "n": number}, f"k{number}")


def checking(folder: Path, size: int) -> list[Row]:
    """Full check, proofs and memory."""
    small, large = folder / "small.db", folder / "large.db"
    filled(small, size // 10)
    filled(large, size)
    before, after = peak(small), peak(large)
    with Journal.open(large, read_only=True) as journal:
        begun = time.perf_counter()
        report = journal.verify()
        took = time.perf_counter() - begun
        assert report.good and report.size == size
        proofs = [timed(partial(journal.inclusion, seq, size)) for seq in range(0, size, size // 500)]
        consistency = [timed(partial(journal.consistency, old, size)) for old in range(1, size, size // 500)]
    worst = max(proofs)
    grown = after - before
    return [
        Row(f"verify of {size} entries", f"{took:.2f} s ({took / size * 1e6:.0f} us an entry)", "<= 10 s", took <= 10),
        Row(
            "inclusion proof",
            f"median {statistics.median(proofs) * 1e3:.2f}, slowest {worst * 1e3:.2f} ms",
            "<= 10 ms",
            worst <= 0.01,
        ),
        Row("consistency proof", f"slowest {max(consistency) * 1e3:.2f} ms", "<= 10 ms", max(consistency) <= 0.01),
        Row(
            f"peak memory, {size // 10} / {size}", f"{before:.1f} / {after:.1f} MiB", "flat: <= 8 MiB more", grown <= 8
        ),
    ]


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def peak(path: Path) -> float:
    """Peak MiB of a process of its own that verifies the ledger and walks all entries."""
    command = [sys.executable, __file__, "--peak", str(path)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def show_peak(path: str) -> None:
    with Journal.open(path, read_only=True) as journal:
        assert journal.verify().good
        assert sum(1 for _ in journal.entries()) == journal.size()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    parser.add_argument("--folder", help="where the files go: the disk that is measured")
    parser.add_argument("--peak", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.peak:
        show_peak(args.peak)
        return 0
    with tempfile.TemporaryDirectory(prefix="zhongbao-bench-", dir=args.folder) as name:
        folder = Path(name)
        rows = appending(folder, 1, 2 if args.quick else 12)
        rows += checking(folder, 10_000 if args.quick else 100_000)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )
    for row in rows:
        print(f"{'ok ' if row.met else 'NO '} {row.what:32} {row.found:48} {row.target}")
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
