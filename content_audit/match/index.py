"""An automaton and what each of its patterns stands for. Several terms, and several ways to write one, may share a pattern.

Stands on a gate's path: daachorse and arrays only. Words are kept as one text and cut apart when first asked for.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from content_audit.match.lexfile import packed, unpacked

if TYPE_CHECKING:
    from typing import NamedTuple

    from daachorse import CharwiseDoubleArrayAhoCorasick
else:
    from zhongbao_core.record import NamedTuple

KINDS = ("", "pinyin", "homophone", "split", "lookalike")
"""How a pattern is related to its term; empty: it is the term."""
BORDER, DOUBLED, SIGNS, ANYWAY, SHORT = 1, 2, 4, 8, 16
"""Flags of an entry: check the borders of a Latin word or a number; the term has doubled characters; it has signs of its
own; it counts inside longer words and numbers too; it may be written in homophones although it is short."""


class Entry(NamedTuple):
    """One way to write a term: the pattern, the key before runs were collapsed, and what is to be checked."""

    pattern: str
    term: int
    """Number of the term in the lexicon."""
    kind: int
    key: str
    flags: int

    @property
    def twin(self) -> bool:
        """Whether the term is one character doubled: its pattern is that character, which stands everywhere."""
        return len(self.pattern) == 1 and bool(self.flags & DOUBLED) and not self.flags & SIGNS


class Index:
    """Patterns, found all at once, overlapping ones too. ``plain``: nothing is to be checked where a pattern stands
    letter for letter; ``least``: the fewest characters its words can have."""

    __slots__ = ("_automaton", "_keys", "_text", "first", "flags", "kinds", "least", "plain", "terms")

    def __init__(self, sections: Mapping[str, bytes], name: str) -> None:
        """The index that ``sections_of`` wrote. Raises ValueError where a part is damaged."""
        self.first = unpacked(sections[f"{name}.first"])
        self.terms = unpacked(sections[f"{name}.terms"])
        self.kinds, self.flags = sections[f"{name}.kinds"], sections[f"{name}.flags"]
        self.plain, self.least = sections[f"{name}.plain"], sections[f"{name}.least"]
        self._text = sections[f"{name}.keys"]
        self._keys: list[str] | None = None
        self._automaton = _automaton(sections[f"{name}.automaton"])
        if not len(self.kinds) == len(self.flags) == len(self.terms) == self.first[-1]:
            raise ValueError("the parts of the index do not fit")

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """(start, end, pattern) of every pattern in ``text``."""
        return [] if self._automaton is None else self._automaton.find_overlapping(text)

    def entries(self, pattern: int) -> range:
        """The numbers of the entries that share ``pattern``."""
        return range(self.first[pattern], self.first[pattern + 1])

    def key(self, entry: int) -> str:
        """The key of an entry; empty where it is the term as listed."""
        if self._keys is None:
            self._keys = self._text.decode("utf-8").split("\n")
        return self._keys[entry]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to find."""
        return self._automaton is None


def sections_of(name: str, entries: Iterable[Entry], texts: Sequence[str]) -> dict[str, bytes]:
    """An index of ``entries`` as sections of a lexicon file; the order of ``entries`` does not matter.

    ``texts`` are the terms as listed: a key that is its term is not written once more.
    """
    grouped: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(set(entries)):
        grouped[entry.pattern].append(entry)
    patterns = sorted(grouped)
    ordered = [entry for pattern in patterns for entry in grouped[pattern]]
    first = array("I", [0])
    for pattern in patterns:
        first.append(first[-1] + len(grouped[pattern]))
    return {
        f"{name}.automaton": _serialized(patterns),
        f"{name}.first": packed(first),
        f"{name}.terms": packed(array("I", [entry.term for entry in ordered])),
        f"{name}.kinds": bytes(entry.kind for entry in ordered),
        f"{name}.flags": bytes(entry.flags for entry in ordered),
        f"{name}.plain": bytes(
            all(entry.kind == 0 and entry.flags & ~ANYWAY == 0 for entry in grouped[pattern]) for pattern in patterns
        ),
        f"{name}.least": bytes(min(_least(entry) for entry in grouped[pattern]) for pattern in patterns),
        f"{name}.keys": "\n".join(entry.key if entry.key != texts[entry.term] else "" for entry in ordered).encode(),
    }


def _least(entry: Entry) -> int:
    """The fewest characters that can be a hit: a doubled character takes two. At most what a byte holds."""
    doubled = entry.flags & DOUBLED and not entry.flags & SIGNS and entry.kind == 0
    return min(255, len(entry.key) if doubled else 1)


def _serialized(patterns: list[str]) -> bytes:
    if not patterns:
        return b""
    from daachorse import CharwiseDoubleArrayAhoCorasick

    return bytes(CharwiseDoubleArrayAhoCorasick(patterns).serialize())


def _automaton(data: bytes) -> CharwiseDoubleArrayAhoCorasick | None:
    if not data:
        return None
    from daachorse import CharwiseDoubleArrayAhoCorasick

    return CharwiseDoubleArrayAhoCorasick.deserialize(data)
