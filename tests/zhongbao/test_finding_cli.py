"""The finding commands end to end: real store, real ledger, real exit codes."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from zhongbao.__main__ import run
from zhongbao_core.finding import Evidence, Finding, Severity, SystemPlace
from zhongbao_core.ledger.journal import Journal
from zhongbao_core.store.engine import open_store
from zhongbao_core.store.findings import FindingStore
from zhongbao_core.text import Text

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
LATE = Finding(
    "freeze",
    "FRZ001",
    Text("补签逾期", "confirmation overdue"),
    Severity.HIGH,
    SystemPlace(reference="CR-1"),
    evidence=(Evidence("电话", "13800138000", personal=True),),
)
Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def zhongbao(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run the command line in a folder of its own, in English."""
    monkeypatch.chdir(tmp_path)

    def call(*args: str) -> tuple[int, str, str]:
        code = run(["--lang", "en", *args])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "findings.db"
    with open_store(path, create=True) as engine:
        FindingStore(engine).record([LATE], AT, looked=["freeze"])
    return path


def key_line(number: int) -> str:
    blob = b"\0\0\0\x0bssh-ed25519\0\0\0 " + bytes([number]) * 32
    return "ssh-ed25519 " + base64.b64encode(blob).decode()


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    """A rehearsal's trust file with a ledger beside it; the workspace has no policy yet."""
    outside = tmp_path / "outside"
    outside.mkdir()
    Journal.create(outside / "ledger.db", origin="zhongbao.example/t", writer="t", at=AT).close()
    keys = [{"id": f"r{n}", "person": f"p{n}", "line": key_line(n)} for n in (1, 2)]
    body = {
        "format": "zhongbao-trust/1",
        "workspace": "demo",
        "root": {"version": 1, "threshold": 2, "tighten": 1, "keys": keys},
        "ledger": {"origin": "zhongbao.example/t", "keys": [{"id": "l", "line": key_line(3)}], "path": "ledger.db"},
        "rehearsal": True,
    }
    (outside / "trust.json").write_text(json.dumps(body))
    (tmp_path / "workspace").mkdir()
    with open_store(outside / "findings.db", create=True) as engine:
        FindingStore(engine).record([LATE], AT, looked=["freeze"])
    return outside / "trust.json"


def test_open_findings_are_listed_with_exit_1(zhongbao: Cli, store: Path) -> None:
    code, out, _ = zhongbao("finding", "list", "--store", str(store), "--at", "2026-11-20T09:00Z")
    assert (code, LATE.id in out, "content not looked at" in out) == (1, True, True)


def test_a_whole_life_from_the_command_line_ends_in_exit_0(zhongbao: Cli, store: Path) -> None:
    here = ("--store", str(store))
    steps = [
        ("assign", "--by", "zhao-min", "--to", "li-na", "--due", "2026-12-01T00:00Z"),
        ("start", "--by", "li-na"),
        ("fixed", "--by", "li-na", "--evidence", "补签单 CR-1"),
        ("close", "--by", "zhao-min", "--evidence", "已核对"),
    ]
    codes = [zhongbao("finding", name, LATE.id, *rest, *here)[0] for name, *rest in steps]
    assert codes == [0, 0, 0, 0]
    code, out, _ = zhongbao("finding", "list", *here)
    assert (code, LATE.id in out) == (0, False)
    code, out, _ = zhongbao("finding", "show", LATE.id, *here)
    assert code == 0
    assert [word for word in ("found", "assign", "start fixing", "hand in", "close") if word not in out] == []


@pytest.mark.parametrize(
    ("args", "code", "reason"),
    [
        pytest.param(
            ("close", LATE.id, "--by", "a", "--evidence", "x"), 1, "FINDING_MOVE", id="closing what nobody fixed"
        ),
        pytest.param(
            ("waive", LATE.id, "--by", "a", "--reason", "x", "--approver", "a", "--until", "2099-01-01T00:00Z"),
            1,
            "FINDING_SAME_PERSON",
            id="approving one's own waiver",
        ),
        pytest.param(("show", "F-0000"), 2, "FINDING_UNKNOWN", id="an id nobody knows"),
        pytest.param(("assign", LATE.id, "--by", "a"), 2, "--to", id="assigning to nobody"),
        pytest.param(
            ("assign", LATE.id, "--by", "a", "--to", "b", "--due", "soon"), 2, "TIME_INVALID", id="a time that is none"
        ),
    ],
)
def test_a_move_is_refused_for(zhongbao: Cli, store: Path, args: tuple[str, ...], code: int, reason: str) -> None:
    got, _, err = zhongbao("finding", *args, "--store", str(store))
    assert (got, reason in err) == (code, True)


