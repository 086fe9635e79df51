"""Opening the content policy of a workspace: compiled once, kept for the user who runs it, made again when rules change.

The kept file is named by the digest of all that it was made of, so a stale one is simply not found. Opening a kept one
reads no YAML. A gate does not come this way: it takes the file whose digest the signed manifest names.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from content_audit.audit.audit import Auditor
from content_audit.audit.compiled import ENGINE, FORMAT, Compiled
from content_audit.audit.context_words import stamp
from content_audit.match.lexfile import library_version
from zhongbao_core.errors import CannotTellError
from zhongbao_core.event import Level
from zhongbao_core.sha import sha256

if TYPE_CHECKING:
    from content_audit.audit.registers import Registers

PARTS = ("packs", "rules", "lists", "content.yaml", "content.yml")
"""What of ``content/`` in a workspace the rules are made of; registers are not."""


def open_auditor(
    workspace: Path | None,
    *,
    registers: Registers | None = None,
    level: Level = Level.NONE,
    at: datetime | None = None,
) -> Auditor:
    """The auditor of our rules and those of ``workspace``. Raises InputError RULES_BROKEN where rules have errors."""
    return open_compiled(workspace).auditor(registers=registers, level=level, at=at)


def open_compiled(workspace: Path | None) -> Compiled:
    """The compiled policy of our rules and those of ``workspace``, kept or made now."""
    return opened_bytes(workspace)[0]


def compiled_bytes(workspace: Path | None) -> bytes:
    """The same as bytes, known to open."""
    return opened_bytes(workspace)[1]


def opened_bytes(workspace: Path | None) -> tuple[Compiled, bytes]:
    """The same with the bytes it was opened from."""
    path = cached_at(workspace)
    with suppress(OSError, CannotTellError):
        data = path.read_bytes()
        return Compiled(data), data
    from content_audit.authoring.compile import compile_book
    from content_audit.authoring.packs import load_rules

    data = compile_book(load_rules(workspace).book())
    with suppress(OSError):
        _keep(path, data)
    return Compiled(data), data


def cached_at(workspace: Path | None) -> Path:
    """Where the compiled policy of ``workspace`` is kept."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111 pathlib raises without a home
    return Path(base, "zhongbao", f"content-{_stamp(workspace)[:24]}.bin")


def _stamp(workspace: Path | None) -> str:
    """Over every file the rules are made of: ours by size and time, the company's by content."""
    import policies

    ours = Path(str(policies.__file__)).parent / "content"
    found = sha256(f"{FORMAT} {ENGINE} {stamp()} {library_version()}\n".encode())
    for path in _files(ours):
        state = path.stat()
        found.update(f"{path.relative_to(ours)} {state.st_size} {state.st_mtime_ns}\n".encode())
    for path in _company(workspace):
        name = path.relative_to(workspace or "")
        found.update(f"{name} {sha256(path.read_bytes()).hexdigest()}\n".encode())
    return found.hexdigest()


def _company(workspace: Path | None) -> Iterator[Path]:
    for part in PARTS if workspace is not None else ():
        path = Path(workspace or "", "content", part)
        if path.is_file():
            yield path
        else:
            yield from _files(path)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*.yaml")) if path.is_file())


def _keep(path: Path, data: bytes) -> None:
    """Write ``data`` where only this user reads it, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    rough = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(rough, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    rough.replace(path)
