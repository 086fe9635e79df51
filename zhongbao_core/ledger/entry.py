"""One entry of the ledger: canonical JSON bytes that name their place, their predecessor and nothing personal.

The bytes are the leaf of the tree; they are frozen format 1 (``docs/ledger.md``). Bodies carry ids and salted
digests only; free text lives in documents, by digest.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

from zhongbao_core.canonical import canonical
from zhongbao_core.clock import iso
from zhongbao_core.errors import InputError, TamperedError, ZhongbaoError
from zhongbao_core.proof import leaf_hash
from zhongbao_core.text import Text

VERSION = 1
FIRST_PREV = "0" * 64
"""What the first entry names as its predecessor."""
MAX_ENTRY = 64 * 1024
FIELDS = ("body", "key", "kind", "prev", "ref", "seq", "time", "v", "writer")

_KIND = re.compile(r"[a-z][a-z0-9_]{0,31}(\.[a-z][a-z0-9_]{0,31}){0,3}")
_WORD = re.compile(r"[^\x00-\x1f\x7f]{0,256}")
_PREV = re.compile(r"[0-9a-f]{64}")


class Entry(NamedTuple):
    """An entry as it stands in the ledger; ``raw`` are its frozen bytes and ``leaf`` their RFC 6962 hash."""

    seq: int
    time: datetime
    writer: str
    kind: str
    ref: str
    key: str
    body: dict[str, Any]
    prev: str
    raw: bytes
    leaf: bytes


class Draft(NamedTuple):
    """What a writer asks to be recorded; the ledger adds place, time and predecessor."""

    kind: str
    ref: str
    body: dict[str, Any]
    key: str = ""
    """The idempotency key: the same key and content is recorded once."""


def make(draft: Draft, *, seq: int, time: datetime, writer: str, prev: str) -> Entry:
    """The entry for ``draft`` at ``seq``. Raises InputError where a field or the body has no frozen form."""
    _require(draft, writer)
    fields = {"v": VERSION, "seq": seq, "time": iso(time), "writer": writer, "kind": draft.kind, "ref": draft.ref}
    try:
        raw = canonical({**fields, "key": draft.key, "body": draft.body, "prev": prev})
    except (ValueError, UnicodeEncodeError) as error:
        raise _refused(f"内容无规范形式：{error}", f"the body has no canonical form: {error}") from error
    if len(raw) > MAX_ENTRY:
        raise _refused(
            f"条目超过 {MAX_ENTRY} 字节", f"an entry is at most {MAX_ENTRY} bytes; free text goes into documents"
        )
    return Entry(seq, time, writer, draft.kind, draft.ref, draft.key, draft.body, prev, raw, leaf_hash(raw))


def parse(raw: bytes) -> Entry:
    """The entry in ``raw``, if these are exactly the bytes that ``make`` would write.

    Raises TamperedError (ENTRY_MALFORMED) that names the cause: not canonical, unknown version, a field missing.
    """
    try:
        value = _DECODER.decode(raw.decode("utf-8")) if len(raw) <= MAX_ENTRY else None
        if type(value) is not dict or _ENCODER.encode(value).encode("utf-8") != raw:
            raise ValueError("not canonical")
        return _entry(value, raw)
    except (ValueError, KeyError, TypeError, RecursionError, ZhongbaoError) as error:
        cause = str(error)
        raise TamperedError(
            Text(f"条目内容不合规：{cause}", f"malformed entry: {cause}"), reason_code="ENTRY_MALFORMED"
        ) from error


def same_request(entry: Entry, draft: Draft) -> bool:
    """Whether ``entry`` records just what ``draft`` asks for."""
    return (entry.kind, entry.ref) == (draft.kind, draft.ref) and canonical(entry.body) == canonical(draft.body)


def instant(text: str) -> datetime:
    """The instant in an entry's ``time``, which has one spelling (that of ``clock.iso``). Raises ValueError."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is not UTC or text[-1] != "Z" or found.isoformat() != text[:-1] + "+00:00":
        raise ValueError("time is misspelt")
    return found


def _entry(value: dict[str, Any], raw: bytes) -> Entry:
    if tuple(sorted(value)) != FIELDS:
        raise ValueError("fields are not those of an entry")
    if value["v"] != VERSION or type(value["v"]) is not int:
        raise ValueError("unknown entry version")
    seq, prev, body = value["seq"], value["prev"], value["body"]
    texts = [value[name] for name in ("writer", "kind", "ref", "key")]
    if type(seq) is not int or seq < 0 or type(body) is not dict or not all(type(text) is str for text in texts):
        raise ValueError("a field has the wrong type")
    time = instant(value["time"])
    if not _PREV.fullmatch(prev) or not _KIND.fullmatch(texts[1]):
        raise ValueError("kind or prev is misspelt")
    writer, kind, ref, key = texts
    return Entry(seq, time, writer, kind, ref, key, body, prev, raw, leaf_hash(raw))


def _require(draft: Draft, writer: str) -> None:
    if not _KIND.fullmatch(draft.kind):
        raise _refused(f"条目类型 {draft.kind!r} 不合规", f"entry kind {draft.kind!r} is not lower.case words")
    for name, value in (("writer", writer), ("ref", draft.ref), ("key", draft.key)):
        if not _WORD.fullmatch(value):
            raise _refused(f"{name} 过长或含控制字符", f"{name} is over 256 characters or has control characters")
    if not writer or not isinstance(draft.body, dict):
        raise _refused("缺少 writer 或 body", "writer and body are required")


def _refuse_number(text: str) -> Any:
    raise ValueError(f"{text[:20]} is not a number entries may hold")


def _refused(zh: str, en: str) -> InputError:
    return InputError(Text(zh, en), reason_code="ENTRY_INVALID")


_DECODER = json.JSONDecoder(parse_float=_refuse_number, parse_constant=_refuse_number)
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
