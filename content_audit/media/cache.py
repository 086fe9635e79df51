"""Looks that were made before: by the digest of the picture and the engines that looked, in the user's own cache.

A look costs most of a second where words are read, and the same logo stands in every post. What was not read for want
of time or memory is not kept: another run may do better.
"""

from __future__ import annotations

import json
import os
import tempfile
from hashlib import sha256
from pathlib import Path

from content_audit.media.look import engines
from content_audit.media.seen import Seen
from content_audit.model import Picture, Why
from zhongbao_core.compiled_file import cache_folder

MAX_ENTRY = 4 * 1024 * 1024
_PASSING = frozenset({Why.TOO_SLOW, Why.CRASHED, Why.NO_OCR})


class LookCache:
    """Looks on disk, 0600, each file named by what it is a look at; a broken one is looked at again."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(cache_folder()) / "pictures"

    def get(self, picture: Picture, *, ocr: bool) -> Seen | None:
        """The look that was kept for these bytes; None where there is none that can be used."""
        path = self._path(picture, ocr)
        try:
            if path.stat().st_size > MAX_ENTRY or not _own(path):
                return None
            return Seen.of_row(json.loads(path.read_bytes()), picture.locator)
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def put(self, picture: Picture, seen: Seen, *, ocr: bool) -> None:
        """Keep a look. A cache that cannot be written is no fault of the audit."""
        if any(item.why in _PASSING for item in seen.unread) or picture.data is None:
            return
        data = json.dumps(seen.as_row()).encode("ascii")
        path = self._path(picture, ocr)
        if len(data) > MAX_ENTRY:
            return
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".look-")
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(temporary).replace(path)
        except OSError:
            return

    def _path(self, picture: Picture, ocr: bool) -> Path:
        name = sha256(f"{picture.digest}\n{engines(ocr=ocr)}\n{int(ocr)}".encode()).hexdigest()
        return self.folder / name[:2] / f"{name}.json"


def _own(path: Path) -> bool:
    """Whether the file is this user's: what others wrote is not believed."""
    owner = getattr(os, "getuid", None)
    return owner is None or path.stat().st_uid == owner()
