"""The gate's answers, one behaviour each. Names with edge_NN and design_5_N say which promise they hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import GAMES, PEOPLE, SYSTEMS, FakePolicy, deny, utc, window
from permits import (
    AFTER,
    BEFORE,
    COMMAND,
    CORE_DB,
    FULL,
    FULL_BOARD,
    HOUR,
    MANAGERS,
    PORTAL,
    RESTRICTED,
    SILENT,
    STATEMENT,
    WATCH,
    approval,
    code,
    glass,
    permit,
    question,
    request,
)

from freeze.decision.case import Fault, UseState
from freeze.decision.gate import decide
from freeze.decision.permitcheck import glass_signers
from freeze.model import Door, Exemption, Question, Rung, Selector, StandardChange, Treatment, Verdict
from zhongbao_core.approval.subject import Target
from zhongbao_core.clock import Span
from zhongbao_core.event import Level
from zhongbao_core.text import Text

MINUTE = timedelta(minutes=1)
POLICY = FakePolicy()
ONLINE = UseState(online=True, spent="free")


@pytest.mark.parametrize(
    ("at", "kind", "answer"),
    [
        pytest.param(BEFORE, "release", ("allow", "NO_FREEZE"), id="before the event nothing is held"),
        pytest.param(WATCH, "release", ("allow", "KIND_FREE"), id="a kind the level leaves free needs no permit"),
        pytest.param(WATCH, "config", ("hold", "FROZEN"), id="a kind that needs approval is held without a permit"),
        pytest.param(RESTRICTED, "release", ("hold", "FROZEN"), id="a restricted freeze holds a release"),
        pytest.param(FULL, "release", ("hold", "FROZEN"), id="a full freeze holds a release"),
        pytest.param(SILENT, "release", ("hold", "SILENT"), id="the silent hours hold everything"),
        pytest.param(AFTER, "release", ("allow", "NO_FREEZE"), id="after the event nothing is held"),
    ],
)
def test_the_level_decides(at, kind, answer) -> None:  # type: ignore[no-untyped-def]
    assert code(decide(question(kind=kind), POLICY, at)) == answer


def test_a_freeze_bites_at_its_first_instant_and_ends_at_its_last() -> None:
    start = utc("2026-11-08 00:00")
    brief = question(duration=timedelta(0))
    tick = timedelta(microseconds=1)
    assert code(decide(brief, POLICY, start)) == ("hold", "FROZEN")
    assert code(decide(brief, POLICY, utc("2026-11-22 00:00") - tick)) == ("hold", "SILENT")
    assert code(decide(brief, POLICY, utc("2026-11-22 00:00"))) == ("allow", "NO_FREEZE")


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(Question((), "release"), id="no target"),
        pytest.param(question(kind="sorcery"), id="a kind nobody knows"),
        pytest.param(question(kind=""), id="no kind"),
        pytest.param(question(change_class="tiny"), id="a class nobody knows"),
        pytest.param(question(duration=-MINUTE), id="a negative length"),
        pytest.param(question(duration=timedelta(days=400)), id="a length over a year"),
        pytest.param(question(*(Target(f"s{n}", "prod") for n in range(1001))), id="over a thousand targets"),
    ],
)
def test_where_nothing_sensible_is_asked_the_gate_cannot_tell(asked: Question) -> None:
    assert code(decide(asked, POLICY, BEFORE)) == ("unknown", "NOTHING_ASKED")


def test_edge_10_an_unknown_system_is_held_even_when_nothing_is_frozen() -> None:
    found = decide(question(PORTAL, Target("nobody", "prod")), POLICY, BEFORE)
    assert code(found) == ("hold", "UNKNOWN_SYSTEM")
    assert "nobody/prod" in found.message.zh and "systems.yaml" in found.next_step.zh


def test_edge_10_an_unlisted_environment_of_a_known_system_is_not_free() -> None:
    assert code(decide(question(Target("portal", "moon")), POLICY, FULL)) == ("hold", "FROZEN")


def test_edge_11_what_a_frozen_system_stands_on_is_held_and_the_way_is_shown() -> None:
    policy = FakePolicy(
        event=None, all_windows=(deny("boss", "2026-11-01 00:00", None, select=Selector(systems=("billing",))),)
    )
    found = decide(question(CORE_DB), policy, FULL)
    assert code(found) == ("hold", "FROZEN")
    assert "billing → core-db" in found.rules[0].said.zh
    assert code(decide(question(PORTAL), policy, FULL)) == ("allow", "NO_FREEZE")


@pytest.mark.parametrize(
    ("at", "answer"),
    [
        pytest.param(FULL, ("allow", "PERMITTED"), id="at its first instant"),
        pytest.param(FULL + 59 * MINUTE, ("allow", "PERMITTED"), id="just before its span ends"),
        pytest.param(FULL - MINUTE, ("hold", "PERMIT_NOT_YET"), id="a minute early"),
        pytest.param(FULL + HOUR, ("hold", "PERMIT_EXPIRED"), id="at the end of the approved span"),
        pytest.param(FULL + timedelta(days=1), ("hold", "PERMIT_EXPIRED"), id="a day late"),
    ],
)
def test_edge_12_a_permit_lives_short_and_is_judged_when_it_is_used(at, answer) -> None:  # type: ignore[no-untyped-def]
    assert code(decide(question(), POLICY, at, permit=permit(FULL, *FULL_BOARD))) == answer


def test_edge_12_the_issue_instant_gives_no_right_the_decision_is_made_again() -> None:
    """The permit was enough when issued; a window that came later raised the level, and it is not any more."""
    tightened = FakePolicy(all_windows=(deny("extra", "2026-11-09 00:00", "2026-11-10 00:00", Level.FULL),))
    held = permit(RESTRICTED, *MANAGERS)
    assert code(decide(question(), POLICY, RESTRICTED, permit=held)) == ("allow", "PERMITTED")
    found = decide(question(), tightened, RESTRICTED, permit=held)
    assert code(found) == ("hold", "APPROVALS_MISSING")
    assert found.missing[0].zh == "还差 1 位副总裁及以上审批（签名）"


FINISH = utc("2026-11-14 23:30")


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        pytest.param("finish", ("allow", "IN_FLIGHT"), id="finish: the rest may be done"),
        pytest.param("stop_at_step", ("hold", "IN_FLIGHT_STOP"), id="stop at step: the next step may not begin"),
        pytest.param("abort", ("hold", "IN_FLIGHT_ABORT"), id="abort: roll back now"),
    ],
)
def test_edge_13_work_in_flight_meets_the_rule_of_the_level_it_runs_into(rule, answer) -> None:  # type: ignore[no-untyped-def]
    policy = FakePolicy(treatments=(Treatment(Level.WATCH, ("*",), ("*",), "approve", in_flight=rule),))
    asked = question(step="step", started=utc("2026-10-31 23:00"))
    assert code(decide(asked, policy, WATCH, proven_start=True)) == answer


def test_edge_13_whether_it_was_allowed_is_computed_for_the_instant_it_started() -> None:
    policy = FakePolicy(treatments=(Treatment(Level.WATCH, ("*",), ("*",), "approve", in_flight="finish"),))
    inside = question(step="step", started=utc("2026-11-01 00:00"))
    outside = replace(inside, started=utc("2026-10-31 23:59"))
    assert code(decide(inside, policy, WATCH, proven_start=True)) == ("hold", "FROZEN")
    assert code(decide(outside, policy, WATCH, proven_start=True)) == ("allow", "IN_FLIGHT")


def test_edge_13_the_start_is_reckoned_with_the_zone_offset_of_that_instant() -> None:
    """New York leaves summer time on 2026-11-01: 10:00 local is 14:00Z before and 15:00Z after."""
    morning = replace(deny("ny", "2026-10-31 10:00", "2026-10-31 11:00"), zone="America/New_York")
    later = replace(deny("later", "2026-11-02 10:00", None), zone="America/New_York")
    finish = (Treatment(Level.FULL, ("*",), ("*",), "approve", in_flight="finish"),)
    policy = FakePolicy(event=None, all_windows=(morning, later), treatments=finish)
    asked = question(step="step", started=utc("2026-10-31 14:30"))
    at = utc("2026-11-02 15:00")
    assert code(decide(asked, policy, at, proven_start=True)) == ("hold", "FROZEN")
    asked = replace(asked, started=utc("2026-10-31 15:00"))
    assert code(decide(asked, policy, at, proven_start=True)) == ("allow", "IN_FLIGHT")


def test_edge_13_a_claimed_start_without_proof_or_permit_is_no_start() -> None:
    policy = FakePolicy(treatments=(Treatment(Level.WATCH, ("*",), ("*",), "approve", in_flight="finish"),))
    asked = question(step="step", started=utc("2026-10-31 23:00"))
    assert code(decide(asked, policy, WATCH)) == ("hold", "FROZEN")
    future = replace(asked, started=WATCH + HOUR)
    assert code(decide(future, policy, WATCH, proven_start=True)) == ("hold", "FROZEN")


def test_edge_13_a_step_is_done_under_a_permit_that_ran_out_on_the_way() -> None:
    short = permit(FULL, *FULL_BOARD, expires_at=FULL + 10 * MINUTE)
    asked = question(step="step", started=FULL)
    assert code(decide(question(), POLICY, FULL + 20 * MINUTE, permit=short)) == ("hold", "PERMIT_EXPIRED")
    assert code(decide(asked, POLICY, FULL + 20 * MINUTE, permit=short, proven_start=True)) == ("allow", "PERMITTED")
    late = decide(asked, POLICY, FULL + 60 * MINUTE, permit=short, proven_start=True)
    assert code(late) == ("hold", "IN_FLIGHT_STOP"), "the approved span is over: no further step begins"


def test_edge_13_a_revoked_permit_stops_work_in_flight() -> None:
    asked = question(step="step", started=RESTRICTED)
    use = UseState(online=True, spent="revoked")
    found = decide(asked, POLICY, RESTRICTED + MINUTE, permit=permit(RESTRICTED, *MANAGERS), use=use, proven_start=True)
    assert code(found) == ("hold", "PERMIT_REVOKED")


def test_edge_14_a_change_that_starts_before_and_ends_inside_a_freeze_conflicts() -> None:
    just_before = utc("2026-11-07 23:30")
    found = decide(question(kind="release"), POLICY, just_before)
    assert code(found) == ("hold", "SPAN_CONFLICT")
    assert "2026-11-08 08:00 +08:00" in found.message.zh, "the instant it runs into is named"
    short = question(kind="release", duration=30 * MINUTE)
    assert code(decide(short, POLICY, just_before)) == ("allow", "KIND_FREE")


def test_edge_14_rollback_and_observation_of_the_request_belong_to_the_span() -> None:
    """30 minutes of work before the full freeze; with rollback and observation it runs into it."""
    start = utc("2026-11-14 23:20")
    held = decide(question(duration=timedelta(0)), POLICY, start, permit=permit(start, *MANAGERS))
    assert code(held) == ("hold", "APPROVALS_MISSING")
    assert held.level is Level.FULL


def test_edge_16_a_button_pressed_by_hand_is_no_approval() -> None:
    by_hand = question(actor="chen-jun", door="jenkins")
    by_timer = question(actor="", door="jenkins")
    assert code(decide(by_hand, POLICY, FULL)) == code(decide(by_timer, POLICY, FULL)) == ("hold", "FROZEN")


BOUND = {"command": COMMAND, "artifact:portal.tar": "sha256:" + "b" * 64}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        pytest.param(question(CORE_DB, binds=BOUND), "core-db/prod", id="another system"),
        pytest.param(question(Target("portal", "staging"), binds=BOUND), "portal/staging", id="another environment"),
        pytest.param(question(PORTAL, CORE_DB, binds=BOUND), "core-db/prod", id="one system more"),
        pytest.param(question(kind="database", binds=BOUND), "数据库", id="another kind"),
        pytest.param(question(change_class="emergency", binds=BOUND), "紧急变更", id="another class"),
        pytest.param(question(binds={**BOUND, "command": "sha256:" + "e" * 64}), "command", id="another command"),
        pytest.param(question(binds={"command": COMMAND}), "artifact:portal.tar", id="an artifact not shown"),
        pytest.param(question(), "artifact:portal.tar", id="nothing shown"),
        pytest.param(question(binds={**BOUND, "tree": COMMAND}), "tree", id="something more than approved"),
        pytest.param(question(binds=BOUND, duration=2 * HOUR), "2h", id="longer than approved"),
    ],
)
def test_edge_17_a_permit_opens_for_exactly_what_was_approved(asked: Question, words: str) -> None:
    view = permit(FULL, *FULL_BOARD, work=request(FULL, binds=BOUND))
    assert code(decide(question(binds=BOUND), POLICY, FULL, permit=view)) == ("allow", "PERMITTED")
    found = decide(asked, POLICY, FULL, permit=view)
    assert code(found) == ("hold", "PERMIT_MISMATCH")
    assert words in found.message.zh


@pytest.mark.parametrize(
    ("use", "answer", "shown"),
    [
        pytest.param(UseState(), ("allow", "PERMITTED"), "unchecked", id="offline: let pass and said"),
        pytest.param(ONLINE, ("allow", "PERMITTED"), "checked", id="online and unused"),
        pytest.param(UseState(True, "used", "08:00"), ("hold", "PERMIT_USED"), "checked", id="used before"),
        pytest.param(UseState(True, "revoked"), ("hold", "PERMIT_REVOKED"), "checked", id="revoked"),
    ],
)
def test_edge_17_one_use_is_enforced_where_a_store_is_reachable(use, answer, shown) -> None:  # type: ignore[no-untyped-def]
    found = decide(question(), POLICY, FULL, permit=permit(FULL, *FULL_BOARD), use=use)
    assert (code(found), found.use) == (answer, shown)


def test_design_5_8_offline_the_decision_says_that_use_was_not_checked() -> None:
    found = decide(question(), POLICY, FULL, permit=permit(FULL, *FULL_BOARD))
    assert found.use == "unchecked" and "import-receipts" in found.next_step.en


def test_edge_21_a_policy_that_cannot_answer_is_refused_with_its_own_code() -> None:
    unknown_year = FakePolicy(
        event=None,
        zone="Asia/Shanghai",
        all_windows=(replace(deny("w", "2026-11-01 00:00", None), zone="Mars/Olympus"),),
    )
    assert code(decide(question(), unknown_year, FULL)) == ("unknown", "ZONE_UNKNOWN")
    beyond = decide(question(), POLICY, utc("9999-12-31 23:30"))
    assert beyond.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("behind", "answer"),
    [
        pytest.param(timedelta(seconds=120), ("allow", "NO_FREEZE"), id="two minutes behind is a small skew"),
        pytest.param(timedelta(seconds=121), ("unknown", "CLOCK_BACKWARDS"), id="more is a clock set back"),
        pytest.param(timedelta(days=40), ("unknown", "CLOCK_BACKWARDS"), id="forty days is a clock set back"),
    ],
)
def test_edge_22_a_clock_behind_what_was_already_seen_cannot_decide(behind, answer) -> None:  # type: ignore[no-untyped-def]
    assert code(decide(question(), POLICY, BEFORE, floor=BEFORE + behind)) == answer


def exemption(**more: object) -> Exemption:
    values: dict[str, object] = {
        "id": "EX-1",
        "select": Selector(systems=("portal",)),
        "owner": "liu-yang",
        "reason": "验证码通道必须可换",
        "expires": utc("2026-11-12 00:00"),
        **more,
    }
    return Exemption(**values)  # type: ignore[arg-type]


def test_edge_24_an_exemption_is_shown_with_owner_reason_and_expiry_at_each_use() -> None:
    found = decide(question(), FakePolicy(exemptions=(exemption(),)), RESTRICTED)
    assert code(found) == ("allow", "EXEMPT")
    trace = found.rules[-1]
    assert (trace.id, trace.kind, trace.owner, trace.until) == (
        "EX-1",
        "exemption",
        "liu-yang",
        utc("2026-11-12 00:00"),
    )
    assert "验证码通道必须可换" in trace.said.zh and "2026-11-12 08:00 +08:00" in trace.said.zh


@pytest.mark.parametrize(
    ("entry", "at", "targets"),
    [
        pytest.param(exemption(expires=RESTRICTED + HOUR), RESTRICTED, (PORTAL,), id="it expires inside the span"),
        pytest.param(exemption(), RESTRICTED, (PORTAL, CORE_DB), id="one target is not on the list"),
        pytest.param(exemption(), FULL, (PORTAL,), id="it is not for this level"),
        pytest.param(exemption(select=Selector()), RESTRICTED, (PORTAL,), id="its selector says nothing"),
        pytest.param(
            exemption(select=Selector(labels=(("tier", "toy"),))),
            RESTRICTED,
            (PORTAL,),
            id="its label is not the system's",
        ),
        pytest.param(
            exemption(select=Selector(everything=True, kinds=("patch",))), RESTRICTED, (PORTAL,), id="another kind"
        ),
    ],
)
def test_edge_24_an_exemption_that_does_not_cover_everything_covers_nothing(entry, at, targets) -> None:  # type: ignore[no-untyped-def]
    asked = question(*targets, labels={"tier": "toy"})
    assert decide(asked, FakePolicy(exemptions=(entry,)), at).verdict is Verdict.HOLD


def test_design_5_5_an_exemption_never_holds_at_silent() -> None:
    every = exemption(levels=tuple(Level), expires=utc("2027-01-01 00:00"))
    assert code(decide(question(), FakePolicy(exemptions=(every,)), FULL)) == ("allow", "EXEMPT")
    assert code(decide(question(), FakePolicy(exemptions=(every,)), SILENT)) == ("hold", "SILENT")


def test_edge_27_the_permit_of_another_door_or_host_is_judged_the_same() -> None:
    """No side door: the door's name changes nothing where no rule names it."""
    answers = {code(decide(question(door=door), POLICY, FULL)) for door in ("cli", "git", "jenkins", "k8s")}
    assert answers == {("hold", "FROZEN")}


