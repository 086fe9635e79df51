"""The local file of emergency releases: append-only JSON lines, synced before the permit is handed out.

It stands in for the ledger while that is away. ``freeze breakglass merge`` carries its lines over, as *reported*;
each is taken once however often it is merged.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from freeze.desk.glass import Opened
from freeze.life.glass import Glass, glass_from
from zhongbao_core.canonical import canonical, strict_json
from zhongbao_core.errors import StoreError, ZhongbaoError
from zhongbao_core.text import Text
from zhongbao_core.trust import Trust

FORMAT = "zhongbao-glass-spool/1"
FILE = "breakglass.jsonl"
VARIABLE = "ZHONGBAO_SPOOL"
MAX_LINE = 4 * 1024 * 1024
MAX_LINES = 10_000


class Line(NamedTuple):
    """One emergency release as the local file keeps it."""

    id: str
    body: dict[str, Any]
    documents: tuple[bytes, ...]

    @property
    def glass(self) -> Glass | None:
        """The release it tells; None where it is damaged."""
        return glass_from(self.id, self.body, None)


def spool_path(trust: Trust | None, chosen: Path | None = None) -> Path:
    """``chosen``, else $ZHONGBAO_SPOOL, else the trust file's state folder, else the running user's."""
    if chosen is not None:
        return chosen
    named = os.environ.get(VARIABLE, "")
    if named:
        return Path(named)
    if trust is not None and trust.state is not None:
        return trust.state / FILE
    base = os.environ.get("XDG_STATE_HOME") or str(Path("~/.local/state").expanduser())
    return Path(base) / "zhongbao" / FILE


def keep(path: Path, opened: Opened) -> None:
    """Append the release, synced. Raises StoreError SPOOL_UNWRITABLE."""
    line = {
        "format": FORMAT,
        "id": opened.glass.id,
        "body": opened.body,
        "documents": [b64encode(data).decode("ascii") for data in opened.documents],
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        handle = os.open(path, flags, 0o600)
        with os.fdopen(handle, "ab") as file:
            file.write(canonical(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        cause = error.strerror or str(error)
        raise StoreError(
            Text(f"本地记录写不进 {path}：{cause}", f"the local record cannot be written to {path}: {cause}"),
            Text("用 --spool 指定可写的文件", "name a writable file with --spool"),
            reason_code="SPOOL_UNWRITABLE",
        ) from error


def lines(path: Path) -> Iterator[Line]:
    """The releases in the file, oldest first; a damaged line (a torn last one) is passed over. No file, no lines."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for _, raw in zip(range(MAX_LINES), iter(lambda: file.readline(MAX_LINE), b""), strict=False):
            line = _line(raw)
            if line is not None:
                yield line


def damaged(path: Path) -> int:
    """How many lines of the file cannot be read."""
    if not path.exists():
        return 0
    return sum(1 for raw in path.read_bytes().split(b"\n") if raw and _line(raw) is None)


def local_uses(path: Path) -> tuple[Glass, ...]:
    """The releases that the local file tells."""
    return tuple(glass for line in lines(path) if (glass := line.glass) is not None)


def _line(raw: bytes) -> Line | None:
    try:
        value = strict_json(raw.rstrip(b"\n"), what="spool", limit=MAX_LINE)
        if value["format"] != FORMAT:
            return None
        documents = tuple(b64decode(item, validate=True) for item in value["documents"])
        return Line(str(value["id"]), dict(value["body"]), documents)
    except (KeyError, TypeError, ValueError, ZhongbaoError):
        return None
