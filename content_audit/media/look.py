"""A look at a picture: its codes, its words, what it is like and whose it says it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from content_audit.media import ocr as words
from content_audit.media.likeness import hashes_of
from content_audit.media.metadata import ai_marked, marks_of
from content_audit.media.opened import Frame, PictureError, frames, opened
from content_audit.media.seen import NOWHERE, Hashes, Mark, Seen
from content_audit.model import Link, Passage, Picture, Role, Unread, Why

if TYPE_CHECKING:
    from PIL.Image import Image

FORMAT = 2
"""Raise it when a look finds more or other things: what is cached is looked at again."""
_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.\-]{1,20}:/?/?|www\.)\S+|[a-z0-9\-]+(?:\.[a-z0-9\-]+)*\.[a-z]{2,}(?:/\S*)?", re.I
)
_MOST_CODES = 200


def engines(*, ocr: bool) -> str:
    """Who looks, with versions: part of the name under which a look is cached."""
    from importlib.metadata import version

    parts = [f"look {FORMAT}", f"pillow {version('pillow')}", f"zxing-cpp {version('zxing-cpp')}"]
    return ", ".join([*parts, words.version() or "no ocr"] if ocr else parts)


def look(picture: Picture, *, ocr: bool) -> Seen:
    """What is seen in ``picture``; with ``ocr`` its words too. Never raises for what the bytes hold."""
    if picture.data is None:
        return Seen.unseen(picture.locator, Why.NO_BYTES, picture.href)
    view = _View(picture.locator, ocr and bool(words.version()))
    try:
        with opened(picture.data) as image:
            view.head(image)
            for frame in frames(image):
                view.frame(frame)
    except PictureError as error:
        view.unread(error.why, error.detail)
    if ocr and not words.version():
        view.unread(Why.NO_OCR)
    return view.seen()


class _View:
    """What was seen so far."""

    def __init__(self, locator: str, ocr: bool) -> None:
        self.locator, self.ocr = locator, ocr
        self.passages: dict[tuple[Role, str], Passage] = {}
        self.links: dict[str, Link] = {}
        self.hashes = Hashes()
        self.metadata: tuple[Mark, ...] = ()
        self.size = (0, 0)
        self.frames = 0
        self.ai_marked = False
        self.missing: list[Unread] = []

    def head(self, image: Image) -> None:
        """What the file says about itself."""
        self.metadata = marks_of(image)
        self.ai_marked = ai_marked(image)
        for mark in self.metadata:
            self._add(Role.COMMENT, f"/{mark.field}", mark.text)

    def frame(self, frame: Frame) -> None:
        """One frame: what the first one is like, and the codes and words of each that no other has."""
        if not self.frames:
            self.hashes, self.size = hashes_of(frame.image), frame.image.size
        place = f"/frame[{self.frames}]" if self.frames else ""
        self.frames += 1
        for image in (frame.image, frame.dark):
            if image is not None:
                self._codes(image, place)
                self._words(image, place)

    def unread(self, why: Why, detail: str = "") -> None:
        """Something nobody could read."""
        self.missing.append(Unread(NOWHERE, why, detail, "", self.locator))

    def seen(self) -> Seen:
        """All of it."""
        return Seen(
            self.locator,
            passages=tuple(self.passages.values()),
            links=tuple(self.links.values()),
            hashes=self.hashes,
            metadata=self.metadata,
            unread=tuple(self.missing),
            size=self.size,
            frames=self.frames,
            engine=words.version() if self.ocr and self.frames else "",
            ai_marked=self.ai_marked,
        )

    def _codes(self, image: Image, place: str) -> None:
        for text, kind, box in codes(image):
            where = f"{place}/{kind} {box}"
            self._add(Role.CODE, where, text)
            if _ADDRESS.fullmatch(text.strip()):
                self.links.setdefault(text, Link(text.strip(), "", self.locator + where))

    def _words(self, image: Image, place: str) -> None:
        for line in words.lines(image) if self.ocr else ():
            self._add(Role.PICTURE, f"{place}/words {','.join(map(str, line.box))}", line.text)

    def _add(self, role: Role, place: str, text: str) -> None:
        self.passages.setdefault((role, text), Passage(role, self.locator + place, text))


def codes(image: Image) -> Iterator[tuple[str, str, str]]:
    """Text, kind and box of every code in a picture."""
    import zxingcpp

    for code in zxingcpp.read_barcodes(image.convert("L"))[:_MOST_CODES]:
        if code.text:
            spots = code.position
            points = (spots.top_left, spots.top_right, spots.bottom_left, spots.bottom_right)
            across, down = [point.x for point in points], [point.y for point in points]
            box = f"{min(across)},{min(down)},{max(across)},{max(down)}"
            yield code.text, str(code.format).rpartition(".")[2].replace(" ", ""), box
