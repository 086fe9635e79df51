"""The permit (放行单) as a file, format ``zhongbao-permit/1``: written once, read strictly. Nothing is verified here.

Both layers are canonical JSON without a newline at the end: for one permit there is one sequence of bytes, so that a
changed byte is a changed permit. ``docs/approvals.md`` describes every field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from zhongbao_core.approval.statement import Statement
from zhongbao_core.approval.statement import parse as parse_statement
from zhongbao_core.approval.subject import Subject
from zhongbao_core.canonical import canonical, cause_of, digest, strict_json
from zhongbao_core.clock import iso, parse_instant
from zhongbao_core.errors import TamperedError, ZhongbaoError
from zhongbao_core.text import Text, plain

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

FORMAT = "zhongbao-permit/1"
KINDS = ("change", "breakglass", "standard")
MAX_BYTES = 2 * 1024 * 1024
MAX_APPROVALS = 64
MAX_PROOFS = 160
MAX_USES = 1000
_OPTIONAL = ("signature", "registrar", "cosigner", "channel")


class PermitError(TamperedError):
    """A permit that opens nothing. ``reason_code``: PERMIT_MALFORMED, PERMIT_FORGED, PERMIT_NOT_YET."""

    reason_code = "PERMIT_FORGED"


class PermitApproval(NamedTuple):
    """One approval as the permit carries it; the ledger entry ``entry`` must say the same."""

    person: str
    voice: str
    rank: str
    assurance: str
    key_id: str
    received_at: datetime
    entry: int
    signature: str = ""
    """The armored SSH signature of a signed approval."""
    registrar: str = ""
    cosigner: str = ""
    channel: str = ""

    def as_json(self) -> dict[str, Any]:
        """The approval as it stands in the permit: the last four fields only where they are filled."""
        value = {**self._asdict(), "received_at": iso(self.received_at)}
        return {key: item for key, item in value.items() if item or key not in _OPTIONAL}


class Proof(NamedTuple):
    """A ledger entry and the way from it to the root of the checkpoint's tree."""

    entry: bytes
    """The entry's raw bytes."""
    index: int  # type: ignore[assignment]  # shadows tuple.index, which nobody asks of a proof
    path: tuple[bytes, ...]


class Permit(NamedTuple):
    """A parsed permit. Its words count only after ``verify_evidence``."""

    id: str
    kind: str
    statement: Statement
    request_text: str
    """Canonical JSON of what was approved; its digest is the subject's."""
    approvals: tuple[PermitApproval, ...]
    level: str
    rung: str
    issued_at: datetime
    not_before: datetime
    expires_at: datetime
    uses: int
    manifest: str
    rehearsal: bool
    text: bytes
    """The permit's own bytes; ``digest`` is theirs and stands in the ledger."""
    digest: str
    proofs: tuple[Proof, ...] = ()
    checkpoint: str = ""

    @property
    def subject(self) -> Subject:
        """What is let through."""
        return self.statement.subject

    @property
    def request(self) -> dict[str, Any]:
        """The approved content as JSON."""
        value: dict[str, Any] = strict_json(self.request_text.encode("utf-8"), what="request")
        return value


def build_permit(
    *,
    id: str,
    kind: str,
    statement: bytes,
    request: bytes,
    approvals: Sequence[PermitApproval],
    level: str,
    rung: str,
    issued_at: datetime,
    not_before: datetime,
    expires_at: datetime,
    manifest: str,
    rehearsal: bool = False,
    uses: int = 1,
) -> bytes:
    """The permit's text: what ``permit.issued`` in the ledger names by digest.

    Raises PermitError PERMIT_MALFORMED where the parts do not belong together: the request is not the one the
    statement's subject names, the life is empty, the kind unknown.
    """
    body = {
        "format": FORMAT,
        "id": id,
        "kind": kind,
        "statement": statement.decode("utf-8"),
        "request": request.decode("utf-8"),
        "approvals": [item.as_json() for item in approvals],
        "level": level,
        "rung": rung,
        "issued_at": iso(issued_at),
        "not_before": iso(not_before),
        "expires_at": iso(expires_at),
        "uses": uses,
        "manifest": manifest,
        "rehearsal": rehearsal,
    }
    text = canonical(body)
    parse_text(text)
    return text


def bundle(permit_text: bytes, proofs: Sequence[Proof], checkpoint: str) -> bytes:
    """The permit file: text, inclusion proofs of its entries, and the signed checkpoint they lead to."""
    value = {
        "permit": permit_text.decode("utf-8"),
        "proofs": [
            {"entry": item.entry.decode("utf-8"), "index": item.index, "path": [part.hex() for part in item.path]}
            for item in proofs
        ],
        "checkpoint": checkpoint,
    }
    return canonical(value)


def parse(data: bytes) -> Permit:
    """The permit in the file ``data``. Raises PermitError PERMIT_MALFORMED for anything ``bundle`` does not write."""
    value = _mapping(_strict(data, "permit file"), ("permit", "proofs", "checkpoint"))
    text = _text(value["permit"], "permit").encode("utf-8", "surrogatepass")
    proofs = tuple(_proof(item) for item in _list(value["proofs"], "proofs", MAX_PROOFS))
    return parse_text(text)._replace(proofs=proofs, checkpoint=_text(value["checkpoint"], "checkpoint"))


