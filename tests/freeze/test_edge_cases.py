"""Edge cases of change gates, asked of the gate itself over the compiled policy that doors read.

The calendar's own tests look closer; these hold the whole way from a window to an answer. ``docs/freeze.md`` lists
every case with its answer and its test.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from desk_entries import CR, Tape, minutes
from fakes import LADDER, SYSTEMS, FakePolicy, china_days, deny, utc, window
from permits import (
    AFTER,
    BEFORE,
    CORE_DB,
    FULL,
    FULL_BOARD,
    HOUR,
    MANAGERS,
    RESTRICTED,
    WATCH,
    approval,
    code,
    permit,
    question,
    request,
)
from world import World, compiled_bytes

from freeze.authoring.load_scope import load_windows
from freeze.calendar.waves import wave_of
from freeze.decision.gate import decide
from freeze.decision.permitcheck import rung_for
from freeze.desk.audit import Books, findings, owed
from freeze.in_force.compiled import CompiledPolicy
from freeze.model import Cron, Question, Requirement, Rung, Selector, System, Window
from zhongbao.__main__ import run
from zhongbao_core.approval.subject import Target
from zhongbao_core.clock import iso, parse_instant, zone_data_version
from zhongbao_core.desk.life import reduce_all
from zhongbao_core.event import Level
from zhongbao_core.yamlfile import parse_yaml

MINUTE, TICK = timedelta(minutes=1), timedelta(microseconds=1)
BRIEF = question(duration=timedelta(0))


def calm(*windows: Window, **more: Any) -> CompiledPolicy:
    """These windows and no event, compiled as doors read it."""
    return CompiledPolicy.from_bytes(compiled_bytes(FakePolicy(event=None, all_windows=windows, **more)))


def recurring(effect: str, schedule: str, hours: int, zone: str = "Asia/Shanghai", **more: Any) -> Window:
    """A window that opens by ``schedule`` for so many hours."""
    base = window("w", effect, "2026-01-01 00:00", None, **more)
    return replace(base, zone=zone, when=Cron(schedule, timedelta(hours=hours)))


def answers(policy: CompiledPolicy, *instants: str, asked: Question = BRIEF) -> list[str]:
    """Reason codes at the instants, all UTC."""
    return [decide(asked, policy, utc(at)).reason_code for at in instants]


class Signed(NamedTuple):
    """A lift as a door has it once its signatures were verified."""

    number: int
    kind: str
    body: dict[str, Any]
    ends: datetime | None


def test_edge_01_a_deny_bites_at_its_first_instant_and_is_over_at_its_end() -> None:
    policy = calm(deny("d", "2026-11-10 22:00", "2026-11-11 06:00"))
    first, last = utc("2026-11-10 14:00"), utc("2026-11-10 22:00")
    found = [decide(BRIEF, policy, at).reason_code for at in (first - TICK, first, last - TICK, last)]
    assert found == ["NO_FREEZE", "FROZEN", "FROZEN", "NO_FREEZE"]


def test_edge_02_an_open_end_holds_until_a_signed_lift_names_one() -> None:
    data = compiled_bytes(FakePolicy(event=None, all_windows=(deny("meeting", "2026-11-10 00:00", None),)))
    years_on = decide(BRIEF, CompiledPolicy.from_bytes(data), utc("2030-01-01 00:00"))
    assert (years_on.reason_code, years_on.ends, years_on.ends_known) == ("FROZEN", None, False)
    body = {"window": "meeting", "ends": "2026-11-12T16:00:00Z"}
    lift = Signed(1, "lift", body, utc("2026-11-12 16:00"))
    lifted = CompiledPolicy.from_bytes(data, amendments=(lift,))
    assert answers(lifted, "2026-11-12 15:59", "2026-11-12 16:00") == ["FROZEN", "NO_FREEZE"], "24:00 in Shanghai"


def test_edge_02_a_start_and_a_length_make_an_end_on_the_next_day() -> None:
    policy = calm(recurring("deny", "0 22 * * *", 8))
    assert answers(policy, "2026-11-10 14:00", "2026-11-10 21:59", "2026-11-10 22:00") == [
        "FROZEN",
        "FROZEN",
        "NO_FREEZE",
    ]


def test_edge_03_every_decision_names_the_zone_data_it_was_reckoned_with() -> None:
    from tzdata import IANA_VERSION

    policy = calm(recurring("deny", "0 12 * * *", 1, zone="America/New_York"))
    winter, summer = "2026-01-15 17:30", "2026-07-15 16:30"
    assert answers(policy, winter, summer, "2026-07-15 17:30") == ["FROZEN", "FROZEN", "NO_FREEZE"]
    assert decide(BRIEF, policy, utc(winter)).zone_data == zone_data_version() == IANA_VERSION


def test_edge_04_at_clock_changes_a_deny_grows_and_an_allow_shrinks() -> None:
    """New York, 2026: 02:30 does not exist on 8 March, 01:30 exists twice on 1 November."""
    spring = calm(recurring("deny", "30 2 * * *", 1, zone="America/New_York"))
    assert answers(spring, "2026-03-08 06:29", "2026-03-08 06:30", "2026-03-08 08:29", "2026-03-08 08:30") == [
        "NO_FREEZE",
        "FROZEN",
        "FROZEN",
        "NO_FREEZE",
    ]
    autumn = calm(recurring("allow", "30 1 * * *", 1, zone="America/New_York"))
    night = ["2026-11-01 05:45", "2026-11-01 06:15", "2026-11-01 06:45"]
    assert answers(autumn, *night) == ["OUTSIDE_WINDOW"] * 3
    assert answers(autumn, "2026-11-02 06:45") == ["NO_FREEZE"], "the night after it is open again"


def test_edge_05_a_day_of_month_and_a_weekday_hold_on_either() -> None:
    policy = calm(recurring("deny", "0 0 13 * 5", 24))
    assert answers(policy, "2026-11-13 04:00", "2026-11-20 04:00", "2026-12-13 04:00", "2026-12-14 04:00") == [
        "FROZEN",
        "FROZEN",
        "FROZEN",
        "NO_FREEZE",
    ]


def test_edge_06_a_window_longer_than_its_period_leaves_no_gap() -> None:
    policy = calm(recurring("deny", "0 0 * * 1-3", 36))
    start = utc("2026-11-08 16:00")
    assert all(decide(BRIEF, policy, start + n * HOUR).reason_code == "FROZEN" for n in range(84))
    assert decide(BRIEF, policy, start + 84 * HOUR).reason_code == "NO_FREEZE"


@pytest.mark.parametrize(
    ("schedule", "hours", "frozen", "free"),
    [
        pytest.param("* 10 * * *", 2, "2026-11-10 04:58", "2026-11-10 04:59", id="several fires inside one duration"),
        pytest.param("0 22 31 12 *", 4, "2026-12-31 17:59", "2026-12-31 18:00", id="over midnight, month and year"),
        pytest.param("0 12 29 2 *", 24, "2028-03-01 03:59", "2028-03-01 04:00", id="over the leap day"),
    ],
)
def test_edge_07_a_window_over_midnight_year_and_leap_day_ends_where_it_should(
    schedule: str, hours: int, frozen: str, free: str
) -> None:
    assert answers(calm(recurring("deny", schedule, hours)), frozen, free) == ["FROZEN", "NO_FREEZE"]


def test_edge_08_no_lower_rule_loosens_a_higher_one() -> None:
    """A unit's allow window and a weaker unit freeze stand beside a company freeze: the company's holds."""
    company = deny("c", "2026-11-10 00:00", "2026-11-11 00:00", Level.SILENT, tier="company")
    unit = deny("u", "2026-11-10 00:00", "2026-11-11 00:00", Level.WATCH, tier="unit")
    open_ = window("a", "allow", "2026-11-10 00:00", "2026-11-11 00:00", tier="unit")
    for windows in ((company, unit, open_), (open_, unit, company)):
        assert answers(calm(*windows), "2026-11-10 04:00") == ["SILENT"]


@pytest.mark.parametrize(
    ("select", "held"),
    [
        pytest.param(Selector(systems=("core-*",), environments=("prod",)), True, id="both dimensions fit"),
        pytest.param(Selector(systems=("core-*",), environments=("staging",)), False, id="one of two does not"),
        pytest.param(Selector(systems=("portal", "core-db")), True, id="one word of a dimension is enough"),
        pytest.param(Selector(systems=("core-db",), kinds=("patch",)), False, id="another kind of change"),
        pytest.param(Selector(everything=True), True, id="everything, said in so many words"),
    ],
)
def test_edge_09_dimensions_are_anded_and_words_of_one_are_ored(select: Selector, held: bool) -> None:
    policy = calm(deny("d", "2026-11-10 00:00", None, select=select))
    found = decide(question(CORE_DB), policy, utc("2026-11-10 04:00"))
    assert (found.reason_code == "FROZEN") == held


def test_edge_09_an_empty_selector_is_refused_with_its_place() -> None:
    text = b"""windows:
  - id: W-1
    name: {zh: A, en: A}
    effect: deny
    owner: ops
    why: {zh: A, en: A}
    once: {start: "2026-11-10 00:00", end: open}
    select: {}
