"""Folding one text: what it reads as, with an exact map back to the code points received, and the steps between.

This is the dict loop, for a draft; ``bulk`` folds batches with numpy and gives the same. Stands on a gate's path.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from unicodedata import category, normalize

from content_audit.match.signs import sign_of
from content_audit.match.table import OPTIONS, FoldTable, collapses
from zhongbao_core.text import Text

__all__ = ["OPTIONS", "STEPS", "FoldTable", "Folded", "fold", "fold_all", "steps_of"]

STEPS: dict[str, Text] = {
    "width": Text("全半角与字形", "width and letter forms"),
    "case": Text("大小写", "case"),
    "numerals": Text("数字写法", "numeral style"),
    "traditional": Text("繁体转简体", "traditional to simplified"),
    "hidden": Text("隐藏字符", "hidden characters"),
    "space": Text("夹空格", "inserted spaces"),
    "symbol": Text("夹符号", "inserted signs"),
    "repeat": Text("重复字", "repeated characters"),
    "pinyin": Text("拼音", "pinyin"),
    "homophone": Text("谐音", "homophones"),
    "split": Text("拆字", "split characters"),
    "lookalike": Text("形近字", "look-alikes"),
}
"""Every step between words as received and a term, in the order they are named."""
_ORDER = tuple(STEPS)
BULK = 16 * 1024
"""From this many characters on numpy is worth importing."""


class Folded:
    """A text and what it reads as. ``text[a:b]`` stands for ``raw[slice(*span(a, b))]``."""

    __slots__ = ("_ends", "_starts", "raw", "table", "text")

    def __init__(self, raw: str, text: str, table: FoldTable) -> None:
        self.raw, self.text, self.table = raw, text, table
        self._starts: list[int] | None = None
        self._ends: list[int] | None = None

    @property
    def starts(self) -> list[int]:
        """For each character read: where in ``raw`` its first occurrence stands."""
        if self._starts is None:
            self._map()
        assert self._starts is not None  # noqa: S101 set by _map
        return self._starts

    @property
    def ends(self) -> list[int]:
        """For each character read: the place in ``raw`` after it, and after the run that reads as it."""
        if self._ends is None:
            self._map()
        assert self._ends is not None  # noqa: S101 set by _map
        return self._ends

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where ``text[start:end]`` stands in ``raw``; an empty stretch stands where it begins."""
        if start >= end:
            place = self.starts[start] if start < len(self.text) else len(self.raw)
            return place, place
        return self.starts[start], self.ends[end - 1]

    def steps(self, start: int, end: int) -> tuple[str, ...]:
        """What made ``raw[start:end]`` read as it does, of STEPS; empty where it stands as it reads."""
        return steps_of(self.raw[start:end], self.table)

    def _map(self) -> None:
        look = self.table.lookup
        if len(self.text) == len(self.raw) and not self.table.repeat and all(map(look.__getitem__, set(self.raw))):
            self._starts, self._ends = list(range(len(self.raw))), list(range(1, len(self.raw) + 1))
            return
        starts: list[int] = []
        ends: list[int] = []
        last, repeat, look = "", self.table.repeat, self.table.lookup
        for place, char in enumerate(self.raw):
            for one in look[char]:
                if repeat and one == last and collapses(one):
                    ends[-1] = place + 1
                    continue
                starts.append(place)
                ends.append(place + 1)
                last = one
        self._starts, self._ends = starts, ends


def fold(text: str, table: FoldTable) -> Folded:
    """What ``text`` reads as under ``table``."""
    look = table.lookup
    read = "".join([look[char] for char in text])
    if table.repeat and any(left == right and collapses(left) for left, right in pairwise(read)):
        read = read[:1] + "".join([right for left, right in pairwise(read) if left != right or not collapses(left)])
    return Folded(text, read, table)


def fold_all(texts: Sequence[str], table: FoldTable) -> list[Folded]:
    """``fold`` of each of ``texts``: the same, faster where they are long together."""
    if table.repeat or sum(map(len, texts)) < BULK:
        return [fold(text, table) for text in texts]
    from content_audit.match.bulk import Batch

    return [Folded(raw, text, table) for raw, text in zip(texts, Batch(texts, table).texts(), strict=True)]


def steps_of(raw: str, table: FoldTable) -> tuple[str, ...]:
    """The steps by which ``raw`` reads as it does under ``table``, without those between a term and its variants."""
    found: set[str] = set()
    last = ""
    for char in raw:
        read = table.lookup[char]
        found |= char_steps(char, read)
        for one in read:
            if one == last and table.repeat and collapses(one):
                found.add("repeat")
            last = one
    return in_order(found)


def char_steps(char: str, read: str) -> set[str]:
    """What made ``char`` read as ``read``."""
    if char == read:
        return set()
    if not read:
        sign = sign_of(char)
        return {sign if sign in ("hidden", "space") else "symbol"}
    found: set[str] = set()
    if read.isascii() and read.isdigit() and (category(char)[0] == "N" or char.isnumeric()):
        return {"width"} if normalize("NFKC", char) == read and category(char) == "Nd" else {"numerals"}
    flat = normalize("NFKC", char)
    if flat != char or category(char) == "So":
        found.add("width")
    if flat.lower() != flat and flat.lower() == read.lower():
        found.add("case")
    return found or _other_step(char, read)


def _other_step(char: str, read: str) -> set[str]:
    if char.lower() == read:
        return {"case"}
    if read.isascii():
        return {"width"}
    return {"numerals"} if read in "十百千" and char in "拾佰仟" else {"traditional"}


def in_order(found: set[str]) -> tuple[str, ...]:
    """``found`` in the order of STEPS."""
    return tuple(step for step in _ORDER if step in found)
