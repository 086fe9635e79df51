"""Weibo exports that are SQLite databases, of weibo-crawler and weiboSpider.

A database is opened read-only and immutable, only a plain table is read, and its statements are ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from content_audit.model import Post, Source, Unread, Why
from content_audit.readers import weibo
from content_audit.readers.limits import MAX_RECORD, MAX_RECORDS, NotReadError
from content_audit.readers.registry import NO, SURE
from content_audit.readers.weibo_table import NAMES, status_of
from zhongbao_core.text import Text

if TYPE_CHECKING:
    import sqlite3

_SQLITE = b"SQLite format 3\0"
_NO_WAL = b"\x01\x01"
"""In the header: no write-ahead log, which a database in memory cannot have."""


class WeiboDatabase:
    """Reader of the SQLite databases."""

    name = "weibo-sqlite"
    title = Text("微博导出 SQLite（weibo-crawler、weiboSpider）", "Weibo SQLite of weibo-crawler and weiboSpider")

    def score(self, head: bytes, name: str) -> int:
        """By the file's first bytes; whether it holds a table of statuses is seen on reading."""
        return SURE if head.startswith(_SQLITE) else NO

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """One post a row of the table ``weibo``."""
        import sqlite3

        if not data.startswith(_SQLITE):
            raise NotReadError(Why.BROKEN)
        with _Closing(sqlite3.connect(":memory:")) as database:
            try:
                database.deserialize(data[:18] + _NO_WAL + data[20:])
            except sqlite3.Error as error:
                raise NotReadError(Why.BROKEN, str(error)) from error
            yield from _statuses(database, source)

    def read_file(self, path: Path, source: Source) -> Iterator[Post | Unread]:
        """The same, from the file as it lies there: nothing beside it is read and nothing is written."""
        import sqlite3

        if _has_bytes(path.with_name(path.name + "-wal")):
            yield Unread(source, Why.UNSTABLE, f"{path.name}-wal holds rows that are not in the file yet")
        address = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
        try:
            database = sqlite3.connect(address, uri=True)
        except sqlite3.Error as error:
            raise NotReadError(Why.BROKEN, str(error)) from error
        with _Closing(database):
            yield from _statuses(database, source)


DATABASE = WeiboDatabase()


class _Closing:
    """A connection that is closed on leaving, which sqlite3's own context does not do."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database

    def __enter__(self) -> sqlite3.Connection:
        return self.database

    def __exit__(self, *_: object) -> None:
        self.database.close()


def _statuses(database: sqlite3.Connection, source: Source) -> Iterator[Post | Unread]:
    import sqlite3

    try:
        yield from _rows(database, source)
    except (sqlite3.Error, UnicodeDecodeError, OverflowError) as error:
        raise NotReadError(Why.BROKEN, str(error)) from error


def _rows(database: sqlite3.Connection, source: Source) -> Iterator[Post | Unread]:
    _bound(database)
    known = _columns(database)
    wanted = [name for names in NAMES.values() for name in names if name in known]
    if "id" not in known or not {"text", "content"} & known:
        raise NotReadError(Why.UNKNOWN_FORMAT, "no table weibo with id and text")
    table = _Table(database, wanted, "retweet_id" in known)
    for number, values in enumerate(table.rows(), 1):
        if number > MAX_RECORDS:
            yield Unread(source, Why.TOO_MANY, f"> {MAX_RECORDS} rows")
            return
        if (found := _post_of_row(table, values, source, number)) is not None:
            yield found


class _Table:
    """The statuses of a database, and which of them stand there only because one was re-posted."""

    def __init__(self, database: sqlite3.Connection, wanted: list[str], reposts: bool) -> None:
        database.text_factory = bytes
        self.database, self.wanted = database, wanted
        self.columns = [*wanted, "retweet_id"] if reposts else wanted
        self.users = "user_id" if "user_id" in wanted else "NULL"
        self.reposter = dict(self._reposts()) if reposts else {}

    def rows(self) -> Iterator[tuple[object, ...]]:
        return self.database.execute(_select(self.columns))

    def row(self, id: str) -> dict[str, str]:
        found = self.database.execute(_select(self.wanted) + " WHERE id = ?", (id,)).fetchone()
        return {} if found is None else self.cells(self.wanted, found)

    def cells(self, columns: list[str], values: tuple[object, ...]) -> dict[str, str]:
        return dict(zip(columns, map(_cell, values), strict=True))

    def foreign(self, cells: dict[str, str]) -> bool:
        """Whether this row is somebody else's, kept beside the own one that re-posted it."""
        return self.reposter.get(cells["id"], cells.get("user_id", "")) != cells.get("user_id", "")

    def _reposts(self) -> Iterator[tuple[str, str]]:
        statement = f"SELECT retweet_id, {self.users} FROM main.weibo WHERE retweet_id > ''"  # noqa: S608  the names are ours
        for values in self.database.execute(statement):
            yield _cell(values[0]), _cell(values[1])


def _post_of_row(table: _Table, values: tuple[object, ...], source: Source, number: int) -> Post | Unread | None:
    place = source._replace(record=f"weibo {number}")
    try:
        cells = table.cells(table.columns, values)
        if table.foreign(cells):
            return None
        quoted = status_of(table.row(cells["retweet_id"])) if cells.get("retweet_id") else None
        return weibo.post(status_of(cells, quoted=quoted), place)
    except NotReadError as error:
        return error.unread(place)


def _select(columns: list[str]) -> str:
    """Our own names only: each is one of NAMES, so no word of the file gets into the statement."""
    return f"SELECT {', '.join(columns)} FROM main.weibo"  # noqa: S608  the names are ours


def _columns(database: sqlite3.Connection) -> set[str]:
    """The columns of ``weibo`` where it is a plain table: not a view, not virtual, nothing generated."""
    kind = database.execute("SELECT type, sql FROM main.sqlite_master WHERE name = 'weibo'").fetchone()
    if kind is None or kind[0] != "table" or "VIRTUAL" in str(kind[1]).upper()[:40]:
        return set()
    rows = database.execute("PRAGMA main.table_xinfo(weibo)").fetchall()
    return {str(row[1]) for row in rows if row[6] == 0}


def _bound(database: sqlite3.Connection) -> None:
    """Distrust the schema, bound what a value or a statement may take, and stop what goes on for ever."""
    from sqlite3 import SQLITE_LIMIT_LENGTH

    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA cell_size_check = ON")
    database.execute("PRAGMA query_only = ON")
    database.setlimit(SQLITE_LIMIT_LENGTH, MAX_RECORD)


def _has_bytes(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _cell(value: object) -> str:
    if not isinstance(value, bytes):
        return "" if value is None else str(value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise NotReadError(Why.ENCODING) from None
