"""Weibo exports that are tables: CSV of weibo-crawler and weiboSpider, and their SQLite databases.

Columns are known by name, never by place: older exports lack some. A database is opened read-only and immutable, only
real tables are read, and its statements are ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from content_audit.model import Post, Source, Unread, Why
from content_audit.readers import weibo
from content_audit.readers.limits import MAX_RECORD, MAX_RECORDS, NotReadError
from content_audit.readers.registry import NO, SURE
from content_audit.readers.rows import Row, csv_file, csv_rows, heading
from content_audit.readers.weibo import Status
from zhongbao_core.text import Text

if TYPE_CHECKING:
    import sqlite3

NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "微博id"),
    "bid": ("bid",),
    "user": ("user_id", "用户id", "用户ID"),
    "account": ("screen_name", "用户昵称", "昵称"),
    "text": ("正文", "微博正文", "text", "content"),
    "article": ("头条文章url", "article_url"),
    "pictures": ("原始图片url", "original_pictures", "pics"),
    "video": ("视频url", "微博视频url", "video_url"),
    "time": ("完整日期", "发布时间", "日期", "full_created_at", "created_at", "publish_time"),
    "topics": ("话题", "topics"),
    "mentions": ("@用户", "at_users"),
    "original": ("是否原创", "是否为原创微博", "original"),
    "edits": ("编辑次数", "edit_count"),
}
"""Our name of a field, and what exports call it, the fullest first."""

_NO_WAL = b"\x01\x01"
"""In the header: no write-ahead log, which a database in memory cannot have."""
_QUOTED = "源微博"
_CARRIED = re.compile(r"\n(?:原始用户[:：] ?([^\n]{0,60})\n)?转发内容[:：] ?")
_SQLITE = b"SQLite format 3\0"


class WeiboCsv:
    """Reader of the CSV files."""

    name = "weibo-csv"
    title = Text("微博导出 CSV（weibo-crawler、weiboSpider）", "Weibo CSV of weibo-crawler and weiboSpider")

    def score(self, head: bytes, name: str) -> int:
        """By the heading: a column for the text and one for the id, with the names these tools use."""
        columns = set(heading(head))
        old = {"id", "正文"} <= columns and columns & {"bid", "点赞数", "转发数", "原始图片url"}
        return SURE if old or {"微博id", "微博正文"} <= columns else NO

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """One post a row."""
        yield from _posts(csv_rows(BytesIO(data), source), source)

    def read_file(self, path: Path, source: Source) -> Iterator[Post | Unread]:
        """The same, streamed."""
        yield from _posts(csv_file(path, source), source)


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


CSV = WeiboCsv()
DATABASE = WeiboDatabase()


class _Closing:
    """A connection that is closed on leaving, which sqlite3's own context does not do."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database

    def __enter__(self) -> sqlite3.Connection:
        return self.database

    def __exit__(self, *_: object) -> None:
        self.database.close()


def status_of(cells: Mapping[str, str], account: str = "", quoted: Status | None = None) -> Status:
    """A row, its columns called as any of the exports call them, as a status.

    weiboSpider writes a re-post as one text: the own words, whose it was, and the words re-posted.
    """
    found: dict[str, str] = {}
    for ours, names in NAMES.items():
        name = next((name for name in names if cells.get(name)), "")
        found[ours] = cells.get(name, "")
        if ours == "text":
            found["called"] = name or "text"
    found["account"] = found["account"] or account
    status = Status(**found, quoted=quoted)  # type: ignore[arg-type]  # all of them are texts
    carried = _CARRIED.search(status.text) if quoted is None and weibo.flag(status.original) is False else None
    if carried is None:
        return status
    inner = Status(
        text=status.text[carried.end() :], called=f"{status.called}[{carried.end()}:]", account=carried[1] or ""
    )
    return replace(status, text=status.text[: carried.start()], quoted=inner)


def _posts(rows: Iterator[Row | Unread], source: Source) -> Iterator[Post | Unread]:
    account = account_of(source)
    for row in rows:
        if isinstance(row, Unread):
            yield row
            continue
        place = row.source(source)
        try:
            yield weibo.post(status_of(row.cells, account, _quoted_of(row.cells)), place)
        except NotReadError as error:
            yield error.unread(place, row.cells.get("id", ""))


def account_of(source: Source) -> str:
    """Both tools keep ``weibo/ACCOUNT/UID.csv``: the account's name is the folder's where the file's is a number."""
    path = Path(source.path)
    return path.parent.name if path.stem.isascii() and path.stem.isdigit() else ""


def _quoted_of(cells: Mapping[str, str]) -> Status | None:
    """The re-posted status: each column again behind a prefix, the account under a name of its own."""
    inner = {name.removeprefix(_QUOTED): value for name, value in cells.items() if name.startswith(_QUOTED)}
    if not any(inner.get(name) for name in ("正文", "id", "微博正文")):
        return None
    return status_of(inner, cells.get("源用户昵称", ""))


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
