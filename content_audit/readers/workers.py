"""Reading through a bounded worker: whatever a file does to its parser, it costs that file alone.

One worker serves many files, because starting it costs a tenth of a second; when it dies, hangs or says too much it is
replaced. Some formats are read here instead, because their readers are bounded by construction (a record at a time,
each of bounded size, pure Python over text): JSONL and CSV, which may be many gigabytes, SQLite, and text drafts, which
the gate must answer about at once.
"""

from __future__ import annotations

import atexit
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, NamedTuple

from content_audit.media.seen import Seen
from content_audit.model import Picture, Post, Source, Unread, Why
from content_audit.readers import archive
from content_audit.readers.files import bounded
from content_audit.readers.limits import MAX_FILE, NotReadError
from content_audit.readers.reading import read_bytes, read_path, reader_of
from content_audit.readers.registry import HEAD, pick
from content_audit.readers.wire import item_of
from content_audit.readers.worker import MEMORY_GONE

Item = Post | Unread

NOT_READ = frozenset({"ole", "pdf", "pptx", "opendocument", "rtf"})
"""Known by their first bytes and never parsed."""
IN_PROCESS = frozenset({"jsonl", "weibo-csv", "push-csv", "weibo-sqlite", "text", "markdown"}) | NOT_READ
_MIB = 1024 * 1024


class Limits(NamedTuple):
    """What one file or picture may cost."""

    seconds: float = 60
    memory: int = 2048 * _MIB
    """Address space of the process, not what it really uses."""
    output: int = 512 * _MIB


READING = Limits()
LOOKING = Limits(seconds=120, memory=6144 * _MIB, output=16 * _MIB)
"""Text recognition maps a gigabyte of libraries and models before it reads a word."""


class GoneError(Exception):
    """The worker did not finish a request, and why."""

    def __init__(self, why: Why, detail: str = "") -> None:
        super().__init__(detail or why.value)
        self.why = why
        self.detail = detail


