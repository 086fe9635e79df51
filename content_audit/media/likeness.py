"""What a picture is like, in 64 bits: pHash, confirmed by dHash. Pillow alone, no numpy, no scipy.

A picture with nothing on it has no likeness: all blank pictures are alike and none is another.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from math import cos, pi
from statistics import median
from typing import TYPE_CHECKING

from content_audit.media.seen import Hashes

if TYPE_CHECKING:
    from PIL.Image import Image

_SIDE = 32
_KEPT = 8
_FLAT = 12
"""Least difference between the darkest and the lightest of 32 x 32 greys of a picture with something on it."""


def hashes_of(image: Image) -> Hashes:
    """The hashes of an upright RGB picture."""
    pixels = sha256(b"%dx%d:" % image.size)
    pixels.update(image.tobytes())
    digest = "sha256:" + pixels.hexdigest()
    from PIL.Image import Resampling

    grey = image.convert("L").resize((_SIDE, _SIDE), Resampling.LANCZOS).tobytes()
    if max(grey) - min(grey) < _FLAT:
        return Hashes(digest)
    return Hashes(digest, phash(grey), dhash(image))


def phash(grey: bytes) -> str:
    """The hash of 32 x 32 greys: which of the 64 slowest waves are stronger than their median."""
    waves = _waves()
    rows = [
        [sum(map(float.__mul__, wave, row)) for wave in waves]
        for row in ([float(value) for value in grey[at : at + _SIDE]] for at in range(0, _SIDE * _SIDE, _SIDE))
    ]
    columns = [[row[x] for row in rows] for x in range(_KEPT)]
    values = [sum(map(float.__mul__, wave, column)) for wave in waves for column in columns]
    middle = median(values[1:])
    return _hex([value > middle for value in values])


def dhash(image: Image) -> str:
    """The hash of which of nine columns in eight rows is lighter than its right neighbour."""
    from PIL.Image import Resampling

    grey = image.convert("L").resize((_KEPT + 1, _KEPT), Resampling.LANCZOS).tobytes()
    rows = (grey[at : at + _KEPT + 1] for at in range(0, len(grey), _KEPT + 1))
    return _hex([row[x] > row[x + 1] for row in rows for x in range(_KEPT)])


@lru_cache(maxsize=1)
def _waves() -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(cos(pi * (2 * x + 1) * k / (2 * _SIDE)) for x in range(_SIDE)) for k in range(_KEPT))


def _hex(bits: list[bool]) -> str:
    return f"{sum(1 << (63 - at) for at, bit in enumerate(bits) if bit):016x}"
