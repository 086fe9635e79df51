"""The same content on several accounts: likeness of posts by the pieces of text they share.

A run keeps a few numbers of each post, not its words, packed; ``Copies`` says at the end which posts are alike. This
looks at many posts together, so it stands beside the audit of single posts, which stays the same for any batch.
"""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from content_audit.audit.context import OTHERS
from content_audit.match.lexfile import unpacked
from content_audit.model import Post

PIECE = 8
"""Characters of a piece."""
KEPT = 32
"""How many pieces stand for a post: the smallest numbers of all."""
LEAST = 60
"""Posts with fewer letters are never called alike: greetings are."""
ALIKE = 0.8
FULL = 200
"""Posts looked up under one number: words that stand below every post do not make every post a candidate."""


_WORDS = re.compile(r"[^\W_]+")
_STEP, _MIX = 0x01000193, 0x2C1B3C6D
"""Odd numbers that spread: of a multiplier over the characters, and of a finish over the bits."""


class Print(NamedTuple):
    """What is kept of a post."""

    post: str
    account: str
    numbers: bytes
    """In order, four bytes each."""


class Like(NamedTuple):
    """A post of a group."""

    post: str
    account: str


class Group(NamedTuple):
    """Posts that are alike, on at least two accounts, in the order they were added."""

    posts: tuple[Like, ...]

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts, each once."""
        return tuple(dict.fromkeys(item.account for item in self.posts))


def print_of(post: Post) -> Print | None:
    """The numbers of ``post``; None where it is too short to be told from others."""
    return prints_of([post])[0]


def prints_of(posts: Sequence[Post]) -> list[Print | None]:
    """``print_of`` each of ``posts``, all of them in one go."""
    bare = [_letters(post) for post in posts]
    chosen = [number for number, words in enumerate(bare) if len(words) >= LEAST]
    found: list[Print | None] = [None] * len(posts)
    for number, numbers in zip(chosen, _numbers([bare[number] for number in chosen]), strict=True):
        found[number] = Print(posts[number].id, posts[number].account, numbers)
    return found


def _letters(post: Post) -> str:
    return "".join(_WORDS.findall("".join([item.text for item in post.passages if item.role not in OTHERS]).lower()))


def _numbers(texts: Sequence[str]) -> list[bytes]:
    """Of each text the ``KEPT`` smallest numbers of its pieces; each text has a piece."""
    import numpy as np

    if not texts:
        return []
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), "<u4")
    pieces = np.zeros(len(codes) - PIECE + 1, np.uint32)
    for place in range(PIECE):
        pieces = pieces * np.uint32(_STEP) + codes[place : place + len(pieces)]
    pieces = (pieces ^ (pieces >> np.uint32(15))) * np.uint32(_MIX)
    pieces ^= pieces >> np.uint32(13)
    ends = np.cumsum([len(text) for text in texts])
    owners = np.repeat(np.arange(len(texts)), np.diff(ends, prepend=0))[: len(pieces)]
    inside = np.arange(len(pieces)) + PIECE <= ends[owners]
    keys = np.sort((owners[inside].astype(np.uint64) << np.uint64(32)) | pieces[inside])
    keys = keys[np.concatenate(([True], keys[1:] != keys[:-1]))]  # np.unique hashes first, which takes twice as long
    owners = (keys >> np.uint64(32)).astype(np.intp)
    firsts = np.searchsorted(owners, np.arange(len(texts) + 1))
    kept = np.arange(len(keys)) - firsts[owners] < KEPT
    packed = keys[kept].astype("<u4").tobytes()
    cuts = [0, *(4 * np.cumsum(np.minimum(np.diff(firsts), KEPT))).tolist()]
    return [packed[start:end] for start, end in pairwise(cuts)]


class Copies:
    """Collects prints and groups what is alike. Of a post it keeps its name and the numbers in four bytes each."""

    def __init__(self) -> None:
        self._posts: list[Like] = []
        self._numbers = array("I")
        self._ends = array("Q")

    def add(self, item: Print | None) -> None:
        """Take a post's print in."""
        if item is None:
            return
        self._posts.append(Like(item.post, item.account))
        self._numbers.extend(unpacked(item.numbers))
        self._ends.append(len(self._numbers))

    def groups(self) -> Iterator[Group]:
        """Posts that are alike, joined; only groups over two accounts or more."""
        head = list(range(len(self._posts)))
        for left, right in self._pairs():
            a, b = _root(head, left), _root(head, right)
            head[max(a, b)] = min(a, b)
        joined: dict[int, list[Like]] = defaultdict(list)
        for place, item in enumerate(self._posts):
            joined[_root(head, place)].append(item)
        for posts in joined.values():
            if len({item.account for item in posts}) > 1:
                yield Group(tuple(posts))

    def _pairs(self) -> Iterator[tuple[int, int]]:
        repeated = self._repeated()
        having: dict[int, list[int]] = defaultdict(list)
        same: dict[bytes, int] = {}
        for place in range(len(self._posts)):
            numbers = self._of(place)
            first = same.setdefault(numbers.tobytes(), place) if len(numbers) == KEPT else place
            if first != place:
                yield first, place  # whatever is like this one is like the first
                continue
            mine = repeated.intersection(numbers)
            least = ALIKE * len(numbers)
            shared: dict[int, int] = defaultdict(int)
            full = 0
            for number in mine:
                for other in having[number]:
                    shared[other] += 1
                if len(having[number]) < FULL:
                    having[number].append(place)
                else:
                    full += 1
            for other, count in shared.items():
                if count >= least or (count + full >= least and len(mine.intersection(self._of(other))) >= least):
                    yield other, place

    def _of(self, place: int) -> array[int]:
        return self._numbers[self._ends[place - 1] if place else 0 : self._ends[place]]

    def _repeated(self) -> set[int]:
        """The numbers that more than one post has: most have only one, and join nothing."""
        import numpy as np

        ordered = np.sort(np.frombuffer(self._numbers, dtype=np.uint32)) if self._numbers else np.empty(0, np.uint32)
        return set(np.unique(ordered[1:][ordered[1:] == ordered[:-1]]).tolist())


def _root(head: list[int], place: int) -> int:
    while head[place] != place:
        head[place] = head[head[place]]
        place = head[place]
    return place
