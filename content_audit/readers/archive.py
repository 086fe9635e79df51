"""Drafts in a zip or a folder: each file by whoever knows it, pictures that a draft shows with that draft.

An archive in an archive is opened to a depth of three; all of them share one budget of unpacked bytes. What no person
wrote as content (style sheets, scripts, fonts, the litter of file managers) is passed over.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from content_audit.model import Post, Source, Unread, Why
from content_audit.readers import reading
from content_audit.readers.limits import MAX_PICTURE, NotReadError
from content_audit.readers.registry import LIKELY, MAYBE, NO
from content_audit.readers.unpack import Archive, Budget, Member, Refused
from zhongbao_core.text import Text

Item = Post | Unread

MAX_NESTED = 3
MAX_FILES = 20_000
MAX_FOLDER_DEPTH = 32
PICTURES = (".png", ".jpg", ".jpeg", ".jfif", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif")
_LITTER = ("thumbs.db", "desktop.ini", ".ds_store", "zone.identifier")
_TOOLS = (".css", ".js", ".mjs", ".map", ".woff", ".woff2", ".ttf", ".otf", ".eot", ".lnk")
_TEMPORARY = (".tmp", ".part", ".crdownload", ".download", ".swp", ".lock", "~")
_OFFICE = frozenset({"word/document.xml", "xl/workbook.xml"})


class One(Protocol):
    """Reads one file that was taken out of an archive."""

    def __call__(self, data: bytes, source: Source) -> Iterator[Item]:
        """Its posts and what of it was not read."""


class Zip:
    """Reader of zip files."""

    name = "zip"
    title = Text("压缩包（zip）", "zip archive")

    def score(self, head: bytes, name: str) -> int:
        """By its first bytes; documents that are zips too are surer of theirs."""
        if not head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return NO
        return LIKELY if name.lower().endswith(".zip") else MAYBE

    def read(self, data: bytes, source: Source) -> Iterator[Item]:
        """What is in it."""
        yield from unpacked(data, source, reading.read_bytes)


class Folder:
    """Reader of folders."""

    name = "folder"
    title = Text("文件夹", "folder")

    def score(self, head: bytes, name: str) -> int:
        """Any folder."""
        return MAYBE if name.endswith("/") else NO

    def read(self, data: bytes, source: Source) -> Iterator[Item]:
        """A folder has no bytes."""
        raise NotReadError(Why.UNKNOWN_FORMAT)

    def read_file(self, path: Path, source: Source) -> Iterator[Item]:
        """What is in it."""
        yield from walked(path, source, reading.read_path)


ZIP = Zip()
FOLDER = Folder()


def unpacked(data: bytes, source: Source, one: One, *, depth: int = 0, budget: Budget | None = None) -> Iterator[Item]:
    """The posts of a zip's members, each read by ``one``; a bad member does not lose the others."""
    archive = Archive(data, budget)
    taken: set[str] = set()
    found = 0
    for member in _pictures_last(archive.sorted()):
        place = source._replace(path=f"{source.path}!/{member.name}", reader="")
        if isinstance(member, Refused):
            found += 1
            yield Unread(place, member.why, member.detail)
        elif not passed_over(member.name) and member.name not in taken:
            found += 1
            yield from _member(archive, member, place, one, depth, taken)
    if not found:
        raise NotReadError(Why.BROKEN, "an archive without content")


def walked(path: Path, source: Source, one: Callable[[Path], Iterator[Item]]) -> Iterator[Item]:
    """The posts of the files below a folder, each read by ``one``. Links that lead out of it are not followed."""
    taken: set[Path] = set()
    found = 0
    for file in _files(path, path.resolve()):
        found += 1
        if isinstance(file, Unread):
            yield file
        elif file.resolve() not in taken:
            for item in one(file):
                taken.update(_shown(item, file.parent))
                yield item
    if not found:
        raise NotReadError(Why.BROKEN, "a folder without content")


