"""The report of a sweep as one HTML page: opens by double-click, filters by account, rule and severity, no network.

The page is written post by post; everything in it is escaped by the template engine, personal data is masked before.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TextIO

from content_audit.commands.sweep_report import SweepReport
from content_audit.model import CHANNELS, Verdict
from content_audit.release.kept import Kept
from content_audit.release.rungs import rank_name
from content_audit.release.sweep import Swept
from content_audit.release.takedown import Takedown
from content_audit.show.html import category_text, page_of
from content_audit.show.text import unread_line
from zhongbao_core.report.model import UNSEEN
from zhongbao_core.text import Lang, Text

SHOWN = 2000
"""Posts shown with their findings, the gravest first, and things not audited that are named; the rest is counted."""


def write_html(report: SweepReport, lang: Lang, out: TextIO) -> None:
    """``report`` as a page. Both languages stand in it; ``lang`` sets the page's language."""
    page = page_of("sweep")
    sums = report.sums
    found = sorted((item for item in report.posts if item.verdict >= Verdict.REVIEW), key=_gravest)
    parts = page.template.generate(
        report=report,
        lang={"zh": "zh-CN", "en": "en"}[lang],
        page=page,
        sums=sums,
        verdicts=(Verdict.BLOCK, Verdict.REVIEW, Verdict.PASS),
        channels=CHANNELS,
        category=category_text,
        accounts=[(name, name) for name in sorted(sums.accounts) if name],
        rules=[(told.rule, f"{told.rule} {told.title.zh}") for told, _ in sums.by_rule()],
        severities=[(severity.id, severity.text.zh) for severity, _ in sums.by_severity()],
        shown=lambda: _shown(report, found),
        listed=lambda: sorted(report.listed(), key=lambda row: (row[2].due, *_gravest(row[0]))),
        more=len(found) - SHOWN,
        most=SHOWN,
        unseen=UNSEEN,
        unread_line=unread_line,
        state=lambda item: state_text(item, report),
        name=lambda person: report.name(person) if person else "-",
        show=report.when,
    )
    out.writelines(parts)


def _gravest(item: Swept) -> tuple[int, int, str]:
    return -item.verdict, -item.severity, item.id


def _shown(report: SweepReport, found: list[Swept]) -> Iterator[tuple[Swept, Kept, Takedown | None]]:
    for item in islice(found, SHOWN):
        yield item, report.read(item.place), report.down.get(item.id)


def state_text(item: Takedown, report: SweepReport) -> Text:
    """Whether a post is down, late or escalated, in words."""
    if not item.open:
        when = report.when(item.confirmed_at)
        return Text(f"已于 {when} 下线", f"down at {when}")
    late = item.late_text(report.at) if item.overdue(report.at) else Text("待下线", "to come down")
    if not item.escalated_to:
        return late
    rank = rank_name(item.escalated_to, report.directory)
    return Text(f"{late.zh}，已升级至{rank}", f"{late.en}, escalated to {item.escalated_to}")
