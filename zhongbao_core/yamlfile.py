"""The one strict YAML reader: plain values, the place of each, and every complaint with its fix.

YAML turns ``22:00`` into 1320, ``on`` into true, ``NO`` into false, ``1.10`` into 1.1, and lets the last of two equal
keys win. Here text is text: whatever looks like something else must be quoted, and is refused by ``file:line:column``
where it is not. Tags, anchors, aliases, merge keys and second documents are refused; size and depth are bounded; the
reader works on events, without recursion, so no input makes it fail otherwise than by complaint.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, cast

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from zhongbao_core.complaint import Complaint, Severity
from zhongbao_core.text import Text, plain
from zhongbao_core.yamltext import Broken, decode, mend
from zhongbao_core.yamlvalue import Trap, scalar

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 24
MAX_NODES = 1_000_000
MAX_COMPLAINTS = 200

Path_ = tuple[str | int, ...]
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Mark(NamedTuple):
    """A place in a file; both count from 1."""

    line: int
    column: int


@dataclass
class Document:
    """What a file says. ``value`` is usable as far as it goes even where there are complaints."""

    file: str
    value: Any = None
    marks: dict[Path_, Mark] = field(default_factory=dict)
    """Where each value begins, by its path from the top."""
    keys: dict[Path_, Mark] = field(default_factory=dict)
    """Where the key of each value begins."""
    complaints: list[Complaint] = field(default_factory=list)

    def mark(self, path: Path_, *, key: bool = False) -> Mark:
        """The place of ``path``, or of the nearest thing around it that has one."""
        table = self.keys if key else self.marks
        for length in range(len(path), -1, -1):
            found = table.get(path[:length]) or self.marks.get(path[:length])
            if found:
                return found
        return Mark(1, 1)

    def complain(self, at: Mark, code: str, text: Text, fix: Text, severity: Severity = "error") -> None:
        """Note what is wrong at ``at``; past MAX_COMPLAINTS only the fact that there are more."""
        if len(self.complaints) < MAX_COMPLAINTS:
            self.complaints.append(Complaint(self.file, at.line, at.column, code, text, fix, severity))
        elif len(self.complaints) == MAX_COMPLAINTS:
            more = Text(
                f"问题超过 {MAX_COMPLAINTS} 个，其余未列", f"over {MAX_COMPLAINTS} complaints, the rest not shown"
            )
            mend = Text("先改正以上各处", "put the ones above right first")
            self.complaints.append(Complaint(self.file, at.line, at.column, "YAML_TOO_MANY", more, mend))


def read_yaml(path: Path, *, name: str = "") -> Document:
    """The document in the file at ``path``; ``name`` is how complaints call it. A file that cannot be read is one."""
    shown = name or str(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            return _refused(shown, _too_big(path.stat().st_size))
        data = path.read_bytes()
    except FileNotFoundError:
        gone = Text("没有此文件", "there is no such file")
        return _refused(
            shown, Broken((0, 0), "FILE_MISSING", gone, Text("zhongbao init 可生成", "zhongbao init makes one"))
        )
    except OSError as error:
        why = error.strerror or type(error).__name__
        return _refused(
            shown,
            Broken(
                Mark(0, 0),
                "FILE_UNREADABLE",
                Text(f"无法读取：{why}", f"cannot be read: {why}"),
                Text("检查文件与权限", "check the file and its permissions"),
            ),
        )
    return parse_yaml(data, shown)


def parse_yaml(data: bytes, name: str) -> Document:
    """The document in ``data``. Never raises for any bytes: all that is wrong stands in ``complaints``."""
    if len(data) > MAX_BYTES:
        return _refused(name, _too_big(len(data)))
    text = decode(data)
    if isinstance(text, Broken):
        return _refused(name, text)
    builder = _Builder(Document(name))
    try:
        for event in _events(text):
            if not builder.take(event):
                break
    except yaml.MarkedYAMLError as error:
        _syntax(builder.document, error)
    except yaml.YAMLError as error:
        mend = Text("检查此文件", "check the file")
        builder.document.complain(Mark(1, 1), "YAML_SYNTAX", Text(f"不是 YAML：{error}", f"not YAML: {error}"), mend)
    return builder.finish()


def _events(text: str) -> Iterator[Event]:
    """Parser events; the C parser is asked for one at a time, so that it stops where we stop."""
    loader = _Loader(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()


class _Builder:
    """Values from events, on an explicit stack."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._stack: list[tuple[Path_, dict[str, Any] | list[Any]]] = []
        self._key: list[str | None] = []
        self._skip: list[bool] = []
        self._documents = 0
        self._nodes = 0

    def take(self, event: Event) -> bool:
        """Take one event in; False where reading on makes no sense."""
        if isinstance(event, DocumentStartEvent):
            return self._start_document(event)
        if isinstance(event, AliasEvent):
            self._complain(event, "YAML_ALIAS", "不支持别名 *", "aliases (*) are not accepted", *_WRITE_OUT)
            self._put(event, None)
        elif isinstance(event, ScalarEvent):
            return self._scalar(event)
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            return self._open(event)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self._stack.pop()
            self._key.pop()
        return True

    def finish(self) -> Document:
        """The document; an empty one is a complaint of its own."""
        if not self._nodes and not self.document.complaints:
            self.document.complain(
                Mark(1, 1),
                "YAML_EMPTY",
                Text("文件为空", "the file is empty"),
                Text("写入内容或删除文件", "fill it or delete it"),
            )
        return self.document

    def _start_document(self, event: Event) -> bool:
        self._documents += 1
        if self._documents > 1:
            self._complain(
                event, "YAML_DOCUMENTS", "一个文件里有第二个文档", "a second document in one file",
                "删除 ---，或分成两个文件", "remove the --- or make two files",
            )  # fmt: skip
        return self._documents == 1

    def _open(self, event: MappingStartEvent | SequenceStartEvent) -> bool:
        self._refuse_properties(event)
        if len(self._stack) >= MAX_DEPTH:
            self._complain(
                event, "YAML_DEPTH", f"嵌套超过 {MAX_DEPTH} 层", f"nested deeper than {MAX_DEPTH}", *_FLATTEN
            )
            return False
        fresh: dict[str, Any] | list[Any] = {} if isinstance(event, MappingStartEvent) else []
        path = self._put(event, fresh)
        self._stack.append((path, fresh))
        self._key.append(None)
        return self._count(event)

    def _scalar(self, event: ScalarEvent) -> bool:
        self._refuse_properties(event)
        value = scalar(event.value, plain_style=not event.style)
        if isinstance(value, Trap):
            self._complain(event, value.code, value.text.zh, value.text.en, value.fix.zh, value.fix.en)
            value = event.value
        self._put(event, value)
        return self._count(event)

    def _count(self, event: Event) -> bool:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._complain(event, "YAML_SIZE", f"内容超过 {MAX_NODES} 项", f"more than {MAX_NODES} items", *_SPLIT)
            return False
        return True

    def _put(self, event: Event, value: Any) -> Path_:
        """Place ``value`` where it belongs; the path it got. A scalar in key position becomes the key instead."""
        mark = _mark(event)
        if not self._stack:
            self.document.value = value
            self.document.marks[()] = mark
            return ()
        path, parent = self._stack[-1]
        if isinstance(parent, list):
            here = (*path, len(parent))
            parent.append(value)
        else:
            key = self._key[-1]
            if key is None:
                return self._take_key(event, value, path, parent)
            self._key[-1] = None
            here = (*path, key)
            parent[key] = value
        self.document.marks[here] = mark
        return here

    def _take_key(self, event: Event, value: Any, path: Path_, parent: dict[str, Any]) -> Path_:
        key = value if isinstance(value, str) else self._odd_key(event, value)
        if key == "<<":
            self._complain(event, "YAML_MERGE", "不支持合并键 <<", "merge keys (<<) are not accepted", *_WRITE_OUT)
        here = (*path, key)
        if key in parent:
            first = self.document.keys[here]
            self._complain(
                event, "DUPLICATE_KEY", f"键 {plain(key)} 重复，第 {first.line} 行已有",
                f"duplicate key {plain(key)}, first on line {first.line}",
                "只留一处", "keep one of them",
            )  # fmt: skip
            key = f"{key}\0{len(parent)}"
            here = (*path, key)
        self.document.keys[here] = _mark(event)
        self._key[-1] = key
        return here

    def _odd_key(self, event: Event, value: Any) -> str:
        shown = "?" if isinstance(value, dict | list) else "null" if value is None else str(value).lower()
        self._complain(
            event, "KEY_NOT_TEXT", f"键 {shown} 不是文本", f"key {shown} is not text",
            f'加引号："{shown}"', f'quote it: "{shown}"',
        )  # fmt: skip
        return shown

    def _refuse_properties(self, event: ScalarEvent | MappingStartEvent | SequenceStartEvent) -> None:
        if event.tag is not None:
            tag = plain(str(event.tag))
            self._complain(event, "YAML_TAG", f"不支持标签 {tag}", f"tag {tag} is not accepted", *_NO_TAG)
        if event.anchor is not None:
            self._complain(event, "YAML_ANCHOR", "不支持锚点 &", "anchors (&) are not accepted", *_WRITE_OUT)

    def _complain(self, event: Event, code: str, zh: str, en: str, fix_zh: str, fix_en: str) -> None:
        self.document.complain(_mark(event), code, Text(zh, en), Text(fix_zh, fix_en))


