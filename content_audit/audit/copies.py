"""The same content on several accounts: likeness of posts by the pieces of text they share.

A run keeps a few numbers of each post, not its words; ``Copies`` says at the end which posts are alike. This looks at
many posts together, so it stands beside the audit of single posts, which stays the same for any batch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple
from zlib import crc32

from content_audit.audit.context import OTHERS
from content_audit.model import Post

PIECE = 8
"""Characters of a piece."""
KEPT = 32
"""How many pieces stand for a post: the smallest numbers of all."""
LEAST = 60
"""Posts with fewer letters are never called alike: greetings are."""
ALIKE = 0.8


class Print(NamedTuple):
    """What is kept of a post."""

    post: str
    account: str
    numbers: frozenset[int]


class Group(NamedTuple):
    """Posts that are alike, on at least two accounts, in the order they were added."""

    prints: tuple[Print, ...]

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts, each once."""
        return tuple(dict.fromkeys(item.account for item in self.prints))


def print_of(post: Post) -> Print | None:
    """The numbers of ``post``; None where it is too short to be told from others."""
    words = "".join(item.text for item in post.passages if item.role not in OTHERS)
    bare = "".join(char for char in words.lower() if char.isalnum())
    if len(bare) < LEAST:
        return None
    pieces = {crc32(bare[at : at + PIECE].encode()) for at in range(len(bare) - PIECE + 1)}
    return Print(post.id, post.account, frozenset(sorted(pieces)[:KEPT]))


class Copies:
    """Collects prints and groups what is alike."""

    def __init__(self) -> None:
        self._prints: list[Print] = []
        self._by_number: dict[int, list[int]] = defaultdict(list)

    def add(self, item: Print | None) -> None:
        """Take a post's print in."""
        if item is None:
            return
        for number in item.numbers:
            self._by_number[number].append(len(self._prints))
        self._prints.append(item)

    def groups(self) -> Iterator[Group]:
        """Posts that are alike, joined; only groups over two accounts or more."""
        head = list(range(len(self._prints)))
        for left, right in self._pairs():
            a, b = _root(head, left), _root(head, right)
            head[max(a, b)] = min(a, b)
        joined: dict[int, list[Print]] = defaultdict(list)
        for place, item in enumerate(self._prints):
            joined[_root(head, place)].append(item)
        for prints in joined.values():
            if len({item.account for item in prints}) > 1:
                yield Group(tuple(prints))

    def _pairs(self) -> Iterator[tuple[int, int]]:
        for place, item in enumerate(self._prints):
            shared: dict[int, int] = defaultdict(int)
            for number in item.numbers:
                for other in self._by_number[number]:
                    if other < place:
                        shared[other] += 1
            least = ALIKE * len(item.numbers)
            yield from ((other, place) for other, count in shared.items() if count >= least)


def _root(head: list[int], place: int) -> int:
    while head[place] != place:
        head[place] = head[head[place]]
        place = head[place]
    return place
