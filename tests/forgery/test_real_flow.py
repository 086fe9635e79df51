"""A permit got the real way, command by command; then the asker tries what only a real history allows."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import forgery_cases  # the path to the small world  # noqa: F401
import pytest
from desk_fakes import T0, draft, policy
from forging import inner
from world import World

from freeze.authoring.request_draft import as_yaml
from zhongbao.__main__ import run
from zhongbao_core.clock import iso

START = T0 + timedelta(hours=13)
BIND = "command=sha256:" + "c" * 64
MINUTE = timedelta(minutes=1)
Call = Callable[..., tuple[int, str]]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return World(tmp_path, T0 - timedelta(days=1), policy())


@pytest.fixture
def call(world: World, capsys: pytest.CaptureFixture[str]) -> Call:
    def invoke(*words: str, at: datetime) -> tuple[int, str]:
        code = run(world.arguments(*words, "--at", iso(at)))
        caught = capsys.readouterr()
        assert "Traceback" not in caught.err and "unexpected error" not in caught.err, caught.err
        return code, caught.out

    return invoke


def released(world: World, call: Call, name: str = "", **changes: Any) -> tuple[str, Path]:
    """Submit (or revise ``name``), have two managers and a director sign, issue; the number and the permit."""
    path = world.base / "draft.yaml"
    path.write_text(as_yaml(draft(start=START, **changes), "Asia/Shanghai"), "utf-8")
    code, out = call(
        "freeze", "request", "submit", str(path), *(["--revise", name] if name else []), "--format", "json", at=T0
    )
    assert code == 0, out
    body = json.loads(out)
    for person in ("chen-jun", "liu-yang", "zhao-min"):
        key = str(world.outside / "keys" / person)
        assert call("approve", body["statement_file"], "--key", key, at=T0)[0] == 0
    permit = world.base / f"{body['id']}-{len(list(world.base.glob('*.permit.json')))}.permit.json"
    assert call("permit", "issue", body["id"], "--out", str(permit), at=T0)[0] == 0
    return body["id"], permit


def gate(call: Call, permit: Path, *more: str) -> tuple[int, str]:
    words = (
        "freeze",
        "gate",
        "-s",
        "core-db",
        "-k",
        "patch",
        "--format",
        "json",
        "--permit",
        str(permit),
        "--bind",
        BIND,
    )
    code, out = call(*words, *more, at=START + MINUTE)
    return code, str(json.loads(out)["reason_code"])


def test_the_permit_of_the_real_flow_opens_the_door_and_not_once_changed(world: World, call: Call) -> None:
    _, permit = released(world, call)
    offline = ("--offline", "--receipt-dir", str(world.base / "receipts"))
    assert gate(call, permit, *offline) == (0, "PERMITTED")
    honest = permit.read_bytes()
    for field, value in (("expires_at", "2026-12-01T00:00:00Z"), ("uses", 9), ("level", "watch"), ("approvals", [])):
        inner(permit, lambda body, f=field, v=value: body.update({f: v}))  # type: ignore[misc]
        assert gate(call, permit, *offline)[0] == 1
        permit.write_bytes(honest)
    assert gate(call, permit) == (0, "PERMITTED")


def test_the_permit_of_an_older_revision_opens_no_door_that_asks_the_ledger(world: World, call: Call) -> None:
    name, old = released(world, call)
    _, new = released(world, call, name, title="核心库补丁二", rollback="恢复全部快照")
    assert gate(call, old) == (1, "PERMIT_REVOKED")
    assert gate(call, new) == (0, "PERMITTED")


def test_the_permit_is_void_once_its_approver_s_key_is_compromised(world: World, call: Call) -> None:
    from dataclasses import replace

    _, permit = released(world, call)
    persons = world.policy.directory.persons
    stolen = replace(
        persons["chen-jun"], keys=tuple(replace(key, compromised=True) for key in persons["chen-jun"].keys)
    )
    directory = replace(world.policy.directory, persons={**persons, "chen-jun": stolen})
    world.adopt(replace(world.policy, directory=directory))
    code, reason = gate(call, permit)
    assert code in (1, 3) and reason in ("APPROVALS_MISSING", "PERMIT_MISMATCH", "PERMIT_REVOKED"), reason
