"""Chinese is complete: every sentence in the code stands in both languages, and the Chinese one is Chinese."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parents[1]
CJK = re.compile(r"[\u3400-\u9fff]")
NEUTRAL = re.compile(r"[\x20-\x7e…·（）：，。、〔〕【】\u2190-\u21ff\n]*")
"""What may read the same in every language: ids, commands, times, signs."""


class Said(NamedTuple):
    place: str
    zh: str | None
    en: str | None


def literal(node: ast.expr) -> str | None:
    """The text of a literal, places of an f-string as ``…``; None for what is only known at run time."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        return "".join(parts)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = literal(node.left), literal(node.right)
        return None if left is None and right is None else (left or "…") + (right or "…")
    return None


@lru_cache(maxsize=1)
def said() -> tuple[Said, ...]:
    return tuple(_said())


def _said() -> Iterator[Said]:
    for package in ("zhongbao_core", "freeze", "zhongbao", "exposure_scan", "content_audit"):
        for path in sorted((HERE / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Text":
                    args = [*node.args, *(item.value for item in node.keywords)]
                    if len(args) == 2:
                        place = f"{path.relative_to(HERE)}:{node.lineno}"
                        yield Said(place, literal(args[0]), literal(args[1]))


def test_every_sentence_has_both_languages_or_neither() -> None:
    assert [item for item in said() if (item.zh == "") != (item.en == "")] == []


def test_every_chinese_sentence_is_chinese_or_neutral_in_both() -> None:
    bad = [
        item
        for item in said()
        if item.zh
        and not CJK.search(item.zh)
        and not (item.zh == item.en and NEUTRAL.fullmatch(item.zh))
        and not _made(item)
    ]
    assert bad == []


def _made(item: Said) -> bool:
    """Whether the sentence is put together from parts that were sentences before: only signs stand between them."""
    return item.zh is not None and "…" in item.zh and not re.search(r"[A-Za-z]{3,}", item.zh)


def test_no_english_sentence_holds_chinese_but_for_words_of_the_trade() -> None:
    bad = [item for item in said() if item.en and CJK.search(item.en)]
    assert [item for item in bad if len(CJK.findall(item.en or "")) > 12] == []


def test_there_is_something_to_check() -> None:
    assert len(said()) > 300
