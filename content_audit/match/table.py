"""The fold table: for each code point what it reads as. One table, read by a dict loop here and by numpy in ``bulk``.

Stands on a gate's path: standard library only. ``FoldTable.made`` alone reaches for the styles.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from functools import lru_cache

OPTIONS = ("width", "case", "numerals", "traditional", "skip", "repeat")
"""What a table may fold. ``hidden`` is the part of ``skip`` that drops what shows nothing, for texts to be read on."""
ALL = frozenset(OPTIONS)
MANY = 0x110000
"""Targets from here on stand for several characters: ``MANY + n`` is ``several[n]``."""
DROPPED = 0
_STYLES = ("width", "case", "traditional", "numerals")


class FoldTable:
    """What each code point reads as under ``options``. Folding what was folded changes nothing."""

    __slots__ = ("_bulk", "lookup", "options", "points", "several", "targets")

    def __init__(
        self, options: frozenset[str], points: array[int], targets: array[int], several: tuple[str, ...]
    ) -> None:
        self.options = options
        self.points, self.targets, self.several = points, targets, several
        self.lookup = _Lookup(self)
        self._bulk: object = None

    @classmethod
    def made(cls, options: Iterable[str]) -> FoldTable:
        """The table of ``options``, any of OPTIONS and ``hidden``; made once a process."""
        wanted = frozenset(options)
        if not wanted <= ALL | {"hidden"}:
            raise ValueError(f"unknown fold options: {sorted(wanted - ALL)}")
        return _made(wanted)

    @property
    def reading(self) -> FoldTable:
        """The same table for texts that are read on: signs and repeats stay, what shows nothing falls."""
        if not self.options & {"skip", "repeat"}:
            return self
        hidden = {"hidden"} if "skip" in self.options else set[str]()
        return FoldTable.made(self.options - {"skip", "repeat"} | hidden)

    @property
    def repeat(self) -> bool:
        """Whether runs of a character read as one."""
        return "repeat" in self.options

    def target(self, char: str) -> str:
        """What ``char`` reads as; empty where it is dropped."""
        point = ord(char)
        place = bisect_left(self.points, point)
        if place == len(self.points) or self.points[place] != point:
            return char
        value = self.targets[place]
        return "" if value == DROPPED else chr(value) if value < MANY else self.several[value - MANY]

    def to_parts(self) -> tuple[bytes, bytes, bytes]:
        """The table as bytes: points, targets, and the targets of several characters."""
        return _packed(self.points), _packed(self.targets), "\n".join(self.several).encode()

    @classmethod
    def from_parts(cls, options: Iterable[str], points: bytes, targets: bytes, several: bytes) -> FoldTable:
        """The table that ``to_parts`` wrote. Raises ValueError where the parts do not fit each other."""
        keys, values = _unpacked(points), _unpacked(targets)
        words = tuple(several.decode().split("\n")) if several else ()
        if len(keys) != len(values) or (len(values) and max(values) >= MANY + len(words)):
            raise ValueError("the parts of the fold table do not fit")
        return cls(frozenset(options), keys, values, words)


class _Lookup(dict[str, str]):
    """The table as a dict that is filled as characters are met: opening a table costs nothing."""

    def __init__(self, table: FoldTable) -> None:
        super().__init__()
        self._table = table

    def __missing__(self, char: str) -> str:
        found = self[char] = self._table.target(char)
        return found


def collapses(char: str) -> bool:
    """Whether a run of ``char`` reads as one: figures never do, 100 is not 10."""
    return not "0" <= char <= "9"


@lru_cache(maxsize=64)
def _made(options: frozenset[str]) -> FoldTable:
    from content_audit.match import styles

    maps = [getattr(styles, name)() for name in _STYLES if name in options]
    dropped = styles.skipped() if "skip" in options else styles.hidden() if "hidden" in options else frozenset[str]()
    found = {chr(point): "\ufffd" for point in (0, *range(0xD800, 0xE000))}
    for char in {key for one in maps for key in one} | dropped:
        target = _settled(char, maps, dropped)
        if target != char:
            found[char] = target
    return _table(options, found)


def _settled(char: str, maps: list[dict[str, str]], dropped: frozenset[str]) -> str:
    """``char`` folded until nothing changes any more."""
    now = char
    while (then := "".join(_step(one, maps) for one in now)) != now:
        now = then
    return "".join(one for one in now if one not in dropped)


def _step(char: str, maps: list[dict[str, str]]) -> str:
    return next((one[char] for one in maps if char in one), char)


def _table(options: frozenset[str], found: Mapping[str, str]) -> FoldTable:
    several = tuple(sorted({target for target in found.values() if len(target) > 1}))
    numbers = {target: MANY + number for number, target in enumerate(several)} | {"": DROPPED}
    pairs = sorted((ord(char), numbers[target] if target in numbers else ord(target)) for char, target in found.items())
    return FoldTable(options, array("I", [pair[0] for pair in pairs]), array("I", [pair[1] for pair in pairs]), several)


def _packed(numbers: array[int]) -> bytes:
    if sys.byteorder == "little":
        return numbers.tobytes()
    turned = array("I", numbers)
    turned.byteswap()
    return turned.tobytes()


def _unpacked(data: bytes) -> array[int]:
    found = array("I")
    found.frombytes(data)
    if sys.byteorder != "little":
        found.byteswap()
    return found
