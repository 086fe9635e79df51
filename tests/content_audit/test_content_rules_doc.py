"""The page of rules says what the code knows; ``--update-golden`` writes its tables anew."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path

import pytest

from content_audit.audit.checks import CHECKS
from content_audit.audit.coded import CODED
from content_audit.audit.context import FACTS
from content_audit.audit.exemptions import EXEMPTIONS
from content_audit.audit.rule import CATEGORIES

PAGE = Path(__file__).parents[2] / "docs" / "content-rules.md"


def exemptions() -> str:
    rows = [f"| `{name}` | {item.text.zh} | {item.text.en} | {item.law or '—'} |" for name, item in EXEMPTIONS.items()]
    return "\n".join(["| name | 豁免 | exemption | 依据 / law |", "|---|---|---|---|", *rows]) + "\n"


def facts() -> str:
    rows = [f"| `{name}` | {item.text.zh} | {item.text.en} |" for name, item in FACTS.items()]
    return "\n".join(["| name | 语境 | fact |", "|---|---|---|", *rows]) + "\n"


def checks() -> str:
    rows = [f"| `{name}` | {(inspect.getdoc(check) or '').splitlines()[0]} |" for name, check in CHECKS.items()]
    return "\n".join(["| name | agrees with |", "|---|---|", *rows]) + "\n"


def coded() -> str:
    rows = [f"| {rule.id} | {rule.title.zh} | {rule.title.en} | {rule.verdict.text.zh} |" for rule in CODED]
    return "\n".join(["| id | 规则 | rule | 结论 |", "|---|---|---|---|", *rows]) + "\n"


@pytest.mark.parametrize("table", [exemptions, facts, checks, coded], ids=lambda table: str(table.__name__))
def test_the_table_is_that_of_the_code(table: Callable[[], str], request: pytest.FixtureRequest) -> None:
    name = table.__name__
    text = PAGE.read_text("utf-8")
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, _, rest = text.partition(start)
    old, _, after = rest.partition(end)
    if request.config.getoption("--update-golden"):
        PAGE.write_text(before + start + table() + end + after, "utf-8")
        old = table()
    assert old == table()


def test_every_category_stands_in_the_page() -> None:
    text = PAGE.read_text("utf-8")
    assert [name for name, words in CATEGORIES.items() if f"`{name}` {words.zh}" not in text] == []
