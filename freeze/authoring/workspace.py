"""A workspace as loaded: the company's policy as domain types, where each piece stands, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from freeze.calendar.inherit import Reach
from freeze.calendar.register import Register
from freeze.model import BreakGlass, Door, Exemption, Rung, StandardChange, System, Treatment, Window
from freeze.policy import Hit, Holidays
from zhongbao_core.approval.subject import Target
from zhongbao_core.authored import Place
from zhongbao_core.complaint import Complaint
from zhongbao_core.event import Event
from zhongbao_core.people import Directory
from zhongbao_core.text import NOTHING, Text


@dataclass(frozen=True, slots=True)
class Where:
    """Where the pieces of a workspace were written, for the checks that look at several at once."""

    systems: list[tuple[Place, System]] = field(default_factory=list)
    windows: list[tuple[Place, Window]] = field(default_factory=list)
    treatments: list[tuple[Place, Treatment]] = field(default_factory=list)
    ladder: list[tuple[Place, Rung]] = field(default_factory=list)
    catalogue: list[tuple[Place, StandardChange]] = field(default_factory=list)
    exemptions: list[tuple[Place, Exemption]] = field(default_factory=list)
    doors: list[tuple[Place, Door]] = field(default_factory=list)
    company: Place | None = None
    event: Place | None = None
    people: Place | None = None
    breakglass: Place | None = None
    system_ids: frozenset[str] = frozenset()
    """Every id in systems.yaml, those of entries that are wrong included: they are not unknown as well."""


@dataclass(frozen=True)
class Workspace:
    """Everything a workspace says. ``complaints`` tell whether it may be used: one error makes it unusable.

    It answers as ``freeze.policy.Policy`` does, straight from what was loaded; the compiled file must agree with it.
    """

    root: Path
    id: str = ""
    company: Text = NOTHING
    zone: str = "Asia/Shanghai"
    valid_for: tuple[timedelta, timedelta] = (timedelta(hours=24), timedelta(days=7))
    """Life of a manifest inside an event, and outside."""
    packs: Mapping[str, str] = field(default_factory=dict)
    """Pack to digest of its files."""
    event: Event | None = None
    directory: Directory = field(default_factory=lambda: Directory({}, ()))
    all_systems: Mapping[str, System] = field(default_factory=dict)
    all_windows: tuple[Window, ...] = ()
    treatments: tuple[Treatment, ...] = ()
    ladder: tuple[Rung, ...] = ()
    catalogue: Mapping[str, StandardChange] = field(default_factory=dict)
    exemptions: tuple[Exemption, ...] = ()
    doors: Mapping[str, Door] = field(default_factory=dict)
    breakglass: BreakGlass = field(default_factory=BreakGlass)
    holidays: Holidays = field(default_factory=lambda: Holidays(frozenset(), frozenset()))
    manifest: str = ""
    where: Where = field(default_factory=Where, compare=False)
    complaints: tuple[Complaint, ...] = ()

    @cached_property
    def reach(self) -> Reach:
        """Which windows reach which systems."""
        return Reach(self.all_systems.values(), self.all_windows)

    @property
    def register(self) -> Register:
        """The systems with their index."""
        return self.reach.register

    def system(self, system: str) -> System | None:
        """The system, or None."""
        return self.all_systems.get(system)

    def systems(self) -> Iterable[System]:
        """All systems, in order of id."""
        return (self.all_systems[name] for name in sorted(self.all_systems))

    def windows(self) -> Iterable[Window]:
        """All windows, in the order written."""
        return self.all_windows

    def windows_for(self, target: Target) -> tuple[Hit, ...]:
        """Windows that reach ``target``; deny before allow, then by id."""
        return self.reach.windows_for(target)