"""
    document = parse_yaml(text, "w.yaml")
    assert load_windows(document, "Asia/Shanghai") == []
    (found,) = document.complaints
    assert (found.file, found.line, found.severity) == ("w.yaml", 8, "error") and found.column > 0


def test_edge_10_a_system_that_is_not_in_the_inventory_is_held() -> None:
    assert code(decide(question(Target("ghost", "prod")), calm(), BEFORE)) == ("hold", "UNKNOWN_SYSTEM")


def test_edge_11_parts_and_what_a_system_stands_on_inherit_the_strictest_freeze() -> None:
    """billing is frozen: so is its part, and core-db on which it stands; core-db has a weaker freeze of its own."""
    part = System(id="rating", name="批价", part_of="billing")
    policy = calm(
        deny("b", "2026-11-10 00:00", None, Level.FULL, Selector(systems=("billing",))),
        deny("c", "2026-11-10 00:00", None, Level.WATCH, Selector(systems=("core-db",))),
        all_systems={**SYSTEMS, "rating": part},
    )
    at = utc("2026-11-10 04:00")
    found = {name: decide(question(Target(name, "prod")), policy, at).level for name in ("rating", "core-db", "portal")}
    assert found == {"rating": Level.FULL, "core-db": Level.FULL, "portal": Level.NONE}


def test_edge_15_a_rollback_goes_out_on_a_lighter_named_approval_than_a_release() -> None:
    back = Rung("rollback", (Level.FULL,), ("rollback",), ("*",), (), (Requirement("manager", 1),))
    policy = FakePolicy(ladder=(back, *LADDER))
    for kind, answer in (("rollback", "PERMITTED"), ("release", "APPROVALS_MISSING")):
        view = permit(FULL, "chen-jun", work=request(FULL, kind=kind))
        assert decide(question(kind=kind), policy, FULL, permit=view).reason_code == answer
    assert decide(question(kind="rollback"), policy, FULL).reason_code == "FROZEN", "and on none without one"


def test_edge_16_a_button_and_a_timer_need_the_same_permit() -> None:
    view = permit(FULL, *FULL_BOARD)
    for actor in ("chen-jun", "", "cron"):
        asked = question(actor=actor)
        assert code(decide(asked, FakePolicy(), FULL)) == ("hold", "FROZEN")
        assert code(decide(asked, FakePolicy(), FULL, permit=view)) == ("allow", "PERMITTED")


def test_edge_19_a_higher_level_asks_for_more_and_a_higher_rank_may_answer_for_a_lower() -> None:
    """Who does not answer is not waited for: anybody of that rank or above may sign. Nobody: it stays held."""
    for at, persons, opens in (
        (RESTRICTED, MANAGERS, True),
        (FULL, MANAGERS, False),
        (RESTRICTED, ("chen-jun", "zhao-min"), True),
        (RESTRICTED, ("chen-jun",), False),
        (RESTRICTED, (), False),
    ):
        found = decide(question(), FakePolicy(), at, permit=permit(at, *persons))
        assert (found.reason_code == "PERMITTED") == opens, persons


def test_edge_19_the_hour_of_the_day_chooses_the_rung() -> None:
    night = Rung("night", (Level.FULL,), ("*",), ("*",), (("22:00", "06:00"),), (Requirement("director", 2),))
    policy = FakePolicy(ladder=(night, *LADDER))
    found = [
        rung_for(policy, Level.FULL, "release", "normal", utc(f"2026-11-16 {hour}")) for hour in ("13:59", "14:00")
    ]
    assert [rung.id for rung in found if rung] == ["full-three", "night"]


def test_edge_23_a_narrowed_policy_with_one_signature_is_no_policy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(tmp_path, BEFORE, FakePolicy(all_windows=(deny("d", "2026-10-20 00:00", None),)))
    asked = world.arguments("freeze", "gate", "-s", "portal", "-k", "release", "--at", iso(BEFORE + HOUR))
    assert run(asked) == 1
    world.adopt(FakePolicy())
    (world.workspace / "manifest.sigs" / "root-b.sig").unlink()
    assert run(asked) == 3, "one person alone may not narrow a freeze"
    assert "MANIFEST_UNSIGNED" in capsys.readouterr().out


def test_edge_25_work_that_waited_for_the_end_is_judged_anew_when_it_asks() -> None:
    """Nothing is queued and nothing starts by itself: approvals of yesterday do not outlive their life."""
    old = permit(WATCH, work=request(WATCH, kind="config"), approvals=(approval("chen-jun", WATCH - 30 * HOUR),))
    asked = question(kind="config")
    assert code(decide(asked, FakePolicy(), WATCH, permit=old)) == ("hold", "APPROVALS_MISSING")
    spent = permit(RESTRICTED, *MANAGERS)
    assert code(decide(asked, FakePolicy(), WATCH + 400 * HOUR, permit=spent)) == ("hold", "PERMIT_EXPIRED")
    assert code(decide(asked, FakePolicy(), AFTER, permit=spent)) == ("allow", "NO_FREEZE")


def test_edge_25_systems_start_in_waves_after_the_opening(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The freeze ends on 22 November at 08:00 in Shanghai: each system gets its own minute of the two hours after."""
    offsets = [wave_of(f"system-{number}", 2 * HOUR) for number in range(1000)]
    assert all(timedelta(0) <= item < 2 * HOUR and item % MINUTE == timedelta(0) for item in offsets)
    assert max(Counter(offsets).values()) < 25, "a thousand systems, never twenty-five of them in one minute"
    assert wave_of("portal", timedelta(0)) == timedelta(0)
    world = World(tmp_path, BEFORE, FakePolicy())
    starts = {}
    for name in ("portal", "core-db", "billing"):
        asked = ("freeze", "next", "--system", name, "--at", iso(FULL), "--free", "--spread", "2h", "--format", "json")
        assert run(world.arguments(*asked)) == 0
        starts[name] = parse_instant(json.loads(capsys.readouterr().out)["at"])
    assert len(set(starts.values())) == 3
    assert all(at == utc("2026-11-22 00:00") + wave_of(name, 2 * HOUR) for name, at in starts.items())


