"""Patterns of catalogue parameters: only what can be matched in time linear in the value, whatever the value.

A subset that RE2 understands too: no look-around, no back references, nothing that repeats inside a repetition
without bound.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from zhongbao_core.text import Text

MAX_LENGTH = 400
MOST = 1000
"""How often a bounded repetition inside a bounded one may repeat in all."""
LONGEST = 256
"""Characters of the longest value a parameter takes."""
MOST_WAYS = 1_000_000
_parser: Any = import_module("re._parser")
_FORBIDDEN = {
    "ASSERT": Text("环视", "look-around"),
    "ASSERT_NOT": Text("环视", "look-around"),
    "GROUPREF": Text("反向引用", "back references"),
    "GROUPREF_EXISTS": Text("条件分支", "conditionals"),
    "ATOMIC_GROUP": Text("原子组", "atomic groups"),
    "POSSESSIVE_REPEAT": Text("占有量词", "possessive repeats"),
}


def complaint(pattern: str) -> Text | None:
    """Why ``pattern`` is refused, or None where it may be used with ``re.fullmatch``."""
    if len(pattern) > MAX_LENGTH:
        return Text(f"超过 {MAX_LENGTH} 个字符", f"longer than {MAX_LENGTH} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern, re.ASCII)
            tree = _parser.parse(pattern, re.ASCII)
    except (Warning, re.error, RecursionError, OverflowError) as error:
        return Text(f"正则不可读：{error}", f"not a pattern: {error}")
    return next(_problems(tree, 1), None) or (_MANY if _ways(tree) > MOST_WAYS else None)


def _problems(tree: Any, times: int) -> Iterator[Text]:
    """``times``: how often this part may repeat; 0 is without bound."""
    for kind, value in tree:
        name = str(kind)
        if name in _FORBIDDEN:
            yield Text(f"不支持{_FORBIDDEN[name].zh}", f"{_FORBIDDEN[name].en} are not accepted")
        elif name in ("MAX_REPEAT", "MIN_REPEAT"):
            yield from _repeat(value, times)
        elif name == "BRANCH":
            if times == 0:
                yield _NESTED
            for branch in value[1]:
                yield from _problems(branch, times)
        elif name == "SUBPATTERN":
            yield from _problems(value[3], times)


def _repeat(value: Any, times: int) -> Iterator[Text]:
    least, most, inner = value
    unbounded = most >= _parser.MAXREPEAT
    variable = least != most
    if (times == 0 and variable) or (times > 1 and unbounded) or (not unbounded and times * max(int(most), 1) > MOST):
        yield _NESTED
        return
    yield from _problems(inner, 0 if unbounded else times * max(int(most), 1))


def _ways(tree: Any) -> int:
    """How many ways a matcher that backtracks may try at worst, over a value of LONGEST characters."""
    product = 1
    for kind, value in tree:
        name = str(kind)
        if name in ("MAX_REPEAT", "MIN_REPEAT"):
            least, most = int(value[0]), min(int(value[1]), LONGEST)
            product *= max(1, most - least + 1) * _ways(value[2]) ** min(max(most, 1), 20)
        elif name == "BRANCH":
            product *= sum(_ways(branch) for branch in value[1])
        elif name == "SUBPATTERN":
            product *= _ways(value[3])
        if product > MOST_WAYS:
            return product
    return product


_MANY = Text("可以匹配的方式太多", "there are too many ways to match")
_NESTED = Text("重复之内又有不定的重复", "a repetition without bound holds another choice or repetition")
