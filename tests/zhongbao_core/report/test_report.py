"""Reports of findings: what each renderer shows, what it masks, and that no hostile string is ever active in one."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from zhongbao_core.errors import ExitCode
from zhongbao_core.finding import (
    Area,
    Confidence,
    EndpointPlace,
    Evidence,
    FilePlace,
    Finding,
    PassagePlace,
    Severity,
    SystemPlace,
)
from zhongbao_core.finding_life import Life, State, Tracked
from zhongbao_core.report import FORMATS, render
from zhongbao_core.report.model import Report, report_of, without_personal
from zhongbao_core.text import Text

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
DAY = timedelta(days=1)
GOLDEN = Path(__file__).with_name("golden")
SCHEMA = json.loads((Path(__file__).parents[3] / "docs/schema/findings.json").read_text("utf-8"))

LATE = Finding(
    "freeze",
    "FRZ001",
    Text("补签逾期", "confirmation overdue"),
    Severity.HIGH,
    SystemPlace("core-db", "prod", "CR-games-0007"),
    evidence=(Evidence("应于", "2026-11-19 08:00 +08:00"), Evidence("批准人电话", "13800138000", personal=True)),
    remedy=Text(
        "请审批人补签：zhongbao confirm CR-games-0007", "have the approver confirm: zhongbao confirm CR-games-0007"
    ),
    law="《网络安全法》第二十三条",
)
PORT = Finding(
    "exposure",
    "EXP003",
    Text("管理端口暴露在互联网", "management port open to the internet"),
    Severity.CRITICAL,
    EndpointPlace("203.0.113.9", 8848, name="nacos.example.com", vantage="互联网侧"),
    Confidence.FIRM,
)
WORD = Finding(
    "content",
    "BR012",
    Text("绝对化用语", "absolute wording"),
    Severity.MEDIUM,
    PassagePlace("post-1", "body", 10, 14, "第一品牌"),
    Confidence.TENTATIVE,
)
LINE = Finding(
    "freeze", "CFG001", Text("窗口无人负责", "window without an owner"), Severity.LOW, FilePlace("a.yaml", 3, 1, "w")
)


def tracked(finding: Finding, state: State = State.UNCLAIMED, **life: Any) -> Tracked:
    return Tracked(finding, replace(Life(state, AT - DAY), **life), AT - 2 * DAY, AT - DAY)


@pytest.fixture
def report() -> Report:
    return Report(
        Text("问题清单", "Findings"),
        AT,
        "Asia/Shanghai",
        (
            tracked(PORT, State.RECURRED, assignee="li-na", due=AT + DAY, times=1),
            tracked(LATE, State.VERIFYING, assignee="wang-fang", evidence="补签单 联系 13912345678"),
            tracked(WORD, State.WAIVED, approver="chen-jun", expires=AT + DAY, reason="客户专有名称"),
            tracked(LINE, State.CLOSED, assignee="li-na", evidence="sha256:ab"),
        ),
        {"freeze": AT - DAY, "exposure": AT - DAY, "content": AT - DAY, "patrol": None},
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", FORMATS)
def test_a_report_looks_as_reviewed(report: Report, name: str, lang: Any, request: pytest.FixtureRequest) -> None:
    shown = render(report, name, lang)
    path = GOLDEN / f"findings.{lang}.{name}"
    if request.config.getoption("--update-golden"):
        path.write_text(shown, "utf-8")
    assert shown == path.read_text("utf-8")


def test_the_json_report_keeps_the_committed_schema(report: Report) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA).validate(json.loads(render(report, "json", "zh")))


def test_the_schema_refuses_what_is_not_in_it(report: Report) -> None:
    body = json.loads(render(report, "json", "zh"))
    body["findings"][0]["surprise"] = 1
    assert not Draft202012Validator(SCHEMA).is_valid(body)


@pytest.mark.parametrize("name", FORMATS)
def test_personal_data_is_masked_unless_the_report_reveals_it(report: Report, name: str) -> None:
    hidden, shown = render(report, name, "zh"), render(replace(report, masked=False), name, "zh")
    secrets = ["13800138000", "13912345678"]
    if name == "junit":
        secrets = ["13800138000"] if "13912345678" not in shown else secrets
    assert not any(secret in hidden for secret in secrets)
    assert all(secret in shown for secret in secrets)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("电话13800138000", "电话*******8000", id="mobile after Chinese"),
        pytest.param("+86 138-0013-8000", "*************8000", id="mobile with country code"),
        pytest.param("110101199003078515", "**************8515", id="resident id"),
        pytest.param("6222021234567890123", "***************0123", id="bank card"),
        pytest.param("010-12345678", "********5678", id="fixed line"),
        pytest.param("zhang.san@corp.example.com", "********n@corp.example.com", id="mail"),
        pytest.param("sha256:13800138000abc", "sha256:13800138000abc", id="a digest is left alone"),
        pytest.param("CR-games-0007 203.0.113.9:8848", "CR-games-0007 203.0.113.9:8848", id="ids and addresses too"),
        pytest.param("2026-11-20 08:00 +08:00", "2026-11-20 08:00 +08:00", id="times too"),
    ],
)
def test_what_looks_like_a_person_is_masked(value: str, shown: str) -> None:
    assert without_personal(value) == shown


def test_masking_takes_linear_time_on_hostile_text() -> None:
    from time import perf_counter

    before = perf_counter()
    for value in ("1" * 200_000, "a@" * 100_000, "a." * 100_000, ("a" * 64 + "@") * 3000, "86-" * 60_000):
        without_personal(value)
    assert perf_counter() - before < 60  # quadratic work on these would take many minutes


def test_exit_and_reason_codes_say_what_was_looked_at(report: Report) -> None:
    looked: dict[Area, datetime | None] = {"freeze": AT, "exposure": AT}
    none_open = replace(report, rows=report.rows[2:])
    cases = [
        replace(report, basis=looked),
        replace(none_open, basis=looked),
        replace(none_open, basis={**looked, "content": None}),
        replace(none_open, basis={"content": None}),
        replace(none_open, basis={}),
    ]
    assert [(item.outcome, item.exit_code) for item in cases] == [
        ("FINDINGS_OPEN", ExitCode.FINDINGS),
        ("CLEAN", ExitCode.OK),
        ("PARTLY_LOOKED", ExitCode.OK),
        ("NOT_LOOKED", ExitCode.CANNOT_TELL),
        ("NOT_LOOKED", ExitCode.CANNOT_TELL),
    ]


@pytest.mark.parametrize("name", ["text", "html", "junit"])
def test_no_renderer_prints_a_zero_where_nobody_looked(report: Report, name: str) -> None:
    shown = render(replace(report, rows=(), basis={"content": None}), name, "zh")
    assert "未检查" in shown
    assert not re.search(r">0<|问题 0 个", shown)


def test_a_run_without_a_store_makes_a_report_of_its_own_worst_first() -> None:
    made = report_of([LINE, PORT, LATE], AT, title=Text("审计", "audit"), zone="Asia/Shanghai", looked=["freeze"])
    assert [row.finding for row in made.rows] == [PORT, LATE, LINE]
    assert made.basis == {"freeze": AT}


HOSTILE = {
    "terminal colour": "\x1b[31mred\x1b[0m",
    "terminal title": "\x1b]0;owned\x07",
    "c1 control": "\x9b31m",
    "carriage return": "ok\rFAIL",
    "new line": "a\n::error::b",
    "direction": "abc\u202egnp.exe",
    "isolates": "\u2066x\u2069",
    "zero width": "pass\u200bword",
    "script": "<script>alert(1)</script>",
    "image": "<img src=x onerror=alert(1)>",
    "attribute": '" onmouseover="alert(1)',
    "entity": "&lt;b&gt;&#x3c;i&#x3e;",
    "cdata": "]]><failure/>",
    "comment": "--><b>",
    "doctype": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;',
    "template": "{{ 7*7 }}{% raw %}",
    "formula": "=cmd|' /C calc'!A0",
    "nul": "a\x00b",
    "surrogate": "a\ud800b",
    "non-character": "a\ufffe\uffffb",
    "link": "javascript:alert(1)",
    "style": "</style><style>*{display:none}",
}
ALLOWED_TAGS = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "span", "ul", "li", "b", "article", "dl", "dt",
    "dd", "code", "footer",
}  # fmt: skip


def hostile_report(value: str) -> Report:
    finding = Finding(
        "content",
        value,
        Text(value, value),
        Severity.HIGH,
        PassagePlace(value, value, 0, 1, value),
        evidence=(Evidence(value, value),),
        remedy=Text(value, value),
        law=value,
    )
    other = replace(finding, place=FilePlace(value, 1, 1, value))
    names = Tracked(other, Life(State.WAIVED, AT, value, None, value, value, value, None), AT, AT)
    rows = (tracked(finding, assignee=value, reason=value), names)
    return Report(Text(value, value), AT, "Asia/Shanghai", rows, {"content": AT}, masked=False)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, attrs))


def skeleton(page: str) -> list[tuple[str, list[str]]]:
    parser = Tags()
    parser.feed(page)
    return [(tag, sorted(name for name, _ in attrs)) for tag, attrs in parser.seen]


INNOCENT = "甲"
ACTIVE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u061c\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]"
)


@pytest.mark.parametrize("value", [pytest.param(value, id=name) for name, value in HOSTILE.items()])
@pytest.mark.parametrize("name", FORMATS)
def test_a_hostile_string_is_never_active(name: str, value: str) -> None:
    shown = render(hostile_report(value), name, "zh")
    harmless = render(hostile_report(INNOCENT), name, "zh")
    assert not ACTIVE.search(shown)
    shown.encode("utf-8")
    if name == "html":
        assert skeleton(shown) == skeleton(harmless)
        assert {tag for tag, _ in skeleton(shown)} <= ALLOWED_TAGS
    elif name == "junit":

        def names(text: str) -> list[str]:
            return [item.tag for item in ElementTree.fromstring(text).iter()]  # noqa: S314 our own output

        assert names(shown) == names(harmless)
    elif name == "json":
        assert json.loads(shown)["findings"][0]["law"].replace("\ud800", "?") == value.replace("\ud800", "?")
        Draft202012Validator(SCHEMA).validate(json.loads(shown))
    else:
        assert len(shown.splitlines()) == len(harmless.splitlines())


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=30))
def test_any_text_leaves_every_renderer_whole(value: str) -> None:
    report = hostile_report(value)
    assert not any(ACTIVE.search(render(report, name, "en")) for name in FORMATS)
    ElementTree.fromstring(render(report, "junit", "en"))  # noqa: S314 our own output


def test_the_page_allows_no_script_and_loads_nothing(report: Report) -> None:
    page = render(report, "html", "zh")
    parser = Tags()
    parser.feed(page)
    policies = [dict(attrs)["content"] for tag, attrs in parser.seen if dict(attrs).get("http-equiv")]
    assert len(policies) == 1 and str(policies[0]).startswith("default-src 'none'; style-src 'sha256-")
    assert not re.search(r"<script|\ssrc=|url\(|@import|<link|<iframe|<object", page)


def test_the_content_policy_allows_the_very_style_sheet_of_the_page(report: Report) -> None:
    import base64
    from hashlib import sha256

    page = render(report, "html", "zh")
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None
    assert base64.b64encode(sha256(style[1].encode()).digest()).decode() in page


def test_the_same_report_gives_the_same_bytes(report: Report) -> None:
    assert all(render(report, name, "zh") == render(report, name, "zh") for name in FORMATS)


def test_an_unknown_format_is_refused(report: Report) -> None:
    with pytest.raises(KeyError):
        render(report, "pdf", "zh")
