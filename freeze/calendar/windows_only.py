"""Windows without systems: what a file of windows says alone, or all windows of a policy together. Pure.

Every window counts as reaching the one target there is. Without treatments any deny window holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from freeze.calendar.opening import Opening, next_opening
from freeze.calendar.standing import Standing, fits, standing
from freeze.model import BreakGlass, Door, Exemption, Rung, StandardChange, System, Treatment, Window
from freeze.policy import Hit, Holidays
from zhongbao_core.approval.subject import Target
from zhongbao_core.event import Event
from zhongbao_core.people import Directory

ANYTHING = Target("*", "*")
"""The target that every window reaches."""


@dataclass(frozen=True)
class WindowsOnly:
    """A policy of windows (and, where given, an event and treatments) with a single target."""

    all_windows: tuple[Window, ...]
    holidays: Holidays
    zone: str = "Asia/Shanghai"
    event: Event | None = None
    treatments: tuple[Treatment, ...] = ()
    directory: Directory = field(default_factory=lambda: Directory(persons={}, ranks=(), rank_names={}))
    ladder: tuple[Rung, ...] = ()
    catalogue: Mapping[str, StandardChange] = field(default_factory=dict)
    exemptions: tuple[Exemption, ...] = ()
    doors: Mapping[str, Door] = field(default_factory=dict)
    breakglass: BreakGlass = field(default_factory=BreakGlass)
    manifest: str = ""

    def system(self, system: str) -> System | None:
        """Any name is taken for a system: there is no register to look into."""
        return System(id=system, name=system, environments=("*",))

    def systems(self) -> Iterable[System]:
        """No register, so none."""
        return ()

    def windows(self) -> Iterable[Window]:
        """All windows, in the order written."""
        return self.all_windows

    def windows_for(self, target: Target) -> tuple[Hit, ...]:
        """Windows whose system and environment globs fit ``target``; without a register the rest counts as fitting."""
        return tuple(Hit(item, (target.system,)) for item in self.all_windows if _speaks_of(item, target))


class WindowsAnswer(NamedTuple):
    """What windows alone say: what holds, and when it opens."""

    standing: Standing
    opening: Opening

    @property
    def held(self) -> bool:
        """Whether a change is held: a deny window is active, or the allow windows there are do not cover it."""
        return self.standing.treatment.action != "allow" or bool(self.standing.closed_allows)


def at_windows(
    windows: Iterable[Window],
    holidays: Holidays,
    at: datetime,
    *,
    target: Target = ANYTHING,
    kind: str = "release",
    change_class: str = "normal",
    duration: timedelta = timedelta(0),
) -> WindowsAnswer:
    """What ``windows`` alone say at ``at``: any active deny holds; else allow windows must cover the span, if any.

    Raises CalendarDataError where that hangs on holiday data nobody has supplied.
    """
    policy = WindowsOnly(tuple(windows), holidays)
    found = standing(policy, (target,), kind, change_class, {}, at, duration)
    return WindowsAnswer(found, next_opening(policy, (target,), kind, change_class, {}, duration, at))


def _speaks_of(window: Window, target: Target) -> bool:
    select = window.select
    return (not select.systems or target.system == "*" or fits(select.systems, target.system)) and (
        not select.environments or target.environment == "*" or fits(select.environments, target.environment)
    )
