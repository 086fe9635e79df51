"""A file that is a picture is a draft of its own: a poster, a screenshot, a card."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from content_audit.model import Facts, Picture, Post, Source, Unread, Why
from content_audit.readers.limits import MAX_PICTURE, NotReadError
from content_audit.readers.registry import NO, SURE
from zhongbao_core.text import Text

_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")
_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


class PictureFile:
    """Reader of pictures."""

    name = "picture"
    title = Text("图片文件", "picture file")

    def score(self, head: bytes, name: str) -> int:
        """By its first bytes."""
        return SURE if is_picture(head) else NO

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """A post that is this picture."""
        if len(data) > MAX_PICTURE:
            raise NotReadError(Why.TOO_BIG, f"{len(data)} > {MAX_PICTURE}")
        name = PurePosixPath(source.path).name
        yield Post(
            id=str(source),
            source=source,
            channel="draft",
            passages=(),
            pictures=(Picture("picture", name=name, data=data),),
            facts=Facts(kind="pictures"),
        )


PICTURE = PictureFile()


def is_picture(head: bytes) -> bool:
    """Whether bytes begin as a picture does."""
    if head.startswith(_MAGIC):
        return True
    if head[:4] == b"RIFF":
        return head[8:12] == b"WEBP"
    if head[4:8] == b"ftyp":
        return head[8:12] in _BRANDS
    return head[:2] == b"BM" and len(head) > 26 and head[14:18] in (b"(\0\0\0", b"\x0c\0\0\0", b"l\0\0\0", b"|\0\0\0")
