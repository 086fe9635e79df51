"""Attested approvals (代录): somebody registers that an approver said yes by phone, OA or paper; a second person witnesses.

Registrar and witness each sign the attestation text (SSHSIG namespace ``attest@zhongbao``). The approver confirms
(补签) within 24 hours by signing the statement itself for ``confirm@zhongbao``; until then it shows as open, after
that as overdue.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from zhongbao_core.approval.subject import NAMESPACES
from zhongbao_core.canonical import canonical, strict_json
from zhongbao_core.clock import iso, parse_instant
from zhongbao_core.errors import InputError, ZhongbaoError
from zhongbao_core.people import Directory, PublicKey
from zhongbao_core.text import Text, plain

FORMAT = "zhongbao-attestation/1"
CHANNELS: Mapping[str, Text] = {
    "phone": Text("电话", "telephone"),
    "oa": Text("OA 流程", "office workflow"),
    "paper": Text("纸质", "paper"),
}
"""How the word was given, id to name."""
CONFIRM_WITHIN = timedelta(hours=24)
REGISTER_WITHIN = timedelta(hours=24)
"""A word older than this is asked for again, not registered."""
SKEW = timedelta(seconds=120)
MAX_BYTES = 16 * 1024
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_MASKED = re.compile(r"\*{3,}\d{0,4}")


class AttestationError(InputError):
    """An attestation that cannot be registered; the message names everything that is wrong."""

    reason_code = "ATTESTATION_INVALID"


@dataclass(frozen=True, slots=True)
class Attestation:
    """Who said yes to which statement, when, by which channel, and who registered and witnessed it."""

    statement: str
    """Digest of the statement that was read to or seen by the person."""
    person: str
    voice: str
    rank: str
    registrar: str
    cosigner: str
    channel: str
    said_at: datetime
    call_back: str = ""
    """phone: the number that was called back, masked (``*******1234``)."""
    oa_number: str = ""
    """oa: number of the workflow sheet."""
    evidence: str = ""
    """Digest of the screenshot, recording or scan. paper: required."""

    def confirm_by(self, received_at: datetime) -> datetime:
        """Until when the person confirms, counted from the ledger's time of the record."""
        return received_at + CONFIRM_WITHIN


def problems(item: Attestation, directory: Directory, at: datetime) -> tuple[Text, ...]:
    """Everything that keeps ``item`` from being registered at ``at``; empty where nothing does."""
    return (*_person_problems(item, directory), *_channel_problems(item), *_time_problems(item, at))


def require(item: Attestation, directory: Directory, at: datetime) -> None:
    """Nothing where ``item`` may be registered. Raises AttestationError that names every problem."""
    found = problems(item, directory, at)
    if found:
        raise AttestationError(
            Text("代录不能登记：" + "；".join(text.zh for text in found), "; ".join(text.en for text in found)),
            Text("更正后由登记人和见证人重新签名", "correct it, then registrar and witness sign again"),
        )


def attestation_text(item: Attestation) -> bytes:
    """The exact bytes registrar and witness sign: canonical JSON, one line, no newline at the end."""
    return canonical(
        {
            "format": FORMAT,
            "statement": item.statement,
            "person": item.person,
            "voice": item.voice,
            "rank": item.rank,
            "registrar": item.registrar,
            "cosigner": item.cosigner,
            "channel": item.channel,
            "said_at": iso(item.said_at),
            "call_back": item.call_back,
            "oa_number": plain(item.oa_number),
            "evidence": item.evidence,
        }
    )


def parse(data: bytes) -> Attestation:
    """The attestation in ``data``. Raises AttestationError where ``attestation_text`` would not write these bytes."""
    try:
        value: dict[str, Any] = strict_json(data, what="attestation", limit=MAX_BYTES)
        fields = {key: item for key, item in value.items() if key not in ("format", "said_at")}
        if not all(isinstance(item, str) for item in fields.values()):
            raise TypeError("a field is not text")
        found = Attestation(**fields, said_at=parse_instant(value["said_at"]))
        same = attestation_text(found) == data
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError, ZhongbaoError) as error:
        raise _unreadable(f"{type(error).__name__}: {error}") from error
    if not same:
        raise _unreadable("not in canonical form")
    return found


