"""From rules to one set of words for the matcher, and back from what it found to the rules that asked.

Words are the literals of rules and the keys of their patterns, numbered in this order. An index is written to JSON and
read back without the rules being made: each rule is made when something it looks for is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import or_
from re import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from content_audit.audit.context_words import BITS, PATTERNS

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
    links: Sequence[Sequence[int]]
    posts: Sequence[Sequence[int]]

    def to_json(self) -> dict[str, Any]:
        """Everything but the words."""
        return {name: getattr(self, name) for name in self._fields if name != "words"}

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Index:
        """The index that ``to_json`` gave."""
        return cls((), **body)


Keys = Callable[[str], Sequence[Sequence[str]]]
"""Of a pattern the sets of words of which it needs one each."""


def index_of(rules: Sequence[Rule], keys: Keys) -> Index:
    """The index of ``rules``; ``keys`` says of a pattern which words it needs."""
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
    every = tuple(dict.fromkeys([*words, *called, *lists]))
    return Index(
        words=every,
        term_uses=[words.get(word, []) for word in every],
        word_sets=[called.get(word, []) for word in every],
        set_patterns=[pattern for pattern, _ in sets],
        patterns=list(patterns),
        pattern_uses=list(patterns.values()),
        always=sorted(set(range(len(patterns))).difference(pattern for pattern, _ in sets)),
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


_KEY = frozenset({"inside"})
"""A key counts inside longer words too: the pattern decides."""


def _matches(rules: Sequence[Rule]) -> Iterable[tuple[Use, Match]]:
    for number, rule in enumerate(rules):
        for place, match in enumerate(rule.match):
            yield Use(number, place), match
