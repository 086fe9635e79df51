"""The desk of sheets: making one of submitted posts, striking a post, and what a sheet's approvals are worth to a post."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from content_audit.release.posts import KIND as POST_KIND
from content_audit.release.sheets import KIND, MAX_POSTS, Item, Sheet, items_in, strike_text
from zhongbao_core.approval.eligible import Approval
from zhongbao_core.approval.statement import build
from zhongbao_core.approval.subject import NAMESPACES
from zhongbao_core.canonical import strict_json
from zhongbao_core.clock import parse_instant
from zhongbao_core.desk.approvals import approval_of
from zhongbao_core.desk.base import Desk, require_role, signer, state_in
from zhongbao_core.desk.rules import no, require
from zhongbao_core.desk.state import EntryLike, RequestState
from zhongbao_core.errors import CannotTellError
from zhongbao_core.text import Text

SUBMITTED = "sheet.submitted"
STRUCK = "sheet.struck"
SHEET = Text("签发单", "the sheet")


class Made(NamedTuple):
    """A sheet that has its number."""

    id: str
    sheet: Sheet
    statement: bytes


def make_sheet(desk: Desk, sheet: Sheet, at: datetime, *, level: str, label: str, nonce: str = "") -> Made:
    """Give ``sheet`` a number and record its statement; approvals of it are approvals of every post on it."""
    if not 1 <= len(sheet.items) <= MAX_POSTS:
        raise no("SHEET_SIZE", f"签发单须有 1 至 {MAX_POSTS} 篇", f"a sheet lists 1 to {MAX_POSTS} posts")
    event = desk.policy.event.id if desk.policy.event else "calm"
    fresh = nonce or secrets.token_hex(16)
    with desk.journal.transaction(at) as tx:
        for item in sheet.items:
            state = state_in(tx, item.post)
            require(state, "approve", at)
            if state.current.statement != item.statement:
                raise no("OTHER_STATEMENT", f"{item.post} 已有新版本", f"{item.post} has a newer revision")
        number = f"SHEET-{event}-{sum(1 for _ in tx.entries(kinds=(SUBMITTED,))) + 1:04d}"
        statement = build(
            sheet.subject(number, event, fresh),
            purpose="approve",
            title=f"签发单 {number}，共 {len(sheet.items)} 篇",
            lines=sheet.lines(desk.policy.zone, desk.name(sheet.applicant)),
            manifest=desk.policy.manifest,
            level=level,
            label=label,
        )
        tx.put_document(sheet.document(number, event, fresh))
        tx.put_document(statement)
        tx.append(SUBMITTED, number, sheet.body(number, event, fresh, statement), f"nonce:{fresh}")
    return Made(number, sheet, statement)


def item_of(desk: Desk, state: RequestState) -> Item:
    """A submitted post as a sheet lists it. Raises RefusedError NOT_A_POST."""
    if state.current.subject.kind != POST_KIND:
        raise no("NOT_A_POST", f"{state.id} 不是稿件", f"{state.id} is no post")
    found = _read(desk, state.current.request, Text("稿件", "the post"))
    return Item(
        post=state.id,
        revision=state.current.number,
        statement=state.current.statement,
        exact=found["exact"],
        content=found["content"],
        account=found["account"],
        channel=found["channel"],
        title=found["title"],
        start=parse_instant(found["start"]),
        end=parse_instant(found["end"]),
        named=tuple(f"{item['rule']} {item['raw']}" for item in found["named"]),
        unseen=len(found["unseen"]),
        plan=found["plan"],
    )


def strike(desk: Desk, sheet: str, post: str, armor: bytes, reason: str, at: datetime) -> EntryLike:
    """Strike ``post`` from ``sheet``: the sheet's approvals no longer count for it; the other posts keep theirs.

    ``armor`` is over ``strike_text`` for the purpose ``reject``, by whoever may approve.
    """
    state = desk.state(sheet)
    if post not in {item.post for item in items_of(desk, state)}:
        raise no("NOT_ON_SHEET", f"{post} 不在签发单 {sheet} 上", f"{post} is not on sheet {sheet}")
    person, key = signer(desk, armor, at)
    desk.signatures.verify(armor, strike_text(state.current.statement, post), key.line, NAMESPACES["reject"])
    require_role(desk.policy, person.id, desk.approving_roles, Text("划除", "strike a post"))
    with desk.journal.transaction(at) as tx:
        body = {
            "post": post,
            "statement": state.current.statement,
            "person": person.id,
            "key_id": key.id,
            "signature": tx.put_document(armor),
            "reason": tx.put_document(reason.encode("utf-8")),
        }
        return tx.append(STRUCK, sheet, body, f"strike:{sheet}:{post}")


def items_of(desk: Desk, state: RequestState) -> tuple[Item, ...]:
    """The posts on a sheet. Raises RefusedError NOT_A_SHEET."""
    if state.current.subject.kind != KIND:
        raise no("NOT_A_SHEET", f"{state.id} 不是签发单", f"{state.id} is no sheet")
    try:
        return items_in(_read(desk, state.current.request, SHEET))
    except (KeyError, TypeError, ValueError) as error:
        raise CannotTellError(
            Text(f"签发单 {state.id} 的文本不可读", f"the document of {state.id} cannot be read"),
            reason_code="DOCUMENT_MISSING",
        ) from error


def approvals_by_sheet(desk: Desk, post: RequestState) -> Iterator[Approval]:
    """Approvals of every sheet that lists the current revision of ``post``, as approvals of the post itself.

    A rejected sheet gives none; a sheet from which the post was struck gives none to this post.
    """
    for entry in desk.journal.entries(kinds=(SUBMITTED,)):
        listed = entry.body.get("posts", {})
        if not isinstance(listed, dict) or listed.get(post.id) != post.current.statement:
            continue
        sheet = desk.state(entry.ref)
        if sheet.final is not None or _struck(desk, entry.ref, post.id):
            continue
        if any(item.post == post.id and item.statement == post.current.statement for item in items_of(desk, sheet)):
            for word in sheet.approvals:
                yield approval_of(word)._replace(statement_digest=post.current.statement)


def struck(desk: Desk, sheet: str) -> frozenset[str]:
    """Posts struck from a sheet."""
    return frozenset(str(item.body["post"]) for item in desk.journal.entries(kinds=(STRUCK,), ref=sheet))


def _struck(desk: Desk, sheet: str, post: str) -> bool:
    return post in struck(desk, sheet)


def sheet_states(desk: Desk, posts: Sequence[str]) -> list[RequestState]:
    """The states of ``posts``, each once, by number."""
    return [desk.state(name) for name in sorted(dict.fromkeys(posts))]


def _read(desk: Desk, name: str, what: Text) -> dict[str, Any]:
    try:
        found: dict[str, Any] = strict_json(desk.document(name, what), what="document")
    except (KeyError, TypeError, ValueError) as error:
        raise CannotTellError(
            Text(f"{what.zh}的文本不可读", f"the document of {what.en} cannot be read"), reason_code="DOCUMENT_MISSING"
        ) from error
    return found
