"""The work of ``content match`` on a large export: the ``text`` of every JSON line against a lexicon alone."""

from __future__ import annotations

import io

import orjson

from content_audit.match.lexicon import Lexicon, RawHit
from content_audit.match.policy import longest, uncovered
from content_audit.pipeline.work import Block, opened


def match_lines(block: Block, compiled: bytes) -> bytes:
    """The hits in a block of JSON lines, one JSON line each; a line without readable text is said to be unread."""
    lexicon = opened(compiled, Lexicon.from_bytes)
    numbers, texts, unread = _texts(block)
    hits = longest(uncovered(lexicon.scan(texts), lambda term: term < 0))
    lines = [_hit(hit, numbers[hit.text], texts[hit.text]) for hit in hits]
    lines += [orjson.dumps({"type": "unread", "line": number}) for number in unread]
    return b"".join(line + b"\n" for line in lines)


def _texts(block: Block) -> tuple[list[int], list[str], list[int]]:
    """(line numbers, texts, numbers of lines that could not be read)."""
    numbers: list[int] = []
    texts: list[str] = []
    unread: list[int] = []
    loads = orjson.loads
    for number, raw in enumerate(io.BytesIO(block.lines), block.line):
        try:
            text = loads(raw)["text"]
        except (ValueError, KeyError, TypeError):
            text = None
        if isinstance(text, str):
            numbers.append(number)
            texts.append(text)
        elif raw.strip():
            unread.append(number)
    return numbers, texts, unread


def _hit(hit: RawHit, line: int, text: str) -> bytes:
    return orjson.dumps(
        {
            "type": "hit",
            "line": line,
            "start": hit.start,
            "end": hit.end,
            "raw": text[hit.start : hit.end],
            "folded": hit.folded,
            "steps": hit.steps,
            "term": hit.term,
        }
    )
