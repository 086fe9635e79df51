"""The desk of posts: submitting, the pictures somebody looked at, and finding again what a draft was approved as."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from content_audit.release.content import Content, match_pictures
from content_audit.release.decide import Closest, Submission
from content_audit.release.posts import KIND, PostDraft, content_in, span_in
from content_audit.release.sheet_desk import approvals_by_sheet
from content_audit.release.words import changes_between, likeness
from zhongbao_core.approval.eligible import Approval
from zhongbao_core.approval.statement import build
from zhongbao_core.approval.subject import NAMESPACES
from zhongbao_core.canonical import strict_json
from zhongbao_core.desk.approvals import approval_of, revoke_live
from zhongbao_core.desk.base import Desk, Writing, current_statement, person_of, require_role, signer, state_in
from zhongbao_core.desk.rules import no, require
from zhongbao_core.desk.state import EntryLike, Final, RequestState
from zhongbao_core.errors import CannotTellError, ZhongbaoError
from zhongbao_core.report.model import without_personal
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

CALM = "calm"
SUBMITTED = "post.submitted"
WITHDRAWN = "post.withdrawn"
SEEN = "picture.seen"
MAX_CLOSE = 200
"""The newest submissions that a draft nobody knows is compared with."""
ALIKE = 0.6
POST = Text("稿件", "the post")


class Submitted(NamedTuple):
    """A post that has its number."""

    id: str
    revision: int
    statement: bytes
    entry: EntryLike


def submit(
    desk: Desk,
    draft: PostDraft,
    at: datetime,
    *,
    level: str,
    label: str,
    review: str,
    revise: str = "",
    nonce: str = "",
) -> Submitted:
    """Give ``draft`` a number (or make it the next revision of ``revise``) and record its statement.

    ``review`` says in words who must approve. Raises RefusedError where ``revise`` may not be revised now, or belongs
    to somebody else.
    """
    event = desk.policy.event.id if desk.policy.event else CALM
    fresh = nonce or secrets.token_hex(16)
    with desk.journal.transaction(at) as tx:
        before = state_in(tx, revise, frozenset({SUBMITTED})) if revise else None
        if before is not None:
            _may_revise(before, draft, at)
        number, revision = _place(tx, event, before)
        statement = build(
            draft.subject(number, revision, event, fresh),
            purpose="approve",
            title=draft.title or number,
            lines=draft.lines(desk.policy.zone, desk.name(draft.applicant), review),
            manifest=desk.policy.manifest,
            level=level,
            label=label,
        )
        tx.put_document(draft.document(number, revision, event, fresh))
        tx.put_document(statement)
        body = draft.body(number, revision, event, fresh, statement)
        entry = tx.append(SUBMITTED, number, body, f"nonce:{fresh}")
        if before is not None:
            revoke_live(tx, before, draft.applicant, at, "revised")
    return Submitted(number, revision, statement, entry)


def withdraw(desk: Desk, post: str, by: str, reason: str, at: datetime) -> EntryLike:
    """Withdraw a post for good: no gate lets it out any more. Only its applicant may.

    Raises RefusedError REQUEST_UNKNOWN, PERSON_UNKNOWN, NOT_YOURS, REQUEST_FINAL, SPAN_OVER.
    """
    who = person_of(desk.policy, by).id
    with desk.journal.transaction(at) as tx:
        state = state_in(tx, post, frozenset({SUBMITTED}))
        require(state, "withdraw", at)
        if who != state.current.applicant:
            raise no("NOT_YOURS", "只有提交人可以撤回", "only the applicant may withdraw it")
        words = tx.put_document(reason.encode("utf-8"))
        return tx.append(WITHDRAWN, post, {"revision": state.current.number, "by": who, "reason": words})


def record_seen(desk: Desk, data: bytes, armor: bytes, at: datetime) -> EntryLike:
    """Record that somebody looked at the pictures: the statement, signed for the purpose ``picture-seen``.

    Whoever submitted the post does not count. Raises SignatureError, and RefusedError as for an approval.
    """
    statement, state = current_statement(desk, data, at)
    person, key = signer(desk, armor, at)
    desk.signatures.verify(armor, data, key.line, NAMESPACES["picture-seen"])
    require_role(desk.policy, person.id, desk.approving_roles, Text("看图", "vouch for pictures"))
    if person.id == state.current.applicant:
        raise no("SAME_PERSON", f"{person.id} 是本稿的提交人", f"{person.id} submitted the post")
    with desk.journal.transaction(at) as tx:
        now = state_in(tx, state.id, frozenset({SUBMITTED}))
        require(now, "approve", at)
        if now.current.statement != statement.digest:
            raise no("OTHER_STATEMENT", "稿件已有新版本", "there is a newer revision")
        body = {
            "statement": statement.digest,
            "revision": now.current.number,
            "person": person.id,
            "key_id": key.id,
            "signature": tx.put_document(armor),
        }
        return tx.append(SEEN, state.id, body, f"seen:{statement.digest}:{person.id}")


class Found(NamedTuple):
    """The submitted post that a draft is, and what is kept of it."""

    submission: Submission
    content: Content
    names: tuple[str, ...]
    """The draft's pictures by the names of the approved ones."""


def recognise(desk: Desk, content: Content) -> Found | None:
    """The newest submission that ``content`` is: the same text, links and account, and no picture that is another."""
    entry = recognised_entry(desk, content)
    if entry is None:
        return None
    document = document_of(desk, entry)
    approved = content_in(document)
    names = match_pictures(approved.pictures, content.pictures).names
    return Found(submission_of(desk, desk.state(entry.ref), document), approved, names)


