"""Drafts that are xlsx: a sheet with headings such as 标题 and 正文 holds a post a row, any other its cells.

A formula is text too, beside the value it had when it was saved. Cells of hidden sheets are hidden text.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from itertools import chain
from typing import Any, NamedTuple

from content_audit.model import Facts, Link, Passage, Post, Role, Source, Unread, Why
from content_audit.readers.limits import MAX_CELLS, NotReadError
from content_audit.readers.office import Package, alt_texts
from content_audit.readers.plain_text import channel_of, time_of, unclear
from content_audit.readers.registry import LIKELY, NO
from content_audit.readers.rows import cell_text, check_unpacked
from content_audit.readers.xmlparts import attribute, local
from zhongbao_core.text import Text

_COLUMNS: dict[str, tuple[str, ...]] = {
    "title": ("标题", "title"),
    "body": ("正文", "内容", "文案", "body", "text"),
    "account": ("账号", "公众号", "account"),
    "channel": ("渠道", "channel"),
    "time": ("发布时间", "计划发布时间", "published_at"),
    "author": ("作者", "author"),
    "digest": ("摘要", "digest"),
    "link": ("链接", "link", "url"),
}
_ROLES = {"title": Role.TITLE, "body": Role.BODY, "author": Role.AUTHOR, "digest": Role.DIGEST}
_MOST_CELLS = 200_000
"""Passages of a book that is no list of posts."""


class Cell(NamedTuple):
    """A cell's text and place; ``formula`` where the value is made by one."""

    text: str
    place: str
    formula: str = ""


class Sheet(NamedTuple):
    """A sheet with its rows of cells."""

    name: str
    hidden: bool
    rows: Iterator[list[Cell]]


class Book:
    """Reader of workbooks that nobody else knows."""

    name = "xlsx"
    title = Text("Excel 草稿（xlsx）", "Excel draft (xlsx)")

    def score(self, head: bytes, name: str) -> int:
        """By the parts of a workbook; a reader of exports is asked first."""
        if not head.startswith(b"PK\x03\x04"):
            return NO
        named = name.lower().endswith((".xlsx", ".xlsm", ".xltx"))
        return LIKELY if named or (b"xl/" in head and b"[Content_Types].xml" in head) else NO

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """The posts of sheets that list some; all other cells, remarks and drawings as one more post."""
        check_unpacked(data)
        package = Package(data)
        rest: list[Passage] = []
        found = 0
        for sheet in _sheets(data, package):
            columns, first = _columns(sheet)
            if columns:
                for item in _posts(sheet, columns, source):
                    found += 1
                    yield item
            else:
                rest.extend(_cells(sheet, first))
            if len(rest) > _MOST_CELLS:
                raise NotReadError(Why.TOO_MANY, f"> {_MOST_CELLS} cells")
        yield from _rest(package, rest, source, found)


READER = Book()


def _rest(package: Package, cells: list[Passage], source: Source, found: int) -> Iterator[Post | Unread]:
    passages = [*cells, *_remarks(package), *package.drawn()]
    pictures, links = tuple(package.pictures()), tuple(_links(package))
    if passages or pictures or links or not found:
        passages += package.core()
        if not passages and not pictures:
            raise package.unread[0][1] if package.unread else NotReadError(Why.BROKEN, "a book without words")
        yield Post(
            id=str(source),
            source=source,
            channel="draft",
            passages=tuple(passages),
            pictures=pictures,
            links=links,
            facts=Facts(kind="document"),
        )
    yield from package.not_read(source, str(source))


def _sheets(data: bytes, package: Package) -> Iterator[Sheet]:
    """Every sheet, formulas and values side by side."""
    from openpyxl import load_workbook

    books = []
    try:
        for values in (False, True):
            books.append(load_workbook(BytesIO(data), read_only=True, data_only=values, keep_links=False))
        total = [0]
        for formulas, values_sheet in zip(books[0].worksheets, books[1].worksheets, strict=True):
            hidden = getattr(formulas, "sheet_state", "visible") != "visible"
            yield Sheet(formulas.title, hidden, _rows(formulas, values_sheet, total))
    except NotReadError:
        raise
    except Exception as error:
        raise NotReadError(Why.BROKEN, type(error).__name__) from error
    finally:
        for book in books:
            book.close()


