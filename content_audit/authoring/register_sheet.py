"""Registers from workbooks: the first row with known headers names the columns, every row below is a row of YAML.

What cannot be understood is told by sheet and row; nothing is guessed. Cells are read as values, never as formulas.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any, NamedTuple

from zhongbao_core.text import Text, plain
from zhongbao_core.yamlfile import Document, Mark, Path_

MAX_BYTES = 32 * 1024 * 1024
MAX_UNPACKED = 256 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 60
HEAD_ROWS = 8
"""A title and a note may stand above the headers."""
_LIST = re.compile(r"[、；;\n]+")
_WORDS = {
    "id": "编号",
    "start": "生效时间",
    "end": "失效时间",
    "owner": "责任人",
    "channels": "渠道",
    "names": "其他名称",
    "accounts": "账号",
    "contract": "合同编号",
    "name": "名称",
}
CHANNEL_WORDS = {
    "微信": "wechat", "微信公众号": "wechat", "公众号": "wechat", "微博": "weibo", "推送": "push", "APP": "app",
    "app": "app", "应用程序": "app", "网站": "web", "官网": "web", "视频": "video", "视频号": "video", "草稿": "draft",
}  # fmt: skip
_TONES = {
    "营销推广": "promotion", "营销": "promotion", "玩笑调侃": "joke", "玩笑": "joke", "倒计时": "countdown",
    "庆祝喜庆": "celebration", "庆祝": "celebration", "猜测": "speculation", "排名": "rank", "互动": "question",
}  # fmt: skip
_STATUS = {"许可": "licensed", "已授权": "licensed", "禁用": "forbidden", "禁止": "forbidden"}
_KINDS = {
    "活动": "event", "赛事": "event", "口号": "slogan", "机构": "organisation", "领导": "leader", "产品": "product",
    "地名": "place", "其他": "other",
}  # fmt: skip
_USES = {"故障公告": "outage", "停机公告": "outage", "辟谣": "rumour", "安全提示": "safety"}


class Column(NamedTuple):
    """One column: the header, the key it fills, and how its cells are read."""

    header: str
    key: str
    read: Callable[[str], Any]


class BadCellError(ValueError):
    """A cell that cannot be read, with the words why."""

    def __init__(self, text: Text, fix: Text) -> None:
        super().__init__(text.en)
        self.text, self.fix = text, fix


def read_sheets(data: bytes, path: str, register: str) -> list[Document]:
    """One document a sheet that holds rows of ``register``; a workbook that cannot be read is one complaint."""
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        if len(data) > MAX_BYTES or _unpacked(data) > MAX_UNPACKED:
            return [_refused(path, Text("工作簿过大", "the workbook is too big"))]
        book = load_workbook(BytesIO(data), read_only=True, data_only=True)
        found = [_sheet(sheet, f"{path}[{plain(sheet.title)}]", register) for sheet in book.worksheets]
    except (BadZipFile, InvalidFileException, KeyError, OSError, ValueError, EOFError) as error:
        why = str(error) or type(error).__name__
        return [_refused(path, Text(f"不是可读的 xlsx：{why}", f"not a readable xlsx: {why}"))]
    documents = [document for document in found if document is not None]
    return documents or [_refused(path, Text("没有工作表含所需表头", "no sheet has the headers of this register"))]


def _unpacked(data: bytes) -> int:
    """What the workbook says it takes unpacked."""
    from zipfile import ZipFile

    with ZipFile(BytesIO(data)) as file:
        return sum(item.file_size for item in file.infolist())


def _sheet(sheet: Any, name: str, register: str) -> Document | None:
    """The document of a sheet; None where none of its first rows holds the headers."""
    document = Document(name, {register: []})
    document.marks[()] = Mark(1, 1)
    columns: dict[int, Column] | None = None
    for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True), start=1):
        if number > MAX_ROWS:
            document.complain(Mark(number, 1), "SHEET_ROWS", Text("行数过多", "too many rows"), _SPLIT)
            break
        if columns is None:
            columns = _header(document, cells, number, register)
            if columns is None and number >= HEAD_ROWS:
                return None
        elif any(_words(cell) for cell in cells):
            _row(document, register, columns, cells, number)
    return document if columns is not None else None


def _header(document: Document, cells: Sequence[Any], number: int, register: str) -> dict[int, Column] | None:
    """Column by place; None where this row is no header. A header nobody knows is a complaint."""
    known = {column.header: column for column in COLUMNS[register]}
    words = [re.sub(r"[\s*（(].*$", "", _words(cell)) for cell in cells]
    if sum(word in known for word in words) < 2:
        return None
    columns: dict[int, Column] = {}
    for index, word in enumerate(words):
        if not word:
            continue
        if word not in known or known[word] in columns.values():
            shown = "、".join(known)
            document.complain(
                Mark(number, index + 1),
                "COLUMN_UNKNOWN",
                Text(f"列名 {plain(word)} 不认识或重复", f"column {plain(word)} is unknown or there twice"),
                Text(f"可用：{shown}", f"known: {shown}"),
            )
            continue
        columns[index] = known[word]
    return columns


def _row(document: Document, register: str, columns: Mapping[int, Column], cells: Sequence[Any], number: int) -> None:
    entry: dict[str, Any] = {}
    listed = document.value[register]
    top: Path_ = (register, len(listed))
    document.marks[top] = Mark(number, 1)
    for index, column in columns.items():
        words = _time(cells[index], column.key) if index < len(cells) else ""
        path = (*top, *column.key.split("."))
        document.marks[path] = document.keys[path] = Mark(number, index + 1)
        if not words:
            continue
        try:
            _put(entry, column.key, column.read(words))
        except BadCellError as error:
            document.complain(Mark(number, index + 1), "CELL", error.text, error.fix)
    listed.append(entry)


def _put(entry: dict[str, Any], key: str, value: Any) -> None:
    outer, _, inner = key.partition(".")
    if inner:
        entry.setdefault(outer, {})[inner] = value
    else:
        entry[key] = value


def _words(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()


def _time(cell: Any, key: str) -> str:
    """A cell as text; a date alone begins at 0:00 and ends at 24:00 of its day."""
    at = key.rpartition(".")[2]
    if isinstance(cell, datetime):
        whole = at == "end" and not (cell.hour or cell.minute or cell.second)
        return cell.strftime("%Y-%m-%dT") + ("24:00" if whole else cell.strftime("%H:%M:%S"))
    if isinstance(cell, date):
        return cell.isoformat() + ("T24:00" if at == "end" else "T00:00")
    words = _words(cell)
    if at in ("start", "end") and re.fullmatch(r"\d{4}-\d\d-\d\d", words):
        return words + ("T24:00" if at == "end" else "T00:00")
    if at == "end" and words in ("长期", "不限"):
        return "open"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return words


def _text(words: str) -> str:
    return words


def _list(words: str) -> list[str]:
    return [item.strip() for item in _LIST.split(words) if item.strip()]


def _lines(words: str) -> list[str]:
    return [item.strip() for item in words.splitlines() if item.strip()]


def _number(words: str) -> int:
    if not re.fullmatch(r"\d{1,9}", words):
        raise BadCellError(Text(f"{plain(words)} 不是整数", f"{plain(words)} is no whole number"), _FIX)
    return int(words)


def _one_of(table: Mapping[str, str]) -> Callable[[str], str]:
    def read(words: str) -> str:
        return table.get(words, words)

    return read


def _each_of(table: Mapping[str, str]) -> Callable[[str], list[str]]:
    def read(words: str) -> list[str]:
        return [table.get(item, item) for item in _list(words)]

    return read


def _records(*keys: str) -> Callable[[str], list[dict[str, Any]]]:
    """One record a line, its parts divided by ``|``."""

    def read(words: str) -> list[dict[str, Any]]:
        found = []
        for line in _lines(words):
            parts = [part.strip() for part in re.split(r"[|｜]", line)]
            if len(parts) > len(keys) or not all(parts):
                shape = "|".join(keys)
                raise BadCellError(
                    Text(f"{plain(line)} 不是 {shape}", f"{plain(line)} is not {shape}"),
                    Text("每行一条，各部分用 | 分隔", "one a line, its parts divided by |"),
                )
            record: dict[str, Any] = dict(zip(keys, parts, strict=False))
            if "minutes" in record:
                record["minutes"] = _number(record["minutes"])
            if "choices" in record:
                record["choices"] = [item for item in re.split(r"[/、]", record["choices"]) if item]
            found.append(record)
        return found

    return read


def _combinations(words: str) -> list[dict[str, Any]]:
    return [{"words": _list(line)} for line in _lines(words)]


def _wrong(words: str) -> list[dict[str, Any]]:
    return [{"text": item} for item in _list(words)]


def _named(key: str, header: str = "", read: Callable[[str], Any] = _text) -> Column:
    return Column(header or _WORDS[key], key, read)


_SPAN = (_named("start"), _named("end"), _named("owner"))
_CHANNELS = _named("channels", read=_each_of(CHANNEL_WORDS))
_NAMES = _named("names", read=_list)
_ACCOUNTS = _named("accounts", read=_list)
_ID = _named("id")
_FIX = Text("写整数", "write a whole number")
_SPLIT = Text("分成几个文件", "split the file")

COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "licences": (
        _ID, _named("mark", "标志"), _named("licensee", "被许可人"), _named("contract"), _CHANNELS, _NAMES, *_SPAN,
    ),
    "partners": (_ID, _named("name"), _NAMES, _ACCOUNTS, _named("contract"), *_SPAN),
    "media": (
        _ID, _named("channel", "渠道", _one_of(CHANNEL_WORDS)), _named("name"), _NAMES, _named("rung", "审核级别"),
        _named("duty_rung", "值班级别"), _named("unit", "主体"), _named("columns", "栏目", _list), *_SPAN,
    ),
    "evidence": (
        _ID, _named("claim", "宣传用语"), _named("proof", "证明材料"), _named("source", "出处标注"), _CHANNELS, _NAMES,
        *_SPAN,
    ),
    "sensitive": (
        _ID, _named("name"), _named("kind", "类别"), _NAMES, _named("places", "地点", _list),
        _named("tones", "不宜内容", _each_of(_TONES)), _named("quiet.start", "静默开始"),
        _named("quiet.end", "静默结束"), _named("quiet.channels", "静默渠道", _each_of(CHANNEL_WORDS)),
        _named("combinations", "不得同现", _combinations), *_SPAN,
    ),
    "forms": (
        _ID, _named("kind", "类别", _one_of(_KINDS)), _named("exact", "规范表述"), _named("short", "规范简称", _list),
        _named("wrong", "错误写法", _wrong), _named("near", "近似字数", _number), _named("title", "职务"),
        _named("order", "排序", _number), _named("unit", "单位"), _named("except", "例外", _list), *_SPAN,
    ),
    "images": (
        _ID, _named("hash", "图片指纹"), _named("status", "状态", _one_of(_STATUS)), _named("name"),
        _named("contract"), _CHANNELS, *_SPAN,
    ),
    "hosts": (_named("host", "域名"), _named("purpose", "用途"), *_SPAN[:2]),
    "plans": (
        _ID, _named("title", "预案名称"), _named("contacts", "联系人", _records("name", "role", "phone")),
        _named("hours", "值守时间"), _named("triggers", "触发条件", _lines),
        _named("answers", "口径", _records("question", "answer")),
        _named("escalation", "升级", _records("trigger", "to", "minutes")), _ACCOUNTS,
        _named("columns", "栏目", _list), _named("campaigns", "活动", _list), _CHANNELS, *_SPAN,
    ),
    "templates": (
        _ID, _named("title", "标题"), _named("words", "正文"), _named("kind", "用途", _one_of(_USES)),
        _named("slots", "填空", _records("name", "kind", "choices")), _ACCOUNTS, _CHANNELS, *_SPAN,
    ),
    "cobrand": (
        _ID, _named("partner", "合作方编号"), _named("reason", "理由"), _ACCOUNTS,
        _named("campaigns", "活动", _list), *_SPAN,
    ),
}  # fmt: skip
"""The columns of every register, in the order a template shows them."""


def _refused(path: str, why: Text) -> Document:
    document = Document(path)
    document.complain(
        Mark(0, 0), "SHEET_UNREADABLE", why, Text("另存为 .xlsx 后重试", "save it as .xlsx and try again")
    )
    return document
