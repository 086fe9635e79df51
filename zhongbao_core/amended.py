"""Amendments applied to the protection period: phases that end later or earlier. Pure.

Who signed an amendment and whether the chain is whole is settled before (``zhongbao_core.amendments``); here what it
says is laid over the event, and refused where it does not fit: an unknown phase, a lift in the guise of an extend.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from zhongbao_core.clock import Span
from zhongbao_core.errors import TrustError
from zhongbao_core.event import Event, Phase
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from zhongbao_core.amendments import Amendment


class AmendmentLike(Protocol):
    """What of an amendment is read here; ``zhongbao_core.amendments.Amendment`` is one."""

    @property
    def number(self) -> int:
        """Its place in the chain."""

    @property
    def kind(self) -> str:
        """``extend`` or ``lift``."""

    @property
    def body(self) -> Mapping[str, Any]:
        """What was signed."""

    @property
    def ends(self) -> datetime | None:
        """The end it sets; None is open."""


def amend_event(event: Event | None, amendments: Sequence[AmendmentLike]) -> Event | None:
    """``event`` with its phases' ends as amended. Where phases then overlap, the stricter one holds.

    Raises TrustError AMENDMENT_INVALID for a phase nobody knows and for an extend that would end earlier.
    """
    for item in amendments:
        if "phase" in item.body:
            event = _amend_phase(event, item)
    return event


def _amend_phase(event: Event | None, item: AmendmentLike) -> Event:
    name = item.body["phase"]
    parts = [phase for phase in event.phases if phase.id == name] if event else []
    if event is None or not parts:
        raise refused(item, Text(f"没有阶段 {name}", f"there is no phase {name}"))
    end = amended_end(parts[-1].span.end, item)
    longer = [replace(parts[-1], span=Span(parts[-1].span.start, end))]
    rest = [phase for phase in event.phases if phase is not parts[-1]]
    if end is not None and end <= parts[-1].span.start:
        longer = []
    return replace(event, phases=strictest([*rest, *longer]))


def strictest(phases: Sequence[Phase]) -> tuple[Phase, ...]:
    """``phases`` cut so that none overlap: at every instant the strictest of those that claim it."""
    edges = sorted({phase.span.start for phase in phases} | {p.span.end for p in phases if p.span.end is not None})
    found: list[Phase] = []
    for index, start in enumerate(edges):
        end = edges[index + 1] if index + 1 < len(edges) else None
        claims = [phase for phase in phases if phase.span.contains(start)]
        if not claims:
            continue
        best = max(claims, key=lambda phase: (phase.level, phase.span.start))
        if found and found[-1].id == best.id and found[-1].span.end == start:
            found[-1] = replace(found[-1], span=Span(found[-1].span.start, end))
        else:
            found.append(replace(best, span=Span(start, end)))
    return tuple(found)


def amended_end(current: datetime | None, item: AmendmentLike) -> datetime | None:
    """The end after ``item``. Raises TrustError where its kind is a disguise."""
    from zhongbao_core import amendments

    real: Amendment = item  # type: ignore[assignment]
    return amendments.amended_end(current, real)


def refused(item: AmendmentLike, why: Text) -> TrustError:
    """The refusal of an amendment that does not fit the policy."""
    return TrustError(
        Text(f"修订 {item.number} 无法执行：{why.zh}", f"amendment {item.number} cannot be applied: {why.en}"),
        reason_code="AMENDMENT_INVALID",
        amendment=item.number,
    )
