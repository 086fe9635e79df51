"""Posts audited with their pictures: what is read in a picture is audited like text, and whose picture it is, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from content_audit.entry.pictures import looked_at
from content_audit.model import Audited, Hit, Post

if TYPE_CHECKING:
    from content_audit.audit.audit import Auditor
    from content_audit.audit.registers import Registers
    from content_audit.media.attach import Mode, WithPictures
    from content_audit.media.seen import Seen


def audit_posts(auditor: Auditor, posts: Sequence[Post], mode: Mode, at: datetime) -> list[Audited]:
    """Every post audited, in the order given, with what of it nobody could read.

    ``skip`` does without the words in pictures; ``at`` stands for the time of posts that say none.
    """
    looks = [looked_at(post, mode) if post.pictures or post.facts.has_video else None for post in posts]
    whole = [post if look is None else look.post for post, look in zip(posts, looks, strict=True)]
    rows = auditor.audit(whole)
    return [row if look is None else _joined(auditor, row, look, at) for row, look in zip(rows, looks, strict=True)]


def _joined(auditor: Auditor, row: Audited, look: WithPictures, at: datetime) -> Audited:
    found = with_judged(row, look.seen, auditor.registers, row.post.published_at or at)
    return replace(found, unread=(*row.unread, *look.unread))


def with_judged(row: Audited, looks: Mapping[str, Seen], registers: Registers, at: datetime) -> Audited:
    """``row`` with what stands against its pictures themselves, as published at ``at``."""
    from content_audit.media.judged import judged

    found = judged(row.post, looks, registers.images, at, own_names(registers))
    return replace(row, hits=_in_order(row.hits, found)) if found else row


def _in_order(hits: Sequence[Hit], more: Sequence[Hit]) -> tuple[Hit, ...]:
    return tuple(sorted((*hits, *more), key=lambda hit: (hit.passage, hit.start, hit.end, hit.rule)))


def own_names(registers: Registers) -> Iterator[str]:
    """The names under which the company publishes: its accounts and their units."""
    for account in registers.media:
        yield from (account.name, account.unit, *account.names)
