"""A report of findings for a terminal: one block a finding, worst first, in one language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from zhongbao_core.clock import show, zone
from zhongbao_core.finding import AREAS
from zhongbao_core.finding_life import State, Tracked
from zhongbao_core.report.model import Report, basis_lines, for_reader, shown_place
from zhongbao_core.text import NOTHING, Lang, Text, escape, pad, plain

_LABELS = {
    "place": Text("位置", "where"),
    "evidence": Text("证据", "evidence"),
    "law": Text("依据", "law"),
    "remedy": Text("处置", "do"),
    "life": Text("状态", "state"),
    "seen": Text("发现", "seen"),
}


def text(report: Report, lang: Lang) -> str:
    """``report`` as lines; everything from outside neutralised for a terminal."""
    report = for_reader(report)
    lines = [_head(report, lang), ""]
    for row in report.rows:
        lines += [*_block(report, row, lang), ""]
    lines += [_count(report, lang), _basis(report, lang)]
    return "\n".join(lines) + "\n"


def _head(report: Report, lang: Lang) -> str:
    mark = Text("（演练）", " (rehearsal)").pick(lang) if report.rehearsal else ""
    return f"{plain(report.title.pick(lang))}{mark}  {show(report.at, zone(report.zone))}"


def _block(report: Report, row: Tracked, lang: Lang) -> Iterator[str]:
    finding = row.finding
    sure = finding.confidence.text.pick(lang)
    head = f"{finding.id} [{finding.severity.text.pick(lang)}·{sure}] {AREAS[finding.area].pick(lang)} {finding.rule}"
    yield escape(f"{head}  {finding.title.pick(lang)}", "terminal")
    for name, value in _rows(report, row, lang):
        yield f"  {pad(_LABELS[name].pick(lang), 9)} {escape(value, 'terminal')}"


def _rows(report: Report, row: Tracked, lang: Lang) -> Iterator[tuple[str, str]]:
    finding = row.finding
    yield "place", shown_place(row, masked=report.masked)
    for item in finding.evidence:
        yield "evidence", f"{item.name}: {item.value}"
    if finding.law:
        yield "law", finding.law
    if finding.remedy != NOTHING:
        yield "remedy", finding.remedy.pick(lang)
    yield "life", life_line(row, lang, report.zone)
    yield "seen", f"{_show(row.first_seen, report)} … {_show(row.last_seen, report)}"


def life_line(row: Tracked, lang: Lang, zone_name: str) -> str:
    """Where a finding stands, in one line: state, who owes it, until when, and on whose word it was let be."""
    life = row.life
    parts = [life.state.text.pick(lang)]
    named = (
        (Text("责任人", "assignee"), life.assignee),
        (Text("期限", "due"), _day(life.due, zone_name)),
        (Text("批准人", "approved by"), life.approver),
        (Text("到期", "expires"), _day(life.expires, zone_name)),
        (Text("佐证", "evidence"), life.evidence if life.state in (State.VERIFYING, State.CLOSED) else ""),
        (Text("理由", "reason"), life.reason),
        (Text("复发次数", "times recurred"), str(life.times or "")),
    )
    parts += [f"{label.pick(lang)} {value}" for label, value in named if value]
    return " · ".join(parts)


def _count(report: Report, lang: Lang) -> str:
    found = [(level.text.pick(lang), count) for level, count in report.by_severity().items() if count]
    split = ", ".join(f"{name} {count}" for name, count in found)
    rest = len(report.rows) - len(report.open)
    if not report.looked:
        return Text("问题：未检查", "findings: not looked at").pick(lang)
    words = Text(f"未销号问题 {len(report.open)} 个", f"{len(report.open)} open findings").pick(lang)
    done = Text(f"；另有已了结 {rest} 个", f"; {rest} settled").pick(lang) if rest else ""
    return words + (f" ({split})" if split else "") + done


def _basis(report: Report, lang: Lang) -> str:
    parts = [f"{area.pick(lang)} {when.pick(lang)}" for area, when in basis_lines(report)]
    return Text("依据：", "basis: ").pick(lang) + " · ".join(parts)


def _show(at: datetime, report: Report) -> str:
    return show(at, zone(report.zone))


def _day(at: datetime | None, zone_name: str) -> str:
    return show(at, zone(zone_name)) if at else ""
