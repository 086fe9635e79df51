"""From bytes to the text of a YAML file: UTF-8 only, with or without BOM; other encodings are named with their fix."""

from __future__ import annotations

import re
from typing import NamedTuple

from zhongbao_core.text import Text

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\ufeff\u2028\u2029\x85]")
_WIDE_MARKS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"), (b"\x00\x00\xfe\xff", "UTF-32"))

_MENDS = (
    (
        "cannot start any token",
        Text(
            "缩进用空格，不用制表符；特殊字符开头的文本加引号",
            "indent with blanks, not tabs; quote text that begins with a sign",
        ),
    ),
    ("mapping values are not allowed", Text("含冒号的文本加引号", "quote text that has a colon in it")),
    ("did not find expected", Text("同一层要对齐，引号与括号要成对", "align one level, close quotes and brackets")),
    ("unexpected end of stream", Text("引号或括号没有收尾", "close the quote or bracket")),
    ("could not find expected ':'", Text("键后面写冒号和空格", "write a colon and a blank after the key")),
)


class Broken(NamedTuple):
    """Why bytes are no text for us; ``at`` is (line, column) from 1, or (0, 0) for the whole file."""

    at: tuple[int, int]
    code: str
    text: Text
    fix: Text


def decode(data: bytes) -> str | Broken:
    """The text in ``data``, BOM taken off, or why it is none."""
    wide = next((name for mark, name in _WIDE_MARKS if data.startswith(mark)), "")
    if wide:
        return _encoding((1, 1), wide)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _encoding(_place(data[: error.start].decode("utf-8-sig", "replace")), _guess(data))
    found = _FORBIDDEN.search(text)
    if found:
        return _character(text, found)
    return text


def _character(text: str, found: re.Match[str]) -> Broken:
    name = f"U+{ord(found[0]):04X}"
    return Broken(
        _place(text[: found.start()]),
        "CHARACTER",
        Text(f"含有不可见控制字符 {name}", f"it holds the control character {name}"),
        Text("删除此字符", "remove it"),
    )


def _guess(data: bytes) -> str:
    """GB18030 where the bytes read as that and give Chinese; else nothing."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return "GB18030" if any("\u4e00" <= char <= "\u9fff" for char in text) else ""


def _encoding(at: tuple[int, int], guess: str) -> Broken:
    if guess:
        text = Text(f"文件编码像是 {guess}，须为 UTF-8", f"it looks like {guess}; it must be UTF-8")
        command = f"iconv -f {guess} -t UTF-8 OLD > NEW"
        return Broken(at, "ENCODING", text, Text(f"转换：{command}", f"convert it: {command}"))
    text = Text("文件不是 UTF-8", "it is not UTF-8")
    return Broken(at, "ENCODING", text, Text("用编辑器另存为 UTF-8", "save it as UTF-8"))


def _place(before: str) -> tuple[int, int]:
    """Line and column just after ``before``."""
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def mend(problem: str) -> Text:
    """What to do about a syntax problem, by the parser's words for it."""
    check = Text("检查此处的缩进与引号", "check indentation and quotes here")
    return next((fix for sign, fix in _MENDS if sign in problem), check)