def test_without_a_store_the_answer_is_cannot_tell_not_none(zhongbao: Cli, tmp_path: Path) -> None:
    code, out, err = zhongbao("finding", "list", "--store", str(tmp_path / "none.db"))
    assert (code, out, "STORE_MISSING" in err) == (3, "", True)


def test_an_area_nobody_looked_at_ends_in_3(zhongbao: Cli, store: Path) -> None:
    code, out, _ = zhongbao("finding", "list", "--area", "content", "--store", str(store))
    assert (code, "not looked at" in out) == (3, True)


def test_a_waived_finding_stays_in_the_list_marked_with_exit_0(zhongbao: Cli, store: Path) -> None:
    here = ("--store", str(store))
    waiver = ("--reason", "会后整改", "--approver", "chen-jun", "--until", "2099-01-01T00:00Z")
    assert zhongbao("finding", "waive", LATE.id, "--by", "a", *waiver, *here)[0] == 0
    code, out, _ = zhongbao("finding", "list", *here)
    assert (code, "waived" in out, "approved by chen-jun" in out) == (0, True, True)


def test_personal_data_is_not_revealed_where_the_look_cannot_go_on_record(zhongbao: Cli, store: Path) -> None:
    code, out, err = zhongbao("finding", "list", "--reveal", "--by", "a", "--store", str(store))
    assert (code, "13800138000" in out, "NOT_ON_RECORD" in err) == (3, False, True)


def test_a_look_at_personal_data_goes_on_record_before_it_is_shown(zhongbao: Cli, trust: Path) -> None:
    where = ("--trust", str(trust), "--workspace", "workspace", "--at", "2026-11-20T09:00Z")
    code, out, _ = zhongbao("finding", "list", "--reveal", "--by", "zhao-min", *where)
    assert (code, "13800138000" in out) == (1, True)
    with Journal.open(trust.parent / "ledger.db", read_only=True) as journal:
        looked = [(item.ref, item.body["count"]) for item in journal.entries(kinds=("finding.revealed",))]
    assert looked == [("zhao-min", 1)]


def test_each_move_is_a_ledger_entry_of_ids_and_digests_alone(zhongbao: Cli, trust: Path) -> None:
    where = ("--trust", str(trust), "--workspace", "workspace", "--at", "2026-11-20T09:00Z")
    assert (
        zhongbao("finding", "dismiss", LATE.id, "--by", "zhao-min", "--reason", "张三已电话确认 13800138000", *where)[0]
        == 0
    )
    with Journal.open(trust.parent / "ledger.db", read_only=True) as journal:
        (entry,) = journal.entries(kinds=("finding.dismiss",))
        assert (entry.ref, entry.body["after"], entry.body["finding"]) == (LATE.id, "false_alarm", LATE.fingerprint)
        assert b"13800138000" not in entry.raw
        assert journal.document(entry.body["reason"]) == "张三已电话确认 13800138000".encode()


def test_a_refused_move_leaves_no_ledger_entry(zhongbao: Cli, trust: Path) -> None:
    where = ("--trust", str(trust), "--workspace", "workspace", "--at", "2026-11-20T09:00Z")
    assert zhongbao("finding", "close", LATE.id, "--by", "zhao-min", "--evidence", "x", *where)[0] == 1
    with Journal.open(trust.parent / "ledger.db", read_only=True) as journal:
        assert journal.size() == 1


@pytest.mark.parametrize("fmt", ["json", "junit", "html"])
def test_every_format_comes_out_whole(zhongbao: Cli, store: Path, fmt: str) -> None:
    code, out, _ = zhongbao("finding", "list", "--format", fmt, "--store", str(store))
    start = {"json": "{", "junit": "<?xml", "html": "<!doctype html>"}[fmt]
    assert (code, out.lstrip()[: len(start)], LATE.id in out) == (1, start, True)