def test_edge_28_a_refusal_names_freeze_level_owner_end_opening_and_what_to_type() -> None:
    policy = FakePolicy(all_windows=(deny("torch", "2026-11-09 06:00", "2026-11-09 20:00", owner="zhao-min"),))
    found = decide(question(), policy, RESTRICTED)
    assert (found.level, found.label) == (Level.FULL, "一级保障")
    torch = next(item for item in found.rules if item.id == "torch")
    assert (torch.owner, torch.until, torch.level) == ("zhao-min", utc("2026-11-09 12:00"), Level.FULL)
    assert found.ends == utc("2026-11-09 12:00")
    assert found.next_opening == utc("2026-11-22 00:00")
    assert [item.zh for item in found.missing] == [
        "还差 2 位经理及以上审批（签名）",
        "还差 1 位副总裁及以上审批（签名）",
    ]
    assert "zhongbao freeze request new" in found.next_step.zh and "zhongbao freeze request new" in found.next_step.en


def test_edge_28_an_open_end_is_said_to_be_unknown() -> None:
    phases = (*GAMES.phases[:2], replace(GAMES.phases[2], span=Span(utc("2026-11-15 00:00"), None)))
    found = decide(question(), FakePolicy(event=replace(GAMES, phases=phases)), FULL)
    assert (found.ends, found.ends_known, found.next_opening) == (None, False, None)
    assert found.opening_note.zh


