"""What a reader is, the table of all of them, and how the one for a file is found: by its content first.

A reader is named in ``TABLE`` and imported only when a file may be his: to add one, write its module and append
its line. Score by what the bytes say; a name only breaks a tie.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

from content_audit.model import Post, Source, Unread
from zhongbao_core.text import Text

HEAD = 256 * 1024
"""Bytes of the beginning of a file that a score is given by."""

NO, MAYBE, LIKELY, SURE = 0, 20, 60, 90
"""Scores. MAYBE: this could be read, as plain text can; SURE: the format's own marks were seen."""


class Reader(Protocol):
    """One format. Never raises for what a file holds: each bad record is an ``Unread`` and the next one goes on."""

    @property
    def name(self) -> str:
        """The word that stands in Source.reader."""

    @property
    def title(self) -> Text:
        """The format's name for people."""

    def score(self, head: bytes, name: str) -> int:
        """How sure it is, 0 to 100, that a file called ``name`` that begins with ``head`` is this format.

        A directory is offered with no bytes and a name that ends with a slash.
        """

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """The posts in ``data``. Pictures that lie beside the file are named by ``href`` and filled in by the caller."""


@runtime_checkable
class FileReader(Protocol):
    """A reader that wants the file itself: to stream it, to walk a directory or to open a database."""

    def read_file(self, path: Path, source: Source) -> Iterator[Post | Unread]:
        """The posts in the file or directory at ``path``, without loading all of it."""


class Entry(NamedTuple):
    """A line of the table."""

    name: str
    title: Text
    how: Text
    """What it is recognised by."""
    suffixes: tuple[str, ...]
    """Endings that make this reader be asked first; they decide nothing."""
    where: str
    """``module:attribute`` of the Reader."""


TABLE: tuple[Entry, ...] = (
    Entry(
        "wechat-page",
        Text("公众号文章网页", "saved WeChat article page"),
        Text("网页含 js_article、cgiDataNew 或下线提示", "a page with js_article, cgiDataNew or a removal notice"),
        (".html", ".htm"),
        "content_audit.readers.wechat_page:READER",
    ),
    Entry(
        "jsonl",
        Text("本工具的 JSONL", "our own JSONL"),
        Text(
            "每行一个对象，含 id、channel 与 title/text/html", "a line an object with id, channel and title/text/html"
        ),
        (".jsonl", ".ndjson"),
        "content_audit.readers.own:READER",
    ),
    Entry(
        "weibo-csv",
        Text("微博 CSV（weibo-crawler、weiboSpider）", "Weibo CSV of weibo-crawler and weiboSpider"),
        Text("表头含 id、正文 或 微博id、微博正文", "a heading with id, 正文 or 微博id, 微博正文"),
        (".csv",),
        "content_audit.readers.weibo_table:CSV",
    ),
    Entry(
        "weibo-sqlite",
        Text("微博 SQLite（weibo-crawler、weiboSpider）", "Weibo SQLite of weibo-crawler and weiboSpider"),
        Text("SQLite 文件，有表 weibo", "an SQLite file with a table weibo"),
        (".db", ".sqlite", ".sqlite3"),
        "content_audit.readers.weibo_table:DATABASE",
    ),
)


@lru_cache(maxsize=64)
def load(entry: Entry) -> Reader:
    """The reader that ``entry`` names, imported now."""
    module, _, attribute = entry.where.partition(":")
    reader: Reader = getattr(import_module(module), attribute)
    return reader


def pick(head: bytes, name: str, table: Iterable[Entry] = TABLE) -> Reader | None:
    """The reader that is surest of a file; None where nobody knows it. The earlier line wins a tie.

    Readers whose ending fits are asked first, and a SURE one of them ends the search.
    """
    best, most = None, 0
    for entry in sorted(table, key=lambda line: not name.lower().endswith(line.suffixes)):
        reader = load(entry)
        score = reader.score(head, name)
        if score > most:
            best, most = reader, score
        if most >= SURE and name.lower().endswith(entry.suffixes):
            break
    return best
