"""What shells, editors and mail do to a file on its way to the signer, so that a refusal can name it.

Imported only after a signature has failed. One message gives at most 60 variants; messages over 1 MiB give none.
"""

from __future__ import annotations

from collections.abc import Iterator

from zhongbao_core.text import NOTHING, Text

MAX_MESSAGE = 1024 * 1024

_ENCODINGS = (
    ("", NOTHING, b"", ""),
    ("bom", Text("开头加了 UTF-8 BOM", "a UTF-8 BOM in front"), b"\xef\xbb\xbf", ""),
    ("utf-16-le-bom", Text("转成了带 BOM 的 UTF-16 LE", "UTF-16 LE with BOM"), b"\xff\xfe", "utf-16-le"),
    ("utf-16-le", Text("转成了 UTF-16 LE", "UTF-16 LE"), b"", "utf-16-le"),
    ("utf-16-be-bom", Text("转成了带 BOM 的 UTF-16 BE", "UTF-16 BE with BOM"), b"\xfe\xff", "utf-16-be"),
    ("utf-16-be", Text("转成了 UTF-16 BE", "UTF-16 BE"), b"", "utf-16-be"),
)
_BODIES = (
    ("", NOTHING),
    ("crlf", Text("换行变成了 CRLF", "line ends turned into CRLF")),
)
_TAILS = (
    ("", NOTHING, ""),
    ("lf-appended", Text("末尾加了换行 LF", "a newline (LF) appended"), "\n"),
    ("crlf-appended", Text("末尾加了换行 CRLF", "a newline (CRLF) appended"), "\r\n"),
    ("sub-appended", Text("末尾加了 0x1A", "0x1A appended"), "\x1a"),
    ("crlf-sub-appended", Text("末尾加了 CRLF 和 0x1A", "CRLF and 0x1A appended"), "\r\n\x1a"),
)


def recodings(message: bytes) -> Iterator[tuple[str, Text, bytes]]:
    """(name, words, altered bytes) of each known re-encoding of ``message``, the plainest first, no bytes twice."""
    if len(message) > MAX_MESSAGE:
        return
    try:
        text = message.decode("utf-8")
    except UnicodeDecodeError:
        return
    seen = {message}
    for name, words, data in _variants(text):
        if data not in seen:
            seen.add(data)
            yield name, words, data


def _variants(text: str) -> Iterator[tuple[str, Text, bytes]]:
    bodies = (text, text.replace("\r\n", "\n").replace("\n", "\r\n"))
    for encoding_id, encoding_words, mark, codec in _ENCODINGS:
        for (body_id, body_words), body in zip(_BODIES, bodies, strict=True):
            for tail_id, tail_words, tail in _TAILS:
                words = [item for item in (encoding_words, body_words, tail_words) if item.en]
                joined = Text("，".join(item.zh for item in words), ", ".join(item.en for item in words))
                name = "+".join(item for item in (encoding_id, body_id, tail_id) if item)
                yield name, joined, mark + (body + tail).encode(codec or "utf-8")
    for ending, name in (("\r\n", "crlf-removed"), ("\n", "lf-removed")):
        if text.endswith(ending):
            yield name, Text("末尾的换行被去掉", "the newline at the end removed"), text[: -len(ending)].encode("utf-8")
