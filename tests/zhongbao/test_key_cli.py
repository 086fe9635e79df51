"""Keys through their life, by command: enrolled, rotated, lost, revoked, compromised; recorded, and never twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from zhongbao.__main__ import run
from zhongbao.key_list import state_of
from zhongbao_core.keyfile import generate_key
from zhongbao_core.ledger.journal import Journal
from zhongbao_core.people import PublicKey

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
NOW = ("--at", "2026-11-20T08:00Z")
PEOPLE = """\
ranks: [{id: staff, name: 员工}]
persons:
  - id: chen-jun   # head of networks
    name: 陈军
    keys:
      - id: chen-1
        line: "LINE"
  - id: wang-li
    name: 王丽
"""

Call = Callable[..., tuple[int, str]]


@pytest.fixture
def call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    """``zhongbao key ARGS`` in a workspace with two persons and a ledger; exit code and what was said."""
    ws, out = tmp_path / "ws", tmp_path / "outside"
    ws.mkdir()
    out.mkdir()
    lines = {name: generate_key(out / name, name) for name in ("chen", "new", "root-a", "root-b", "ledger")}
    (ws / "people.yaml").write_text(PEOPLE.replace("LINE", lines["chen"]), encoding="utf-8")
    Journal.create(out / "ledger.db", origin="t.example/a", writer="test", at=AT - timedelta(days=1)).close()
    keys = [{"id": name, "person": name, "line": lines[name]} for name in ("root-a", "root-b")]
    trust = {
        "format": "zhongbao-trust/1",
        "workspace": "acme",
        "root": {"version": 1, "threshold": 2, "tighten": 1, "keys": keys},
        "ledger": {"origin": "t.example/a", "keys": [{"id": "l", "line": lines["ledger"]}], "path": "ledger.db"},
        "rehearsal": True,
    }
    (out / "trust.json").write_text(json.dumps(trust), encoding="utf-8")

    def invoke(*args: str) -> tuple[int, str]:
        code = run(["--workspace", str(ws), "--trust", str(out / "trust.json"), "--lang", "en", "key", *args])
        caught = capsys.readouterr()
        assert "Traceback" not in caught.err
        return code, caught.out + caught.err

    return invoke


def _people(base: Path) -> dict[str, list[dict[str, Any]]]:
    data = yaml.safe_load((base / "ws" / "people.yaml").read_bytes())
    return {person["id"]: person.get("keys", []) for person in data["persons"]}


def _recorded(base: Path) -> list[tuple[str, str, str]]:
    with Journal.open(base / "outside" / "ledger.db", read_only=True) as journal:
        return [(entry.kind, entry.ref, entry.body["key"]) for entry in journal.entries(1)]


def test_a_key_is_enrolled_and_recorded(call: Call, tmp_path: Path) -> None:
    code, said = call("enrol", "wang-li", str(tmp_path / "outside" / "new.pub"), *NOW)
    assert code == 0 and "SHA256:" in said and "trust prepare" in said
    (key,) = _people(tmp_path)["wang-li"]
    assert (key["id"], key["valid_from"]) == ("wang-li-20261120", "2026-11-20T08:00:00Z")
    assert _recorded(tmp_path) == [("key.enrolled", "wang-li", "wang-li-20261120")]
    assert "# head of networks" in (tmp_path / "ws" / "people.yaml").read_text("utf-8")


def test_a_rotation_leaves_the_old_key_good_for_the_overlap(call: Call, tmp_path: Path) -> None:
    new = str(tmp_path / "outside" / "new.pub")
    assert call("rotate", "chen-jun", new, "--replaces", "chen-1", "--id", "chen-2", "--overlap", "2h", *NOW)[0] == 0
    old, fresh = _people(tmp_path)["chen-jun"]
    assert (old["valid_until"], fresh["id"]) == ("2026-11-20T10:00:00Z", "chen-2")
    assert _recorded(tmp_path) == [("key.rotated", "chen-jun", "chen-2")]


@pytest.mark.parametrize(
    ("args", "compromised"),
    [
        pytest.param(("lost",), None, id="lost"),
        pytest.param(("revoke",), None, id="revoked"),
        pytest.param(("revoke", "--compromised"), True, id="compromised"),
    ],
)
def test_a_key_is_taken_back(call: Call, tmp_path: Path, args: tuple[str, ...], compromised: bool | None) -> None:
    assert call(args[0], "chen-jun", "chen-1", *args[1:], *NOW)[0] == 0
    (key,) = _people(tmp_path)["chen-jun"]
    assert (key["revoked_at"], key.get("compromised")) == ("2026-11-20T08:00:00Z", compromised)
    assert _recorded(tmp_path) == [("key.revoked", "chen-jun", "chen-1")]


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        pytest.param(("enrol", "wang-li", "{out}/chen.pub"), "KEY_TWICE", id="the key of another person"),
        pytest.param(("enrol", "wang-li", "{out}/new.pub", "--id", "chen-1"), "KEY_TWICE", id="an id in use"),
        pytest.param(("enrol", "wang-li", "{out}/new.pub", "--id", "../x"), "INPUT_INVALID", id="an id that is none"),
        pytest.param(("enrol", "wang-li", "{out}/new"), "KEY_REFUSED", id="a private key"),
        pytest.param(("enrol", "nobody", "{out}/new.pub"), "PERSON_UNKNOWN", id="an unknown person"),
        pytest.param(("revoke", "chen-jun", "chen-9"), "KEY_UNKNOWN", id="an unknown key"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    call: Call, tmp_path: Path, args: tuple[str, ...], reason: str
) -> None:
    before = (tmp_path / "ws" / "people.yaml").read_bytes()
    code, said = call(*(arg.format(out=tmp_path / "outside") for arg in args), *NOW)
    assert (code, reason in said) == (2, True), said
    assert (tmp_path / "ws" / "people.yaml").read_bytes() == before
    assert _recorded(tmp_path) == []


def test_a_generated_key_is_private_and_never_overwritten(call: Call, tmp_path: Path) -> None:
    place = tmp_path / "mine"
    code, said = call("generate", "--out", str(place), "--no-passphrase", "--comment", "me")
    assert code == 0 and "SHA256:" in said and "PRIVATE" not in said
    assert place.stat().st_mode & 0o777 == 0o600
    assert "KEY_EXISTS" in call("generate", "--out", str(place), "--no-passphrase")[1]


@pytest.mark.parametrize(
    ("change", "state"),
    [
        pytest.param({}, "good", id="good"),
        pytest.param({"valid_from": AT + timedelta(hours=1)}, "not_yet", id="not yet"),
        pytest.param({"valid_until": AT}, "expired", id="at its end"),
        pytest.param({"revoked_at": AT}, "revoked", id="revoked now"),
        pytest.param({"revoked_at": AT + timedelta(hours=1)}, "good", id="revoked later"),
        pytest.param({"compromised": True}, "compromised", id="compromised"),
        pytest.param({"line": "ssh-dss AAAA"}, "refused", id="a kind that does not count"),
    ],
)
def test_the_state_of_a_key_is_named(tmp_path: Path, change: dict[str, Any], state: str) -> None:
    line = generate_key(tmp_path / "k", "k")
    fields: dict[str, Any] = {"id": "k", "line": line, **change}
    assert state_of(PublicKey(**fields), AT) == state
