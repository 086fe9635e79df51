"""Rows of banners, as JSON lines: read one by one, of any number; what is not a row says so."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from exposure_scan.fingerprint.kinds import BODY_LIMIT
from zhongbao_core.errors import InputError
from zhongbao_core.text import Text, plain

LONGEST = 4 * BODY_LIMIT
"""Bytes of the longest line that is read as a row."""


class Row(NamedTuple):
    """A banner and its kind; ``banner`` None: the line is no row."""

    number: int
    kind: str
    banner: str | None
    id: object = None


@contextmanager
def opened(path: str) -> Iterator[IO[bytes]]:
    """The bytes of ``path`` (``-``: stdin). Raises InputError INPUT_MISSING where it cannot be opened or read."""
    try:
        if path == "-":
            yield sys.stdin.buffer
        else:
            with Path(path).open("rb") as file:
                yield file
    except OSError as error:
        cause = error.strerror or str(error)
        raise InputError(
            Text(f"{plain(path)} 读不了：{cause}", f"{plain(path)} cannot be read: {cause}"),
            reason_code="INPUT_MISSING",
        ) from error


def rows(file: IO[bytes], kind: str) -> Iterator[Row]:
    """The rows of ``file``; ``kind`` is that of rows that name none."""
    number = 0
    while line := file.readline(LONGEST + 1):
        number += 1
        if len(line) > LONGEST:
            while line and not line.endswith(b"\n"):
                line = file.readline(LONGEST)
            yield Row(number, kind, None)
        elif line.strip():
            yield row_of(number, line, kind)


def row_of(number: int, line: bytes, kind: str) -> Row:
    """The row that a line holds."""
    import orjson

    try:
        body = orjson.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return Row(number, kind, None)
    if not isinstance(body, dict):
        return Row(number, kind, None)
    said, banner = body.get("kind", kind), body.get("banner")
    if not isinstance(said, str) or not isinstance(banner, str):
        return Row(number, kind, None)
    return Row(number, said, banner, body.get("id"))
