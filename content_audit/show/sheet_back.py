"""Reading a review sheet (审核单.xlsx) that came back: opinions by finding, and every row that cannot be taken.

The workbook is outside text: its unpacked size is bounded before it is opened, formulas are never computed, and a
row whose shown cells were edited is refused by its number.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple
from zipfile import BadZipFile, ZipFile

from content_audit.show.sheet import ABOUT, COLUMNS, FINDINGS, FORMAT, OPINIONS, SHOWN, check_value
from zhongbao_core.clock import parse_instant
from zhongbao_core.errors import InputError, ZhongbaoError
from zhongbao_core.text import Text, plain

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MAX_BYTES = 64 * 1024 * 1024
MAX_UNPACKED = 512 * 1024 * 1024
MAX_ROWS = 100_000
MAX_WORDS = 2000


class Opinion(NamedTuple):
    """What a reviewer wrote about one finding."""

    row: int
    """The row's number in the sheet, as people count it."""
    fingerprint: str
    finding: str
    """The finding's short id."""
    opinion: str
    words: str
    reviewer: str


class RefusedRow(NamedTuple):
    """A row that is not taken, and why."""

    row: int
    code: str
    why: Text


class SheetBack(NamedTuple):
    """A sheet as it came back. Rows without an opinion are counted, nothing else."""

    at: datetime
    """When the audit was made that the sheet shows."""
    opinions: tuple[Opinion, ...]
    refused: tuple[RefusedRow, ...]
    blank: int


def read_back(data: bytes) -> SheetBack:
    """The sheet in ``data``. Raises InputError (SHEET_INVALID) where it is not one of ours or not readable."""
    book = _open(data)
    at = _made_at(book)
    listed = book[FINDINGS]
    opinions: dict[str, Opinion] = {}
    refused: list[RefusedRow] = []
    blank = 0
    for number, cells in _lines(listed):
        found = _row(number, cells)
        if found is None:
            blank += 1
        elif isinstance(found, RefusedRow):
            refused.append(found)
        elif found.fingerprint in opinions:
            refused.append(_twice(found, opinions[found.fingerprint]))
        else:
            opinions[found.fingerprint] = found
    return SheetBack(at, tuple(opinions.values()), tuple(refused), blank)


def _open(data: bytes) -> Any:
    from openpyxl import load_workbook

    if len(data) > MAX_BYTES:
        raise _invalid(Text("文件过大", "the file is too big"))
    try:
        with ZipFile(BytesIO(data)) as archive:
            if sum(item.file_size for item in archive.infolist()) > MAX_UNPACKED:
                raise _invalid(Text("解压后过大", "it is too big when unpacked"))
        book = load_workbook(BytesIO(data), read_only=True, data_only=False)
    except ZhongbaoError:
        raise
    except (BadZipFile, KeyError, ValueError, OSError, TypeError, AttributeError, SyntaxError) as error:
        raise _invalid(
            Text(f"不是可读的 xlsx：{plain(str(error)[:80])}", f"not readable: {plain(str(error)[:80])}")
        ) from error
    if FINDINGS not in book.sheetnames or ABOUT not in book.sheetnames:
        raise _invalid(Text("缺少“问题”或“说明”工作表", "a sheet of it is missing"))
    return book


def _made_at(book: Any) -> datetime:
    said = {str(name): str(value) for name, value in book[ABOUT].iter_rows(max_row=20, max_col=2, values_only=True)}
    if said.get("格式") != FORMAT:
        raise _invalid(Text("“说明”中的格式不符", "its format is another one"))
    try:
        return parse_instant(said.get("时刻", ""))
    except ZhongbaoError as error:
        raise _invalid(Text("“说明”中的时刻无法读取", "its instant cannot be read")) from error


def _lines(listed: Worksheet) -> Iterator[tuple[int, tuple[str, ...]]]:
    names = [name for name, _ in COLUMNS]
    for number, values in enumerate(listed.iter_rows(max_col=len(COLUMNS), values_only=True), 1):
        cells = tuple("" if value is None else str(value) for value in values)
        if number == 1 and list(cells) != names:
            raise _invalid(Text("“问题”表头被改动", "the head of the table was changed"))
        if number > MAX_ROWS:
            raise _invalid(Text(f"超过 {MAX_ROWS} 行", f"more than {MAX_ROWS} rows"))
        if number > 1 and any(cells):
            yield number, cells


def _row(number: int, cells: tuple[str, ...]) -> Opinion | RefusedRow | None:
    shown, (opinion, words, reviewer), check = cells[:SHOWN], (item.strip() for item in cells[SHOWN:-1]), cells[-1]
    if not (opinion or words or reviewer):
        return None
    digits, _, value = check.partition(":")
    fingerprint = f"sha256:{digits}"
    if value != check_value(fingerprint, shown):
        return RefusedRow(
            number, "ROW_EDITED", Text("填写列以外的内容被改动", "cells outside the open columns were changed")
        )
    if opinion not in OPINIONS:
        listed = "、".join(OPINIONS)
        return RefusedRow(
            number, "OPINION_UNKNOWN", Text(f"审核意见须为：{listed}", f"the opinion must be one of: {listed}")
        )
    if not reviewer:
        return RefusedRow(number, "REVIEWER_MISSING", Text("未填审核人", "nobody signed as reviewer"))
    if opinion != "通过" and not words:
        return RefusedRow(number, "WORDS_MISSING", Text(f"“{opinion}”须填说明", f"{opinion} takes a reason"))
    if len(words) > MAX_WORDS:
        return RefusedRow(number, "WORDS_TOO_LONG", Text(f"说明超过 {MAX_WORDS} 字", f"over {MAX_WORDS} characters"))
    return Opinion(number, fingerprint, shown[1], opinion, words, reviewer)


def _twice(found: Opinion, first: Opinion) -> RefusedRow:
    return RefusedRow(
        found.row,
        "ROW_TWICE",
        Text(f"与第 {first.row} 行是同一问题", f"the same finding stands in row {first.row}"),
    )


def _invalid(cause: Text) -> InputError:
    return InputError(
        Text(f"不是可导入的审核单：{cause.zh}", f"not a review sheet: {cause.en}"),
        Text(
            "用 content scan --sheet 导出的文件，另存为 xlsx 后填写",
            "fill in the file that content scan --sheet wrote, saved as xlsx",
        ),
        reason_code="SHEET_INVALID",
    )
