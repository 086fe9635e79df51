"""How late something is, in hours and in words. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from zhongbao_core.text import Text

HOURS_SHOWN = 48
"""From so many hours on, days are counted."""


def late_hours(due: datetime, at: datetime) -> int:
    """Whole hours from ``due`` to ``at``; 0 before."""
    return max(0, int((at - due) // timedelta(hours=1)))


def late_text(hours: int) -> Text:
    """So many hours late, in words."""
    if hours < HOURS_SHOWN:
        return Text(f"已逾期 {hours} 小时", f"overdue by {hours} h")
    return Text(f"已逾期 {hours // 24} 天", f"overdue by {hours // 24} d")
