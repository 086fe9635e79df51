"""Zip files of strangers: each member checked before it is unpacked and bounded while it is.

The directory of an archive is not believed: sizes are counted on unpacking, and members that lie over one another are
refused. Nothing is ever written to disk, so a name that leads outside is refused for what it means, not for harm here.
"""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

from content_audit.model import Why
from content_audit.readers.limits import MAX_FILE, MAX_UNPACKED, NotReadError

MAX_MEMBERS = 5000
MAX_RATIO = 200
"""How many times its packed size a member may unpack to, beyond the first mebibyte."""
_PIECE = 256 * 1024
_FREE = 1024 * 1024
_DRIVE = re.compile(r"^[A-Za-z]:")
_UTF8 = 0x800
_FAULTS = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError)


class Member(NamedTuple):
    """A file in an archive under the name a person sees."""

    name: str
    info: zipfile.ZipInfo


class Refused(NamedTuple):
    """A member that is not read, and why."""

    name: str
    why: Why
    detail: str = ""


class Budget:
    """How much may still be unpacked, shared by an archive and all archives in it."""

    def __init__(self, left: int = MAX_UNPACKED, members: int = MAX_MEMBERS) -> None:
        self.left = left
        self.members = members

    def take(self, size: int) -> None:
        """Count ``size`` unpacked bytes. Raises NotReadError(TOO_BIG) when there is no more room."""
        self.left -= size
        if self.left < 0:
            raise NotReadError(Why.TOO_BIG, f"> {MAX_UNPACKED} unpacked")

    def count(self, members: int) -> None:
        """Count members. Raises NotReadError(TOO_MANY)."""
        self.members -= members
        if self.members < 0:
            raise NotReadError(Why.TOO_MANY, f"> {MAX_MEMBERS} members")


class Archive:
    """An opened zip: what is in it, and the bytes of a member."""

    def __init__(self, data: bytes, budget: Budget | None = None) -> None:
        """Raises NotReadError where ``data`` is no zip or holds too many members."""
        self.budget = budget or Budget()
        try:
            self._file = zipfile.ZipFile(BytesIO(data))
        except _FAULTS as error:
            raise NotReadError(Why.BROKEN, type(error).__name__) from error
        infos = self._file.infolist()
        self.budget.count(len(infos))
        self._overlapping = _overlapping(infos)
        self.members = {found.name: found for found in (Member(shown_name(info), info) for info in infos)}
        self._all = [Member(shown_name(info), info) for info in infos if not info.is_dir()]

    def sorted(self) -> Iterator[Member | Refused]:
        """Every file in the order of the directory, the unsafe ones refused."""
        seen: set[str] = set()
        for member in self._all:
            refused = self._refused(member, seen)
            seen.add(member.name)
            yield refused or member

    def read(self, name: str) -> bytes:
        """The bytes of the member ``name``. Raises NotReadError, KeyError where there is none."""
        return self.unpacked(self.members[name])

    def unpacked(self, member: Member) -> bytes:
        """The bytes of ``member``, unpacked within bounds. Raises NotReadError."""
        if member.info.flag_bits & 1:
            raise NotReadError(Why.ENCRYPTED)
        if member.info.header_offset in self._overlapping:
            raise NotReadError(Why.BROKEN, "members lie over one another")
        try:
            return self._bounded(member.info)
        except _FAULTS as error:
            raise NotReadError(Why.BROKEN, type(error).__name__) from error

    def _bounded(self, info: zipfile.ZipInfo) -> bytes:
        most = min(MAX_FILE, max(info.compress_size * MAX_RATIO, _FREE))
        pieces, size = [], 0
        with self._file.open(info) as file:
            while piece := file.read(_PIECE):
                size += len(piece)
                self.budget.take(len(piece))
                if size > most:
                    raise NotReadError(Why.TOO_BIG, f"> {most} unpacked")
                pieces.append(piece)
        return b"".join(pieces)

    def _refused(self, member: Member, seen: set[str]) -> Refused | None:
        name, info = member
        if unsafe(name):
            return Refused(name, Why.UNSAFE_PATH)
        if stat.S_ISLNK(info.external_attr >> 16):
            return Refused(name, Why.UNSAFE_PATH, "symbolic link")
        if name in seen:
            return Refused(name, Why.BROKEN, "the name stands twice")
        return None


def shown_name(info: zipfile.ZipInfo) -> str:
    """The member's name: UTF-8 where it says so or is it, else GB18030 as Chinese Windows writes it."""
    name = info.orig_filename
    if not info.flag_bits & _UTF8:
        raw = name.encode("cp437", "replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")


def unsafe(name: str) -> bool:
    """Whether a name leads out of its archive or is none."""
    parts = name.split("/")
    return name.startswith("/") or ".." in parts or "\0" in name or not name.strip("/. ") or bool(_DRIVE.match(name))


def _overlapping(infos: list[zipfile.ZipInfo]) -> frozenset[int]:
    """The offsets of members whose packed bytes reach into the next one."""
    starts = sorted((info.header_offset, info.compress_size) for info in infos)
    bad: set[int] = set()
    end = -1
    for offset, size in starts:
        if offset < end:
            bad.add(offset)
        end = max(end, offset + 30 + size)
    return frozenset(bad)
