"""The statement (``statement.json``): one text for all approvers, the exact bytes a signature or a code stands for.

Format ``zhongbao-statement/1``: canonical JSON in one line, no newline at the end, no BOM, no control character, so
that every tool that signs files signs the same bytes. The digest of the whole text names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zhongbao_core.approval.subject import NAMESPACES, Subject
from zhongbao_core.canonical import canonical, cause_of, digest, strict_json
from zhongbao_core.errors import InputError, ZhongbaoError
from zhongbao_core.text import Text, plain

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

FORMAT = "zhongbao-statement/1"
MAX_BYTES = 256 * 1024
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U."""


class StatementError(InputError):
    """Bytes that are not a statement of this format."""

    reason_code = "STATEMENT_INVALID"


class Statement(NamedTuple):
    """A parsed statement; ``raw`` are its bytes and ``digest`` is theirs."""

    subject: Subject
    purpose: str
    """What the signature says: ``approve``, ``confirm``, ... (a key of ``subject.NAMESPACES``)."""
    title: str
    lines: tuple[tuple[str, str], ...]
    """What the approver reads, in order of key."""
    manifest: str
    level: str
    label: str
    raw: bytes
    digest: str

    @property
    def namespace(self) -> str:
        """The SSHSIG namespace of its purpose."""
        return NAMESPACES[self.purpose]


def build(
    subject: Subject,
    *,
    purpose: str,
    title: str,
    lines: Mapping[str, str],
    manifest: str,
    level: str,
    label: str,
) -> bytes:
    """The statement's bytes. ``lines`` are shown to the approver: ASCII key, text.

    Control, direction and invisible characters in what is shown become visible as ``\\uXXXX``, so that nobody signs
    what an invisible character made look different. Raises StatementError for a purpose without namespace, keys
    outside ASCII and texts over 256 KiB.
    """
    body = {
        "format": FORMAT,
        "purpose": purpose,
        "subject": subject.as_json(),
        "title": plain(title, newlines=True),
        "lines": {key: plain(value, newlines=True) for key, value in lines.items()},
        "manifest": manifest,
        "level": level,
        "label": plain(label),
    }
    if purpose not in NAMESPACES:
        raise _bad(Text(f"未知用途 {purpose!r}", f"unknown purpose {purpose!r}"))
    try:
        data = canonical(body)
    except ValueError as error:
        raise _bad(cause_of(error)) from error
    if len(data) > MAX_BYTES:
        raise _bad(Text(f"{len(data)} 字节，上限 {MAX_BYTES}", f"{len(data)} bytes, limit {MAX_BYTES}"))
    return data


def parse(data: bytes) -> Statement:
    """The statement in ``data``. Raises StatementError where ``build`` would not have written exactly these bytes."""
    try:
        body: dict[str, Any] = strict_json(data, what="statement", limit=MAX_BYTES)
        statement = _read(body, data)
        again = build(
            statement.subject,
            purpose=statement.purpose,
            title=statement.title,
            lines=dict(statement.lines),
            manifest=statement.manifest,
            level=statement.level,
            label=statement.label,
        )
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError, ZhongbaoError) as error:
        raise _bad(_why(error)) from error
    if again != data:
        raise _bad(Text("不是规范形式，或含未知字段", "not in canonical form, or with fields nobody knows"))
    return statement


def read_back_code(data: bytes) -> str:
    """Eight characters ``XXXX-XXXX`` that name these bytes over the phone: the first 40 bits of their SHA-256.

    A one-time code is spent on one statement's read-back code; the store binds the full digest.
    """
    value = int(digest(data)[7:17], 16)
    letters = "".join(ALPHABET[value >> shift & 31] for shift in range(35, -1, -5))
    return f"{letters[:4]}-{letters[4:]}"


def _read(body: dict[str, Any], data: bytes) -> Statement:
    return Statement(
        subject=Subject.from_json(body["subject"]),
        purpose=_text(body["purpose"]),
        title=_text(body["title"]),
        lines=tuple(sorted((key, _text(value)) for key, value in body["lines"].items())),
        manifest=_text(body["manifest"]),
        level=_text(body["level"]),
        label=_text(body["label"]),
        raw=data,
        digest=digest(data),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of text")
    return value


def _why(error: Exception) -> Text:
    """What is wrong with the bytes, in words: the name of a Python class helps nobody."""
    if isinstance(error, StatementError) or not isinstance(error, KeyError | TypeError | AttributeError):
        return cause_of(error)
    if isinstance(error, KeyError):
        return Text(f"缺少字段 {error}", f"the field {error} is missing")
    return Text("某个字段的内容不是所要的类型", "a field holds something of the wrong type")


def _bad(cause: Text) -> StatementError:
    shown = Text(plain(cause.zh[:300]), plain(cause.en[:300]))
    return StatementError(
        Text(f"审批文本无效：{shown.zh}", f"not a valid statement: {shown.en}"),
        Text("重新取得 statement.json，不要编辑它", "fetch statement.json again and do not edit it"),
        cause=shown,
    )
