"""Amendments applied to windows: those that end later or earlier, freezes that were added. Pure.

Who signed an amendment and whether the chain is whole is settled before (``zhongbao_core.amendments``); here what it
says is laid over the policy, and refused where it does not fit: an unknown phase, a lift in the guise of an extend.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from freeze.in_force.codec_scope import window_from_json
from freeze.model import Once, Window
from zhongbao_core.amended import AmendmentLike, amended_end, refused
from zhongbao_core.clock import Span, resolve, zone
from zhongbao_core.errors import ZhongbaoError
from zhongbao_core.text import Text

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


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


def _amend_window(window: Window | None, item: AmendmentLike) -> Window:
    if window is None or window.effect != "deny":
        name = item.body["window"]
        raise refused(item, Text(f"没有封网窗口 {name}", f"there is no freeze window {name}"))
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


def _new_window(item: AmendmentLike, known: Callable[[str], Window | None]) -> Window:
    try:
        window = window_from_json(item.body["deny"])
    except (KeyError, TypeError, ValueError, AttributeError, ZhongbaoError) as error:
        raise refused(item, Text(f"窗口不可读：{error}", f"its window cannot be read: {error}")) from error
    if window.effect != "deny" or known(window.id) is not None:
        raise refused(item, Text("只能新增编号未用过的封网窗口", "it may only add a freeze window with a new id"))
    return window
