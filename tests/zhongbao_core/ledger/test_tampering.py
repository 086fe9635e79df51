"""Every change to a ledger is found, and the first bad entry is named; honest ledgers never raise an alarm."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sqlite3
import sys
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from types import ModuleType

import pytest

from zhongbao_core.ledger.checkpoint import Signer
from zhongbao_core.ledger.journal import Journal, KeyConflictError
from zhongbao_core.ledger.verify import VerifyReport
from zhongbao_core.proof import Checkpoint, verify_checkpoint


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


tampering = _load("tampering")

SOAK = bool(os.environ.get("ZHONGBAO_SOAK"))
SEED = int(os.environ.get("ZHONGBAO_SEED", "20261120"))
ROUNDS = 20_000 if SOAK else 2_000
HONEST = 10_000 if SOAK else 500
SIZES = (1, 2, 11, 24, 37, 40)


class Whole:
    """An honest ledger of 40 entries as a plain file, its older copies, and the checkpoints others kept of it."""

    def __init__(self, folder: Path, signer: Signer, origin: str, at: datetime) -> None:
        self.path = folder / "whole.db"
        self.older: dict[int, Path] = {}
        self.checkpoints: list[Checkpoint] = []
        with Journal.create(self.path, origin=origin, writer="test", at=at) as journal:
            for number in range(1, SIZES[-1] + 1):
                if number in SIZES:
                    note = journal.checkpoint(signer, at)
                    self.checkpoints.append(verify_checkpoint(note, [signer.line], origin))
                    self.older[number] = folder / f"older-{number}.db"
                    journal.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                    shutil.copy(self.path, self.older[number])
                if number < SIZES[-1]:
                    body = {"verdict": "hold", "n": number, "manifest": "12:sha256:" + "ab" * 32}
                    key = f"k-{number}" if number % 3 else ""
                    journal.append("decision", f"door-{number % 4}", body, at=at + timedelta(minutes=number), key=key)


@pytest.fixture(scope="module")
def whole(memory: Path, signer: Signer) -> Whole:
    from datetime import UTC

    at = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    (memory / "whole").mkdir()
    return Whole(memory / "whole", signer, "zhongbao.example/games", at)


def checked(path: Path, checkpoints: list[Checkpoint]) -> VerifyReport:
    with Journal.open(path, read_only=True) as journal:
        return journal.verify(checkpoints)


def tampered_copy(whole: Whole, path: Path, attack: object, chance: Random) -> tuple[int, bool]:
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    shutil.copyfile(whole.path, path)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("BEGIN")
    first, exact = attack(db, chance)  # type: ignore[operator]
    db.execute("COMMIT")
    db.close()
    return first, exact


def names(report: VerifyReport, first: int) -> bool:
    """Whether the report names entry ``first``: alone, or as part of the stretch that a checkpoint leaves open."""
    if report.first_bad is None:
        return False
    if report.until is None:
        return report.first_bad == first
    return report.first_bad <= first < report.until


@pytest.mark.parametrize("attack", tampering.ATTACKS, ids=lambda attack: attack.__name__)
def test_every_tampering_is_found_and_the_first_bad_entry_named(attack: object, whole: Whole, memory: Path) -> None:
    seed = SEED
    rounds = ROUNDS // len(tampering.ATTACKS) + 1
    print(f"seed {seed}, {rounds} rounds")
    chance = Random(f"{seed}-{attack.__name__}")  # type: ignore[attr-defined] # noqa: S311 chance, not secrets
    wrong = []
    for number in range(rounds):
        first, exact = tampered_copy(whole, memory / "x.db", attack, chance)
        report = checked(memory / "x.db", whole.checkpoints)
        if report.good or not names(report, first) or (exact and report.until is not None):
            wrong.append((number, first, exact, report.reason_code, report.first_bad, report.until))
    assert wrong == []


def test_the_untouched_copy_is_good(whole: Whole) -> None:
    report = checked(whole.path, whole.checkpoints)
    assert (report.verdict, report.size, [item.agrees for item in report.compared]) == ("good", 40, [True] * len(SIZES))


@pytest.mark.parametrize("size", SIZES[:-1])
def test_an_older_copy_put_back_is_seen_only_from_outside(whole: Whole, size: int, memory: Path) -> None:
    shutil.copyfile(whole.older[size], memory / "x.db")
    assert checked(memory / "x.db", []).good
    report = checked(memory / "x.db", whole.checkpoints)
    assert (report.verdict, report.reason_code, report.first_bad) == ("tampered", "LEDGER_ROLLED_BACK", size)


def test_a_whole_rewrite_shows_only_from_outside_and_between_two_checkpoints(whole: Whole, memory: Path) -> None:
    chance = Random(7)  # noqa: S311
    first, _ = tampered_copy(whole, memory / "x.db", tampering.rehash, chance)
    assert checked(memory / "x.db", []).good
    report = checked(memory / "x.db", whole.checkpoints)
    before = max((size for size in SIZES if size <= first), default=0)
    after = min(size for size in SIZES if size > first)
    assert (report.reason_code, report.first_bad, report.until) == ("LEDGER_FORKED", before, after)


def test_a_recorded_checkpoint_betrays_a_rewrite_before_it(
    tmp_path: Path, signer: Signer, origin: str, at: datetime
) -> None:
    path = tmp_path / "x.db"
    with Journal.create(path, origin=origin, writer="test", at=at) as journal:
        for number in range(1, 20):
            journal.append("decision", "git", {"n": number}, at=at)
        head = journal.head()
        journal.append("checkpoint.made", origin, {"size": head.size, "root": head.root.hex()}, at=at)
        assert journal.verify().good
    db = sqlite3.connect(path, isolation_level=None)
    tampering.put(db, 5, tampering.edited(tampering.raw_of(db, 5), Random(1)))  # noqa: S311
    tampering.rechain(db, 5)
    tampering.rebuild_nodes(db)
    db.close()
    report = checked(path, [])
    assert (report.reason_code, report.first_bad, report.until) == ("CHECKPOINT_RECORD", 0, 21)


def test_a_changed_document_is_found(tmp_path: Path, origin: str, at: datetime) -> None:
    path = tmp_path / "x.db"
    with Journal.create(path, origin=origin, writer="test", at=at) as journal:
        name = journal.put_document(b"statement", at=at)
    for change in ("content = 'other'", "content = NULL", "content = NULL, erased = 0", f"digest = '{name[:-1]}0'"):
        shutil.copyfile(path, tmp_path / "y.db")
        db = sqlite3.connect(tmp_path / "y.db", isolation_level=None)
        db.execute(f"UPDATE documents SET {change}")  # noqa: S608
        db.close()
        assert checked(tmp_path / "y.db", []).reason_code == "DOCUMENT_CHANGED"


def test_a_flipped_bit_anywhere_in_the_file_never_changes_what_counts_as_good(whole: Whole, memory: Path) -> None:
    from zhongbao_core.errors import StoreError

    chance, data, path = Random(SEED), whole.path.read_bytes(), memory / "x.db"  # noqa: S311
    with Journal.open(whole.path, read_only=True) as journal:
        honest = [entry.raw for entry in journal.entries()]
    outcomes = {"good": 0, "tampered": 0, "refused": 0}
    for _ in range(3000 if SOAK else 300):
        broken = bytearray(data)
        broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
        for suffix in ("-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        path.write_bytes(bytes(broken))
        try:
            with Journal.open(path, read_only=True) as journal:
                report = journal.verify(whole.checkpoints)
                outcomes[report.verdict] += 1
                assert not report.good or [entry.raw for entry in journal.entries()] == honest
        except StoreError:
            outcomes["refused"] += 1
    assert outcomes["tampered"] > 0
    assert sum(outcomes.values()) == (3000 if SOAK else 300)


def test_honest_ledgers_never_raise_an_alarm(memory: Path, signer: Signer, origin: str, at: datetime) -> None:
    seed = SEED
    print(f"seed {seed}, {HONEST} histories; 0 alarms means at most {3 / HONEST:.1%} at 95 %")
    alarms = []
    folder = memory / "honest"
    folder.mkdir()
    for number in range(HONEST):
        report = honest_history(folder / f"{number}.db", Random(f"{seed}-{number}"), signer, origin, at)  # noqa: S311
        if not report.good:
            alarms.append((number, report))
        for item in folder.iterdir():
            item.unlink()
    assert alarms == []


def honest_history(path: Path, chance: Random, signer: Signer, origin: str, at: datetime) -> VerifyReport:
    """A random lawful life: transactions, documents, erasures, retries, clock steps, checkpoints, reopenings."""
    journal = Journal.create(path, origin=origin, writer="test", at=at)
    journal.connection.execute("PRAGMA synchronous = OFF")
    outside: list[Checkpoint] = []
    now, kept = at, []
    for _ in range(chance.randrange(1, 12)):
        now += timedelta(seconds=chance.randrange(-100, 4000))
        now = max(now, journal.head().time - timedelta(seconds=110))
        step = chance.randrange(8)
        if step == 0:
            note = journal.checkpoint(signer, now)
            outside.append(verify_checkpoint(note, [signer.line], origin))
            body = {"size": outside[-1].size, "root": outside[-1].root.hex()}
            journal.append("checkpoint.made", origin, body, at=now)
        elif step == 1:
            kept.append(journal.put_document(chance.randbytes(chance.randrange(200)), at=now))
        elif step == 2 and kept and journal.document(kept[-1]) is not None:
            journal.erase_document(kept.pop(), by="p", reason="r", at=now)
        elif step == 3:
            journal.close()
            journal = Journal.open(path, writer=f"w{chance.randrange(3)}")
            journal.connection.execute("PRAGMA synchronous = OFF")
        elif step == 4:
            try:
                with journal.transaction(now) as tx:
                    tx.append("decision", "git", {"n": chance.randrange(2)}, f"key-{chance.randrange(3)}")
            except KeyConflictError as error:
                assert error.entry.key.startswith("key-")
        else:
            with journal.transaction(now) as tx:
                for number in range(chance.randrange(6)):
                    tx.append("decision", f"door-{chance.randrange(3)}", {"n": number, "why": "静默" * number})
    with journal:
        return journal.verify(outside)
