"""Published pages brought back to their approvals: one against a named post, or a whole export against the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from content_audit.audit.registers import Account, Registers
from content_audit.model import Post, Unread
from content_audit.release.content import Content
from content_audit.release.desk import POST, SUBMITTED, closest_entry, document_of, recognised_entry
from content_audit.release.emergency import ISSUED
from content_audit.release.gate import DECIDED
from content_audit.release.looking import See, looked_at
from content_audit.release.looking import content_in as content_seen
from content_audit.release.posts import content_in
from content_audit.release.verify import Compared, Kind, compare, names_in
from zhongbao_core.desk.base import Desk
from zhongbao_core.desk.rules import no
from zhongbao_core.desk.state import EntryLike


class Checked(NamedTuple):
    """A published post, what it was approved as (nothing: no number), and how the two compare."""

    post: Post
    account: Account | None
    against: str
    compared: Compared


def verify(desk: Desk, registers: Registers, post: Post, against: str, see: See) -> Checked:
    """``post`` against the approved post called ``against``. Raises RefusedError REQUEST_UNKNOWN, NOT_A_POST."""
    state = desk.state(against)
    entry = next(
        (item for item in desk.journal.entries(kinds=(SUBMITTED,), ref=against) if _is(item, state.current.entry)), None
    )
    if entry is None:
        raise no("NOT_A_POST", f"{against} 不是{POST.zh}", f"{against} is no {POST.en.removeprefix('the ')}")
    account, content = seen(post, registers, see, str(entry.body.get("account", "")))
    if post.removed:
        return Checked(post, account, against, Compared(Kind.REMOVED))
    return Checked(post, account, against, _against(desk, entry, content, registers))


def reconcile(desk: Desk, registers: Registers, posts: Iterable[Post | Unread], see: See) -> Iterator[Checked | Unread]:
    """Every post of an export against the approval it has or comes nearest to; what was not read is passed on."""
    for post in posts:
        if isinstance(post, Unread):
            yield post
            continue
        account, content = seen(post, registers, see)
        if post.removed:
            yield Checked(post, account, "", Compared(Kind.REMOVED))
            continue
        entry = recognised_entry(desk, content)
        notice = emergency_entry(desk, content) if entry is None else None
        if notice is not None:
            unsure = (content.cover.name,) if content.cover else ()
            yield Checked(post, account, notice.ref, Compared(Kind.UNSURE if unsure else Kind.SAME, (), unsure))
            continue
        entry = entry or closest_entry(desk, content)
        if entry is None:
            yield Checked(post, account, "", Compared(Kind.UNAPPROVED))
        else:
            yield Checked(post, account, entry.ref, _against(desk, entry, content, registers))


def seen(post: Post, registers: Registers, see: See, account: str = "") -> tuple[Account | None, Content]:
    """(account, content) of a published post; ``account`` where the page does not name one we know."""
    known = registers.account(post.account, post.channel) or registers.account(post.account)
    known = known or (registers.account(account) if account and not post.account else None)
    return known, content_seen(post, known, looked_at(post, see)[2])


def emergency_entry(desk: Desk, content: Content) -> EntryLike | None:
    """The emergency notice that ``content`` is, word for word; None where it is none."""
    if content.pictures:
        return None
    entries = desk.journal.entries(kinds=(ISSUED,))
    return next((item for item in entries if item.body.get("text") == content.text_digest), None)


def let_out(desk: Desk, entry: EntryLike) -> bool:
    """Whether the gate let this very revision out: an approval that no gate saw is none."""
    return any(
        (item.body.get("verdict"), item.body.get("post"), item.body.get("revision"))
        == ("allow", entry.ref, entry.body.get("revision"))
        for item in desk.journal.entries(kinds=(DECIDED,), ref=str(entry.body.get("account", "")))
    )


def _against(desk: Desk, entry: EntryLike, content: Content, registers: Registers) -> Compared:
    compared = compare(content_in(document_of(desk, entry)), content, names_in(registers))
    return compared if let_out(desk, entry) else Compared(Kind.UNAPPROVED, compared.changes, compared.unsure)


def _is(entry: EntryLike, seq: int) -> bool:
    return entry.seq == seq
