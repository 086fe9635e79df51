"""Bytes that two machines agree on: canonical JSON of our own documents, strict reading, and digests.

``canonical`` gives RFC 8785 bytes for the documents we make: objects with ASCII keys, text, integers
within 2^53, booleans, null, arrays. Everything else is refused rather than written in a way that another
implementation might write differently. ``tests/zhongbao_core/test_canonical.py`` holds it against rfc8785.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from zhongbao_core.errors import InputError, ZhongbaoError
from zhongbao_core.sha import sha256
from zhongbao_core.text import Text

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
MAX_INT = 2**53 - 1
MAX_DEPTH = 64
MAX_BYTES = 16 * 1024 * 1024
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
_TOO_DEEP = Text(f"嵌套超过 {MAX_DEPTH} 层", f"nested deeper than {MAX_DEPTH}")


class _RefusedError(ValueError):
    """Why a document is refused although a laxer reader takes it, in both languages."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def canonical(value: object) -> bytes:
    """RFC 8785 bytes of ``value``.

    Raises ValueError for floats, integers beyond 2^53 - 1 (write them as strings), keys outside ASCII,
    lone surrogates and depth over 64.
    """
    _check(value, 0)
    return _ENCODER.encode(value).encode("utf-8")


def digest(data: bytes) -> str:
    """``sha256:`` and 64 hexadecimal digits of ``data``: the form in which every digest is written."""
    return "sha256:" + sha256(data).hexdigest()


def command_digest(argv: Iterable[str]) -> str:
    """The digest under which a command is bound: that of its argument list as canonical JSON, never a shell line."""
    return digest(canonical([item.encode("utf-8", "backslashreplace").decode() for item in argv]))


def strict_json(data: bytes, *, what: str = "JSON", limit: int = MAX_BYTES) -> Any:
    """The value in ``data``, read strictly: UTF-8 without BOM, no duplicate keys, no NaN, bounded depth and size.

    Raises InputError that names ``what`` and the cause; ``cause_of`` gives the cause alone.
    """
    if len(data) > limit:
        raise _bad(what, Text(f"{len(data)} 字节，上限 {limit}", f"{len(data)} bytes, limit {limit}"))
    if _depth_over(data):
        raise _bad(what, _TOO_DEEP)
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=_no_duplicates, parse_constant=_refuse, parse_int=_int
        )
    except (ValueError, RecursionError) as error:
        raise _bad(what, _cause(error)) from error
    return value


def cause_of(error: Exception) -> Text:
    """Why ``strict_json`` refused, without the name of what it read; of any other error what it says."""
    if isinstance(error, ZhongbaoError):
        cause = error.values.get("cause")
        return cause if isinstance(cause, Text) else error.message
    return Text(str(error), str(error))


def _check(value: object, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, str):
        return
    if isinstance(value, dict):
        _check_keys(value)
        for inner in value.values():
            _check(inner, depth + 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check(inner, depth + 1)
    elif isinstance(value, int):
        if abs(value) > MAX_INT:
            raise ValueError(f"integer {value} is beyond 2^53 - 1; write it as text")
    elif value is not None:
        raise ValueError(f"{type(value).__name__} has no canonical form")


def _check_keys(value: dict[object, object]) -> None:
    for key in value:
        if not isinstance(key, str) or not key.isascii():
            raise ValueError(f"key {key!r} is not ASCII text")


def _depth_over(data: bytes) -> bool:
    """Whether brackets outside strings nest deeper than MAX_DEPTH; cheap where there are few of them."""
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return False
    depth = 0
    for byte in _STRING.sub(b"", data):
        depth += (byte in b"[{") - (byte in b"]}")
        if depth > MAX_DEPTH:
            return True
    return False


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _RefusedError(Text(f"键 {key[:60]!r} 重复", f"duplicate key {key[:60]!r}"))
        found[key] = value
    return found


def _refuse(name: str) -> Any:
    raise _RefusedError(Text(f"{name} 不属于 JSON", f"{name} is not JSON"))


def _int(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > MAX_INT:
        number = digits[:20]
        raise _RefusedError(Text(f"整数 {number} 超过 2^53 - 1", f"integer {number} is beyond 2^53 - 1"))
    return int(digits)


def _cause(error: Exception) -> Text:
    if isinstance(error, _RefusedError):
        return error.text
    if isinstance(error, json.JSONDecodeError):
        place = f"第 {error.lineno} 行第 {error.colno} 列"
        return Text(f"{place}不是 JSON", f"not JSON at line {error.lineno} column {error.colno}: {error.msg}")
    if isinstance(error, UnicodeDecodeError):
        return Text(f"第 {error.start + 1} 字节不是 UTF-8", f"byte {error.start + 1} is not utf-8")
    return _TOO_DEEP if isinstance(error, RecursionError) else Text(str(error), str(error))


def _bad(what: str, cause: Text) -> InputError:
    return InputError(
        Text(f"{what} 无法读取：{cause.zh}", f"{what} cannot be read: {cause.en}"),
        reason_code="JSON_INVALID",
        what=what,
        cause=cause,
    )
