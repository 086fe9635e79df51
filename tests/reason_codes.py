"""Reason codes as they stand in the source, with the words that go with each: what ``docs/exit-codes.md`` must say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).parents[1]
PACKAGES = ("zhongbao_core", "freeze", "exposure_scan", "content_audit", "zhongbao")
CODE = re.compile(r"[A-Z][A-Z]+(?:_[A-Z0-9]+)+")
ONE_WORD = frozenset(
    ["FROZEN", "SILENT", "QUOTA", "PERMITTED", "EXEMPT", "OBSERVED", "USAGE", "TAMPERED", "REFUSED", "ERROR"]
)
"""Codes of one word; longer ones are known by their underscore."""
OTHER = re.compile(
    r"(ZHONGBAO|GIT|XDG|LC|GITHUB)_.*|NO_COLOR|SSH_.*|EXIT_CODE|REASON_CODE|NEXT_OPENING|GLOBAL_OPTIONS|.*_STEP_SUMMARY"
)
"""Names of variables and of dotenv keys: no reason codes."""


@lru_cache(maxsize=1)
def source_codes() -> dict[str, str]:
    """Every code in the source and what it says (Chinese / English); empty where no words stand beside it."""
    found: dict[str, str] = {}
    for package in PACKAGES:
        for path in sorted((HERE / package).rglob("*.py")):
            if path.name != "verifier.py":
                for code, words in _in(ast.parse(path.read_text("utf-8"))):
                    found[code] = found.get(code) or words
    return found


def _in(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            own = [*node.args, *(item.value for item in node.keywords)]
            yield from ((code, _words(node)) for code in map(_code, own) if code)
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            yield from ((code, _words(value)) for key, value in pairs if (code := _code(key)))
        elif isinstance(node, ast.ClassDef):
            doc = (ast.get_docstring(node) or "").splitlines()
            values = (item.value for item in node.body if isinstance(item, ast.Assign))
            yield from ((code, doc[0] if doc else "") for code in map(_code, values) if code)
        elif code := _code(node):
            yield code, ""


def _code(node: ast.AST | None) -> str:
    """The code that ``node`` is; empty where it is none."""
    text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
    known = CODE.fullmatch(text) or text in ONE_WORD
    return text if known and not OTHER.fullmatch(text) else ""


def _words(node: ast.AST) -> str:
    """The first Text(zh, en) at or below ``node``, or the two strings that stand as its arguments."""
    for item in ast.walk(node):
        if isinstance(item, ast.Call) and isinstance(item.func, ast.Name) and item.func.id == "Text":
            return " / ".join(_literal(part) for part in item.args[:2]).strip(" /")
    if isinstance(node, ast.Call):
        texts = [_literal(part) for part in node.args if not _code(part)]
        pair = [text for text in texts if text]
        if len(pair) == 2 and re.search(r"[\u4e00-\u9fff]", pair[0]):
            return " / ".join(pair)
    return ""


def _literal(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return ""


def table() -> str:
    """The generated table of the page."""
    rows = [f"| `{code}` | {words.replace('|', ' ') or '—'} |" for code, words in sorted(source_codes().items())]
    return "\n".join(["| code | 说明 / what it says |", "|---|---|", *rows]) + "\n"