def _rows(formulas: Any, values: Any, total: list[int]) -> Iterator[list[Cell]]:
    for row, saved in zip(formulas.iter_rows(), values.iter_rows(values_only=True), strict=False):
        total[0] += len(row)
        if total[0] > MAX_CELLS or len(row) > 16_384:
            raise NotReadError(Why.TOO_MANY, f"> {MAX_CELLS} cells")
        yield [
            _cell(cell, saved[at] if at < len(saved) else None, formulas.title)
            for at, cell in enumerate(row)
            if cell.value is not None
        ]


def _cell(cell: Any, saved: object, sheet: str) -> Cell:
    text, place = cell_text(cell.value), f"{sheet}!{cell.coordinate}"
    if cell.data_type != "f":
        return Cell(text, place)
    shown = cell_text(saved)
    return Cell(shown, place, text) if shown else Cell(text, place)


def _columns(sheet: Sheet) -> tuple[dict[str, str], list[Cell]]:
    """Column letters by what they hold, where the first row that is not empty heads a list of posts; else that row."""
    first = next((row for row in sheet.rows if row), [])
    named = {cell.text.strip().lower(): _letters(cell.place) for cell in first}
    found = {key: named[name] for key, names in _COLUMNS.items() for name in reversed(names) if name in named}
    return (found, first) if "body" in found and len(found) > 1 else ({}, first)


def _posts(sheet: Sheet, columns: dict[str, str], source: Source) -> Iterator[Post | Unread]:
    """A post a row: named columns in their role, any other cell as a remark, a formula as hidden text."""
    keys = {letters: key for key, letters in columns.items()}
    for row in sheet.rows:
        if not any(cell.text.strip() for cell in row):
            continue
        cells = {keys.get(_letters(cell.place), ""): cell.text for cell in row}
        number = row[0].place.rpartition("!")[2].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        place = source._replace(record=f"{sheet.name} row {number}")
        facts = ("account", "channel", "time", "link")
        told = [cell for cell in row if keys.get(_letters(cell.place), "") not in facts]
        passages = [Passage(_ROLES.get(keys.get(_letters(cell.place), ""), Role.COMMENT), cell.place, cell.text) for cell in told]  # fmt: skip
        passages += [Passage(Role.HIDDEN, f"{cell.place} formula", cell.formula) for cell in row if cell.formula]
        yield Post(
            id=str(place),
            source=place,
            channel=channel_of(cells.get("channel", "").strip()),
            passages=tuple(passages),
            account=cells.get("account", ""),
            published_at=time_of(cells.get("time", "")),
            links=(Link(cells["link"]),) if cells.get("link") else (),
            facts=Facts(kind="document"),
        )
        yield from unclear(place, str(place), cells.get("channel", "").strip(), cells.get("time", ""))


def _cells(sheet: Sheet, first: list[Cell]) -> Iterator[Passage]:
    role = Role.HIDDEN if sheet.hidden else Role.BODY
    count = 0
    for row in chain([first], sheet.rows):
        for cell in row:
            count += 1
            if count > _MOST_CELLS:
                raise NotReadError(Why.TOO_MANY, f"> {_MOST_CELLS} cells")
            if cell.text.strip():
                yield Passage(role, cell.place, cell.text)
            if cell.formula:
                yield Passage(Role.HIDDEN, f"{cell.place} formula", cell.formula)


def _remarks(package: Package) -> Iterator[Passage]:
    """Notes, threaded comments and alt texts."""
    for name in package.names:
        base = name.rpartition("/")[2].lower()
        if not name.startswith("xl/") or not base.endswith(".xml"):
            continue
        if base.startswith(("comment", "threadedcomment")):
            root = package.root(name)
            kinds = ("comment", "threadedComment")
            for element in root.iter() if root is not None else ():
                text = "".join(part.text or "" for part in element.iter() if local(part) in ("t", "text"))
                if local(element) in kinds and text.strip():
                    yield Passage(Role.COMMENT, f"{name} {attribute(element, 'ref')}", text)
        elif "/drawings/" in name and (root := package.root(name)) is not None:
            for at, (_, text) in enumerate(alt_texts(root), 1):
                yield Passage(Role.CAPTION, f"{name} alt[{at}]", text)


def _links(package: Package) -> Iterator[Link]:
    """Hyperlinks of sheets."""
    for name in package.names:
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            for relation in package.relations(name).values():
                if relation.kind == "hyperlink" and relation.external:
                    yield Link(relation.target, "", name)


def _letters(place: str) -> str:
    return place.rpartition("!")[2].rstrip("0123456789")
