"""What a YAML scalar means here: text, whole number, true, false, nothing; or a trap, refused with its fix.

A trap is a plain scalar that YAML 1.1, YAML 1.2 and people read differently: times, dates, yes and no, numbers with a
point or a leading zero. Quoted, each of them is text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from zhongbao_core.canonical import MAX_INT
from zhongbao_core.text import Text, plain

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)", re.ASCII)
_TIME = re.compile(r"[-+]?[0-9]{1,6}(:[0-9]{1,2}){1,3}(\.[0-9_]*)?(-[0-9]{1,2}:[0-9]{1,2})?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(([Tt]|[ \t]+)[0-9:.]+[ \t]*(Z|[-+][0-9:]+)?)?", re.ASCII)
_ODD_NUMBER = re.compile(
    r"[-+]?(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+|[0-9][0-9_]*|[0-9_]*\.[0-9_]+|[0-9][0-9_]*\.[0-9_]*"
    r"|[0-9_.]+[eE][-+]?[0-9]+|\.(inf|Inf|INF))|\.(nan|NaN|NAN)",
    re.ASCII,
)
_YES_NO = frozenset({"yes", "no", "on", "off", "y", "n"})
_NOTHING = frozenset({"", "~", "null"})


class Trap(NamedTuple):
    """A scalar that must be quoted or written otherwise."""

    code: str
    text: Text
    fix: Text


def scalar(value: str, *, plain_style: bool) -> str | int | bool | Trap | None:
    """The meaning of a scalar; ``plain_style`` where it stands without quotes or block sign."""
    if any("\ud800" <= char <= "\udfff" for char in value):
        return Trap("CHARACTER", Text("含有孤立代理字符", "a lone surrogate"), Text("删除此字符", "remove it"))
    if not plain_style:
        return value
    if value in _NOTHING:
        return None
    if value in ("true", "false"):
        return value == "true"
    if _INT.fullmatch(value):
        return int(value) if len(value) < 18 and abs(int(value)) <= MAX_INT else _number(value)
    return _trap(value) or value


def _trap(value: str) -> Trap | None:
    if _TIME.fullmatch(value):
        return _quote(value, "UNQUOTED_TIME", Text("时间未加引号", "a time without quotes"))
    if _DATE.fullmatch(value):
        return _quote(value, "UNQUOTED_TIME", Text("日期时间未加引号", "a date without quotes"))
    if value.lower() in _YES_NO or value.lower() in ("true", "false", "null"):
        return _yes_no(value)
    if _ODD_NUMBER.fullmatch(value):
        return _number(value)
    if value == "=":
        return _quote(value, "UNQUOTED_TEXT", Text("单独的等号", "a lone equals sign"))
    return None


def _quote(value: str, code: str, what: Text) -> Trap:
    shown = plain(value)
    return Trap(code, Text(f"{what.zh}：{shown}", f"{what.en}: {shown}"), Text(f'写成 "{shown}"', f'write "{shown}"'))


def _yes_no(value: str) -> Trap:
    return Trap(
        "UNQUOTED_YES_NO",
        Text(f"{value} 会被读成布尔值", f"{value} is read as a boolean by some"),
        Text(f'文本写成 "{value}"，是否写 true 或 false', f'text: "{value}"; yes or no: true or false'),
    )


def _number(value: str) -> Trap:
    return _quote(value[:40], "UNQUOTED_NUMBER", Text("这种数字会被读成别的值", "a number that is read in other ways"))
