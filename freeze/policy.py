"""What a decision may ask of the policy in force; the compiled file answers it, tests answer it with a fake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Protocol

from freeze.model import BreakGlass, Door, Exemption, Rung, StandardChange, System, Treatment, Window
from zhongbao_core.approval.subject import Target
from zhongbao_core.event import Event
from zhongbao_core.people import Directory

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from zhongbao_core.record import dataclass


@dataclass(frozen=True, slots=True)
class Hit:
    """A window that reaches a target. ``via`` is the chain of system ids from the one selected to the target."""

    window: Window
    via: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Holidays:
    """Days off and working days by official notice. ``known`` are the years that have been published or supplied."""

    off: frozenset[date]
    known: frozenset[int]

    def is_off(self, day: date) -> bool | None:
        """True for a day off (weekend or holiday, adjusted workdays counted as work); None where the year is unknown."""
        return day in self.off if day.year in self.known else None


class Policy(Protocol):
    """The policy in force, verified. Reading it never touches YAML and never reads the clock."""

    @property
    def event(self) -> Event | None:
        """The protection period, amendments applied; None where the company has none in view."""

    @property
    def zone(self) -> str:
        """The company's zone name, for hours of treatments and rungs and for display."""

    @property
    def directory(self) -> Directory:
        """Persons, ranks and deputies (without phones and mail)."""

    @property
    def treatments(self) -> tuple[Treatment, ...]:
        """What levels do to changes; the first that fits speaks, none that fits blocks."""

    @property
    def ladder(self) -> tuple[Rung, ...]:
        """The approval ladder; the first rung that fits speaks, none that fits refuses."""

    @property
    def catalogue(self) -> Mapping[str, StandardChange]:
        """Standard changes by id."""

    @property
    def exemptions(self) -> tuple[Exemption, ...]:
        """The exemption list."""

    @property
    def doors(self) -> Mapping[str, Door]:
        """Doors by id."""

    @property
    def breakglass(self) -> BreakGlass:
        """The rules of emergency release."""

    @property
    def holidays(self) -> Holidays:
        """Holiday data with the company's override applied."""

    @property
    def manifest(self) -> str:
        """``<version>:<digest>`` of the manifest, empty in an untrusted demo."""

    def system(self, system: str) -> System | None:
        """The system, or None: an unknown system is frozen."""

    def systems(self) -> Iterable[System]:
        """All systems, in order of id."""

    def windows(self) -> Iterable[Window]:
        """All windows, in the order written."""

    def windows_for(self, target: Target) -> tuple[Hit, ...]:
        """Windows whose system, service, unit, environment and label dimensions reach ``target``.

        Inheritance included: windows on its ancestors (``part_of``) and on whatever stands on it. The kind
        dimension and labels of the change are for the asker to test.
        """
