"""Random policies for Hypothesis: systems in families, shared parts, windows and rules of every kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from freeze.authoring.workspace import Workspace
from freeze.model import (
    CLASSES,
    KINDS,
    BreakGlass,
    ChangeRequest,
    Cron,
    Door,
    Exemption,
    Once,
    Requirement,
    Rung,
    Selector,
    StandardChange,
    System,
    Treatment,
    Window,
)
from freeze.policy import Holidays
from zhongbao_core.approval.subject import Target
from zhongbao_core.clock import Span
from zhongbao_core.event import Event, Level, Phase
from zhongbao_core.people import Delegation, Directory, Person, PublicKey
from zhongbao_core.text import Text

WORDS = st.text(st.characters(codec="utf-8"), max_size=8)
TEXTS = st.builds(Text, WORDS, WORDS)
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
WALLS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1))
SPANS = st.tuples(INSTANTS, st.integers(1, 10**6)).map(lambda pair: Span(pair[0], pair[0] + timedelta(seconds=pair[1])))
OPEN_SPANS = SPANS | INSTANTS.map(lambda at: Span(at, None))
LENGTHS = st.integers(0, 10**6).map(lambda count: timedelta(seconds=count))
NAMES = [f"s{number}" for number in range(8)]
IDS = st.sampled_from(NAMES)
ENVIRONMENTS = st.lists(st.sampled_from(["prod", "test"]), min_size=1, max_size=2, unique=True).map(tuple)
LEVELS = st.sampled_from([level for level in Level if level])
SOME_LEVELS = st.lists(LEVELS, min_size=1, max_size=3).map(tuple)
HOURS = st.lists(st.sampled_from([("22:00", "06:00"), ("00:00", "24:00")]), max_size=2).map(tuple)
TARGETS = st.builds(Target, IDS, st.sampled_from(["prod", "test", "odd"]))


def _globs(*choices: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(choices), max_size=2, unique=True).map(tuple)


NARROW = st.builds(
    Selector,
    systems=_globs(*NAMES, "s[12]", "s?", "*9"),
    services=_globs("a", "b", "*"),
    environments=_globs("prod", "test", "t*"),
    units=_globs("u", "v"),
    kinds=_globs("release", "re*"),
    labels=st.lists(st.sampled_from([("k", "1"), ("k", "*"), ("m", "2")]), max_size=2).map(tuple),
).filter(lambda select: select != Selector())
SELECTORS = NARROW | st.just(Selector(everything=True)) | st.just(Selector(everything=True, kinds=("release",)))
WHENS = st.builds(Once, WALLS, st.none() | WALLS) | st.builds(
    Cron, st.just("0 1 * * *"), LENGTHS, st.sampled_from(["any", "workdays", "holidays"])
)


@st.composite
def systems(draw: Any) -> dict[str, System]:
    """A few systems; parents and what they stand on come earlier, so nothing goes round in a circle."""
    found: dict[str, System] = {}
    for name in NAMES[: draw(st.integers(1, len(NAMES)))]:
        before = st.sampled_from(sorted(found)) if found else st.nothing()
        found[name] = System(
            id=name,
            name=draw(WORDS),
            unit=draw(st.sampled_from(["", "u", "v"])),
            service=draw(st.sampled_from(["", "a", "b"])),
            environments=draw(ENVIRONMENTS),
            labels=draw(st.dictionaries(st.sampled_from(["k", "m"]), st.sampled_from(["1", "2"]), max_size=2)),
            part_of=draw(st.none() | before) if found else None,
            stands_on=tuple(draw(st.lists(before, max_size=2, unique=True))) if found else (),
        )
    return found


WINDOWS = st.lists(
    st.builds(
        Window,
        id=st.sampled_from([f"w{number}" for number in range(6)]),
        name=TEXTS,
        effect=st.sampled_from(["deny", "allow"]),
        zone=st.just("Asia/Shanghai"),
        when=WHENS,
        select=SELECTORS,
        level=LEVELS,
        tier=st.sampled_from(["company", "unit"]),
        owner=WORDS,
        why=TEXTS,
        valid=st.none() | OPEN_SPANS,
        source=WORDS,
    ),
    max_size=6,
    unique_by=lambda window: window.id,
).map(tuple)
RULES = st.lists(
    st.builds(
        Treatment,
        LEVELS,
        _globs(*KINDS, "*"),
        _globs(*CLASSES, "*"),
        st.sampled_from(["allow", "approve", "block"]),
        HOURS,
        st.sampled_from(["finish", "stop_at_step", "abort"]),
        WORDS,
    ),
    max_size=4,
).map(tuple)
REQUIREMENTS = st.builds(Requirement, IDS, st.integers(1, 5), st.just(("signed", "coded")), st.just("duty"))
RUNGS = st.lists(
    st.builds(
        Rung,
        IDS,
        SOME_LEVELS,
        _globs(*KINDS),
        _globs(*CLASSES),
        HOURS,
        st.lists(REQUIREMENTS, min_size=1, max_size=3).map(tuple),
        LENGTHS,
        LENGTHS,
    ),
    max_size=3,
).map(tuple)
STANDARDS = st.lists(
    st.builds(
        StandardChange,
        IDS,
        TEXTS,
        st.sampled_from(sorted(KINDS)),
        SELECTORS,
        st.dictionaries(st.sampled_from(["a", "b"]), WORDS, max_size=2),
        st.lists(WORDS, max_size=3).map(tuple),
        st.just(("duty",)),
        st.integers(1, 9),
        SOME_LEVELS,
        HOURS,
        st.none() | INSTANTS,
        WORDS,
    ),
    max_size=3,
    unique_by=lambda item: item.id,
).map(lambda items: {item.id: item for item in items})
EXEMPTIONS = st.lists(st.builds(Exemption, IDS, SELECTORS, WORDS, WORDS, INSTANTS, SOME_LEVELS), max_size=3).map(tuple)
DOORS = st.lists(
    st.builds(
        Door,
        IDS,
        WORDS,
        st.dictionaries(WORDS, st.lists(TARGETS, max_size=2).map(tuple), max_size=2),
        st.none() | INSTANTS,
        SOME_LEVELS,
    ),
    max_size=3,
    unique_by=lambda door: door.id,
).map(lambda doors: {door.id: door for door in doors})
GLASSES = st.builds(BreakGlass, LENGTHS, st.integers(2, 5), LENGTHS, st.just(("x",)), st.just(("duty",)))
PHASES = st.lists(st.builds(Phase, IDS, TEXTS, OPEN_SPANS, LEVELS, WORDS), max_size=4).map(tuple)
EVENTS = st.none() | st.builds(Event, IDS, TEXTS, st.just("Asia/Shanghai"), PHASES, WORDS)
MOMENTS = st.none() | INSTANTS
KEYS = st.builds(PublicKey, IDS, WORDS, MOMENTS, MOMENTS, MOMENTS, st.booleans())
PERSONS = st.lists(
    st.builds(
        Person,
        IDS,
        WORDS,
        WORDS,
        st.just("engineer"),
        st.frozensets(st.sampled_from(["duty", "approver"])),
        st.lists(KEYS, max_size=2).map(tuple),
        st.frozensets(WORDS, max_size=2),
        WORDS,
        WORDS,
        st.booleans(),
    ),
    max_size=3,
    unique_by=lambda person: person.id,
)
DIRECTORIES = st.builds(
    lambda persons, lent: Directory(
        {person.id: person for person in persons}, ("engineer", "vp"), tuple(lent), {"vp": "副总裁"}
    ),
    PERSONS,
    st.lists(st.builds(Delegation, IDS, IDS, OPEN_SPANS, WORDS), max_size=2),
)
HOLIDAYS = st.builds(
    lambda years, days: Holidays(frozenset(day for day in days if day.year in years), years),
    st.frozensets(st.integers(2020, 2030), max_size=3),
    st.frozensets(st.dates(date(2020, 1, 1), date(2030, 12, 31)), max_size=30),
)
WORKSPACES = st.builds(
    Workspace,
    root=st.just(Path("random")),
    id=IDS,
    company=TEXTS,
    event=EVENTS,
    directory=DIRECTORIES,
    all_systems=systems(),
    all_windows=WINDOWS,
    treatments=RULES,
    ladder=RUNGS,
    catalogue=STANDARDS,
    exemptions=EXEMPTIONS,
    doors=DOORS,
    breakglass=GLASSES,
    holidays=HOLIDAYS,
)
REQUESTS = st.builds(
    ChangeRequest,
    **dict.fromkeys(("id", "event", "title", "kind", "change_class", "applicant", "executor", "verifier"), WORDS),
    **dict.fromkeys(("duty", "necessity", "impact", "verification", "rollback", "incident", "nonce"), WORDS),
    **dict.fromkeys(("duration", "rollback_duration", "observation"), LENGTHS),
    **dict.fromkeys(("binds", "labels"), st.dictionaries(WORDS, WORDS, max_size=3)),
    revision=st.integers(0, 99),
    targets=st.lists(TARGETS, max_size=3).map(tuple),
    steps=st.lists(WORDS, max_size=3).map(tuple),
    start=INSTANTS,
)


def without_contacts(directory: Directory) -> Directory:
    """``directory`` as a compiled policy keeps it."""
    persons = {name: replace(person, phone="", mail="") for name, person in directory.persons.items()}
    return replace(directory, persons=persons)