class Worker:
    """One process, started when it is first asked and again after it died."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: queue.Queue[bytes] = queue.Queue(maxsize=64)
        self._pump: threading.Thread | None = None

    def ask(self, request: dict[str, Any], data: bytes = b"") -> Iterator[dict[str, Any]]:
        """The rows of the answer as they come. Raises GoneError; an answer not heard to its end ends the worker."""
        process = self._started()
        done = False
        try:
            self._send(process, request, data)
            yield from self._heard(process)
            done = True
        finally:
            if not done:
                self.close()

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        self._drain()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue

    def _drain(self) -> None:
        """Let the thread that hears a dead process come to its end."""
        while self._pump is not None and self._pump.is_alive():
            try:
                self._lines.get(timeout=0.02)
            except queue.Empty:
                continue
        self._pump = None

    def _command(self) -> list[str]:
        """-P: nothing beside the files, where this runs, is imported. -B: nothing is written."""
        return [sys.executable, "-P", "-B", "-m", "content_audit.readers.worker", str(self.limits.memory)]

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            root = str(Path(__file__).resolve().parents[2])
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": root, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            )
            self._lines = queue.Queue(maxsize=64)
            self._pump = threading.Thread(
                target=_pump, args=(self._process, self._lines, self.limits.output), daemon=True
            )
            self._pump.start()
        return self._process

    def _send(self, process: subprocess.Popen[bytes], request: dict[str, Any], data: bytes) -> None:
        line = json.dumps({**request, "size": len(data)}).encode("ascii") + b"\n"
        if process.stdin is None:
            raise GoneError(Why.CRASHED, "no pipe")
        try:
            process.stdin.write(line)
            process.stdin.write(data)
            process.stdin.flush()
        except OSError as error:
            raise GoneError(*_end(process)) from error

    def _heard(self, process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
        until, heard = time.monotonic() + self.limits.seconds, 0
        while True:
            try:
                line = self._lines.get(timeout=max(until - time.monotonic(), 0.001))
            except queue.Empty:
                raise GoneError(Why.TOO_SLOW, f"> {self.limits.seconds:g} s") from None
            heard += len(line)
            if heard > self.limits.output:
                raise GoneError(Why.TOO_BIG, f"> {self.limits.output} bytes of answer")
            if not line.endswith(b"\n"):
                raise GoneError(*_end(process))
            row = _row(line)
            if row.get("end"):
                return
            yield row


class Workers:
    """Readers and looks behind workers, for one thread of one process; a context manager."""

    def __init__(self, reading: Limits = READING, looking: Limits = LOOKING) -> None:
        self._reading = Worker(reading)
        self._looking = Worker(looking)
        atexit.register(self.close)

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all processes."""
        self._reading.close()
        self._looking.close()
        atexit.unregister(self.close)

    def read(self, path: str | Path) -> Iterator[Item]:
        """The posts in a file or folder, as ``read_path``; ``-`` is standard input."""
        if str(path) == "-":
            yield from self.read_stdin()
            return
        path = Path(path)
        source = Source(str(path))
        reader = reader_of(path)
        name = reader.name if reader else ""
        try:
            if name == "folder":
                yield from archive.walked(path, source._replace(reader=name), self.read)
            elif name == "zip":
                yield from self._unpacked(bounded(path, MAX_FILE), source)
            elif not name or name in IN_PROCESS:
                yield from read_path(path)
            else:
                yield from self._asked({"do": "path", "source": list(source)}, b"", source)
        except NotReadError as error:
            yield error.unread(source._replace(reader=name))
        except OSError as error:
            yield Unread(source, Why.BROKEN, error.strerror or str(error))

    def read_stdin(self) -> Iterator[Item]:
        """The posts in what comes by standard input."""
        data = sys.stdin.buffer.read(MAX_FILE + 1)
        yield from self.read_bytes(data, Source("-"))

    def read_bytes(self, data: bytes, source: Source) -> Iterator[Item]:
        """The posts in ``data``, which was found at ``source``."""
        if len(data) > MAX_FILE:
            yield Unread(source, Why.TOO_BIG, f"> {MAX_FILE}")
            return
        reader = pick(data[:HEAD], PurePosixPath(source.path).name)
        if reader is not None and reader.name == "zip":
            try:
                yield from self._unpacked(data, source)
            except NotReadError as error:
                yield error.unread(source)
        elif reader is None or reader.name in IN_PROCESS:
            yield from read_bytes(data, source)
        else:
            yield from self._asked({"do": "bytes", "source": list(source)}, data, source)

    def look(self, picture: Picture, *, ocr: bool) -> Seen:
        """What is seen in a picture, by a worker; a worker's death is something unread."""
        request = {"do": "look", "locator": picture.locator, "ocr": ocr}
        try:
            rows = list(self._looking.ask(request, picture.data or b""))
        except GoneError as error:
            return Seen.unseen(picture.locator, error.why, error.detail)
        return Seen.of_row(rows[0]) if rows else Seen.unseen(picture.locator, Why.CRASHED)

    def _unpacked(self, data: bytes, source: Source) -> Iterator[Item]:
        yield from archive.unpacked(data, source._replace(reader="zip"), self.read_bytes)

    def _asked(self, request: dict[str, Any], data: bytes, source: Source) -> Iterator[Item]:
        try:
            for row in self._reading.ask(request, data):
                yield item_of(row)
        except GoneError as error:
            yield Unread(source, error.why, error.detail)


def _pump(process: subprocess.Popen[bytes], lines: queue.Queue[bytes], most: int) -> None:
    """Lines of the worker into the queue; an empty one at its end."""
    line = b"\n"
    while line and process.stdout is not None:
        try:
            line = process.stdout.readline(most + 1)
        except (OSError, ValueError):
            line = b""
        lines.put(line)


def _row(line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise GoneError(Why.CRASHED, "not an answer") from error
    if not isinstance(row, dict):
        raise GoneError(Why.CRASHED, "not an answer")
    return row


def _end(process: subprocess.Popen[bytes]) -> tuple[Why, str]:
    """Why a worker is gone."""
    try:
        code = process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        return Why.TOO_BIG, "too long a line"
    return (Why.TOO_BIG, "out of memory") if code == MEMORY_GONE else (Why.CRASHED, f"exit {code}")
