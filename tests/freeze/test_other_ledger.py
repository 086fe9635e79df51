"""A permit gets no second use from another ledger, and no old start makes new work old."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes import FakePolicy, deny
from permits import FULL, FULL_BOARD
from world import World

from freeze.model import Door, Treatment
from zhongbao.__main__ import run
from zhongbao_core.event import Level
from zhongbao_core.ledger.journal import Journal

Ask = Callable[..., tuple[int, dict[str, Any]]]
RELEASE = ("--system", "portal", "--kind", "release")
AT = "2026-11-16T00:10Z"


def asker(world: World, capsys: pytest.CaptureFixture[str]) -> Ask:
    """A gate of ``world``: exit code and JSON answer."""

    def asked(*more: str, at: str = AT) -> tuple[int, dict[str, Any]]:
        status = run(world.arguments("freeze", "gate", "--at", at, "--format", "json", *more))
        return status, json.loads(capsys.readouterr().out)

    return asked


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, FULL - timedelta(days=1), FakePolicy())


@pytest.fixture
def ask(world: World, capsys: pytest.CaptureFixture[str]) -> Ask:
    return asker(world, capsys)


def size(path: Path) -> int:
    with Journal.open(path, read_only=True) as journal:
        return journal.size()


def unpin(world: World) -> None:
    """The trust file of a machine that keeps no ledger."""
    body = json.loads(world.trust_path.read_text("utf-8"))
    del body["ledger"]["path"], body["ledger"]["key_file"]
    world.trust_path.write_text(json.dumps(body), "utf-8")


# --- another ledger -----------------------------------------------------------------------------------------------


def test_a_copy_of_the_ledger_does_not_give_a_permit_its_use_back(world: World, ask: Ask) -> None:
    held = ("--permit", str(world.permit(FULL, *FULL_BOARD)))
    copy = world.base / "copy.db"
    shutil.copy(world.outside / "ledger.db", copy)
    assert ask(*RELEASE, *held)[0] == 0
    before = size(copy)
    status, answer = ask(*RELEASE, *held, "--ledger", str(copy))
    assert (status, answer["verdict"], answer["reason_code"]) == (3, "unknown", "LEDGER_NOT_PINNED")
    assert size(copy) == before


def test_freeze_run_takes_no_other_ledger_either(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(world.permit(FULL, *FULL_BOARD))
    copy = world.base / "copy.db"
    shutil.copy(world.outside / "ledger.db", copy)
    words = ("freeze", "run", "--permit", path, "--ledger", str(copy), "--at", AT, "--", "touch", str(world.base / "x"))
    assert run(world.arguments(*words)) == 3
    assert "LEDGER_NOT_PINNED" in capsys.readouterr().out
    assert not (world.base / "x").exists()


def test_the_pinned_ledger_may_be_named_by_any_path_that_leads_to_it(world: World, ask: Ask) -> None:
    link = world.base / "link.db"
    link.symlink_to(world.outside / "ledger.db")
    for name in (world.outside / "ledger.db", world.outside / "keys" / ".." / "ledger.db", link):
        assert ask(*RELEASE, "--ledger", str(name))[1]["reason_code"] == "FROZEN"


def test_a_ledger_that_nobody_pinned_is_asked_but_never_vouches(world: World, ask: Ask) -> None:
    path = str(world.permit(FULL, *FULL_BOARD))
    unpin(world)
    named = (*RELEASE, "--permit", path, "--ledger", str(world.outside / "ledger.db"))
    status, answer = ask(*named)
    assert (status, answer["reason_code"], answer["use"]) == (0, "PERMITTED", "unchecked")
    assert ask(*named)[1]["reason_code"] == "PERMIT_USED"


def test_a_ledger_that_nobody_pinned_is_no_store_where_the_level_requires_one(world: World, ask: Ask) -> None:
    strict = Door("ci", "gitlab", require_online=(Level.FULL,))
    world.adopt(FakePolicy(doors={"ci": strict}, directory=world.policy.directory))
    path = str(world.permit(FULL, *FULL_BOARD))
    named = (*RELEASE, "--door", "ci", "--permit", path)
    unpin(world)
    status, answer = ask(*named, "--ledger", str(world.outside / "ledger.db"))
    assert (status, answer["reason_code"]) == (3, "STORE_UNAVAILABLE")


def test_a_start_that_only_an_unpinned_ledger_knows_is_a_claim(world: World, ask: Ask) -> None:
    """Whoever brings the ledger could have written the start into it himself."""
    finish = (Treatment(Level.FULL, ("*",), ("*",), "approve", in_flight="finish"),)
    windows = (deny("d", "2026-11-16 08:30", None),)
    world.adopt(FakePolicy(event=None, all_windows=windows, treatments=finish, directory=world.policy.directory))
    unpin(world)
    named = (*RELEASE, "--duration", "19m", "--ledger", str(world.outside / "ledger.db"))
    assert ask(*named)[1]["reason_code"] == "NO_FREEZE"
    assert ask(*named, "--step", "--started", AT, at="2026-11-16T00:28:30Z")[1]["verdict"] == "hold"


@pytest.mark.parametrize("keep", ["before", "another"])
def test_a_ledger_that_lacks_what_the_permit_saw_of_it_is_not_the_store(world: World, ask: Ask, keep: str) -> None:
    ledger = world.outside / "ledger.db"
    old = world.base / "old.db"
    shutil.copy(ledger, old)
    path = str(world.permit(FULL, *FULL_BOARD))
    if keep == "another":
        with Journal.open(old, writer="desk") as journal:
            for number in range(20):
                journal.append("decision", "x", {"n": number}, at=FULL - timedelta(hours=2))
    for name in ("ledger.db-wal", "ledger.db-shm"):
        (world.outside / name).unlink(missing_ok=True)
    shutil.copy(old, ledger)
    status, answer = ask(*RELEASE, "--permit", path)
    wanted = "LEDGER_ROLLED_BACK" if keep == "before" else "LEDGER_FORKED"
    assert (status, answer["reason_code"]) == (3, wanted)


def test_a_ledger_behind_what_this_machine_remembers_is_not_the_store(world: World, ask: Ask) -> None:
    ledger = world.outside / "ledger.db"
    old = world.base / "old.db"
    shutil.copy(ledger, old)
    ask(*RELEASE, "--permit", str(world.permit(FULL, *FULL_BOARD)))
    for name in ("ledger.db-wal", "ledger.db-shm"):
        (world.outside / name).unlink(missing_ok=True)
    shutil.copy(old, ledger)
    status, answer = ask(*RELEASE)
    assert (status, answer["reason_code"]) == (3, "LEDGER_ROLLED_BACK")


# --- an old start -------------------------------------------------------------------------------------------------

QUIET = "2026-11-16T00:00Z"
BEGUN = ("--duration", "25m", "--actor", "li-na", "--bind", "image=sha256:" + "1" * 64)


@pytest.fixture
def running(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """A freeze opens at 08:30 in Shanghai, 00:30Z; work that began before may finish."""
    finish = (Treatment(Level.FULL, ("*",), ("*",), "approve", in_flight="finish"),)
    windows = (deny("d", "2026-11-16 08:30", None),)
    policy = FakePolicy(event=None, all_windows=windows, treatments=finish)
    world = World(tmp_path, FULL - timedelta(days=1), policy)
    return asker(world, capsys)


def test_a_step_goes_on_inside_the_time_that_was_allowed(running: Ask) -> None:
    assert running(*RELEASE, *BEGUN, at=QUIET)[1]["reason_code"] == "NO_FREEZE"
    status, answer = running(*RELEASE, *BEGUN, "--started", QUIET, at="2026-11-16T00:24Z")
    assert (status, answer["reason_code"], answer["question"]["started"]) == (0, "IN_FLIGHT", "2026-11-16T00:00:00Z")


@pytest.mark.parametrize(
    ("asked", "at"),
    [
        pytest.param((*RELEASE, *BEGUN), "2026-11-16T00:25Z", id="the time is over"),
        pytest.param((*RELEASE, *BEGUN), "2026-12-06T00:00Z", id="twenty days later"),
        pytest.param((*RELEASE, *BEGUN, "--actor", "wang-fang"), "2026-11-16T00:20Z", id="another person"),
        pytest.param((*RELEASE, *BEGUN, "--actor", ""), "2026-11-16T00:20Z", id="nobody in particular"),
        pytest.param((*RELEASE, *BEGUN, "--bind", "more=sha256:" + "2" * 64), "2026-11-16T00:20Z", id="more binds"),
        pytest.param((*RELEASE, *BEGUN[:4]), "2026-11-16T00:20Z", id="no binds"),
        pytest.param((*RELEASE, *BEGUN, "--class", "major"), "2026-11-16T00:20Z", id="another class"),
        pytest.param((*RELEASE, *BEGUN, "--kind", "config"), "2026-11-16T00:20Z", id="another kind"),
        pytest.param((*RELEASE, *BEGUN, "--door", "other"), "2026-11-16T00:20Z", id="another door"),
        pytest.param((*RELEASE, *BEGUN, "--system", "billing"), "2026-11-16T00:20Z", id="one more system"),
    ],
)
def test_an_allow_proves_the_start_of_its_own_work_and_for_its_own_time_only(
    running: Ask, asked: tuple[str, ...], at: str
) -> None:
    assert running(*RELEASE, *BEGUN, at=QUIET)[0] == 0
    status, answer = running(*asked, "--started", QUIET, at=at)
    assert (status, answer["verdict"]) == (1, "hold")


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param((), id="an allow without a length"),
        pytest.param(("--duration", "25m", "--actor", "who-knows"), id="an account nobody knows"),
    ],
)
def test_what_names_no_length_or_nobody_proves_no_start(running: Ask, begun: tuple[str, ...]) -> None:
    assert running(*RELEASE, *begun, at=QUIET)[0] == 0
    asked = (*RELEASE, *begun, "--duration", "25m", "--started", QUIET)
    assert running(*asked, at="2026-11-16T00:20Z")[0] == 1