_WRITE_OUT = Text("把内容写全", "write the content out")
_FLATTEN = Text("减少嵌套", "nest less")
_SPLIT = Text("分成几个文件", "split the file")
_NO_TAG = Text("去掉标签，文本加引号", "remove the tag; quote text")


def _mark(event: Event) -> Mark:
    place = cast(Any, event.start_mark)
    return Mark(place.line + 1, place.column + 1)


def _syntax(document: Document, error: yaml.MarkedYAMLError) -> None:
    place = cast(Any, error.problem_mark or error.context_mark)
    at = Mark(place.line + 1, place.column + 1) if place else Mark(1, 1)
    problem = plain(str(error.problem or error.context or "syntax"))
    document.complain(at, "YAML_SYNTAX", Text(f"YAML 语法错误：{problem}", f"YAML syntax: {problem}"), mend(problem))


def _too_big(size: int) -> Broken:
    return Broken(
        Mark(0, 0),
        "YAML_SIZE",
        Text(f"文件有 {size} 字节，上限 {MAX_BYTES}", f"the file has {size} bytes, the limit is {MAX_BYTES}"),
        _SPLIT,
    )


def _refused(name: str, why: Broken) -> Document:
    at = Mark(*why.at)
    return Document(name, complaints=[Complaint(name, at.line, at.column, why.code, why.text, why.fix)])
