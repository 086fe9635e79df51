"""What holds for a change, and when it opens: named cases, then a brute-force model minute by minute."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from calendar_scan import MINUTE, scan
from fakes import ANY, GAMES, SYSTEMS, FakePolicy, china_days, deny, utc, window

from freeze.calendar import Opening, SpanCache, Standing, in_hours, next_opening, standing, treatment_for
from freeze.model import Cron, Once, Selector, System, Treatment, Window
from freeze.policy import Holidays
from zhongbao_core.approval.subject import Target
from zhongbao_core.clock import Span
from zhongbao_core.errors import CalendarDataError, InputError
from zhongbao_core.event import Level, Phase
from zhongbao_core.text import NOTHING, Text

CORE = (Target("core-db", "prod"),)
BILLING = (Target("billing", "prod"),)
PORTAL = (Target("portal", "prod"),)
HOUR = timedelta(hours=1)
ZERO = timedelta(0)
SCALE = 20 if os.environ.get("ZHONGBAO_SOAK") else 1


def stand(
    policy: FakePolicy,
    targets: tuple[Target, ...],
    at: str,
    length: timedelta = ZERO,
    kind: str = "release",
    word: str = "normal",
) -> Standing:
    return standing(policy, targets, kind, word, {}, utc(at), length)


def opening(
    policy: FakePolicy,
    targets: tuple[Target, ...],
    at: str,
    length: timedelta = HOUR,
    kind: str = "release",
    word: str = "normal",
    free_only: bool = False,
) -> Opening:
    return next_opening(policy, targets, kind, word, {}, length, utc(at), free_only=free_only)


CALM = FakePolicy(event=None)
NOON = "2026-10-10 04:00"  # 12:00 in Shanghai


def test_edge_01_a_deny_bites_at_its_first_instant_and_not_at_its_last() -> None:
    policy = replace(CALM, all_windows=(deny("d", "2026-10-10 12:00", "2026-10-10 13:00"),))
    levels = [
        stand(policy, CORE, at).level for at in ("2026-10-10 03:59:59", NOON, "2026-10-10 04:59:59", "2026-10-10 05:00")
    ]
    assert levels == [Level.NONE, Level.FULL, Level.FULL, Level.NONE]


def test_edge_02_an_open_end_has_no_known_end_and_no_opening() -> None:
    policy = replace(CALM, treatments=(), all_windows=(deny("d", "2026-10-10 12:00", None),))
    held = stand(policy, CORE, NOON)
    assert (held.ends, held.ends_known) == (None, False)
    found = opening(policy, CORE, NOON)
    assert (found.at, found.how) == (None, "") and "解除" in found.note.zh


def test_edge_08_deny_beats_allow() -> None:
    policy = replace(
        CALM,
        all_windows=(
            window("a", "allow", "2026-10-10 08:00", "2026-10-10 18:00"),
            deny("d", "2026-10-10 12:00", "2026-10-10 13:00"),
        ),
    )
    held = stand(policy, CORE, NOON)
    assert held.level is Level.FULL and [item.window.id for item in held.allows] == ["a"]


def test_edge_08_the_stricter_level_wins_whoever_wrote_it() -> None:
    policy = FakePolicy(all_windows=(deny("d", "2026-11-05 00:00", "2026-11-06 00:00", Level.SILENT, tier="unit"),))
    held = stand(policy, CORE, "2026-11-05 04:00")
    assert (held.level, held.label, held.phase and held.phase.id) == (Level.SILENT, "特级保障", "watch")


def test_edge_08_a_unit_window_cannot_loosen_a_company_deny() -> None:
    policy = FakePolicy(
        all_windows=(
            deny("d", "2026-11-16 00:00", "2026-11-17 00:00", Level.WATCH, tier="unit"),
            window("a", "allow", "2026-11-16 00:00", "2026-11-17 00:00", tier="unit"),
        )
    )
    assert stand(policy, CORE, "2026-11-16 04:00").level is Level.FULL


@pytest.mark.parametrize(
    ("at", "closed"),
    [
        pytest.param("2026-10-10 00:30", ["company"], id="edge_08_unit_window_alone_does_not_open"),
        pytest.param("2026-10-10 02:30", [], id="edge_08_both_tiers_open"),
        pytest.param("2026-10-10 03:30", ["unit"], id="edge_08_company_window_alone_does_not_open"),
        pytest.param("2026-10-10 05:00", ["company", "unit"], id="edge_08_neither"),
    ],
)
def test_work_lies_inside_the_allow_windows_of_every_tier(at: str, closed: list[str]) -> None:
    policy = replace(
        CALM,
        all_windows=(
            window("company", "allow", "2026-10-10 09:00", "2026-10-10 12:00"),
            window("unit", "allow", "2026-10-10 08:00", "2026-10-10 11:00", tier="unit"),
        ),
    )
    held = stand(policy, CORE, at, timedelta(minutes=30))
    assert [item.window.id for item in held.closed_allows] == closed
    assert stand(policy, CORE, at, word="emergency").closed_allows == ()


def test_two_allow_windows_that_meet_are_one_and_a_gap_closes() -> None:
    pair = (
        window("a", "allow", "2026-10-10 08:00", "2026-10-10 12:00"),
        window("b", "allow", "2026-10-10 12:00", "2026-10-10 14:00"),
    )
    apart = (pair[0], window("b", "allow", "2026-10-10 12:01", "2026-10-10 14:00"))
    spans = "2026-10-10 03:00", 2 * HOUR
    assert stand(replace(CALM, all_windows=pair), CORE, *spans).closed_allows == ()
    assert len(stand(replace(CALM, all_windows=apart), CORE, *spans).closed_allows) == 2


@pytest.mark.parametrize(
    ("select", "kind", "held"),
    [
        pytest.param(
            Selector(systems=("core-*",), environments=("prod",)), "release", True, id="edge_09_and_across_dimensions"
        ),
        pytest.param(
            Selector(systems=("core-*",), environments=("staging",)),
            "release",
            False,
            id="edge_09_one_dimension_missed",
        ),
        pytest.param(Selector(systems=("portal", "core-db")), "release", True, id="edge_09_or_inside_one_dimension"),
        pytest.param(
            Selector(systems=("core-db",), kinds=("patch", "rel*")), "release", True, id="edge_09_kinds_by_glob"
        ),
        pytest.param(Selector(systems=("core-db",), kinds=("patch",)), "release", False, id="edge_09_another_kind"),
        pytest.param(
            Selector(everything=True, kinds=("patch",)), "release", False, id="edge_09_everything_of_one_kind"
        ),
        pytest.param(Selector(labels=(("zone", "core"),)), "release", True, id="edge_09_label_of_the_system"),
        pytest.param(Selector(labels=(("zone", "edge"),)), "release", False, id="edge_09_other_label"),
    ],
)
def test_selectors(select: Selector, kind: str, held: bool) -> None:
    systems = {**SYSTEMS, "core-db": replace(SYSTEMS["core-db"], labels={"zone": "core"})}
    policy = replace(
        CALM, all_systems=systems, all_windows=(deny("d", "2026-10-10 12:00", "2026-10-10 13:00", select=select),)
    )
    assert (stand(policy, CORE, NOON, kind=kind).level is Level.FULL) is held


def test_labels_the_asker_writes_change_nothing() -> None:
    window_ = deny("d", "2026-10-10 12:00", "2026-10-10 13:00", select=Selector(labels=(("zone", "core"),)))
    systems = {**SYSTEMS, "core-db": replace(SYSTEMS["core-db"], labels={"zone": "core"})}
    policy = replace(CALM, all_systems=systems, all_windows=(window_,))
    held = [standing(policy, CORE, "release", "normal", labels, utc(NOON), ZERO) for labels in ({}, {"zone": "none"})]
    assert held[0] == held[1] and held[0].level is Level.FULL


def test_a_freeze_reaches_what_the_system_stands_on_and_says_by_which_way() -> None:
    policy = replace(
        CALM, all_windows=(deny("d", "2026-10-10 12:00", "2026-10-10 13:00", select=Selector(systems=("billing",))),)
    )
    below, beside = stand(policy, CORE, NOON), stand(policy, PORTAL, NOON)
    assert [item.via for item in below.denies] == [("billing", "core-db")]
    assert beside.level is Level.NONE


def test_a_window_that_comes_by_two_ways_is_named_once_by_the_shortest() -> None:
    policy = replace(CALM, all_windows=(deny("d", "2026-10-10 12:00", "2026-10-10 13:00"),))
    assert [item.via for item in stand(policy, CORE, NOON).denies] == [("core-db",)]


@pytest.mark.parametrize(
    ("start", "hours", "level", "conflict"),
    [
        pytest.param("2026-11-07 22:00", 1, Level.WATCH, None, id="edge_14_ends_before"),
        pytest.param("2026-11-07 22:00", 2, Level.WATCH, None, id="edge_14_ends_as_it_begins"),
        pytest.param(
            "2026-11-07 22:00", 3, Level.RESTRICTED, "2026-11-08 00:00", id="edge_14_starts_before_ends_inside"
        ),
        pytest.param("2026-11-08 00:00", 3, Level.RESTRICTED, None, id="edge_14_starts_as_it_begins"),
        pytest.param("2026-11-14 23:00", 200, Level.SILENT, "2026-11-15 00:00", id="edge_14_first_stricter_of_several"),
        pytest.param("2026-11-21 23:00", 3, Level.SILENT, None, id="edge_14_weaker_later_is_no_conflict"),
    ],
)
def test_the_whole_span_is_judged(start: str, hours: int, level: Level, conflict: str | None) -> None:
    held = stand(FakePolicy(), CORE, start, hours * HOUR)
    assert (held.level, held.conflict_from) == (level, utc(conflict) if conflict else None)


def test_the_end_is_where_nothing_as_strict_holds_any_more() -> None:
    policy = FakePolicy(all_windows=(deny("d", "2026-11-20 07:00", "2026-11-21 00:00"),))
    assert stand(policy, CORE, "2026-11-16 00:00").ends == utc("2026-11-22 00:00")  # full, then silent
    assert stand(policy, CORE, "2026-11-05 00:00").ends == utc("2026-11-22 00:00")
    assert stand(policy, CORE, "2026-11-20 01:00").ends == utc("2026-11-22 00:00")
    assert stand(policy, CORE, "2026-10-01 00:00").ends is None and stand(policy, CORE, "2026-10-01 00:00").ends_known


def test_windows_that_follow_one_another_end_together() -> None:
    chain = (deny("a", "2026-10-10 12:00", "2026-10-10 13:00"), deny("b", "2026-10-10 13:00", "2026-10-10 15:00"))
    weaker = deny("c", "2026-10-10 15:00", "2026-10-10 18:00", Level.WATCH)
    policy = replace(CALM, all_windows=(*chain, weaker))
    assert stand(policy, CORE, NOON).ends == utc("2026-10-10 07:00")


def test_each_target_keeps_its_own_level_and_treatment() -> None:
    policy = FakePolicy(
        all_windows=(deny("d", "2026-11-02 00:00", "2026-11-03 00:00", Level.SILENT, Selector(systems=("portal",))),)
    )
    held = stand(policy, CORE + PORTAL, "2026-11-02 04:00")
    assert [(item.level, item.treatment.action) for item in held.per_target] == [
        (Level.WATCH, "allow"),
        (Level.SILENT, "block"),
    ]
    assert (held.level, held.treatment.rule) == (Level.SILENT, "silent.all")
    assert held.treatments[PORTAL[0]].action == "block"


def test_no_treatment_that_fits_is_a_block_inside_a_freeze_and_free_outside() -> None:
    bare = FakePolicy(treatments=())
    assert treatment_for(bare, Level.NONE, "release", "normal").action == "allow"
    assert {treatment_for(bare, level, "release", "normal").action for level in Level if level} == {"block"}
    nothing = FakePolicy(treatments=(Treatment(Level.FULL, (), (), "allow"),))
    assert treatment_for(nothing, Level.FULL, "release", "normal").action == "block"


def test_edge_10_an_unregistered_system_is_named_and_never_opens() -> None:
    ghost = (Target("ghost", "prod"),)
    assert stand(CALM, ghost, NOON).unknown == ghost
    found = opening(CALM, ghost, NOON)
    assert found.at is None and "登记" in found.note.zh
    assert opening(CALM, (), NOON).at is None


@pytest.mark.parametrize(
    ("hours", "at", "minutes", "inside"),
    [
        pytest.param((), "2026-10-10 04:00", 600, True, id="no hours, any hour"),
        pytest.param((("22:00", "06:00"),), "2026-10-10 14:00", 0, True, id="first instant"),
        pytest.param((("22:00", "06:00"),), "2026-10-10 22:00", 0, False, id="last instant"),
        pytest.param((("22:00", "06:00"),), "2026-10-10 14:00", 480, True, id="whole night over midnight"),
        pytest.param((("22:00", "06:00"),), "2026-10-10 14:00", 481, False, id="a minute too long"),
        pytest.param(
            (("22:00", "24:00"), ("00:00", "06:00")),
            "2026-10-10 14:00",
            480,
            True,
            id="two spans that meet at midnight",
        ),
        pytest.param((("00:00", "24:00"),), "2026-10-10 14:00", 10_000, True, id="all day every day"),
        pytest.param((("08:00", "08:00"),), "2026-10-10 00:00", 0, False, id="equal ends are no time"),
        pytest.param((("08:00", "12:00"), ("09:00", "10:00")), "2026-10-10 00:00", 240, True, id="one inside another"),
    ],
)
def test_hours(hours: tuple[tuple[str, str], ...], at: str, minutes: int, inside: bool) -> None:
    assert in_hours(hours, utc(at), minutes * MINUTE, "Asia/Shanghai") is inside


@pytest.mark.parametrize(
    ("at", "inside"),
    [
        pytest.param("2026-11-01 05:30", False, id="edge_04_autumn_first_0130_is_not_yet_inside"),
        pytest.param("2026-11-01 06:30", True, id="edge_04_autumn_second_0130_is"),
        pytest.param("2026-11-01 07:59", True, id="edge_04_autumn_last_minute"),
        pytest.param("2026-11-01 08:00", False, id="edge_04_autumn_end"),
    ],
)
def test_hours_round_inward(at: str, inside: bool) -> None:
    assert in_hours((("01:30", "03:00"),), utc(at), ZERO, "America/New_York") is inside


@pytest.mark.parametrize("word", ["8:00", "25:00", "24:01", "08-00", "0８:00", "", "08:60"])
def test_an_hour_that_cannot_be_read_is_refused(word: str) -> None:
    with pytest.raises(InputError):
        in_hours(((word, "09:00"),), utc(NOON), ZERO, "Asia/Shanghai")


# Unknown holiday data

OFFICE = Cron("0 9 * * *", 8 * HOUR, "workdays")
KNOWN = china_days(2026)


def worked(name: str, effect: str, level: Level = Level.FULL) -> Window:
    return Window(name, Text(name, name), effect, "Asia/Shanghai", OFFICE, Selector(everything=True), level=level)  # type: ignore[arg-type]


def test_edge_26_an_answer_that_hangs_on_an_unknown_year_is_refused() -> None:
    for effect in ("deny", "allow"):
        policy = replace(CALM, holidays=KNOWN, all_windows=(worked("w", effect),))
        with pytest.raises(CalendarDataError):
            stand(policy, CORE, "2027-03-01 02:00")


def test_edge_26_an_answer_that_does_not_hang_on_it_is_given() -> None:
    silent = deny("s", "2027-03-01 00:00", "2027-03-02 00:00", Level.SILENT)
    policy = replace(CALM, holidays=KNOWN, all_windows=(worked("w", "deny"), worked("a", "allow"), silent))
    assert stand(policy, CORE, "2027-03-01 02:00").level is Level.SILENT
    assert stand(replace(policy, all_windows=(worked("w", "deny"),)), CORE, "2027-03-01 12:00").level is Level.NONE


def test_edge_26_the_next_opening_says_from_when_nothing_is_known() -> None:
    policy = replace(CALM, holidays=KNOWN, all_windows=(worked("a", "allow"),))
    found = opening(policy, CORE, "2026-12-31 12:00")
    assert found.at is None and "2027-01-01" in found.note.zh and "unknown after 2027-01-01" in found.note.en


def test_edge_26_an_opening_that_is_sure_is_given_although_an_earlier_one_may_exist() -> None:
    policy = replace(CALM, holidays=KNOWN, treatments=(), all_windows=(worked("w", "deny"),))
    found = opening(policy, CORE, "2027-03-01 02:00")
    assert found.at == utc("2027-03-01 09:00") and found.how == "free" and "可能更早" in found.note.zh


# Openings by name


def test_the_next_opening_waits_for_the_end_of_the_silent_phase() -> None:
    assert opening(FakePolicy(), CORE, "2026-11-20 04:00") == Opening(utc("2026-11-22 00:00"), "free", NOTHING)


def test_the_next_opening_counts_a_permit_unless_only_a_free_one_is_wanted() -> None:
    assert opening(FakePolicy(), CORE, "2026-11-16 00:00").how == "with_permit"
    assert opening(FakePolicy(), CORE, "2026-11-16 00:00", free_only=True).at == utc("2026-11-22 00:00")


def test_a_long_change_opens_later_than_a_short_one() -> None:
    policy = replace(
        CALM,
        treatments=(),
        all_windows=(
            deny("a", "2026-10-10 12:00", "2026-10-10 13:00"),
            deny("b", "2026-10-10 15:00", "2026-10-10 18:00"),
        ),
    )
    assert opening(policy, CORE, NOON, 2 * HOUR).at == utc("2026-10-10 05:00")
    assert opening(policy, CORE, NOON, 2 * HOUR + MINUTE).at == utc("2026-10-10 10:00")


def test_no_opening_within_two_years_is_said() -> None:
    window_ = deny("d", "2026-10-10 12:00", "2030-01-01 00:00")
    found = opening(replace(CALM, treatments=(), all_windows=(window_,)), CORE, NOON)
    assert found.at is None and "两年" in found.note.zh


def test_an_opening_is_told_in_whole_minutes_or_is_the_very_instant_asked_about() -> None:
    rules = (
        Treatment(Level.WATCH, ANY, ANY, "approve", (("00:00", "06:00"),)),
        Treatment(Level.RESTRICTED, ANY, ANY, "approve"),
    )
    policy = FakePolicy(treatments=rules)
    assert opening(policy, CORE, "2026-11-07 10:00").at == utc("2026-11-07 16:00")
    assert opening(policy, CORE, "2026-11-07 16:00:07").at == utc("2026-11-07 16:00:07")
    assert opening(policy, CORE, "2026-11-07 22:30").at == utc(
        "2026-11-07 23:01"
    )  # touches the level that has no hours


# The brute-force model

UNITS, KINDS_ASKED = ("boss", "infra"), ("release", "patch")
START = utc("2026-11-01 00:00")
DAYS_LONG = 7
GRID = DAYS_LONG * 1440
PAD = 3 * 1440


@dataclass(frozen=True)
class Case:
    policy: FakePolicy
    targets: tuple[Target, ...]
    kind: str
    word: str
    length: int
    minute: int


def random_case(seed: int) -> Case:
    dice = Random(seed)  # noqa: S311 reproducible cases, no secret
    names = ["s0", "s1", "s2", "s3", "s4"]
    systems = {}
    for number, name in enumerate(names):
        parent = dice.choice([None, None, *names[:number]]) if number else None
        stands = tuple(sorted(dice.sample(names, dice.choice([0, 0, 1]))))
        systems[name] = System(
            name,
            name,
            dice.choice(UNITS),
            dice.choice(["x", "y"]),
            labels={"z": dice.choice("ab")},
            part_of=parent,
            stands_on=tuple(item for item in stands if item != name),
        )
    windows = tuple(random_window(dice, f"w{number}", names) for number in range(dice.randint(0, 6)))
    levels = sorted(dice.sample(range(1, GRID, 30), dice.choice([0, 2, 3, 4])))
    phases = tuple(
        Phase(f"p{n}", NOTHING, Span(START + a * MINUTE, START + b * MINUTE), Level(dice.randint(1, 4)))
        for n, (a, b) in enumerate(pairwise(levels))
        if dice.random() < 0.8
    )
    policy = FakePolicy(
        event=replace(GAMES, phases=phases) if phases else None,
        treatments=random_treatments(dice),
        all_systems=systems,
        all_windows=windows,
    )
    targets = tuple(Target(name, "prod") for name in dice.sample(names, dice.choice([1, 1, 2])))
    return Case(
        policy,
        targets,
        dice.choice(KINDS_ASKED),
        dice.choice(["normal", "normal", "emergency"]),
        dice.choice([0, 1, 30, 60, 240, 1500]),
        dice.randrange(0, GRID),
    )


def random_window(dice: Random, name: str, systems: list[str]) -> Window:
    select = dice.choice(
        [
            Selector(everything=True),
            Selector(systems=(dice.choice(systems),)),
            Selector(systems=("s[0-2]",), units=(dice.choice(UNITS),)),
            Selector(services=("x",), kinds=("rel*",)),
            Selector(labels=(("z", "a"),)),
            Selector(everything=True, kinds=("patch",)),
        ]
    )
    when: Once | Cron
    if dice.random() < 0.4:
        start = datetime(2026, 11, 1) + dice.randrange(0, GRID, 10) * MINUTE
        when = Once(start, dice.choice([None, *[start + dice.randrange(10, 4000, 10) * MINUTE] * 5]))
    else:
        hours, weekdays = dice.choice(["*", "1", "22", "8,20", "*/6"]), dice.choice(["*", "*", "1-5", "0,6"])
        schedule = f"{dice.choice(['0', '30', '*/20'])} {hours} * * {weekdays}"
        when = Cron(
            schedule,
            dice.choice([20, 60, 120, 480, 1440]) * MINUTE,
            dice.choice(["any", "any", "workdays", "holidays"]),
        )
    return Window(
        name,
        NOTHING,
        dice.choice(["deny", "deny", "allow"]),
        dice.choice(["Asia/Shanghai", "America/New_York", "UTC"]),
        when,
        select,
        level=Level(dice.randint(1, 4)),
        tier=dice.choice(["company", "unit"]),
    )


def random_treatments(dice: Random) -> tuple[Treatment, ...]:
    hours = [(), (), (("22:00", "06:00"),), (("08:00", "12:00"), ("12:00", "18:30"))]
    return tuple(
        Treatment(
            level, dice.choice([ANY, ("release",)]), ANY, dice.choice(["allow", "approve", "block"]), dice.choice(hours)
        )
        for level in Level
        if level and dice.random() < 0.8
    )


class Brute:
    """Levels, allow windows and hours as one byte a minute, from START to the end of the padded grid."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.size = GRID + PAD
        self.levels = {target: self.level_marks(target) for target in case.targets}
        self.inside = {target: self.allow_marks(target) for target in case.targets}

    def holding(self, target: Target, effect: str) -> list[Window]:
        systems = self.case.policy.all_systems
        reach = {target.system}
        while effect == "deny":
            more = {systems[name].part_of for name in reach} | {
                item.id for item in systems.values() if reach & set(item.stands_on)
            }
            grown = reach | {name for name in more if name}
            if grown == reach:
                break
            reach = grown
        return [
            item
            for item in self.case.policy.all_windows
            if item.effect == effect and any(self.speaks(item.select, systems[name]) for name in reach)
        ]

    def speaks(self, select: Selector, system: System) -> bool:
        if select.kinds and not any(self.case.kind.startswith(kind.rstrip("*")) for kind in select.kinds):
            return False
        named = {"s[0-2]": ("s0", "s1", "s2")}
        systems = [name for item in select.systems for name in named.get(item, (item,))]
        return (
            (not systems or system.id in systems)
            and (not select.units or system.unit in select.units)
            and (not select.services or system.service in select.services)
            and all(system.labels[key] == value for key, value in select.labels)
        )

    def level_marks(self, target: Target) -> bytearray:
        marks = bytearray(self.size)
        for item in self.holding(target, "deny"):
            held = scan(item, START, self.size, self.case.policy.holidays)
            marks = bytearray(max(old, int(item.level) * new) for old, new in zip(marks, held, strict=True))
        for phase in self.case.policy.event.phases if self.case.policy.event else ():
            for minute in range((phase.span.start - START) // MINUTE, (phase.span.end - START) // MINUTE):  # type: ignore[operator]
                marks[minute] = max(marks[minute], phase.level)
        return marks

    def allow_marks(self, target: Target) -> bytes:
        if self.case.word == "emergency":
            return b"\x01" * self.size
        result = b"\x01" * self.size
        for tier in ("company", "unit"):
            group = [
                scan(item, START, self.size, self.case.policy.holidays)
                for item in self.holding(target, "allow")
                if item.tier == tier
            ]
            if group:
                union = bytes(map(max, *group)) if len(group) > 1 else bytes(group[0])
                result = bytes(map(min, result, union))
        return result

    def level(self, target: Target, minute: int) -> Level:
        return Level(max(self.levels[target][minute : minute + max(1, self.case.length)]))

    def rule(self, level: Level) -> tuple[str, tuple[tuple[str, str], ...]]:
        for item in self.case.policy.treatments:
            if item.level == level and (item.kinds == ANY or self.case.kind in item.kinds):
                return item.action, item.hours
        return ("block" if level else "allow"), ()

    def how(self, minute: int) -> str:
        """free, with_permit or nothing, for a start at that minute."""
        answers = {self.how_one(target, minute) for target in self.case.targets}
        return "" if "" in answers else "with_permit" if "with_permit" in answers else "free"

    def how_one(self, target: Target, minute: int) -> str:
        span = range(minute, minute + max(1, self.case.length))
        action, hours = self.rule(self.level(target, minute))
        if action == "block" or not all(self.inside[target][minute : span.stop]):
            return ""
        if hours and not all(self.in_hours(hours, item) for item in span):
            return ""
        return "free" if action == "allow" else "with_permit"

    def in_hours(self, hours: tuple[tuple[str, str], ...], minute: int) -> bool:
        wall = (START + minute * MINUTE + 8 * HOUR).strftime("%H:%M")  # Shanghai has no clock changes
        return any(a <= wall < b if a < b else wall >= a or wall < b for a, b in hours)


@given(st.integers(0, 10**9))
@settings(max_examples=80 * SCALE, deadline=None)
def test_standing_agrees_with_every_minute_looked_at(seed: int) -> None:
    case = random_case(seed)
    brute, at = Brute(case), START + case.minute * MINUTE
    held = standing(case.policy, case.targets, case.kind, case.word, {}, at, case.length * MINUTE)
    levels = [brute.level(target, case.minute) for target in case.targets]
    assert [item.level for item in held.per_target] == levels
    assert held.level == max(levels)
    assert [item.treatment.action for item in held.per_target] == [brute.rule(level)[0] for level in levels]
    whole = [all(brute.inside[target][case.minute : case.minute + max(1, case.length)]) for target in case.targets]
    assert (held.closed_allows == ()) is all(whole)
    every = bytes(map(max, *brute.levels.values())) if len(levels) > 1 else bytes(next(iter(brute.levels.values())))
    stricter = [
        minute for minute in range(case.minute, case.minute + max(1, case.length)) if every[minute] > every[case.minute]
    ]
    assert held.conflict_from == (START + stricter[0] * MINUTE if stricter else None)
    if held.level and held.ends is not None and held.ends < START + brute.size * MINUTE:
        first = next(minute for minute in range(case.minute, brute.size) if every[minute] >= held.level)
        last = (held.ends - START) // MINUTE
        assert every[last] < held.level and min(every[first:last]) >= held.level


@given(st.integers(0, 10**9))
@settings(max_examples=80 * SCALE, deadline=None)
def test_the_next_opening_is_open_and_nothing_earlier_is(seed: int) -> None:
    case = random_case(seed)
    brute, at = Brute(case), START + case.minute * MINUTE
    found = next_opening(case.policy, case.targets, case.kind, case.word, {}, case.length * MINUTE, at)
    last = min(GRID, brute.size - max(1, case.length))
    first = next((minute for minute in range(case.minute, last) if brute.how(minute)), None)
    if first is None:
        assert found.at is None or found.at >= START + last * MINUTE
    else:
        assert found.at == START + first * MINUTE
        assert (found.how, found.note) == (brute.how(first), NOTHING)


@given(st.integers(0, 10**9))
@settings(max_examples=60 * SCALE, deadline=None)
def test_the_order_of_windows_does_not_matter(seed: int) -> None:
    case = random_case(seed)
    at, length = START + case.minute * MINUTE, case.length * MINUTE
    turned = replace(case.policy, all_windows=tuple(reversed(case.policy.all_windows)))
    answers = []
    for policy in (case.policy, turned):
        held = standing(policy, case.targets, case.kind, case.word, {}, at, length)
        ids = [sorted(item.window.id for item in items) for items in (held.denies, held.allows, held.closed_allows)]
        found = next_opening(policy, case.targets, case.kind, case.word, {}, length, at)
        answers.append((ids, held.level, held.ends, held.conflict_from, held.per_target, found))
    assert answers[0] == answers[1]


@given(st.integers(0, 10**9))
@settings(max_examples=60 * SCALE, deadline=None)
def test_another_deny_window_never_lowers_the_level_or_opens_an_allow_window(seed: int) -> None:
    case = random_case(seed)
    assume(case.policy.all_windows)
    at, length = START + case.minute * MINUTE, case.length * MINUTE
    *fewer, last = case.policy.all_windows
    less = replace(case.policy, all_windows=tuple(fewer))
    more = replace(case.policy, all_windows=(*fewer, replace(last, effect="deny")))
    before, after = (standing(policy, case.targets, case.kind, case.word, {}, at, length) for policy in (less, more))
    assert all(a.level <= b.level for a, b in zip(before.per_target, after.per_target, strict=True))
    assert before.closed_allows == after.closed_allows


@given(st.integers(0, 10**9))
@settings(max_examples=40 * SCALE, deadline=None)
def test_a_shared_cache_changes_no_answer(seed: int) -> None:
    case = random_case(seed)
    cache = SpanCache(lambda: case.policy.holidays)
    length = case.length * MINUTE
    for minute in (case.minute, 0, GRID - 1, case.minute):
        at = START + minute * MINUTE
        asked: Asked = (case.targets, case.kind, case.word, {})
        assert standing(case.policy, *asked, at, length, cache=cache) == standing(case.policy, *asked, at, length)
        alone = next_opening(case.policy, *asked, length, at)
        assert next_opening(case.policy, *asked, length, at, cache=cache) == alone


Asked = tuple[tuple[Target, ...], str, str, dict[str, str]]


def guessed(dice: Random) -> Holidays:
    """2026 as it is, and some way 2027 may turn out."""
    days = {date(2027, 1, 1) + timedelta(days=n) for n in range(60) if dice.random() < 0.5}
    return Holidays(KNOWN.off | days, frozenset({2026, 2027, 2028}))


@given(st.integers(0, 10**9))
@settings(max_examples=80 * SCALE, deadline=None)
def test_what_is_said_without_holiday_data_holds_however_the_year_turns_out(seed: int) -> None:
    case = random_case(seed)
    dice = Random(seed)  # noqa: S311 reproducible cases, no secret
    policy = replace(case.policy, holidays=KNOWN, event=None, treatments=())
    at, length = utc("2026-12-30 00:00") + dice.randrange(4 * 1440) * MINUTE, case.length * MINUTE
    asked: Asked = (case.targets, case.kind, case.word, {})
    futures = [replace(policy, holidays=guessed(dice)) for _ in range(3)]
    answers = {verdict(future, asked, at, length) for future in futures}
    try:
        held = standing(policy, *asked, at, length)
    except CalendarDataError:
        held = None
    if held is not None:
        assert answers == {(held.treatment.action, bool(held.closed_allows) and held.treatment.action != "block")}
    found = next_opening(policy, *asked, length, at)
    for future in futures:
        other = next_opening(future, *asked, length, at)
        if found.at is not None and found.note == NOTHING:
            assert other == found
        elif found.at is not None:
            assert other.at is not None and other.at <= found.at
            assert verdict(future, asked, found.at, length) == ("allow", False)


def verdict(policy: FakePolicy, asked: Asked, at: datetime, length: timedelta) -> tuple[str, bool]:
    held = standing(policy, *asked, at, length)
    return held.treatment.action, bool(held.closed_allows) and held.treatment.action != "block"


def test_a_loaded_policy_lends_its_own_cache() -> None:
    class Keeping(FakePolicy):
        span_cache = SpanCache(lambda: china_days(2026))

    policy = Keeping(event=None, all_windows=(worked("w", "deny"),))
    held = stand(policy, CORE, "2026-11-20 02:00")
    assert held.level is Level.FULL
    assert held == stand(FakePolicy(event=None, all_windows=policy.all_windows), CORE, "2026-11-20 02:00")
    found = policy.span_cache.coverage(policy.all_windows[0], utc("2026-11-20 02:00"), utc("2026-11-20 03:00"))
    again = policy.span_cache.coverage(policy.all_windows[0], utc("2026-11-20 02:00"), utc("2026-11-20 03:00"))
    assert found == again and [Span(*pair) for pair in found.known] == [item.span for item in held.denies]
