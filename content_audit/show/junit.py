"""An audit as JUnit XML: a case a post; what holds it is a failure, what was not audited an error."""

from __future__ import annotations

from collections.abc import Iterator

from content_audit.model import Audited, Hit, Unread
from content_audit.show.report import ContentReport, around, for_reader, title_of
from content_audit.show.text import unread_line
from zhongbao_core.clock import iso
from zhongbao_core.text import NOTHING, Lang, escape


def junit(report: ContentReport, lang: Lang) -> str:
    """``report`` as one test suite. A post with something unread is an error, never a pass."""
    report = for_reader(report)
    owed = set(report.owed)
    cases = [_case(report, row, lang, owed) for row in report.audited]
    cases += [_unread_case(item, lang) for item in report.unread]
    failures = sum("<failure" in case for case in cases)
    errors = sum("<error" in case and "<failure" not in case for case in cases)
    if not report.looked:
        cases.append('<testcase classname="zhongbao.content" name="posts"><error type="NOT_LOOKED"/></testcase>\n')
        errors += 1
    counts = f'tests="{len(cases)}" failures="{failures}" errors="{errors}" skipped="0"'
    name = _xml(report.title.pick(lang))
    head = f'<testsuite name="{name}" timestamp="{iso(report.at)}" {counts}>\n'
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + head + "".join(cases) + "</testsuite>\n"


def _case(report: ContentReport, row: Audited, lang: Lang, owed: set[Unread]) -> str:
    name = f"{row.post.id} {title_of(row.post, masked=report.masked)}"
    inner = "".join(_parts(report, row, lang, owed))
    head = f'<testcase classname="zhongbao.content.{_xml(row.post.channel)}" name="{_xml(name)}"'
    return f"{head}>{inner}</testcase>\n" if inner else f"{head}/>\n"


def _parts(report: ContentReport, row: Audited, lang: Lang, owed: set[Unread]) -> Iterator[str]:
    holding = [hit for hit in row.hits if hit.verdict >= report.fail_on]
    if holding:
        body = "\n".join(_xml(_line(report, row, hit, lang)) for hit in holding)
        message = _xml(f"{row.verdict.text.pick(lang)}: {holding[0].title.pick(lang)}")
        yield f'<failure type="{row.verdict.id}" message="{message}">{body}</failure>'
    unread = [item for item in row.unread if item in owed]
    if unread and not holding:
        body = "\n".join(_xml(unread_line(item, lang)) for item in unread)
        yield f'<error type="{unread[0].why.value}">{body}</error>'


def _line(report: ContentReport, row: Audited, hit: Hit, lang: Lang) -> str:
    parts = [f"{hit.rule} {hit.title.pick(lang)}"]
    if hit.passage >= 0:
        before, words, after = around(row.post.passages[hit.passage], hit, masked=report.masked)
        parts.append(f"{before}[[{words}]]{after}")
    parts += [hit.law] if hit.law else []
    parts += [hit.remedy.pick(lang)] if hit.remedy != NOTHING else []
    return " | ".join(parts)


def _unread_case(item: Unread, lang: Lang) -> str:
    body = _xml(unread_line(item, lang))
    head = f'<testcase classname="zhongbao.content.unread" name="{_xml(str(item.source))}">'
    return f'{head}<error type="{item.why.value}">{body}</error></testcase>\n'


def _xml(value: str) -> str:
    """``value`` for XML, without the two code points that XML has no way to write."""
    return escape(value, "xml").translate({0xFFFE: "\\ufffe", 0xFFFF: "\\uffff"})