def verify_witnesses(
    item: Attestation, registrar_signature: bytes, cosigner_signature: bytes, directory: Directory, at: datetime
) -> tuple[PublicKey, PublicKey]:
    """The keys with which registrar and witness signed ``item``, both good ``at``.

    Raises AttestationError where a signature is by no good key of that person, SignatureError where it does not hold.
    """
    text = attestation_text(item)
    pairs = ((item.registrar, registrar_signature), (item.cosigner, cosigner_signature))
    first, second = (_signer(text, person, armor, directory, at) for person, armor in pairs)
    return first, second


def _signer(text: bytes, person: str, armor: bytes, directory: Directory, at: datetime) -> PublicKey:
    from zhongbao_core.approval.keys import PublicKeyLine
    from zhongbao_core.approval.sshsig import key_of, verify

    blob = key_of(armor).blob
    known = directory.persons.get(person)
    for key in known.keys if known and known.active else ():
        if key.good_at(at) and PublicKeyLine.parse(key.line).blob == blob:
            verify(armor, text, key.line, NAMESPACES["attest"])
            return key
    who = plain(person[:60])
    raise AttestationError(
        Text(f"签名不是 {who} 的有效密钥所签", f"not signed with a good key of {who}"),
        reason_code="ATTESTATION_SIGNER",
    )


def _person_problems(item: Attestation, directory: Directory) -> list[Text]:
    found = []
    for name in dict.fromkeys((item.person, item.registrar, item.cosigner)):
        person = directory.persons.get(name)
        if person is None or not person.active:
            who = plain(name[:60])
            found.append(Text(f"名单中没有 {who!r}", f"{who!r} is not in the directory"))
    if len({item.person, item.registrar, item.cosigner}) < 3 or item.voice in (item.registrar, item.cosigner):
        found.append(
            Text("审批人、登记人、见证人必须是三个人", "approver, registrar and witness must be three persons")
        )
    if (item.rank, item.voice) not in directory.acting_ranks(item.person, item.said_at):
        found.append(Text("当时无此职级或代理权", "no such rank or delegation at that time"))
    return found


def _channel_problems(item: Attestation) -> list[Text]:
    found = []
    if item.channel not in CHANNELS:
        found.append(Text("渠道只能是电话、OA、纸质", "the channel is phone, oa or paper"))
    if item.channel == "phone" and not _MASKED.fullmatch(item.call_back):
        found.append(
            Text("电话代录需要回拨号码（只留末四位）", "by phone: the call-back number, masked but its last four")
        )
    if item.channel == "oa" and not item.oa_number.strip():
        found.append(Text("OA 代录需要流程编号", "by OA: the number of the workflow sheet"))
    if item.channel == "paper" and not item.evidence:
        found.append(Text("纸质代录需要扫描件摘要", "on paper: the digest of the scan"))
    if item.evidence and not _DIGEST.fullmatch(item.evidence):
        found.append(Text("证据摘要格式应为 sha256:…", "the evidence digest is sha256:..."))
    if not _DIGEST.fullmatch(item.statement):
        found.append(Text("缺少审批文本摘要", "the digest of the statement is missing"))
    if len(item.oa_number) > 80:
        found.append(Text("OA 编号过长", "the OA number is too long"))
    return found


def _time_problems(item: Attestation, at: datetime) -> list[Text]:
    if item.said_at > at + SKEW:
        return [Text("审批时间晚于现在", "it was said after this instant")]
    if item.said_at < at - REGISTER_WITHIN:
        return [Text("口头审批已超过 24 小时，请重新请示", "it was said over 24 hours ago: ask again")]
    return []


def _unreadable(cause: str) -> AttestationError:
    shown = plain(cause[:300])
    return AttestationError(Text(f"代录文本无效：{shown}", f"not a valid attestation: {shown}"))
