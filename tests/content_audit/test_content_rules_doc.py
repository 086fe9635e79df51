"""The pages of rules say what the code and the packs know; ``--update-golden`` writes their tables anew."""

from __future__ import annotations

import inspect
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from content_audit.audit.checks import CHECKS
from content_audit.audit.coded import CODED
from content_audit.audit.context import FACTS
from content_audit.audit.exemptions import EXEMPTIONS
from content_audit.audit.rule import CATEGORIES, Rule
from content_audit.authoring.packs import load_rules

DOCS = Path(__file__).parents[2] / "docs"
RULES, LAW = DOCS / "content-rules.md", DOCS / "content-law.md"


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


def cited(rule: Rule) -> Iterator[tuple[str, str]]:
    """Each law of ``rule`` and what it cites of it; a rule of the company's own cites no law."""
    yield from re.findall(r"(《[^》]+》)([^《；]*)", rule.law)


def names(text: str) -> set[str]:
    """The laws that ``text`` names."""
    return set(re.findall("《[^》]+》", text))


def laws() -> str:
    rules: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for rule in load_rules().rules.values():
        for law, articles in cited(rule):
            rules[law, articles].append(rule.id if rule.verified else f"{rule.id}*")
    rows = [
        f"| {law} | {articles or '—'} | {' '.join(sorted(rules[law, articles]))} |" for law, articles in sorted(rules)
    ]
    return "\n".join(["| 法规 / law | 条项 / article | 规则 / rules |", "|---|---|---|", *rows]) + "\n"


@pytest.mark.parametrize(
    ("page", "table"),
    [(RULES, exemptions), (RULES, facts), (RULES, checks), (RULES, coded), (LAW, laws)],
    ids=lambda value: value.stem if isinstance(value, Path) else str(value.__name__),
)
def test_the_table_is_that_of_the_code(page: Path, table: Callable[[], str], request: pytest.FixtureRequest) -> None:
    name = table.__name__
    text = page.read_text("utf-8")
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, _, rest = text.partition(start)
    old, _, after = rest.partition(end)
    if request.config.getoption("--update-golden"):
        page.write_text(before + start + table() + end + after, "utf-8")
        old = table()
    assert old == table()


def test_every_category_stands_in_the_page() -> None:
    text = RULES.read_text("utf-8")
    assert [name for name, words in CATEGORIES.items() if f"`{name}` {words.zh}" not in text] == []


def test_the_page_says_how_every_cited_law_was_checked() -> None:
    told = LAW.read_text("utf-8").partition("<!-- laws -->")[0]
    texts = [rule.law for rule in load_rules().rules.values()] + [item.law for item in EXEMPTIONS.values()]
    assert {law for law in names(" ".join(texts)) if law not in names(told)} == set()


def test_a_rule_whose_text_was_read_names_the_article() -> None:
    """``source: verified`` with a bare law says more than was read; a notice without articles has its number."""
    read = [rule for rule in load_rules().rules.values() if rule.verified]
    assert [(rule.id, law) for rule in read for law, articles in cited(rule) if not articles] == []
