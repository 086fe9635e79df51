"""The desk of emergency notices: the duty rung lets one out by signature, somebody else reviews it the next day."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from content_audit.audit.registers import Account, Registers, Template
from content_audit.release.content import Content
from content_audit.release.emergency import ISSUED, REVIEWED, Filled, document, review_due
from content_audit.release.late import late_hours, late_text
from zhongbao_core.approval.subject import NAMESPACES
from zhongbao_core.canonical import digest
from zhongbao_core.clock import iso, parse_instant
from zhongbao_core.desk.base import Desk, require_role, signer
from zhongbao_core.desk.rules import no
from zhongbao_core.desk.state import EntryLike
from zhongbao_core.people import Directory
from zhongbao_core.text import Text

DUTY = frozenset({"duty", "approver"})


class Signs(NamedTuple):
    """Signs bytes for the purpose ``approve`` with one private key."""

    key: str

    def __call__(self, data: bytes) -> bytes:
        """The signature over ``data``."""
        from zhongbao_core.approval.sshsig import sign

        return sign(self.key, data, NAMESPACES["approve"]).encode("ascii")


class Notice(NamedTuple):
    """An emergency notice as the ledger knows it."""

    id: str
    account: str
    template: str
    person: str
    at: datetime
    due: datetime
    reviewed_by: str = ""

    def overdue(self, at: datetime) -> bool:
        """Whether its review is late."""
        return not self.reviewed_by and at >= self.due

    def late_hours(self, at: datetime) -> int:
        """Whole hours from the deadline to ``at``."""
        return late_hours(self.due, at)

    def late_text(self, at: datetime) -> Text:
        """How long its review has been overdue, in words."""
        return late_text(self.late_hours(at))


def usable(registers: Registers, template: str, account: str, at: datetime) -> tuple[Template, Account]:
    """The template and account, if the one may be used on the other at ``at``. Raises RefusedError TEMPLATE_UNFIT."""
    rows = registers.at(at)
    found = next((item for item in rows.templates if item.id == template), None)
    where = rows.account(account)
    if found is None or where is None:
        raise no(
            "TEMPLATE_UNFIT",
            f"没有有效的模板 {template} 或账号 {account}",
            f"no template {template} or account {account} in force",
        )
    if (found.accounts and where.id not in found.accounts) or (found.channels and where.channel not in found.channels):
        raise no("TEMPLATE_UNFIT", f"模板 {template} 不用于 {where.id}", f"template {template} is not for {where.id}")
    return found, where


def issue(desk: Desk, filled: Filled, account: Account, content: Content, sign: Signs, at: datetime) -> Notice:
    """Let the notice out: signed by a person on duty of at least the account's duty rung.

    ``sign`` signs the bytes it is given with a key. Raises RefusedError KEY_UNKNOWN, ROLE_MISSING, RUNG_TOO_LOW.
    """
    nonce = secrets.token_hex(16)
    data = document(filled, account, content.as_json(), at, nonce)
    armor = sign(data)
    person, key = signer(desk, armor, at)
    desk.signatures.verify(armor, data, key.line, NAMESPACES["approve"])
    require_role(desk.policy, person.id, DUTY, Text("紧急发布", "let an emergency notice out"))
    if not _high_enough(desk.policy.directory, person.rank, account.duty_rung):
        raise no(
            "RUNG_TOO_LOW", f"{person.id} 低于值班级别 {account.duty_rung}", f"{person.id} is below {account.duty_rung}"
        )
    due = review_due(at, desk.policy.zone)
    with desk.journal.transaction(at) as tx:
        name = f"EMERGENCY-{sum(1 for _ in tx.entries(kinds=(ISSUED,))) + 1:04d}"
        body: dict[str, Any] = {
            "document": tx.put_document(data),
            "template": filled.template,
            "account": account.id,
            "text": content.text_digest,
            "content": content.digest(),
            "person": person.id,
            "key_id": key.id,
            "signature": tx.put_document(armor),
            "due": iso(due),
            "manifest": desk.policy.manifest,
        }
        tx.append(ISSUED, name, body, f"nonce:{nonce}")
    return Notice(name, account.id, filled.template, person.id, at, due)


def review(desk: Desk, name: str, armor: bytes, registers: Registers, at: datetime) -> Notice:
    """Record the review of a notice: its document signed for the purpose ``confirm`` by another person, rank enough.

    Raises RefusedError NOTICE_UNKNOWN, SAME_PERSON, RUNG_TOO_LOW.
    """
    notice = next((item for item in notices(desk.journal.entries(kinds=(ISSUED, REVIEWED))) if item.id == name), None)
    if notice is None or notice.reviewed_by:
        raise no("NOTICE_UNKNOWN", f"{name} 不存在或已复核", f"{name} is unknown, or reviewed")
    data = document_bytes(desk, name)
    person, key = signer(desk, armor, at)
    desk.signatures.verify(armor, data, key.line, NAMESPACES["confirm"])
    if person.id == notice.person:
        raise no("SAME_PERSON", "签发人不能复核自己", "whoever let it out does not review it")
    account = registers.account(notice.account)
    if account is None or not _high_enough(desk.policy.directory, person.rank, account.rung):
        raise no("RUNG_TOO_LOW", f"{person.id} 低于审核级别", f"{person.id} is below the account's rung")
    with desk.journal.transaction(at) as tx:
        body = {"person": person.id, "key_id": key.id, "signature": tx.put_document(armor), "document": digest(data)}
        tx.append(REVIEWED, name, body, f"reviewed:{name}")
    return notice._replace(reviewed_by=person.id)


def document_bytes(desk: Desk, name: str) -> bytes:
    """The signed text of a notice. Raises RefusedError NOTICE_UNKNOWN."""
    entry = next(iter(desk.journal.entries(kinds=(ISSUED,), ref=name)), None)
    if entry is None:
        raise no("NOTICE_UNKNOWN", f"没有紧急发布 {name}", f"there is no notice {name}")
    return desk.document(str(entry.body["document"]), Text("紧急发布", "the notice"))


def notices(entries: Iterable[EntryLike]) -> tuple[Notice, ...]:
    """Every notice, in order."""
    found: dict[str, Notice] = {}
    for entry in entries:
        body = entry.body
        if entry.kind == ISSUED:
            due = parse_instant(body["due"])
            found[entry.ref] = Notice(entry.ref, body["account"], body["template"], body["person"], entry.time, due)
        elif entry.ref in found:
            found[entry.ref] = found[entry.ref]._replace(reviewed_by=body["person"])
    return tuple(found.values())


def _high_enough(directory: Directory, rank: str, least: str) -> bool:
    return least in directory.ranks and directory.rank_order(rank) >= directory.rank_order(least)
