"""Backup and restore. A backup is a whole, checked copy; a restore refuses a copy that is older than what was seen.

The copy is made beside the ledger and moved as plain bytes, so a backup may go where a ledger may not live.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from zhongbao_core.errors import StoreError, TamperedError
from zhongbao_core.ledger import schema
from zhongbao_core.ledger.journal import Journal
from zhongbao_core.ledger.place import require_lawful
from zhongbao_core.ledger.verify import VerifyReport
from zhongbao_core.proof import Checkpoint
from zhongbao_core.text import Text


def backup(journal: Journal, target: Path) -> VerifyReport:
    """Copy the ledger as it stands to the new file ``target`` (0600), checked in full; what the check saw.

    Writers may go on meanwhile. Raises StoreError BACKUP_EXISTS or STORE_UNAVAILABLE, TamperedError where the
    ledger itself is not good.
    """
    _require_absent(target, "BACKUP_EXISTS")
    with _beside(journal.path) as copy:
        _copy_pages(journal, copy)
        report = _checked(copy, ())
        try:
            _place(copy, target)
        except OSError as error:
            raise schema.unavailable(target, error) from error
    return report


def restore(
    source: Path, target: Path, checkpoints: Iterable[Checkpoint], *, writer: str, at: datetime
) -> VerifyReport:
    """Make the backup ``source`` the ledger at ``target``, where none may be; what the check saw.

    The whole copy is checked, and against ``checkpoints`` kept outside: an older copy is refused with TamperedError
    LEDGER_ROLLED_BACK that says how many entries it lacks. The restored ledger records that it was restored.
    """
    if not source.is_file():
        raise StoreError(Text(f"没有备份 {source}", f"there is no backup {source}"), reason_code="BACKUP_MISSING")
    require_lawful(target)
    _require_absent(target, "LEDGER_EXISTS")
    with _beside(target) as copy:
        try:
            shutil.copyfile(source, copy)
            _to_wal(copy)
            report = _checked(copy, checkpoints)
            _place(copy, target)
        except (OSError, *schema.FAULTS) as error:
            raise schema.unavailable(source, error) from error
    with Journal.open(target, writer=writer) as journal:
        journal.append("ledger.restored", journal.origin, {"size": report.size, "root": report.root.hex()}, at=at)
    return report


def _copy_pages(journal: Journal, copy: Path) -> None:
    try:
        with _connection(copy) as target:
            journal.connection.backup(target)
            target.execute("PRAGMA journal_mode = DELETE").fetchall()
    except schema.FAULTS as error:
        raise schema.unavailable(copy, error) from error


def _checked(copy: Path, checkpoints: Iterable[Checkpoint]) -> VerifyReport:
    """The full check of ``copy``; a plain file again afterwards."""
    _to_wal(copy)
    with Journal.open(copy) as journal:
        report = journal.verify(checkpoints)
    if not report.good:
        raise TamperedError(
            Text(f"该副本不可用：{report.message.zh}", f"the copy is no good: {report.message.en}"),
            Text("换一份更新的备份；查明原因", "use a newer backup, and find out why"),
            reason_code=report.reason_code,
            first_bad=report.first_bad,
        )
    return report


def _to_wal(copy: Path) -> None:
    with _connection(copy) as connection:
        connection.execute("PRAGMA journal_mode = WAL").fetchall()


@contextmanager
def _connection(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A private new file in the folder of ``path``, gone afterwards whatever happens."""
    copy = path.with_name(f".{path.name}.{os.getpid()}.copy")
    schema.discard(copy)
    try:
        os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise schema.unavailable(path, error) from error
    try:
        yield copy
    finally:
        schema.discard(copy)


def _place(copy: Path, target: Path) -> None:
    """Write the bytes of ``copy`` to the new file ``target``, synced before it gets its name. Never overwrites."""
    new = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        with (
            os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as to,
            copy.open("rb") as source,
        ):
            shutil.copyfileobj(source, to, 1 << 20)
            to.flush()
            os.fsync(to.fileno())
        _require_absent(target, "LEDGER_EXISTS")
        new.rename(target)
    finally:
        new.unlink(missing_ok=True)


def _require_absent(target: Path, code: str) -> None:
    if os.path.lexists(target):
        raise StoreError(
            Text(f"{target} 已存在，不覆盖", f"{target} exists and is not overwritten"),
            Text("先把它移开保存", "move it aside first, and keep it"),
            reason_code=code,
        )
