"""Pictures as the release compares them: pixels, likeness, codes. Each picture is opened within bounds, or stays unseen."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING

from content_audit.model import Picture, Post, Role
from content_audit.release.content import Seen, fold

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS = 64 * 1024 * 1024
MAX_BYTES = 64 * 1024 * 1024


def look_at(post: Post, read: Sequence[str] = ()) -> tuple[Seen, ...]:
    """Every picture of ``post`` as far as it can be compared; ``read`` are locators of those whose words were read.

    The words themselves stand in the post's own passages (roles picture and code), put there by whoever read them.
    """
    return tuple(_look(item, post, item.locator in read) for item in post.pictures)


def _look(picture: Picture, post: Post, read: bool) -> Seen:
    words = fold("".join(_said(post, Role.PICTURE, picture.locator))) if read else None
    codes = tuple(sorted(_said(post, Role.CODE, picture.locator)))
    href = picture.href if ":" in picture.href else ""
    if picture.data is None or len(picture.data) > MAX_BYTES:
        return Seen(href=href)
    try:
        image = _opened(picture.data)
        return Seen(_pixels(image), _likeness(image), href, words, codes if read or codes else None)
    except (OSError, ValueError, SyntaxError, MemoryError, OverflowError):
        return Seen(href=href)


def _said(post: Post, role: Role, locator: str) -> list[str]:
    return [item.text for item in post.passages if item.role is role and item.locator.startswith(locator)]


def _opened(data: bytes) -> Image:
    """The picture, decoded; its size is checked before its pixels are."""
    from PIL import Image as images

    image = images.open(BytesIO(data))
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise ValueError(f"{width} x {height} pixels")
    image.load()
    return image


def _pixels(image: Image) -> str:
    rgba = image.convert("RGBA")
    return "sha256:" + sha256(f"{rgba.width}x{rgba.height}:".encode() + rgba.tobytes()).hexdigest()


def _likeness(image: Image) -> str:
    """Difference hash: whether each of 8 x 8 places is darker than the one to its right."""
    from PIL.Image import Resampling

    small = image.convert("L").resize((9, 8), Resampling.LANCZOS).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            bits = bits << 1 | (small[row * 9 + column] < small[row * 9 + column + 1])
    return f"{bits:016x}"
