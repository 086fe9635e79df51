"""Every rule we ship keeps its own cases, and is fit to be shipped."""

from __future__ import annotations

from functools import lru_cache

import pytest

from content_audit.audit.audit import Auditor
from content_audit.audit.cases import post_of, wrong
from content_audit.audit.index import index_of
from content_audit.audit.naive import NaiveScanner, fold_even
from content_audit.audit.rule import Case, Rule
from content_audit.authoring.assemble import auditor_for
from content_audit.authoring.lint import lint
from content_audit.authoring.packs import Loaded, load_rules
from content_audit.model import Audited


@lru_cache(maxsize=1)
def shipped() -> Loaded:
    loaded = load_rules()
    lint(loaded)
    return loaded


@lru_cache(maxsize=1)
def auditor() -> Auditor:
    return auditor_for(shipped().book())


CASES = [
    pytest.param(rule.id, number, id=f"{rule.id}-{number}")
    for rule in load_rules().rules.values()
    for number in range(len(rule.cases))
]


def test_no_pack_has_anything_to_complain_about() -> None:
    assert [item.shown("en") for item in shipped().complaints] == []


def test_there_are_rules() -> None:
    assert len(CASES) > 0


@pytest.mark.parametrize(("rule_id", "number"), CASES)
def test_the_rule_keeps_its_case(rule_id: str, number: int) -> None:
    rule = shipped().rules[rule_id]
    why = wrong(rule, rule.cases[number], auditor())
    assert why is None, f"{rule.file}:{rule.cases[number].line}: {why.en}"


def test_the_engine_and_the_plain_matcher_judge_every_case_alike() -> None:
    book = shipped().book()
    index = index_of(book.rules, lambda pattern: ())
    plain = Auditor(book.rules, index, NaiveScanner({n: word.text for n, word in enumerate(index.words)}), fold_even)
    posts = [post_of(case) for rule in book.rules for case in rule.cases if not _varied(rule, case)]
    assert [_said(item) for item in auditor().audit(posts)] == [_said(item) for item in plain.audit(posts)]


def _varied(rule: Rule, case: Case) -> bool:
    """Whether a case is one of a way of writing that the plain matcher does not know."""
    words = [fold_even(term).text for match in rule.match for term in match.look.terms if match.variants]
    return bool(words) and any(hit not in words and fold_even(hit).text not in words for hit in case.hits)


def _said(item: Audited) -> list[tuple[str, int, int, int, str]]:
    return [(hit.rule, hit.passage, hit.start, hit.end, hit.raw) for hit in item.hits]
