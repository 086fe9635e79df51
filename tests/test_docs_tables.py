"""The tables of ``docs/freeze.md`` that name tests: every case is there once, and every test named exists and asserts."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "freeze.md"
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
Row = tuple[str, list[str]]


def rows(heading: str) -> list[Row]:
    """(number, cells) of the table under ``## heading``; the cells are all but the number."""
    text = PAGE.read_text("utf-8")
    assert text.count(f"\n## {heading}\n") == 1
    section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found = [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in section.splitlines() if line[:2] == "| "
    ]
    return [(cells[0].strip("| "), cells[1:]) for cells in found if cells[0].strip("| ") != "#"]


EDGES, RULES = rows("Edge cases"), rows("Rules that hold everywhere")


@cache
def functions(path: str) -> dict[str, ast.FunctionDef]:
    """The functions at the top of the file at ``path``; of two with one name Python runs only the last."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert len({node.name for node in found}) == len(found), f"{path} defines a name twice"
    return {node.name: node for node in found}


def asserts(path: str, body: ast.AST) -> bool:
    """Whether ``body`` asserts, expects an error, or calls a function of its own file that does."""
    nodes = list(ast.walk(body))
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    own = [node for name, node in functions(path).items() if name in called and node is not body]
    expects = any(isinstance(node, ast.Attribute) and node.attr == "raises" for node in nodes)
    return expects or any(isinstance(node, ast.Assert) for node in nodes) or any(asserts(path, node) for node in own)


def named(cells: list[str]) -> list[tuple[str, str]]:
    return TEST.findall(cells[-1])


def test_every_edge_case_stands_in_the_table_once() -> None:
    assert [number for number, _ in EDGES] == [str(number) for number in range(1, 29)]


def test_every_rule_stands_in_the_table_and_no_sentence_twice() -> None:
    numbers = [number for number, _ in RULES]
    assert len(set(numbers)) == len(numbers)
    assert {int(number.split(".")[0]) for number in numbers} == set(range(1, 17))


@pytest.mark.parametrize("row", EDGES + RULES, ids=lambda row: row[0])
def test_every_test_that_is_named_exists_and_asserts_something(row: Row) -> None:
    number, cells = row
    assert all(cells), number
    tests = named(cells)
    assert tests or (number in ("9", "10") and "does not apply" in cells[-1])
    assert cells[-1].count("::") == len(tests), "a name that is not written as `path::test_name`"
    for path, name in tests:
        body = functions(path).get(name)
        assert body is not None, f"{path}::{name}"
        assert asserts(path, body), f"{name} asserts nothing"


def test_every_named_edge_test_is_one_of_the_tables() -> None:
    """A test whose name claims case 40, or a rule that is none, misleads its reader."""
    numbers = set()
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        numbers |= set(re.findall(r"^def test_edge_(\d\d)_", path.read_text("utf-8"), re.MULTILINE))
    assert {int(number) for number in numbers} == set(range(1, 29))
