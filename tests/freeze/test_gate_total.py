"""``decide`` is total, and nothing that tightens ever loosens: invariants over random questions, policies, permits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from fakes import GAMES, SYSTEMS, TREATMENTS, FakePolicy, utc
from hypothesis import given, settings
from hypothesis import strategies as st
from permits import FULL_BOARD, HOUR, MANAGERS, glass, permit, question, request

from freeze.decision.case import Fault, PermitView, UseState
from freeze.decision.gate import decide
from freeze.model import CLASSES, KINDS, Cron, Door, Exemption, Once, Question, Selector, Treatment, Verdict, Window
from freeze.show.decision import RENDERERS
from zhongbao_core.approval.subject import Target
from zhongbao_core.event import Level
from zhongbao_core.text import Text

START = utc("2026-10-25 00:00")
INSTANTS = st.integers(0, 40 * 24 * 4).map(lambda n: START + timedelta(minutes=15) * n)
LENGTHS = st.sampled_from([timedelta(0), timedelta(minutes=30), HOUR, timedelta(days=3)])
KNOWN = [Target(name, env) for name in SYSTEMS for env in ("prod", "staging")]
TARGETS = st.lists(st.sampled_from([*KNOWN, Target("nobody", "prod")]), min_size=0, max_size=3).map(tuple)
LEVELS = st.sampled_from([Level.WATCH, Level.RESTRICTED, Level.FULL, Level.SILENT])
SELECTORS = st.sampled_from(
    [
        Selector(everything=True),
        Selector(systems=("portal",)),
        Selector(units=("boss",)),
        Selector(services=("billing",), environments=("prod",)),
        Selector(systems=("c*",), kinds=("release", "re*")),
    ]
)
TEXT = Text("窗", "window")


def once(at: datetime, length: timedelta) -> Once:
    wall = (at + timedelta(hours=8)).replace(tzinfo=None)
    return Once(wall, wall + length if length else None)


WHEN: st.SearchStrategy[Once | Cron] = st.one_of(
    st.builds(once, INSTANTS, st.sampled_from([timedelta(0), HOUR, timedelta(days=2)])),
    st.builds(Cron, st.sampled_from(["0 22 * * *", "*/30 9 * * 1-5", "0 0 1 * *"]), st.just(HOUR)),
)
WINDOWS = st.builds(
    Window,
    id=st.sampled_from(["w1", "w2", "w3", "w4"]),
    name=st.just(TEXT),
    effect=st.sampled_from(["deny", "deny", "allow"]),
    zone=st.sampled_from(["Asia/Shanghai", "America/New_York"]),
    when=WHEN,
    select=SELECTORS,
    level=LEVELS,
    tier=st.sampled_from(["company", "unit"]),
)
ONES = st.lists(WINDOWS, max_size=4, unique_by=lambda item: item.id).map(tuple)
EXEMPTIONS = st.lists(
    st.builds(
        Exemption,
        id=st.just("EX-1"),
        select=SELECTORS,
        owner=st.just("liu-yang"),
        reason=st.just("-"),
        expires=INSTANTS,
        levels=st.lists(LEVELS, max_size=3).map(tuple),
    ),
    max_size=1,
).map(tuple)
DOORS = st.sampled_from(
    [
        {},
        {"cli": Door("cli", "generic", observe_until=utc("2026-11-30 00:00"))},
        {"cli": Door("cli", "generic", require_online=tuple(Level))},
    ]
)
POLICIES = st.builds(
    FakePolicy,
    event=st.sampled_from([None, GAMES]),
    all_windows=ONES,
    exemptions=EXEMPTIONS,
    doors=DOORS,
    treatments=st.sampled_from(
        [TREATMENTS, (), (Treatment(Level.FULL, ("*",), ("*",), "approve", (("22:00", "06:00"),), "finish"),)]
    ),
    ladder=st.sampled_from([FakePolicy().ladder, ()]),
)
QUESTIONS = st.builds(
    Question,
    targets=TARGETS,
    kind=st.sampled_from([*KINDS, "", "sorcery"]),
    change_class=st.sampled_from([*CLASSES, "x"]),
    duration=LENGTHS,
    binds=st.sampled_from([{}, {"command": "sha256:" + "c" * 64}]),
    step=st.sampled_from(["start", "step"]),
    started=st.one_of(st.none(), INSTANTS),
)


def views(at: datetime) -> st.SearchStrategy[PermitView | None]:
    board = st.sampled_from([(), MANAGERS, FULL_BOARD])
    targets = st.lists(st.sampled_from(KNOWN), min_size=1, max_size=2, unique=True)
    start = st.sampled_from([at, at - timedelta(minutes=30), at + HOUR, at - timedelta(days=2)])
    plain = st.builds(
        lambda s, b, t, k: permit(s, *b, work=request(s, *t, kind=k)),
        start,
        board,
        targets,
        st.sampled_from(["release", "config"]),
    )
    broken = plain.map(lambda view: view._replace(fault=Fault("PERMIT_FORGED", TEXT)))
    empty = plain.map(lambda view: view._replace(subject=None, request=None, not_before=None))
    return st.one_of(st.none(), plain, broken, empty, st.builds(lambda s, b: glass(s, *b), start, board))


USES = st.sampled_from(
    [
        UseState(),
        UseState(True, "free"),
        UseState(True, "used"),
        UseState(True, "revoked"),
        UseState(True, "free", reviews_overdue=1),
    ]
)
FREE = {"NO_FREEZE", "KIND_FREE"}


@settings(max_examples=300, deadline=None)
@given(st.data(), QUESTIONS, POLICIES, INSTANTS)
def test_any_question_gets_an_answer_that_every_renderer_can_show(
    data: Any, asked: Question, policy: FakePolicy, at: datetime
) -> None:
    found = decide(
        asked, policy, at, permit=data.draw(views(at)), use=data.draw(USES), proven_start=data.draw(st.booleans())
    )
    assert found.verdict in Verdict and found.message.zh and found.message.en
    assert found.verdict is Verdict.ALLOW or found.next_step.zh
    assert all(render(found, "zh") for render in RENDERERS.values())


@settings(max_examples=300, deadline=None)
@given(QUESTIONS, POLICIES, INSTANTS)
def test_without_permit_exemption_or_observation_a_freeze_lets_nothing_through(
    asked: Question, policy: FakePolicy, at: datetime
) -> None:
    bare = replace(policy, exemptions=(), doors={})
    found = decide(asked, bare, at)
    if found.verdict is Verdict.ALLOW:
        assert found.reason_code in FREE
        assert found.level is Level.NONE or any(item.kind == "treatment" for item in found.rules)


@settings(max_examples=300, deadline=None)
@given(st.data(), QUESTIONS, POLICIES, INSTANTS, WINDOWS)
def test_one_deny_more_never_turns_a_hold_into_an_allow(
    data: Any, asked: Question, policy: FakePolicy, at: datetime, more: Window
) -> None:
    """Treatments grow stricter with the level, as ``check`` demands; exemptions name levels and are left out."""
    policy = replace(policy, treatments=TREATMENTS, exemptions=(), doors={})
    view, use = data.draw(views(at)), data.draw(USES)
    asked = replace(asked, step="start", started=None)
    before = decide(asked, policy, at, permit=view, use=use)
    extra = replace(more, id="extra", effect="deny")
    after = decide(asked, replace(policy, all_windows=(*policy.all_windows, extra)), at, permit=view, use=use)
    if before.verdict is not Verdict.ALLOW and asked.kind != "restore":
        assert after.verdict is not Verdict.ALLOW


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from(KNOWN), st.sampled_from(KNOWN), INSTANTS)
def test_a_permit_for_another_target_never_opens(data: Any, mine: Target, other: Target, at: datetime) -> None:
    """All it brings is its length: the longer of the two spans is judged."""
    work = request(at, other)
    asked = data.draw(LENGTHS)
    judged = max(asked, work.duration + work.rollback_duration + work.observation)
    with_it = decide(question(mine, duration=asked), FakePolicy(), at, permit=permit(at, *FULL_BOARD, work=work))
    without = decide(question(mine, duration=judged), FakePolicy(), at)
    if mine != other:
        assert with_it.verdict is without.verdict


@settings(max_examples=200, deadline=None)
@given(INSTANTS, LENGTHS, st.sampled_from(sorted(KINDS)))
def test_a_longer_span_is_never_easier(at: datetime, length: timedelta, kind: str) -> None:
    brief = decide(question(kind=kind, duration=timedelta(0)), FakePolicy(), at)
    long = decide(question(kind=kind, duration=length), FakePolicy(), at)
    if brief.verdict is not Verdict.ALLOW and kind != "restore":
        assert long.verdict is not Verdict.ALLOW


@settings(max_examples=150, deadline=None)
@given(QUESTIONS, POLICIES, INSTANTS)
def test_the_same_question_gets_the_same_bytes(asked: Question, policy: FakePolicy, at: datetime) -> None:
    one, two = decide(asked, policy, at), decide(asked, policy, at)
    assert RENDERERS["json"](one, "zh") == RENDERERS["json"](two, "zh")


@settings(max_examples=200, deadline=None)
@given(st.data(), QUESTIONS, POLICIES, INSTANTS)
def test_an_allowing_decision_names_a_reason_that_allows(
    data: Any, asked: Question, policy: FakePolicy, at: datetime
) -> None:
    found = decide(asked, policy, at, permit=data.draw(views(at)), use=data.draw(USES))
    allows = {*FREE, "PERMITTED", "STANDARD_CHANGE", "EXEMPT", "BREAK_GLASS", "OBSERVED", "IN_FLIGHT"}
    assert (found.reason_code in allows) == (found.verdict is Verdict.ALLOW)
    assert not (found.reason_code == "OBSERVED" and found.level >= Level.FULL)
    assert not (found.reason_code == "EXEMPT" and found.level is Level.SILENT)
