"""Clues: what a post must show at the least before a rule can speak of it, told before anything dear is made of the post.

A clue is a word list of the facts (``context_words``), where the matcher met a key of it; something the export says; or
the channel. Each is a bit. Clues err on one side alone: where one is missing the fact cannot hold, where it is there the
fact still has to be looked at. A rule for promotions is not judged where no word that sells stands.
"""

from __future__ import annotations

from collections.abc import Iterable

from content_audit.audit import context_words as words
from content_audit.audit.context import FACTS
from content_audit.audit.rule import Rule, When
from content_audit.model import CHANNELS, NO_FACTS, Post

_TOLD = ("original", "source_claim", "picture", "video", *(f"channel:{name}" for name in CHANNELS))
BITS: dict[str, int] = words.BITS | {name: 1 << number for number, name in enumerate(_TOLD, len(words.BITS))}
"""The bit of each clue; fewer than 63, so that a machine's word holds them."""
_CHANNEL_BITS = {name: BITS[f"channel:{name}"] for name in CHANNELS}


def told(post: Post) -> int:
    """The clues that are there whatever the words say. What the export says of a fact stands for words that show it."""
    found = _CHANNEL_BITS[post.channel]
    if post.links:
        found |= BITS["link"]
    if post.pictures:
        found |= BITS["picture"]
    facts = post.facts
    if facts is NO_FACTS:
        return found
    said = {
        "ad_label": facts.ad_marked,
        "reshare": facts.reshared_from,
        "ai_label": facts.ai_marked,
        "original": facts.original,
        "source_claim": facts.source_claim,
        "video": facts.has_video,
    }
    return found | _bits(name for name, there in said.items() if there)


def needs(rule: Rule) -> tuple[int, ...]:
    """What ``rule`` needs: of each number one of the clues must be there."""
    channels = _bits(f"channel:{name}" for name in rule.channels)
    return (*([channels] if channels else []), *needed(rule.when))


def needed(when: When) -> tuple[int, ...]:
    """The same of facts."""
    alternatives = [(name,) for name in when.all] + [when.any] * bool(when.any)
    return tuple(bits for names in alternatives if (bits := _one_of(names)))


def meets(clues: int, needs: Iterable[int]) -> bool:
    """Whether ``clues`` are enough for ``needs``."""
    for bits in needs:  # noqa: SIM110 asked of every post: a generator takes three times as long
        if not clues & bits:
            return False
    return True


def _one_of(names: Iterable[str]) -> int:
    """The clues of which one must be there for one of these facts; 0 where that is not known."""
    known = [FACTS[name].clues for name in names]
    return 0 if None in known else _bits(clue for clues in known for clue in clues or ())


def _bits(names: Iterable[str]) -> int:
    return sum({BITS[name] for name in names})
