"""The whole story through the real command line: held, approved in three ways, released, recorded, proven; forgery refused."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "freeze"))

from desk_fakes import T0, draft, policy
from world import World

from freeze.authoring.request_draft import as_yaml
from freeze.model import Selector, StandardChange
from zhongbao.__main__ import run
from zhongbao_core.approval.codes import SEALED_BITS, issue
from zhongbao_core.clock import iso
from zhongbao_core.event import Level
from zhongbao_core.text import Text

START = T0 + timedelta(hours=13)
MINUTE = timedelta(minutes=1)
BIND = "command=sha256:" + "c" * 64
SEALED = issue(1, T0, bits=SEALED_BITS)
BLOCK = StandardChange(
    id="block-ip",
    name=Text("封禁攻击地址", "block an attacker"),
    kind="network",
    select=Selector(everything=True),
    parameters={"address": r"[0-9]{1,3}(\.[0-9]{1,3}){3}"},
    command=("fw", "block", "{address}"),
    roles=("duty",),
    per_day=2,
    levels=(Level.FULL, Level.SILENT),
)

Call = Callable[..., tuple[int, str]]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(tmp_path)
    base = policy()
    rules = replace(base.breakglass, sealed_codes=SEALED.hashes)
    return World(tmp_path, T0 - timedelta(days=1), replace(base, catalogue={"block-ip": BLOCK}, breakglass=rules))


@pytest.fixture
def call(world: World, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run a command in this world at an instant; (exit code, stdout)."""

    def invoke(*words: str, at: datetime = T0) -> tuple[int, str]:
        capsys.readouterr()
        code = run(world.arguments(*words, "--at", iso(at)))
        return code, capsys.readouterr().out

    return invoke


def key(world: World, person: str) -> str:
    return str(world.outside / "keys" / person)


def submit(world: World, call: Call, **changes: Any) -> tuple[str, Path, dict[str, Any]]:
    path = world.base / "draft.yaml"
    path.write_text(as_yaml(draft(start=START, **changes), "Asia/Shanghai"), "utf-8")
    code, out = call("freeze", "request", "submit", str(path), "--format", "json")
    assert code == 0, out
    body = json.loads(out)
    return body["id"], Path(body["statement_file"]), body


def gate(call: Call, *more: str, at: datetime = START) -> tuple[int, str]:
    words = ("freeze", "gate", "--system", "core-db", "--kind", "patch", "--format", "json", *more)
    code, out = call(*words, at=at)
    return code, str(json.loads(out)["reason_code"])


def three_ways(world: World, call: Call) -> tuple[str, Path]:
    name, statement, body = submit(world, call)
    assert call("approve", str(statement), "--key", key(world, "chen-jun"))[0] == 0
    card = json.loads(call("codes", "issue", "liu-yang", "--format", "json")[1])
    coded = ("--coded", "--person", "liu-yang", "--code", card["codes"][3], "--read-back", body["read_back"])
    assert call("approve", name, *coded)[0] == 0
    attested = ("--attested", "--person", "zhao-min", "--channel", "phone", "--call-back", "13800001234")
    by = ("--registrar-key", key(world, "xu-gang"), "--witness", "sun-mei")
    assert call("approve", name, *attested, *by)[0] == 0
    code, out = call("approve", name, "--cosign", "--key", key(world, "sun-mei"), "--format", "json")
    assert code == 0
    assert {item["assurance"] for item in json.loads(out)["approvals"]} == {"signed", "coded", "attested"}
    permit = world.base / "cr.permit.json"
    assert call("permit", "issue", name, "--out", str(permit))[0] == 0
    return name, permit


def test_the_whole_story_from_a_held_change_to_a_refused_forgery(world: World, call: Call) -> None:
    assert gate(call, at=T0) == (1, "FROZEN")
    name, permit = three_ways(world, call)
    assert call("permit", "verify", str(permit))[0] == 0
    assert gate(call, "--permit", str(permit), "--bind", BIND, at=START + MINUTE) == (0, "PERMITTED")
    assert gate(call, "--permit", str(permit), "--bind", BIND, at=START + 2 * MINUTE) == (1, "PERMIT_USED")
    code, out = call("freeze", "request", "show", name, "--format", "json", at=START + 3 * MINUTE)
    assert (code, json.loads(out)["status"]) == (0, "done")
    assert run(world.arguments("ledger", "verify", "--signatures")) == 0
    forged = world.base / "forged.json"
    forged.write_bytes(permit.read_bytes().replace(b"core-db", b"billing"))
    assert gate(call, "--permit", str(forged), "--bind", BIND, at=START + 4 * MINUTE)[0] == 1
    assert call("permit", "verify", str(forged), at=START + 4 * MINUTE)[0] == 1


