"""Files of strangers on disk: regular files only, bounded, and pictures only from beside what is read."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from content_audit.model import Why
from content_audit.readers.limits import MAX_PICTURE, NotReadError

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def opened(path: Path) -> BinaryIO:
    """A regular file, opened for reading: a pipe or a device is refused and never waited for."""
    handle = os.open(path, _FLAGS)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise NotReadError(Why.BROKEN, "not a regular file")
    return os.fdopen(handle, "rb")


def bounded(path: Path, limit: int) -> bytes:
    """All bytes of a regular file. Raises NotReadError(TOO_BIG) beyond ``limit``, OSError where it is not there."""
    with opened(path) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise NotReadError(Why.TOO_BIG, f"> {limit}")
    return data


def beside(folder: Path, href: str) -> bytes | None:
    """The bytes of ``href`` as it lies in ``folder`` or below; None for anything outside, too big or not a file."""
    place = folder / unquote(href.split("?")[0].split("#")[0])
    try:
        inside = place.resolve().is_relative_to(folder.resolve())
        return bounded(place, MAX_PICTURE) if inside else None
    except (OSError, ValueError, RuntimeError, NotReadError):
        return None
