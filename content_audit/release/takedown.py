"""Takedowns (下线) in the ledger: listed with a deadline, confirmed with proof, escalated where overdue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from content_audit.audit.registers import Registers
from content_audit.model import Post, Source, Unread, Why
from content_audit.release.content import content_of, link_name
from content_audit.release.kept import Kept
from content_audit.release.late import late_hours, late_text
from content_audit.release.rungs import rungs_of
from content_audit.release.sweep import Swept
from zhongbao_core.approval.subject import NAMESPACES
from zhongbao_core.canonical import canonical, digest, strict_json
from zhongbao_core.clock import iso, parse_instant
from zhongbao_core.desk.base import Desk, signer
from zhongbao_core.desk.rules import no
from zhongbao_core.desk.state import EntryLike
from zhongbao_core.errors import CannotTellError
from zhongbao_core.people import Directory
from zhongbao_core.text import Text

LISTED, CONFIRMED, ESCALATED = "takedown.listed", "takedown.confirmed", "takedown.escalated"
KINDS = (LISTED, CONFIRMED, ESCALATED)
DETAIL = Text("下线事项", "the takedown")
MAX_PROOF = 8 * 1024 * 1024
"""Bytes of a proof: it is kept in the ledger."""
GAVE_UP = frozenset({Why.TOO_BIG, Why.TOO_DEEP, Why.TOO_MANY, Why.TOO_SLOW, Why.CRASHED, Why.UNSAFE_PATH})
"""Why nobody knows what a proof shows. A proof that is no page is a record like any other: somebody signs it."""


class Takedown(NamedTuple):
    """A post that must come down, as the ledger knows it."""

    id: str
    account: str
    channel: str
    severity: str
    owner: str
    due: datetime
    listed_at: datetime
    document: str
    copies: tuple[str, ...] = ()
    confirmed_at: datetime | None = None
    confirmed_by: str = ""
    proof: str = ""
    escalated_to: str = ""

    @property
    def open(self) -> bool:
        """Whether it is still up as far as anybody has shown."""
        return self.confirmed_at is None

    def overdue(self, at: datetime) -> bool:
        """Whether it should be down by now."""
        return self.open and at >= self.due

    def late_hours(self, at: datetime) -> int:
        """Whole hours from the deadline to ``at``, or to when it was confirmed down; 0 where it was in time."""
        return late_hours(self.due, self.confirmed_at or at)

    def late_text(self, at: datetime) -> Text:
        """How long it has been overdue, in words."""
        return late_text(self.late_hours(at))


def list_down(desk: Desk, posts: Sequence[Swept], read: Callable[[int], Kept], at: datetime) -> list[Takedown]:
    """Record every post of ``posts`` that is not listed yet; its first deadline stands however often it is swept.

    ``read`` gives what was kept of a post at its place.
    """
    with desk.journal.transaction(at) as tx:
        known = {item.id for item in takedowns(tx.entries(kinds=KINDS)) if item.open}
        for item in posts:
            if item.id not in known:
                tx.append(LISTED, item.id, _body(item, at, tx.put_document(_detail(read(item.place)))))
        found = {item.id: item for item in takedowns(tx.entries(kinds=KINDS))}
    return [found[item.id] for item in posts]


def read_proof(path: Path) -> tuple[bytes, list[Post]]:
    """The bytes of a proof and the pages in it. Raises CannotTellError PROOF_UNREAD where a page was not read to its end."""
    from content_audit.readers.files import bounded
    from content_audit.readers.limits import NotReadError
    from content_audit.readers.workers import Workers

    try:
        data = bounded(path, MAX_PROOF)
    except NotReadError as error:
        raise _unread(path, error.why.text) from error
    except OSError as error:
        why = error.strerror or str(error)
        raise _unread(path, Text(why, why)) from error
    with Workers() as workers:
        found = list(workers.read_bytes(data, Source(str(path))))
    lost = next((item for item in found if isinstance(item, Unread) and item.why in GAVE_UP), None)
    if lost is not None:
        raise _unread(path, lost.why.text)
    return data, [item for item in found if isinstance(item, Post)]


def _unread(path: Path, why: Text) -> CannotTellError:
    return CannotTellError(
        Text(f"证明 {path} 读不了：{why.zh}", f"the proof {path} cannot be read: {why.en}"),
        Text("重新导出，或改用截图并用 --key 签名", "export it again, or take a screenshot and sign with --key"),
        reason_code="PROOF_UNREAD",
    )


def confirm(desk: Desk, name: str, data: bytes, pages: Sequence[Post], armor: bytes | None, at: datetime) -> Takedown:
    """Record that a listed post is down. ``data`` is the proof, ``pages`` what was read in it.

    A page that reads as removed and is that very post is proof alone; anything else needs a person's signature over
    ``statement_text``. A proof that still shows the post is refused whoever signs it. Raises RefusedError
    TAKEDOWN_UNKNOWN, PROOF_NOT_REMOVED, PROOF_UNSIGNED.
    """
    item = next((one for one in takedowns(desk.journal.entries(kinds=KINDS)) if one.id == name), None)
    if item is None or not item.open:
        raise no("TAKEDOWN_UNKNOWN", f"{name} 不在清单或已确认", f"{name} is not listed, or confirmed already")
    detail = detail_of(desk, item)
    if any(not page.removed and shows(page, detail) for page in pages):
        raise no("PROOF_NOT_REMOVED", "证明页面上仍能看到该内容", "the page still shows the content")
    alone = any(page.removed and is_page(page, detail) for page in pages)
    if not alone and armor is None:
        raise no(
            "PROOF_UNSIGNED",
            "该文件本身不能证明已下线，请用 --key 签名确认",
            "the file alone does not show that it is down: sign with --key",
        )
    person, key_id = _who(desk, name, data, armor, at) if armor is not None else ("", "")
    with desk.journal.transaction(at) as tx:
        body: dict[str, Any] = {
            "proof": tx.put_document(data),
            "how": "removed_page" if alone else "statement",
            "person": person,
            "key_id": key_id,
            "signature": tx.put_document(armor) if armor is not None else "",
        }
        tx.append(CONFIRMED, name, body)
    return next(one for one in takedowns(desk.journal.entries(kinds=KINDS)) if one.id == name)


def statement_text(name: str, data: bytes) -> bytes:
    """What a person signs who says that a post is down: its id and the digest of the proof."""
    return canonical({"format": "zhongbao-takedown/1", "id": name, "proof": digest(data)})


def escalate(desk: Desk, registers: Registers, at: datetime) -> list[Takedown]:
    """Record, once each, that an overdue takedown goes to the rung above its owner's; those newly escalated."""
    done: list[Takedown] = []
    with desk.journal.transaction(at) as tx:
        for item in takedowns(tx.entries(kinds=KINDS)):
            if item.overdue(at) and not item.escalated_to:
                rank = rung_above(item, registers, desk.policy.directory)
                tx.append(ESCALATED, item.id, {"rank": rank}, f"escalated:{item.id}:{iso(item.listed_at)}")
                done.append(item._replace(escalated_to=rank))
    return done


