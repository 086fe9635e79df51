"""Weibo exports that are tables: the CSV of weibo-crawler and weiboSpider, and a row of either as a status.

Columns are known by name, never by place: older exports lack some.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from content_audit.model import Post, Source, Unread
from content_audit.readers import weibo
from content_audit.readers.limits import NotReadError
from content_audit.readers.registry import NO, SURE
from content_audit.readers.rows import Row, csv_file, csv_rows, heading
from content_audit.readers.weibo import Status
from zhongbao_core.text import Text

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

_QUOTED = "源微博"
_CARRIED = re.compile(r"\n(?:原始用户[:：] ?([^\n]{0,60})\n)?转发内容[:：] ?")


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


CSV = WeiboCsv()


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