def recognised_entry(desk: Desk, content: Content) -> EntryLike | None:
    """The entry of that submission."""
    for entry in _newest(desk.journal.entries(kinds=(SUBMITTED,))):
        if entry.body.get("text") == content.text_digest:
            matched = match_pictures(content_in(document_of(desk, entry)).pictures, content.pictures)
            if not matched.foreign and not matched.missing and not matched.unsure:
                return entry
    return None


def closest(desk: Desk, content: Content) -> Closest | None:
    """What was submitted on the same account that ``content`` resembles most, and how they differ."""
    entry = closest_entry(desk, content)
    if entry is None:
        return None
    approved = content_in(document_of(desk, entry))
    told = [item.text for item in changes_between(approved, content)]
    for index in match_pictures(approved.pictures, content.pictures).unsure:
        told.append(Text(f"第 {index + 1} 张图片无法核对", f"picture {index + 1} cannot be compared"))
    return Closest(entry.ref, tuple(told))


def closest_entry(desk: Desk, content: Content) -> EntryLike | None:
    """The entry of that submission; None where nothing is alike."""
    best: tuple[float, EntryLike] | None = None
    entries = [item for item in _newest(desk.journal.entries(kinds=(SUBMITTED,))) if _same_account(item, content)]
    for entry in entries[:MAX_CLOSE]:
        try:
            approved = content_in(document_of(desk, entry))
        except CannotTellError:
            continue
        same = bool(approved.title) and approved.title == content.title
        score = max(likeness(approved.stream, content.stream), ALIKE if same else 0.0)
        if score >= ALIKE and (best is None or score > best[0]):
            best = (score, entry)
    return best[1] if best else None


def submission_of(desk: Desk, state: RequestState, document: dict[str, Any]) -> Submission:
    """What the ledger says of a submitted post."""
    start, end = span_in(document)
    return Submission(
        id=state.id,
        revision=state.current.number,
        content=document["content"],
        statement=state.current.statement,
        start=start,
        end=end,
        applicant=state.current.applicant,
        approvals=approvals_of(desk, state),
        pending=len(state.pending),
        named=frozenset(item["key"] for item in document["named"]),
        seen_by=seen_by(desk, state),
        plan=document["plan"],
        column=document["column"],
        campaign=document["campaign"],
        final=state.final.how if state.final else "",
        final_words=_final_words(desk, state.final) if state.final else "",
    )


def _final_words(desk: Desk, final: Final) -> str:
    """Who ended it and why; without the reason where the ledger no longer keeps it."""
    data = desk.journal.document(final.reason) if final.reason else None
    reason = without_personal(data.decode("utf-8", "replace")) if data else ""
    return "：".join(part for part in (desk.name(final.by), reason) if part)


def approvals_of(desk: Desk, state: RequestState) -> tuple[Approval, ...]:
    """The words over the current revision, and those over sheets that list it, in the form the ladder counts."""
    own = tuple(approval_of(word) for word in state.approvals)
    return (*own, *approvals_by_sheet(desk, state))


def seen_by(desk: Desk, state: RequestState) -> frozenset[str]:
    """Active persons who said that they looked at the pictures of the current revision."""
    persons = desk.policy.directory.persons
    found = (
        str(item.body.get("person", ""))
        for item in desk.journal.entries(kinds=(SEEN,), ref=state.id)
        if item.body.get("statement") == state.current.statement
    )
    return frozenset(name for name in found if name in persons and persons[name].active)


def document_of(desk: Desk, entry: EntryLike) -> dict[str, Any]:
    """The document of a submission. Raises CannotTellError where it is gone or damaged."""
    data = desk.document(str(entry.body.get("request", "")), POST)
    try:
        found: dict[str, Any] = strict_json(data, what="post")
        content_in(found)
    except (KeyError, TypeError, ValueError, ZhongbaoError) as error:
        raise CannotTellError(
            Text(f"稿件 {entry.ref} 的文本不可读", f"the document of {entry.ref} cannot be read"),
            reason_code="DOCUMENT_MISSING",
        ) from error
    return found


def _newest(entries: Iterable[EntryLike]) -> list[EntryLike]:
    """The newest revision of every post, newest first."""
    last: dict[str, EntryLike] = {}
    for entry in entries:
        last.pop(entry.ref, None)
        last[entry.ref] = entry
    return list(reversed(last.values()))


def _same_account(entry: EntryLike, content: Content) -> bool:
    return bool(entry.body.get("account") == content.account)


def _may_revise(before: RequestState, draft: PostDraft, at: datetime) -> None:
    require(before, "revise", at)
    if draft.applicant != before.current.applicant:
        raise no("NOT_YOURS", "新版本须由原提交人提交", "a new revision is for the same applicant to submit")


def _place(tx: Writing, event: str, before: RequestState | None) -> tuple[str, int]:
    if before is not None:
        return before.id, before.current.number + 1
    prefix, highest = f"{KIND.upper()}-{event}-", 0
    for entry in tx.entries(kinds=(SUBMITTED,)):
        tail = entry.ref.removeprefix(prefix)
        if entry.ref.startswith(prefix) and tail.isascii() and tail.isdigit():
            highest = max(highest, int(tail))
    return f"{prefix}{highest + 1:04d}", 1
