"""The gate's decision on a post: each rule holds alone, and without any of them it may go out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from content_audit.audit.registers import (
    Account,
    CobrandExemption,
    Contact,
    Escalation,
    Partner,
    Plan,
    Registers,
    SensitiveEvent,
    TopUp,
)
from content_audit.audit.registers import (
    Answer as PlannedAnswer,
)
from content_audit.model import Facts, Passage, Post, Role, Source
from content_audit.release.cobrand import partners_in
from content_audit.release.decide import Answer, Case, Closest, Decision, Draft, OpenFinding, Submission, decide
from content_audit.release.register_codec import registers_from_json, registers_to_json
from content_audit.release.rungs import rung_for
from zhongbao_core.approval.eligible import Approval
from zhongbao_core.canonical import canonical, strict_json
from zhongbao_core.clock import Span, parse_instant
from zhongbao_core.event import Event, Level, Phase
from zhongbao_core.people import Directory, Person
from zhongbao_core.text import Text

NOW = parse_instant("2026-11-22T10:00+08:00")
DAY = timedelta(days=1)
ALWAYS = Span(parse_instant("2026-01-01T00:00Z"), parse_instant("2027-01-01T00:00Z"))
RANKS = ("lead", "manager", "vp")


def person(name: str, rank: str, *, active: bool = True) -> Person:
    return Person(name, name, "u", rank, frozenset({"approver"}), active=active)


DIRECTORY = Directory(
    {item.id: item for item in (person("a", "lead"), person("b", "manager"), person("c", "vp"), person("d", "vp"))},
    RANKS,
)
WX = Account("wx", "wechat", "示例", ALWAYS, rung="lead", duty_rung="manager", owner="a")
PUSH = Account("app", "push", "掌厅", ALWAYS, rung="vp", duty_rung="vp", owner="a")
PLAN = Plan(
    "P", "预案", ALWAYS, "a", (Contact("a", "值班", "1"),), "08:00-22:00", ("投诉",), (PlannedAnswer("问", "答"),),
    (Escalation("热搜", "vp", 30),),
)  # fmt: skip
PARTNER = Partner("yf", "云帆手机", ALWAYS, frozenset({"云帆"}), frozenset({"云帆官方"}))
REGISTERS = Registers(media=(WX, PUSH), plans=(PLAN,), partners=(PARTNER,))
FULL = Event(
    "games", Text("运动会", "games"), "Asia/Shanghai",
    (Phase("p", Text("赛", "games"), Span(NOW - DAY, NOW + 9 * DAY), Level.FULL, "一级保障"),),
)  # fmt: skip
FINDING = OpenFinding("R-001:k", "R-001", Text("绝对化用语", "superlative"), "最佳")


def approval(name: str, *, assurance: str = "coded") -> Approval:
    return Approval(name, name, DIRECTORY.persons[name].rank, assurance, "", NOW - DAY, "s")


def submission(*persons: str, plan: str = "P", **more: Any) -> Submission:
    base = Submission(
        "POST-1", 1, "c", "s", NOW - DAY, NOW + DAY, "zz", tuple(approval(name) for name in persons), plan=plan
    )
    return base._replace(**more)


def asked(
    found: Submission | None,
    draft: Draft | None = None,
    *,
    event: Event | None = FULL,
    registers: Registers = REGISTERS,
    at: datetime = NOW,
    near: Closest | None = None,
) -> Decision:
    draft = draft or Draft(WX, "wx", "c")
    return decide(Case(draft, found, near, registers, DIRECTORY, event, "Asia/Shanghai", at, at))


def test_a_post_goes_out_where_nothing_holds_it() -> None:
    decision = asked(submission("b"))
    assert (decision.answer, decision.reason_code, decision.level, decision.label) == (
        Answer.ALLOW,
        "POST_APPROVED",
        Level.FULL,
        "一级保障",
    )


@pytest.mark.parametrize(
    ("found", "draft", "code"),
    [
        (submission("b"), Draft(None, "陌生", "c"), "ACCOUNT_UNKNOWN"),
        (submission("b"), Draft(WX, "wx", "c", unread=(Text("x", "x"),)), "NOT_AUDITED"),
        (submission("b"), Draft(WX, "wx", "c", removed=True), "NOT_AUDITED"),
        (submission("b"), Draft(WX, "wx", "c", blocks=(FINDING,)), "BLOCK_OPEN"),
        (submission("b"), Draft(WX, "wx", "c", reviews=(FINDING,)), "REVIEW_UNNAMED"),
        (submission("b"), Draft(WX, "wx", "c", unseen=("img",)), "PICTURES_UNSEEN"),
        (submission("b"), Draft(WX, "wx", "c", strangers=("摘要",)), "POST_EDITED"),
        (submission("b"), Draft(WX, "wx", "c", partners=(PARTNER,)), "COBRAND_HELD"),
        (submission("a"), None, "APPROVALS_MISSING"),
        (submission("b", plan=""), None, "PLAN_MISSING"),
        (submission("b", plan="Q"), None, "PLAN_UNFIT"),
        (submission("b", final="rejected"), None, "POST_FINAL"),
        (submission("b", start=NOW + timedelta(hours=1)), None, "TOO_EARLY"),
        (submission("b", end=NOW), None, "APPROVAL_OVER"),
        (submission("b", applicant="b"), None, "APPROVALS_MISSING"),
        (None, None, "NOT_SUBMITTED"),
    ],
)
def test_each_thing_holds_a_post_alone(found: Submission | None, draft: Draft | None, code: str) -> None:
    decision = asked(found, draft)
    assert (decision.answer is Answer.ALLOW, decision.reason_code) == (False, code)
    assert decision.next_step.zh and decision.next_step.en


def test_what_nobody_audited_cannot_be_told_rather_than_held() -> None:
    assert asked(submission("b"), Draft(WX, "wx", "c", unread=(Text("x", "x"),))).answer is Answer.UNKNOWN


def test_a_named_finding_a_looked_at_picture_and_an_exempt_partner_hold_nothing() -> None:
    draft = Draft(WX, "wx", "c", reviews=(FINDING,), unseen=("img",), partners=(PARTNER,))
    exempt = CobrandExemption("E1", "yf", "合同约定", ALWAYS, frozenset({"wx"}))
    found = submission("b", named=frozenset({FINDING.key}), seen_by=frozenset({"a"}))
    registers = Registers(media=(WX,), plans=(PLAN,), partners=(PARTNER,), cobrand=(exempt,))
    assert asked(found, draft, registers=registers).answer is Answer.ALLOW
    elsewhere = Registers(
        media=(WX,), plans=(PLAN,), partners=(PARTNER,), cobrand=(exempt._replace(accounts=frozenset({"app"})),)
    )
    assert asked(found, draft, registers=elsewhere).reason_code == "COBRAND_HELD"


def test_who_submitted_the_post_did_not_look_at_its_pictures() -> None:
    found = submission("b", seen_by=frozenset({"zz"}))
    assert asked(found, Draft(WX, "wx", "c", unseen=("img",))).reason_code == "PICTURES_UNSEEN"


def test_outside_the_period_no_plan_no_partner_rule_and_the_accounts_own_rung() -> None:
    draft = Draft(WX, "wx", "c", partners=(PARTNER,))
    assert asked(submission("a", plan=""), draft, event=None).answer is Answer.ALLOW


def test_a_phase_may_raise_review_by_more_or_by_nothing() -> None:
    def raised(by: int) -> Event:
        phase = FULL.phases[0]
        return Event("g", FULL.name, FULL.zone, (Phase("p", phase.name, phase.span, phase.level, "", by),))

    assert asked(submission("a"), event=raised(0)).answer is Answer.ALLOW
    assert asked(submission("b"), event=raised(2)).missing[0].rank == "vp"


def test_at_the_top_two_persons_are_needed_or_whom_top_up_names() -> None:
    draft = Draft(PUSH, "app", "c")
    assert asked(submission("c"), draft).reason_code == "APPROVALS_MISSING"
    assert asked(submission("c", "d"), draft).answer is Answer.ALLOW
    topped = Registers(media=(WX, PUSH), plans=(PLAN,), top_up=(TopUp("vp"), TopUp("manager")))
    assert asked(submission("c"), draft, registers=topped).missing[0].rank == "manager"
    assert asked(submission("c", "b"), draft, registers=topped).answer is Answer.ALLOW


def test_an_account_whose_rung_is_no_rung_lets_nothing_out() -> None:
    odd = WX._replace(rung="boss")
    assert rung_for(odd, 0, REGISTERS, DIRECTORY) is None
    assert asked(submission("c", "d"), Draft(odd, "wx", "c")).reason_code == "RUNG_UNKNOWN"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"span": Span(NOW + DAY, None)}, "有效期"),
        ({"accounts": frozenset({"app"})}, "账号"),
        ({"channels": frozenset({"push"})}, "渠道"),
        ({"columns": frozenset({"资费"})}, "栏目"),
        ({"campaigns": frozenset({"双十一"})}, "活动"),
        ({"contacts": ()}, "联系人"),
        ({"owner": "gone"}, "责任人"),
        ({"hours": "22:00-08:00"}, "值守时间"),
    ],
)
def test_a_plan_must_fit(changes: dict[str, Any], told: str) -> None:
    registers = Registers(media=(WX,), plans=(PLAN._replace(**changes),))
    decision = asked(submission("b"), registers=registers)
    assert decision.reason_code == "PLAN_UNFIT"
    assert told in next(item.text.zh for item in decision.said if item.holds)


def test_a_plan_that_watches_over_midnight_covers_the_night() -> None:
    night = parse_instant("2026-11-22T23:00+08:00")
    registers = Registers(media=(WX,), plans=(PLAN._replace(hours="20:00-06:00"),))
    assert asked(submission("b"), registers=registers, at=night).answer is Answer.ALLOW


def test_a_quiet_window_holds_pushes_and_leaves_other_channels_alone() -> None:
    quiet = SensitiveEvent("S", "地震", ALWAYS, quiet=Span(NOW - DAY, NOW + DAY))
    registers = Registers(media=(WX, PUSH), plans=(PLAN,), sensitive=(quiet,))
    assert asked(submission("c", "d"), Draft(PUSH, "app", "c"), registers=registers).reason_code == "QUIET_WINDOW"
    assert asked(submission("b"), registers=registers).answer is Answer.ALLOW


def test_an_edited_draft_names_what_it_was() -> None:
    near = Closest("POST-1", (Text("数字：59 → 99", "figure: 59 -> 99"),))
    decision = asked(None, near=near)
    assert (decision.reason_code, "POST-1" in decision.next_step.zh) == ("POST_EDITED", True)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (Facts(partners=("云帆官方",)), "服务公告"),
        (Facts(reshared_from="云帆官方"), "服务公告"),
        (Facts(mentions=("云帆手机",)), "服务公告"),
        (Facts(), "与云 帆手机联合推出"),
    ],
    ids=["card", "re-share", "mention", "words"],
)
def test_a_partner_is_recognised_by_card_sign_mention_or_words(facts: Facts, words: str) -> None:
    post = Post("1", Source("x"), "wechat", (Passage(Role.BODY, "p", words),), facts=facts)
    assert partners_in(post, REGISTERS) == (PARTNER,)


def test_the_registers_survive_the_compiled_policy() -> None:
    quiet = SensitiveEvent("S", "地震", ALWAYS, frozenset({"震"}), quiet=Span(NOW, NOW + DAY), kind="disaster")
    registers = Registers(
        media=(WX, PUSH), plans=(PLAN,), partners=(PARTNER,), sensitive=(quiet,), top_up=(TopUp("vp", 2),), rungs=RANKS
    )
    read = strict_json(canonical(registers_to_json(registers)), what="registers")
    assert registers_from_json(read) == registers
