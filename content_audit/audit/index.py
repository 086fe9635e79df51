"""From rules to one set of terms and patterns for the matcher, and back from what it found to the rules that asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from content_audit.audit.rule import Match, Rule


class Use(NamedTuple):
    """A rule and one of its matches, by place."""

    rule: int
    match: int


class Sought(NamedTuple):
    """A literal as the matcher is asked for it."""

    text: str
    variants: frozenset[str]


class Index:
    """Every literal and every pattern once, each with the matches that use it."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        terms: dict[Sought, list[Use]] = {}
        patterns: dict[str, list[Use]] = {}
        self.links: list[Use] = []
        self.posts: list[Use] = []
        for use, match in _matches(rules):
            for term in match.look.terms:
                terms.setdefault(Sought(term, match.variants), []).append(use)
            for pattern in match.look.patterns:
                patterns.setdefault(pattern, []).append(use)
            if match.link:
                self.links.append(use)
            if match.when is not None:
                self.posts.append(use)
        self.terms = tuple(terms)
        self.term_uses = tuple(map(tuple, terms.values()))
        self.patterns = tuple(patterns)
        self.pattern_uses = tuple(map(tuple, patterns.values()))


def _matches(rules: Sequence[Rule]) -> Iterable[tuple[Use, Match]]:
    for number, rule in enumerate(rules):
        for place, match in enumerate(rule.match):
            yield Use(number, place), match
