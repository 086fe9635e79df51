"""Exports that are xlsx: each sheet is known by its heading, as the CSV of the same tool is.

A book without such a sheet is no export: whoever else knows it reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from content_audit.model import Facts, Passage, Picture, Post, Role, Source, Unread, Why
from content_audit.readers import push, wechat, weibo
from content_audit.readers.limits import NotReadError
from content_audit.readers.registry import NO, SURE, handed_on
from content_audit.readers.rows import Row, sheet_rows
from content_audit.readers.times import instant
from content_audit.readers.weibo_table import status_of
from zhongbao_core.text import Text

RowPost = Callable[[Mapping[str, str], Source], Post]

_EXPORTER = frozenset(["公众号", "链接", "标题", "文章内容"])
_EXPORTER_SHORT = frozenset(["公众号", "链接", "标题", "是否原创"])
_KINDS = {
    "普通图文": "article",
    "视频": "video",
    "音频": "audio",
    "图片": "pictures",
    "文本": "text",
    "转载": "reshare",
}


class Sheets:
    """Reader of books whose sheets are exports."""

    name = "sheet"
    title = Text(
        "xlsx 导出（wechat-article-exporter、微博、推送）", "xlsx exports: wechat-article-exporter, Weibo, push"
    )

    def score(self, head: bytes, name: str) -> int:
        """By the parts of a workbook; the headings are seen on reading."""
        return SURE if head.startswith(b"PK") and b"xl/" in head and name.lower().endswith((".xlsx", ".xlsm")) else NO

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """One post a row of every sheet that is known; a sheet that is not is an ``Unread``."""
        known = False
        unread: list[Unread] = []
        for sheet, rows in _sheets(data, source):
            make = row_reader(tuple(rows[0].cells))
            if make is None:
                unread.append(Unread(source._replace(record=sheet), Why.UNKNOWN_FORMAT, "no known heading"))
                continue
            known = True
            for row in rows[1]:
                yield _tried(make, row, source._replace(record=f"{sheet} row {row.number}"))
        if known:
            yield from unread
        else:
            yield from handed_on(self.name, data, source)


READER = Sheets()


def row_reader(columns: tuple[str, ...]) -> RowPost | None:
    """How the rows below these columns are read as posts; None for columns that no export has.

    A sheet with a title and a text alone is as well a list of drafts: only a push table's own columns make one.
    """
    names = set(columns)
    if names >= _EXPORTER or names >= _EXPORTER_SHORT:
        return exporter_row
    if {"id", "正文"} <= names or {"微博id", "微博正文"} <= names:
        return lambda cells, source: weibo.post(status_of(cells), source)
    return push.row_post if push.table_score(columns) >= SURE else None


def exporter_row(cells: Mapping[str, str], source: Source) -> Post:
    """The post of a row of wechat-article-exporter."""
    body, cards = wechat.content(cells.get("文章内容", ""))
    texts = (("标题", Role.TITLE), ("作者", Role.AUTHOR), ("摘要", Role.DIGEST))
    passages = [Passage(role, column, cells[column]) for column, role in texts if cells.get(column)]
    passages += body.passages("文章内容")
    if not passages:
        raise NotReadError(Why.BROKEN, "a row without words")
    link, kind = cells.get("链接", ""), cells.get("文章类型", "")
    cover = (Picture("封面", name="cover", href=cells["封面"]),) if cells.get("封面") else ()
    return Post(
        id=cells.get("ID") or wechat.id_of_link(link) or str(source),
        source=source,
        channel="wechat",
        passages=(*passages, *cards.passages),
        account=cells.get("公众号", ""),
        published_at=instant(cells.get("发布时间") or cells.get("创建时间")),
        url=link,
        pictures=cover + body.pictures("文章内容"),
        links=body.links + cards.links,
        facts=Facts(
            kind=next((ours for word, ours in _KINDS.items() if word in kind), "article"),
            original=cells["是否原创"].strip() == "原创" if "是否原创" in cells else None,
            partners=cards.partners,
            topics=tuple(name.lstrip("#") for name in cells.get("所属合集", "").split()),
            has_video=cards.has_video or "视频" in kind,
        ),
    )


def _tried(make: RowPost, row: Row, source: Source) -> Post | Unread:
    try:
        return make(row.cells, source)
    except NotReadError as error:
        return error.unread(source)


def _sheets(data: bytes, source: Source) -> Iterator[tuple[str, tuple[Row, Iterator[Row]]]]:
    """Each sheet with its first row, for the heading, and all of its rows."""
    from itertools import chain, groupby

    for sheet, found in groupby(sheet_rows(data, source), key=lambda pair: pair[0]):
        rows = (row for _, row in found)
        first = next(rows)
        yield sheet, (first, chain([first], rows))
