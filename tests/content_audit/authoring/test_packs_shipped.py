"""Every rule we ship keeps its own cases, and is fit to be shipped."""

from __future__ import annotations

from functools import lru_cache

import pytest

from content_audit.audit.audit import Auditor
from content_audit.audit.cases import wrong
from content_audit.authoring.assemble import auditor_for
from content_audit.authoring.lint import lint
from content_audit.authoring.packs import Loaded, load_rules


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
