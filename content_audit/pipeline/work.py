"""What is done to a shard, wherever it is done: blocks of lines in, bytes out, and a compiled thing that is built once.

A worker gets bytes only. The compiled form is known by its digest and kept, so a worker that runs a hundred shards opens
it once.
"""

from __future__ import annotations

import gc
import io
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, TypeVar

from content_audit.pipeline.plan import BLOCK, Shard, whole_lines

T = TypeVar("T")


class Block(NamedTuple):
    """Whole lines of a file; the first of them is line ``line``, counted from 1."""

    lines: bytes
    line: int


Work = Callable[[Block, bytes], bytes]
"""``work(block, compiled)``: a function of a module that every worker can import. Its answer depends on nothing else, and
not on where one block ends and the next begins."""


def run_bytes(work: Work, data: bytes, line: int, compiled: bytes) -> bytes:
    """``work`` over the lines ``data``, block by block."""
    return b"".join(work(block, compiled) for block in _blocks(io.BytesIO(data), len(data), line))


def run_shard(work: Work, path: str, shard: Shard, compiled: bytes) -> bytes:
    """``work`` over a shard of the file at ``path``, block by block: never more than a block in memory."""
    with Path(path).open("rb") as file:
        file.seek(shard.start)
        return b"".join(work(block, compiled) for block in _blocks(file, shard.end - shard.start, shard.line))


def read_shard(path: str, shard: Shard) -> bytes:
    """The bytes of a shard, to be sent to a machine that does not see the file."""
    with Path(path).open("rb") as file:
        file.seek(shard.start)
        return file.read(shard.end - shard.start)


def opened(compiled: bytes, open_: Callable[[bytes], T]) -> T:
    """What ``open_`` makes of ``compiled``; made once a process for the same bytes."""
    if _kept and _kept[0][0] is compiled and _kept[0][1] == open_:
        return _kept[0][2]  # type: ignore[return-value]  # what open_ gave for these bytes
    key = (sha256(compiled).digest(), open_)
    if key not in _made:
        _made.clear()
        _made[key] = open_(compiled)
        gc.collect()
        gc.freeze()  # what was opened stays: the collector need not walk through it again and again
    _kept[:] = [(compiled, open_, _made[key])]
    return _made[key]  # type: ignore[return-value]  # what open_ gave for these bytes


_kept: list[tuple[bytes, object, object]] = []
_made: dict[tuple[bytes, object], object] = {}


def _blocks(file: io.BufferedIOBase, size: int, line: int) -> Iterator[Block]:
    while size > 0:
        data = whole_lines(file, min(BLOCK, size))  # type: ignore[arg-type]  # BufferedIOBase reads as BinaryIO does
        if not data:
            return
        yield Block(data, line)
        size -= len(data)
        line += data.count(b"\n")
