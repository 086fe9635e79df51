"""The calendar of the change freeze: one place to import it from. Pure; see ``docs/freeze.md`` for its meaning.

``next_opening`` and ``at_windows`` are imported from their own modules when first called for, because a door
that lets a change through needs neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from freeze.calendar.hours import in_hours
from freeze.calendar.spans import SpanCache, span_at, spans
from freeze.calendar.standing import Active, Standing, TargetStanding, standing, treatment_for

if TYPE_CHECKING:
    from freeze.calendar.opening import Opening, next_opening
    from freeze.calendar.windows_only import WindowsAnswer, at_windows

__all__ = [
    "Active",
    "Opening",
    "SpanCache",
    "Standing",
    "TargetStanding",
    "WindowsAnswer",
    "at_windows",
    "in_hours",
    "next_opening",
    "span_at",
    "spans",
    "standing",
    "treatment_for",
]


def __getattr__(name: str) -> object:
    if name in ("Opening", "next_opening"):
        import freeze.calendar.opening

        return getattr(freeze.calendar.opening, name)
    if name in ("WindowsAnswer", "at_windows"):
        import freeze.calendar.windows_only

        return getattr(freeze.calendar.windows_only, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
