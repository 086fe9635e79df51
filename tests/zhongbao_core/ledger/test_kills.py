"""SIGKILL at random instants: nothing acknowledged is lost, the chain has no fault, outside checkpoints still agree.

Workers are forked, so that a kill costs milliseconds. Each writes an acknowledgement line only after the call
returned. A kill drops no page cache: power loss is another test (``test_power_loss.py``).
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import NamedTuple

from zhongbao_core.errors import ZhongbaoError
from zhongbao_core.ledger.backup import backup
from zhongbao_core.ledger.checkpoint import Signer
from zhongbao_core.ledger.journal import Journal
from zhongbao_core.ledger.outside import newest, save
from zhongbao_core.proof import parse_checkpoint, split_note

SOAK = bool(os.environ.get("ZHONGBAO_SOAK"))
SEED = int(os.environ.get("ZHONGBAO_SEED", "20261120"))
KILLS = 1000 if SOAK else 200
LIVES = 40
"""Kills before a new ledger is begun, so that the check after each round stays short."""


class Place(NamedTuple):
    """A ledger under fire: its file, where acknowledgements go, and the folder outside."""

    path: Path
    acks: Path
    outside: Path
    signer: Signer

    def acknowledge(self, worker: str, line: str) -> None:
        handle = os.open(self.acks / worker, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(handle, (line + "\n").encode())
        os.close(handle)


Work = Callable[[Journal, Place, str, int], str]


def append(journal: Journal, place: Place, worker: str, number: int) -> str:
    entry = journal.append("decision", worker, {"n": number}, at=datetime.now(UTC), key=f"{worker}:{number}")
    return f"{entry.seq} {entry.leaf.hex()}"


def decide(journal: Journal, place: Place, worker: str, number: int) -> str:
    """What a gate does: look whether the permit is spent, then record the decision, in one transaction."""
    with journal.transaction(datetime.now(UTC)) as tx:
        assert tx.find_key(f"use:{worker}:{number}") is None
        assert tx.count("decision", worker) >= 0
        entry = tx.append("decision", worker, {"n": number, "verdict": "allow"}, f"use:{worker}:{number}")
    return f"{entry.seq} {entry.leaf.hex()}"


def checkpoint(journal: Journal, place: Place, worker: str, number: int) -> str:
    note = journal.checkpoint(place.signer, datetime.now(UTC))
    made = parse_checkpoint(split_note(note)[0])
    save(note, made.size, place.outside)
    body = {"size": made.size, "root": made.root.hex()}
    entry = journal.append("checkpoint.made", worker, body, at=datetime.now(UTC))
    return f"{entry.seq} {entry.leaf.hex()}"


def rotate(journal: Journal, place: Place, worker: str, number: int) -> str:
    """A key rotation: the new key's line as a document and the entry that names it, or neither."""
    with journal.transaction(datetime.now(UTC)) as tx:
        line = tx.put_document(f"ssh-ed25519 {worker} {number}".encode())
        entry = tx.append("key.rotated", worker, {"line": line, "n": number})
    return f"{entry.seq} {entry.leaf.hex()}"


def copy(journal: Journal, place: Place, worker: str, number: int) -> str:
    """A backup under load; then one entry, so that every kind of worker leaves a trace."""
    target = place.acks.parent / f"{place.path.stem}-{worker}-{number}.backup"
    backup(journal, target)
    target.unlink()
    return append(journal, place, worker, number)


WORKS: tuple[Work, ...] = (append, decide, checkpoint, rotate, append, decide, checkpoint, rotate, copy)


def life(place: Place, work: Work, worker: str) -> None:
    """Open the ledger and work until somebody pulls the plug."""
    number = 0
    with Journal.open(place.path, writer=worker) as journal:
        while True:
            line = work(journal, place, worker, number)
            place.acknowledge(worker, line)
            number += 1


def start(place: Place, work: Work, worker: str) -> int:
    child = os.fork()
    if child:
        return child
    try:
        os.setpgid(0, 0)
        life(place, work, worker)
    except BaseException as error:
        place.acknowledge("errors", f"{worker} {work.__name__} {error!r}")
    os._exit(1)


