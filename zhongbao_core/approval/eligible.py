"""Whether one approval may count at all, before it is asked what it adds up to. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from zhongbao_core.people import Directory
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

ASSURANCES = ("signed", "coded", "attested")
"""From the surest to the least sure."""
SKEW = timedelta(seconds=120)
"""How far a door's clock may be behind the ledger's."""

REASONS: Mapping[str, Text] = {
    "UNKNOWN_PERSON": Text("名单中没有此人或已停用", "not an active person of the directory"),
    "APPLICANT": Text("申请人不能审批", "the applicant does not count"),
    "EXECUTOR": Text("实施人不能审批", "the executor does not count"),
    "VERIFIER": Text("复核人不能审批", "the verifier does not count"),
    "OTHER_STATEMENT": Text("审批的是另一个版本", "it approves another revision"),
    "FUTURE": Text("审批时间晚于现在", "it was received after this instant"),
    "EXPIRED": Text("审批已过期", "the approval has expired"),
    "NOT_DEPUTY": Text("当时没有代理权", "no deputy of that person at that time"),
    "WRONG_RANK": Text("职级与名单不符", "the rank is not the one in the directory"),
    "UNKNOWN_ASSURANCE": Text("未知的审批方式", "an unknown kind of approval"),
    "UNKNOWN_KEY": Text("不是此人的密钥", "not a key of this person"),
    "KEY_NOT_VALID": Text("密钥当时无效或已撤销", "the key was not valid then, or revoked before"),
    "KEY_COMPROMISED": Text("密钥已泄露，签名作废", "the key is compromised; nothing signed by it counts"),
    "NO_WITNESS": Text("代录缺少登记人或见证人", "registered without a registrar or a witness of the directory"),
    "WITNESS_IS_PARTY": Text(
        "登记人、见证人与审批人、申请人、实施人、复核人必须是不同的人",
        "registrar and witness must differ from each other, the approver and the parties of the change",
    ),
    "RANK_TOO_LOW": Text("职级不够", "the rank is too low"),
    "ASSURANCE_TOO_LOW": Text("此处不接受这种审批方式", "this kind of approval is not enough here"),
    "WRONG_ROLE": Text("没有所需角色", "the person does not hold the role"),
    "SAME_PERSON": Text("同一人只计一次", "one person counts once"),
    "SAME_VOICE": Text("本人与代理人只计一票", "principal and deputy are one voice"),
    "WITNESS": Text("登记人或见证人不再计为审批人", "a registrar or witness does not count as approver"),
}
"""Why an approval did not count, by reason code."""


class Approval(NamedTuple):
    """A person's word over a statement, as the ledger recorded it."""

    person: str
    voice: str
    """Whose voice: the person's own id, or the principal's where a deputy speaks."""
    rank: str
    assurance: str
    """``signed``, ``coded`` or ``attested``."""
    key_id: str
    received_at: datetime
    """The ledger's time of the entry."""
    statement_digest: str
    entry: int | None = None
    confirmed: bool | None = None
    """attested: whether the approver has confirmed (补签); None where nothing is to be confirmed."""
    registrar: str = ""
    cosigner: str = ""


class Parties(NamedTuple):
    """The persons of the change itself; none of them approves it. Empty where there is none."""

    applicant: str = ""
    executor: str = ""
    verifier: str = ""


def person_id(directory: Directory, name: str) -> str:
    """The person behind ``name`` (id or account); ``name`` itself where nobody is known by it."""
    owner = directory.owner_of_account(name) if name else None
    return owner.id if owner else name


def refusal(
    approval: Approval,
    directory: Directory,
    parties: Parties,
    at: datetime,
    *,
    statement: str = "",
    life: timedelta | None = None,
) -> str:
    """The reason code for which ``approval`` cannot count at ``at``, or empty. ``parties`` are person ids."""
    person = directory.persons.get(approval.person)
    if person is None or not person.active:
        return "UNKNOWN_PERSON"
    if statement and approval.statement_digest != statement:
        return "OTHER_STATEMENT"
    if approval.received_at > at + SKEW:
        return "FUTURE"
    if life is not None and at >= approval.received_at + life:
        return "EXPIRED"
    return _party(approval, parties) or _voice(approval, directory) or _assurance(approval, directory, parties)


def _party(approval: Approval, parties: Parties) -> str:
    for code, party in zip(("APPLICANT", "EXECUTOR", "VERIFIER"), parties, strict=True):
        if party and party in (approval.person, approval.voice):
            return code
    return ""


def _voice(approval: Approval, directory: Directory) -> str:
    acting = directory.acting_ranks(approval.person, approval.received_at)
    if approval.voice not in [voice for _, voice in acting]:
        return "NOT_DEPUTY"
    return "" if (approval.rank, approval.voice) in acting else "WRONG_RANK"


def _assurance(approval: Approval, directory: Directory, parties: Parties) -> str:
    if approval.assurance == "signed":
        return _key(approval, directory)
    if approval.assurance == "attested":
        return _witnesses(approval, directory, parties)
    return "" if approval.assurance == "coded" else "UNKNOWN_ASSURANCE"


def _key(approval: Approval, directory: Directory) -> str:
    key = next((key for key in directory.persons[approval.person].keys if key.id == approval.key_id), None)
    if key is None:
        return "UNKNOWN_KEY"
    if key.compromised:
        return "KEY_COMPROMISED"
    return "" if key.good_at(approval.received_at) else "KEY_NOT_VALID"


def _witnesses(approval: Approval, directory: Directory, parties: Parties) -> str:
    both = (approval.registrar, approval.cosigner)
    persons = [directory.persons.get(name) for name in both]
    if not all(person is not None and person.active for person in persons):
        return "NO_WITNESS"
    others = {approval.person, approval.voice, *parties} - {""}
    return "WITNESS_IS_PARTY" if both[0] == both[1] or others & set(both) else ""
