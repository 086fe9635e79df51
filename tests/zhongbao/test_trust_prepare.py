"""From YAML to a manifest in force and on to the next one, on a real workspace; and what the doctor says of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from zhongbao.__main__ import run
from zhongbao_core.keyfile import generate_key
from zhongbao_core.ledger.journal import Journal

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
COMPANY = """\
format: zhongbao-workspace/1
id: acme
company: 示例电信
zone: Asia/Shanghai
event: games
packs: []
valid_for: {event: 24h, calm: 7d}
"""
EVENT = """\
id: games
name: 运动会
owner: office
phases:
  - {id: guard, name: 全面期, start: "2026-11-18 00:00", end: "2026-11-22 24:00", level: 全面封网, label: 一级保障}
"""
PEOPLE = """\
ranks:
  - {id: lead, name: 经理}
persons:
  - id: chen-jun
    name: 陈军
    unit: ops
    rank: lead
    roles: [approver]
    keys:
      - id: chen-1
        line: "KEY"   # token in the safe
  - {id: wang-li, name: 王丽, unit: ops, rank: lead, roles: [applicant, executor, verifier, duty]}
"""
SYSTEMS = "systems:\n  - {id: portal, name: 门户}\n"
WINDOWS = """\
windows:
  - id: NIGHT
    name: 夜间
    effect: deny
    level: full
    owner: office
    why: 保障
    once: {start: "2026-11-20 20:00", end: "2026-11-21 08:00"}
    select: {everything: true}