def test_the_audit_asks_for_the_confirmation_until_it_is_given(world: World, call: Call) -> None:
    name, _ = three_ways(world, call)
    later = T0 + timedelta(hours=25)
    assert owed(call, T0 + MINUTE) == (1, {"CONFIRMATION_OPEN"})
    assert owed(call, later) == (1, {"CONFIRMATION_OVERDUE", "PERMIT_UNUSED"})
    assert call("confirm", name, "--key", key(world, "zhao-min"), at=later)[0] == 0
    assert owed(call, later) == (0, {"PERMIT_UNUSED"})


def owed(call: Call, at: datetime) -> tuple[int, set[str]]:
    code, out = call("freeze", "audit", "--format", "json", at=at)
    return code, {item["rule"] for item in json.loads(out)["findings"]}


def test_submitting_says_the_read_back_code_what_is_needed_and_the_plain_signing_line(world: World, call: Call) -> None:
    path = world.base / "draft.yaml"
    path.write_text(as_yaml(draft(start=START), "Asia/Shanghai"), "utf-8")
    code, out = call("freeze", "request", "submit", str(path))
    statement = world.workspace / "requests" / "CR-games-0001" / "statement.json"
    assert code == 0
    assert "需要 2 位经理及以上审批" in out
    assert "需要 1 位总监及以上审批" in out
    assert "回读码 " in out
    line = next(text for text in out.splitlines() if "ssh-keygen -Y sign" in text)
    assert str(statement) in line
    assert "|" not in line
    assert "<" not in line
    assert not statement.read_bytes().endswith(b"\n")


