"""Pictures drawn when a test runs: Chinese words, codes, and files that are broken on purpose."""

from __future__ import annotations

import io
import struct
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")


@lru_cache(maxsize=4)
def font(size: int = 40) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), size)


def poster(words: str = "", size: tuple[int, int] = (800, 400), ground: str = "white") -> Image.Image:
    """A picture with shapes that give it a likeness, and words."""
    image = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(image)
    draw.rectangle((20, size[1] - 120, 220, size[1] - 20), fill="#c03030")
    draw.ellipse((size[0] - 260, 30, size[0] - 40, 220), fill="#3060c0")
    if words:
        draw.text((40, 40), words, font=font(), fill="black")
    return image


def code(text: str, scale: int = 5) -> Image.Image:
    import numpy
    import zxingcpp

    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    return Image.fromarray(numpy.asarray(zxingcpp.write_barcode_to_image(made, scale=scale))).convert("RGB")


def data_of(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, form, **options)
    return target.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that says it is ``width`` x ``height`` and unpacks to as much."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 4_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
