"""What a door may import. One heavy module more, and every pipeline of the company waits for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from fakes import FakePolicy
from permits import FULL, FULL_BOARD
from world import World

ROOT = Path(__file__).resolve().parent.parent.parent

OURS = ("zhongbao", "zhongbao_core", "freeze", "tzdata")
NEVER = {
    *("click", "yaml", "pydantic", "sqlalchemy", "alembic", "rich", "jinja2", "cryptography", "numpy", "icalendar"),
    *("chinese_calendar", "asyncio", "http", "logging", "dataclasses", "inspect", "ast", "email", "socket", "ssl"),
    *("subprocess", "tempfile", "unittest", "multiprocessing", "uuid", "cronsim", "importlib.metadata", "decimal"),
}
"""Modules that have no business on a gate's path."""
ONLINE_ONLY = {"sqlite3", "_sqlite3", "fcntl", "ctypes", "array", "glob"}
OPENSSL = {"hashlib", "_hashlib"}
"""Only for what is large: a door that hashes a few kilobytes does without."""
PATHS = {"pathlib", "urllib"}
"""5 ms of a gate's start; an offline gate opens its files by name."""

PROBE = """
import sys
before = set(sys.modules)
from zhongbao.__main__ import run
code = run(sys.argv[1:])
print("\\n" + __import__("json").dumps([code, sorted(set(sys.modules) - before)]))
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("world"), FULL - timedelta(days=1), FakePolicy())
    for number in (1, 2, 3):
        made.permit(FULL, *FULL_BOARD, name=f"P{number}")
    return made


def imported(world: World, *more: str) -> tuple[int, set[str]]:
    """Exit code of a gate, and what it imported beyond what Python itself starts with."""
    asked = ["freeze", "gate", "-s", "portal", "-k", "release", "--at", "2026-11-16T00:10Z", *more]
    command = [sys.executable, "-S", "-c", PROBE, *world.arguments(*asked)]
    paths = [str(ROOT), *(item for item in sys.path if "site-packages" in item)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr
    code, names = json.loads(done.stdout.strip().splitlines()[-1])
    return code, set(names)


def heavy(names: set[str], wanted: set[str]) -> set[str]:
    return {name for name in names if name in wanted or name.split(".")[0] in wanted}


def outside(names: set[str]) -> set[str]:
    """Modules that are neither ours nor of the standard library."""
    known = {*OURS, *sys.stdlib_module_names, "__main__"}
    return {name for name in names if name.split(".")[0] not in known and not name.startswith("_sysconfigdata")}


def test_an_offline_gate_with_a_permit_imports_nothing_heavy(world: World, tmp_path: Path) -> None:
    permit = world.base / "P1.json"
    code, names = imported(world, "--permit", str(permit), "--offline", "--receipt-dir", str(tmp_path))
    assert code == 0
    assert heavy(names, NEVER | ONLINE_ONLY | OPENSSL | PATHS) == set()
    assert outside(names) == set()


def test_an_online_gate_adds_the_ledger_and_nothing_else(world: World) -> None:
    permit = world.base / "P2.json"
    code, names = imported(world, "--permit", str(permit))
    assert code == 0
    assert heavy(names, NEVER) == set()
    assert "sqlite3" in names and outside(names) == set()


def test_a_gate_that_holds_imports_nothing_heavy_either(world: World, tmp_path: Path) -> None:
    code, names = imported(world, "--offline", "--receipt-dir", str(tmp_path))
    assert code == 1
    assert heavy(names, NEVER | ONLINE_ONLY | OPENSSL | PATHS) == set()


def test_our_own_modules_on_the_path_are_few(world: World, tmp_path: Path) -> None:
    """A door loads what decides and what proves; desk, calendar commands and reports are not among them."""
    permit = world.base / "P3.json"
    _, names = imported(world, "--permit", str(permit), "--offline", "--receipt-dir", str(tmp_path))
    ours = {name for name in names if name.split(".")[0] in OURS}
    assert len(ours) <= 75, sorted(ours)
    assert not {
        name for name in ours if "desk" in name or name.endswith("_cli") or ".report" in name or ".store." in name
    }
