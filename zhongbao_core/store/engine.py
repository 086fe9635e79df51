"""The store of findings: one SQLite file, migrated when it is opened, 0600, every pragma set and read back.

The ledger is apart and has its own format; this store holds what may be erased. Heavy (SQLAlchemy, Alembic): import it
inside the command that needs it, never on a gate's path.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError

from zhongbao_core.errors import StoreError
from zhongbao_core.store.place import require_local
from zhongbao_core.text import Text

CORE = "zhongbao_core:store/migrations/versions"
"""Where the revisions of the core's own branch are packaged."""
PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "2",
    "foreign_keys": "1",
    "secure_delete": "1",
    "busy_timeout": "10000",
}
"""Set on every connection and read back: FULL sync, and erased personal data is overwritten."""


@contextmanager
def open_store(path: Path, *, create: bool = False, branches: Iterable[str] = ()) -> Iterator[Engine]:
    """The store at ``path``, migrated to the newest revision of the core and of every branch in ``branches``.

    A pillar names its branch as ``package:path/of/versions``. Without ``create`` a missing file is an error
    (STORE_MISSING): nothing was ever recorded, which is not the same as nothing found. Raises StoreError.
    """
    require_local(path)
    _present(path, create=create)
    engine = create_engine(URL.create("sqlite", database=str(path)))
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin_immediate)
    try:
        with _readable(path):
            _upgrade(engine, (CORE, *branches))
            yield engine
    finally:
        engine.dispose()


def _present(path: Path, *, create: bool) -> None:
    if not create and not path.is_file():
        raise StoreError(
            Text(
                f"没有问题库 {path}：从未登记过，不等于没有问题",
                f"no findings store at {path}: nothing was ever recorded",
            ),
            Text(
                "用 --store 指定，或先运行会登记问题的检查",
                "name one with --store, or run a check that records findings",
            ),
            reason_code="STORE_MISSING",
            path=str(path),
        )
    try:
        os.close(os.open(path, os.O_RDWR | (os.O_CREAT if create else 0), 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise StoreError(
            Text(
                f"问题库 {path} 打不开：{error.strerror}",
                f"the findings store {path} cannot be opened: {error.strerror}",
            ),
            path=str(path),
        ) from error


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        raise StoreError(
            Text(f"问题库 {path} 无法使用：{error.orig}", f"the findings store {path} cannot be used: {error.orig}"),
            Text("从备份恢复，或稍后重试", "restore it from a backup, or try again later"),
            path=str(path),
        ) from error


def _set_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are ours: BEGIN IMMEDIATE below
    cursor = connection.cursor()
    for name, value in PRAGMAS.items():
        cursor.execute(f"PRAGMA {name}={value}")
        got = str(cursor.execute(f"PRAGMA {name}").fetchone()[0])
        if got != value:
            raise StoreError(Text(f"问题库参数 {name} 未生效：{got}", f"pragma {name} did not take: {got}"))
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _upgrade(engine: Engine, branches: tuple[str, ...]) -> None:
    """Bring the tables to the newest revisions, in one transaction: a killed migration leaves the old state."""
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", "zhongbao_core:store/migrations")
    config.set_main_option("version_locations", " ".join(branches))
    config.set_main_option("path_separator", "space")
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "heads")
    except CommandError as error:
        raise StoreError(
            Text(f"问题库的版本本程序不认识：{error}", f"this program does not know the store's revision: {error}"),
            Text("升级 zhongbao", "upgrade zhongbao"),
            reason_code="STORE_NEWER",
        ) from error
