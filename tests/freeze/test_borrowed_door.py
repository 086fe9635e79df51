"""A door is asked as by its own kind only, and one that only observes lets nothing unregistered pass."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes import FakePolicy, utc
from permits import CORE_DB, FULL, FULL_BOARD, PORTAL, RESTRICTED, code, permit, question
from world import World

from freeze.decision.case import UseState
from freeze.decision.gate import decide
from freeze.model import Door
from zhongbao.__main__ import run
from zhongbao_core.approval.subject import Target
from zhongbao_core.clock import iso
from zhongbao_core.event import Level

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


# --- a borrowed door ----------------------------------------------------------------------------------------------

DOORS = {
    "ci": Door("ci", "gitlab", require_online=(Level.FULL,)),
    "git-server": Door("git-server", "git", observe_until=utc("2026-11-14 00:00")),
    "deploy": Door("deploy", "run", observe_until=utc("2026-11-14 00:00")),
    "odd": Door("odd", "made-up", observe_until=utc("2026-11-14 00:00")),
}
LISTED = FakePolicy(doors=DOORS)


@pytest.mark.parametrize(
    ("door", "asks", "own"),
    [
        ("git-server", "hook", True),
        ("git-server", "gate", False),
        ("git-server", "run", False),
        ("deploy", "run", True),
        ("deploy", "gate", False),
        ("deploy", "hook", False),
        ("odd", "gate", False),
        ("odd", "run", False),
        ("odd", "hook", False),
    ],
)
def test_a_door_is_its_own_kinds_and_to_others_as_if_nobody_had_listed_it(door: str, asks: Any, own: bool) -> None:
    asked = question(door=door, asks=asks)
    strict = decide(asked, LISTED, FULL, permit=permit(FULL, *FULL_BOARD), use=UseState())
    assert code(strict) == (("allow", "PERMITTED") if own else ("unknown", "STORE_UNAVAILABLE"))
    seen = decide(asked, LISTED, RESTRICTED)
    assert code(seen) == (("allow", "OBSERVED") if own else ("hold", "FROZEN"))


@pytest.mark.parametrize("kind", ["gitlab", "github", "jenkins", "generic"])
def test_doors_of_pipelines_ask_through_the_gate(kind: str) -> None:
    policy = FakePolicy(doors={**DOORS, "ci": Door("ci", kind, observe_until=utc("2026-11-14 00:00"))})
    assert code(decide(question(door="ci"), policy, RESTRICTED)) == ("allow", "OBSERVED")
    for other in ("run", "hook"):
        asked = question(door="ci", asks=other)
        assert code(decide(asked, policy, RESTRICTED)) == ("hold", "FROZEN")


def test_a_gate_at_the_command_line_cannot_borrow_the_door_of_the_git_server(world: World, ask: Ask) -> None:
    world.adopt(FakePolicy(doors=DOORS, directory=world.policy.directory))
    path = str(world.permit(FULL, *FULL_BOARD))
    more = ("--offline", "--receipt-dir", str(world.base / "r"), "--door", "git-server")
    status, answer = ask(*RELEASE, "--permit", path, *more)
    assert (status, answer["reason_code"]) == (3, "STORE_UNAVAILABLE")


# --- a door that only observes ------------------------------------------------------------------------------------

UNTIL = utc("2026-11-14 00:00")


@pytest.mark.parametrize(
    "target",
    [Target("ghost", "prod"), Target("portal", "moon"), Target("portal", "project")],
    ids=["system", "environment", "unmapped project of that name"],
)
@pytest.mark.parametrize("projects", [{}, {"p": (PORTAL, Target("ghost", "prod"), Target("portal", "moon"))}])
def test_nothing_unregistered_is_observed(target: Target, projects: dict[str, tuple[Target, ...]]) -> None:
    policy = FakePolicy(doors={"ci": Door("ci", "gitlab", projects, UNTIL)})
    assert code(decide(question(PORTAL, door="ci"), policy, RESTRICTED)) == ("allow", "OBSERVED")
    for targets in ((target,), (PORTAL, target)):
        assert decide(question(*targets, door="ci"), policy, RESTRICTED).verdict.value == "hold"


def test_a_door_observes_what_it_maps_and_no_more() -> None:
    policy = FakePolicy(doors={"ci": Door("ci", "gitlab", {"p": (PORTAL,)}, UNTIL)})
    assert code(decide(question(PORTAL, CORE_DB, door="ci"), policy, RESTRICTED)) == ("hold", "FROZEN")


def test_an_unregistered_system_is_held_at_a_door_that_observes(world: World, ask: Ask) -> None:
    world.adopt(FakePolicy(event=None, doors={"ci": Door("ci", "gitlab", {}, UNTIL)}, directory=world.policy.directory))
    status, answer = ask("--system", "ghost", "--kind", "release", "--door", "ci", at=iso(FULL - timedelta(hours=20)))
    assert (status, answer["reason_code"]) == (1, "UNKNOWN_SYSTEM")
