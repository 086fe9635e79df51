"""The SQLite file of a ledger: frozen format 1, and the settings without which nobody may write it.

Every connection sets its pragmas and reads them back; a file whose schema differs by a single trigger is not
ours. ``docs/ledger.md`` prints the same statements.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from zhongbao_core.errors import StoreError
from zhongbao_core.ledger.place import require_lawful
from zhongbao_core.text import Text

APPLICATION_ID = 0x7A624C67
"""``zbLg`` in the file's header."""
FORMAT = 1
BUSY_MS = 5000
FAULTS = (sqlite3.Error, UnicodeError)
"""What SQLite raises over a file it cannot use; a damaged schema may not even be quotable as text."""

SCHEMA = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE entries (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, ref TEXT NOT NULL, idem TEXT, "
    "nodes BLOB NOT NULL, raw BLOB NOT NULL)",
    "CREATE UNIQUE INDEX entries_idem ON entries (idem) WHERE idem IS NOT NULL",
    "CREATE INDEX entries_kind ON entries (kind, ref)",
    "CREATE TABLE documents (digest TEXT PRIMARY KEY, content BLOB, erased INTEGER)",
)
"""``nodes``: the hashes of the complete subtrees that end with this entry, its leaf first, 32 bytes each."""
PRAGMAS = (
    ("busy_timeout", BUSY_MS, BUSY_MS),
    ("synchronous", "FULL", 2),
    ("wal_autocheckpoint", 250, 250),
    ("fullfsync", "ON", 1),
    ("checkpoint_fullfsync", "ON", 1),
    ("secure_delete", "ON", 1),
    ("trusted_schema", "OFF", 0),
    ("cell_size_check", "ON", 1),
)
"""Name, value set, value that must be read back. ``journal_mode`` (wal) is kept in the file and only read.

A short write-ahead log is soon written over; a sync of one that still grows costs about twice as much.
"""


def create(path: Path, origin: str) -> sqlite3.Connection:
    """Make the file (0600, never over another one) with the frozen schema; the connection to it.

    Raises StoreError: LEDGER_EXISTS, LEDGER_IN_GIT, LEDGER_ON_NETWORK, STORE_UNAVAILABLE.
    """
    require_lawful(path)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        raise StoreError(
            Text(f"{path} 已存在", f"{path} exists"),
            Text("换一个位置；已有的存证日志不会被覆盖", "choose another place; a ledger is never overwritten"),
            reason_code="LEDGER_EXISTS",
        ) from error
    except OSError as error:
        raise unavailable(path, error) from error
    try:
        return _made(path, origin)
    except FAULTS as error:
        raise unavailable(path, error) from error


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A checked connection to the ledger at ``path``, which is never created here.

    Raises StoreError: LEDGER_MISSING, LEDGER_IN_GIT, LEDGER_ON_NETWORK, LEDGER_FORMAT, PRAGMA_REFUSED,
    STORE_UNAVAILABLE.
    """
    if not path.is_file():
        raise StoreError(
            Text(f"没有存证日志 {path}", f"there is no ledger at {path}"),
            Text("用 zhongbao ledger init 建立，或恢复备份", "make one with zhongbao ledger init, or restore a backup"),
            reason_code="LEDGER_MISSING",
        )
    require_lawful(path)
    try:
        connection = _open(path, read_only)
    except FAULTS as error:
        raise unavailable(path, error) from error
    try:
        _settle(connection, read_only)
        _check_format(connection, path)
    except FAULTS as error:
        connection.close()
        raise unavailable(path, error) from error
    except BaseException:
        connection.close()
        raise
    return connection


def origin_of(connection: sqlite3.Connection) -> str:
    """The ledger's own name, as written at its making."""
    row = connection.execute("SELECT value FROM meta WHERE name = 'origin'").fetchone()
    return str(row[0]) if row else ""


def unavailable(path: Path, error: Exception) -> StoreError:
    """The StoreError for what SQLite or the system said."""
    return StoreError(
        Text(f"存证日志 {path} 无法使用：{error}", f"the ledger {path} cannot be used: {error}"),
        Text(
            "查看磁盘空间、权限和硬件；勿手工修改该文件",
            "look at disk space, permissions and hardware; never edit the file",
        ),
        path=str(path),
    )


def _open(path: Path, read_only: bool) -> sqlite3.Connection:
    mode = "ro" if read_only else "rw"
    uri = f"file:{quote(str(path.absolute()))}?mode={mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_MS / 1000)


def _made(path: Path, origin: str) -> sqlite3.Connection:
    connection = _open(path, False)
    connection.execute("PRAGMA page_size = 4096")
    connection.execute("PRAGMA journal_mode = WAL")
    _settle(connection, False)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {FORMAT}")
    for statement in SCHEMA:
        connection.execute(statement)
    rows = (("format", f"zhongbao-ledger/{FORMAT}"), ("hash", "sha256"), ("origin", origin))
    connection.executemany("INSERT INTO meta VALUES (?, ?)", rows)
    return connection


def _settle(connection: sqlite3.Connection, read_only: bool) -> None:
    """Set every pragma and read it back: a library that ignores one is not good enough to keep evidence."""
    for name, value, expected in PRAGMAS:
        connection.execute(f"PRAGMA {name} = {value}")
        found = connection.execute(f"PRAGMA {name}").fetchone()
        if found is None or found[0] != expected:
            raise _refused_pragma(name, found)
    if read_only:
        connection.execute("PRAGMA query_only = ON")
    mode = connection.execute("PRAGMA journal_mode").fetchone()
    if mode is None or mode[0] != "wal":
        raise _refused_pragma("journal_mode", mode)


def _check_format(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that is not a ledger, of another format, or with a schema that is not exactly the frozen one."""
    found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
    if found != [APPLICATION_ID, FORMAT]:
        raise StoreError(
            Text(f"{path} 不是格式 {FORMAT} 的存证日志", f"{path} is not a ledger of format {FORMAT}"),
            Text("核对路径", "check the path"),
            reason_code="LEDGER_FORMAT",
        )
    rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    if sorted(row[0] for row in rows) != sorted(SCHEMA):
        raise StoreError(
            Text(f"{path} 的表结构被改动", f"the schema of {path} was changed"),
            Text("停止使用，恢复备份并查明原因", "stop using it, restore a backup and find out why"),
            reason_code="LEDGER_SCHEMA",
        )


def _refused_pragma(name: str, found: object) -> StoreError:
    return StoreError(
        Text(
            f"SQLite 未接受设置 {name}（读回 {found}）", f"SQLite did not take the setting {name} (read back {found})"
        ),
        Text("更换 SQLite 版本，或恢复该文件", "use another SQLite build, or restore the file"),
        reason_code="PRAGMA_REFUSED",
    )


def discard(path: Path) -> None:
    """Remove a ledger file that was never acknowledged, with what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm", ".lock"):
        with suppress(OSError):
            Path(f"{path}{suffix}").unlink()
