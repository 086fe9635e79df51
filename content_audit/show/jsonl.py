"""An audit as JSON lines, schema ``docs/schema/content-line.json``: same input, same bytes.

A ``post`` line, then its ``finding`` and ``unread`` lines; ``unread`` lines that no post came of; a ``finding`` line for
each group of posts that say the same on several accounts; one ``summary``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from content_audit.audit.coded import COPY
from content_audit.audit.copies import Group
from content_audit.model import Audited, Hit, Unread, Verdict
from content_audit.show.report import Basis, ContentReport, Tally, title_of, words
from zhongbao_core.clock import iso
from zhongbao_core.finding import Finding, PassagePlace
from zhongbao_core.report.model import without_personal
from zhongbao_core.text import Lang, mask, plain

SCHEMA_VERSION = 1
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def jsonl(report: ContentReport, lang: Lang) -> str:
    """``report`` as lines; both languages stand in them, ``lang`` changes nothing."""
    return "".join(line(body) for body in bodies(report))


def line(body: dict[str, Any]) -> str:
    """One line. Control, direction and invisible characters stand as JSON escapes, so that no terminal obeys them."""
    try:
        said = orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:  # half an emoji, which is no UTF-8
        said = _encode(body)
    return plain(said) + "\n"


def bodies(report: ContentReport) -> Iterator[dict[str, Any]]:
    """The lines as values for JSON."""
    for row in report.audited:
        yield from post_bodies(row, masked=report.masked)
    for item in report.unread:
        yield unread_body(item)
    for group in report.copies:
        yield copies_body(group)
    yield summary_body(report.tally, report.basis, report.at, masked=report.masked)


def post_bodies(row: Audited, *, masked: bool) -> Iterator[dict[str, Any]]:
    """The lines of one post."""
    yield _post(row, masked=masked)
    for hit in row.hits:
        yield _finding(row, hit, masked=masked)
    for item in row.unread:
        yield unread_body(item)


def _post(row: Audited, *, masked: bool) -> dict[str, Any]:
    post = row.post
    return {
        "type": "post",
        "id": post.id,
        "verdict": row.verdict.id,
        "complete": row.complete,
        "findings": len(row.hits),
        "removed": post.removed,
        "channel": post.channel,
        "account": post.account,
        "title": title_of(post, masked=masked),
        "published_at": iso(post.published_at) if post.published_at else None,
        "url": post.url,
        "source": {"path": post.source.path, "record": post.source.record, "reader": post.source.reader},
    }


def _finding(row: Audited, hit: Hit, *, masked: bool) -> dict[str, Any]:
    passage = row.post.passages[hit.passage] if hit.passage >= 0 else None
    folded = hit.folded
    if masked:
        folded = mask(folded) if hit.personal else without_personal(folded)
    return {
        "type": "finding",
        "id": hit.finding(row.post).id,
        "post": row.post.id,
        "rule": hit.rule,
        "category": hit.category,
        "title": hit.title.as_json(),
        "verdict": hit.verdict.id,
        "severity": hit.severity.id,
        "confidence": hit.confidence.id,
        "raw": words(hit, masked=masked),
        "folded": folded,
        "steps": list(hit.steps),
        "passage": passage.locator if passage else "",
        "role": passage.role.value if passage else "",
        "start": hit.start,
        "end": hit.end,
        "law": hit.law,
        "why": hit.why.as_json(),
        "remedy": hit.remedy.as_json(),
        "evidence": hit.evidence.as_json(),
        "tested": [
            {"exemption": item.exemption, "held": item.held, "saw": item.saw.as_json(), "law": item.law}
            for item in hit.tested
        ],
        "personal": hit.personal,
    }


def unread_body(item: Unread) -> dict[str, Any]:
    """The line of something that was not audited."""
    return {
        "type": "unread",
        "post": item.post,
        "passage": item.locator,
        "reason": item.why.value,
        "detail": item.detail,
        "source": {"path": item.source.path, "record": item.source.record, "reader": item.source.reader},
    }


def copies_body(group: Group) -> dict[str, Any]:
    """The finding of posts that are alike: it stands against the first of them and names them all."""
    first = group.posts[0].post
    finding = Finding(
        area="content",
        rule=COPY.id,
        title=COPY.title,
        severity=COPY.severity,
        confidence=COPY.confidence,
        place=PassagePlace(first),
    )
    return {
        "type": "finding",
        "id": finding.id,
        "post": first,
        "rule": COPY.id,
        "category": COPY.category,
        "title": COPY.title.as_json(),
        "verdict": COPY.verdict.id,
        "severity": COPY.severity.id,
        "confidence": COPY.confidence.id,
        "raw": "",
        "folded": "",
        "steps": [],
        "passage": "",
        "role": "",
        "start": 0,
        "end": 0,
        "law": COPY.law,
        "why": COPY.why.as_json(),
        "remedy": COPY.remedy.as_json(),
        "evidence": COPY.evidence.as_json(),
        "tested": [],
        "personal": False,
        "copies": [item._asdict() for item in group.posts],
    }


def summary_body(tally: Tally, basis: Basis, at: datetime, *, masked: bool) -> dict[str, Any]:
    """The last line: the outcome, what was looked at, and what it rests on."""
    verdicts = (Verdict.BLOCK, Verdict.REVIEW, Verdict.PASS)
    return {
        "type": "summary",
        "schema_version": SCHEMA_VERSION,
        "reason_code": tally.reason_code,
        "exit_code": int(tally.exit_code),
        "at": iso(at),
        "masked": masked,
        "pictures": "skip" if tally.skip_pictures else "read",
        "verdicts": {verdict.id: tally.verdicts[verdict] for verdict in verdicts},
        "findings": tally.findings,
        "unread": tally.unread,
        "looked": tally.counts._asdict(),
        "basis": {
            "rules": basis.rules,
            "policy": basis.policy,
            "packs": list(basis.packs),
            "level": basis.level.as_json(),
            "event": basis.event.as_json(),
            "signed": basis.signed,
            "segmenter": basis.segmenter,
        },
    }
