"""The journal: what it promises to a writer, and where it refuses to live."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from zhongbao_core.canonical import canonical, digest
from zhongbao_core.clock import iso
from zhongbao_core.errors import CannotTellError, InputError, RefusedError, StoreError
from zhongbao_core.ledger import schema
from zhongbao_core.ledger.checkpoint import Signer
from zhongbao_core.ledger.entry import MAX_ENTRY
from zhongbao_core.ledger.journal import Journal, KeyConflictError
from zhongbao_core.proof import Checkpoint, leaf_hash, verify_checkpoint, verify_consistency, verify_inclusion


def reason_of(error: pytest.ExceptionInfo[Any]) -> str:
    return str(error.value.reason_code)


def test_a_new_ledger_begins_with_its_origin(journal: Journal, at: datetime, origin: str) -> None:
    first = journal.entry(0)
    assert (first.seq, first.time, first.kind, first.ref, first.prev) == (0, at, "ledger.created", origin, "0" * 64)
    assert first.body == {"format": "zhongbao-ledger/1", "hash": "sha256", "origin": origin}
    assert journal.origin == origin
    assert journal.head().size == 1
    assert journal.head().root == leaf_hash(first.raw)


def test_an_entry_is_its_frozen_bytes(journal: Journal, at: datetime) -> None:
    entry = journal.append("decision", "git", {"verdict": "hold", "why": "封网"}, at=at, key="k-1")
    expected = {
        "v": 1,
        "seq": 1,
        "time": "2026-11-20T08:00:00Z",
        "writer": "test",
        "kind": "decision",
        "ref": "git",
        "key": "k-1",
        "body": {"verdict": "hold", "why": "封网"},
        "prev": journal.entry(0).leaf.hex(),
    }
    assert entry.raw == canonical(expected)
    assert entry.leaf == leaf_hash(entry.raw)
    assert journal.entry(1) == entry


def test_the_frozen_bytes_of_format_1_never_change(tmp_path: Path, at: datetime) -> None:
    journal = Journal.create(tmp_path / "x.db", origin="zhongbao.example/x", writer="w", at=at)
    journal.append("decision", "git", {"verdict": "hold"}, at=at + timedelta(microseconds=5))
    assert [entry.raw for entry in journal.entries()] == [
        b'{"body":{"format":"zhongbao-ledger/1","hash":"sha256","origin":"zhongbao.example/x"},"key":"",'
        b'"kind":"ledger.created",'
        b'"prev":"0000000000000000000000000000000000000000000000000000000000000000",'
        b'"ref":"zhongbao.example/x","seq":0,"time":"2026-11-20T08:00:00Z","v":1,"writer":"w"}',
        b'{"body":{"verdict":"hold"},"key":"","kind":"decision",'
        b'"prev":"75f478f1d688c0b23c89f0043f8099d6cc4c28d5e06c91e00c728546c88579a5",'
        b'"ref":"git","seq":1,"time":"2026-11-20T08:00:00.000005Z","v":1,"writer":"w"}',
    ]
    assert journal.head().root.hex() == "3f0f8801def5342c8daf2a4e9cee3b597f43d9258b57e90c1138b76477a1e480"


def test_files_are_for_their_owner_alone(journal: Journal, path: Path, at: datetime) -> None:
    journal.append("decision", "git", {}, at=at)
    modes = {item.name: stat.S_IMODE(item.stat().st_mode) for item in path.parent.iterdir()}
    assert modes == dict.fromkeys(("ledger.db", "ledger.db-shm", "ledger.db-wal", "ledger.db.lock"), 0o600)


def test_opening_never_makes_a_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as error:
        Journal.open(tmp_path / "absent.db", writer="x")
    assert reason_of(error) == "LEDGER_MISSING"
    assert list(tmp_path.iterdir()) == []


def test_creating_never_overwrites(journal: Journal, path: Path, at: datetime, origin: str) -> None:
    before = path.read_bytes()
    with pytest.raises(StoreError) as error:
        Journal.create(path, origin=origin, writer="x", at=at)
    assert reason_of(error) == "LEDGER_EXISTS"
    assert path.read_bytes() == before


@pytest.mark.parametrize("origin", ["", "a b", "a+b", "a\nb", "x" * 201, "a\u00a0b"])
def test_an_origin_that_cannot_name_a_key_is_refused(tmp_path: Path, at: datetime, origin: str) -> None:
    with pytest.raises(InputError) as error:
        Journal.create(tmp_path / "l.db", origin=origin, writer="x", at=at)
    assert reason_of(error) == "ORIGIN_INVALID"
    assert list(tmp_path.iterdir()) == []


def test_a_failed_making_leaves_nothing(tmp_path: Path, at: datetime) -> None:
    with pytest.raises(InputError):
        Journal.create(tmp_path / "l.db", origin="zhongbao.example/x", writer="", at=at)
    assert list(tmp_path.iterdir()) == []


def test_the_same_key_and_content_is_recorded_once(journal: Journal, at: datetime) -> None:
    first = journal.append("run.started", "CR-1", {"permit": "P-1"}, at=at, key="run:P-1")
    again = journal.append("run.started", "CR-1", {"permit": "P-1"}, at=at + timedelta(hours=1), key="run:P-1")
    assert again == first
    assert journal.size() == 2
    assert journal.find_key("run:P-1") == first
    assert journal.find_key("run:P-2") is None


@pytest.mark.parametrize(
    ("kind", "ref", "body"),
    [
        pytest.param("run.started", "CR-1", {"permit": "P-2"}, id="other body"),
        pytest.param("run.started", "CR-2", {"permit": "P-1"}, id="other ref"),
        pytest.param("run.ended", "CR-1", {"permit": "P-1"}, id="other kind"),
    ],
)
def test_the_same_key_with_other_content_is_an_error_and_records_nothing(
    journal: Journal, at: datetime, kind: str, ref: str, body: dict[str, Any]
) -> None:
    first = journal.append("run.started", "CR-1", {"permit": "P-1"}, at=at, key="run:P-1")
    with pytest.raises(KeyConflictError) as error, journal.transaction(at) as tx:
        tx.append("decision", "git", {})
        tx.append(kind, ref, body, "run:P-1")
    assert reason_of(error) == "IDEMPOTENCY_CONFLICT"
    assert error.value.entry == first
    assert journal.size() == 2


def test_a_transaction_is_recorded_whole_or_not_at_all(journal: Journal, at: datetime) -> None:
    with pytest.raises(RuntimeError), journal.transaction(at) as tx:
        tx.append("decision", "git", {"n": 1})
        name = tx.put_document(b"text")
        assert tx.size() == 2
        assert tx.document(name) == b"text"
        raise RuntimeError
    assert journal.size() == 1
    assert journal.document(name) is None
    assert journal.verify().good


def test_a_transaction_sees_what_it_has_written(journal: Journal, at: datetime) -> None:
    with journal.transaction(at) as tx:
        wrote = [tx.append("decision", f"door-{number}", {"n": number}) for number in range(5)]
        assert list(tx.entries(1)) == wrote
        assert tx.count("decision", "door-") == 5
        assert tx.head().size == 6
    assert list(journal.entries(1)) == wrote


def test_entries_are_found_by_kind_and_ref_in_order(journal: Journal, at: datetime) -> None:
    with journal.transaction(at) as tx:
        for number in range(1200):
            tx.append(("decision", "run.started", "run.ended")[number % 3], f"CR-{number % 7}", {"n": number})
    everything = list(journal.entries())
    assert [entry.seq for entry in everything] == list(range(1201))
    for kinds in (("decision",), ("run.ended", "run.started"), ()):
        for ref in (None, "CR-3", "absent"):
            wanted = [e for e in everything if e.kind in kinds and ref in (None, e.ref)]
            assert list(journal.entries(kinds=kinds, ref=ref)) == wanted
    assert list(journal.entries(5, 9)) == everything[5:9]
    assert list(journal.entries(5, 9, ref="CR-4")) == [e for e in everything[5:9] if e.ref == "CR-4"]
    assert list(journal.entries(5, 5)) == []
    assert journal.count("decision") == 400
    assert journal.count("decision", "CR-1") == sum(e.kind == "decision" and e.ref == "CR-1" for e in everything)
    assert journal.count("decision", "%") == 0


def test_a_missing_entry_is_an_error(journal: Journal) -> None:
    with pytest.raises(StoreError) as error:
        journal.entry(7)
    assert reason_of(error) == "ENTRY_MISSING"


@pytest.mark.parametrize(
    ("kind", "ref", "body", "key"),
    [
        pytest.param("Decision", "git", {}, "", id="kind with capitals"),
        pytest.param("", "git", {}, "", id="no kind"),
        pytest.param("a.b.c.d.e", "git", {}, "", id="kind of five words"),
        pytest.param("decision", "a\nb", {}, "", id="control character in ref"),
        pytest.param("decision", "x" * 257, {}, "", id="long ref"),
        pytest.param("decision", "git", {}, "k\x00", id="control character in key"),
        pytest.param("decision", "git", {"n": 1.5}, "", id="fraction"),
        pytest.param("decision", "git", {"n": float("nan")}, "", id="not a number"),
        pytest.param("decision", "git", {"n": 2**53}, "", id="integer beyond 2^53"),
        pytest.param("decision", "git", {"n": "\ud800"}, "", id="lone surrogate"),
        pytest.param("decision", "git", {"键": 1}, "", id="key outside ASCII"),
        pytest.param("decision", "git", {"n": b"bytes"}, "", id="bytes"),
        pytest.param("decision", "git", {"n": "x" * MAX_ENTRY}, "", id="free text in a body"),
    ],
)
def test_what_has_no_frozen_form_is_refused(
    journal: Journal, at: datetime, kind: str, ref: str, body: dict[str, Any], key: str
) -> None:
    with pytest.raises(InputError) as error:
        journal.append(kind, ref, body, at=at, key=key)
    assert reason_of(error) == "ENTRY_INVALID"
    assert journal.size() == 1


def test_a_small_step_back_of_the_clock_is_lifted(journal: Journal, at: datetime) -> None:
    journal.append("decision", "git", {"n": 1}, at=at + timedelta(hours=1))
    entry = journal.append("decision", "git", {"n": 2}, at=at + timedelta(minutes=58))
    assert entry.time == at + timedelta(hours=1)
    assert journal.verify().good


def test_a_clock_that_went_back_stops_new_entries(journal: Journal, at: datetime) -> None:
    journal.append("decision", "git", {"n": 1}, at=at + timedelta(hours=1))
    with pytest.raises(CannotTellError) as error:
        journal.append("decision", "git", {"n": 2}, at=at + timedelta(minutes=58) - timedelta(microseconds=1))
    assert reason_of(error) == "CLOCK_BACKWARDS"
    assert journal.size() == 2


def test_in_a_rehearsal_the_way_out_is_another_instant_not_another_clock(journal: Journal, at: datetime) -> None:
    journal.append("decision", "git", {"n": 1}, at=at + timedelta(hours=1))
    journal.rehearsal = True
    with pytest.raises(CannotTellError) as error:
        journal.append("decision", "git", {"n": 2}, at=at)
    hint = error.value.hint
    assert hint is not None and "NTP" not in hint.zh
    assert all(word in hint.en for word in (iso(at + timedelta(hours=1)), "a later --at", "init --example"))


def test_entry_times_are_utc_whatever_zone_they_come_in(journal: Journal, at: datetime) -> None:
    from zoneinfo import ZoneInfo

    entry = journal.append("decision", "git", {}, at=at.astimezone(ZoneInfo("Asia/Shanghai")))
    assert b'"time":"2026-11-20T08:00:00Z"' in entry.raw
    assert journal.entry(1) == entry


def test_documents_are_kept_by_digest_and_can_be_erased_for_good(journal: Journal, path: Path, at: datetime) -> None:
    secret = "张三 13800138000 电话批准".encode() * 20
    name = journal.put_document(secret, at=at)
    assert name == digest(secret)
    assert journal.document(name) == secret
    assert journal.put_document(secret, at=at) == name
    entry = journal.erase_document(name, by="chen-jun", reason="数据主体要求", at=at)
    assert (entry.kind, entry.ref, entry.body["by"]) == ("document.erased", name, "chen-jun")
    assert journal.document(str(entry.body["reason"])) == "数据主体要求".encode()
    assert journal.document(name) is None
    assert journal.put_document(secret, at=at) == name
    assert journal.document(name) is None
    left = [item.name for item in path.parent.iterdir() if b"13800138000" in item.read_bytes()]
    assert left == []
    report = journal.verify()
    assert (report.verdict, report.documents, report.erased) == ("good", 1, 1)
    with pytest.raises(RefusedError):
        journal.erase_document(name, by="x", reason="again", at=at)


def test_a_document_beyond_the_limit_is_refused(journal: Journal, at: datetime) -> None:
    with pytest.raises(InputError) as error:
        journal.put_document(b"x" * (8 * 1024 * 1024 + 1), at=at)
    assert reason_of(error) == "DOCUMENT_TOO_BIG"


def test_a_reader_cannot_write(journal: Journal, path: Path, at: datetime) -> None:
    for reader in (Journal.open(path, read_only=True), Journal.open(path)):
        with reader, pytest.raises(StoreError) as error:
            reader.append("decision", "git", {}, at=at)
        assert reason_of(error) == "LEDGER_READ_ONLY"
    with Journal.open(path, read_only=True) as reader, pytest.raises(sqlite3.OperationalError):
        reader.connection.execute("DELETE FROM entries")


def test_an_open_ledger_is_not_carried_across_fork(journal: Journal, at: datetime) -> None:
    child = os.fork()
    if child == 0:
        try:
            journal.append("decision", "git", {}, at=at)
        except StoreError as error:
            os._exit(0 if error.reason_code == "LEDGER_FORKED_PROCESS" else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    journal.append("decision", "git", {}, at=at)


def test_every_pragma_is_set_and_read_back(journal: Journal, path: Path) -> None:
    with Journal.open(path, writer="x") as other:
        for name, _, expected in schema.PRAGMAS:
            assert (name, other.connection.execute(f"PRAGMA {name}").fetchone()[0]) == (name, expected)
        assert other.connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert other.connection.execute("PRAGMA application_id").fetchone()[0] == schema.APPLICATION_ID
        assert other.connection.execute("PRAGMA user_version").fetchone()[0] == 1


def test_a_file_taken_out_of_wal_is_refused(journal: Journal, path: Path) -> None:
    journal.close()
    with sqlite3.connect(path) as plain:
        plain.execute("PRAGMA journal_mode = DELETE")
    plain.close()
    with pytest.raises(StoreError) as error:
        Journal.open(path, writer="x")
    assert reason_of(error) == "PRAGMA_REFUSED"


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        pytest.param(
            "CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM entries WHERE seq = new.seq; END",
            "LEDGER_SCHEMA",
            id="a trigger that eats entries",
        ),
        pytest.param("CREATE VIEW v AS SELECT * FROM entries", "LEDGER_SCHEMA", id="a view"),
        pytest.param("DROP INDEX entries_idem", "LEDGER_SCHEMA", id="an index dropped"),
        pytest.param("ALTER TABLE entries ADD COLUMN more", "LEDGER_SCHEMA", id="a column added"),
        pytest.param("PRAGMA user_version = 2", "LEDGER_FORMAT", id="another format"),
        pytest.param("PRAGMA application_id = 7", "LEDGER_FORMAT", id="another application"),
    ],
)
def test_a_file_that_is_not_exactly_ours_is_refused(journal: Journal, path: Path, statement: str, reason: str) -> None:
    journal.close()
    with sqlite3.connect(path) as plain:
        plain.execute(statement)
    plain.close()
    with pytest.raises(StoreError) as error:
        Journal.open(path, writer="x")
    assert reason_of(error) == reason


def test_a_schema_that_is_not_even_text_is_refused(journal: Journal, path: Path) -> None:
    journal.close()
    data = path.read_bytes()
    assert data.count(b"CREATE TABLE entries") == 1
    path.write_bytes(data.replace(b"CREATE TABLE entries", b"CREATE TABLE \xe5ntries"))
    with pytest.raises(StoreError) as error:
        Journal.open(path, writer="x")
    assert reason_of(error) in ("STORE_UNAVAILABLE", "LEDGER_SCHEMA")


@pytest.mark.parametrize("data", [b"", b"not a database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 4000])
def test_a_file_that_is_no_database_is_refused(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with pytest.raises(StoreError) as error:
        Journal.open(path, writer="x")
    assert reason_of(error) in ("STORE_UNAVAILABLE", "LEDGER_FORMAT", "PRAGMA_REFUSED")


def test_a_full_disk_records_nothing_and_loses_nothing(filled: Callable[[int], Journal], at: datetime) -> None:
    journal = filled(50)
    pages = journal.connection.execute("PRAGMA page_count").fetchone()[0]
    journal.connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError) as error, journal.transaction(at + timedelta(hours=1)) as tx:
        for number in range(1000):
            tx.append("decision", "git", {"n": number, "fill": "x" * 500})
    assert reason_of(error) == "STORE_UNAVAILABLE"
    journal.connection.execute(f"PRAGMA max_page_count = {pages * 10}")
    assert journal.append("decision", "git", {}, at=at + timedelta(hours=1)).seq == 50
    assert journal.verify().good


def test_a_signed_checkpoint_verifies_and_proofs_lead_to_it(
    filled: Callable[[int], Journal], signer: Signer, origin: str, at: datetime
) -> None:
    journal = filled(100)
    early = verify_checkpoint(journal.checkpoint(signer, at), [signer.line], origin)
    later = at + timedelta(hours=2)
    journal.append("decision", "git", {"n": 1}, at=later)
    proven = journal.prove([0, 57, 100], signer, later)
    now = verify_checkpoint(proven.checkpoint, [signer.line], origin)
    assert (early.size, now.size, now.time) == (100, 101, later)
    for entry, way in proven.entries:
        assert verify_inclusion(leaf_hash(entry.raw), entry.seq, now.size, way, now.root)
    path = journal.consistency(early.size, now.size)
    assert verify_consistency(early.size, now.size, early.root, now.root, path)
    journal.require(early)
    journal.require(now)


def test_a_ledger_behind_or_beside_a_checkpoint_is_refused(filled: Callable[[int], Journal], origin: str) -> None:
    journal = filled(30)
    head = journal.head()
    with pytest.raises(StoreError) as behind:
        journal.require(Checkpoint(origin, 31, head.root, None))
    with pytest.raises(StoreError) as beside:
        journal.require(Checkpoint(origin, 29, head.root, None))
    assert (reason_of(behind), reason_of(beside)) == ("LEDGER_ROLLED_BACK", "LEDGER_FORKED")


def test_eight_processes_append_without_gap_loss_or_double(path: Path, journal: Journal) -> None:
    program = (
        "import sys\n"
        "from datetime import UTC, datetime\n"
        "from zhongbao_core.ledger.journal import Journal\n"
        "with Journal.open(sys.argv[1], writer='w' + sys.argv[2]) as journal:\n"
        "    for number in range(25):\n"
        "        journal.append('decision', 'door', {'w': sys.argv[2], 'n': number}, at=datetime.now(UTC),"
        " key=f'shared-{number}' if sys.argv[2] == 'x' else f'{sys.argv[2]}-{number}')\n"
    )
    names = [str(number) for number in range(6)] + ["x", "x"]
    workers = [subprocess.Popen([sys.executable, "-c", program, str(path), name]) for name in names]
    assert [worker.wait(60) for worker in workers] == [0] * 8
    entries = list(journal.entries(1))
    assert len(entries) == 7 * 25
    assert sorted((e.body["w"], e.body["n"]) for e in entries) == sorted(
        (name, number) for name in sorted(set(names)) for number in range(25)
    )
    assert journal.verify().good


def test_time_is_never_read_by_the_journal_itself(journal: Journal) -> None:
    past = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    assert journal.append("decision", "git", {}, at=past).time == past


def test_two_writers_in_turn_and_a_block_that_failed_leave_one_whole_tree(
    journal: Journal, path: Path, at: datetime
) -> None:
    with Journal.open(path, writer="other") as other:
        for number in range(40):
            writer = (journal, other)[number // 3 % 2]
            writer.append("decision", "git", {"n": number}, at=at)
            if number % 5 == 0:
                with pytest.raises(KeyError), writer.transaction(at) as tx:
                    tx.append("decision", "git", {"n": -number}, "lost")
                    raise KeyError
        assert other.verify().good and other.head() == journal.head()
        assert journal.head().size == 41
