"""The protection period (保障期): phases in time, each with a level that decides for every pillar.

A level is always shown by name and by the company's own label, never by number: in China 一级 is the highest.
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING

from zhongbao_core.clock import Span
from zhongbao_core.errors import InputError
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from zhongbao_core.record import dataclass


class Level(IntEnum):
    """How strictly the period holds. The order is meaning (stricter is greater); the number is never shown."""

    NONE = 0
    WATCH = 1
    RESTRICTED = 2
    FULL = 3
    SILENT = 4

    @property
    def id(self) -> str:
        """The word files and JSON use: none, watch, restricted, full, silent."""
        return self.name.lower()

    @property
    def text(self) -> Text:
        """The standard name in both languages."""
        return LEVEL_NAMES[self]


LEVEL_NAMES = {
    Level.NONE: Text("平时", "no freeze"),
    Level.WATCH: Text("关注", "watch"),
    Level.RESTRICTED: Text("限制封网", "restricted freeze"),
    Level.FULL: Text("全面封网", "full freeze"),
    Level.SILENT: Text("静默", "silent"),
}


REVIEW_RAISE = {Level.NONE: 0, Level.WATCH: 1, Level.RESTRICTED: 1, Level.FULL: 1, Level.SILENT: 1}
"""By how many rungs the review of what is published is raised at a level, where its phase does not say."""


def level_of(word: str) -> Level:
    """The level named by its id or its Chinese name. Raises InputError for any other word."""
    for level, name in LEVEL_NAMES.items():
        if word in (level.id, name.zh):
            return level
    raise InputError(
        Text(f"未知级别 {word!r}", f"unknown level {word!r}"),
        Text("可用：关注、限制封网、全面封网、静默", "use watch, restricted, full or silent"),
    )


@dataclass(frozen=True, slots=True)
class Phase:
    """One stretch of the event with one level. An open end (``span.end`` None) lasts until a signed lift."""

    id: str
    name: Text
    span: Span
    level: Level
    label: str = ""
    """The company's own label for the level in this phase, for example ``一级保障``."""
    review_raise: int | None = None
    """By how many rungs review is raised in this phase; None: as its level says."""

    @property
    def raises(self) -> int:
        """By how many rungs review is raised while this phase lasts."""
        return REVIEW_RAISE[self.level] if self.review_raise is None else self.review_raise


@dataclass(frozen=True, slots=True)
class Event:
    """A protection period of the company: its phases in order of start, none of them overlapping."""

    id: str
    name: Text
    zone: str
    phases: tuple[Phase, ...]
    owner: str = ""

    def phase_at(self, at: datetime) -> Phase | None:
        """The phase in force at ``at``, or None outside the event."""
        return next((phase for phase in self.phases if phase.span.contains(at)), None)

    def level_at(self, at: datetime) -> Level:
        """The level in force at ``at``."""
        phase = self.phase_at(at)
        return phase.level if phase else Level.NONE

    def raises_at(self, at: datetime) -> int:
        """By how many rungs review is raised at ``at``; none outside the event."""
        phase = self.phase_at(at)
        return phase.raises if phase else 0
