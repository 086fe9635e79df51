"""From a draft that was looked at to what is submitted: refused early where the gate would hold it whatever is signed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from content_audit.audit.registers import Account
from content_audit.release.looking import Looked
from content_audit.release.open import OpenContent
from content_audit.release.plans import Purpose, fits
from content_audit.release.posts import PostDraft, open_findings
from content_audit.release.rungs import rung_for
from zhongbao_core.desk.base import person_of
from zhongbao_core.errors import RefusedError
from zhongbao_core.event import Level
from zhongbao_core.text import Text, plain


def to_submit(
    looked: Looked, opened: OpenContent, start: datetime, end: datetime, words: Mapping[str, str]
) -> PostDraft:
    """What is submitted of ``looked``. ``words`` hold applicant, plan, column and campaign.

    Raises RefusedError ACCOUNT_UNKNOWN, NOT_AUDITED, BLOCK_OPEN, PLAN_UNFIT, PERSON_UNKNOWN.
    """
    draft = looked.draft(opened, start, None)
    if draft.account is None:
        raise _no("ACCOUNT_UNKNOWN", Text(f"账号 {draft.asked or '-'} 未登记", f"no account {draft.asked or '-'}"))
    if draft.unread or draft.removed:
        first = draft.unread[0] if draft.unread else Text("内容已下线", "the content was taken down")
        raise _no("NOT_AUDITED", Text(f"未审核：{first.zh}", f"not audited: {first.en}"))
    if draft.blocks:
        item = draft.blocks[0]
        raise _no("BLOCK_OPEN", Text(f"{item.rule} {item.title.zh}：{item.raw}", f"{item.rule}: {item.raw}"))
    _plan(opened, draft.account, words, start)
    _, reviews = open_findings(looked.audited)
    return PostDraft(
        account=draft.account,
        content=looked.content,
        exact=looked.read.exact,
        title=looked.audited.post.title or looked.content.stream[:40],
        applicant=person_of(opened.policy, words["applicant"]).id,
        start=start,
        end=end,
        named=reviews,
        unseen=draft.unseen,
        partners=tuple(item.id for item in draft.partners),
        plan=words["plan"],
        column=words["column"],
        campaign=words["campaign"],
    )


def review_words(account: Account, opened: OpenContent, start: datetime) -> tuple[str, str, str]:
    """(level, label, who must approve) of a post of ``account`` that goes out at ``start``."""
    event = opened.policy.event
    phase = event.phase_at(start) if event else None
    rung = rung_for(account, phase.raises if phase else 0, opened.policy.registers, opened.policy.directory)
    level = phase.level if phase else Level.NONE
    return level.id, phase.label if phase else "", rung.why.zh if rung else ""


def _plan(opened: OpenContent, account: Account, words: Mapping[str, str], start: datetime) -> None:
    if not words["plan"]:
        return
    policy, purpose = opened.policy, Purpose(account, words["column"], words["campaign"])
    fit = fits(words["plan"], purpose, policy.registers, policy.directory, start, policy.zone)
    if not fit.good:
        raise _no("PLAN_UNFIT", fit.problems[0])


def _no(code: str, text: Text) -> RefusedError:
    shown = Text(plain(text.zh), plain(text.en))
    return RefusedError(shown, Text("改正后再提交", "put it right and submit again"), reason_code=code)