def test_a_draft_is_complained_about_by_file_line_and_column(
    world: World, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    path = world.base / "draft.yaml"
    text = as_yaml(draft(start=START, duty="nobody"), "Asia/Shanghai")
    path.write_text(text + 'id: "CR-games-0099"\n', "utf-8")
    assert run(world.arguments("freeze", "request", "submit", str(path), "--at", iso(T0))) == 2
    line = len(text.splitlines()) + 1
    assert f"draft.yaml:{line}:1" in capsys.readouterr().err
    path.write_text(text, "utf-8")
    assert run(world.arguments("freeze", "request", "submit", str(path), "--at", iso(T0))) == 2
    duty = next(number for number, row in enumerate(text.splitlines(), 1) if row.startswith("duty:"))
    assert f"draft.yaml:{duty}:7" in capsys.readouterr().err
    assert json.loads(call("freeze", "request", "list", "--format", "json")[1])["requests"] == []


def test_a_withdrawn_request_is_listed_no_more_and_approved_no_more(world: World, call: Call) -> None:
    name, statement, _ = submit(world, call)
    assert [
        item["id"] for item in json.loads(call("freeze", "request", "list", "--format", "json")[1])["requests"]
    ] == [name]
    assert call("freeze", "request", "withdraw", name, "--by", "zhang-wei", "--reason", "不做了")[0] == 0
    assert json.loads(call("freeze", "request", "list", "--format", "json")[1])["requests"] == []
    assert call("approve", str(statement), "--key", key(world, "chen-jun"))[0] == 1


def test_a_signature_made_elsewhere_is_recorded_and_a_rejection_is_final(world: World, call: Call) -> None:
    name, statement, _ = submit(world, call)
    assert call("approve", str(statement), "--sign-only", "--key", key(world, "chen-jun"))[0] == 0
    signature = f"{statement}.sig"
    assert call("approve", str(statement), "--signature", signature)[0] == 0
    assert call("reject", name, "--signature", signature, "--reason", "风险")[0] == 1
    assert call("reject", name, "--key", key(world, "liu-yang"), "--reason", "风险")[0] == 0
    assert json.loads(call("freeze", "request", "show", name, "--format", "json")[1])["status"] == "rejected"


def test_a_standard_change_is_used_counted_and_let_through_bound_to_its_command(world: World, call: Call) -> None:
    use = ("freeze", "standard", "use", "block-ip", "--system", "portal", "--by", "chen-jun", "--format", "json")
    assert call(*use, "address=1.2.3.4;reboot")[0] == 1
    code, out = call(*use, "address=203.0.113.7", "--out", str(world.base / "sc.json"))
    made = json.loads(out)
    assert (code, made["command"], made["today"]) == (0, ["fw", "block", "203.0.113.7"], 1)
    asked = ("freeze", "gate", "--system", "portal", "--kind", "network", "--class", "standard", "--format", "json")
    from zhongbao_core.canonical import command_digest

    bind = f"command={command_digest(tuple(made['command']))}"
    code, out = call(*asked, "--permit", str(world.base / "sc.json"), "--bind", bind, at=T0 + MINUTE)
    assert (code, json.loads(out)["reason_code"]) == (0, "STANDARD_CHANGE")
    assert call(*use, "address=203.0.113.8", at=T0 + 2 * MINUTE)[0] == 0
    assert call(*use, "address=203.0.113.9", at=T0 + 3 * MINUTE)[0] == 1


def test_edge_20_break_glass_opens_with_the_store_gone_and_is_merged_and_reviewed(world: World, call: Call) -> None:
    silent = datetime(2026, 11, 20, 18, 12, tzinfo=T0.tzinfo)
    ledger = world.outside / "ledger.db"
    ledger.rename(world.outside / "away.db")
    permit = world.base / "bg.json"
    asked = ("--system", "core-db", "--by", "li-na", "--reason", "表空间满", "--restores", "--out", str(permit))
    code, out = call("freeze", "breakglass", "open", *asked, "--key", key(world, "chen-jun"), at=silent)
    assert code == 1, out
    two = ("--key", key(world, "chen-jun"), "--key", key(world, "liu-yang"), "--notify", str(world.base))
    code, out = call("freeze", "breakglass", "open", *asked, *two, "--format", "json", at=silent)
    body = json.loads(out)
    assert (code, body["recorded"], body["signers"]) == (0, False, ["chen-jun", "liu-yang"])
    assert len(list(world.base.glob("notice-*.json"))) == 1
    door = (
        "freeze",
        "gate",
        "--offline",
        "--system",
        "core-db",
        "--kind",
        "restore",
        "--permit",
        str(permit),
        "--format",
        "json",
    )
    code, out = call(*door, "--receipt-dir", str(world.base / "receipts"), at=silent + MINUTE)
    assert (code, json.loads(out)["reason_code"]) == (0, "BREAK_GLASS")
    (world.outside / "away.db").rename(ledger)
    for count in (1, 0):
        code, out = call("freeze", "breakglass", "merge", at=silent + 60 * MINUTE)
        assert (code, len(out.split())) == (0, count)
    assert owed(call, silent + timedelta(hours=25)) == (1, {"REVIEW_OVERDUE"})
    report = world.base / "review.md"
    report.write_text("表空间告警阈值过高，已改。", "utf-8")
    review = ("freeze", "breakglass", "review", body["id"], "--report", str(report))
    assert call(*review, "--by", "chen-jun", at=silent + timedelta(hours=25))[0] == 1
    assert call(*review, "--by", "zhao-min", at=silent + timedelta(hours=25))[0] == 0
    assert owed(call, silent + timedelta(hours=25)) == (0, set())


def test_edge_20_a_sealed_code_opens_once(world: World, call: Call) -> None:
    asked = ("--system", "core-db", "--by", "li-na", "--reason", "主备均失效", "--restores", "--format", "json")
    first = call("freeze", "breakglass", "open", *asked, "--code", SEALED.codes[0], "--out", str(world.base / "a.json"))
    assert (first[0], json.loads(first[1])["recorded"]) == (0, True)
    door = ("freeze", "gate", "--system", "core-db", "--kind", "restore", "--format", "json")
    code, out = call(*door, "--permit", str(world.base / "a.json"), at=T0 + MINUTE)
    assert (code, json.loads(out)["reason_code"]) == (0, "BREAK_GLASS")
    again = call("freeze", "breakglass", "open", *asked, "--code", SEALED.codes[0], at=T0 + 2 * MINUTE)
    wrong = call("freeze", "breakglass", "open", *asked, "--code", "A" * 20, at=T0 + 2 * MINUTE)
    assert (again[0], wrong[0]) == (1, 1)


def test_edge_23_lifting_needs_the_quorum_and_extending_fewer(world: World, call: Call) -> None:
    asked = ("--phase", "full", "--reason", "会议提前结束", "--format", "json")
    earlier = ("freeze", "lift", *asked, "--until", "2026-11-16 18:00")
    code, out = call(*earlier, "--key", key(world, "root-a"))
    assert (code, json.loads(out)["in_force"]) == (0, False)
    assert run(world.arguments("trust", "sign", "amendment", "--key", key(world, "root-b"))) == 0
    later = ("freeze", "lift", *asked, "--until", "2026-11-21 18:00")
    assert call(*later, at=T0 + MINUTE)[0] != 0
    code, out = call(
        "freeze", "extend", *asked, "--until", "2026-11-16 20:00", "--key", key(world, "root-a"), at=T0 + MINUTE
    )
    assert (code, json.loads(out)["in_force"]) == (0, True)
    assert gate(call, at=datetime(2026, 11, 16, 11, 30, tzinfo=T0.tzinfo))[1] == "FROZEN"
    assert gate(call, at=datetime(2026, 11, 16, 12, 30, tzinfo=T0.tzinfo))[1] != "FROZEN"


def test_cards_are_listed_without_their_codes_and_a_revoked_one_opens_nothing(world: World, call: Call) -> None:
    name, _, body = submit(world, call)
    card = json.loads(call("codes", "issue", "chen-jun", "--count", "2", "--format", "json")[1])
    code, out = call("codes", "list", "--format", "json")
    assert code == 0
    assert json.loads(out)["cards"] == [
        {"card": "chen-jun-1", "person": "chen-jun", "issued_at": iso(T0), "codes": 2, "left": 2, "revoked": False}
    ]
    assert call("codes", "revoke", card["card"])[0] == 0
    coded = ("--coded", "--person", "chen-jun", "--code", card["codes"][0], "--read-back", body["read_back"])
    assert call("approve", name, *coded)[0] == 1
    code, out = call("codes", "seal", "--count", "1", "--out", str(world.base / "hashes.yaml"))
    assert len(out.strip().replace("-", "")) == 20
    assert (world.base / "hashes.yaml").read_text("utf-8").startswith('sealed_codes:\n  - "scrypt:1:')


def test_a_revoked_permit_is_refused_by_a_door_with_the_store(world: World, call: Call) -> None:
    _, permit = three_ways(world, call)
    shown = json.loads(run_out(call, "permit", "issue", "CR-games-0001", "--out", str(permit), "--format", "json"))
    assert (shown["id"], shown["rung"], shown["rehearsal"]) == ("CR-games-0001-P1", "full-night", True)
    assert call("permit", "revoke", shown["id"], "--by", "chen-jun", "--reason", "误签")[0] == 0
    assert gate(call, "--permit", str(permit), "--bind", BIND) == (1, "PERMIT_REVOKED")


def run_out(call: Call, *words: str) -> str:
    code, out = call(*words)
    assert code == 0, out
    return out


def test_papers_prepared_for_two_signers_apart_open_an_emergency_release(world: World, call: Call) -> None:
    from zhongbao_core.approval.sshsig import sign

    asked = ("--system", "portal", "--by", "li-na", "--reason", "门户被篡改", "--dir", str(world.base))
    folder = Path(run_out(call, "freeze", "breakglass", "prepare", *asked).strip())
    signatures = []
    for person in ("chen-jun", "liu-yang"):
        path = world.base / f"{person}.sig"
        path.write_text(sign(key(world, person), (folder / "statement.json").read_bytes(), "approve@zhongbao"), "ascii")
        signatures += ["--signature", str(path)]
    out = ("--out", str(world.base / "bg.json"))
    run_out(call, "freeze", "breakglass", "open", "--dir", str(folder), *signatures, *out)
    (release,) = json.loads(run_out(call, "freeze", "breakglass", "list", "--format", "json"))["releases"]
    assert (release["by"], release["recorded"], release["overdue"]) == ("li-na", True, False)
    assert call("permit", "verify", str(world.base / "bg.json"))[0] == 0


def test_a_real_trust_file_takes_no_instant_of_ones_choice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = World(tmp_path, T0 - timedelta(days=1), policy(), rehearsal=False)
    for words in (
        ("freeze", "request", "list"),
        ("freeze", "audit"),
        ("codes", "list"),
        ("freeze", "breakglass", "list"),
    ):
        assert run(world.arguments(*words, "--at", iso(T0))) == 2
        assert "[AT_REFUSED]" in capsys.readouterr().err