@pytest.mark.parametrize(
    ("windows", "answer"),
    [
        pytest.param(
            (window("w", "allow", "2026-10-20 10:00", "2026-10-20 12:00"),), ("hold", "OUTSIDE_WINDOW"), id="outside"
        ),
        pytest.param(
            (window("w", "allow", "2026-10-20 08:00", "2026-10-20 12:00"),), ("allow", "NO_FREEZE"), id="inside"
        ),
        pytest.param(
            (window("w", "allow", "2026-10-20 08:00", "2026-10-20 08:30"),), ("hold", "OUTSIDE_WINDOW"), id="part"
        ),
        pytest.param(
            (
                window("w", "allow", "2026-10-20 08:00", "2026-10-20 12:00"),
                deny("d", "2026-10-20 08:00", "2026-10-20 12:00"),
            ),
            ("hold", "FROZEN"),
            id="deny beats allow",
        ),
        pytest.param(
            (
                window("w", "allow", "2026-10-20 08:00", "2026-10-20 12:00", tier="unit"),
                deny("d", "2026-10-20 08:00", "2026-10-20 12:00", tier="company"),
            ),
            ("hold", "FROZEN"),
            id="a unit's allow cannot loosen the company's deny",
        ),
    ],
)
def test_design_5_5_allow_windows_narrow_and_never_beat_a_deny(windows, answer) -> None:  # type: ignore[no-untyped-def]
    assert code(decide(question(), FakePolicy(all_windows=windows), BEFORE)) == answer


