"""What the release gate does: open the policy, read and audit the draft, recognise it, decide, record, answer.

Whatever fails becomes a refusal (cannot tell); only wrong use leaves here as an error.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from content_audit.release.decide import Answer, Case, Decision, Said, decide
from content_audit.release.desk import SUBMITTED, Found, closest, recognise
from content_audit.release.looking import Looked, See, look, read_draft
from content_audit.release.open import OpenContent, open_book, open_content
from zhongbao_core.clock import iso, now, parse_instant, zone
from zhongbao_core.desk.base import SSH, Desk, state_in
from zhongbao_core.errors import CannotTellError, UsageError, ZhongbaoError
from zhongbao_core.event import Level
from zhongbao_core.text import NOTHING, Text
from zhongbao_core.trust import remember

if TYPE_CHECKING:
    from zhongbao_core.ledger.journal import Journal
    from zhongbao_core.settings import Settings

SKEW = timedelta(seconds=120)
DECIDED = "content.decision"


class Asked(NamedTuple):
    """What the gate is asked."""

    draft: Path
    account: str = ""
    channel: str = ""
    item: str = ""
    cover: Path | None = None
    publish_at: str | None = None
    at: str | None = None
    untrusted_demo: bool = False


def answer(settings: Settings, asked: Asked, see: See) -> tuple[Decision, str]:
    """The Decision on what is asked, and the company's zone to show it in. Raises UsageError alone."""
    at, where = now(), "Asia/Shanghai"
    try:
        opened = open_content(settings, asked.at, untrusted_demo=asked.untrusted_demo)
        at, where = opened.at, opened.policy.zone
        publish_at = publish_instant(asked.publish_at, opened)
        read = read_draft(asked.draft, asked.item, asked.cover)
        looked = look(read, opened, publish_at, see, account=asked.account, channel=asked.channel)
        decision = _answer(opened, looked, publish_at)
        _remember(opened)
        return decision, where
    except UsageError:
        raise
    except ZhongbaoError as error:
        return refused(at, error.reason_code, error.message, error.hint, asked.untrusted_demo), where
    except Exception as error:
        if os.environ.get("ZHONGBAO_DEBUG"):
            raise
        cause = f"{type(error).__name__}: {error}"[:300]
        words = Text(f"内部错误：{cause}", f"unexpected error: {cause}")
        return refused(at, "ERROR", words, None, asked.untrusted_demo), where


def publish_instant(text: str | None, opened: OpenContent) -> datetime:
    """When the post is to go out: as asked, else now. Raises UsageError PUBLISH_PAST: nobody publishes in the past."""
    at = parse_instant(text, zone(opened.policy.zone)) if text else opened.at
    if at < opened.at - SKEW:
        raise UsageError(
            Text(f"发布时间 {iso(at)} 已过", f"the publish instant {iso(at)} has passed"),
            Text("去掉 --publish-at，或写将来的时间", "leave --publish-at out, or name a time to come"),
            reason_code="PUBLISH_PAST",
        )
    return at


def refused(at: datetime, code: str, message: Text, hint: Text | None, untrusted: bool) -> Decision:
    """The Decision of a gate that came to no policy, no draft or no ledger: it cannot tell."""
    said = (Said(code, message, step=hint or NOTHING),)
    return Decision(Answer.UNKNOWN, code, said, Level.NONE, "", at, untrusted=untrusted, level_known=False)


def _answer(opened: OpenContent, looked: Looked, publish_at: datetime) -> Decision:
    if opened.trust is None:
        return _decided(opened, looked, publish_at, None, None)
    with open_book(opened, writer="gate:content") as journal:
        return _recorded(opened, looked, publish_at, journal)


def _recorded(opened: OpenContent, looked: Looked, publish_at: datetime, journal: Journal) -> Decision:
    """Decide, and record it on disk before the answer; decided anew where the post changed meanwhile."""
    desk = Desk(journal, opened.policy, SSH(), opened.rehearsal)
    for _ in range(3):
        found = recognise(desk, looked.content)
        before = desk.state(found.submission.id) if found else None
        decision = _decided(opened, looked, publish_at, found, desk)
        with journal.transaction(opened.at) as tx:
            after = state_in(tx, found.submission.id, frozenset({SUBMITTED})) if found else None
            if before == after:
                tx.append(DECIDED, looked.account.id if looked.account else "-", _body(decision, looked))
                return decision
    raise CannotTellError(
        Text("稿件的审批正在变化，请重试", "the post's approvals keep changing: try again"), reason_code="POST_BUSY"
    )


def _decided(
    opened: OpenContent, looked: Looked, publish_at: datetime, found: Found | None, desk: Desk | None
) -> Decision:
    policy = opened.policy
    near = closest(desk, looked.content) if desk is not None and found is None else None
    case = Case(
        draft=looked.draft(opened, publish_at, found),
        submission=found.submission if found else None,
        closest=near,
        registers=policy.registers,
        directory=policy.directory,
        event=policy.event,
        zone=policy.zone,
        publish_at=publish_at,
        now=opened.at,
    )
    return decide(case)._replace(manifest=policy.manifest, untrusted=opened.trust is None, rehearsal=opened.rehearsal)


def _body(decision: Decision, looked: Looked) -> dict[str, object]:
    return {
        "verdict": decision.answer.value,
        "reason_code": decision.reason_code,
        "codes": sorted({item.code for item in decision.said if item.holds}),
        "post": decision.submission,
        "revision": decision.revision,
        "content": decision.content,
        "exact": looked.read.exact,
        "level": decision.level.id,
        "publish_at": iso(decision.publish_at),
        "manifest": decision.manifest,
    }


def _remember(opened: OpenContent) -> None:
    if opened.trust is not None and opened.manifest is not None:
        remember(opened.trust, opened.manifest)
