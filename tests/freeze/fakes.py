"""A policy held in memory: what the compiled file answers in production, tests say with these few fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase

from freeze.model import (
    BreakGlass,
    Door,
    Exemption,
    Once,
    Requirement,
    Rung,
    Selector,
    StandardChange,
    System,
    Treatment,
    Window,
)
from freeze.policy import Hit, Holidays
from zhongbao_core.approval.subject import Target
from zhongbao_core.clock import Span
from zhongbao_core.event import Event, Level, Phase
from zhongbao_core.people import Directory, Person, PublicKey
from zhongbao_core.text import Text


def utc(text: str) -> datetime:
    """``2026-11-20 08:00`` as an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def china_days(*years: int) -> Holidays:
    """Weekends off in ``years`` and nothing else."""
    days = (date(year, 1, 1) + timedelta(days=n) for year in years for n in range(366))
    return Holidays(off=frozenset(day for day in days if day.weekday() >= 5), known=frozenset(years))


def person(name: str, rank: str, *roles: str) -> Person:
    """A person whose id and name are the same word, with one key named after it."""
    key = PublicKey(id=f"{name}-1", line=f"ssh-ed25519 {name}")
    return Person(id=name, name=name, unit="ops", rank=rank, roles=frozenset(roles), keys=(key,))


PEOPLE = Directory(
    persons={
        item.id: item
        for item in (
            person("zhang-wei", "engineer", "applicant"),
            person("li-na", "engineer", "executor"),
            person("wang-fang", "engineer", "verifier"),
            person("chen-jun", "manager", "approver", "duty"),
            person("liu-yang", "manager", "approver", "duty"),
            person("zhao-min", "director", "approver"),
            person("sun-li", "vice-president", "approver"),
        )
    },
    ranks=("engineer", "manager", "director", "vice-president"),
    rank_names={"engineer": "工程师", "manager": "经理", "director": "总监", "vice-president": "副总裁"},
)

SYSTEMS = {
    item.id: item
    for item in (
        System(id="core-db", name="核心数据库", unit="infra", service="billing", environments=("prod", "staging")),
        System(id="billing", name="计费系统", unit="boss", service="billing", stands_on=("core-db",)),
        System(id="portal", name="营业厅门户", unit="boss", service="portal", environments=("prod", "staging")),
    )
}

GAMES = Event(
    id="games",
    name=Text("运动会保障", "Games"),
    zone="Asia/Shanghai",
    phases=(
        Phase(
            "watch",
            Text("关注期", "watch"),
            Span(utc("2026-11-01 00:00"), utc("2026-11-08 00:00")),
            Level.WATCH,
            "三级保障",
        ),
        Phase(
            "limit",
            Text("限制期", "limit"),
            Span(utc("2026-11-08 00:00"), utc("2026-11-15 00:00")),
            Level.RESTRICTED,
            "二级保障",
        ),
        Phase(
            "full",
            Text("全面期", "full"),
            Span(utc("2026-11-15 00:00"), utc("2026-11-20 00:00")),
            Level.FULL,
            "一级保障",
        ),
        Phase(
            "silent",
            Text("静默期", "silent"),
            Span(utc("2026-11-20 00:00"), utc("2026-11-22 00:00")),
            Level.SILENT,
            "特级保障",
        ),
    ),
    owner="event-office",
)

ANY = ("*",)
TREATMENTS = (
    Treatment(Level.WATCH, ("release",), ANY, "allow", rule="watch.release"),
    Treatment(Level.WATCH, ANY, ANY, "approve", rule="watch.rest"),
    Treatment(Level.RESTRICTED, ("restore",), ANY, "allow", in_flight="finish", rule="restricted.restore"),
    Treatment(Level.RESTRICTED, ANY, ANY, "approve", in_flight="finish", rule="restricted.rest"),
    Treatment(Level.FULL, ANY, ("emergency",), "approve", in_flight="stop_at_step", rule="full.emergency"),
    Treatment(Level.FULL, ANY, ANY, "approve", in_flight="stop_at_step", rule="full.rest"),
    Treatment(Level.SILENT, ANY, ANY, "block", in_flight="abort", rule="silent.all"),
)