def test_a_permit_does_not_open_a_closed_construction_window_or_closed_hours() -> None:
    shut = FakePolicy(all_windows=(window("w", "allow", "2026-11-16 20:00", "2026-11-16 22:00"),))
    assert code(decide(question(), shut, FULL, permit=permit(FULL, *FULL_BOARD))) == ("hold", "OUTSIDE_WINDOW")
    night = Treatment(Level.FULL, ("*",), ("*",), "approve", hours=(("01:00", "03:00"),))
    held = decide(question(), FakePolicy(treatments=(night,)), FULL, permit=permit(FULL, *FULL_BOARD))
    assert code(held) == ("hold", "OUTSIDE_HOURS")
    at = utc("2026-11-16 17:30")
    assert code(decide(question(), FakePolicy(treatments=(night,)), at, permit=permit(at, *FULL_BOARD)))[0] == "allow"
    late = utc("2026-11-16 18:30")
    assert (
        code(decide(question(), FakePolicy(treatments=(night,)), late, permit=permit(late, *FULL_BOARD)))[0] == "hold"
    )


def test_a_permit_does_not_open_what_the_level_blocks() -> None:
    assert code(decide(question(), POLICY, SILENT, permit=permit(SILENT, *FULL_BOARD))) == ("hold", "SILENT")


