"""False alarms on posts that the company knows to be clean: how many a rule, and which phrases would cover them. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from content_audit.audit.rule import Rule
from content_audit.model import Audited, Hit, Verdict

REACH = 4
"""Characters a covering phrase may take on either side of a hit."""
LEAST = 3
"""Posts a phrase must stand in before it is proposed."""


class Alarms(NamedTuple):
    """What a rule said of clean posts."""

    rule: str
    hits: int
    posts: int
    words: tuple[tuple[str, int], ...]
    """The words it marked most, with their number."""
    covers: tuple[str, ...]
    """Phrases that would cover hits in several posts and none of the rule's own true cases."""


class Tuned(NamedTuple):
    """A run over clean posts."""

    posts: int
    blocked: int
    reviewed: int
    alarms: tuple[Alarms, ...]
    """The worst rule first."""


def tune(audited: Iterable[Audited], rules: Mapping[str, Rule]) -> Tuned:
    """Count what was said of ``audited``, all of them taken for clean, and propose covering phrases."""
    hits: dict[str, list[tuple[str, Hit, str]]] = defaultdict(list)
    verdicts: Counter[Verdict] = Counter()
    posts = 0
    for item in audited:
        posts += 1
        verdicts[item.verdict] += 1
        for hit in item.hits:
            text = item.post.passages[hit.passage].text if hit.passage >= 0 else ""
            hits[hit.rule].append((item.post.id, hit, text))
    alarms = [_alarms(rule, found, rules.get(rule)) for rule, found in hits.items()]
    worst = tuple(sorted(alarms, key=lambda item: (-item.posts, item.rule)))
    return Tuned(posts, verdicts[Verdict.BLOCK], verdicts[Verdict.REVIEW], worst)


def _alarms(rule_id: str, found: Sequence[tuple[str, Hit, str]], rule: Rule | None) -> Alarms:
    words = Counter(hit.raw for _, hit, _ in found)
    posts = len({post for post, _, _ in found})
    covers = covering(found, rule) if rule is not None else ()
    return Alarms(rule_id, len(found), posts, tuple(words.most_common(5)), covers)


def covering(found: Sequence[tuple[str, Hit, str]], rule: Rule) -> tuple[str, ...]:
    """The fewest phrases that cover most: each in LEAST posts, longer than the hit, in no true case of ``rule``."""
    true = "\n".join(f"{case.title}\n{case.text}" for case in rule.cases if case.hits)
    places: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for number, (post, hit, text) in enumerate(found):
        for phrase in _around(hit, text):
            if phrase not in true:
                places[phrase].add((post, number))
    left = set(range(len(found)))
    chosen: list[str] = []
    while places:
        phrase = max(places, key=lambda word: (_gain(places[word], left), -len(word), word))
        if _gain(places[phrase], left) < LEAST:
            break
        chosen.append(phrase)
        left -= {number for _, number in places.pop(phrase)}
    return tuple(chosen)


def _gain(where: set[tuple[str, int]], left: set[int]) -> int:
    return len({post for post, number in where if number in left})


def _around(hit: Hit, text: str) -> set[str]:
    found = set()
    for before in range(REACH + 1):
        for after in range(REACH + 1):
            start, end = hit.start - before, hit.end + after
            phrase = text[max(start, 0) : end]
            if before + after and start >= 0 and end <= len(text) and phrase.isalnum():
                found.add(phrase)
    return found
