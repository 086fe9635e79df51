"""From rules to one set of words for the matcher, and back from what it found to the rules that asked.

Words are the literals of rules and the keys of their patterns, numbered in this order. An index is written to JSON and
read back without the rules being made: each rule is made when something it looks for is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from content_audit.audit.rule import Match, Rule


class Use(NamedTuple):
    """A rule and one of its matches, by place."""

    rule: int
    match: int


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
    word_patterns: Sequence[Sequence[int]]
    """By word: the patterns it is a key of."""
    patterns: Sequence[str]
    pattern_uses: Sequence[Sequence[Sequence[int]]]
    always: Sequence[int]
    """Patterns without keys."""
    links: Sequence[Sequence[int]]
    posts: Sequence[Sequence[int]]

    def to_json(self) -> dict[str, Any]:
        """Everything but the words."""
        return {name: getattr(self, name) for name in self._fields if name != "words"}

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Index:
        """The index that ``to_json`` gave."""
        return cls((), **body)


def index_of(rules: Sequence[Rule], keys: Callable[[str], Sequence[str]]) -> Index:
    """The index of ``rules``; ``keys`` says of a pattern which words it needs."""
    words: dict[Sought, list[Use]] = {}
    patterns: dict[str, list[Use]] = {}
    links: list[Use] = []
    posts: list[Use] = []
    for use, match in _matches(rules):
        for term in match.look.terms:
            words.setdefault(Sought(term, match.variants), []).append(use)
        for pattern in match.look.patterns:
            patterns.setdefault(pattern, []).append(use)
        if match.link:
            links.append(use)
        if match.when is not None:
            posts.append(use)
    called: dict[Sought, list[int]] = {}
    always = []
    for number, pattern in enumerate(patterns):
        found = keys(pattern)
        for key in found:
            called.setdefault(Sought(key, _KEY), []).append(number)
        if not found:
            always.append(number)
    every = tuple(dict.fromkeys([*words, *called]))
    return Index(
        words=every,
        term_uses=[words.get(word, []) for word in every],
        word_patterns=[called.get(word, []) for word in every],
        patterns=list(patterns),
        pattern_uses=list(patterns.values()),
        always=always,
        links=links,
        posts=posts,
    )


_KEY = frozenset({"inside"})
"""A key counts inside longer words too: the pattern decides."""


def _matches(rules: Sequence[Rule]) -> Iterable[tuple[Use, Match]]:
    for number, rule in enumerate(rules):
        for place, match in enumerate(rule.match):
            yield Use(number, place), match
