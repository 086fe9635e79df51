"""``freeze at | next | calendar`` and ``event show``, run on a real workspace folder; goldens with real Chinese."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from icalendar import Calendar, Component

from zhongbao.__main__ import run

GOLDEN = Path(__file__).with_name("golden")

WORKSPACE = {
    "zhongbao.yaml": """\
format: zhongbao-workspace/1
id: acme
company: {zh: 示例通信, en: Acme Telecom}
zone: Asia/Shanghai
event: games-2026
packs: []
""",
    "event.yaml": """\
id: games-2026
name: {zh: 二〇二六运动会保障, en: Games 2026}
owner: 保障办公室
phases:
  - {id: watch, name: {zh: 赛前关注, en: before}, level: 关注, label: 三级保障, start: "2026-11-16 00:00", end: "2026-11-18 24:00"}
  - {id: limit, name: {zh: 赛前限制, en: limit}, level: restricted, label: 二级保障, start: "2026-11-19 00:00", end: "2026-11-19 24:00"}
  - {id: full, name: {zh: 比赛日, en: games}, level: full, label: 一级保障, start: "2026-11-20 00:00", end: "2026-11-22 24:00"}
  - {id: silent, name: {zh: 闭幕式, en: closing}, level: silent, label: 特级保障, start: "2026-11-24 18:00", end: open}
""",
    "people.yaml": """\
ranks:
  - {id: manager, name: 经理}
