"""The sweep's files: 内容排查台账 with the takedown list beside it, and the report (专题内容排查报告)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from content_audit.commands.sweep_report import SweepReport
from content_audit.model import CHANNELS, Verdict
from content_audit.release.kept import Kept, Told
from content_audit.release.sweep import Swept
from content_audit.release.takedown import Takedown
from content_audit.show.html import category_text
from zhongbao_core.text import escape, plain

if TYPE_CHECKING:
    from openpyxl import Workbook

REGISTER = (
    "媒体", "账号", "主体", "标题", "发布时间", "链接", "位置", "原文摘录", "问题类型", "依据条款", "风险等级", "处置", "责任编辑",
    "处置人", "处置时间", "证明", "关联副本", "复核人", "销号",
)  # fmt: skip
"""内容排查台账: a row a finding."""
DOWN = ("编号", "媒体", "账号", "标题", "链接", "风险等级", "时限", "责任人", "关联副本", "状态", "升级至")
MUST_DOWN, TO_CHANGE = "下架", "修改或说明依据"
FONT = "仿宋_GB2312"


def write_workbook(report: SweepReport, path: Path) -> None:
    """The register, the takedown list and what was not audited; every cell is text, nothing can start a formula.

    Rows are written as they are made: none of them is held.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    _fill(book, "内容排查台账", REGISTER, _rows(report))
    _fill(book, "下线清单", DOWN, (_down(report, *row) for row in report.listed()))
    told = ((str(item.source), item.locator, item.why.text.zh, item.detail) for item in report.unread)
    _fill(book, "未审核", ("来源", "位置", "原因", "说明"), told)
    book.save(path)


def _fill(book: Workbook, title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    wrapped, bold, normal = Alignment(wrap_text=True, vertical="top"), Font(bold=True), Font(bold=False)
    font = bold
    for values in chain((head,), rows):
        line = []
        for value in values:
            cell = WriteOnlyCell(sheet, escape(value, "csv"))
            cell.data_type, cell.number_format = "s", "@"
            cell.alignment, cell.font = wrapped, font
            line.append(cell)
        sheet.append(line)
        font = normal


def _rows(report: SweepReport) -> Iterator[tuple[str, ...]]:
    for item, kept in report.open():
        for told in kept.findings:
            yield _row(report, item, kept, told)


def _row(report: SweepReport, item: Swept, kept: Kept, told: Told) -> tuple[str, ...]:
    account, listed = item.account, report.down.get(item.id)
    done = listed is not None and not listed.open
    return (
        CHANNELS[item.channel].zh,
        account.name if account else item.shown,
        account.unit if account else "",
        kept.title,
        report.when(kept.published_at),
        kept.url,
        told.place,
        told.words,
        category_text(told.category).zh,
        told.law,
        told.severity.text.zh,
        MUST_DOWN if listed is not None else TO_CHANGE,
        account.owner if account else "",
        listed.confirmed_by if listed else "",
        report.when(listed.confirmed_at) if listed else "",
        listed.proof if listed else "",
        "、".join(item.copies),
        "",
        "是" if done else "",
    )


def _down(report: SweepReport, item: Swept, kept: Kept, listed: Takedown) -> tuple[str, ...]:
    return (
        item.id,
        CHANNELS[item.channel].zh,
        item.account.name if item.account else item.shown,
        kept.title,
        kept.url,
        item.severity.text.zh,
        report.when(listed.due),
        listed.owner,
        "、".join(item.copies),
        "待下线" if listed.open else "已下线",
        listed.escalated_to,
    )


def document(report: SweepReport) -> bytes:
    """The report: what was looked at and what was not, what was found by kind and account, what must come down."""
    from docx import Document
    from docx.oxml.ns import qn
    from docx.shared import Pt

    page = Document()
    style = page.styles["Normal"]
    style.font.name, style.font.size = "FangSong", Pt(16)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    page.add_heading(plain(report.title), level=1)
    for line in _lines(report):
        page.add_paragraph(plain(line))
    table = page.add_table(rows=1, cols=5)
    table.style = "Table Grid"
    for cell, head in zip(table.rows[0].cells, ("编号与标题", "账号", "时限", "责任人", "关联副本"), strict=True):
        cell.text = head
    for item, kept, listed in report.listed():
        owner = report.name(listed.owner) if listed.owner else ""
        values = (f"{item.id} {kept.title}", item.shown, report.when(listed.due), owner, "、".join(item.copies))
        for cell, value in zip(table.add_row().cells, values, strict=True):
            cell.text = plain(value)
    out = BytesIO()
    page.save(out)
    return out.getvalue()


def _lines(report: SweepReport) -> Iterator[str]:
    sums, unread = report.sums, len(report.unread)
    yield f"排查时间：{report.when(report.at)}"
    yield f"排查范围：已发布稿件 {len(report.posts)} 篇；未审核 {unread} 处{'（见台账）' if unread else ''}。"
    yield (
        f"结论：通过 {sums.verdicts[Verdict.PASS]} 篇，人工复核 {sums.verdicts[Verdict.REVIEW]} 篇，"
        f"拦截 {sums.verdicts[Verdict.BLOCK]} 篇；须下线 {len(report.down)} 篇（含副本）。"
    )
    kinds = ((category_text(name).zh, count) for name, count in sums.categories.most_common())
    yield "问题类型：" + ("，".join(f"{name} {count}" for name, count in kinds) or "无")
    accounts = sums.affected.most_common()
    yield "涉及账号：" + ("，".join(f"{name or '未注明'} {count}" for name, count in accounts) or "无")
