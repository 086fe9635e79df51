"""A report of findings as JUnit XML: an open finding is a failure, a waived or settled one is skipped with its reason."""

from __future__ import annotations

from zhongbao_core.clock import iso
from zhongbao_core.finding import AREAS, Area
from zhongbao_core.finding_life import Tracked
from zhongbao_core.report.model import UNSEEN, Report, for_reader, shown_place
from zhongbao_core.report.text import life_line
from zhongbao_core.text import NOTHING, Lang, escape


def junit(report: Report, lang: Lang) -> str:
    """``report`` as one test suite. An area nobody looked at is skipped and says so, never a pass."""
    report = for_reader(report)
    unseen: list[Area] = [area for area, at in report.basis.items() if at is None]
    settled = len(report.rows) - len(report.open)
    total = len(report.rows) + len(report.basis)
    counts = f'tests="{total}" failures="{len(report.open)}" errors="0" skipped="{settled + len(unseen)}"'
    cases = [_basis_case(area, looked=area not in unseen, lang=lang) for area in report.basis]
    cases += [_case(report, row, lang) for row in report.rows]
    name = _xml(report.title.pick(lang))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuite name="{name}" timestamp="{iso(report.at)}" {counts}>\n' + "".join(cases) + "</testsuite>\n"
    )


def _basis_case(area: Area, *, looked: bool, lang: Lang) -> str:
    head = f'<testcase classname="zhongbao.basis" name="{_xml(AREAS[area].pick(lang))}"'
    if looked:
        return f"{head}/>\n"
    return f'{head}><skipped message="{UNSEEN.pick(lang)}"/></testcase>\n'


def _case(report: Report, row: Tracked, lang: Lang) -> str:
    finding = row.finding
    name = f"{finding.id} {finding.rule} {finding.title.pick(lang)}"
    head = f'<testcase classname="zhongbao.{finding.area}" name="{_xml(name)}">'
    state = _xml(life_line(row, lang, report.zone))
    if not row.life.state.open:
        return f'{head}<skipped message="{state}"/></testcase>\n'
    lines = [shown_place(row, masked=report.masked), *(f"{item.name}: {item.value}" for item in finding.evidence)]
    lines += [finding.law] if finding.law else []
    lines += [finding.remedy.pick(lang)] if finding.remedy != NOTHING else []
    body = "\n".join(_xml(line) for line in [*lines, life_line(row, lang, report.zone)])
    kind, message = _xml(finding.severity.id), _xml(finding.title.pick(lang))
    return f'{head}<failure type="{kind}" message="{message}">{body}</failure></testcase>\n'


def _xml(value: str) -> str:
    """``value`` for XML, without the two code points that XML has no way to write."""
    return escape(value, "xml").translate({0xFFFE: "\\ufffe", 0xFFFF: "\\uffff"})
