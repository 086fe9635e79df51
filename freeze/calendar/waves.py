"""Waves (分批解封): each system its own start after an opening, so that held work does not all begin at once. Pure.

The offset comes from the system's id alone: every machine reckons the same one, nobody keeps a list. It is advice to
whoever schedules; a gate lets through whatever is open.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

STEP = timedelta(minutes=1)
"""Waves are whole minutes apart."""


def wave_of(system: str, spread: timedelta) -> timedelta:
    """The offset of ``system``: whole minutes, zero at least and less than ``spread``; zero where that is under two."""
    slots = max(1, spread // STEP)
    return int.from_bytes(sha256(system.encode("utf-8", "surrogatepass")).digest()[:8], "big") % slots * STEP
