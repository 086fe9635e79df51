"""The words in a picture, with their boxes, by the ``ocr`` extra: its models lie in its wheel, nothing is loaded.

A tall picture is read in pieces that overlap, because the engine shrinks whatever is longer than two thousand pixels
until its words cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from PIL.Image import Image

TILE = 1600
OVERLAP = 160
_LEAST_SIDE = 12


class Line(NamedTuple):
    """A line of words and its box: left, top, right, bottom in pixels of the upright picture."""

    text: str
    box: tuple[int, int, int, int]
    score: float


@lru_cache(maxsize=1)
def version() -> str:
    """The engine's name and version; empty where it is not installed."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as version_of
    from importlib.util import find_spec

    if find_spec("rapidocr_onnxruntime") is None:
        return ""
    try:
        return f"rapidocr-onnxruntime {version_of('rapidocr-onnxruntime')}"
    except PackageNotFoundError:
        return "rapidocr-onnxruntime"


def lines(image: Image) -> list[Line]:
    """The lines of words in an RGB picture, from the top."""
    if min(image.size) < _LEAST_SIDE:
        return []
    found = [line for left, top, piece in _tiles(image) for line in _read(piece, left, top, image.size)]
    return sorted(found, key=lambda line: (line.box[1], line.box[0]))


def _tiles(image: Image) -> Iterator[tuple[int, int, Image]]:
    width, height = image.size
    for top in _starts(height):
        for left in _starts(width):
            yield left, top, image.crop((left, top, min(left + TILE, width), min(top + TILE, height)))


def _starts(length: int) -> list[int]:
    step = TILE - OVERLAP
    return [0] if length <= TILE + OVERLAP else list(range(0, length - OVERLAP, step))


def _read(piece: Image, left: int, top: int, whole: tuple[int, int]) -> Iterator[Line]:
    import numpy

    result, _ = _engine()(numpy.asarray(piece)[:, :, ::-1].copy())
    for corners, text, score in result or []:
        box = _box(corners)
        if text and _inside(box, piece.size, (left, top), whole):
            yield Line(text, (box[0] + left, box[1] + top, box[2] + left, box[3] + top), round(float(score), 3))


def _box(corners: Any) -> tuple[int, int, int, int]:
    across, down = [int(point[0]) for point in corners], [int(point[1]) for point in corners]
    return min(across), min(down), max(across), max(down)


def _inside(box: tuple[int, ...], size: tuple[int, int], start: tuple[int, int], whole: tuple[int, int]) -> bool:
    """Whether a line is this piece's own: its middle lies on this side of the middle of the overlap."""
    middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    for axis in (0, 1):
        low = OVERLAP / 2 if start[axis] else 0
        high = size[axis] - (OVERLAP / 2 if start[axis] + size[axis] < whole[axis] else 0)
        if not low <= middle[axis] < high + (start[axis] + size[axis] >= whole[axis]):
            return False
    return True


@lru_cache(maxsize=1)
def _engine() -> Any:
    from rapidocr_onnxruntime import RapidOCR

    return RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)
