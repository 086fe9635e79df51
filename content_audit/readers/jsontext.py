"""JSON of strangers: bounded in size and depth, told with line and column where it is broken, and typed access to it.

What is missing or of another type than expected is empty, never an exception: an export may leave out any field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from content_audit.model import Source, Unread, Why
from content_audit.readers.encoding import decode, head_text
from content_audit.readers.limits import MAX_DEPTH, MAX_FILE, MAX_RECORD, MAX_RECORDS, NotReadError

_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_NO_BRACKET = re.compile(r"[^\[\]{}]+")
_HALF = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_EVEN = re.compile(r"(?:\\\\)+")


def load_json(text: str) -> Any:
    """The value in ``text``. Raises NotReadError: too big, too deep, or broken at a line and column.

    Half an emoji (a lone surrogate escape), which exports cut texts into, is read as U+FFFD.
    """
    if len(text) > MAX_FILE:
        raise NotReadError(Why.TOO_BIG, f"{len(text)} > {MAX_FILE}")
    if too_deep(text):
        raise NotReadError(Why.TOO_DEEP, f"> {MAX_DEPTH}")
    try:
        return orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
        return _mended(text, error)


def documents(data: bytes, source: Source) -> Iterator[tuple[Source, Any] | Unread]:
    """The JSON values in ``data`` with where each stands: one, or one a line. A broken line does not lose the others."""
    text = decode(data).strip("\ufeff \t\r\n")
    lines = text.split("\n")
    if len(lines) < 2 or not _whole(lines[0]) or not _whole(lines[-1]):
        yield source, load_json(text)
        return
    for number, line in enumerate(lines, 1):
        place = source._replace(record=f"line {number}")
        try:
            if line.strip():
                yield place, load_json(line)
        except NotReadError as error:
            yield error.unread(place)


def json_lines(file: BinaryIO, source: Source, first: int = 1) -> Iterator[tuple[Source, Any] | Unread]:
    """The values of a JSONL file, streamed, with where each stands. A broken line does not lose the others.

    ``first`` is the number of the first line where ``file`` is a stretch of a longer one.
    """
    path, reader = source.path, source.reader
    for number in range(first, first + MAX_RECORDS):
        line = file.readline(MAX_RECORD + 1)
        if not line:
            return
        place = Source(path, f"line {number}", reader)
        if len(line) > MAX_RECORD:
            yield Unread(place, Why.TOO_BIG, f"> {MAX_RECORD}")
            _skip_line(file, line)
        elif line.strip(b"\xef\xbb\xbf \t\r\n"):
            yield _line(line, place)
    yield Unread(source, Why.TOO_MANY, f"> {MAX_RECORDS} lines")


def _line(line: bytes, place: Source) -> tuple[Source, Any] | Unread:
    try:
        return place, load_json(decode(line))
    except NotReadError as error:
        return error.unread(place)


def _skip_line(file: BinaryIO, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = file.readline(1 << 20)


def too_deep(text: str) -> bool:
    """Whether brackets outside strings nest deeper than the limit."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    depth = 0
    for char in _NO_BRACKET.sub("", _STRING.sub("", text)):
        depth += 1 if char in "[{" else -1
        if depth > MAX_DEPTH:
            return True
    return False


def json_head(head: bytes) -> str:
    """The beginning of a file as text where it may be JSON, for sniffing; else empty."""
    text = head_text(head)
    return text if text.lstrip()[:1] in ("{", "[") else ""


def below(place: Source, part: str) -> Source:
    """``part`` of what stands at ``place``; the place itself where ``part`` is empty."""
    return place._replace(record=" ".join(one for one in (place.record, part) if one))


def obj(value: object, *path: str) -> dict[str, Any]:
    """The object at ``path`` below ``value``; empty where there is none."""
    found = at(value, *path)
    return found if isinstance(found, dict) else {}


def items(value: object, *path: str) -> list[Any]:
    """The array at ``path`` below ``value``; empty where there is none."""
    found = at(value, *path)
    return found if isinstance(found, list) else []


def words(value: object, *path: str) -> str:
    """The text at ``path`` below ``value``; numbers as text, anything else as nothing."""
    found = value.get(path[0]) if len(path) == 1 and isinstance(value, dict) else at(value, *path)
    if isinstance(found, str):
        return found
    return str(found) if isinstance(found, int | float) and not isinstance(found, bool) else ""


def number(value: object, *path: str) -> int:
    """The whole number at ``path`` below ``value``, also one written as text; 0 where there is none."""
    found = words(value, *path)
    return int(found) if found.isascii() and found.isdigit() and len(found) < 19 else 0


def at(value: object, *path: str) -> object:
    """Whatever stands at ``path`` below ``value``; None where the way ends before."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def strings(value: object, path: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Every text below ``value`` with the path it stands at. Raises NotReadError beyond the depth limit."""
    if depth > MAX_DEPTH:
        raise NotReadError(Why.TOO_DEEP, f"> {MAX_DEPTH}")
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from strings(inner, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from strings(inner, f"{path}[{index}]", depth + 1)


def _whole(line: str) -> bool:
    """Whether a line looks like a JSON object of its own."""
    return line.lstrip()[:1] == "{" and line.rstrip()[-1:] == "}"


def _mended(text: str, error: ValueError) -> Any:
    hidden = _EVEN.sub(lambda found: "\x00" * len(found[0]), text)
    mended = _HALF.sub(r"\\ufffd", hidden) if "\\u" in hidden else hidden
    try:
        return orjson.loads(re.sub("\x00+", lambda found: "\\" * len(found[0]), mended))
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        place = f"{error.lineno}:{error.colno} {error.msg}" if isinstance(error, orjson.JSONDecodeError) else ""
        raise NotReadError(Why.BROKEN, place) from error
