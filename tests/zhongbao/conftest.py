"""A company in which posts are released: made once a module, copied for each test."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from release_world import APPROVERS, CALM, GAMES, OTHERS, Call

from content_audit.commands.emergency_cli import emergency
from content_audit.commands.gate_cli import gate, seen, submit, withdraw
from content_audit.commands.sheet_cli import release
from content_audit.commands.sweep_cli import sweep, takedown
from content_audit.commands.verify_cli import reconcile, verify_published
from zhongbao.__main__ import run
from zhongbao.example_world import World
from zhongbao_core.clock import iso, parse_instant
from zhongbao_core.settings import Settings


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    base = tmp_path_factory.mktemp("release")
    (base / "w").mkdir()
    (base / "o").mkdir()
    world = World(base / "w", base / "o", parse_instant("2026-10-10T10:00+08:00"))
    world.build([*APPROVERS, *OTHERS])
    return world


@pytest.fixture
def world(made: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A copy of the world for each test: ledgers only grow."""
    import shutil

    for name in ("w", "o"):
        shutil.copytree(made.workspace.parent / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return _at(World, tmp_path)


def _at(kind: type[World], base: Path) -> World:
    found = kind.__new__(kind)
    found.workspace, found.outside, found.at = base / "w", base / "o", CALM
    return found


@pytest.fixture
def call(world: World, capsys: pytest.CaptureFixture[str]) -> Call:
    """A command of this world at an instant; (exit code, what it printed, read as JSON where it is)."""
    commands: dict[str, click.Command] = {
        "gate": gate,
        "submit": submit,
        "withdraw": withdraw,
        "seen": seen,
        "verify-published": verify_published,
        "reconcile": reconcile,
        "release": release,
        "emergency": emergency,
        "sweep": sweep,
        "takedown": takedown,
    }
    settings = Settings(folder=str(world.workspace), trust_file=str(world.outside / "trust.json"))

    def invoke(name: str, *words: str, at: datetime = GAMES) -> tuple[int, Any]:
        plain = words[:1] in (("strike",), ("prove",), ("check",), ("review",))
        more = [*words, *(() if words[:1] == ("check",) else ("--at", iso(at)))]
        more += [] if plain else ["--format", "json"]
        if name in commands:
            result = CliRunner().invoke(commands[name], more, obj=settings)
            if result.exception is not None and not isinstance(result.exception, SystemExit):
                return 9, getattr(result.exception, "reason_code", repr(result.exception))
            return result.exit_code, json.loads(result.stdout) if result.stdout.startswith("{") else result.stdout
        capsys.readouterr()
        head = ["--workspace", str(world.workspace), "--trust", str(world.outside / "trust.json")]
        code = run([*head, name, *more])
        out = capsys.readouterr().out
        return code, json.loads(out) if out.startswith("{") else out

    return invoke