@pytest.mark.parametrize(
    ("view", "answer"),
    [
        pytest.param(
            permit(FULL, *FULL_BOARD, fault=Fault("PERMIT_FORGED", Text("假", "fake"))),
            "PERMIT_FORGED",
            id="its evidence failed",
        ),
        pytest.param(permit(FULL, *FULL_BOARD, subject=None), "PERMIT_FORGED", id="no subject"),
        pytest.param(permit(FULL, *FULL_BOARD, request=None), "PERMIT_FORGED", id="no request"),
        pytest.param(permit(FULL, *FULL_BOARD, manifest=""), "PERMIT_FORGED", id="no manifest"),
        pytest.param(
            permit(FULL, *FULL_BOARD, manifest="7:sha256:" + "b" * 64),
            "PERMIT_MISMATCH",
            id="another manifest of that version",
        ),
        pytest.param(permit(FULL, *FULL_BOARD, rehearsal=True), "PERMIT_MISMATCH", id="issued in a rehearsal"),
        pytest.param(permit(FULL), "APPROVALS_MISSING", id="no approvals at all"),
        pytest.param(permit(FULL, *MANAGERS), "APPROVALS_MISSING", id="too few"),
        pytest.param(permit(FULL, "chen-jun", "chen-jun", "sun-li"), "APPROVALS_MISSING", id="one person twice"),
        pytest.param(permit(FULL, "zhang-wei", "chen-jun", "sun-li"), "APPROVALS_MISSING", id="the applicant approves"),
        pytest.param(
            permit(FULL, *FULL_BOARD, statement="sha256:" + "6" * 64),
            "APPROVALS_MISSING",
            id="approvals of another statement",
        ),
        pytest.param(
            permit(FULL, approvals=tuple(approval(name, FULL - 30 * HOUR) for name in FULL_BOARD)),
            "APPROVALS_MISSING",
            id="approvals too old",
        ),
        pytest.param(
            permit(FULL, *FULL_BOARD, work=request(FULL, applicant="chen-jun")),
            "APPROVALS_MISSING",
            id="an approver is the applicant",
        ),
        pytest.param(
            permit(FULL, *FULL_BOARD, work=request(FULL, executor="zhang-wei")),
            "APPROVALS_MISSING",
            id="applicant and executor are one",
        ),
    ],
)
def test_a_permit_that_is_not_in_order_does_not_open(view, answer) -> None:  # type: ignore[no-untyped-def]
    assert code(decide(question(), POLICY, FULL, permit=view)) == ("hold", answer)


