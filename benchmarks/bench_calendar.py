"""How long the calendar takes on a loaded core: 1,000 windows, 10,000 systems, three levels of inheritance.

Prints a table: standing and next opening with a warm and a cold cache, each beside a naive reference measured in the
same run (every fire of every window that reaches the target expanded with cronsim, nothing kept).

    python benchmarks/bench_calendar.py [--queries 300]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from cronsim import CronSim

from freeze.calendar import SpanCache, next_opening, standing
from freeze.calendar.holidays import build_holidays
from freeze.calendar.windows_only import WindowsOnly
from freeze.model import Cron, Once, Selector, System, Treatment, Window
from freeze.policy import Hit
from zhongbao_core.approval.subject import Target
from zhongbao_core.clock import Span, zone
from zhongbao_core.event import Event, Level, Phase
from zhongbao_core.text import NOTHING

START = datetime(2026, 11, 1, tzinfo=UTC)
LENGTH = timedelta(hours=2)
FEW = 40
"""Systems of the search that finds nothing: as many as the cache keeps unions for."""
ANY = ("*",)


class Loaded(WindowsOnly):
    """Systems in three levels (20 platforms, 980 services, 9,000 parts) and the windows that reach each, indexed."""

    def __init__(self, windows: tuple[Window, ...], parents: dict[str, str]) -> None:
        super().__init__(windows, build_holidays({}, range(2024, 2030)), event=EVENT, treatments=TREATMENTS)
        hits: dict[str, list[Hit]] = {}
        direct: dict[str, list[Window]] = {}
        for item in windows:
            for name in item.select.systems or ("*",):
                direct.setdefault(name, []).append(item)
        for name in parents:
            chain: tuple[str, ...] = (name,)
            found = [Hit(item, ("*", name)) for item in direct.get("*", [])]
            while True:
                found += [Hit(item, chain) for item in direct.get(chain[0], [])]
                if not parents[chain[0]]:
                    break
                chain = (parents[chain[0]], *chain)
            hits[name] = found
        object.__setattr__(self, "hits", {name: tuple(found) for name, found in hits.items()})

    def system(self, system: str) -> System | None:
        return System(system, system) if system in self.hits else None  # type: ignore[attr-defined]

    def windows_for(self, target: Target) -> tuple[Hit, ...]:
        found: tuple[Hit, ...] = self.hits[target.system]  # type: ignore[attr-defined]
        return found


EVENT = Event(
    "games",
    NOTHING,
    "Asia/Shanghai",
    tuple(
        Phase(level.id, NOTHING, Span(START + timedelta(days=10 * n), START + timedelta(days=10 * n + 10)), level)
        for n, level in enumerate((Level.WATCH, Level.RESTRICTED, Level.FULL, Level.SILENT), 1)
    ),
)
TREATMENTS = (
    Treatment(Level.WATCH, ANY, ANY, "allow"),
    Treatment(Level.RESTRICTED, ANY, ANY, "approve", (("22:00", "06:00"),)),
    Treatment(Level.FULL, ANY, ("emergency",), "approve"),
    Treatment(Level.SILENT, ANY, ANY, "block"),
)


def make(seed: int = 7) -> Loaded:
    """The same core for the same seed."""
    dice = Random(seed)  # noqa: S311 reproducible load, no secret
    platforms = [f"platform-{n}" for n in range(20)]
    services = [f"service-{n}" for n in range(980)]
    parts = [f"part-{n}" for n in range(9000)]
    parents = dict.fromkeys(platforms, "")
    parents |= {name: dice.choice(platforms) for name in services}
    parents |= {name: dice.choice(services) for name in parts}
    return Loaded(tuple(window(dice, n, platforms, services, parts) for n in range(1000)), parents)


def window(dice: Random, number: int, platforms: list[str], services: list[str], parts: list[str]) -> Window:
    pool = dice.choice([platforms, services, services, parts])
    select = Selector(everything=True) if number < 10 else Selector(systems=tuple(dice.sample(pool, 3)))
    when: Once | Cron
    if dice.random() < 0.5:
        start = datetime(2026, 10, 1) + timedelta(hours=dice.randrange(24 * 700))
        when = Once(start, start + timedelta(hours=dice.randint(1, 200)))
    else:
        schedule = f"{dice.choice(['0', '30'])} {dice.randrange(24)} * * {dice.choice(['*', '1-5', '0,6', '3'])}"
        when = Cron(schedule, timedelta(hours=dice.randint(1, 10)), "workdays" if dice.random() < 0.05 else "any")
    place = "Asia/Shanghai" if dice.random() < 0.9 else "America/New_York"
    return Window(f"W{number:04}", NOTHING, "deny", place, when, select, level=Level(dice.randint(2, 4)))


def naive_standing(policy: Loaded, target: Target, at: datetime) -> Level:
    """Each window by itself, with cronsim backwards from the instant: no cache, no merging."""
    level = max(
        [phase.level for phase in EVENT.phases if phase.span.overlaps(Span(at, at + LENGTH))], default=Level.NONE
    )
    for hit in policy.windows_for(target):
        if any(a < at + LENGTH and at < b for a, b in naive_spans(hit.window, at - timedelta(days=2), at + LENGTH)):
            level = max(level, hit.window.level)
    return level


def naive_spans(item: Window, low: datetime, high: datetime) -> list[tuple[datetime, datetime]]:
    where = zone(item.zone)
    if isinstance(item.when, Once):
        end = item.when.end or item.when.start
        return [(item.when.start.replace(tzinfo=where), end.replace(tzinfo=where))]
    found: list[tuple[datetime, datetime]] = []
    for fire in CronSim(item.when.schedule, low.astimezone(where)):
        if fire >= high:
            return found
        found.append((fire, fire + item.when.duration))
    return found


def naive_next(policy: Loaded, target: Target, at: datetime) -> int:
    """All intervals of two years of every window that reaches the target: what a search without blocks begins with."""
    return sum(len(naive_spans(hit.window, at, at + timedelta(days=730))) for hit in policy.windows_for(target))


def clocked(action: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Median and 99th percentile in milliseconds."""
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        action()
        times.append((time.perf_counter() - begin) * 1000)
    times.sort()
    return statistics.median(times), times[min(len(times) - 1, int(len(times) * 0.99))]