persons:
  - id: chen-jun
    name: 陈军
    unit: 运维部
    rank: manager
    roles: [approver, duty]
    keys: [{id: chen-jun-1, line: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDaIhxKMfuHh5A+0yEyrxXm5371FD7QRJQVkeX3VIJZ6"}]
  - id: zhao-min
    name: 赵敏
    unit: 运维部
    rank: manager
    roles: [approver, duty]
    keys: [{id: zhao-min-1, line: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8dvLpIiZN44qvolV6VZxuKk5ukZIC26MrQnWfVvYy0"}]
  - {id: liu-yang, name: 刘洋, unit: 运维部, rank: manager, roles: [applicant, executor, verifier]}
""",
    "systems.yaml": """\
systems:
  - {id: core-db, name: 核心数据库, unit: infra, environments: [prod, staging]}
  - {id: billing, name: 计费系统, unit: boss, stands_on: [core-db]}
  - {id: portal, name: 营业厅门户, unit: boss}
""",
    "freeze/windows/all.yaml": """\
windows:
  - id: W-NIGHT
    name: {zh: 夜间施工窗口, en: night works}
    effect: allow
    zone: Asia/Shanghai
    owner: 运维部
    why: {zh: 低峰, en: low traffic}
    select: {systems: [portal]}
    cron: {schedule: "0 1 * * *", duration: 4h}
  - id: W-BILL
    name: {zh: 出账日封网, en: billing day}
    effect: deny
    level: full
    zone: Asia/Shanghai
    owner: 计费中心
    why: {zh: 出账, en: billing run}
    select: {systems: [billing]}
    once: {start: "2026-11-17 00:00", end: "2026-11-17 24:00"}
  - id: W-WORK
    name: {zh: 工作日白天, en: office hours}
    effect: deny
    level: watch
    zone: Asia/Shanghai
    owner: 运维部
    why: {zh: 白天, en: daytime}
    select: {everything: true}
    cron: {schedule: "0 8 * * *", duration: 12h, days: workdays}
""",
    "freeze/treatments.yaml": """\
treatments:
  - {rule: T1, level: watch, kinds: ["*"], classes: ["*"], action: allow}
  - {rule: T2, level: restricted, kinds: ["*"], classes: ["*"], action: approve, hours: ["00:00-06:00"]}
  - {rule: T3, level: full, kinds: ["*"], classes: ["*"], action: approve}
  - {rule: T4, level: silent, kinds: ["*"], classes: ["*"], action: block}
""",
    "freeze/ladder.yaml": """\
rungs:
  - id: one
    levels: [watch, restricted, full]
    kinds: ["*"]
    classes: ["*"]
    require: [{rank: manager, count: 1}]
""",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("acme")
    for name, text in WORKSPACE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


def ask(folder: Path, *words: str, lang: str = "zh") -> int:
    return run([*words, "--workspace", str(folder), "--lang", lang])


def asked_json(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, object]]:
    code = ask(folder, *words, "--format", "json")
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        pytest.param(("2026-11-15 12:00", "--system", "core-db"), 0, "NO_FREEZE", id="before the event"),
        pytest.param(
            ("2026-11-16 00:00", "--system", "core-db"), 0, "KIND_FREE", id="first instant of the watch phase"
        ),
        pytest.param(
            ("2026-11-17 12:00", "--system", "core-db"), 1, "FROZEN", id="edge_11 frozen through what stands on it"
        ),
        pytest.param(
            ("2026-11-18T00:00+08:00", "--system", "core-db"), 0, "KIND_FREE", id="last instant is not inside"
        ),
        pytest.param(("2026-11-16 12:00", "--system", "portal"), 1, "OUTSIDE_WINDOW", id="outside the allow window"),
        pytest.param(
            ("2026-11-16 12:00", "--system", "portal", "--class", "emergency"),
            0,
            "KIND_FREE",
            id="emergency is not bound to it",
        ),
        pytest.param(
            ("2026-11-16 04:00", "--system", "portal", "--duration", "2h"), 1, "OUTSIDE_WINDOW", id="too long for it"
        ),
        pytest.param(
            ("2026-11-18 23:00", "--system", "core-db", "--duration", "2h"),
            1,
            "FROZEN",
            id="edge_14 runs into the next phase",
        ),
        pytest.param(("2026-11-25 12:00", "--system", "core-db"), 1, "SILENT", id="open end"),
        pytest.param(("2026-11-15 12:00", "--system", "ghost"), 1, "UNKNOWN_SYSTEM", id="edge_10 unknown system"),
        pytest.param(("2026-11-17 12:00",), 1, "OUTSIDE_WINDOW", id="no system: every window counts"),
    ],
)
def test_freeze_at(
    folder: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, reason: str
) -> None:
    found, answer = asked_json(folder, capsys, "freeze", "at", *words)
    assert (found, answer["reason_code"], answer["held"], answer["manifest"]) == (code, reason, code == 1, "")


def test_freeze_at_names_window_way_end_and_opening(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(folder, "freeze", "at", "2026-11-17 12:00", "--system", "core-db") == 1
    told = capsys.readouterr()
    for word in (
        "全面封网（一级保障）",
        "W-BILL",
        "出账日封网",
        "经 billing -> core-db",
        "结束: 2026-11-18 00:00 +08:00",
        "须放行单",
    ):
        assert word in told.out
    assert "策略未经验证" in told.err and "策略未经验证" not in told.out


@pytest.mark.parametrize(
    ("words", "code", "at", "how"),
    [
        pytest.param(
            ("--system", "core-db", "--at", "2026-11-19 07:00", "--duration", "1h"),
            0,
            "2026-11-19T15:01:00Z",
            "with_permit",
            id="the first minute that touches the level without hours",
        ),
        pytest.param(
            ("--system", "portal", "--at", "2026-11-16 05:00", "--duration", "1h"),
            0,
            "2026-11-16T17:00:00Z",
            "free",
            id="next night",
        ),
        pytest.param(("--system", "core-db", "--at", "2026-11-25 00:00"), 1, None, None, id="open end"),
        pytest.param(
            ("--system", "core-db", "--at", "2026-11-20 08:00", "--free"),
            0,
            "2026-11-22T16:00:00Z",
            "free",
            id="only free ones",
        ),
    ],
)
def test_freeze_next(
    folder: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, at: str | None, how: str | None
) -> None:
    found, answer = asked_json(folder, capsys, "freeze", "next", *words)
    assert (found, answer["at"], answer["how"]) == (code, at, how)


def golden(name: str, text: str, request: pytest.FixtureRequest) -> None:
    path = GOLDEN / name
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8", newline="")
    with path.open(encoding="utf-8", newline="") as file:
        assert text == file.read()


@pytest.mark.parametrize(
    ("name", "words", "lang"),
    [
        ("calendar.zh.txt", ("freeze", "calendar"), "zh"),
        (
            "calendar.en.txt",
            ("freeze", "calendar", "--system", "core-db", "--from", "2026-11-15", "--to", "2026-11-25 00:00"),
            "en",
        ),
        ("calendar.json", ("freeze", "calendar", "--system", "core-db", "--format", "json"), "zh"),
        ("calendar.ics", ("freeze", "calendar", "--format", "ics"), "zh"),
        ("event.zh.txt", ("event", "show", "--at", "2026-11-20 08:00"), "zh"),
        ("event.en.txt", ("event", "show", "--at", "2026-11-25 08:00"), "en"),
        ("at.zh.txt", ("freeze", "at", "2026-11-17 12:00", "--system", "core-db", "--duration", "14h"), "zh"),
    ],
)
def test_goldens(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
    name: str,
    words: tuple[str, ...],
    lang: str,
) -> None:
    assert ask(folder, *words, lang=lang) in (0, 1)
    golden(name, capsys.readouterr().out, request)


def test_the_ics_is_read_back_as_the_same_intervals(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(folder, "freeze", "calendar", "--format", "ics") == 0
    text = capsys.readouterr().out
    code, answer = asked_json(folder, capsys, "freeze", "calendar")
    lanes = answer["lanes"]
    assert code == 0 and isinstance(lanes, list)
    spans = sorted((span["start"], span["end"]) for lane in lanes for span in lane["spans"])
    events = Calendar.from_ical(text).walk("VEVENT")
    read = sorted(
        (stamp(item, "DTSTART"), None if "x-zhongbao-open-end" in item else stamp(item, "DTEND")) for item in events
    )
    assert read == spans and len({str(item["uid"]) for item in events}) == len(events)


def test_ics_lines_are_folded_at_75_octets_and_end_in_crlf(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(folder, "freeze", "calendar", "--format", "ics") == 0
    lines = capsys.readouterr().out.encode("utf-8").split(b"\r\n")
    assert lines[-1] == b"" and not any(b"\n" in line for line in lines)
    assert max(map(len, lines)) <= 75


def stamp(event: Component, name: str) -> str:
    at = event.decoded(name)
    assert isinstance(at, datetime)
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_timeline_rows_are_equally_wide_on_a_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from zhongbao_core.text import width

    assert ask(folder, "freeze", "calendar") == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.endswith("|")]
    assert len(rows) == 4 and len({width(row) for row in rows}) == 1


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("freeze", "at", "tomorrow"), id="unreadable instant"),
        pytest.param(("freeze", "at", "2026-11-17 12:00", "--duration", "soon"), id="unreadable length"),
        pytest.param(("freeze", "at", "2026-11-17 12:00", "--windows", "/no/such/file"), id="no such file of windows"),
        pytest.param(
            ("freeze", "calendar", "--from", "2026-11-17 12:00", "--to", "2026-11-17 12:00"), id="empty stretch"
        ),
        pytest.param(
            ("freeze", "calendar", "--from", "2026-11-17 12:00", "--to", "2036-11-17 12:00"), id="endless stretch"
        ),
        pytest.param(("freeze", "calendar", "--system", "ghost"), id="unregistered system"),
    ],
)
def test_wrong_use_ends_in_2(folder: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    assert ask(folder, *words) == 2
    told = capsys.readouterr()
    assert told.out == "" and "Traceback" not in told.err


ALONE = """\
windows:
  - id: night
    name: {zh: 夜间施工, en: night works}
    owner: 运维部
    why: {zh: 低峰, en: low traffic}
    effect: allow
    select: {everything: true}
    cron: {schedule: "0 22 * * *", duration: 8h}
  - id: opening
    name: {zh: 开幕式, en: opening}
    owner: 运维部
    why: {zh: 保障, en: protection}
    effect: deny
    level: silent
    select: {systems: ["core-*"]}
    once: {start: "2026-11-20 18:00", end: "2026-11-20 24:00"}
"""


@pytest.mark.parametrize(
    ("at", "more", "code", "reason"),
    [
        pytest.param("2026-11-20 17:00", (), 1, "OUTSIDE_WINDOW", id="allow closed"),
        pytest.param("2026-11-20 23:00", (), 1, "SILENT", id="edge_08 deny over allow"),
        pytest.param("2026-11-20 24:00", (), 0, "NO_FREEZE", id="edge_02 24:00 is out"),
        pytest.param("2026-11-20 23:00", ("--system", "portal"), 0, "NO_FREEZE", id="another system"),
        pytest.param("2026-11-20 23:00", ("--system", "core-db"), 1, "SILENT", id="the system it names"),
    ],
)
def test_a_file_of_windows_answers_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], at: str, more: tuple[str, ...], code: int, reason: str
) -> None:
    path = tmp_path / "windows.yaml"
    path.write_text(ALONE, "utf-8")
    found, answer = asked_json(tmp_path / "no workspace", capsys, "freeze", "at", at, "--windows", str(path), *more)
    assert (found, answer["reason_code"]) == (code, reason)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        pytest.param("windows: []\n", "没有窗口", id="no window"),
        pytest.param(ALONE.replace("opening", "night", 1), "写了两次", id="one id twice"),
        pytest.param(ALONE.replace('["core-*"]', "[]"), "systems", id="edge_09 empty selector"),
        pytest.param(ALONE.replace("0 22 * * *", "0 0 31 2 *"), "永不到来", id="edge_05 dates that never come"),
    ],
)
def test_a_wrong_file_of_windows_is_refused_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, word: str
) -> None:
    path = tmp_path / "windows.yaml"
    path.write_text(text, "utf-8")
    assert ask(tmp_path, "freeze", "at", "2026-11-20 17:00", "--windows", str(path)) == 2
    assert word in capsys.readouterr().err


def test_a_file_of_windows_that_hangs_on_unknown_days_cannot_tell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "windows.yaml"
    path.write_text(ALONE.replace("duration: 8h", "duration: 8h, days: workdays"), "utf-8")
    assert ask(tmp_path, "freeze", "at", "2039-03-01 23:00", "--windows", str(path)) == 3
    assert "2039" in capsys.readouterr().err


def test_event_show_without_an_event_says_so(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in WORKSPACE.items():
        if name != "event.yaml":
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text.replace("event: games-2026", "event: null"), "utf-8")
    assert ask(tmp_path, "event", "show") == 0
    assert "没有保障期" in capsys.readouterr().out
    code, answer = asked_json(tmp_path, capsys, "event", "show", "--at", "2026-11-20 08:00")
    assert (code, answer["event"], answer["level"]) == (0, None, "none")


@pytest.mark.parametrize(
    ("at", "phase", "after", "level"),
    [
        pytest.param("2026-11-15 23:59", None, "watch", "none", id="before"),
        pytest.param("2026-11-16 00:00", "watch", "limit", "watch", id="edge_01 first instant"),
        pytest.param("2026-11-23 00:00", None, "silent", "none", id="between phases"),
        pytest.param("2030-01-01 00:00", "silent", None, "silent", id="edge_02 open end"),
    ],
)
def test_event_show_at(
    folder: Path, capsys: pytest.CaptureFixture[str], at: str, phase: str | None, after: str | None, level: str
) -> None:
    code, answer = asked_json(folder, capsys, "event", "show", "--at", at)
    assert (code, answer["phase"], answer["next"], answer["level"]) == (0, phase, after, level)
