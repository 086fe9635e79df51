"""An audit as SARIF 2.1.0, for code hosts that show findings in files.

Source: OASIS Static Analysis Results Interchange Format 2.1.0. A region is given where the passage is the file itself
(plain text, Markdown); elsewhere the record and field are logical locations, since an offset into an extracted text
is no place in the file.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from content_audit.model import Audited, Hit, Verdict
from content_audit.show.report import ContentReport, around, for_reader
from content_audit.show.text import unread_line
from zhongbao_core import __version__
from zhongbao_core.text import Lang, plain

_LEVELS = {Verdict.BLOCK: "error", Verdict.REVIEW: "warning", Verdict.NOTE: "note", Verdict.PASS: "none"}
WHOLE_FILE = frozenset({"text", "markdown"})
"""Readers whose body passage is the file from its first code point to its last."""


def sarif(report: ContentReport, lang: Lang) -> str:
    """``report`` as one run of a SARIF log."""
    report = for_reader(report)
    rules = [hit for hit, _ in report.by_rule()]
    index = {hit.rule: number for number, hit in enumerate(rules)}
    notices = [
        {"level": "warning", "message": {"text": unread_line(item, lang)}, "descriptor": {"id": item.why.value}}
        for item in report.all_unread
    ]
    run = {
        "tool": {"driver": {"name": "zhongbao", "version": __version__, "rules": [_rule(hit, lang) for hit in rules]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(report, row, hit, index, lang) for row in report.audited for hit in row.hits],
        "invocations": [{"executionSuccessful": not report.owed, "toolExecutionNotifications": notices}],
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return plain(json.dumps(log, ensure_ascii=False, indent=2, sort_keys=True), newlines=True) + "\n"


def _rule(hit: Hit, lang: Lang) -> dict[str, Any]:
    return {
        "id": hit.rule,
        "shortDescription": {"text": hit.title.pick(lang)},
        "fullDescription": {"text": hit.why.pick(lang) or hit.title.pick(lang)},
        "help": {"text": "\n".join(part for part in (hit.law, hit.remedy.pick(lang)) if part) or hit.title.pick(lang)},
        "properties": {"tags": [hit.category]},
    }


def _result(report: ContentReport, row: Audited, hit: Hit, index: dict[str, int], lang: Lang) -> dict[str, Any]:
    words = "".join(around(row.post.passages[hit.passage], hit, masked=report.masked)) if hit.passage >= 0 else ""
    finding = hit.finding(row.post)
    return {
        "ruleId": hit.rule,
        "ruleIndex": index[hit.rule],
        "level": _LEVELS[hit.verdict],
        "message": {"text": f"{hit.title.pick(lang)}: {words}"},
        "locations": [_location(row, hit)],
        "partialFingerprints": {"zhongbao/v1": finding.fingerprint},
        "properties": {"verdict": hit.verdict.id, "severity": hit.severity.id, "law": hit.law},
    }


def _location(row: Audited, hit: Hit) -> dict[str, Any]:
    source = row.post.source
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(source.path)}}
    passage = row.post.passages[hit.passage] if hit.passage >= 0 else None
    if passage is not None and source.reader in WHOLE_FILE and not passage.locator:
        physical["region"] = {"charOffset": hit.start, "charLength": hit.end - hit.start}
    name = "/".join(part for part in (source.record or row.post.id, passage.locator if passage else "") if part)
    return {"physicalLocation": physical, "logicalLocations": [{"fullyQualifiedName": name}]}