def passed_over(name: str) -> bool:
    """Whether a file is none that a person wrote as content."""
    parts = name.lower().split("/")
    base = parts[-1]
    return (
        "__macosx" in parts
        or any(part.startswith(".") and part not in (".", "..") for part in parts)
        or base in _LITTER
        or base.startswith(("~$", "._", ".~"))
        or base.endswith(_TOOLS + _TEMPORARY)
    )


def is_picture(name: str) -> bool:
    """Whether a name is that of a picture."""
    return name.lower().endswith(PICTURES)


def _member(archive: Archive, member: Member, place: Source, one: One, depth: int, taken: set[str]) -> Iterator[Item]:
    try:
        data = archive.unpacked(member)
        if _is_archive(data, member.name):
            if depth + 1 >= MAX_NESTED:
                raise NotReadError(Why.TOO_DEEP, f"> {MAX_NESTED} archives in one another")
            yield from unpacked(data, place, one, depth=depth + 1, budget=archive.budget)
            return
        folder = posixpath.dirname(member.name)
        look = _looking(archive, folder, taken)
        for item in one(data, place):
            yield reading.filled(item, look)
    except NotReadError as error:
        yield error.unread(place)
        if archive.budget.left < 0 or archive.budget.members < 0:
            raise


def _looking(archive: Archive, folder: str, taken: set[str]) -> Callable[[str], bytes | None]:
    def look(href: str) -> bytes | None:
        name = posixpath.normpath(posixpath.join(folder, unquote(href.split("?")[0].split("#")[0])))
        member = archive.members.get(name)
        if member is None or member.info.file_size > MAX_PICTURE:
            return None
        try:
            data = archive.unpacked(member)
        except NotReadError:
            return None
        taken.add(name)
        return data

    return look


def _is_archive(data: bytes, name: str) -> bool:
    """Whether a member is itself an archive and no document that is packed as one."""
    if not data.startswith(b"PK\x03\x04") or name.lower().endswith((".docx", ".docm", ".xlsx", ".xlsm", ".pptx")):
        return False
    return _OFFICE.isdisjoint(Archive(data).members)


def _pictures_last(found: Iterator[Member | Refused]) -> list[Member | Refused]:
    """Drafts first, so that a picture one of them shows is not a post of its own."""
    return sorted(found, key=lambda member: is_picture(member.name))


def _files(root: Path, real: Path) -> list[Path | Unread]:
    found: list[Path | Unread] = []
    stack = [(root, 0)]
    while stack:
        folder, depth = stack.pop()
        for path in sorted(folder.iterdir()):
            name = path.relative_to(root).as_posix()
            if passed_over(name):
                continue
            if path.is_symlink() and not path.resolve().is_relative_to(real):
                found.append(Unread(Source(str(path)), Why.UNSAFE_PATH, "link out of the folder"))
            elif path.is_dir() and not path.is_symlink():
                if depth >= MAX_FOLDER_DEPTH:
                    found.append(Unread(Source(str(path)), Why.TOO_DEEP, f"> {MAX_FOLDER_DEPTH}"))
                else:
                    stack.append((path, depth + 1))
            elif not path.is_dir():
                found.append(path)
            if len(found) > MAX_FILES:
                raise NotReadError(Why.TOO_MANY, f"> {MAX_FILES} files")
    return sorted(found, key=_order)


def _order(item: Path | Unread) -> tuple[bool, str]:
    name = item.source.path if isinstance(item, Unread) else str(item)
    return is_picture(name), name


def _shown(item: Item, folder: Path) -> Iterator[Path]:
    """The files of those pictures of a post that were found beside it."""
    for picture in item.pictures if isinstance(item, Post) else ():
        if picture.data is not None and picture.href and ":" not in picture.href:
            yield (folder / unquote(picture.href.split("?")[0].split("#")[0])).resolve()
