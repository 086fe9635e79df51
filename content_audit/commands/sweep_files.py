"""The sweep's files: 内容排查台账 with the takedown list beside it, and the report (专题内容排查报告)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO

from content_audit.model import CHANNELS, Hit, Unread, Verdict
from content_audit.release.sweep import Swept
from content_audit.release.takedown import Takedown
from content_audit.show.html import category_text
from content_audit.show.report import title_of, words
from zhongbao_core.clock import show, zone
from zhongbao_core.text import escape, plain

REGISTER = (
    "媒体", "账号", "主体", "标题", "发布时间", "链接", "位置", "原文摘录", "问题类型", "依据条款", "风险等级", "处置", "责任编辑",
    "处置人", "处置时间", "证明", "关联副本", "复核人", "销号",
)  # fmt: skip
"""内容排查台账: a row a finding."""
DOWN = ("编号", "媒体", "账号", "标题", "链接", "风险等级", "时限", "责任人", "关联副本", "状态", "升级至")
MUST_DOWN, TO_CHANGE = "下架", "修改或说明依据"
FONT = "仿宋_GB2312"


def workbook(posts: Sequence[Swept], down: Mapping[str, Takedown], unread: Iterable[Unread], zone_name: str) -> bytes:
    """The register, the takedown list and what was not audited; every cell is text, nothing can start a formula."""
    from openpyxl import Workbook

    book = Workbook()
    register = book.worksheets[0]
    register.title = "内容排查台账"
    _fill(register, REGISTER, (row for item in posts for row in _rows(item, down, zone_name)))
    listed = [item for item in posts if item.id in down]
    _fill(book.create_sheet("下线清单"), DOWN, (_down(item, down[item.id], zone_name) for item in listed))
    told = ((str(item.source), item.locator, item.why.text.zh, item.detail) for item in unread)
    _fill(book.create_sheet("未审核"), ("来源", "位置", "原因", "说明"), told)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(target: object, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.worksheet.worksheet import Worksheet

    assert isinstance(target, Worksheet)  # noqa: S101 made just before
    for at, values in enumerate((head, *rows), start=1):
        for column, value in enumerate(values, start=1):
            cell = target.cell(at, column, escape(value, "csv"))
            cell.data_type, cell.number_format = "s", "@"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=at == 1)
    target.freeze_panes = "A2"


def _rows(item: Swept, down: Mapping[str, Takedown], zone_name: str) -> Iterator[tuple[str, ...]]:
    for hit in item.audited.hits:
        if hit.verdict >= Verdict.REVIEW:
            yield _row(item, hit, down.get(item.id), zone_name)


def _row(item: Swept, hit: Hit, listed: Takedown | None, zone_name: str) -> tuple[str, ...]:
    post, account = item.audited.post, item.account
    place = f"{post.passages[hit.passage].locator} {hit.start}-{hit.end}" if hit.passage >= 0 else "全文"
    done = listed is not None and not listed.open
    return (
        CHANNELS[post.channel].zh,
        account.name if account else post.account,
        account.unit if account else "",
        title_of(post, masked=True),
        _when(post.published_at, zone_name),
        post.url,
        place,
        words(hit, masked=True),
        category_text(hit.category).zh,
        hit.law,
        hit.severity.text.zh,
        MUST_DOWN if listed is not None else TO_CHANGE,
        account.owner if account else "",
        listed.confirmed_by if listed else "",
        _when(listed.confirmed_at if listed else None, zone_name),
        listed.proof if listed else "",
        "、".join(item.copies),
        "",
        "是" if done else "",
    )


def _down(item: Swept, listed: Takedown, zone_name: str) -> tuple[str, ...]:
    post = item.audited.post
    return (
        item.id,
        CHANNELS[post.channel].zh,
        item.account.name if item.account else post.account,
        title_of(post, masked=True),
        post.url,
        item.severity.text.zh,
        _when(listed.due, zone_name),
        listed.owner,
        "、".join(item.copies),
        "待下线" if listed.open else "已下线",
        listed.escalated_to,
    )


def _when(at: datetime | None, zone_name: str) -> str:
    return show(at, zone(zone_name)) if at else ""


def document(
    title: str, posts: Sequence[Swept], down: Mapping[str, Takedown], unread: Sequence[Unread], at: datetime, where: str
) -> bytes:
    """The report: what was looked at and what was not, what was found by kind and account, what must come down."""
    from docx import Document
    from docx.oxml.ns import qn
    from docx.shared import Pt

    page = Document()
    style = page.styles["Normal"]
    style.font.name, style.font.size = "FangSong", Pt(16)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    page.add_heading(plain(title), level=1)
    for line in _lines(posts, down, unread, at, where):
        page.add_paragraph(plain(line))
    table = page.add_table(rows=1, cols=4)
    table.style = "Table Grid"
    for cell, head in zip(table.rows[0].cells, ("编号与标题", "账号", "时限", "关联副本"), strict=True):
        cell.text = head
    for item in posts:
        if item.id in down:
            due = _when(down[item.id].due, where)
            name = f"{item.id} {title_of(item.audited.post, masked=True)}"
            values = (name, item.audited.post.account, due, "、".join(item.copies))
            for cell, value in zip(table.add_row().cells, values, strict=True):
                cell.text = plain(value)
    out = BytesIO()
    page.save(out)
    return out.getvalue()


def _lines(
    posts: Sequence[Swept], down: Mapping[str, Takedown], unread: Sequence[Unread], at: datetime, where: str
) -> Iterator[str]:
    verdicts = Counter(item.verdict for item in posts)
    kinds = Counter(category_text(hit.category).zh for item in posts for hit in _open(item))
    accounts = Counter(item.audited.post.account for item in posts if _open(item))
    yield f"排查时间：{show(at, zone(where))}"
    yield f"排查范围：已发布稿件 {len(posts)} 篇；未审核 {len(unread)} 处{'（见台账）' if unread else ''}。"
    yield (
        f"结论：通过 {verdicts[Verdict.PASS]} 篇，人工复核 {verdicts[Verdict.REVIEW]} 篇，"
        f"拦截 {verdicts[Verdict.BLOCK]} 篇；须下线 {len(down)} 篇（含副本）。"
    )
    yield "问题类型：" + ("，".join(f"{name} {count}" for name, count in kinds.most_common()) or "无")
    yield "涉及账号：" + ("，".join(f"{name or '未注明'} {count}" for name, count in accounts.most_common()) or "无")


def _open(item: Swept) -> list[Hit]:
    return [hit for hit in item.audited.hits if hit.verdict >= Verdict.REVIEW]
