"""A large file cut into shards of whole lines. The same bytes give the same plan, so a run can be taken up again."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

BLOCK = 1 << 20
"""Bytes worked on at a time within a shard: what bounds the memory of a worker."""
LINES = 100_000
"""Lines of a shard, about: half a second of work and more, so that handing shards out costs nothing that shows."""


class Shard(NamedTuple):
    """Lines of a file: bytes ``[start, end)``, the first of them line ``line``, counted from 1."""

    number: int
    start: int
    end: int
    line: int


class Plan(NamedTuple):
    """A file and its shards. ``digest`` is the SHA-256 of all its bytes."""

    path: str
    digest: str
    shards: tuple[Shard, ...]

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.shards[-1].end if self.shards else 0


def plan(path: Path, *, lines: int = LINES, block: int = BLOCK) -> Plan:
    """The plan of the file at ``path``: shards of about ``lines`` lines, cut at line ends. Reads it once."""
    digest = sha256()
    shards: list[Shard] = []
    start, line, place, here = 0, 1, 0, 0
    with path.open("rb") as file:
        while data := whole_lines(file, block):
            digest.update(data)
            place += len(data)
            here += data.count(b"\n")
            if here >= lines:
                shards.append(Shard(len(shards), start, place, line))
                start, line, here = place, line + here, 0
    if place > start:
        shards.append(Shard(len(shards), start, place, line))
    return Plan(str(path), digest.hexdigest(), tuple(shards))


def whole_lines(file: BinaryIO, size: int) -> bytes:
    """The next bytes of ``file``: about ``size``, up to the end of a line; empty at the end."""
    data = file.read(size)
    return data if not data or data.endswith(b"\n") else data + file.readline()
