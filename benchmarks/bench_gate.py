"""How long a door keeps people waiting: a cold ``freeze gate`` against the bare start of the same Python.

    python benchmarks/bench_gate.py [--rounds 25] [--systems 10000] [--windows 1000] [--python PYTHON] [--check]

Each round runs every case once, in turn, so that a busy machine slows all of them alike; the figures are ratios of
medians (and of minima) to ``python -c pass`` of the same rounds. CPU time (user + system) is used, because on a
shared machine the wall clock measures the neighbours. ``--check`` exits 1 where a target is missed.

Targets: offline permit with three Ed25519 approvals 8x in the small workspace and 10x with 10,000 systems and 1,000
windows; online with a durable ledger entry 10x; loaded core: decision 1 ms median, next opening 20 ms.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "freeze")]

from fakes import FakePolicy, deny  # noqa: E402 the tests' world is the bench's world
from permits import FULL, FULL_BOARD, HOUR, question  # noqa: E402
from world import World  # noqa: E402

from freeze.calendar import next_opening  # noqa: E402
from freeze.decision.gate import decide  # noqa: E402
from freeze.in_force.compiled import CompiledPolicy  # noqa: E402
from freeze.model import Cron, Selector, System  # noqa: E402
from zhongbao_core.event import Level  # noqa: E402

AT = "2026-11-16T00:10Z"
TARGETS = {"offline": 8.0, "offline, large": 10.0, "online": 10.0}


def large(systems: int, windows: int) -> FakePolicy:
    """A company of ``systems`` in three levels of inheritance, under ``windows``, every third of them recurring."""
    base = FakePolicy()
    found = dict(base.all_systems)
    for number in range(systems - len(found)):
        parent = f"s{number // 100 * 100}" if number % 100 else (f"s{number // 10000 * 10000}" if number else None)
        found[f"s{number}"] = System(
            id=f"s{number}",
            name=f"系统 {number}",
            unit=f"u{number % 40}",
            part_of=None if parent == f"s{number}" else parent,
        )
    made = []
    for number in range(windows):
        select = Selector(systems=(f"s{number * 7}",)) if number % 2 else Selector(units=(f"u{number % 40}",))
        item = deny(f"w{number}", "2026-10-01 00:00", "2026-10-02 00:00", Level.RESTRICTED, select)
        if number % 3 == 0:
            item = replace(item, when=Cron("30 2 * * 1", timedelta(hours=1)))
        made.append(item)
    return replace(base, all_systems=found, all_windows=tuple(made))


def cpu(command: list[str], env: dict[str, str]) -> float:
    """CPU seconds of one run; a failing command stops the bench."""
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    said = process.stderr.read().decode() if process.stderr else ""
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}: {said}")
    return usage.ru_utime + usage.ru_stime


def gate(python: str, world: World, permit: Path, *more: str) -> list[str]:
    """The command line of one cold gate."""
    asked = ["freeze", "gate", "--system", "portal", "--kind", "release", "--at", AT, "--permit", str(permit)]
    return [python, "-m", "zhongbao", *world.arguments(*asked), *more]


def cold(python: str, rounds: int, small: World, big: World) -> dict[str, list[float]]:
    """CPU seconds of each case, round by round. Each online round has a permit of its own: it opens once."""
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    env |= {"PYTHONPYCACHEPREFIX": str(small.base / "pyc"), "PYTHONPATH": str(ROOT)}
    offline = ["--offline", "--receipt-dir", str(small.base / "receipts")]
    permits = [small.permit(FULL, *FULL_BOARD, name=f"CR-games-0007-P{number}") for number in range(rounds + 2)]
    other = big.permit(FULL, *FULL_BOARD)
    cases: dict[str, Callable[[int], list[str]]] = {
        "pass": lambda _: [python, "-c", "pass"],
        "import click": lambda _: [python, "-c", "import click"],
        "offline": lambda _: gate(python, small, permits[-1], *offline),
        "offline, large": lambda _: gate(python, big, other, *offline),
        "online": lambda number: gate(python, small, permits[number]),
    }
    found: dict[str, list[float]] = {name: [] for name in cases}
    for number in range(-1, rounds):
        for name, command in cases.items():
            spent = cpu(command(number % (rounds + 1)), env)
            if number >= 0:  # the first round fills the byte-code cache
                found[name].append(spent)
    return found


def loaded(data: bytes, manifest: str, rounds: int) -> dict[str, list[float]]:
    """Seconds of a decision and of a next opening with the policy already read."""
    compiled = CompiledPolicy.from_bytes(data, manifest=manifest)
    asked = question()
    found: dict[str, list[float]] = {"decision": [], "next opening": []}
    for _ in range(rounds * 4):
        start = time.perf_counter()
        decide(replace(asked, kind="release"), compiled, FULL - timedelta(days=14))
        found["decision"].append(time.perf_counter() - start)
        start = time.perf_counter()
        next_opening(compiled, asked.targets, "release", "normal", {}, HOUR, FULL, free_only=True)
        found["next opening"].append(time.perf_counter() - start)
    return found


def main() -> int:
    """Run and print; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--systems", type=int, default=10_000)
    parser.add_argument("--windows", type=int, default=1_000)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    policy = large(given.systems, given.windows)
    with tempfile.TemporaryDirectory() as place:
        for name in ("small", "big"):
            (Path(place) / name).mkdir()
        small = World(Path(place) / "small", FULL - timedelta(days=1), FakePolicy())
        big = World(Path(place) / "big", FULL - timedelta(days=1), policy)
        figures = cold(given.python, given.rounds, small, big)
    print(
        f"{given.rounds} rounds, CPU time, {given.systems} systems and {given.windows} windows in the large workspace"
    )
    base = figures["pass"]
    missed = []
    for name, spent in figures.items():
        ratio, least = statistics.median(spent) / statistics.median(base), min(spent) / min(base)
        target = TARGETS.get(name)
        print(
            f"{name:16} median {statistics.median(spent) * 1e3:7.1f} ms = {ratio:5.2f}x   min {min(spent) * 1e3:7.1f} ms = {least:5.2f}x"
            + (f"   target {target:.0f}x" if target else "")
        )
        if target and min(ratio, least) > target:
            missed.append(name)
    for name, seconds in loaded(big.compiled, big.manifest, given.rounds).items():
        limit = {"decision": 0.001, "next opening": 0.020}[name]
        middle = statistics.median(seconds)
        print(f"{name:16} median {middle * 1e3:7.3f} ms   target {limit * 1e3:.0f} ms")
        missed += [name] if middle > limit else []
    if missed:
        print("missed: " + ", ".join(missed))
    return 1 if missed and given.check else 0


if __name__ == "__main__":
    sys.exit(main())
