"""Checkpoints kept outside the store: the only thing that shows an older copy put back, or history rewritten.

A folder of signed notes named by size. Keep it where the ledger's host cannot rewrite it: another machine, a git
remote that refuses forced pushes, a printed sheet.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from zhongbao_core.errors import StoreError
from zhongbao_core.ledger.journal import Journal
from zhongbao_core.proof import MAX_NOTE, Checkpoint, CheckpointError, verify_checkpoint
from zhongbao_core.seen import read_seen
from zhongbao_core.text import Text
from zhongbao_core.trustfile import Trust

FOLDER = "checkpoints"
"""Beside the trust file: the folder that every opening through ``open_ledger`` looks at."""
_NAME = re.compile(r"checkpoint-(\d{12,16})\.txt")


def open_ledger(trust: Trust, *, writer: str = "", read_only: bool = False) -> Journal:
    """The ledger that ``trust`` names, provided that it is that ledger and not behind what was seen of it.

    Compared with the newest checkpoint in ``checkpoints/`` beside the trust file and with the size in the trust's
    state. Raises StoreError LEDGER_NOT_HERE, LEDGER_ORIGIN, LEDGER_ROLLED_BACK, LEDGER_FORKED and those of ``open``.
    """
    if trust.ledger.path is None:
        raise StoreError(
            Text("信任文件没有写明存证日志的位置", "the trust file names no ledger on this machine"),
            Text("在存证日志所在的机器上执行", "run this where the ledger is kept"),
            reason_code="LEDGER_NOT_HERE",
        )
    journal = Journal.open(trust.ledger.path, writer=writer, read_only=read_only)
    journal.rehearsal = trust.rehearsal
    try:
        _require_known(journal, trust)
    except BaseException:
        journal.close()
        raise
    return journal


def newest(folder: Path, keys: Sequence[str], origin: str) -> Checkpoint | None:
    """The checkpoint with the greatest size in ``folder``, verified; None where there is none.

    Raises CheckpointError where that file is not a good checkpoint of ``origin``: it is not passed over.
    """
    names = sorted(_named(folder))
    return read_checkpoint(folder / names[-1][1], keys, origin) if names else None


def read_checkpoint(path: Path, keys: Iterable[str], origin: str) -> Checkpoint:
    """The verified checkpoint in the file ``path``. Raises CheckpointError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_NOTE + 1)
    except OSError as error:
        cause = error.strerror or str(error)
        raise CheckpointError(
            Text(f"检查点 {path} 读不了：{cause}", f"checkpoint {path} cannot be read: {cause}")
        ) from error
    try:
        return verify_checkpoint(data, keys, origin)
    except CheckpointError as error:
        raise CheckpointError(
            Text(f"{path}：{error.message.zh}", f"{path}: {error.message.en}"), reason_code=error.reason_code
        ) from error


def save(note: str, size: int, folder: Path) -> Path:
    """Put ``note`` into ``folder`` under its size, whole or not at all, synced; the file's path."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    path = folder / f"checkpoint-{size:012d}.txt"
    new = folder / f".{path.name}.{os.getpid()}"
    with new.open("w", encoding="utf-8", newline="\n") as file:
        file.write(note)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    return path


def _require_known(journal: Journal, trust: Trust) -> None:
    if journal.origin != trust.ledger.origin:
        raise StoreError(
            Text(
                f"存证日志名为 {journal.origin}，信任文件要求 {trust.ledger.origin}",
                f"the ledger is {journal.origin}, the trust file names {trust.ledger.origin}",
            ),
            Text("核对信任文件中的 path 与 origin", "check path and origin in the trust file"),
            reason_code="LEDGER_ORIGIN",
        )
    seen = read_seen(trust.state).checkpoint
    if seen:
        journal.require_size(seen)
    checkpoint = newest(trust.path.parent / FOLDER, trust.ledger.lines, trust.ledger.origin)
    if checkpoint is not None:
        journal.require(checkpoint)


def _named(folder: Path) -> list[tuple[int, str]]:
    try:
        names = os.listdir(folder)  # noqa: PTH208 names only, on a gate's path
    except FileNotFoundError:
        return []
    except OSError as error:
        cause = error.strerror or str(error)
        raise CheckpointError(
            Text(f"检查点目录 {folder} 读不了：{cause}", f"checkpoint folder {folder} cannot be listed: {cause}")
        ) from error
    return [(int(match[1]), name) for name in names if (match := _NAME.fullmatch(name))]