def main() -> int:
    """Measure and print; 1 where a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=300)
    queries = int(parser.parse_args().queries)
    policy, dice = make(), Random(11)  # noqa: S311 reproducible load, no secret
    names = list(policy.hits)  # type: ignore[attr-defined]
    targets = [(Target(dice.choice(names), "prod"),) for _ in range(queries)]
    times = [START + timedelta(minutes=dice.randrange(60 * 24 * 60)) for _ in range(queries)]
    reach = statistics.mean(len(policy.windows_for(target[0])) for target in targets)
    print(f"1,000 windows, {len(names):,} systems, 3 levels, {reach:.1f} windows reach a system on average")
    blocked = replace_treatments(policy)
    cache = SpanCache(lambda: policy.holidays)
    count = iter(range(10**9))

    def turn() -> int:
        return next(count) % queries

    def one(kind: str) -> object:
        n: int = turn()
        kept = None if kind.startswith("cold") else cache
        if kind.endswith("standing"):
            return standing(policy, targets[n], "release", "normal", {}, times[n], LENGTH, cache=kept)
        if "none" in kind:
            n %= FEW
        asked = blocked if "none" in kind else policy
        return next_opening(asked, targets[n], "release", "normal", {}, LENGTH, times[n], cache=kept)

    rows: list[tuple[str, Callable[[], object], int, float | None]] = [
        ("standing, cold cache", lambda: one("cold standing"), queries, None),
        ("standing, loaded core", lambda: one("standing"), 3 * queries, 0.5),
        (
            "standing, naive reference",
            lambda: naive_standing(policy, targets[(n := turn())][0], times[n]),
            queries,
            None,
        ),
        ("next opening, cold cache", lambda: one("cold next"), queries, None),
        ("next opening, loaded core", lambda: one("next"), queries, 20.0),
        ("no opening in two years, cold cache", lambda: one("cold none"), min(60, queries), None),
        ("no opening in two years, loaded core", lambda: one("none"), queries, 20.0),
        (
            "expand two years, naive reference",
            lambda: naive_next(policy, targets[(n := turn())][0], times[n]),
            min(30, queries),
            None,
        ),
    ]
    for name, action, _, bound in rows:
        if bound is not None:
            print(f"loading for {name}", file=sys.stderr)
            for _ in range(queries):
                action()
    return table(rows)


def table(rows: list[tuple[str, Callable[[], object], int, float | None]]) -> int:
    missed = 0
    print(f"{'what':40}{'rounds':>8}{'median ms':>12}{'p99 ms':>12}{'bound ms':>12}")
    for name, action, rounds, bound in rows:
        median, worst = clocked(action, rounds)
        missed += bound is not None and median > bound
        print(f"{name:40}{rounds:>8}{median:>12.3f}{worst:>12.3f}{bound or '':>12}")
    return 1 if missed else 0


def replace_treatments(policy: Loaded) -> Loaded:
    """The same core where even free hours of every level are blocked, so that the whole two years are searched."""
    from copy import copy

    other = copy(policy)
    windows = [
        replace(policy.all_windows[0], id=f"L{n}", level=Level.SILENT, when=Cron(f"0 {n} * * *", timedelta(hours=5)))
        for n in range(0, 24, 4)
    ]
    extra = tuple(Hit(item, ("*",)) for item in windows)
    object.__setattr__(other, "hits", {name: (*found, *extra) for name, found in policy.hits.items()})  # type: ignore[attr-defined]
    return other


if __name__ == "__main__":
    sys.exit(main())
