"""The company of the release tests: who approves, at which instants, and how a post comes to be submitted and signed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from zhongbao.example_world import World
from zhongbao_core.clock import parse_instant

APPROVERS = ["zhou-ting", "wu-gang", "chen-jun", "liu-yang", "huang-min", "xu-jing", "ma-chao", "sun-li", "he-ping"]
OTHERS = ["zhang-wei", "li-na", "wang-fang", "zhao-lei", "qian-duo", "sun-hao", "gao-yuan"]
CALM = parse_instant("2026-10-20T10:00+08:00")
GAMES = parse_instant("2026-11-22T08:00+08:00")

Call = Callable[..., tuple[int, Any]]
"""A command of this world at an instant: (exit code, what it printed, read as JSON where it is)."""


def submitted(call: Call, path: str, *more: str, at: datetime = GAMES) -> dict[str, Any]:
    code, body = call("submit", path, "--applicant", "li-na", *more, at=at)
    assert code == 0, body
    return dict(body)


def sign(call: Call, world: World, what: str, *persons: str) -> None:
    for person in persons:
        code, body = call("approve", what, "--key", str(world.key(person)))
        assert code == 0, body
