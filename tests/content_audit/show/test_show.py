"""What each renderer of an audit shows, what it masks, and that no hostile string is ever active in one."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from content_sample import BODY, HOSTILE, post, report
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openpyxl import load_workbook

from content_audit.model import Audited, Passage, Role, Unread, Verdict, Why
from content_audit.show import FORMATS, render
from content_audit.show.report import ContentReport, pieces
from content_audit.show.sheet import COLUMNS, OPINIONS, check_value, rows, sheet
from zhongbao_core.errors import ExitCode

GOLDEN = Path(__file__).with_name("golden")
SCHEMA = json.loads((Path(__file__).parents[3] / "docs/schema/content-line.json").read_text("utf-8"))
PHONE = "13800138000"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", FORMATS)
def test_goldens(name: str, lang: Any, request: pytest.FixtureRequest) -> None:
    path, made = GOLDEN / f"audit.{lang}.{name}", render(report(), name, lang)
    if request.config.getoption("--update-golden"):
        path.write_text(made, "utf-8", newline="\n")
    assert made == path.read_text("utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_personal_data_is_masked_unless_revealed(name: str) -> None:
    assert PHONE not in render(report(), name, "zh")
    assert "8000" in render(report(), name, "zh")
    assert PHONE in render(report(masked=False), name, "zh")


@pytest.mark.parametrize("name", FORMATS)
def test_no_control_or_direction_character_reaches_a_reader(name: str) -> None:
    made = render(report(), name, "zh")
    assert not {"\u202e", "\x1b", "\u200b"} & set(made)


def test_every_line_is_of_the_schema() -> None:
    check = Draft202012Validator(SCHEMA)
    lines = [json.loads(line) for line in render(report(), "jsonl", "zh").splitlines()]
    assert [list(check.iter_errors(line)) for line in lines] == [[]] * len(lines)
    assert [line["type"] for line in lines] == ["post", "post", *["finding"] * 4, "unread", "post", "unread", "summary"]


def test_a_finding_line_slices_the_passage_as_received() -> None:
    lines = [json.loads(line) for line in render(report(masked=False), "jsonl", "zh").splitlines()]
    texts = {passage.locator: passage.text for passage in post().passages}
    for line in lines:
        if line["type"] == "finding":
            assert texts[line["passage"]][line["start"] : line["end"]] == line["raw"]


def test_junit_fails_what_holds_and_errs_where_nothing_was_audited() -> None:
    suite = ElementTree.fromstring(render(report(), "junit", "zh"))  # noqa: S314 our own output
    assert {name: suite.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "4",
        "failures": "1",
        "errors": "1",
    }


def test_sarif_names_rule_fingerprint_and_place() -> None:
    run = json.loads(render(report(), "sarif", "zh"))["runs"][0]
    first = run["results"][0]
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == first["ruleId"] == "ABS-001"
    assert first["level"] == "error" and first["partialFingerprints"]["zhongbao/v1"].startswith("sha256:")
    assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "exports/wechat.json"
    assert run["invocations"][0]["executionSuccessful"] is False


def test_a_region_is_given_only_where_the_passage_is_the_file() -> None:
    made = report()
    marked = made.audited[1]
    plain = replace(
        marked.post,
        source=marked.post.source._replace(path="稿.md", reader="markdown"),
        passages=(Passage(Role.BODY, "", "国家级品质"), *marked.post.passages[1:]),
    )
    shown = replace(made, audited=(Audited(plain, marked.hits[:1]),))
    place = json.loads(render(shown, "sarif", "zh"))["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "%E7%A8%BF.md"},
        "region": {"charOffset": 0, "charLength": 3},
    }


@pytest.mark.parametrize(
    ("changed", "code", "reason"),
    [
        pytest.param({"unread": ()}, ExitCode.CANNOT_TELL, "PARTLY_AUDITED", id="an unread picture is owed"),
        pytest.param(
            {"unread": (), "skip_pictures": True}, ExitCode.FINDINGS, "CONTENT_FINDINGS", id="unless it is skipped"
        ),
        pytest.param({"audited": ()}, ExitCode.CANNOT_TELL, "NOT_LOOKED", id="nothing looked at is not clean"),
        pytest.param({"audited": (), "unread": ()}, ExitCode.CANNOT_TELL, "NOT_LOOKED", id="nothing at all"),
    ],
)
def test_the_outcome(changed: dict[str, Any], code: ExitCode, reason: str) -> None:
    made = report(**changed)
    assert (made.exit_code, made.reason_code) == (code, reason)


def test_fail_on_decides_what_counts() -> None:
    whole = [replace(row, unread=()) for row in report().audited]
    reviewed = replace(whole[1], hits=whole[1].hits[1:])

    def code(fail_on: Verdict) -> ExitCode:
        return report(unread=(), audited=(whole[0], reviewed), fail_on=fail_on).exit_code

    assert [code(item) for item in (Verdict.NOTE, Verdict.REVIEW, Verdict.BLOCK)] == [1, 1, 0]


def test_an_unread_picture_is_listed_though_it_was_skipped() -> None:
    made = report(skip_pictures=True, unread=())
    assert "img[0]" in render(made, "text", "zh") and "按要求跳过" in render(made, "text", "zh")


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=5))
def test_the_pieces_of_a_passage_are_the_passage(text: str, spans: list[tuple[int, int]]) -> None:
    base = report().audited[1].hits[1]
    inside = [(min(a, b), max(a, b)) for a, b in spans if max(a, b) <= len(text) and a != b]
    hits = tuple(replace(base, start=a, end=b, raw=text[a:b]) for a, b in inside)
    assert "".join(piece.text for piece in pieces(Passage(Role.BODY, "", text), hits, masked=False)) == text


def test_no_part_of_a_number_shows_at_the_edge_of_what_is_shown() -> None:
    text = "联系电话13800138000" + "字" * 18 + "最低价"
    start = text.index("最低价")
    row = report().audited[1]
    shown = replace(row.post, passages=(Passage(Role.BODY, "", text),))
    hit = replace(row.hits[1], passage=0, start=start, end=start + 3, raw="最低价")
    made = render(report(audited=(Audited(shown, (hit,)),), unread=()), "text", "zh")
    assert "138" not in made and "最低价" in made


def test_the_sheet_has_a_row_a_finding_and_takes_formulas_as_text() -> None:
    book = load_workbook(BytesIO(sheet(report())))
    assert book.sheetnames == ["问题", "稿件", "未审核", "说明"]
    listed = book["问题"]
    assert [cell.value for cell in listed[1]] == [name for name, _ in COLUMNS]
    assert listed.max_row == 5
    assert {cell.data_type for line in listed.iter_rows(min_row=2) for cell in line if cell.value} == {"s"}
    assert [item.formula1 for item in listed.data_validations.dataValidation] == [f'"{",".join(OPINIONS)}"']


def test_the_check_value_comes_back_from_what_the_sheet_holds() -> None:
    listed = load_workbook(BytesIO(sheet(report())))["问题"]
    for line, row in zip(listed.iter_rows(min_row=2, values_only=True), rows(report()), strict=True):
        fingerprint, _, value = str(line[-1]).partition(":")
        cells = tuple(str(cell or "") for cell in line[:18])
        assert "sha256:" + fingerprint == row.fingerprint
        assert value == check_value(row.fingerprint, row.cells)
        assert value == check_value(row.fingerprint, cells)


def dump(page: Path, tmp_path: Path) -> str:
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
    command += ["--disable-background-networking", "--disable-component-update", f"--user-data-dir={tmp_path}/profile"]
    done = subprocess.run(
        [*command, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout


def test_the_page_runs_its_filters_and_nothing_of_what_was_audited(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(render(report(), "html", "zh"), "utf-8")
    dom = dump(page, tmp_path)
    assert '<output id="count">1 / 1</output>' in dom
    assert "<img" not in dom and "onerror" in dom
    assert PHONE not in dom


def test_what_is_hostile_stays_text() -> None:
    made = render(report(), "html", "zh")
    assert HOSTILE in BODY and HOSTILE not in made
    assert "&lt;img src=x onerror=alert(1)&gt;" in made
    assert made.count("<script>") == 1


def test_an_unread_line_names_the_cause() -> None:
    made: ContentReport = report(audited=(), unread=(Unread(post().source, Why.TOO_BIG, "12 MiB, limit 8 MiB"),))
    assert "超过大小上限 (12 MiB, limit 8 MiB)" in render(made, "text", "zh")