def test_a_permit_from_a_newer_manifest_shows_that_this_door_is_stale() -> None:
    view = permit(FULL, *FULL_BOARD, manifest="8:sha256:" + "b" * 64)
    assert code(decide(question(), POLICY, FULL, permit=view)) == ("unknown", "MANIFEST_ROLLED_BACK")


def test_a_permit_from_an_older_manifest_holds_as_long_as_its_approvals_do() -> None:
    view = permit(FULL, *FULL_BOARD, manifest="6:sha256:" + "b" * 64)
    assert code(decide(question(), POLICY, FULL, permit=view)) == ("allow", "PERMITTED")


def test_a_rehearsal_takes_rehearsal_permits_only_and_says_so() -> None:
    practised = decide(question(), POLICY, FULL, permit=permit(FULL, *FULL_BOARD, rehearsal=True), rehearsal=True)
    assert (code(practised), practised.rehearsal) == (("allow", "PERMITTED"), True)
    real = decide(question(), POLICY, FULL, permit=permit(FULL, *FULL_BOARD), rehearsal=True)
    assert code(real) == ("hold", "PERMIT_MISMATCH")


def test_a_level_without_a_rung_lets_nothing_through() -> None:
    policy = FakePolicy(ladder=())
    assert code(decide(question(), policy, FULL, permit=permit(FULL, *FULL_BOARD))) == ("hold", "APPROVALS_MISSING")


def test_an_empty_rung_lets_nothing_through() -> None:
    policy = FakePolicy(ladder=(Rung("none", tuple(Level), ("*",), ("*",), (), ()),))
    assert code(decide(question(), policy, FULL, permit=permit(FULL, *FULL_BOARD))) == ("hold", "APPROVALS_MISSING")


def test_design_5_6_a_deputy_and_the_principal_are_one_voice_in_an_emergency() -> None:
    from zhongbao_core.people import Delegation

    lent = Delegation("chen-jun", "liu-yang", Span(BEFORE, AFTER))
    policy = FakePolicy(directory=replace(PEOPLE, delegations=(lent,)))
    view = glass(SILENT, approvals=(approval("chen-jun", SILENT), approval("liu-yang", SILENT, voice="chen-jun")))
    assert code(decide(question(kind="restore"), policy, SILENT, permit=view)) == ("hold", "APPROVALS_MISSING")


@pytest.mark.parametrize(
    ("use", "kind", "signers", "answer"),
    [
        pytest.param(UseState(), "restore", MANAGERS, ("allow", "BREAK_GLASS"), id="two persons, store down"),
        pytest.param(
            UseState(), "restore", ("chen-jun",), ("hold", "APPROVALS_MISSING"), id="one person is not enough"
        ),
        pytest.param(
            UseState(), "restore", ("chen-jun", "li-na"), ("hold", "APPROVALS_MISSING"), id="one without the role"
        ),
        pytest.param(
            UseState(True, "free", reviews_open=1),
            "release",
            MANAGERS,
            ("hold", "APPROVALS_MISSING"),
            id="an open review wants one more",
        ),
        pytest.param(
            UseState(True, "free", reviews_open=1),
            "release",
            FULL_BOARD,
            ("allow", "BREAK_GLASS"),
            id="one more is there",
        ),
        pytest.param(
            UseState(True, "free", reviews_open=1),
            "restore",
            MANAGERS,
            ("allow", "BREAK_GLASS"),
            id="an open review never stops a restoration",
        ),
        pytest.param(
            UseState(True, "free", reviews_overdue=1),
            "release",
            FULL_BOARD,
            ("hold", "REVIEW_OVERDUE"),
            id="an overdue review stops it",
        ),
        pytest.param(
            UseState(True, "free", reviews_overdue=2),
            "restore",
            MANAGERS,
            ("allow", "BREAK_GLASS"),
            id="but never a restoration",
        ),
        pytest.param(
            UseState(True, "used"), "restore", MANAGERS, ("hold", "PERMIT_USED"), id="each release opens once"
        ),
    ],
)
def test_design_5_7_break_glass(use, kind, signers, answer) -> None:  # type: ignore[no-untyped-def]
    view = glass(SILENT, *signers, work=kind, restores=kind == "restore")
    found = decide(question(kind=kind), POLICY, SILENT, permit=view, use=use)
    assert code(found) == answer