def parse_text(text: bytes) -> Permit:
    """The permit in its own bytes, without proofs. Raises PermitError PERMIT_MALFORMED."""
    value = _mapping(_strict(text, "permit"), _FIELDS)
    if value["format"] != FORMAT or value["kind"] not in KINDS:
        raise malformed("格式或种类未知", "unknown format or kind")
    permit = Permit(
        id=_text(value["id"], "id"),
        kind=value["kind"],
        statement=_statement(value["statement"]),
        request_text=_text(value["request"], "request"),
        approvals=tuple(_approval(item) for item in _list(value["approvals"], "approvals", MAX_APPROVALS)),
        level=_text(value["level"], "level"),
        rung=_text(value["rung"], "rung"),
        issued_at=_instant(value["issued_at"]),
        not_before=_instant(value["not_before"]),
        expires_at=_instant(value["expires_at"]),
        uses=_whole(value["uses"], "uses"),
        manifest=_text(value["manifest"], "manifest"),
        rehearsal=_bool(value["rehearsal"]),
        text=text,
        digest=digest(text),
    )
    _check_parts(permit)
    return permit


_FIELDS = (
    *("format", "id", "kind", "statement", "request", "approvals", "level", "rung", "issued_at"),
    *("not_before", "expires_at", "uses", "manifest", "rehearsal"),
)
_APPROVAL_FIELDS = PermitApproval._fields[:7]


_NAMES = {"permit file": "文件", "permit": "正文", "request": "变更申请"}


def malformed(zh: str, en: str) -> PermitError:
    """The refusal of something that is not a permit at all, and why, in both languages."""
    return PermitError(
        Text(f"放行单无法读取：{plain(zh[:300])}", f"the permit cannot be read: {plain(en[:300])}"),
        Text("重新导出放行单，不要编辑它", "export the permit again and do not edit it"),
        reason_code="PERMIT_MALFORMED",
    )


def _check_parts(permit: Permit) -> None:
    request = permit.request_text.encode("utf-8", "surrogatepass")
    _strict(request, "request")
    if permit.statement.purpose != "approve":
        raise malformed("其中的陈述不是供审批的", "its statement is not one to be approved")
    if permit.subject.digest != digest(request):
        raise malformed("所附变更申请不是标的所指的那一份", "the request is not the one its subject names")
    if not permit.issued_at <= permit.expires_at or not permit.not_before < permit.expires_at:
        raise malformed("有效期为空", "its life is empty")
    if not 1 <= permit.uses <= MAX_USES or not permit.id:
        raise malformed("次数或单号超出范围", "uses or id out of range")


def _strict(data: bytes, what: str) -> Any:
    """The JSON in ``data``, which must be canonical."""
    try:
        value = strict_json(data, what=what, limit=MAX_BYTES)
        same = canonical(value) == data
    except (ValueError, ZhongbaoError) as error:
        why = cause_of(error)
        raise malformed(f"{_NAMES[what]}：{why.zh}", f"{what}: {why.en}") from error
    if not same:
        raise malformed(f"{_NAMES[what]}不是规范形式", f"{what} is not in canonical form")
    return value


def _statement(value: object) -> Statement:
    try:
        return parse_statement(_text(value, "statement").encode("utf-8", "surrogatepass"))
    except PermitError:
        raise
    except ZhongbaoError as error:
        why = cause_of(error)
        raise malformed(why.zh, why.en) from error


def _approval(value: object) -> PermitApproval:
    if not isinstance(value, dict):
        raise malformed("某条审批不是对象", "an approval is not an object")
    found = _mapping(value, (*_APPROVAL_FIELDS, *(key for key in _OPTIONAL if key in value)))
    texts = {key: _text(item, key) for key, item in found.items() if key not in ("received_at", "entry")}
    if not all(texts[key] for key in _OPTIONAL if key in texts):
        raise malformed("某条审批的可选字段为空", "an optional field of an approval is empty")
    return PermitApproval(**texts, received_at=_instant(found["received_at"]), entry=_whole(found["entry"], "entry"))


def _proof(value: object) -> Proof:
    found = _mapping(value, ("entry", "index", "path"))
    path = tuple(_hash(part) for part in _list(found["path"], "path", 64))
    entry = _text(found["entry"], "entry").encode("utf-8", "surrogatepass")
    return Proof(entry, _whole(found["index"], "index"), path)


def _hash(value: object) -> bytes:
    text = _text(value, "path")
    try:
        data = bytes.fromhex(text)
    except ValueError as error:
        raise malformed("某个哈希不是十六进制", "a hash is not hexadecimal") from error
    if len(data) != 32 or data.hex() != text:
        raise malformed("某个哈希不是 64 位小写十六进制", "a hash is not 64 lower-case hexadecimal digits")
    return data


def _mapping(value: object, fields: Sequence[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict) or set(value) != set(fields):
        names = ", ".join(fields)
        raise malformed(f"应为含这些字段的对象：{names}", f"expected an object with the fields {names}")
    return value


def _list(value: object, what: str, limit: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > limit:
        raise malformed(f"{what} 不是至多 {limit} 项的列表", f"{what} is not a list of at most {limit}")
    return value


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise malformed(f"{what} 不是文本", f"{what} is not text")
    return value


def _whole(value: object, what: str) -> int:
    if type(value) is not int or value < 0:
        raise malformed(f"{what} 不是自然数", f"{what} is not a whole number")
    return value


def _bool(value: object) -> bool:
    if not isinstance(value, bool):
        raise malformed("rehearsal 不是 true 或 false", "rehearsal is neither true nor false")
    return value


def _instant(value: object) -> datetime:
    try:
        found = parse_instant(_text(value, "time"))
        same = iso(found) == value
    except ZhongbaoError as error:
        raise malformed(error.message.zh, error.message.en) from error
    if not same:
        raise malformed("某个时间不是以 Z 结尾的 UTC 时间", "a time is not in UTC with Z")
    return found
