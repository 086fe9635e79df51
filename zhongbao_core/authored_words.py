"""What pydantic found, in the words of the people who write the files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhongbao_core.text import Text, plain

_WORDS = {
    "string_type": Text("须为文本", "text expected"),
    "int_type": Text("须为整数", "a whole number expected"),
    "bool_type": Text("须为 true 或 false", "true or false expected"),
    "list_type": Text("须为列表", "a list expected"),
    "dict_type": Text("须为映射", "a mapping expected"),
    "model_type": Text("须为映射", "a mapping expected"),
    "string_too_short": Text("不能为空", "must not be empty"),
    "too_short": Text("不能为空", "must not be empty"),
    "too_long": Text("条目过多", "too many entries"),
    "string_too_long": Text("过长", "too long"),
    "string_pattern_mismatch": Text("写法不对", "not written as it should be"),
    "greater_than_equal": Text("过小", "too small"),
    "less_than_equal": Text("过大", "too large"),
}
_FIXES = {
    "missing": Text("补上此键", "add the key"),
    "extra_forbidden": Text("改正拼写或删除", "correct the spelling or remove it"),
    "string_type": Text('文本加引号，如 "22:00"', 'quote text, as in "22:00"'),
    "int_type": Text("写不带引号的整数", "write a whole number without quotes"),
    "bool_type": Text("写 true 或 false，不加引号", "write true or false without quotes"),
    "list_type": Text("写成 [甲, 乙] 或逐行 -", "write [a, b] or one - a line"),
    "TYPE": Text("写成 键: 值", "write key: value"),
    "dict_type": Text("写成 {键: 值}", "write {key: value}"),
    "model_type": Text("写成 键: 值", "write key: value"),
    "TIME": Text('写成 "2026-11-20T08:00"', 'write "2026-11-20T08:00"'),
    "LENGTH": Text("写成 90s、15m、2h、1h30m、7d", "write 90s, 15m, 2h, 1h30m or 7d"),
}


def words_for(error: Mapping[str, Any], last: str | int) -> Text:
    """The complaint for one pydantic error; ``last`` is the key or index it is about."""
    kind = str(error["type"])
    name = plain(str(last))
    if kind == "missing":
        return Text(f"缺少 {name}", f"{name} is missing")
    if kind == "literal_error":
        shown = plain(str(error["input"])[:40])
        return Text(f"{name} 不认识 {shown}", f"{name}: unknown word {shown}")
    said = _WORDS.get(kind) or Text(plain(str(error["msg"])), plain(str(error["msg"])))
    return Text(f"{name}：{said.zh}", f"{name}: {said.en}")


def fix_for(kind: str, error: Mapping[str, Any] | None = None) -> Text:
    """What to do about it."""
    context = (error or {}).get("ctx") or {}
    if kind == "literal_error":
        words = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
        return Text(f"可用：{words}", f"use {words}")
    if kind == "string_pattern_mismatch":
        return Text(f"须符合 {context.get('pattern')}", f"must match {context.get('pattern')}")
    for bound, zh, en in (("ge", "至少", "at least"), ("le", "至多", "at most"), ("max_length", "至多", "at most")):
        if bound in context:
            return Text(f"{zh} {context[bound]}", f"{en} {context[bound]}")
    return _FIXES.get(kind, Text("改正此值", "correct the value"))