"""
MORE = WINDOWS.replace("windows:\n", "").replace("NIGHT", "MORE")
RULES = "treatments:\n  - {level: full, action: approve, rule: full.all}\n"
LADDER = "rungs:\n  - {id: one, levels: [full], require: [{rank: lead, count: 1}]}\n"


class Desk:
    """A workspace in YAML, three root keys, a ledger, and the program."""

    def __init__(self, base: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.ws, self.out, self.capsys = base / "ws", base / "outside", capsys
        self.out.mkdir()
        self.lines = {name: generate_key(self.out / name, name) for name in ("a", "b", "c", "chen", "new", "ledger")}
        files = {
            "zhongbao.yaml": COMPANY,
            "event.yaml": EVENT,
            "people.yaml": PEOPLE.replace("KEY", self.lines["chen"]),
            "systems.yaml": SYSTEMS,
            "freeze/windows/night.yaml": WINDOWS,
            "freeze/treatments.yaml": RULES,
            "freeze/ladder.yaml": LADDER,
        }
        for name, text in files.items():
            self.write(name, text)
        self._trust()
        Journal.create(self.out / "ledger.db", origin="t.example/a", writer="t", at=AT - timedelta(days=9)).close()

    def _trust(self) -> None:
        keys = [{"id": f"root-{name}", "person": name, "line": self.lines[name]} for name in "abc"]
        ledger = {"origin": "t.example/a", "keys": [{"id": "l", "line": self.lines["ledger"]}], "path": "ledger.db"}
        body = {
            "format": "zhongbao-trust/1",
            "workspace": "acme",
            "root": {"version": 1, "threshold": 2, "tighten": 1, "keys": keys},
            "ledger": {**ledger, "key_file": "ledger"},
            "state": "state",
            "rehearsal": True,
        }
        (self.out / "trust.json").write_text(json.dumps(body), encoding="utf-8")

    def write(self, name: str, text: str) -> None:
        path = self.ws / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def call(self, *args: str, at: datetime | None = AT) -> tuple[int, str]:
        moment = ["--at", at.isoformat()] if at else []
        code = run(
            ["--workspace", str(self.ws), "--trust", str(self.out / "trust.json"), "--lang", "en", *args, *moment]
        )
        caught = self.capsys.readouterr()
        assert "Traceback" not in caught.err and "unexpected error" not in caught.err, caught.err
        return code, caught.out + ("" if "json" in args else caught.err)

    def report(self, *args: str, at: datetime = AT) -> dict[str, Any]:
        code, said = self.call(*args, "--format", "json", at=at)
        assert code == 0, said
        found: dict[str, Any] = json.loads(said)
        return found

    def sign(self, *names: str, what: str = "manifest") -> int:
        codes = [self.call("trust", "sign", what, "--key", str(self.out / name), at=None)[0] for name in names]
        return codes[-1]

    def adopt(self, at: datetime = AT, *more: str) -> None:
        assert self.call("trust", "prepare", *more, at=at)[0] == 0
        assert self.sign("a", "b") == 0

    def checks(self, at: datetime = AT) -> tuple[int, dict[str, str]]:
        code, said = self.call("doctor", "--format", "json", at=at)
        return code, {check["id"]: check["state"] for check in json.loads(said)["checks"]}


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Desk(tmp_path, capsys)


def test_a_workspace_becomes_a_manifest_in_force(desk: Desk) -> None:
    first = desk.report("trust", "prepare")
    assert (first["manifest"]["version"], first["manifest"]["event"], first["direction"]) == (1, "games", "loosens")
    assert sorted(first["manifest"]["files"]) == sorted(
        path.relative_to(desk.ws).as_posix() for path in desk.ws.rglob("*.yaml")
    )
    assert desk.sign("a") == 1
    assert desk.sign("c") == 0
    assert desk.call("trust", "verify")[0] == 0
    assert (
        desk.call("freeze", "gate", "-s", "portal", "-k", "release", "--offline", "--receipt-dir", str(desk.out))[0]
        == 1
    )


@pytest.mark.parametrize(
    ("at", "life"),
    [
        pytest.param(AT, timedelta(hours=24), id="inside the event"),
        pytest.param(datetime(2026, 11, 1, tzinfo=UTC), timedelta(days=7), id="calm"),
        pytest.param(datetime(2026, 11, 14, 16, tzinfo=UTC), timedelta(days=3), id="calm ends where the event begins"),
        pytest.param(datetime(2026, 11, 17, 15, tzinfo=UTC), timedelta(hours=24), id="an hour before the event"),
    ],
)
def test_a_manifest_lives_as_long_as_the_workspace_says(desk: Desk, at: datetime, life: timedelta) -> None:
    body = desk.report("trust", "prepare", at=at)["manifest"]
    assert datetime.fromisoformat(body["valid_until"]) - datetime.fromisoformat(body["issued_at"]) == life


def test_a_new_freeze_tightens_and_an_earlier_end_loosens(desk: Desk) -> None:
    desk.adopt()
    desk.write("freeze/windows/night.yaml", WINDOWS + MORE)
    more = desk.report("trust", "prepare")
    assert (more["direction"], more["changes"]["changed"]) == ("tightens", ["freeze/windows/night.yaml"])
    assert [(item["way"], item["said"]["en"]) for item in more["differences"]] == [("tightens", "window MORE added")]
    desk.write("event.yaml", EVENT.replace("2026-11-22", "2026-11-21"))
    assert desk.report("trust", "prepare")["direction"] == "loosens"
    desk.write("event.yaml", EVENT.replace("全面封网", "静默").replace("2026-11-22", "2026-11-23"))
    assert desk.report("trust", "prepare")["direction"] == "tightens"
    desk.write("systems.yaml", SYSTEMS + "# a comment alone\n")
    desk.write("freeze/windows/night.yaml", WINDOWS)
    desk.write("event.yaml", EVENT)
    assert desk.report("trust", "prepare")["direction"] == "none"


def test_renewing_takes_no_change_along(desk: Desk) -> None:
    desk.adopt()
    later = AT + timedelta(hours=20)
    assert desk.call("trust", "renew", at=later)[0] == 0
    assert desk.sign("b", "c") == 0
    shown = desk.report("trust", "show", at=later)["manifest"]
    assert (shown["version"], shown["seconds_left"]) == (2, 24 * 3600)
    desk.write("systems.yaml", SYSTEMS + "# edited\n")
    code, said = desk.call("trust", "renew", at=later)
    assert (code, "POLICY_CHANGED" in said) == (2, True)
    assert not (desk.ws / "manifest.next.json").exists()


def test_amendments_are_carried_over_a_renewal_and_folded_when_told(desk: Desk) -> None:
    desk.adopt()
    until = ("--phase", "guard", "--until", "2026-11-25 00:00", "--reason", "typhoon")
    code, said = desk.call("freeze", "extend", *until, "--key", str(desk.out / "a"))
    assert code == 0, said
    assert desk.call("trust", "adopt")[0] == 0
    later = AT + timedelta(hours=20)
    assert desk.call("trust", "renew", at=later)[0] == 0
    assert desk.sign("a", "b") == 0
    shown = desk.report("trust", "show", at=later)["manifest"]
    assert [(item["number"], item["kind"]) for item in shown["amendments"]] == [(1, "extend")]
    assert desk.call("trust", "adopt", at=later)[0] == 0
    desk.write("event.yaml", EVENT.replace('"2026-11-22 24:00"', '"2026-11-25 00:00"'))
    desk.adopt(later, "--fold")
    assert desk.report("trust", "show", at=later)["manifest"]["amendments"] == []
    with Journal.open(desk.out / "ledger.db", read_only=True) as journal:
        kinds = [entry.kind for entry in journal.entries(1)]
    assert kinds == ["manifest.adopted", "amendment.adopted", "manifest.adopted"]


def test_verify_names_the_file_that_was_edited(desk: Desk) -> None:
    desk.adopt()
    desk.write("people.yaml", PEOPLE.replace("KEY", desk.lines["new"]))
    code, said = desk.call("trust", "verify")
    assert (code, "people.yaml" in said, "POLICY_UNVERIFIED" in said) == (3, True, True)


def test_a_compromised_key_reaches_the_policy_in_force(desk: Desk) -> None:
    desk.adopt()
    assert desk.call("key", "revoke", "chen-jun", "chen-1", "--compromised")[0] == 0
    assert desk.call("key", "enrol", "chen-jun", f"{desk.out / 'new'}.pub", "--id", "chen-2")[0] == 0
    keys = {row["key"]: row["state"] for row in desk.report("key", "list")["keys"]}
    assert keys == {"chen-1": "compromised", "chen-2": "good"}
    assert "# token in the safe" in (desk.ws / "people.yaml").read_text("utf-8")
    found = desk.report("trust", "prepare")
    assert found["changes"]["changed"] == ["people.yaml"]
    assert [item["said"]["en"] for item in found["differences"]] == ["person chen-jun changed"]
    assert desk.sign("a", "b") == 0
    code, said = desk.call("key", "show", "chen-jun")
    assert code == 0 and desk.lines["new"].split()[1] in said


def test_a_compiled_file_that_was_swapped_or_lost_is_made_again_from_the_signed_yaml(desk: Desk) -> None:
    desk.adopt()
    (compiled,) = (desk.ws / "compiled").iterdir()
    gate = (
        "freeze",
        "gate",
        "-s",
        "portal",
        "-k",
        "release",
        "--offline",
        "--receipt-dir",
        str(desk.out),
        "--format",
        "json",
    )
    for harm in (lambda: compiled.write_bytes(b"x"), compiled.unlink):
        harm()
        code, said = desk.call(*gate)
        assert (code, '"FROZEN"' in said) == (1, True)
    desk.write("event.yaml", EVENT.replace("2026-11-22", "2026-11-19"))
    code, said = desk.call(*gate)
    assert (code, "POLICY_UNVERIFIED" in said) == (3, True), "the edited YAML is never compiled"


# The doctor.


def test_a_sound_machine_is_fit(desk: Desk) -> None:
    desk.adopt()
    code, states = desk.checks()
    assert code == 0, states
    assert {name for name, state in states.items() if state != "ok"} == set()
    assert len(states) == 11


@pytest.mark.parametrize(
    ("harm", "check", "state", "code"),
    [
        pytest.param(
            lambda d: (d.out / "trust.json").chmod(0o664), "trust-file", "fail", 1, id="trust file open to a group"
        ),
        pytest.param(lambda d: (d.out / "ledger.db").chmod(0o644), "ledger", "fail", 1, id="ledger open to others"),
        pytest.param(lambda d: (d.out / "ledger.db").unlink(), "ledger", "fail", 1, id="ledger gone"),
        pytest.param(
            lambda d: (d.out / "ledger").chmod(0o644), "ledger-key", "fail", 1, id="ledger key open to others"
        ),
        pytest.param(lambda d: (d.out / "ledger").unlink(), "ledger-key", "fail", 1, id="ledger key gone"),
        pytest.param(
            lambda d: (d.ws / "manifest.sigs/root-a.sig").unlink(), "manifest", "fail", 3, id="signature gone"
        ),
        pytest.param(
            lambda d: next((d.ws / "compiled").iterdir()).unlink(), "compiled", "warn", 0, id="compiled file gone"
        ),
        pytest.param(lambda d: (d.out / "trust.json").unlink(), "trust-file", "unknown", 3, id="no trust file"),
        pytest.param(lambda d: (d.ws.parent / ".git").mkdir(), "trust-file", "warn", 1, id="one git tree for all"),
    ],
)
def test_what_is_wrong_is_named(desk: Desk, harm: Callable[[Desk], object], check: str, state: str, code: int) -> None:
    desk.adopt()
    harm(desk)
    found = desk.checks()
    assert (found[0], found[1][check]) == (code, state), found


@pytest.mark.parametrize(
    ("at", "check", "state"),
    [
        pytest.param(AT + timedelta(hours=20), "manifest", "warn", id="little of the manifest left"),
        pytest.param(AT + timedelta(hours=24), "manifest", "fail", id="manifest over"),
        pytest.param(AT - timedelta(days=20), "clock", "fail", id="clock before the last entry of the ledger"),
    ],
)
def test_time_is_looked_at(desk: Desk, at: datetime, check: str, state: str) -> None:
    desk.adopt()
    assert desk.checks(at)[1][check] == state


def test_a_key_that_ends_before_the_event_does_is_a_warning(desk: Desk) -> None:
    text = (desk.ws / "people.yaml").read_text("utf-8")
    desk.write("people.yaml", text.replace("# token", '\n        valid_until: "2026-11-21T00:00"   # token'))
    desk.adopt()
    assert desk.checks()[1]["keys"] == "warn"
    assert desk.checks(AT)[0] == 0


def test_a_year_without_a_holiday_notice_is_a_warning(desk: Desk) -> None:
    desk.write("event.yaml", EVENT.replace("2026-11-22", "2031-01-02"))
    desk.adopt()
    assert desk.checks()[1]["holidays"] == "warn"


def test_the_doctor_speaks_to_people(desk: Desk) -> None:
    desk.adopt()
    code, said = desk.call("doctor")
    assert code == 0 and "ledger" in said and "1 entries" in said and "as of 2026-11-20T08:00:00Z" in said
