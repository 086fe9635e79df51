"""Sets of ports as ranges: what a scope allows, what a plan asks, what is left to do. Values only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from zhongbao_core.errors import UsageError
from zhongbao_core.text import Text

LAST = 65535
MAX_TEXT = 4000


@dataclass(frozen=True, slots=True)
class Ports:
    """Ports from 1 to 65535 as sorted ranges, both ends included, that neither touch nor overlap."""

    ranges: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, ports: Iterable[int]) -> Ports:
        """The set of ``ports``."""
        return cls.joined((port, port) for port in ports)

    @classmethod
    def joined(cls, ranges: Iterable[tuple[int, int]]) -> Ports:
        """The set of ``ranges``, which may overlap and come in any order. Raises ValueError beyond 1 to 65535."""
        found: list[tuple[int, int]] = []
        for first, last in sorted(ranges):
            if not 1 <= first <= last <= LAST:
                raise ValueError(f"no range of ports: {first}-{last}")
            if found and first <= found[-1][1] + 1:
                found[-1] = (found[-1][0], max(last, found[-1][1]))
            else:
                found.append((first, last))
        return cls(tuple(found))

    @property
    def count(self) -> int:
        """How many ports."""
        return sum(last - first + 1 for first, last in self.ranges)

    def __contains__(self, port: int) -> bool:
        return any(first <= port <= last for first, last in self.ranges)

    def __iter__(self) -> Iterator[int]:
        for first, last in self.ranges:
            yield from range(first, last + 1)

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __or__(self, other: Ports) -> Ports:
        return Ports.joined((*self.ranges, *other.ranges))

    def __sub__(self, other: Ports) -> Ports:
        left = list(self.ranges)
        for low, high in other.ranges:
            cut = [((first, min(last, low - 1)), (max(first, high + 1), last)) for first, last in left]
            left = [piece for pair in cut for piece in pair if piece[0] <= piece[1]]
        return Ports(tuple(left))

    def __and__(self, other: Ports) -> Ports:
        return self - (self - other)

    def __str__(self) -> str:
        return ",".join(f"{first}" if first == last else f"{first}-{last}" for first, last in self.ranges)


NO_PORTS = Ports()
ALL_PORTS = Ports(((1, LAST),))


def parse_ports(text: str) -> Ports:
    """The ports in ``22,80,8000-8100``. Raises UsageError PORTS for anything else, and for an empty list."""
    if len(text) > MAX_TEXT:
        raise _bad(Text(f"长于 {MAX_TEXT} 个字符", f"longer than {MAX_TEXT} characters"))
    ranges = []
    for piece in text.replace("，", ",").split(","):
        first, dash, last = (part.strip() for part in piece.partition("-"))
        ends = (first, last) if dash else (first, first)
        if not all(end.isascii() and end.isdecimal() and len(end) <= 5 for end in ends):
            raise _bad(Text(f"{piece.strip()!r} 不是端口", f"{piece.strip()!r} is no port"))
        low, high = int(ends[0]), int(ends[1])
        if not 1 <= low <= high <= LAST:
            raise _bad(
                Text(f"{piece.strip()} 不在 1 到 {LAST} 内或首尾颠倒", f"{piece.strip()} is not within 1 to {LAST}")
            )
        ranges.append((low, high))
    return Ports.joined(ranges)


def _bad(why: Text) -> UsageError:
    return UsageError(
        Text(f"端口写法不对：{why.zh}", f"ports cannot be read: {why.en}"),
        Text('写成 "22,80,443,8000-8100"', 'write "22,80,443,8000-8100"'),
        reason_code="PORTS",
    )
