"""The review sheet (审核单.xlsx): a row a finding, columns for the reviewer's opinion, taken back by ``review import``.

A row carries a check value over what was shown, so that a row edited in the wrong columns is noticed when it comes
back. The sheet records opinions; it approves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from content_audit.model import CHANNELS, Audited, Hit
from content_audit.show.html import category_text
from content_audit.show.report import ContentReport, around, for_reader, title_of
from content_audit.show.text import tested_lines, unread_line
from zhongbao_core.canonical import canonical, digest
from zhongbao_core.clock import iso, show, zone
from zhongbao_core.text import escape

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

FORMAT = "zhongbao-review-sheet/1"
OPINIONS = ("通过", "修改", "退回", "误报", "例外放行")
FINDINGS, POSTS, UNREAD, ABOUT = "问题", "稿件", "未审核", "说明"
COLUMNS = (
    ("序号", 6),
    ("问题编号", 17),
    ("结论", 10),
    ("媒体", 11),
    ("账号", 14),
    ("标题", 26),
    ("稿件编号", 18),
    ("位置", 20),
    ("原文", 18),
    ("上下文", 44),
    ("规则", 11),
    ("类别", 14),
    ("名称", 24),
    ("风险等级", 9),
    ("依据条款", 26),
    ("建议", 34),
    ("可凭材料", 24),
    ("已检验豁免", 28),
    ("审核意见", 11),
    ("说明", 28),
    ("审核人", 12),
    ("校验", 19),
)
"""Columns and their widths. 审核意见, 说明 and 审核人 are for the reviewer; all others are checked on return."""
OPEN_COLUMNS = ("审核意见", "说明", "审核人")
SHOWN = len(COLUMNS) - len(OPEN_COLUMNS) - 1


class Row(NamedTuple):
    """One finding as the sheet shows it: the cells before the reviewer's columns."""

    fingerprint: str
    cells: tuple[str, ...]


def rows(report: ContentReport) -> Iterator[Row]:
    """The rows of ``report``, worst posts first."""
    report = for_reader(report)
    number = 0
    for row in report.marked:
        for hit in row.hits:
            number += 1
            finding = hit.finding(row.post)
            yield Row(finding.fingerprint, (str(number), finding.id, *_cells(report, row, hit)))


def _cells(report: ContentReport, row: Audited, hit: Hit) -> tuple[str, ...]:
    post = row.post
    before, words, after = ("", "", "")
    place = ""
    if hit.passage >= 0:
        passage = post.passages[hit.passage]
        before, words, after = around(passage, hit, masked=report.masked)
        place = f"{passage.role.text.zh} {passage.locator} {hit.start}-{hit.end}".replace("  ", " ")
    return (
        hit.verdict.text.zh,
        CHANNELS[post.channel].zh,
        post.account,
        title_of(post, masked=report.masked),
        post.id,
        place,
        words,
        f"{before}[{words}]{after}" if words else "",
        hit.rule,
        category_text(hit.category).zh,
        hit.title.zh,
        hit.severity.text.zh,
        hit.law,
        hit.remedy.zh,
        hit.evidence.zh,
        "；".join(tested_lines(hit.tested, "zh")),
    )


def check_value(fingerprint: str, cells: tuple[str, ...]) -> str:
    """Sixteen digits over the finding and every cell that was shown, as the sheet holds them."""
    shown = [escape(cell, "csv").encode("utf-8", "backslashreplace").decode() for cell in cells]
    return digest(canonical([FORMAT, fingerprint, *shown]))[7:23]


def sheet(report: ContentReport) -> bytes:
    """The workbook's bytes. Every cell is text; nothing in it can start a formula."""
    from openpyxl import Workbook

    book = Workbook()
    listed = book.active
    assert listed is not None  # noqa: S101 a new workbook has one sheet
    _fill_findings(listed, list(rows(report)))
    _fill(
        book.create_sheet(POSTS),
        (("稿件编号", 20), ("标题", 40), ("账号", 16), ("结论", 10), ("审全", 8)),
        _posts(report),
    )
    unread = ((unread_line(item, "zh"),) for item in report.all_unread)
    _fill(book.create_sheet(UNREAD), (("未审核", 90),), unread)
    _fill(book.create_sheet(ABOUT), (("项目", 18), ("内容", 90)), _about(report))
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _fill_findings(listed: Worksheet, found: list[Row]) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    cells = (
        (*row.cells, "", "", "", f"{row.fingerprint[7:]}:{check_value(row.fingerprint, row.cells)}") for row in found
    )
    listed.title = FINDINGS
    _fill(listed, COLUMNS, cells)
    choice = DataValidation(type="list", formula1=f'"{",".join(OPINIONS)}"', allow_blank=True, showErrorMessage=True)
    listed.add_data_validation(choice)
    choice.add(f"S2:S{max(len(found), 1) + 1}")
    listed.column_dimensions["V"].hidden = True
    listed.freeze_panes = "C2"
    listed.auto_filter.ref = f"A1:V{len(found) + 1}"


def _fill(target: Worksheet, columns: tuple[tuple[str, int], ...], found: Any) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    for number, (name, width) in enumerate(columns, 1):
        head = target.cell(1, number, name)
        opened = name in OPEN_COLUMNS and target.title == FINDINGS
        head.font = Font(bold=True)
        head.fill = PatternFill("solid", fgColor="FFF2CC" if opened else "E8ECF0")
        target.column_dimensions[get_column_letter(number)].width = width
    for line, values in enumerate(found, 2):
        for number, value in enumerate(values, 1):
            cell = target.cell(line, number, escape(value, "csv"))
            cell.data_type, cell.number_format = "s", "@"
            cell.alignment = Alignment(wrap_text=True, vertical="top")


def _posts(report: ContentReport) -> Iterator[tuple[str, ...]]:
    for row in report.audited:
        post = row.post
        whole = "是" if row.complete else "否"
        yield (post.id, title_of(post, masked=report.masked), post.account, row.verdict.text.zh, whole)


def _about(report: ContentReport) -> Iterator[tuple[str, str]]:
    basis = report.basis
    yield "格式", FORMAT
    yield "审核时间", show(report.at, zone(report.zone))
    yield "时刻", iso(report.at)
    yield "级别", basis.level.zh
    yield "规则", f"{basis.rules} 条，{basis.policy}"
    yield "策略", "已签名" if basis.signed else "未签名"
    yield "填写", "只填“审核意见”“说明”“审核人”三列；意见从下拉列表选；其余列改动后该行会被退回"
    yield "效力", "本表只登记意见，不构成审批；审批用 zhongbao approve"
