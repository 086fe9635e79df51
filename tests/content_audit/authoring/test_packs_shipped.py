"""Every rule we ship keeps its own cases, and is fit to be shipped."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import pytest

from content_audit.audit.audit import Auditor
from content_audit.audit.cases import post_of, wrong
from content_audit.audit.covered import uncovered
from content_audit.audit.index import index_of
from content_audit.audit.naive import NaiveScanner, fold_even
from content_audit.audit.rule import Match, Rule, RuleBook
from content_audit.authoring.assemble import auditor_for
from content_audit.authoring.lint import lint
from content_audit.authoring.packs import Loaded, load_rules
from content_audit.model import Audited


@lru_cache(maxsize=1)
def shipped() -> Loaded:
    return load_rules()


@lru_cache(maxsize=1)
def auditor() -> Auditor:
    return auditor_for(shipped().book())


CASES = [
    pytest.param(rule.id, number, id=f"{rule.id}-{number}")
    for rule in shipped().rules.values()
    for number in range(len(rule.cases))
]


def test_no_pack_has_anything_to_complain_about() -> None:
    loaded = load_rules()
    lint(loaded)
    assert [item.shown("en") for item in loaded.complaints] == []


def test_there_are_rules() -> None:
    assert len(CASES) > 0


@pytest.mark.parametrize(("rule_id", "number"), CASES)
def test_the_rule_keeps_its_case(rule_id: str, number: int) -> None:
    rule = shipped().rules[rule_id]
    why = wrong(rule, rule.cases[number], auditor())
    assert why is None, f"{rule.file}:{rule.cases[number].line}: {why.en}"


def test_the_engine_and_the_plain_matcher_judge_every_case_alike() -> None:
    plainly = RuleBook(tuple(_without_variants(rule) for rule in shipped().book().rules))
    index = index_of(plainly.rules, lambda pattern: ())
    words = {number: word.text for number, word in enumerate(index.words)}
    plain = Auditor(plainly.rules, index, NaiveScanner(words), fold_even)
    posts = [post_of(case) for rule in plainly.rules for case in rule.cases]
    differ = [
        (post.passages, _said(left), _said(right))
        for post, left, right in zip(posts, auditor_for(plainly).audit(posts), plain.audit(posts), strict=True)
        if _said(left) != _said(right)
    ]
    assert differ == []


def _without_variants(rule: Rule) -> Rule:
    """What the plain matcher can do: literals of letters and figures alone, written as they are listed."""
    return replace(rule, match=tuple(_plainly(match) for match in rule.match))


def _plainly(match: Match) -> Match:
    terms = tuple(term for term in match.look.terms if term.isalnum())
    return replace(match, look=match.look._replace(terms=terms), variants=frozenset())


def _said(item: Audited) -> list[tuple[str, int, int, int, str]]:
    return [(hit.rule, hit.passage, hit.start, hit.end, hit.raw) for hit in item.hits]


def test_posts_together_one_by_one_and_explained_are_judged_alike() -> None:
    posts = [post_of(case) for rule in shipped().book().rules for case in rule.cases]
    together = auditor().audit(posts)
    assert together == [auditor().audit([post])[0] for post in posts]
    told = [auditor().explain(post).audited.hits for post in posts]
    assert [row.hits for row in together] == [uncovered(hits) for hits in told]
