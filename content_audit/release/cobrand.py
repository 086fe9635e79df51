"""Co-branded posts (联合发布): who else's name a post carries, and what lets it out inside the period. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from content_audit.audit.registers import CobrandExemption, Partner, Registers
from content_audit.model import Facts, Post
from content_audit.release.content import fold


def partners_in(post: Post, registers: Registers) -> tuple[Partner, ...]:
    """Partners that ``post`` shows: by account in cards, mentions and re-share signs, by name in its words.

    ``registers`` are those in force when the post is to go out.
    """
    shown = {fold(word).lower() for word in _shown(post.facts)}
    words = fold("".join(item.text for item in post.passages)).lower()
    return tuple(item for item in registers.partners if _is_shown(item, shown, words))


def _shown(facts: Facts) -> Iterable[str]:
    return (*facts.partners, *facts.mentions, facts.reshared_from)


def _is_shown(partner: Partner, shown: set[str], words: str) -> bool:
    names = {fold(name).lower() for name in (*partner.words, *partner.accounts)}
    return bool(names & shown) or any(fold(name).lower() in words for name in partner.words)


def exemption_for(
    partner: Partner, account: str, campaign: str, registers: Registers, at: datetime
) -> CobrandExemption | None:
    """The exemption that lets posts with ``partner`` out at ``at``, or None."""
    for item in registers.cobrand:
        fits = not item.accounts or account in item.accounts
        meant = not item.campaigns or campaign in item.campaigns
        if item.partner == partner.id and item.span.contains(at) and fits and meant:
            return item
    return None
