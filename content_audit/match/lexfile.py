"""The lexicon file (``zhongbao-lexicon/1``): a line that names the format, a JSON line, then sections of bytes.

The JSON line carries the engine's number, the version of the automaton's library, the SHA-256 of the sections and the
length of each. Nothing in it is code: reading one runs nothing. Stands on a gate's path.
"""

from __future__ import annotations

import json
import os
import sys
from array import array
from collections.abc import Mapping
from functools import cache
from typing import Any

from zhongbao_core.errors import CannotTellError
from zhongbao_core.sha import sha256
from zhongbao_core.text import Text

FORMAT = "zhongbao-lexicon/1"
ENGINE = 3
"""Raised whenever the same terms would compile to other bytes, or the same bytes be read otherwise."""
_HEAD_LIMIT = 1 << 20


class LexiconError(CannotTellError):
    """A compiled lexicon that cannot be used: another format or engine, cut off, or changed."""

    reason_code = "LEXICON_INVALID"


def refuse(text: Text) -> LexiconError:
    """The error of everything that is wrong with a lexicon file."""
    return LexiconError(text, Text("请重新编译词库", "compile the lexicon again"))


@cache
def library_version() -> str:
    """The version of the automaton's library: its bytes are read by the same version only."""
    import daachorse

    site = os.path.dirname(os.path.dirname(daachorse.__file__))  # noqa: PTH120 pathlib costs a gate milliseconds
    names = (name for name in os.listdir(site) if name.startswith("daachorse-") and name.endswith(".dist-info"))  # noqa: PTH208
    return next((name.removeprefix("daachorse-").removesuffix(".dist-info") for name in names), "unknown")


def pack(about: Mapping[str, Any], sections: Mapping[str, bytes]) -> bytes:
    """The file of ``sections``; ``about`` goes into the JSON line."""
    body = b"".join(sections.values())
    head = {
        **about,
        "engine": ENGINE,
        "library": library_version(),
        "sha256": sha256(body).hexdigest(),
        "sections": {name: len(part) for name, part in sections.items()},
    }
    return FORMAT.encode() + b"\n" + json.dumps(head, sort_keys=False, separators=(",", ":")).encode() + b"\n" + body


def unpack(data: bytes, *, checked: bool = False) -> tuple[Mapping[str, Any], Mapping[str, bytes]]:
    """(the JSON line, the sections) of a file. Raises LexiconError for everything but a whole file of this engine.

    ``checked``: the bytes are known to be those that were written, as part of a larger file whose digest is right.
    """
    name, _, rest = data[:_HEAD_LIMIT].partition(b"\n")
    if name != FORMAT.encode():
        raise refuse(Text("不是本版本的词库文件", f"not a {FORMAT} file"))
    line, found, _ = rest.partition(b"\n")
    head = _head(line) if found else None
    if head is None:
        raise refuse(Text("词库文件头已损坏", "the head of the lexicon file is damaged"))
    if (head["engine"], head["library"]) != (ENGINE, library_version()):
        raise refuse(Text("词库由其他版本编译", "the lexicon was compiled by another version"))
    body = memoryview(data)[len(name) + len(line) + 2 :]
    whole = sum(head["sections"].values()) == len(body)
    if not whole or not (checked or sha256(body).hexdigest() == head["sha256"]):
        raise refuse(Text("词库文件不完整或被改动", "the lexicon file is cut off or was changed"))
    return head, _cut(head["sections"], body)


def _head(line: bytes) -> Mapping[str, Any] | None:
    try:
        head = json.loads(line)
        good = (
            isinstance(head["engine"], int)
            and isinstance(head["library"], str)
            and isinstance(head["sha256"], str)
            and all(isinstance(length, int) and length >= 0 for length in head["sections"].values())
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return head if good else None


def _cut(lengths: Mapping[str, int], body: memoryview) -> Mapping[str, bytes]:
    parts, start = {}, 0
    for name, length in lengths.items():
        parts[name] = bytes(body[start : start + length])
        start += length
    return parts


def packed(numbers: array[int]) -> bytes:
    """Numbers as little-endian bytes."""
    if sys.byteorder == "little":
        return numbers.tobytes()
    turned = array(numbers.typecode, numbers)
    turned.byteswap()
    return turned.tobytes()


def unpacked(data: bytes, typecode: str = "I") -> array[int]:
    """The numbers that ``packed`` wrote. Raises ValueError where the bytes are none."""
    found: array[int] = array(typecode)
    found.frombytes(data)
    if sys.byteorder != "little":
        found.byteswap()
    return found
