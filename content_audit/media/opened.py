"""Bytes of a stranger to upright pictures: bounded before anything is unpacked, each distinct frame once."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from content_audit.model import Why

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "MPO", "GIF", "WEBP", "BMP", "TIFF", "AVIF")
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
MAX_PIXELS = 64_000_000
MAX_SIDE = 40_000
MAX_BYTES = 32 * 1024 * 1024
MAX_FRAMES = 32
"""Distinct frames that are looked at."""
MAX_FRAMES_OPENED = 600
MAX_FRAME_PIXELS = 600_000_000
"""Pixels of all frames that are opened."""
_SMALL = (128, 128)
_STEP = 16
"""Greys in which a frame differs somewhere from the last one, seen small, that shows something else."""


class PictureError(Exception):
    """A picture that is not looked at, and why."""

    def __init__(self, why: Why, detail: str = "") -> None:
        super().__init__(detail or why.value)
        self.why = why
        self.detail = detail


class Frame(NamedTuple):
    """A frame as it is shown: upright, RGB. ``dark`` is the same over black, where parts of it are transparent."""

    image: Image
    dark: Image | None = None


@contextmanager
def opened(data: bytes) -> Iterator[Image]:
    """The picture in ``data``. Raises PictureError; any fault of a decoder inside the block becomes one."""
    from PIL import Image, UnidentifiedImageError

    if len(data) > MAX_BYTES:
        raise PictureError(Why.TOO_BIG, f"{len(data)} > {MAX_BYTES}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(data), formats=_known()) as image:
                _bounded(image)
                yield image
    except UnidentifiedImageError as error:
        kind = _other_kind(data)
        why = Why.TO_PICTURE if kind else Why.UNREADABLE
        raise PictureError(why, kind or "no picture that is known") from error
    except Image.DecompressionBombError as error:
        raise PictureError(Why.TOO_BIG, "decompression bomb") from error
    except MemoryError as error:
        raise PictureError(Why.TOO_BIG, "out of memory") from error
    except PictureError:
        raise
    except Exception as error:
        raise PictureError(Why.UNREADABLE, f"{type(error).__name__}: {error}"[:120]) from error


def frames(image: Image) -> Iterator[Frame]:
    """Each frame that shows something else than the one before. Raises PictureError(TOO_MANY) beyond the bounds."""
    number = getattr(image, "n_frames", 1)
    width, height = image.size
    if number > 1 and (number > MAX_FRAMES_OPENED or number * width * height > MAX_FRAME_PIXELS):
        yield upright(image)
        raise PictureError(Why.TOO_MANY, f"{number} frames")
    last, kept = b"", 0
    for at in range(number):
        image.seek(at)
        _bounded(image)
        frame = upright(image)
        small = frame.image.convert("L").resize(_SMALL).tobytes()
        if at and not _differs(last, small):
            continue
        last, kept = small, kept + 1
        if kept > MAX_FRAMES:
            raise PictureError(Why.TOO_MANY, f"> {MAX_FRAMES} distinct frames")
        yield frame


def _other_kind(data: bytes) -> str:
    """The name of a kind of picture that is known and not read; empty for anything else."""
    if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS:
        return "HEIC"
    if data[:4] == b"\1\0\0\0" and data[40:44] == b" EMF":
        return "EMF"
    if data[:4] in (b"\xd7\xcd\xc6\x9a", b"\1\0\t\0"):
        return "WMF"
    return "SVG" if b"<svg" in data[:4096] else ""


@lru_cache(maxsize=1)
def _known() -> tuple[str, ...]:
    """Those of our formats that this Pillow reads."""
    from PIL import Image

    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def upright(image: Image) -> Frame:
    """The picture turned as its EXIF says, in RGB, transparent parts over white."""
    from PIL import ImageOps

    turned = ImageOps.exif_transpose(image) or image
    if turned.mode.startswith("I"):
        turned = turned.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if not _transparent(turned):
        return Frame(turned.convert("RGB"))
    layer = turned.convert("RGBA")
    if layer.getchannel("A").getextrema() == (255, 255):
        return Frame(layer.convert("RGB"))
    return Frame(_over(layer, "white"), _over(layer, "black"))


def _over(layer: Image, colour: str) -> Image:
    from PIL import Image

    ground = Image.new("RGBA", layer.size, colour)
    ground.alpha_composite(layer)
    return ground.convert("RGB")


def _transparent(image: Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info


def _bounded(image: Image) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise PictureError(Why.TOO_BIG, f"{width}x{height}")
    if min(width, height) < 1:
        raise PictureError(Why.UNREADABLE, f"{width}x{height}")


def _differs(one: bytes, other: bytes) -> bool:
    return any(abs(a - b) >= _STEP for a, b in zip(one, other, strict=True))