def test_design_5_7_a_sealed_code_is_enough_and_it_is_loud() -> None:
    use = UseState(True, "free", reviews_open=2)
    found = decide(question(kind="restore"), POLICY, SILENT, permit=glass(SILENT, sealed=True), use=use)
    assert code(found) == ("allow", "BREAK_GLASS")
    assert "EMERGENCY RELEASE" in found.message.en and "2 earlier ones still await review" in found.message.en
    assert "breakglass review BG-1" in found.next_step.zh
    assert "breakglass" in [item.kind for item in found.rules]


def test_break_glass_opens_for_its_own_target_and_hour_only() -> None:
    view = glass(SILENT, *MANAGERS)
    assert code(decide(question(CORE_DB, kind="restore"), POLICY, SILENT, permit=view)) == ("hold", "PERMIT_MISMATCH")
    assert code(decide(question(kind="restore"), POLICY, SILENT + HOUR, permit=view)) == ("hold", "PERMIT_EXPIRED")


def test_break_glass_restores_a_system_that_nobody_registered() -> None:
    policy = FakePolicy(all_systems={key: item for key, item in SYSTEMS.items() if key != "portal"})
    assert code(decide(question(), policy, SILENT)) == ("hold", "UNKNOWN_SYSTEM")
    found = decide(question(kind="restore"), policy, SILENT, permit=glass(SILENT, *MANAGERS))
    assert code(found) == ("allow", "BREAK_GLASS")


def test_break_glass_signers_are_persons_with_the_role_and_a_good_key() -> None:
    from freeze.decision.case import Case

    view = glass(SILENT, *MANAGERS, "li-na")
    case = Case(question(), POLICY, SILENT, view, None, UseState(), False, False, False)
    assert glass_signers(case, view) == frozenset(MANAGERS)
    lost = view._replace(approvals=(*view.approvals[:1], approval("liu-yang", SILENT, key_id="stolen")))
    assert glass_signers(case, lost) == {"chen-jun"}


def standard(**more: object) -> FakePolicy:
    values: dict[str, object] = {
        "id": "block-ip",
        "name": Text("封禁攻击 IP", "block an attacker"),
        "kind": "network",
        "select": Selector(systems=("portal",)),
        "parameters": {},
        "command": ("block",),
        "roles": ("executor",),
        "per_day": 3,
        "levels": (Level.WATCH, Level.RESTRICTED, Level.FULL, Level.SILENT),
        "owner": "liu-yang",
        **more,
    }
    item = StandardChange(**values)  # type: ignore[arg-type]
    return FakePolicy(catalogue={item.id: item})


@pytest.mark.parametrize(
    ("policy", "asked", "use", "answer"),
    [
        pytest.param(standard(), question(kind="network"), ONLINE, ("allow", "STANDARD_CHANGE"), id="on the list"),
        pytest.param(standard(), question(kind="release"), ONLINE, ("hold", "PERMIT_MISMATCH"), id="another kind"),
        pytest.param(
            standard(select=Selector(systems=("core-*",))),
            question(kind="network"),
            ONLINE,
            ("hold", "PERMIT_MISMATCH"),
            id="another system",
        ),
        pytest.param(
            standard(levels=(Level.WATCH,)),
            question(kind="network"),
            ONLINE,
            ("hold", "FROZEN"),
            id="not at this level",
        ),
        pytest.param(
            standard(hours=(("00:00", "01:00"),)),
            question(kind="network"),
            ONLINE,
            ("hold", "OUTSIDE_HOURS"),
            id="not at this hour",
        ),
        pytest.param(
            standard(valid_until=FULL),
            question(kind="network"),
            ONLINE,
            ("hold", "PERMIT_EXPIRED"),
            id="its entry ran out",
        ),
        pytest.param(
            standard(),
            question(kind="network"),
            UseState(True, "free", used_today=4),
            ("hold", "QUOTA"),
            id="too often today",
        ),
        pytest.param(
            FakePolicy(), question(kind="network"), ONLINE, ("hold", "PERMIT_MISMATCH"), id="not in the catalogue"
        ),
    ],
)
def test_a_standard_change_is_let_through_as_its_entry_says(policy, asked, use, answer) -> None:  # type: ignore[no-untyped-def]
    view = permit(FULL, kind="standard", standard="block-ip", request=None)
    assert code(decide(asked, policy, FULL, permit=view, use=use)) == answer


