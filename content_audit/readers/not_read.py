"""Formats that are known and not read: named for what they are, with what to save them as instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from content_audit.model import Post, Source, Unread, Why
from content_audit.readers.limits import NotReadError
from content_audit.readers.registry import NO, SURE
from zhongbao_core.text import Text

_PACKED = b"PK\x03\x04"
_SLIDES = (".pptx", ".pptm", ".ppsx", ".potx")


class NotReadFormat:
    """A format by its marks; reading it gives its reason."""

    def __init__(self, name: str, title: Text, kinds: str, known: Callable[[bytes, str], bool]) -> None:
        self.name = name
        self.title = title
        self._kinds = kinds
        self._known = known

    def score(self, head: bytes, name: str) -> int:
        """By its own marks."""
        return SURE if self._known(head, name.lower()) else NO

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """Never a post: an ``Unread`` that says what to do."""
        if self.name == "ole" and "EncryptedPackage".encode("utf-16-le") in data:
            raise NotReadError(Why.ENCRYPTED)
        raise NotReadError(Why.TO_DOCUMENT, self._kinds)


def _slides(head: bytes, name: str) -> bool:
    inside = b"ppt/" in head and b"[Content_Types].xml" in head
    return head.startswith(_PACKED) and (name.endswith(_SLIDES) or inside)


PDF = NotReadFormat(
    "pdf", Text("PDF 文件（不读，只说明）", "PDF: named, not read"), "pdf", lambda head, name: b"%PDF-" in head[:1024]
)
SLIDES = NotReadFormat(
    "pptx", Text("演示文稿（pptx，不读，只说明）", "slides (pptx): named, not read"), "pptx", _slides
)
OPEN_DOCUMENT = NotReadFormat(
    "opendocument",
    Text("OpenDocument 文件（odt、odp，不读，只说明）", "OpenDocument (odt, odp): named, not read"),
    "odt, odp, ods",
    lambda head, name: head.startswith(_PACKED) and b"mimetypeapplication/vnd.oasis.opendocument" in head[:200],
)
RTF = NotReadFormat(
    "rtf",
    Text("RTF 文件（不读，只说明）", "RTF: named, not read"),
    "rtf",
    lambda head, name: head.startswith(b"{\\rtf"),
)
OLE = NotReadFormat(
    "ole",
    Text("旧版或加密的 Office 文件（不读，只说明）", "old or encrypted office file: named, not read"),
    "doc, xls, ppt",
    lambda head, name: head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
)