LADDER = (
    Rung("watch-one", (Level.WATCH,), ANY, ANY, (), (Requirement("manager", 1),)),
    Rung("restricted-two", (Level.RESTRICTED,), ANY, ANY, (), (Requirement("manager", 2),)),
    Rung("full-three", (Level.FULL,), ANY, ANY, (), (Requirement("manager", 2), Requirement("vice-president", 1))),
)


@dataclass(frozen=True)
class FakePolicy:
    """The Policy protocol over plain fields. ``windows_for`` matches globs and inherits along parents and stands_on."""

    event: Event | None = GAMES
    zone: str = "Asia/Shanghai"
    directory: Directory = PEOPLE
    treatments: tuple[Treatment, ...] = TREATMENTS
    ladder: tuple[Rung, ...] = LADDER
    catalogue: Mapping[str, StandardChange] = field(default_factory=dict)
    exemptions: tuple[Exemption, ...] = ()
    doors: Mapping[str, Door] = field(default_factory=dict)
    breakglass: BreakGlass = field(default_factory=BreakGlass)
    holidays: Holidays = field(default_factory=lambda: china_days(2025, 2026, 2027, 2028))
    manifest: str = "7:sha256:" + "a" * 64
    all_systems: Mapping[str, System] = field(default_factory=lambda: dict(SYSTEMS))
    all_windows: tuple[Window, ...] = ()

    def system(self, system: str) -> System | None:
        return self.all_systems.get(system)

    def systems(self) -> Iterable[System]:
        return (self.all_systems[key] for key in sorted(self.all_systems))

    def windows(self) -> Iterable[Window]:
        return self.all_windows

    def windows_for(self, target: Target) -> tuple[Hit, ...]:
        chains = self._chains(target.system)
        return tuple(
            Hit(window, chain)
            for window in self.all_windows
            for chain in chains[: None if window.effect == "deny" else 1]
            if matches(window.select, self.all_systems[chain[0]], target.environment)
        )

    def _chains(self, system: str) -> list[tuple[str, ...]]:
        """``system`` itself, its ancestors, and whatever stands on it, each with the way down to ``system``."""
        if system not in self.all_systems:
            return []
        chains: list[tuple[str, ...]] = []
        queue: list[tuple[str, ...]] = [(system,)]
        seen = {system}
        while queue:
            chain = queue.pop(0)
            chains.append(chain)
            parent = self.all_systems[chain[0]].part_of
            above = [item.id for item in self.systems() if chain[0] in item.stands_on] + ([parent] if parent else [])
            for other in above:
                if other not in seen and other in self.all_systems:
                    seen.add(other)
                    queue.append((other, *chain))
        return chains


def matches(select: Selector, system: System, environment: str) -> bool:
    """The dimensions that speak of the target; kinds are for the asker."""
    if select.everything:
        return True
    pairs = (
        (select.systems, system.id),
        (select.services, system.service),
        (select.environments, environment),
        (select.units, system.unit),
    )
    globs = all(not wanted or any(fnmatchcase(value, glob) for glob in wanted) for wanted, value in pairs)
    return globs and all(fnmatchcase(system.labels.get(key, ""), glob) for key, glob in select.labels)


def deny(
    name: str, start: str, end: str | None, level: Level = Level.FULL, select: Selector | None = None, **more: object
) -> Window:
    """A one-off deny window; wall times in Asia/Shanghai."""
    return window(name, "deny", start, end, select, level=level, **more)


def window(
    name: str, effect: str, start: str, end: str | None, select: Selector | None = None, **more: object
) -> Window:
    """A one-off window; wall times in Asia/Shanghai."""
    values: dict[str, object] = {"owner": "ops-office", "why": Text("保障", "protection"), "source": "w.yaml:1", **more}
    when = Once(datetime.fromisoformat(start), datetime.fromisoformat(end) if end else None)
    return Window(
        id=name,
        name=Text(name, name),
        effect=effect,  # type: ignore[arg-type]
        zone="Asia/Shanghai",
        when=when,
        select=select or Selector(everything=True),
        **values,  # type: ignore[arg-type]
    )