def doors(**more: object) -> FakePolicy:
    item = Door(id="jenkins", kind="jenkins", **more)  # type: ignore[arg-type]
    return FakePolicy(doors={"jenkins": item})


def test_design_5_3_observation_mode_lets_pass_below_full_until_its_date_and_says_so() -> None:
    policy = doors(observe_until=utc("2026-11-10 00:00"))
    found = decide(question(door="jenkins"), policy, RESTRICTED)
    assert (code(found), found.observed) == (("allow", "OBSERVED"), True)
    assert "FROZEN" in found.message.en and found.missing and found.next_opening
    assert code(decide(question(door="cli"), policy, RESTRICTED)) == ("hold", "FROZEN")


@pytest.mark.parametrize(
    ("policy", "at", "targets"),
    [
        pytest.param(doors(observe_until=utc("2027-01-01 00:00")), FULL, (PORTAL,), id="at the full freeze"),
        pytest.param(doors(observe_until=utc("2027-01-01 00:00")), SILENT, (PORTAL,), id="at the silent hours"),
        pytest.param(doors(observe_until=RESTRICTED), RESTRICTED, (PORTAL,), id="at the instant it ends"),
        pytest.param(
            doors(observe_until=utc("2027-01-01 00:00"), projects={"web": (PORTAL,)}),
            RESTRICTED,
            (CORE_DB,),
            id="for a target of another door",
        ),
    ],
)
def test_design_5_3_observation_mode_is_impossible(policy, at, targets) -> None:  # type: ignore[no-untyped-def]
    assert decide(question(*targets, door="jenkins"), policy, at).verdict is Verdict.HOLD


def test_design_5_3_observation_mode_never_covers_a_gate_that_cannot_tell() -> None:
    policy = doors(observe_until=utc("2027-01-01 00:00"))
    found = decide(question(door="jenkins"), policy, RESTRICTED, floor=AFTER)
    assert code(found) == ("unknown", "CLOCK_BACKWARDS")


@pytest.mark.parametrize(
    ("door", "use", "answer"),
    [
        pytest.param("jenkins", UseState(), ("unknown", "STORE_UNAVAILABLE"), id="offline"),
        pytest.param("jenkins", ONLINE, ("allow", "PERMITTED"), id="online"),
        pytest.param(
            "made-up", UseState(), ("unknown", "STORE_UNAVAILABLE"), id="a door nobody listed is held to the strictest"
        ),
    ],
)
def test_design_5_1_strict_levels_may_require_the_store(door, use, answer) -> None:  # type: ignore[no-untyped-def]
    policy = doors(require_online=(Level.FULL,))
    assert code(decide(question(door=door), policy, FULL, permit=permit(FULL, *FULL_BOARD), use=use)) == answer
    assert code(decide(question(door=door), policy, FULL, use=use)) == ("hold", "FROZEN")


def test_design_5_7_break_glass_needs_no_store_even_where_the_level_requires_it() -> None:
    policy = doors(require_online=(Level.SILENT,))
    found = decide(question(kind="restore", door="jenkins"), policy, SILENT, permit=glass(SILENT, *MANAGERS))
    assert code(found) == ("allow", "BREAK_GLASS")


def test_design_5_3_outside_any_event_nothing_is_held_and_it_is_said() -> None:
    found = decide(question(), FakePolicy(event=None), FULL)
    assert (code(found), found.message.en) == (("allow", "NO_FREEZE"), "no freeze in force")


def test_design_5_5_a_company_deny_yields_to_a_permit() -> None:
    policy = FakePolicy(event=None, all_windows=(deny("d", "2026-11-01 00:00", None, tier="company"),))
    assert code(decide(question(), policy, FULL)) == ("hold", "FROZEN")
    assert code(decide(question(), policy, FULL, permit=permit(FULL, *FULL_BOARD))) == ("allow", "PERMITTED")


def test_the_strictest_target_decides_for_all() -> None:
    one = deny("d", "2026-11-02 00:00", "2026-11-03 00:00", Level.SILENT, Selector(systems=("core-db",)))
    policy = FakePolicy(all_windows=(one,))
    assert code(decide(question(PORTAL), policy, WATCH)) == ("allow", "KIND_FREE")
    assert code(decide(question(PORTAL, CORE_DB), policy, WATCH)) == ("hold", "SILENT")


def test_every_decision_carries_what_it_rests_on() -> None:
    found = decide(question(), POLICY, FULL, untrusted=True)
    assert (found.event, found.manifest, found.zone, found.untrusted) == (
        "games",
        POLICY.manifest,
        "Asia/Shanghai",
        True,
    )
    assert found.zone_data and found.at == FULL


def test_the_statement_digest_of_the_fixture_is_the_one_approved() -> None:
    assert permit(FULL, "chen-jun").approvals[0].statement_digest == STATEMENT