def test_edge_26_an_adjusted_saturday_is_a_working_day_and_an_unknown_year_is_no_free_day() -> None:
    saturday = utc("2026-02-14 00:00").date()
    days = china_days(2026)
    days = replace(days, off=days.off - {saturday})
    shift = recurring("deny", "0 8 * * *", 10)
    shift = replace(shift, when=Cron("0 8 * * *", 10 * HOUR, "workdays"))
    policy = calm(shift, holidays=days)
    assert answers(policy, "2026-02-14 04:00", "2026-02-21 04:00") == ["FROZEN", "NO_FREEZE"]
    assert code(decide(BRIEF, policy, utc("2031-02-15 04:00"))) == ("unknown", "CALENDAR_UNKNOWN")


def test_edge_27_gate_and_run_hold_the_same_change(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The permit of another system opens neither door, and nothing is started behind the second."""
    world = World(tmp_path, FULL - 24 * HOUR, FakePolicy())
    path = str(world.permit(FULL, *MANAGERS, work=request(FULL, CORE_DB)))
    mark = tmp_path / "started"
    at = ("--at", iso(FULL + MINUTE))
    gate = run(world.arguments("freeze", "gate", "-s", "portal", "-k", "release", "--permit", path, *at))
    command = [sys.executable, "-c", f"open({str(mark)!r}, 'w')"]
    ran = run(world.arguments("freeze", "run", "--permit", path, *at, "--", *command))
    assert (gate, ran, mark.exists()) == (1, 1, False)
    capsys.readouterr()


def test_edge_27_a_run_that_no_permit_covers_is_found_by_the_audit() -> None:
    tape = Tape()
    tape.submit()
    tape.start(minutes(61), "P-made-up")
    found = findings(Books(reduce_all(tape.entries), (), (), ()), minutes(62))
    assert [(item.rule, str(item.place)) for item in found if item.rule == "RECORD_ODD"] == [("RECORD_ODD", f"{CR}#1")]
    assert owed(found)


def test_edge_28_a_refusal_can_be_acted_on_without_asking_anybody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the door prints, not what it knows: freeze, level, owner, end, next opening, how to apply."""
    torch = deny("torch", "2026-11-30 06:00", "2026-11-30 20:00", owner="zhao-min")
    world = World(tmp_path, BEFORE, FakePolicy(all_windows=(torch,)))
    asked = ("--lang", "en", "freeze", "gate", "-s", "portal", "-k", "release", "--at", "2026-11-30T00:00Z")
    assert run(world.arguments(*asked)) == 1
    said = capsys.readouterr().out
    for words in ("torch", "full freeze", "zhao-min", "2026-11-30 20:00 +08:00", "zhongbao freeze request new"):
        assert words in said, words
