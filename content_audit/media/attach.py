"""A post with what was read in its pictures: their codes, words and marks as passages, their addresses as links."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Literal, NamedTuple, Protocol

from content_audit.media.seen import Seen
from content_audit.model import Picture, Post, Unread, Why

Mode = Literal["read", "skip"]
MAX_LOOKS = 2000
"""Pictures of one post that are looked at."""


class Looker(Protocol):
    """Looks at a picture, in this process or a bounded one."""

    def __call__(self, picture: Picture, *, ocr: bool) -> Seen:
        """What is seen in it."""


class WithPictures(NamedTuple):
    """A post with its pictures' passages and links, what was not read, and each look by the picture's locator."""

    post: Post
    unread: tuple[Unread, ...]
    seen: Mapping[str, Seen]


def attached(post: Post, looker: Looker, mode: Mode = "read") -> WithPictures:
    """``post`` with what is in its pictures. ``skip`` does without the words: codes, likeness and marks are read.

    A picture without bytes, one that is broken and, where words are wanted, one that nobody could read are unread.
    """
    seen = {picture.locator: _looked(picture, looker, mode) for picture in post.pictures[:MAX_LOOKS]}
    passages = [passage for one in seen.values() for passage in one.passages]
    links = [link for one in seen.values() for link in one.links]
    unread = [*_unread(post, seen), *_rest(post)]
    if passages or links:
        post = replace(post, passages=(*post.passages, *passages), links=(*post.links, *links))
    return WithPictures(post, tuple(unread), seen)


def words_skipped(seen: Seen) -> bool:
    """Whether a picture was looked at and its words were not."""
    return seen.frames > 0 and not seen.engine


def _looked(picture: Picture, looker: Looker, mode: Mode) -> Seen:
    if picture.data is None:
        return Seen.unseen(picture.locator, Why.NO_BYTES, picture.href)
    return looker(picture, ocr=mode == "read")


def _unread(post: Post, seen: Mapping[str, Seen]) -> Iterator[Unread]:
    for locator, one in seen.items():
        found = one.unread
        if not found and words_skipped(one):
            found = (Unread(post.source, Why.NO_OCR, "skipped", "", locator),)
        yield from (item._replace(source=post.source, post=post.id) for item in found)


def _rest(post: Post) -> Iterator[Unread]:
    if len(post.pictures) > MAX_LOOKS:
        yield Unread(post.source, Why.TOO_MANY, f"{len(post.pictures)} > {MAX_LOOKS}", post.id, "pictures")
    if post.facts.has_video:
        yield Unread(post.source, Why.VIDEO, "", post.id, "video")


def cached(looker: Looker, get: Callable[..., Seen | None], put: Callable[..., None]) -> Looker:
    """``looker`` that asks a cache first."""

    def look(picture: Picture, *, ocr: bool) -> Seen:
        known = get(picture, ocr=ocr)
        if known is None:
            known = looker(picture, ocr=ocr)
            put(picture, known, ocr=ocr)
        return known

    return look
