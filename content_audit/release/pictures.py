"""Pictures as the release compares them: what the media worker saw of each, in the terms of ``content``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from content_audit.model import Picture, Post
from content_audit.release.content import Seen, fold

if TYPE_CHECKING:
    from content_audit.media.seen import Seen as Look


def as_seen(post: Post, looks: Mapping[str, Look]) -> tuple[Seen, ...]:
    """Every picture among the words of ``post`` as far as it can be compared; ``looks`` are by pictures' locators."""
    return tuple(_seen(item, looks.get(item.locator)) for item in post.pictures if item.use == "body")


def cover_seen(post: Post, looks: Mapping[str, Look]) -> Seen | None:
    """The cover of ``post``, as far as it can be compared; None where it has none."""
    return next((_seen(item, looks.get(item.locator)) for item in post.pictures if item.use == "cover"), None)


def _seen(picture: Picture, look: Look | None) -> Seen:
    href = picture.href if ":" in picture.href else ""
    if look is None:
        return Seen(href=href)
    words = None if look.words is None else fold(look.words)
    codes = None if look.codes is None else tuple(sorted(look.codes))
    return Seen(look.hashes.pixels, look.hashes.likeness, look.hashes.gradient, href, words, codes)
