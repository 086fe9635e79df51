"""What of a post's pictures, video and audio is audited here; the rest is said to be unread, never taken for clean."""

from __future__ import annotations

from collections.abc import Iterator

from content_audit.model import Post, Unread, Why


def with_pictures(post: Post) -> tuple[Post, tuple[Unread, ...]]:
    """The post with what was read in its pictures, and what nobody could read."""
    return post, tuple(_unread(post))


def _unread(post: Post) -> Iterator[Unread]:
    for picture in post.pictures:
        why = Why.NO_BYTES if picture.data is None else Why.NO_OCR
        yield Unread(post.source, why, picture.href, post.id, picture.locator)
    if post.facts.has_video:
        yield Unread(post.source, Why.VIDEO, "", post.id, "video")
