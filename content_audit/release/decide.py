"""Whether a post may go out: the one decision of the release gate. Pure: the same case gives the same answer.

Everything that speaks is told, the gravest first; ``reason_code`` is that of the gravest. Nothing lets a post out but
the absence of every hold: known account, audited whole, no open block, submitted as it is, plan, partners, approvals.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from content_audit.audit.registers import Account, Partner, Registers
from content_audit.release.cobrand import exemption_for
from content_audit.release.plans import Purpose, fits
from content_audit.release.rungs import Rung, rank_name, rung_for
from zhongbao_core.approval.eligible import Approval
from zhongbao_core.approval.ladder import LadderResult, Missing, evaluate
from zhongbao_core.event import Event, Level
from zhongbao_core.people import Directory
from zhongbao_core.text import NOTHING, Text

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple


class Answer(Enum):
    """What the gate says."""

    ALLOW = "allow"
    HOLD = "hold"
    UNKNOWN = "unknown"

    @property
    def text(self) -> Text:
        """The word shown to people."""
        return _ANSWERS[self]


_ANSWERS = {
    Answer.ALLOW: Text("放行", "allow"),
    Answer.HOLD: Text("拦截", "hold"),
    Answer.UNKNOWN: Text("无法判定", "cannot tell"),
}


class OpenFinding(NamedTuple):
    """A finding that stands against the draft."""

    key: str
    """Names it whatever the format of the draft: rule and folded words."""
    rule: str
    title: Text
    raw: str
    law: str = ""


class Draft(NamedTuple):
    """What is known of the draft itself."""

    account: Account | None
    asked: str
    """The account as it was asked for."""
    content: str
    """Its content digest, pictures matched with those approved."""
    blocks: tuple[OpenFinding, ...] = ()
    reviews: tuple[OpenFinding, ...] = ()
    unread: tuple[Text, ...] = ()
    """Parts that nobody audited, pictures aside."""
    unseen: tuple[str, ...] = ()
    """Pictures whose words nobody read, by place."""
    partners: tuple[Partner, ...] = ()
    strangers: tuple[str, ...] = ()
    """Summary, author or captions that nobody approved."""
    cover: bool | None = True
    """Whether its cover is a picture that was approved; None where it cannot be told."""
    removed: bool = False


class Submission(NamedTuple):
    """The submitted post that the draft was recognised as, with what the ledger says of it."""

    id: str
    revision: int
    content: str
    statement: str
    start: datetime
    end: datetime
    applicant: str
    approvals: tuple[Approval, ...] = ()
    pending: int = 0
    named: frozenset[str] = frozenset()
    """Keys of the findings that the statement names."""
    seen_by: frozenset[str] = frozenset()
    """Persons who said that they looked at the pictures."""
    plan: str = ""
    column: str = ""
    campaign: str = ""
    final: str = ""
    """``rejected`` or ``withdrawn``."""
    final_words: str = ""
    """Who ended it, and why."""


class Closest(NamedTuple):
    """What was submitted that the draft resembles without being it."""

    id: str
    changes: tuple[Text, ...]


class Case(NamedTuple):
    """Everything the decision rests on."""

    draft: Draft
    submission: Submission | None
    closest: Closest | None
    registers: Registers
    """All rows; those in force are chosen here."""
    directory: Directory
    event: Event | None
    zone: str
    publish_at: datetime
    now: datetime


class Said(NamedTuple):
    """One rule that spoke."""

    code: str
    text: Text
    holds: bool = True
    step: Text = NOTHING
    """What to do about it."""


class Decision(NamedTuple):
    """What the gate says of a post, and everything that led to it."""

    answer: Answer
    reason_code: str
    said: tuple[Said, ...]
    level: Level
    label: str
    publish_at: datetime
    rung: Rung | None = None
    result: LadderResult | None = None
    submission: str = ""
    revision: int = 0
    content: str = ""
    manifest: str = ""
    untrusted: bool = False
    rehearsal: bool = False
    level_known: bool = True
    """False where the gate came to no policy, so nobody could say which level holds."""

    @property
    def next_step(self) -> Text:
        """The first thing to do; nothing where the post may go out."""
        return next((item.step for item in self.said if item.holds and item.step != NOTHING), NOTHING)

    @property
    def missing(self) -> tuple[Missing, ...]:
        """Approvals that are still needed."""
        return self.result.missing if self.result else ()


def decide(case: Case) -> Decision:
    """What the gate says of ``case``."""
    phase = case.event.phase_at(case.publish_at) if case.event else None
    level = phase.level if phase else Level.NONE
    raised = phase.raises if phase else 0
    rung = _rung(case, raised)
    result = _ladder(case, rung)
    said = tuple(_all(case, level, rung, result))
    holds = [item for item in said if item.holds]
    answer = Answer.ALLOW if not holds else Answer.UNKNOWN if holds[0].code in CANNOT_TELL else Answer.HOLD
    return Decision(
        answer,
        holds[0].code if holds else "POST_APPROVED",
        said,
        level,
        phase.label if phase else "",
        case.publish_at,
        rung,
        result,
        case.submission.id if case.submission else "",
        case.submission.revision if case.submission else 0,
        case.draft.content,
    )


CANNOT_TELL = frozenset({"NOT_AUDITED"})


def _all(case: Case, level: Level, rung: Rung | None, result: LadderResult | None) -> Iterator[Said]:
    """Every rule that speaks, the gravest first."""
    yield from _draft(case)
    yield from _quiet(case)
    yield from _submission(case)
    if level is not Level.NONE:
        yield from _plan(case)
        yield from _partners(case)
    if case.submission is not None:
        yield from _reviews(case, case.submission)
        yield from _pictures(case, case.submission)
        yield from _approvals(case, case.submission, rung, result)


def _draft(case: Case) -> Iterator[Said]:
    draft = case.draft
    if draft.unread:
        first = draft.unread[0]
        text = Text(f"有 {len(draft.unread)} 处未审核：{first.zh}", f"{len(draft.unread)} not audited: {first.en}")
        yield Said("NOT_AUDITED", text, step=_MEND_DRAFT)
    if draft.removed:
        text = Text("这是已下线内容的页面", "this is the page of content that was taken down")
        yield Said("NOT_AUDITED", text, step=_MEND_DRAFT)
    if draft.account is None:
        asked = draft.asked or "-"
        yield Said(
            "ACCOUNT_UNKNOWN",
            Text(f"账号 {asked} 不在 media 台账", f"account {asked} is not in the media register"),
            step=Text("用 --account 指明账号，或先登记", "name the account with --account, or register it"),
        )
    for item in draft.blocks:
        law = f"（{item.law}）" if item.law else ""
        yield Said(
            "BLOCK_OPEN",
            Text(f"{item.rule} {item.title.zh}：{item.raw}{law}", f"{item.rule} {item.title.en}: {item.raw}"),
            step=Text("改掉后重新提交", "take it out and submit again"),
        )


_MEND_DRAFT = Text("修复或重新导出后再试", "mend it or export it again")


def _quiet(case: Case) -> Iterator[Said]:
    """A quiet window of a sensitive event holds the posts of its channels whatever they say."""
    account = case.draft.account
    for item in case.registers.at(case.publish_at).sensitive:
        channels = item.quiet_channels or frozenset({"push"})
        inside = item.quiet is not None and item.quiet.contains(case.publish_at)
        if account is not None and inside and account.channel in channels:
            yield Said(
                "QUIET_WINDOW",
                Text(f"“{item.name}”静默期内此渠道暂停发布", f"quiet window of {item.name!r}: this channel waits"),
                step=Text("静默期结束后再发", "publish after the quiet window"),
            )


def _submission(case: Case) -> Iterator[Said]:
    found = case.submission
    if found is None and case.closest is not None:
        changed = case.closest.changes[0] if case.closest.changes else NOTHING
        yield Said(
            "POST_EDITED",
            Text(f"与已提交的 {case.closest.id} 不同：{changed.zh}", f"differs from {case.closest.id}: {changed.en}"),
            step=Text(
                f"恢复原稿，或 content submit --revise {case.closest.id}",
                f"restore the draft, or: content submit --revise {case.closest.id}",
            ),
        )
    elif found is None:
        yield Said(
            "NOT_SUBMITTED",
            Text("没有提交过这份稿件", "this draft was not submitted"),
            step=Text("zhongbao content submit 稿件", "zhongbao content submit DRAFT"),
        )
    else:
        yield from _standing(case, found)


def _standing(case: Case, found: Submission) -> Iterator[Said]:
    again = Text(f"content submit --revise {found.id}", f"content submit --revise {found.id}")
    if found.final:
        words = {"rejected": Text("已驳回", "rejected"), "withdrawn": Text("已撤回", "withdrawn")}[found.final]
        zh, en = (f"（{found.final_words}）", f" ({found.final_words})") if found.final_words else ("", "")
        text = Text(f"{found.id} {words.zh}{zh}", f"{found.id} was {words.en}{en}")
        yield Said("POST_FINAL", text, step=_SUBMIT_NEW)
    if case.publish_at < found.start:
        yield Said("TOO_EARLY", Text("早于批准的发布时间", "before the approved time"), step=_WAIT)
    if case.publish_at >= found.end:
        yield Said("APPROVAL_OVER", Text("批准的发布时段已过", "the approved span is over"), step=again)
    for words_of in case.draft.strangers:
        text = Text(f"未经批准的文字：{words_of}", f"words that nobody approved: {words_of}")
        yield Said("POST_EDITED", text, step=again)
    if case.draft.cover is False:
        text = Text("封面不是已批准的图片", "the cover is none of the approved pictures")
        yield Said("POST_EDITED", text, step=again)
    elif case.draft.cover is None:
        text = Text("封面无法与已批准的图片核对", "the cover cannot be compared with the approved pictures")
        yield Said("POST_EDITED", text, step=Text("用 --cover 附上封面图片", "hand the picture in with --cover"))


_SUBMIT_NEW = Text("作为新稿提交", "submit it anew")
_WAIT = Text("到时再发，或用更早的 --publish-at 重新提交", "wait, or submit again with an earlier --publish-at")


def _plan(case: Case) -> Iterator[Said]:
    found, account = case.submission, case.draft.account
    if found is None or account is None:
        return
    again = Text(f"content submit --revise {found.id} --plan 编号", f"content submit --revise {found.id} --plan ID")
    if not found.plan:
        yield Said(
            "PLAN_MISSING", Text("保障期内须附舆情预案", "inside the period a response plan is needed"), step=again
        )
        return
    purpose = Purpose(account, found.column, found.campaign)
    fit = fits(found.plan, purpose, case.registers, case.directory, case.publish_at, case.zone)
    for problem in fit.problems:
        yield Said("PLAN_UNFIT", problem, step=again)
    if fit.good and fit.plan is not None:
        yield Said("PLAN", Text(f"舆情预案 {fit.plan.id}", f"response plan {fit.plan.id}"), holds=False)


def _partners(case: Case) -> Iterator[Said]:
    account = case.draft.account.id if case.draft.account else ""
    campaign = case.submission.campaign if case.submission else ""
    for partner in case.draft.partners:
        exempt = exemption_for(partner, account, campaign, case.registers, case.publish_at)
        if exempt is not None:
            text = Text(
                f"联合发布豁免 {exempt.id}（{partner.name}）", f"co-brand exemption {exempt.id} ({partner.name})"
            )
            yield Said("COBRAND_EXEMPT", text, holds=False)
            continue
        yield Said(
            "COBRAND_HELD",
            Text(f"保障期内暂停与 {partner.name} 的联合发布", f"co-branded with {partner.name}: held in the period"),
            step=Text(
                "保障期解除后再发，或在 cobrand 台账登记豁免并签发策略清单",
                "publish after the lift, or enter an exemption in the cobrand register and sign the manifest",
            ),
        )


def _reviews(case: Case, found: Submission) -> Iterator[Said]:
    for item in case.draft.reviews:
        if item.key not in found.named:
            yield Said(
                "REVIEW_UNNAMED",
                Text(
                    f"人工复核项未写入审批：{item.rule} {item.raw}",
                    f"not named in the approval: {item.rule} {item.raw}",
                ),
                step=Text(f"content submit --revise {found.id}", f"content submit --revise {found.id}"),
            )
        else:
            text = Text(f"审批已写明 {item.rule} {item.raw}", f"the approval names {item.rule} {item.raw}")
            yield Said("REVIEW_NAMED", text, holds=False)


def _pictures(case: Case, found: Submission) -> Iterator[Said]:
    if not case.draft.unseen:
        return
    lookers = found.seen_by - {found.applicant}
    count = len(case.draft.unseen)
    if lookers:
        who = "、".join(sorted(lookers))
        yield Said("PICTURES_SEEN", Text(f"图片由 {who} 看过", f"pictures were looked at by {who}"), holds=False)
        return
    yield Said(
        "PICTURES_UNSEEN",
        Text(f"{count} 张图片无法识别文字，须人工看图", f"{count} pictures could not be read: somebody must look"),
        step=Text(f"zhongbao content seen {found.id} --key KEY", f"zhongbao content seen {found.id} --key KEY"),
    )


def _approvals(case: Case, found: Submission, rung: Rung | None, result: LadderResult | None) -> Iterator[Said]:
    if rung is None or result is None:
        yield Said("RUNG_UNKNOWN", Text("账号的审核级别无效", "the account's rung is no rung"), step=_MEND_MEDIA)
        return
    yield Said("RUNG", rung.why, holds=False)
    for problem in result.problems:
        yield Said("RUNG_UNKNOWN", problem, step=_MEND_MEDIA)
    step = Text(f"zhongbao approve {found.id} --key KEY", f"zhongbao approve {found.id} --key KEY")
    for gap in result.missing:
        yield Said("APPROVALS_MISSING", missing_text(gap, case.directory), step=step)
    if found.pending and result.missing:
        text = Text(f"{found.pending} 件代录等待见证", f"{found.pending} attested approvals wait for a witness")
        yield Said("APPROVALS_MISSING", text, step=step)
    for item in result.refused:
        who = item.approval.person
        text = Text(f"{who} 的审批不计：{item.reason.zh}", f"the approval of {who} does not count: {item.reason.en}")
        yield Said("APPROVAL_REFUSED", text, holds=False)


_MEND_MEDIA = Text("改正 media 台账的 rung", "correct rung in the media register")


def missing_text(gap: Missing, directory: Directory) -> Text:
    """What is still needed, in words."""
    rank = rank_name(gap.rank, directory)
    return Text(f"还需 {gap.count} 位{rank}及以上审批", f"needs {gap.count} more of rank {gap.rank} or above")


def _rung(case: Case, raised: int) -> Rung | None:
    account = case.draft.account
    return rung_for(account, raised, case.registers, case.directory) if account else None


def _ladder(case: Case, rung: Rung | None) -> LadderResult | None:
    found = case.submission
    if rung is None or found is None:
        return None
    return evaluate(
        rung.require,
        found.approvals,
        case.directory,
        applicant=found.applicant,
        executor="",
        verifier="",
        at=case.now,
        statement=found.statement,
    )
