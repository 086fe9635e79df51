"""The RFC 6962 tree over stored nodes: roots, inclusion paths and consistency paths in O(log n) look-ups.

Pure: nodes come through ``get(level, index)``, which gives the hash of the complete subtree of ``2**level``
leaves that starts at leaf ``index * 2**level``. A complete subtree never changes, so storing each one once, with
the leaf that completes it, is enough: two hashes a leaf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from zhongbao_core.proof import EMPTY_ROOT, node_hash

Get = Callable[[int, int], bytes]


def root(size: int, get: Get) -> bytes:
    """The tree's root over the first ``size`` leaves."""
    return _range(0, size, get) if size else EMPTY_ROOT


def inclusion(index: int, size: int, get: Get) -> list[bytes]:
    """The path that proves leaf ``index`` in the tree of ``size``. Raises ValueError where it is not in it."""
    if not 0 <= index < size:
        raise ValueError(f"entry {index} is not in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range(middle, end, get))
            end = middle
        else:
            path.append(_range(start, middle, get))
            start = middle
    return path[::-1]


def consistency(old: int, new: int, get: Get) -> list[bytes]:
    """The path that proves the tree of ``old`` leaves to be the beginning of that of ``new``.

    Raises ValueError for an empty old tree and where ``old`` is greater than ``new``.
    """
    if not 0 < old <= new:
        raise ValueError(f"no consistency proof from {old} to {new}")
    path: list[bytes] = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range(middle, end, get))
            end = middle
        else:
            path.append(_range(start, middle, get))
            start, whole = middle, False
    return ([] if whole else [_range(start, end, get)]) + path[::-1]


class Frontier:
    """A tree that only grows, in O(log n) memory: what a full check runs along the entries."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self._peaks = list(peaks)

    @classmethod
    def stored(cls, size: int, get: Get) -> Frontier:
        """The frontier of the first ``size`` leaves, from stored nodes."""
        levels = (level for level in reversed(range(size.bit_length())) if size >> level & 1)
        return cls(size, (get(level, (size >> level) - 1) for level in levels))

    def copy(self) -> Frontier:
        """Another one that grows apart from this."""
        return Frontier(self.size, self._peaks)

    def add(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Append a leaf hash; the nodes it completes, the leaf first."""
        index, found = self.size, leaf
        nodes = [(0, index, found)]
        while index & 1:
            found = node_hash(self._peaks.pop(), found)
            index >>= 1
            nodes.append((len(nodes), index, found))
        self._peaks.append(found)
        self.size += 1
        return nodes

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self._peaks:
            return EMPTY_ROOT
        found = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            found = node_hash(peak, found)
        return found


def _split(size: int) -> int:
    """The largest power of two smaller than ``size``."""
    return 1 << ((size - 1).bit_length() - 1)


def _range(start: int, end: int, get: Get) -> bytes:
    """The hash of leaves [start, end) as RFC 6962 divides them; ``start`` is a multiple of the next power of two."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return get(level, start >> level)
    middle = start + _split(size)
    return node_hash(get((middle - start).bit_length() - 1, start // (middle - start)), _range(middle, end, get))
