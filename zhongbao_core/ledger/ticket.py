"""A fair lock between processes: whoever asked first goes first, and a dead holder holds nothing.

SQLite's own waiting is a race of sleepers: under load one writer can wait for seconds. On Linux each writer
draws a numbered ticket and locks the byte of that number in the lock file; when no lower byte is locked it may
take the seat, one more byte, and give its ticket up. Whoever had the seat may sit down again without a ticket
for ``QUANTUM`` seconds: several commits with warm caches are worth more than a change of seat after each. So the
first in the queue does not snatch the seat between two commits: it sits down once the seat stays empty. The
kernel drops the locks of a dead process, so there is nothing to clean up. Elsewhere the lock is exclusive but
not fair. Safety never rests on it: BEGIN IMMEDIATE still excludes.
"""

from __future__ import annotations

import os
import struct
import sys
import time

from zhongbao_core.errors import StoreError
from zhongbao_core.text import Text

WAIT = 10.0
"""Seconds a writer waits for its turn before it gives up with LEDGER_BUSY."""

QUANTUM = 0.01
"""Seconds from taking the seat within which its holder may take it again before those who wait."""

_SEAT = 16
"""Byte of the seat; the counter lies before it."""
_FIRST = 1 << 32
"""Byte of ticket 0: far beyond the counter, in a part of the file that never exists."""
_STEP = 0.0002
_MOMENT = 0.00005
"""Seconds that the seat must stay empty before its last holder's turn counts as over."""
_PLACE = 0.0015
_LONGEST = 0.02
_NUMBER = struct.Struct("<q")


class TicketLock:
    """A lock on ``path``, one per thread and connection. ``with lock:`` holds it."""

    def __init__(self, path: str, *, wait: float = WAIT) -> None:
        self.path = path
        self.wait = wait
        self._file = -1
        self._ticket = -1
        self._until = 0.0

    def __enter__(self) -> TicketLock:
        self.acquire()
        return self

    def __exit__(self, *exc: object) -> None:
        self.release()

    def acquire(self) -> None:
        """Wait for the turn. Raises StoreError (LEDGER_BUSY) after ``wait`` seconds."""
        if self._file < 0:
            self._file = open_private(self.path)
        begun = time.monotonic()
        try:
            if sys.platform != "linux":
                _plain_lock(self._file, begun + self.wait)
            elif begun >= self._until or not _lock(self._file, _WRITE, _SEAT, 1):
                self._take_seat(begun + self.wait)
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Let the next one go."""
        if self._file < 0:
            return
        if sys.platform == "linux":
            self._drop_ticket()
            _lock(self._file, _UNLOCK, _SEAT, 1)
        else:
            _plain_unlock(self._file)

    def _take_seat(self, end: float) -> None:
        self._ticket = _draw(self._file, end)
        if _until_turn(self._file, self._ticket, end):
            _until_left(self._file, end)
        while not _lock(self._file, _WRITE, _SEAT, 1):
            _until_left(self._file, end)
        self._drop_ticket()
        self._until = time.monotonic() + QUANTUM

    def _drop_ticket(self) -> None:
        if self._ticket >= 0:
            _lock(self._file, _UNLOCK, _FIRST + self._ticket, 1)
            self._ticket = -1

    def close(self) -> None:
        """Give the file back; the kernel drops what is still locked."""
        if self._file >= 0:
            os.close(self._file)
            self._file = self._ticket = -1


def open_private(path: str) -> int:
    """A descriptor on ``path``, made 0600 if absent, never through a symbolic link."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
    return os.open(path, flags, 0o600)


def busy() -> StoreError:
    """The error of a writer whose turn did not come."""
    return StoreError(
        Text("存证日志一直被占用，未轮到写入", "the ledger is held by other writers, the turn did not come"),
        Text("查看是否有写入进程停住，然后重试", "look for a writer that hangs, then try again"),
        reason_code="LEDGER_BUSY",
    )


if sys.platform == "linux":
    _UNLOCK, _WRITE, _READ = 2, 1, 0
    _FLOCK = struct.Struct("hhqqi4x")
    _GET, _SET = 36, 37  # F_OFD_GETLK, F_OFD_SETLK: owned by the open file, so threads exclude each other too

    def _lock(file: int, kind: int, start: int, length: int) -> bool:
        from fcntl import fcntl

        try:
            fcntl(file, _SET, _FLOCK.pack(kind, 0, start, length, 0))
        except BlockingIOError:
            return False
        return True

    def _lowest(file: int, start: int, length: int) -> int:
        """The first byte that another one holds in the stretch, or -1."""
        from fcntl import fcntl

        answer = _FLOCK.unpack(fcntl(file, _GET, _FLOCK.pack(_READ, 0, start, length, 0)))
        return -1 if answer[0] == _UNLOCK else answer[2]

    def _draw(file: int, end: float) -> int:
        """Draw the next ticket and lock its byte; the counter is only touched under the lock of byte 0."""
        while not _lock(file, _WRITE, 0, 1):
            _pause(_STEP / 4, end)
        try:
            data = os.pread(file, _NUMBER.size, 0)
            ticket = max(_NUMBER.unpack(data)[0], 0) if len(data) == _NUMBER.size else 0
            ticket %= 1 << 61
            _lock(file, _WRITE, _FIRST + ticket, 1)
            os.pwrite(file, _NUMBER.pack(ticket + 1), 0)
        finally:
            _lock(file, _UNLOCK, 0, 1)
        return ticket

    def _until_turn(file: int, ticket: int, end: float) -> bool:
        """Sleep in proportion to the place in the queue until no lower ticket is held; whether one was."""
        waited = False
        while ticket and (holder := _lowest(file, _FIRST, ticket)) >= 0:
            _pause(min(_PLACE * (_FIRST + ticket - holder), _LONGEST), end)
            waited = True
        return waited

    def _until_left(file: int, end: float) -> None:
        """Sleep until the seat is empty and stays so: between two commits of one turn it is empty for a moment."""
        empty = False
        while not empty:
            while _lowest(file, _SEAT, 1) >= 0:
                _pause(_STEP, end)
            _pause(_MOMENT, end)
            empty = _lowest(file, _SEAT, 1) < 0


def _pause(seconds: float, end: float) -> None:
    if time.monotonic() >= end:
        raise busy()
    time.sleep(seconds)


def _plain_lock(file: int, end: float) -> None:
    while not _try_plain(file):
        _pause(0.002, end)


def _try_plain(file: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(file, 0, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _plain_unlock(file: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(file, 0, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_UN)
