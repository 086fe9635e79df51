"""The process in which untrusted files are parsed: bounded in memory, without network, files to write or children.

    python -m content_audit.readers.worker MEMORY_BYTES

A request is a line of JSON, with ``size`` raw bytes behind it where it carries a file. The answer is lines of JSON, the
last of them ``{"end": true}``. The bound on time and on what comes back is the caller's: see ``workers``.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from content_audit.model import Picture, Source
from content_audit.readers.wire import item_line

CPU_SECONDS = 6 * 3600
"""A worker whose caller died in the middle of a file ends by itself."""
_REFUSED = ("socket.connect", "socket.bind", "socket.sendto", "subprocess.Popen", "os.system", "os.exec",
            "os.posix_spawn", "os.fork", "os.forkpty")  # fmt: skip


def main() -> None:
    """Serve requests until standard input ends."""
    answers = _private_output()
    bound(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    warm = False
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        data = sys.stdin.buffer.read(request.get("size", 0))
        if not warm:
            sys.addaudithook(_refuse)
            warm = True
        try:
            for row in answered(request, data):
                _write(answers, row)
            _write(answers, {"end": True})
        except MemoryError:
            os._exit(MEMORY_GONE)


MEMORY_GONE = 77
"""How a worker ends that ran out of its memory."""


def answered(request: dict[str, Any], data: bytes) -> Iterator[dict[str, Any]]:
    """The rows that answer one request."""
    if request["do"] == "look":
        from content_audit.media.look import look

        picture = Picture(request["locator"], data=data)
        yield look(picture, ocr=request["ocr"]).as_row()
        return
    from content_audit.readers.reading import read_bytes, read_path

    source = Source(*request["source"])
    items = read_bytes(data, source) if request["do"] == "bytes" else read_path(Path(source.path))
    for item in items:
        yield item_line(item)


def bound(memory: int) -> None:
    """Limit this process for good, where the system can."""
    try:
        import resource
    except ImportError:
        return
    limits = [
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CPU, CPU_SECONDS),
    ]
    if memory:
        limits.append((resource.RLIMIT_AS, memory))
    for kind, most in limits:
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def _private_output() -> BinaryIO:
    """Standard output for answers alone: what a library prints goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _REFUSED:
        raise PermissionError(event)


def _write(answers: BinaryIO, row: dict[str, Any]) -> None:
    answers.write(json.dumps(row).encode("ascii") + b"\n")
    answers.flush()


if __name__ == "__main__":
    main()
