"""From rules to one set of words for the matcher, and back from what it found to the rules that asked.

Words are the literals of rules and the keys of their patterns, numbered in this order. An index is written and read back
without the rules being made: each rule is made when something it looks for is found.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from itertools import accumulate
from operator import or_
from re import escape
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from content_audit.audit.context_words import BITS, PATTERNS
from content_audit.match.lexfile import packed, unpacked

if TYPE_CHECKING:
    from content_audit.audit.rule import Match, Rule


class Use(NamedTuple):
    """A rule and one of its matches, by place."""

    rule: int
    match: int
    beside: int = -1
    """The set of which a key must stand in the same passage for the match; -1 where nothing is known of one."""


class Sought(NamedTuple):
    """A word as the matcher is asked for it."""

    text: str
    variants: frozenset[str] = frozenset()


class Index(NamedTuple):
    """Every word and every pattern once, each with what it calls."""

    words: tuple[Sought, ...]
    """Empty in an index read from a file: the matcher has them."""
    term_uses: Sequence[Sequence[Sequence[int]]]
    """By word: the matches that look for it."""
    word_sets: Sequence[Sequence[int]]
    """By word: the sets of keys it belongs to."""
    set_patterns: Sequence[int]
    """By set: the pattern that needs a key of it; -1 where a match does."""
    patterns: Sequence[str]
    pattern_uses: Sequence[Sequence[Sequence[int]]]
    always: Sequence[int]
    """Patterns without keys."""
    word_lists: Sequence[int]
    """By word: the word lists of the facts (``context_words``) it is a key of, as bits."""
    listed: int
    """The lists that have keys, as bits: where none of its keys stands, no word of such a list does."""
    disguised: Mapping[int, str]
    """By word: how it reads in plain words, where patterns see through its variants."""
    links: Sequence[Sequence[int]]
    posts: Sequence[Sequence[int]]

    def to_sections(self) -> dict[str, bytes]:
        """Everything but the words, as sections of a file: what has a row a word as numbers, the rest as JSON."""
        body = {name: getattr(self, name) for name in self._fields if name not in ("words", *_BY_WORD)}
        uses, sets = (
            Rows.made(self.term_uses, len(Use._fields)),
            Rows.made([[[one] for one in row] for row in self.word_sets], 1),
        )
        return {
            "index": json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode(),
            "index.uses": uses.to_bytes(),
            "index.sets": sets.to_bytes(),
            "index.lists": packed(array("q", self.word_lists)),
        }

    @classmethod
    def from_sections(cls, sections: Mapping[str, bytes]) -> Index:
        """The index that ``to_sections`` gave. Raises ValueError or KeyError where a part is damaged."""
        body = json.loads(sections["index"])
        disguised = {int(number): word for number, word in body["disguised"].items()}
        return cls(
            (),
            **body | {"disguised": disguised},
            term_uses=Rows.from_bytes(sections["index.uses"], len(Use._fields)),
            word_sets=Rows.from_bytes(sections["index.sets"], 1),
            word_lists=unpacked(sections["index.lists"], "q"),
        )


_BY_WORD = ("term_uses", "word_sets", "word_lists")


class Rows(Sequence[Any]):
    """Rows of entries of ``width`` numbers, kept as two arrays: opening thousands of them costs nothing."""

    def __init__(self, first: array[int], flat: array[int], width: int) -> None:
        self._first, self._flat, self._width = first, flat, width

    @classmethod
    def made(cls, rows: Sequence[Sequence[Sequence[int]]], width: int) -> Rows:
        """``rows`` as arrays."""
        first = array("i", accumulate(map(len, rows), initial=0))
        return cls(first, array("i", [one for row in rows for entry in row for one in entry]), width)

    def to_bytes(self) -> bytes:
        """Both arrays."""
        return packed(array("i", [len(self._first)])) + packed(self._first) + packed(self._flat)

    @classmethod
    def from_bytes(cls, data: bytes, width: int) -> Rows:
        """The rows that ``to_bytes`` wrote. Raises ValueError where they do not fit."""
        numbers = unpacked(data, "i")
        count = numbers[0] if numbers else 0
        first, flat = numbers[1 : count + 1], numbers[count + 1 :]
        if not first or first[-1] * width != len(flat):
            raise ValueError("the rows of the index do not fit")
        return cls(first, flat, width)

    def __len__(self) -> int:
        return len(self._first) - 1

    @overload
    def __getitem__(self, number: int) -> Sequence[Any]: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Sequence[Any]]: ...
    def __getitem__(self, number: int | slice) -> Sequence[Any]:
        if isinstance(number, slice):
            return [self[place] for place in range(*number.indices(len(self)))]
        width, flat = self._width, self._flat
        places = range(self._first[number] * width, self._first[number + 1] * width, width)
        return [flat[place] for place in places] if width == 1 else [flat[place : place + width] for place in places]


Keys = Callable[[str], Sequence[Sequence[str]]]
"""Of a pattern the sets of words of which it needs one each."""


def index_of(rules: Sequence[Rule], keys: Keys, disguised: Iterable[str] = (), sounded: Iterable[str] = ()) -> Index:
    """The index of ``rules``; ``keys`` says of a pattern which words it needs; ``disguised`` are seen through."""
    beside: dict[tuple[str, ...], int] = {}
    uses = [
        (use._replace(beside=beside.setdefault(some, len(beside)) if some else -1), match)
        for use, match in _matches(rules)
        for some in [_beside(match, keys)]
    ]
    words: dict[Sought, list[Use]] = {}
    patterns: dict[str, list[Use]] = {}
    for use, match in uses:
        for term in match.look.terms:
            words.setdefault(Sought(term, match.variants), []).append(use)
        for pattern in match.look.patterns:
            patterns.setdefault(pattern, []).append(use)
    sets = [(-1, some) for some in beside]
    sets += [(number, tuple(some)) for number, pattern in enumerate(patterns) for some in keys(pattern)]
    called: dict[Sought, list[int]] = {}
    for number, (_, some) in enumerate(sets):
        for key in some:
            called.setdefault(Sought(key, _KEY), []).append(number)
    lists = _lists(keys)
    through = {Sought(word, _VARIANTS): word for word in disguised}
    through |= {Sought(word, _VARIANTS | {"kin"}): word for word in sounded}
    every = tuple(dict.fromkeys([*words, *called, *lists, *through]))
    return Index(
        words=every,
        term_uses=[words.get(word, []) for word in every],
        word_sets=[called.get(word, []) for word in every],
        set_patterns=[pattern for pattern, _ in sets],
        patterns=list(patterns),
        pattern_uses=list(patterns.values()),
        always=sorted(set(range(len(patterns))).difference(pattern for pattern, _ in sets)),
        disguised={number: through[word] for number, word in enumerate(every) if word in through},
        links=[use for use, match in uses if match.link],
        posts=[use for use, match in uses if match.when is not None],
        word_lists=[lists.get(word, 0) for word in every],
        listed=reduce(or_, lists.values(), 0),
    )


def _lists(keys: Keys) -> dict[Sought, int]:
    """The keys of the word lists of the facts, with the bits of the lists they belong to."""
    found: dict[Sought, int] = {}
    for name, bit in BITS.items():
        for key in next(iter(keys(PATTERNS[name])), ()):
            word = Sought(key, _KEY)
            found[word] = found.get(word, 0) | bit
    return found


def _beside(match: Match, keys: Keys) -> tuple[str, ...]:
    """The keys of which one stands in the same passage wherever ``match`` can be; empty where that cannot be said."""
    parts = [keys(pattern) for pattern in (*map(escape, match.beside.terms), *match.beside.patterns)]
    if match.same == "post" or not all(parts):
        return ()
    return tuple(sorted({key for sets in parts for key in sets[0]}))


_VARIANTS = frozenset({"pinyin", "homophone", "split", "lookalike"})
_KEY = frozenset({"inside"})
"""A key counts inside longer words too: the pattern decides."""


def _matches(rules: Sequence[Rule]) -> Iterable[tuple[Use, Match]]:
    for number, rule in enumerate(rules):
        for place, match in enumerate(rule.match):
            yield Use(number, place), match
