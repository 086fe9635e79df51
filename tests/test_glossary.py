"""One word for one thing: the synonyms of the glossary's last column stand nowhere else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from freeze.model import CLASSES, Verdict
from zhongbao_core.event import LEVEL_NAMES
from zhongbao_core.finding_life import State
from zhongbao_core.report.model import UNSEEN

HERE = Path(__file__).parents[1]
PAGE = HERE / "docs/glossary.md"
QUOTED = "glossary: quoted"
"""A line that carries this may quote a refused word."""
OTHER_SENSE = {("README.zh-CN.md", "许可证"), ("CONTRIBUTING.md", "许可证")}
"""A refused word in another sense of its own: the licence of the software is no permit."""
CODE = ("zhongbao_core", "freeze", "zhongbao", "exposure_scan", "content_audit")
PROSE = ("docs", "policies", "examples", "zhongbao", "freeze")


AUDITED = ("policies/content/", "content_audit/audit/", "benchmarks/", "zhongbao/templates/example/drafts/")
"""Where the words of what is audited stand: the rules look for them, we do not use them."""


def rows() -> list[list[str]]:
    lines = PAGE.read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [row for row in cells if row[0] != "中文"]


def refused() -> dict[str, str]:
    """Each refused word and the word to use."""
    return {word: row[0] for row in rows() for word in re.findall(r"`([^`]+)`", row[3])}


def pattern() -> re.Pattern[str]:
    words = (rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word) for word in refused())
    return re.compile("|".join(words), re.IGNORECASE)


def texts() -> Iterator[tuple[str, int, str]]:
    """(file, line, words) of everything a user may read."""
    for package in CODE:
        for path in sorted((HERE / package).rglob("*.py")):
            lines = path.read_text("utf-8").splitlines()
            for node in ast.walk(ast.parse("\n".join(lines))):
                if (
                    isinstance(node, ast.Constant)
                    and isinstance(node.value, str)
                    and QUOTED not in lines[node.lineno - 1]
                ):
                    yield str(path.relative_to(HERE)), node.lineno, node.value
    for path in prose():
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if QUOTED not in line:
                yield str(path.relative_to(HERE)), number, line


def prose() -> Iterator[Path]:
    yield from (path for path in HERE.glob("*.md"))
    for folder in PROSE:
        for path in sorted((HERE / folder).rglob("*")):
            if path.suffix in (".md", ".yaml", ".yml", ".json", ".j2", ".html") and path != PAGE:
                yield path


def test_no_refused_word_stands_in_code_documents_or_packs() -> None:
    wanted, use = pattern(), {word.lower(): right for word, right in refused().items()}
    bad = [
        f"{path}:{line}: {found[0]} (use {use[found[0].lower()]})"
        for path, line, words in texts()
        if not path.startswith(AUDITED) and (found := wanted.search(words)) and (path, found[0]) not in OTHER_SENSE
    ]
    assert bad == [], "\n".join(bad)


def test_every_row_names_a_word_in_both_languages_and_its_meaning() -> None:
    assert len(rows()) >= 55
    assert [row[0] for row in rows() if len(row) != 4 or not all(row[:3])] == []


@pytest.mark.parametrize(
    "word",
    [
        *(name.zh for name in LEVEL_NAMES.values() if name.zh != "平时"),
        *(state.text.zh for state in State),
        *(item.text.zh for item in (Verdict.ALLOW, Verdict.HOLD)),
        UNSEEN.zh,
    ],
)
def test_the_words_of_the_code_are_those_of_the_glossary(word: str) -> None:
    assert any(word in row[0] for row in rows())


def test_the_classes_of_changes_are_those_of_the_glossary() -> None:
    (row,) = [row for row in rows() if "紧急变更" in row[0]]
    assert all(name.zh.removesuffix("变更") in row[0] for name in CLASSES.values())


def test_the_test_would_see_a_refused_word() -> None:
    assert pattern().search("请在白名单中登记")
    assert pattern().search("add it to the Whitelist")
    assert not pattern().search("whitelisting is not the word either way")
