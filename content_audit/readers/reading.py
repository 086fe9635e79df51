"""From a path or bytes to posts: find the reader, run it behind a guard, fill in the pictures that lie beside.

The guard is the one place where any fault of a reader becomes "not audited, because": a bug in one format must not
lose the other files.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from content_audit.model import Picture, Post, Source, Unread, Why
from content_audit.readers.encoding import decode, encoding_of
from content_audit.readers.files import beside, bounded, opened
from content_audit.readers.limits import MAX_FILE, MAX_STREAM, NotReadError
from content_audit.readers.registry import HEAD, FileReader, Reader, pick

if TYPE_CHECKING:
    from content_audit.readers.mapping import Mapped

Item = Post | Unread
Beside = Callable[[str], bytes | None]
"""The bytes of a file by its place relative to the one that is read; None where there is none or it leads outside."""

_LOG = logging.getLogger(__name__)


def read_path(path: str | Path, *, mapping: Mapped | None = None) -> Iterator[Item]:
    """The posts in a file or directory, one by one, and what of it could not be read.

    With ``mapping`` each file is read by it and nothing is sniffed.
    """
    path = Path(path)
    if mapping is not None and path.is_dir():
        for file in sorted(found for found in path.rglob("*") if found.is_file()):
            yield from read_path(file, mapping=mapping)
        return
    source = Source(str(path))
    try:
        head = b"" if path.is_dir() else _head(path)
    except (OSError, ValueError) as error:
        yield Unread(source, Why.BROKEN, getattr(error, "strerror", None) or str(error))
        return
    except NotReadError as error:
        yield error.unread(source)
        return
    name = path.name + ("/" if path.is_dir() else "")
    reader = mapping or pick(head, name)
    if reader is None:
        yield unknown(head, source)
        return
    for item in guarded(reader, source, lambda found, place: _from_file(found, path, place)):
        yield filled(item, lambda href: beside(path.parent, href))


def reader_of(path: Path) -> Reader | None:
    """Who reads the file or directory at ``path``; None where nobody knows it or it cannot be opened."""
    try:
        return pick(b"" if path.is_dir() else _head(path), path.name + ("/" if path.is_dir() else ""))
    except (OSError, ValueError, NotReadError):
        return None


def read_bytes(data: bytes, source: Source, *, mapping: Mapped | None = None) -> Iterator[Item]:
    """The posts in ``data``, which was found at ``source.path``. Pictures beside it are not filled in: see ``filled``."""
    if len(data) > MAX_FILE:
        yield Unread(source, Why.TOO_BIG, f"{len(data)} > {MAX_FILE}")
        return
    reader = mapping or pick(data[:HEAD], PurePosixPath(source.path).name)
    if reader is None:
        yield unknown(data[:HEAD], source)
        return
    yield from guarded(reader, source, lambda found, place: found.read(data, place))


def unknown(head: bytes, source: Source) -> Unread:
    """Why nobody reads a file that begins so: text in no known encoding, or a format that nobody knows."""
    try:
        decode(head) if len(head) < HEAD else encoding_of(head)
    except NotReadError as error:
        if b"\0" not in head:
            return error.unread(source)
    return Unread(source, Why.UNKNOWN_FORMAT)


def guarded(reader: Reader, source: Source, run: Callable[[Reader, Source], Iterator[Item]]) -> Iterator[Item]:
    """What ``run`` gives for ``reader``, each with the reader's name; a fault ends it with an ``Unread``."""
    source = source._replace(reader=reader.name)
    try:
        for item in run(reader, source):
            yield _named(item, reader.name)
    except NotReadError as error:
        yield error.unread(source)
    except MemoryError:
        yield Unread(source, Why.TOO_BIG)
    except Exception as error:
        _LOG.exception("reader %s failed on %s", reader.name, source.path)
        yield Unread(source, Why.CRASHED, type(error).__name__)


def filled(item: Item, look: Beside) -> Item:
    """``item`` with the bytes of those pictures that ``look`` finds beside the file; remote ones are never fetched."""
    if isinstance(item, Unread) or not any(_local(picture) for picture in item.pictures):
        return item
    pictures = (replace(one, data=look(one.href)) if _local(one) else one for one in item.pictures)
    return replace(item, pictures=tuple(pictures))


def _from_file(reader: Reader, path: Path, source: Source) -> Iterator[Item]:
    try:
        if not isinstance(reader, FileReader):
            yield from reader.read(bounded(path, MAX_FILE), source)
        elif not path.is_dir() and path.stat().st_size > MAX_STREAM:
            raise NotReadError(Why.TOO_BIG, f"> {MAX_STREAM}")
        else:
            yield from reader.read_file(path, source)
    except OSError as error:
        raise NotReadError(Why.BROKEN, error.strerror or str(error)) from error


def _head(path: Path) -> bytes:
    with opened(path) as file:
        return file.read(HEAD)


def _named(item: Item, name: str) -> Item:
    if item.source.reader:
        return item
    source = item.source._replace(reader=name)
    return item._replace(source=source) if isinstance(item, Unread) else replace(item, source=source)


def _local(picture: Picture) -> bool:
    return picture.data is None and bool(picture.href) and ":" not in picture.href and picture.href[:1] not in "/\\"
