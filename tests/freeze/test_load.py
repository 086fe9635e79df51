"""What is wrong in a workspace is said at its place, with a code that stays and a fix."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sound import FILES, KEY_A, broken, write

from freeze.authoring.checks import check_now
from freeze.authoring.forms import DoorKind
from freeze.authoring.load import load_workspace, require_sound
from freeze.decision.gate import ASKERS
from freeze.model import Once
from zhongbao_core.approval.subject import Target
from zhongbao_core.complaint import errors_in
from zhongbao_core.errors import InputError
from zhongbao_core.event import Level

NOW = datetime(2026, 11, 5, tzinfo=UTC)
W, E, P, S = "freeze/windows/a.yaml", "event.yaml", "people.yaml", "systems.yaml"
L, T, C, X, D, G = (
    "freeze/ladder.yaml",
    "freeze/treatments.yaml",
    "freeze/catalogue/a.yaml",
    "freeze/exemptions.yaml",
    "freeze/doors.yaml",
    "freeze/breakglass.yaml",
)
KEYED = f"rank: manager\n    keys: [{{id: k1, line: {KEY_A}}}]"

ERRORS = [
    # shape
    ("zhongbao.yaml", "zone:", "zona:", "zhongbao.yaml:4:1", "UNKNOWN_KEY", "an unknown key"),
    ("zhongbao.yaml", "id: small\n", "", "zhongbao.yaml:1:1", "MISSING_KEY", "a missing key"),
    ("zhongbao.yaml", "/1", "/9", "zhongbao.yaml:1:9", "UNKNOWN_WORD", "a format of the future"),
    ("zhongbao.yaml", "small", "小", "zhongbao.yaml:2:5", "VALUE", "an id outside ASCII"),
    ("zhongbao.yaml", "Asia/Shanghai", "Asia/Beijing", "zhongbao.yaml:4:7", "ZONE", "an unknown zone"),
    ("zhongbao.yaml", "24h", "1 day", "zhongbao.yaml:7:20", "LENGTH", "a length nobody can read"),
    ("zhongbao.yaml", "packs: []", "packs: [no/pack]", "zhongbao.yaml:6:9", "PACK_UNKNOWN", "an unknown pack"),
    ("zhongbao.yaml", "packs: []", "packs: [../x]", "zhongbao.yaml:6:9", "PACK_UNKNOWN", "a pack outside"),
    ("zhongbao.yaml", "event: games", "event: other", "zhongbao.yaml:5:8", "EVENT_UNKNOWN", "another event"),
    # event
    (E, '"2026-11-01T00:00"', "2026-11-01T00:00", "event.yaml:9:12", "UNQUOTED_TIME", "an unquoted time"),
    (E, "2026-11-10T24:00", "2026-10-31T24:00", "event.yaml:10:10", "END_BEFORE_START", "an end before its start"),
    (E, "2026-11-10T24:00", "2026-11-12T00:00", "event.yaml:15:12", "PHASES_OVERLAP", "overlapping phases"),
    (E, '"2026-11-10T24:00"', "open", "event.yaml:10:10", "OPEN_NOT_LAST", "an open end that is not the last"),
    (E, "2026-11-10T24:00", "2026-11-31T00:00", "event.yaml:10:10", "TIME", "a day that does not exist"),
    (E, "2026-11-10T24:00", "2026-11-10T24:01", "event.yaml:10:10", "TIME", "a minute after 24:00"),
    (E, "label: 二级", "label: 特级", "event.yaml:8:12", "LABEL_ORDER", "a label that sounds stricter"),
    (E, "id: two", "id: one", "event.yaml:11:9", "DUPLICATE_ID", "a phase id twice"),
    (E, "level: full", "level: 一级", "event.yaml:13:12", "UNKNOWN_WORD", "a label in place of a level"),
    # people
    (P, "rank: manager", "rank: chief", "people.yaml:15:11", "RANK_UNKNOWN", "an unknown rank"),
    (P, "[applicant, duty]", "[aplicant]", "people.yaml:9:13", "UNKNOWN_WORD", "a role misspelt"),
    (P, "id: boss\n", "id: ann\n", "people.yaml:12:9", "DUPLICATE_ID", "a person id twice"),
    (P, "[boss1]", "[ann1]", "people.yaml:17:16", "ACCOUNT_SHARED", "an account of two persons"),
    (P, "[boss1]", "[ann]", "people.yaml:17:16", "ACCOUNT_SHARED", "an account that is another's id"),
    (P, "mail: boss@example.com", 'phone: "13900000001"', "people.yaml:18:12", "CONTACT_SHARED", "a phone of two"),
    (P, '"13900000001"', "13900000001", "people.yaml:11:12", "TYPE", "a phone without quotes"),
    (P, "deputy: ann", "deputy: zed", "people.yaml:25:31", "PERSON_UNKNOWN", "an unknown deputy"),
    (P, "deputy: ann", "deputy: boss", "people.yaml:25:31", "DELEGATION_SELF", "a deputy of oneself"),
    (
        P,
        "rank: manager",
        "rank: manager\n    keys: [{id: k, line: ssh-dss AAAA}]",
        "people.yaml:16:26",
        "KEY_REFUSED",
        "a bad key",
    ),
    # systems
    (S, "stands_on: [db]", "stands_on: [bd]", "systems.yaml:3:64", "SYSTEM_UNKNOWN", "stands on nothing"),
    (S, "part_of: shop", "part_of: mall", "systems.yaml:4:61", "SYSTEM_UNKNOWN", "part of nothing"),
    (S, "stands_on: [db]", "part_of: cart", "systems.yaml:3:61", "CYCLE", "a loop of parts"),
    (S, "environments: [prod, test]", "stands_on: [shop]", "systems.yaml:2:62", "CYCLE", "a loop of dependence"),
    (S, "id: cart", "id: db", "systems.yaml:4:10", "DUPLICATE_ID", "a system id twice"),
    (S, "environments: [prod, test]", "environments: []", "systems.yaml:2:65", "EMPTY", "no environment"),
    # windows
    (W, "{services: [shop]}", "{}", "freeze/windows/a.yaml:6:13", "EMPTY_SELECTOR", "an empty selector"),
    (W, "{services: [shop]}", "{services: []}", "freeze/windows/a.yaml:6:24", "EMPTY_SELECTOR", "an empty dimension"),
    (
        W,
        "{services: [shop]}",
        "{everything: true, units: [x]}",
        "freeze/windows/a.yaml:6:26",
        "EVERYTHING_NARROWED",
        "all, but",
    ),
    (W, "{services: [shop]}", "{everything: false}", "freeze/windows/a.yaml:6:26", "UNKNOWN_WORD", "everything: false"),
    (W, "systems: [shop]", "systems: [shpo]", "freeze/windows/a.yaml:14:24", "SYSTEM_UNKNOWN", "an unknown system"),
    (W, "{services: [shop]}", "{kinds: [relase]}", "freeze/windows/a.yaml:6:22", "KIND_UNKNOWN", "an unknown kind"),
    (W, "0 1 * * *", "0 1 31 2 *", "freeze/windows/a.yaml:5:22", "DATE_NEVER", "31 February"),
    (W, "0 1 * * *", "0 25 * * *", "freeze/windows/a.yaml:5:22", "SCHEDULE", "hour 25"),
    (W, "0 1 * * *", "0 1 * *", "freeze/windows/a.yaml:5:22", "SCHEDULE", "four fields"),
    (W, "duration: 3h", "duration: 0h", "freeze/windows/a.yaml:5:45", "LENGTH", "no length"),
    (W, "2026-11-06T24:00", "2026-11-04T00:00", "freeze/windows/a.yaml:13:44", "END_BEFORE_START", "ends before"),
    (W, "2026-11-05T00:00", "2026-11-05T00:00+08:00", "freeze/windows/a.yaml:13:19", "TIME", "an offset in local time"),
    (
        W,
        "effect: allow",
        "effect: allow\n    level: full",
        "freeze/windows/a.yaml:5:12",
        "LEVEL_ON_ALLOW",
        "a level on allow",
    ),
    (
        W,
        "effect: allow",
        "effect: allow\n    zone: Mars/Olympus",
        "freeze/windows/a.yaml:5:11",
        "ZONE",
        "an unknown zone",
    ),
    (W, "id: sale", "id: nights", "freeze/windows/a.yaml:9:9", "DUPLICATE_ID", "a window id twice"),
    (
        W,
        "level: restricted",
        "level: restricted\n    cron: {schedule: '* * * * *', duration: 1h}",
        "freeze/windows/a.yaml:9:5",
        "WHEN",
        "once and cron",
    ),
    (
        W,
        "cron: {",
        'once: {start: "2026-11-01T00:00", end: open}\n    #',
        "freeze/windows/a.yaml:5:44",
        "OPEN_ALLOW",
        "an open allow",
    ),
    (
        W,
        "level: restricted",
        'level: restricted\n    valid: {start: "2026-11-01T00:00", end: open}',
        "freeze/windows/a.yaml:13:12",
        "VALID_ON_ONCE",
        "valid on once",
    ),
    # treatments and ladder
    (T, "[emergency]", "[urgent]", "freeze/treatments.yaml:3:29", "CLASS_UNKNOWN", "an unknown class"),
    (T, "22:00-06:00", "22:00-22:00", "freeze/treatments.yaml:3:66", "HOURS_EMPTY", "hours without length"),
    (T, '["22:00-06:00"]', "[22:00-06:00]", "freeze/treatments.yaml:3:66", "UNQUOTED_TIME", "hours without quotes"),
    (L, "rank: manager", "rank: chief", "freeze/ladder.yaml:4:22", "RANK_UNKNOWN", "an unknown rank on a rung"),
    (L, "[{rank: manager, count: 1, assurance: [coded]}]", "[]", "freeze/ladder.yaml:4:14", "EMPTY", "an empty quorum"),
    (L, "count: 2", "count: 3", "freeze/ladder.yaml:8:14", "QUORUM_UNREACHABLE", "a quorum nobody can reach"),
    (
        L,
        "assurance: [coded]",
        "assurance: [signed]",
        "freeze/ladder.yaml:4:14",
        "QUORUM_UNREACHABLE",
        "no key to sign with",
    ),
    (L, "count: 1", "count: 0", "freeze/ladder.yaml:4:38", "VALUE", "zero persons"),
    (L, "count: 1", 'count: "1"', "freeze/ladder.yaml:4:38", "TYPE", "a number in quotes"),
    # catalogue, exemptions, doors, break-glass
    (C, "'[1-9][0-9]?'", "'(a+)+'", "freeze/catalogue/a.yaml:6:24", "PATTERN", "a pattern that never ends"),
    (C, "'[1-9][0-9]?'", "'(?=x)y'", "freeze/catalogue/a.yaml:6:24", "PATTERN", "look-around"),
    (C, "'[1-9][0-9]?'", "'(a)\\1'", "freeze/catalogue/a.yaml:6:24", "PATTERN", "a back reference"),
    (C, "'[1-9][0-9]?'", "'['", "freeze/catalogue/a.yaml:6:24", "PATTERN", "no pattern at all"),
    (C, '"{days}d"', '"{day}d"', "freeze/catalogue/a.yaml:7:26", "PLACE_UNKNOWN", "a place without parameter"),
    (C, "[log-clean,", "[bash,", "freeze/catalogue/a.yaml:7:15", "COMMAND_SHELL", "a shell"),
    (
        C,
        '[log-clean, "{days}d"]',
        '["{days}"]',
        "freeze/catalogue/a.yaml:7:15",
        "COMMAND_SHELL",
        "a parameter as program",
    ),
    (C, '[log-clean, "{days}d"]', "log-clean {days}", "freeze/catalogue/a.yaml:7:14", "TYPE", "a command line"),
    (
        X,
        "reason: 采集",
        "reason: 采集\n    levels: [silent]",
        "freeze/exemptions.yaml:6:13",
        "EXEMPT_SILENT",
        "exempt at silent",
    ),
    (
        X,
        "{systems: [cart], kinds: [config]}",
        "{everything: true}",
        "freeze/exemptions.yaml:3:13",
        "EXEMPT_ALL",
        "exempts all",
    ),
    (D, "[cart/prod]", "[cat/prod]", "freeze/doors.yaml:5:19", "SYSTEM_UNKNOWN", "an unknown target"),
    (D, "[cart/prod]", "[cart/stage]", "freeze/doors.yaml:5:19", "ENVIRONMENT_UNKNOWN", "an unknown environment"),
    (D, "[cart/prod]", "[cart]", "freeze/doors.yaml:5:19", "VALUE", "a target without environment"),
    (D, "kind: gitlab", "kind: ci", "freeze/doors.yaml:3:11", "UNKNOWN_WORD", "a kind of door nobody asks as"),
    (D, "2026-11-10", "2026-11-12", "freeze/doors.yaml:6:20", "OBSERVE_STRICT", "observing into full freeze"),
    (G, "signers: 2", "signers: 1", "freeze/breakglass.yaml:2:10", "VALUE", "break-glass by one"),
    (G, "signers: 2", "signers: 4", "freeze/breakglass.yaml:2:10", "QUORUM_UNREACHABLE", "more signers than persons"),
    (G, "life: 60m", "life: 60m\nsealed_codes: [abc]", "freeze/breakglass.yaml:2:16", "CODE_HASH", "no hash of a code"),
    ("holidays.yaml", '"2027-01-02"', '"2026-01-02"', "holidays.yaml:4:12", "DATE", "a day of another year"),
    ("holidays.yaml", '"2027-01-02"', '"2027-02-30"', "holidays.yaml:4:12", "DATE", "30 February"),
    ("holidays.yaml", '"2027":', "2027:", "holidays.yaml:2:3", "KEY_NOT_TEXT", "a year without quotes"),
]

WARNINGS = [
    (W, "services: [shop]", "services: [shpo]", "freeze/windows/a.yaml:6:13", "SELECTS_NOTHING", "selects no system"),
    (
        W,
        "environments: [prod]",
        "environments: [staging]",
        "freeze/windows/a.yaml:14:13",
        "SELECTS_NOTHING",
        "no environment",
    ),
    (
        W,
        "duration: 3h}",
        'duration: 3h}\n    valid: {start: "2026-11-01T05:00", end: "2026-11-01T06:00"}',
        "freeze/windows/a.yaml:6:12",
        "WINDOW_NEVER",
        "never opens",
    ),
    (
        W,
        "duration: 3h}",
        'duration: 3h, days: workdays}\n    valid: {start: "2029-01-01T00:00", end: open}',
        "freeze/windows/a.yaml:5:55",
        "HOLIDAYS_MISSING",
        "unknown holidays",
    ),
    (
        T,
        "treatments:\n",
        "treatments:\n  - {level: watch, action: block, rule: all}\n",
        "freeze/treatments.yaml:3:5",
        "RULE_NEVER",
        "a rule that never speaks",
    ),
    (
        L,
        "    classes: [emergency]\n",
        "    classes: [major]\n",
        "freeze/treatments.yaml:3:5",
        "RUNG_MISSING",
        "approval without rung",
    ),
    (L, "levels: [full]", "levels: [watch]", "freeze/ladder.yaml:5:5", "RULE_NEVER", "a rung that never speaks"),
    (E, "label: 二级", "label: 一级", "event.yaml:8:12", "LABEL_SHARED", "two levels with one label"),
    (
        C,
        "{days: '[1-9][0-9]?'}",
        "{days: '[1-9]', host: '[a-z]'}",
        "freeze/catalogue/a.yaml:6:39",
        "PARAMETER_UNUSED",
        "a parameter nobody uses",
    ),
    (G, "life: 60m", "life: 8h", "freeze/breakglass.yaml:1:7", "GLASS_LONG", "a long emergency"),
]


def _cases(rows: Sequence[tuple[str, ...]]) -> list[object]:
    return [pytest.param(*row[:5], id=row[5]) for row in rows]


def test_the_sound_workspace_is_sound(tmp_path: Path) -> None:
    assert check_now(load_workspace(write(tmp_path)), NOW) == ()


@pytest.mark.parametrize(("file", "old", "new", "place", "code"), _cases(ERRORS))
def test_an_error_is_said_at_its_place(tmp_path: Path, file: str, old: str, new: str, place: str, code: str) -> None:
    workspace = load_workspace(broken(tmp_path, file, old, new))
    found = [(item.place, item.code) for item in errors_in(workspace.complaints)]
    assert (place, code) in found
    with pytest.raises(InputError) as caught:
        require_sound(workspace)
    assert caught.value.reason_code == "POLICY_BROKEN"


@pytest.mark.parametrize(("file", "old", "new", "place", "code"), _cases(WARNINGS))
def test_what_is_odd_is_a_warning_and_the_policy_works(
    tmp_path: Path, file: str, old: str, new: str, place: str, code: str
) -> None:
    workspace = require_sound(load_workspace(broken(tmp_path, file, old, new)))
    assert (place, code) in [(item.place, item.code) for item in workspace.complaints]


@pytest.mark.parametrize("file", ["zhongbao.yaml", "people.yaml", "systems.yaml", "event.yaml"])
def test_a_file_that_must_be_there_is_missed(tmp_path: Path, file: str) -> None:
    found = load_workspace(write(tmp_path, {file: ""})).complaints
    assert (file, "FILE_MISSING") in [(item.place, item.code) for item in found]


@pytest.mark.parametrize("file", ["freeze/treatment.yaml", "zhongbao.yml", "freeze/windows.yaml"])
def test_a_file_that_nobody_reads_is_named(tmp_path: Path, file: str) -> None:
    found = load_workspace(write(tmp_path, {file: "windows: []\n"})).complaints
    assert [(item.place, item.code, item.severity) for item in found] == [(file, "FILE_UNREAD", "warning")]


def test_one_key_of_two_persons_is_refused(tmp_path: Path) -> None:
    people = FILES[P].replace("rank: manager", KEYED).replace("rank: engineer", KEYED.replace("manager", "engineer"), 1)
    codes = {item.code for item in load_workspace(write(tmp_path, {P: people})).complaints}
    assert {"KEY_SHARED", "DUPLICATE_ID"} <= codes


def test_two_deputies_at_once_are_refused(tmp_path: Path) -> None:
    more = '  - {principal: boss, deputy: bob, start: "2026-11-02T12:00", end: open, reason: 病假}\n'
    found = load_workspace(write(tmp_path, {P: FILES[P] + more})).complaints
    assert [(item.place, item.code) for item in found] == [("people.yaml:26:5", "DELEGATION_OVERLAP")]


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    changed = {
        E: FILES[E].replace("level: full", "level: fool"),
        S: FILES[S].replace("part_of: shop", "part_of: mall"),
        C: FILES[C].replace("per_day: 5", "per_day: 0"),
    }
    found = {item.file for item in errors_in(load_workspace(write(tmp_path, changed)).complaints)}
    assert found == {E, S, C}


def test_what_has_lapsed_is_a_warning_of_the_moment(tmp_path: Path) -> None:
    workspace = load_workspace(write(tmp_path))
    late = check_now(workspace, datetime(2026, 11, 9, tzinfo=UTC))
    assert [(item.place, item.code, item.severity) for item in late] == [
        ("freeze/exemptions.yaml:6:14", "EXPIRED", "warning")
    ]
    assert workspace.complaints == ()


def test_24_hours_and_open_ends_are_understood(tmp_path: Path) -> None:
    event = load_workspace(write(tmp_path)).event
    assert event is not None
    assert event.phases[0].span.end == datetime(2026, 11, 10, 16, tzinfo=UTC) == event.phases[1].span.start
    assert event.phases[1].span.end is None


def test_a_deny_window_without_level_is_at_full_freeze(tmp_path: Path) -> None:
    workspace = load_workspace(broken(tmp_path, W, "    level: restricted\n", ""))
    sale = next(window for window in workspace.windows() if window.id == "sale")
    assert (sale.level, sale.source) == (Level.FULL, "freeze/windows/a.yaml:9")
    assert sale.when == Once(datetime(2026, 11, 5), datetime(2026, 11, 7))


def test_holidays_of_the_file_are_laid_over_the_published_ones(tmp_path: Path) -> None:
    holidays = load_workspace(write(tmp_path)).holidays
    assert holidays.is_off(date(2026, 10, 1)) is True, "published"
    assert holidays.is_off(date(2026, 10, 10)) is False, "a working Saturday by notice"
    assert holidays.is_off(date(2027, 1, 1)) is True and holidays.is_off(date(2027, 1, 2)) is False, "from the file"
    assert holidays.is_off(date(2031, 1, 1)) is None, "nobody knows yet"


def test_the_company_speaks_before_the_pack(tmp_path: Path) -> None:
    text = FILES["zhongbao.yaml"].replace("packs: []", "packs: [./packs/own]")
    files = {
        "zhongbao.yaml": text,
        "packs/own/pack.yaml": "format: zhongbao-pack/1\nid: own\ntitle: 自有\nwhy: 自有\n",
        "packs/own/treatments.yaml": "treatments:\n  - {level: watch, action: block, rule: pack}\n",
    }
    workspace = load_workspace(write(tmp_path, files))
    assert [item.rule for item in workspace.treatments] == ["watch", "full", "pack"]
    assert workspace.complaints == () and set(workspace.packs) == {"./packs/own"}


def test_a_freeze_reaches_parts_and_what_is_stood_on_but_never_upwards(tmp_path: Path) -> None:
    workspace = load_workspace(write(tmp_path))
    reached = {
        name: [(hit.window.id, hit.via) for hit in workspace.windows_for(Target(name, "prod"))]
        for name in ("db", "shop", "cart")
    }
    assert reached == {
        "db": [("sale", ("shop", "db"))],
        "shop": [("sale", ("shop",)), ("nights", ("shop",))],
        "cart": [("sale", ("shop", "cart")), ("nights", ("cart",))],
    }


TOKENS = [*"abz:-#[]{},&*!'\"% \n09.~", "true", "22:00", "open", "id: ", "- id", "  ", "null", "[]", "{}", '"']


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    file=st.sampled_from(sorted(FILES)),
    at=st.integers(0, 400),
    cut=st.integers(0, 30),
    put=st.lists(st.sampled_from(TOKENS), max_size=6),
)
def test_a_file_damaged_anywhere_gives_complaints_never_a_traceback(
    tmp_path: Path, file: str, at: int, cut: int, put: list[str]
) -> None:
    text = FILES[file]
    at = min(at, len(text))
    workspace = load_workspace(write(tmp_path, {**FILES, file: text[:at] + "".join(put) + text[at + cut :] or "\n"}))
    assert all(item.text.zh and item.fix.zh and item.code for item in workspace.complaints)
    check_now(workspace, NOW)


def test_every_kind_of_door_that_may_be_written_is_one_that_something_asks_as() -> None:
    assert set(get_args(DoorKind)) == set(ASKERS)