def rung_above(item: Takedown, registers: Registers, directory: Directory) -> str:
    """The rung above that of the account's reviewers: who hears of an overdue takedown."""
    rungs = rungs_of(registers, directory)
    account = next((one for one in registers.media if one.id == item.account), None)
    place = rungs.index(account.rung) if account is not None and account.rung in rungs else 0
    return rungs[min(place + 1, len(rungs) - 1)] if rungs else ""


def takedowns(entries: Iterable[EntryLike]) -> tuple[Takedown, ...]:
    """Every takedown, in order of listing; one listed again after it was confirmed is open again."""
    found: dict[str, Takedown] = {}
    for entry in entries:
        if entry.kind == LISTED:
            found[entry.ref] = _listed(entry)
        elif entry.ref in found and entry.kind == CONFIRMED:
            found[entry.ref] = found[entry.ref]._replace(
                confirmed_at=entry.time, confirmed_by=str(entry.body["person"]), proof=str(entry.body["proof"])
            )
        elif entry.ref in found:
            found[entry.ref] = found[entry.ref]._replace(escalated_to=str(entry.body["rank"]))
    return tuple(found.values())


def detail_of(desk: Desk, item: Takedown) -> dict[str, Any]:
    """Title, link and words of a listed post, from the ledger's documents."""
    found: dict[str, Any] = strict_json(desk.document(item.document, DETAIL), what="takedown")
    return found


def is_page(page: Post, detail: dict[str, Any]) -> bool:
    """Whether ``page`` is of the listed post: by its link, or by the medium's id on the same channel."""
    link = link_name(page.url)
    same_id = bool(page.id) and page.id == detail["post"] and page.channel == detail["channel"]
    return same_id or (bool(link) and link == detail["link"])


def shows(page: Post, detail: dict[str, Any]) -> bool:
    """Whether ``page`` still shows the listed words."""
    return is_page(page, detail) or content_of(page, "", ()).stream == detail["stream"]


def _who(desk: Desk, name: str, data: bytes, armor: bytes, at: datetime) -> tuple[str, str]:
    person, key = signer(desk, armor, at)
    desk.signatures.verify(armor, statement_text(name, data), key.line, NAMESPACES["confirm"])
    return person.id, key.id


def _listed(entry: EntryLike) -> Takedown:
    body = entry.body
    return Takedown(
        id=entry.ref,
        account=str(body["account"]),
        channel=str(body["channel"]),
        severity=str(body["severity"]),
        owner=str(body["owner"]),
        due=parse_instant(body["due"]),
        listed_at=entry.time,
        document=str(body["document"]),
        copies=tuple(body["copies"]),
    )


def _body(item: Swept, at: datetime, document: str) -> dict[str, Any]:
    return {
        "account": item.account.id if item.account else "",
        "channel": item.channel,
        "severity": item.severity.id,
        "owner": item.account.owner if item.account else "",
        "due": iso(item.due(at)),
        "text": item.text,
        "rules": list(item.rules),
        "copies": list(item.copies),
        "document": document,
    }


def _detail(kept: Kept) -> bytes:
    return canonical({"format": "zhongbao-takedown-detail/1", **kept.detail})
