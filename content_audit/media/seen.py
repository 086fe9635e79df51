"""What was seen in a picture, as a value that can be cached and sent between processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from content_audit.model import Link, Passage, Role, Source, Unread, Why

NOWHERE = Source("")
"""A look knows no post: whoever attaches it to one says where it stands."""


class Hashes(NamedTuple):
    """What a picture is like; empty where it has no likeness (nothing on it) or could not be read."""

    pixels: str = ""
    """``sha256:`` of size and pixels as shown: the same picture however it is stored."""
    likeness: str = ""
    """pHash, sixteen hexadecimal digits: stays near after scaling and compressing again."""
    gradient: str = ""
    """dHash, sixteen hexadecimal digits: confirms a likeness."""


NO_HASHES = Hashes()


class Mark(NamedTuple):
    """A line of a picture's metadata: who made it, whose it is."""

    field: str
    """exif:Artist, iptc:Credit, xmp:rights, png:Copyright, ..."""
    text: str


@dataclass(frozen=True, slots=True)
class Seen:
    """The passages (codes, words, marks), links, hashes and metadata of a picture, and what nobody could read."""

    locator: str
    passages: tuple[Passage, ...] = ()
    links: tuple[Link, ...] = ()
    hashes: Hashes = NO_HASHES
    metadata: tuple[Mark, ...] = ()
    unread: tuple[Unread, ...] = ()
    size: tuple[int, int] = (0, 0)
    frames: int = 0
    """Frames that were looked at."""
    engine: str = ""
    """Who read the words; empty where nobody did."""
    ai_marked: bool = False
    """The metadata say that it was made by AI."""

    @property
    def words(self) -> str | None:
        """The words in it; None where nobody read them."""
        return "\n".join(one.text for one in self.passages if one.role is Role.PICTURE) if self.engine else None

    @property
    def codes(self) -> tuple[str, ...] | None:
        """What its codes say; None where nobody looked."""
        return tuple(one.text for one in self.passages if one.role is Role.CODE) if self.frames else None

    @classmethod
    def unseen(cls, locator: str, why: Why, detail: str = "") -> Seen:
        """A picture that nobody could look at."""
        return cls(locator, unread=(Unread(NOWHERE, why, detail, "", locator),))

    def as_row(self) -> dict[str, Any]:
        """The same as a value for JSON, without the locator: pictures of equal bytes share it."""
        cut = len(self.locator)
        return {
            "locator": self.locator,
            "passages": [[one.role.value, one.locator[cut:], one.text] for one in self.passages],
            "links": [[link.href, link.shown, link.locator[cut:]] for link in self.links],
            "hashes": list(self.hashes),
            "metadata": [list(mark) for mark in self.metadata],
            "unread": [[item.why.value, item.detail, item.locator[cut:]] for item in self.unread],
            "size": list(self.size),
            "frames": self.frames,
            "engine": self.engine,
            "ai": self.ai_marked,
        }

    @classmethod
    def of_row(cls, row: dict[str, Any], locator: str | None = None) -> Seen:
        """What ``as_row`` wrote, as seen at ``locator``."""
        place = row["locator"] if locator is None else locator
        width, height = row["size"]
        return cls(
            place,
            passages=tuple(Passage(Role(role), place + rest, text) for role, rest, text in row["passages"]),
            links=tuple(Link(href, shown, place + rest) for href, shown, rest in row["links"]),
            hashes=Hashes(*row["hashes"]),
            metadata=tuple(Mark(*mark) for mark in row["metadata"]),
            unread=tuple(Unread(NOWHERE, Why(why), detail, "", place + rest) for why, detail, rest in row["unread"]),
            size=(width, height),
            frames=row["frames"],
            engine=row["engine"],
            ai_marked=row["ai"],
        )
