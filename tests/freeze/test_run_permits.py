"""``freeze run`` with the permits of the desk: a standard change, and an emergency with the store down."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from desk_fakes import T0, policy
from world import World

from freeze.model import Selector, StandardChange
from zhongbao.__main__ import run
from zhongbao_core.clock import iso
from zhongbao_core.event import Level
from zhongbao_core.text import Text

MINUTE = timedelta(minutes=1)
SILENT = datetime(2026, 11, 20, 18, 12, tzinfo=T0.tzinfo)
TOUCH = StandardChange(
    id="make-marker",
    name=Text("放置标记", "leave a marker"),
    kind="config",
    select=Selector(everything=True),
    parameters={"name": r"[a-z]{1,20}"},
    command=("touch", "{name}"),
    roles=("duty",),
    per_day=2,
    levels=(Level.FULL,),
)
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(tmp_path)
    return World(tmp_path, T0 - timedelta(days=1), replace(policy(), catalogue={"make-marker": TOUCH}))


@pytest.fixture
def call(world: World, capsys: pytest.CaptureFixture[str]) -> Call:
    def invoke(at: datetime, *words: str, command: tuple[str, ...] = ()) -> tuple[int, str, str]:
        capsys.readouterr()
        tail = ["--", *command] if command else []
        code = run([*world.arguments("--lang", "en", *words, "--at", iso(at)), *tail])
        out, err = capsys.readouterr()
        return code, out, err

    return invoke


def test_a_standard_change_runs_its_very_command_once(world: World, call: Call) -> None:
    use = ("freeze", "standard", "use", "make-marker", "--system", "portal", "--by", "chen-jun")
    code, out, err = call(T0, *use, "name=marker", "--out", "sc.json")
    assert code == 0, out + err
    door = ("freeze", "run", "--permit", "sc.json")
    assert call(T0 + MINUTE, *door, command=("touch", "other"))[0] == 1
    assert not Path("other").exists()
    code, out, err = call(T0 + MINUTE, *door, command=("touch", "marker"))
    assert (code, Path("marker").exists(), "STANDARD_CHANGE" in err) == (0, True, True), out + err
    assert call(T0 + 2 * MINUTE, *door, command=("touch", "marker"))[0] == 1


def emergency(world: World, call: Call, name: str) -> None:
    keys = [word for person in ("chen-jun", "liu-yang") for word in ("--key", str(world.outside / "keys" / person))]
    asked = ("--system", "core-db", "--by", "li-na", "--reason", "表空间满", "--restores", "--out", name)
    code, out, err = call(SILENT, "freeze", "breakglass", "open", *asked, *keys)
    assert code == 0, out + err


def test_an_emergency_runs_with_the_store_down_and_leaves_a_receipt(world: World, call: Call) -> None:
    (world.outside / "ledger.db").rename(world.outside / "away.db")
    emergency(world, call, "bg.json")
    door = ("freeze", "run", "--permit", "bg.json", "--receipt-dir", "receipts")
    code, out, err = call(SILENT + MINUTE, *door, command=("touch", "restored"))
    assert (code, Path("restored").exists()) == (0, True), out + err
    assert "goes on offline" in err
    (line,) = Path("receipts/receipts.jsonl").read_text().splitlines()
    assert json.loads(line)["reason_code"] == "BREAK_GLASS"


def test_an_emergency_runs_even_where_no_receipt_can_be_written_and_says_so(world: World, call: Call) -> None:
    (world.outside / "ledger.db").rename(world.outside / "away.db")
    emergency(world, call, "bg.json")
    Path("receipts").write_text("a file, not a folder")
    door = ("freeze", "run", "--permit", "bg.json", "--receipt-dir", "receipts")
    code, _, err = call(SILENT + MINUTE, *door, command=("touch", "restored"))
    assert (code, Path("restored").exists(), "receipt" in err) == (0, True, True)


def test_an_emergency_release_is_used_up_by_its_run_where_the_ledger_is_reached(world: World, call: Call) -> None:
    emergency(world, call, "bg.json")
    door = ("freeze", "run", "--permit", "bg.json")
    assert call(SILENT + MINUTE, *door, command=("touch", "restored"))[0] == 0
    code, out, _ = call(SILENT + 2 * MINUTE, *door, command=("touch", "again"))
    assert (code, "PERMIT_USED" in out, Path("again").exists()) == (1, True, False)
