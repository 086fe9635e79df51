"""The fold table: for each code point what it reads as. One table, read by a dict loop here and by numpy in ``bulk``.

Stands on a gate's path: standard library only. ``FoldTable.made`` alone reaches for the styles.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from functools import lru_cache

from content_audit.match.lexfile import packed, unpacked

OPTIONS = ("width", "case", "numerals", "traditional", "skip", "repeat")
"""What a table may fold. ``hidden`` is the part of ``skip`` that drops what shows nothing, for texts to be read on."""
ALL = frozenset(OPTIONS)
MANY = 0x110000
"""Targets from here on stand for several characters: ``MANY + n`` is ``several[n]``."""
DROPPED = 0
_STYLES = ("width", "case", "traditional", "numerals")


class FoldTable:
    """What each code point reads as under ``options``. Folding what was folded changes nothing."""

    __slots__ = ("_reading", "bulk", "lookup", "options", "points", "several", "targets")

    def __init__(
        self, options: frozenset[str], points: array[int], targets: array[int], several: tuple[str, ...]
    ) -> None:
        self.options = options
        self.points, self.targets, self.several = points, targets, several
        self.lookup = _Lookup(self)
        self.bulk: object = None
        self._reading: FoldTable | None = None

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
        if self._reading is None:
            hidden = {"hidden"} if "skip" in self.options else set[str]()
            self._reading = FoldTable.made(self.options - {"skip", "repeat"} | hidden)
        return self._reading

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
        return packed(self.points), packed(self.targets), "\n".join(self.several).encode()

    @classmethod
    def from_parts(
        cls,
        options: Iterable[str],
        parts: tuple[bytes, bytes, bytes],
        reading: tuple[bytes, bytes, bytes] | None = None,
    ) -> FoldTable:
        """The table that ``to_parts`` wrote, and the one it is read with. Raises ValueError where parts do not fit."""
        keys, values = unpacked(parts[0]), unpacked(parts[1])
        words = tuple(parts[2].decode().split("\n")) if parts[2] else ()
        if len(keys) != len(values) or (len(values) and max(values) >= MANY + len(words)):
            raise ValueError("the parts of the fold table do not fit")
        table = cls(frozenset(options), keys, values, words)
        table._reading = cls.from_parts((), reading) if reading else None
        return table


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
