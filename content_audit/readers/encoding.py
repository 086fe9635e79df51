"""Bytes to text: UTF-8 with or without a mark, UTF-16, GB18030; anything else is refused, never guessed.

A text that decodes with replacement characters would be audited as something nobody wrote, so there is no
lenient way in here except for sniffing.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache

from content_audit.model import Why
from content_audit.readers.limits import NotReadError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, ""),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FIRST_OF_MARKS = {mark[:1] for mark, _ in _MARKS}
_SAMPLE = 4096
_LARGE_SAMPLE = 1 << 20
_HIGH = bytes(range(0x80, 0x100))
_THREE = re.compile(rb"[\xe0-\xef][\x80-\xbf]{2}")


def decode(data: bytes) -> str:
    """The text in ``data`` without its mark. Raises NotReadError(ENCODING) where no known encoding fits."""
    if b"\0" not in data and data[:1] not in _FIRST_OF_MARKS:
        with suppress(UnicodeDecodeError):
            return data.decode()  # what nearly everything is, told at once
    for name in _candidates(data):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if "\0" not in text[:_SAMPLE]:
            return text
    raise NotReadError(Why.ENCODING)


def encoding_of(head: bytes) -> str:
    """The encoding of a file that begins with ``head``, for reading it piece by piece.

    A file that is mostly UTF-8 is UTF-8: its reader must expect a piece that is not. Raises NotReadError(ENCODING).
    """
    for name in _candidates(head):
        try:
            text = codecs.getincrementaldecoder(name)().decode(head)
        except UnicodeDecodeError:
            continue
        if "\0" not in text[:_SAMPLE]:
            return name
    if _mostly_utf8(head):
        return "utf-8"
    raise NotReadError(Why.ENCODING)


@lru_cache(maxsize=2)
def head_text(head: bytes) -> str:
    """The beginning of a file as text, for sniffing alone; empty where it is not text."""
    try:
        return codecs.getincrementaldecoder(encoding_of(head))("replace").decode(head)
    except NotReadError:
        return ""


def _candidates(data: bytes) -> Iterator[str]:
    for mark, name in _MARKS:
        if data.startswith(mark):
            yield from [name] if name else []
            return
    if bare := _bare_utf16(data[:_SAMPLE]):
        yield bare
        return
    yield "utf-8"
    if not _mostly_utf8(data[:_LARGE_SAMPLE]):
        yield "gb18030"


def _mostly_utf8(data: bytes) -> bool:
    """Whether most of what is not ASCII are Chinese characters in UTF-8, which hardly happens in GB18030.

    Damaged UTF-8 must not be taken for GB18030: nearly any bytes are some text there.
    """
    others = len(data) - len(data.translate(None, _HIGH))
    return others > 0 and len(_THREE.findall(data)) * 6 > others


def _bare_utf16(sample: bytes) -> str:
    """UTF-16 without a mark, told by the zero bytes of its spaces, digits and line ends."""
    zeros = sample[0::2].count(0), sample[1::2].count(0)
    if max(zeros) < 2 or max(zeros) * 50 < len(sample):
        return ""
    if min(zeros) * 8 > max(zeros):
        return ""
    return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
