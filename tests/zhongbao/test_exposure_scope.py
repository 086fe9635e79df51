"""The scope of the example, under its trust file: believed as signed, refused once it was changed."""

from __future__ import annotations

import json

import pytest

from zhongbao.__main__ import run
from zhongbao.example_world import World

AT = "2026-11-12T02:30+08:00"


def asked(world: World, capsys: pytest.CaptureFixture[str], *targets: str) -> tuple[int, str, str]:
    capsys.readouterr()
    head = ["--workspace", str(world.workspace), "--trust", str(world.outside / "trust.json")]
    code = run([*head, "exposure", "scope", "check", *targets, "--at", AT, "--format", "json"])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_scope_that_the_manifest_vouches_for_is_believed(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = asked(world, capsys, "127.0.10.5:443", "https://www.jctel.example/")
    body = json.loads(out)
    assert (code, err, body["manifest"][:9]) == (0, "", "1:sha256:")
    assert {item["line"] for item in body["rulings"]} == {"dmz", "portals"}
    assert asked(world, capsys, "127.0.10.9", "127.0.10.200", "127.0.11.1")[0] == 1


def test_a_scope_that_was_widened_after_signing_is_not(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    path = world.workspace / "exposure" / "scope.yaml"
    path.write_text(path.read_text("utf-8").replace("127.0.10.0/24", "127.0.0.0/16"), "utf-8")
    code, out, err = asked(world, capsys, "127.0.11.1")
    assert (code, "rulings" in out) == (3, False) and "POLICY_UNVERIFIED" in out + err
