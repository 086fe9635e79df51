"""Push messages: JPush v3 and APNs payloads as JSON or JSONL, and the rows of a marketing platform's table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from content_audit.model import Facts, Link, Passage, Picture, Post, Role, Source, Unread, Why
from content_audit.readers.jsontext import at, below, documents, json_head, obj, strings, words
from content_audit.readers.limits import MAX_PICTURES, NotReadError
from content_audit.readers.registry import LIKELY, NO, SURE
from content_audit.readers.rows import Row, csv_file, csv_rows, heading
from content_audit.readers.times import instant
from zhongbao_core.text import Text

_KEYS = re.compile(r'"(aps|notification|alert|msg_content|audience|platform|inapp_message|sms_message)"\s*:')
_TITLES = frozenset(["title", "subtitle"])
_WORDS = frozenset(["alert", "body", "big_text", "msg_content", "content", "summary"])
_NOT_SHOWN = frozenset(
    ["audience", "options", "platform", "badge", "sound", "category", "style", "loc-key", "title-loc-key"]
)
_ADDRESS = re.compile(r"[a-zA-Z][\w+.-]*://")
_PICTURE_KEYS = frozenset(["big_pic_path", "large_icon", "image", "img", "picture", "small_icon_uri"])

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "title": ("标题", "推送标题", "消息标题", "push标题", "title"),
    "text": ("内容", "推送内容", "推送文案", "文案", "消息内容", "push内容", "正文", "content", "body", "alert"),
    "time": ("推送时间", "发送时间", "计划时间", "计划推送时间", "定时时间", "发布时间", "时间", "time", "send_time"),
    "crowd": ("人群", "推送人群", "目标人群", "受众", "audience"),
    "link": ("链接", "跳转链接", "落地页", "落地页链接", "url", "link"),
    "picture": ("图片", "图片链接", "大图", "image"),
    "button": ("按钮", "按钮文案", "button"),
    "account": ("账号", "应用", "APP", "app", "产品"),
    "id": ("推送ID", "任务ID", "消息ID", "编号", "ID", "id", "序号"),
}
"""Our name of a column and what platforms call it."""
_SURE = frozenset(COLUMNS["crowd"]) | {"推送标题", "推送内容", "推送文案", "推送时间", "push标题", "push内容"}


class PushJson:
    """Reader of payloads."""

    name = "push-json"
    title = Text("推送 JSON（极光 v3、APNs）", "push JSON of JPush v3 and APNs")

    def score(self, head: bytes, name: str) -> int:
        """By the keys of a payload."""
        found = set(_KEYS.findall(json_head(head)))
        return SURE if "aps" in found or "msg_content" in found or {"notification", "alert"} <= found else NO

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """One post a payload."""
        for found in documents(data, source):
            if isinstance(found, Unread):
                yield found
                continue
            place, value = found
            payloads = value if isinstance(value, list) else [value]
            for index, payload in enumerate(payloads):
                yield _tried(payload, below(place, f"[{index}]" if payloads is value else ""))


class PushTable:
    """Reader of a platform's CSV."""

    name = "push-csv"
    title = Text("推送 CSV（标题、内容、推送时间、人群、链接）", "push CSV: title, content, time, audience, link")

    def score(self, head: bytes, name: str) -> int:
        """By the heading."""
        return table_score(heading(head))

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """One post a row."""
        yield from _posts(csv_rows(BytesIO(data), source), source)

    def read_file(self, path: Path, source: Source) -> Iterator[Post | Unread]:
        """The same, streamed."""
        yield from _posts(csv_file(path, source), source)


JSON = PushJson()
TABLE = PushTable()


def table_score(columns: tuple[str, ...]) -> int:
    """How sure it is that a table with these columns lists pushes."""
    names = set(columns)
    if not names & set(COLUMNS["text"]) or not names & set(COLUMNS["title"] + COLUMNS["time"] + COLUMNS["crowd"]):
        return NO
    return SURE if names & _SURE else LIKELY


def row_post(cells: Mapping[str, str], source: Source) -> Post:
    """The post of a row. Raises NotReadError where it has no words."""
    said = {ours: next((cells[name] for name in names if cells.get(name)), "") for ours, names in COLUMNS.items()}
    roles = (("title", Role.TITLE), ("text", Role.ALERT), ("button", Role.BUTTON))
    passages = tuple(Passage(role, ours, said[ours]) for ours, role in roles if said[ours].strip())
    if not passages:
        raise NotReadError(Why.BROKEN, "a row without words")
    return Post(
        id=said["id"] or str(source),
        source=source,
        channel="push",
        passages=passages,
        account=said["account"],
        published_at=instant(said["time"]),
        pictures=(Picture("picture", href=said["picture"]),) if said["picture"] else (),
        links=(Link(said["link"], "", "link"),) if said["link"] else (),
        facts=Facts(kind="push"),
    )


def _posts(rows: Iterator[Row | Unread], source: Source) -> Iterator[Post | Unread]:
    for row in rows:
        if isinstance(row, Unread):
            yield row
            continue
        try:
            yield row_post(row.cells, row.source(source))
        except NotReadError as error:
            yield error.unread(row.source(source))


def _tried(payload: object, source: Source) -> Post | Unread:
    try:
        return _payload_post(payload, source)
    except NotReadError as error:
        return error.unread(source)


def _payload_post(value: object, source: Source) -> Post:
    """The post of one payload, also inside a schedule that says when it goes out."""
    if not isinstance(value, dict):
        raise NotReadError(Why.BROKEN, "not an object")
    payload = obj(value, "push") or value
    passages, links, pictures = _said(payload)
    if not passages:
        raise NotReadError(Why.BROKEN, "a push without words")
    return Post(
        id=words(payload, "cid") or words(value, "schedule_id") or words(value, "msg_id") or str(source),
        source=source,
        channel="push",
        passages=tuple(passages),
        account=words(value, "app_name") or words(value, "account"),
        published_at=instant(
            at(value, "trigger", "single", "time") or at(value, "push_time") or at(value, "send_time")
        ),
        pictures=tuple(pictures[:MAX_PICTURES]),
        links=tuple(dict.fromkeys(links))[:MAX_PICTURES],
        facts=Facts(kind="push"),
    )


def _said(payload: Mapping[str, Any]) -> tuple[list[Passage], list[Link], list[Picture]]:
    """The words, links and pictures of a payload; the same words for several platforms count once."""
    passages: dict[tuple[Role, str], Passage] = {}
    links: list[Link] = []
    pictures: list[Picture] = []
    for path, text in strings(dict(payload)):
        steps = re.split(r"[.\[]", path)
        if not text.strip() or _NOT_SHOWN & set(steps):
            continue
        key = steps[-1]
        if key in _PICTURE_KEYS:
            pictures.append(Picture(path, href=text))
        elif _ADDRESS.match(text):
            links.append(Link(text, "", path))
        elif "extras" not in steps and (role := _role(key, steps)):
            passages.setdefault((role, text), Passage(role, path, text))
    return list(passages.values()), links, pictures


def _role(key: str, steps: list[str]) -> Role | None:
    if key in _TITLES:
        return Role.TITLE
    if key in _WORDS or "inbox" in steps:
        return Role.ALERT
    return None
