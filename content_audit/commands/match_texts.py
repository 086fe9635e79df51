"""The texts of ``content match``: each line of a file, or the ``text`` of each JSON line. Read in pieces, of any size."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from content_audit.match.wordlist import decoded
from zhongbao_core.errors import InputError
from zhongbao_core.text import Text, plain

PIECE = 4 << 20
"""Bytes read at a time."""
_JSON_NAMES = (".jsonl", ".ndjson")


class Line(NamedTuple):
    """A text and the line it stands in; None as text: it could not be read."""

    number: int
    text: str | None


def pieces(path: str, form: str) -> Iterator[list[Line]]:
    """The texts in ``path`` (``-``: stdin), some thousand at a time. ``form``: lines, jsonl or auto, by name and look.

    Raises InputError INPUT_MISSING where the file cannot be opened.
    """
    try:
        with sys.stdin.buffer if path == "-" else Path(path).open("rb") as file:
            yield from _pieces(file, path, form)
    except OSError as error:
        cause = error.strerror or str(error)
        raise InputError(
            Text(f"{plain(path)} 读不了：{cause}", f"{plain(path)} cannot be read: {cause}"),
            reason_code="INPUT_MISSING",
        ) from error


def _pieces(file: IO[bytes], path: str, form: str) -> Iterator[list[Line]]:
    head = file.readline()
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        whole = (decoded(head + file.read()) or "").split("\n")
        yield [Line(number, text.removesuffix("\r")) for number, text in enumerate(whole, 1) if text]
        return
    head = head.removeprefix(b"\xef\xbb\xbf")
    as_json = form == "jsonl" or (form == "auto" and _looks_like_json(path, head))
    number = 1
    lines = [head] if head else []
    while lines:
        yield [
            Line(count, _json_text(raw) if as_json else _text(raw))
            for count, raw in enumerate(lines, number)
            if raw.strip()
        ]
        number += len(lines)
        lines = file.readlines(PIECE)


def _looks_like_json(path: str, head: bytes) -> bool:
    if path != "-":
        return path.lower().endswith(_JSON_NAMES)
    return head.lstrip().startswith(b"{") and _json_text(head) is not None


def _text(raw: bytes) -> str | None:
    text = decoded(raw)
    return None if text is None else text.rstrip("\r\n")


def _json_text(raw: bytes) -> str | None:
    import orjson

    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    text = body.get("text") if isinstance(body, dict) else None
    return text if isinstance(text, str) else None
