"""A sheet as people carry it: docx to sign on paper, xlsx to go through, short text to read on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from content_audit.release.sheets import Item, line
from zhongbao_core.clock import show, zone
from zhongbao_core.text import escape, plain

COLUMNS = (
    "序号",
    "稿件编号",
    "版本",
    "账号",
    "渠道",
    "标题",
    "发布时间",
    "截止时间",
    "复核项",
    "须看图片",
    "预案",
    "审批文本",
    "意见",
)
WIDTHS = (6, 20, 6, 14, 10, 36, 22, 22, 30, 9, 14, 22, 12)
FONT = "仿宋_GB2312"
FALLBACK = "FangSong"


def short_text(number: str, items: Sequence[Item], rung: str, code: str, zone_name: str) -> str:
    """A few lines to read on a phone; ``code`` is the read-back code of the sheet."""
    rows = [f"{index}. {line(item, zone_name)}" for index, item in enumerate(items, start=1)]
    head = f"【签发单】{number}，共 {len(items)} 篇，{rung}，回读码 {code}"
    return "\n".join(plain(row) for row in (head, *rows)) + "\n"


def workbook(number: str, items: Sequence[Item], zone_name: str) -> bytes:
    """One row a post; every cell is text and nothing in it can start a formula."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "签发单"
    rows = [(f"签发单 {number}",), COLUMNS, *(_cells(n, item, zone_name) for n, item in enumerate(items, start=1))]
    for at, values in enumerate(rows, start=1):
        for column, value in enumerate(values, start=1):
            cell = sheet.cell(at, column, escape(value, "csv"))
            cell.data_type, cell.number_format = "s", "@"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=at <= 2)
    for column, width in enumerate(WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A3"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _cells(number: int, item: Item, zone_name: str) -> tuple[str, ...]:
    here = zone(zone_name)
    return (
        str(number),
        item.post,
        str(item.revision),
        item.account,
        item.channel,
        item.title,
        show(item.start, here),
        show(item.end, here),
        "；".join(item.named),
        str(item.unseen or ""),
        item.plan,
        item.statement[7:23],
        "",
    )


def document(number: str, items: Sequence[Item], rung: str, code: str, zone_name: str) -> bytes:
    """A page to sign: the posts, who must approve, the read-back code, room for the signature."""
    from docx import Document
    from docx.oxml.ns import qn
    from docx.shared import Pt

    page = Document()
    style = page.styles["Normal"]
    style.font.name = FALLBACK
    style.font.size = Pt(16)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    page.add_heading(f"内容签发单 {plain(number)}", level=1)
    page.add_paragraph(plain(f"{rung}；共 {len(items)} 篇；回读码 {code}"))
    table = page.add_table(rows=1, cols=5)
    table.style = "Table Grid"
    for cell, head in zip(table.rows[0].cells, ("序号", "账号", "标题", "发布时间", "复核项与意见"), strict=True):
        cell.text = head
    for index, item in enumerate(items, start=1):
        when = show(item.start, zone(zone_name))
        values = (str(index), item.account, f"{item.title}\n{item.post}", when, "；".join(item.named))
        for cell, value in zip(table.add_row().cells, values, strict=True):
            cell.text = plain(value, newlines=True)
    page.add_paragraph("签发人：                    时间：")
    out = BytesIO()
    page.save(out)
    return out.getvalue()