def kill(children: list[int]) -> None:
    for child in children:
        os.kill(child, signal.SIGKILL)
    for child in children:
        os.waitpid(child, 0)


def acknowledged(place: Place) -> dict[int, str]:
    """Every whole acknowledgement line: entry number to leaf hash."""
    found = {}
    for file in place.acks.iterdir():
        whole = file.read_bytes().rpartition(b"\n")[0].decode()
        if file.name == "errors":
            raise AssertionError(whole)
        for line in whole.splitlines():
            seq, leaf = line.split(" ")
            found[int(seq)] = leaf
    return found


def check(place: Place, deaths: int) -> int:
    """Everything acknowledged is there, unchanged; at most one more entry for each death. How many there are."""
    begun = time.monotonic()
    with Journal.open(place.path, writer="check") as journal:
        opened = time.monotonic() - begun
        seen = newest(place.outside, [place.signer.line], place.signer.origin)
        report = journal.verify([seen] if seen else [])
        assert (report.verdict, report.first_bad) == ("good", None), report
        acks = acknowledged(place)
        stored = {entry.seq: entry.leaf.hex() for entry in journal.entries()}
        assert {seq: stored.get(seq) for seq in acks} == acks
        assert list(stored) == list(range(len(stored)))
        assert len(stored) - 1 - len(acks) <= deaths
        for entry in journal.entries(kinds=("key.rotated",)):
            assert journal.document(entry.body["line"]) is not None
    assert opened < 10
    return len(acks)


def new_place(folder: Path, signer: Signer, number: int) -> Place:
    place = Place(folder / f"{number}.db", folder / f"acks-{number}", folder / f"outside-{number}", signer)
    place.acks.mkdir()
    Journal.create(place.path, origin=signer.origin, writer="test", at=datetime.now(UTC)).close()
    return place


def test_killed_writers_lose_nothing_that_was_acknowledged(tmp_path: Path, signer: Signer) -> None:
    seed = SEED
    chance = Random(seed)  # noqa: S311 chance, not secrets
    kills = records = 0
    while kills < KILLS:
        place = new_place(tmp_path, signer, kills)
        deaths = 0
        while deaths < LIVES and kills + deaths < KILLS:
            names = [f"w{deaths}", f"w{deaths + 1}"]
            children = [start(place, chance.choice(WORKS), name) for name in names]
            recovering = chance.random() < 0.2
            time.sleep(chance.uniform(0.0, 0.015) if recovering else chance.uniform(0.02, 0.12))
            kill(children)
            deaths += 2
            if not recovering:
                check(place, deaths)
        records += check(place, deaths)
        kills += deaths
    bound = 3 / kills
    print(f"seed {seed}: {kills} kills, {records} acknowledged, 0 lost (at most {bound:.1%} a kill at 95 %)")
    assert kills >= KILLS
    assert records > KILLS


def test_a_dead_holder_of_the_turn_holds_nobody_up(tmp_path: Path, signer: Signer) -> None:
    place = new_place(tmp_path, signer, 0)
    child = os.fork()
    if child == 0:
        with Journal.open(place.path, writer="dead") as journal, journal.transaction(datetime.now(UTC)) as tx:
            tx.append("decision", "dead", {})
            place.acknowledge("inside", "0 x")
            time.sleep(60)
        os._exit(1)
    while not (place.acks / "inside").exists():
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    begun = time.monotonic()
    with Journal.open(place.path, writer="alive") as journal:
        entry = journal.append("decision", "alive", {}, at=datetime.now(UTC))
    assert entry.seq == 1
    assert time.monotonic() - begun < 15


def test_a_stopped_holder_makes_others_give_up_and_say_so(tmp_path: Path, signer: Signer) -> None:
    place = new_place(tmp_path, signer, 0)
    with (
        Journal.open(place.path, writer="slow") as slow,
        Journal.open(place.path, writer="other", wait=0.2) as other,
        slow.transaction(datetime.now(UTC)) as tx,
    ):
        tx.append("decision", "slow", {})
        begun = time.monotonic()
        try:
            other.append("decision", "other", {}, at=datetime.now(UTC))
            raise AssertionError("two writers at once")
        except ZhongbaoError as error:
            assert error.reason_code == "LEDGER_BUSY"
        assert time.monotonic() - begun < 15
