"""The turn between writers: exclusive, in the order of asking, and free of the dead."""

from __future__ import annotations

import importlib
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from zhongbao_core.errors import StoreError
from zhongbao_core.ledger import ticket
from zhongbao_core.ledger.ticket import TicketLock


def test_turns_come_in_the_order_of_asking(tmp_path: Path) -> None:
    path, order, gate = str(tmp_path / "lock"), [], TicketLock(str(tmp_path / "lock"))
    gate.acquire()
    threads = []
    for number in range(6):

        def ask(number: int = number) -> None:
            lock = TicketLock(path)
            with lock:
                order.append(number)
            lock.close()

        threads.append(threading.Thread(target=ask))
        before = _drawn(path)
        threads[-1].start()
        while _drawn(path) == before:
            time.sleep(0.001)
    gate.release()
    for thread in threads:
        thread.join()
    gate.close()
    assert order == list(range(6))


def _drawn(path: str) -> bytes:
    return Path(path).read_bytes()


def test_two_holders_never_overlap(tmp_path: Path) -> None:
    path, inside, most = str(tmp_path / "lock"), [0], [0]

    def work() -> None:
        lock = TicketLock(path)
        for _ in range(50):
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0)
                inside[0] -= 1
        lock.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_a_ticket_whose_owner_died_is_passed_over(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    holder = TicketLock(path)
    holder.acquire()
    waiting = os.fork()
    if waiting == 0:
        TicketLock(path).acquire()
        os._exit(0)
    while int.from_bytes(_drawn(path), "little") < 2:
        time.sleep(0.001)
    os.kill(waiting, 9)
    os.waitpid(waiting, 0)
    holder.release()
    begun = time.monotonic()
    with TicketLock(path):
        assert time.monotonic() - begun < 15
    holder.close()


def test_waiting_ends_with_a_reason(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    with TicketLock(path):
        late = TicketLock(path, wait=0.05)
        with pytest.raises(StoreError) as error:
            late.acquire()
        assert error.value.reason_code == "LEDGER_BUSY"
    with late:
        pass


@pytest.mark.parametrize("content", [b"", b"abc", b"\xff" * 8, b"\x7f" * 8, b"x" * 4096], ids=repr)
def test_a_damaged_counter_does_no_harm(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lock"
    path.write_bytes(content)
    with TicketLock(str(path)), pytest.raises(StoreError):
        TicketLock(str(path), wait=0.02).acquire()
    with TicketLock(str(path)):
        pass


def test_the_lock_file_is_private_and_no_link_is_followed(tmp_path: Path) -> None:
    with TicketLock(str(tmp_path / "lock")):
        assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600
    (tmp_path / "link").symlink_to(tmp_path / "lock")
    with pytest.raises(OSError):
        TicketLock(str(tmp_path / "link")).acquire()


def test_elsewhere_the_lock_is_exclusive_though_not_fair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    path = str(tmp_path / "lock")
    with TicketLock(path):
        late = TicketLock(path, wait=0.03)
        with pytest.raises(StoreError) as error:
            late.acquire()
        assert error.value.reason_code == "LEDGER_BUSY"
        late.close()
    with TicketLock(path, wait=0.03):
        pass


def test_nothing_of_posix_is_imported_before_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", None)
    importlib.reload(ticket)


@pytest.mark.skipif(sys.platform != "linux", reason="only there the lock is fair")
def test_who_waits_does_not_snatch_the_seat_between_two_commits_of_a_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticket, "QUANTUM", 0.5)
    monkeypatch.setattr(ticket, "_MOMENT", 0.05)
    path, turns = str(tmp_path / "lock"), []

    def wait() -> None:
        lock = TicketLock(path)
        with lock:
            turns.append("waiter")
        lock.close()

    holder = TicketLock(path)
    holder.acquire()
    before = _drawn(path)
    thread = threading.Thread(target=wait)
    thread.start()
    while _drawn(path) == before:
        time.sleep(0.001)
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        holder.release()
        holder.acquire()
        turns.append("holder")
        time.sleep(0.0005)
    holder.release()
    thread.join()
    holder.close()
    assert turns == ["holder"] * (len(turns) - 1) + ["waiter"]
    assert len(turns) > 10


@pytest.mark.skipif(sys.platform != "linux", reason="only there the lock is fair")
def test_a_turn_ends_for_whoever_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticket, "QUANTUM", 0.02)
    path, done = str(tmp_path / "lock"), threading.Event()

    def wait() -> None:
        lock = TicketLock(path)
        with lock:
            done.set()
        lock.close()

    holder = TicketLock(path, wait=5)
    holder.acquire()
    before = _drawn(path)
    thread = threading.Thread(target=wait)
    thread.start()
    while _drawn(path) == before:
        time.sleep(0.001)
    end = time.monotonic() + 5
    while not done.is_set() and time.monotonic() < end:
        holder.release()
        holder.acquire()
    holder.release()
    thread.join()
    holder.close()
    assert done.is_set()
    assert time.monotonic() < end
