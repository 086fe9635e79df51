"""Amendments applied to a policy: phases and windows that end later or earlier, freezes that were added. Pure.

Who signed an amendment and whether the chain is whole is settled before (``zhongbao_core.amendments``); here what it
says is laid over the policy, and refused where it does not fit: an unknown phase, a lift in the guise of an extend.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from freeze.in_force.codec_scope import window_from_json
from freeze.model import Once, Window
from zhongbao_core.clock import Span, resolve, zone
from zhongbao_core.errors import TrustError, ZhongbaoError
from zhongbao_core.event import Event, Phase
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from zhongbao_core.amendments import Amendment

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


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


def amend_windows(
    known: Callable[[str], Window | None], amendments: Sequence[AmendmentLike]
) -> tuple[dict[str, Window], dict[str, Window]]:
    """(changed, added): windows whose end was amended, and deny windows that amendments brought, by id."""
    changed: dict[str, Window] = {}
    added: dict[str, Window] = {}
    for item in amendments:
        if "deny" in item.body:
            window = _new_window(item, lambda name: added.get(name) or known(name))
            added[window.id] = window
        elif "window" in item.body:
            name = str(item.body["window"])
            current = changed.get(name) or added.get(name) or known(name)
            (added if name in added else changed)[name] = _amend_window(current, item)
    return changed, added


def _amend_phase(event: Event | None, item: AmendmentLike) -> Event:
    name = item.body["phase"]
    parts = [phase for phase in event.phases if phase.id == name] if event else []
    if event is None or not parts:
        raise _refuse(item, Text(f"没有阶段 {name}", f"there is no phase {name}"))
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


def _amend_window(window: Window | None, item: AmendmentLike) -> Window:
    if window is None or window.effect != "deny":
        name = item.body["window"]
        raise _refuse(item, Text(f"没有封网窗口 {name}", f"there is no freeze window {name}"))
    if isinstance(window.when, Once):
        when = window.when
        current = None if when.end is None else resolve(when.end, zone(window.zone), "later")
        return replace(window, when=Once(when.start, _wall(amended_end(current, item), window.zone)))
    start = window.valid.start if window.valid else EARLIEST
    current = window.valid.end if window.valid else None
    return replace(window, valid=Span(start, amended_end(current, item)))


def _wall(at: datetime | None, zone_name: str) -> datetime | None:
    """``at`` in the window's local time. Read back on the later side at a clock change: a freeze only grows."""
    return None if at is None else at.astimezone(zone(zone_name)).replace(tzinfo=None)


def amended_end(current: datetime | None, item: AmendmentLike) -> datetime | None:
    """The end after ``item``. Raises TrustError where its kind is a disguise."""
    from zhongbao_core import amendments

    real: Amendment = item  # type: ignore[assignment]
    return amendments.amended_end(current, real)


def _new_window(item: AmendmentLike, known: Callable[[str], Window | None]) -> Window:
    try:
        window = window_from_json(item.body["deny"])
    except (KeyError, TypeError, ValueError, AttributeError, ZhongbaoError) as error:
        raise _refuse(item, Text(f"窗口不可读：{error}", f"its window cannot be read: {error}")) from error
    if window.effect != "deny" or known(window.id) is not None:
        raise _refuse(item, Text("只能新增编号未用过的封网窗口", "it may only add a freeze window with a new id"))
    return window


def _refuse(item: AmendmentLike, why: Text) -> TrustError:
    return TrustError(
        Text(f"修订 {item.number} 无法执行：{why.zh}", f"amendment {item.number} cannot be applied: {why.en}"),
        reason_code="AMENDMENT_INVALID",
        amendment=item.number,
    )
