"""Who made a picture and whose it is, as its EXIF, IPTC, XMP and PNG texts say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from content_audit.media.seen import Mark

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

OWNED = frozenset(
    {"exif:Artist", "exif:Copyright", "exif:XPAuthor", "iptc:By-line", "iptc:Credit", "iptc:Source", "iptc:Copyright",
     "xmp:creator", "xmp:rights", "xmp:Credit", "xmp:Source", "xmp:UsageTerms", "xmp:WebStatement", "png:Author",
     "png:Copyright"}
)  # fmt: skip
"""Fields that say whose a picture is."""
_EXIF = {270: "ImageDescription", 315: "Artist", 33432: "Copyright", 0x9C9B: "XPTitle", 0x9C9C: "XPComment",
         0x9C9D: "XPAuthor", 0x9C9E: "XPKeywords", 0x9C9F: "XPSubject"}  # fmt: skip
_IPTC = {(2, 5): "Title", (2, 25): "Keywords", (2, 80): "By-line", (2, 105): "Headline", (2, 110): "Credit",
         (2, 115): "Source", (2, 116): "Copyright", (2, 120): "Caption"}  # fmt: skip
_XMP = frozenset({"creator", "rights", "Credit", "Source", "UsageTerms", "WebStatement", "description", "title"})
_PNG = frozenset({"Author", "Copyright", "Description", "Comment", "Title", "Source"})
_LONGEST = 2000
_MOST_XMP = 1024 * 1024
_MOST = 60


def marks_of(image: Image) -> tuple[Mark, ...]:
    """The lines of an opened picture's metadata, each once. Broken metadata are no fault of the picture."""
    found: dict[Mark, None] = {}
    for read in (_exif, _iptc, _xmp, _texts):
        try:
            for field, text in read(image):
                if text := _clean(text):
                    found.setdefault(Mark(field, text))
        except Exception:  # noqa: S112  what a broken block says cannot be known; the others go on
            continue
    return tuple(found)[:_MOST]


def ai_marked(image: Image) -> bool:
    """Whether the metadata carry the label that generated pictures must carry (AIGC)."""
    blocks = [image.info.get("xmp"), image.info.get("exif"), *image.info.values()]
    return "AIGC" in image.info or any(_labelled(block) for block in blocks)


def _exif(image: Image) -> Iterator[tuple[str, str]]:
    exif = image.getexif()
    for tag, name in _EXIF.items():
        value = exif.get(tag)
        if value is not None:
            yield f"exif:{name}", _exif_text(value, name)
    comment = exif.get_ifd(0x8769).get(0x9286)
    if isinstance(comment, bytes) and comment[8:].strip(b"\0 "):
        yield "exif:UserComment", _comment(comment)


def _iptc(image: Image) -> Iterator[tuple[str, str]]:
    from PIL.IptcImagePlugin import getiptcinfo

    found = getiptcinfo(cast("ImageFile", image)) or {}
    for key, name in _IPTC.items():
        values = found.get(key, [])
        for value in values if isinstance(values, list) else [values]:
            yield f"iptc:{name}", _decoded(value)


def _xmp(image: Image) -> Iterator[tuple[str, str]]:
    from defusedxml.ElementTree import fromstring

    raw: Any = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    if not raw or len(raw) > _MOST_XMP:
        return
    root = fromstring(raw.rstrip(b"\0 ") if isinstance(raw, bytes) else raw, forbid_dtd=True)
    for element in root.iter():
        name = element.tag.rpartition("}")[2]
        if name in _XMP:
            yield f"xmp:{name}", " ".join(text.strip() for text in element.itertext() if text.strip())
        for key, value in element.attrib.items():
            if key.rpartition("}")[2] in _XMP:
                yield f"xmp:{key.rpartition('}')[2]}", value


def _labelled(block: object) -> bool:
    if isinstance(block, bytes):
        return b"AIGC" in block
    return isinstance(block, str) and '"AIGC"' in block


def _texts(image: Image) -> Iterator[tuple[str, str]]:
    for key, value in list(image.info.items()):
        if isinstance(key, str) and isinstance(value, str) and key in _PNG:
            yield f"png:{key}", value
    comment = image.info.get("comment")
    if comment:
        yield "file:comment", _decoded(comment)


def _exif_text(value: object, name: str) -> str:
    if name.startswith("XP"):
        raw = bytes(value) if isinstance(value, bytes | tuple) else b""
        return raw.decode("utf-16-le", "replace")
    text = _decoded(value)
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _comment(value: bytes) -> str:
    body = value[8:]
    return body.decode("utf-16", "replace") if value.startswith(b"UNICODE") else _decoded(body)


def _decoded(value: object) -> str:
    if not isinstance(value, bytes):
        return str(value)
    for name in ("utf-8", "gb18030"):
        try:
            return value.decode(name)
        except UnicodeDecodeError:
            continue
    return value.decode("latin-1")


def _clean(text: str) -> str:
    return text.replace("\0", "").strip()[:_LONGEST]
