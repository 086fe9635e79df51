"""One forgery: what the asker does, how he then asks, and which refusals answer it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "freeze"))  # the small world is shared with the tests of doors

if TYPE_CHECKING:
    from scenes import Scene


@dataclass(frozen=True)
class Forgery:
    """``harm`` is done to a copy of the company's world; the door must answer with one of ``reasons``."""

    harm: Callable[[Scene], object]
    reasons: tuple[str, ...]
    permit: bool
    """Whether he brings the (perhaps harmed) permit; without one he hopes for no freeze at all."""
    at: datetime | None
    offline: bool
    more: tuple[str, ...]


def forged(
    name: str,
    harm: Callable[[Scene], object],
    *reasons: str,
    permit: bool = True,
    at: datetime | None = None,
    offline: bool = True,
    more: tuple[str, ...] = (),
) -> Any:
    """A row of the table; ``name`` is its id."""
    return pytest.param(Forgery(harm, reasons, permit, at, offline, more), id=name)


def each(*steps: Callable[[Scene], object]) -> Callable[[Scene], object]:
    """Several things done one after the other."""

    def harm(scene: Scene) -> None:
        for step in steps:
            step(scene)

    return harm
