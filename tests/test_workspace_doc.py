"""docs/workspace.md names every key of every file, and every code a complaint can carry."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from freeze.authoring.schema import FORMS, schema_text

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "workspace.md").read_text("utf-8")
SOURCES = sorted(
    [
        *(
            path
            for path in (ROOT / "freeze" / "authoring").glob("*.py")
            if not path.name.startswith(("request", "window_file"))
        ),
        *(ROOT / "zhongbao_core").glob("yaml*.py"),
        *(ROOT / "zhongbao_core").glob("authored*.py"),
        ROOT / "zhongbao_core" / "load_people.py",
    ]
)
CALL = re.compile(
    r'(?:complain|warn|say|_complain|read|Broken|Trap|_quote|Complaint)\(\s*(?:[\w.]+,\s*)*"([A-Z][A-Z_]+)"'
)
OTHER = re.compile(r'^\s*"([A-Z]{2,}_[A-Z_]+)",$|: "([A-Z]{2,}(?:_[A-Z]+)*)",$', re.MULTILINE)


def codes() -> set[str]:
    """Every complaint code that stands in the sources."""
    found: set[str] = set()
    for path in SOURCES:
        text = path.read_text("utf-8")
        found |= set(CALL.findall(text)) | {one or two for one, two in OTHER.findall(text)}
    return found - {"POLICY_BROKEN"}


def keys(schema: Any) -> Iterator[str]:
    """Every property name in a JSON schema."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for inner in schema.values():
            yield from keys(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from keys(inner)


def test_every_complaint_code_is_explained_and_no_other() -> None:
    table = {
        code for line in PAGE.splitlines() if line.startswith("| `") for code in re.findall(r"`([A-Z][A-Z_]+)`", line)
    }
    assert len(table) > 60
    assert codes() - table == set()
    written = "".join(path.read_text("utf-8") for path in SOURCES)
    assert {code for code in table if f'"{code}"' not in written} == set()


@pytest.mark.parametrize("name", sorted(set(FORMS) - {"pack", "request"}))
def test_every_key_of_a_file_stands_on_the_page(name: str) -> None:
    words = set(re.findall(r"[a-z_]+", PAGE))
    assert set(keys(json.loads(schema_text(name)))) - words == set()
