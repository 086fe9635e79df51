"""``content review import``: opinions go on record; stale and foreign rows are refused by number."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from content_sample import AT, report
from openpyxl import load_workbook

from content_audit.show.sheet import COLUMNS, sheet
from zhongbao.content_review import review
from zhongbao_core.finding_life import Move
from zhongbao_core.store.engine import open_store
from zhongbao_core.store.findings import FindingStore

NAMES = [name for name, _ in COLUMNS]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "findings.db"
    row = report().audited[1]
    with open_store(path, create=True) as engine:
        FindingStore(engine).record([hit.finding(row.post) for hit in row.hits], AT, looked=["content"])
    return path


def written(path: Path, opinions: dict[int, str], words: str = "已核对") -> Path:
    book = load_workbook(BytesIO(sheet(report())))
    for row, opinion in opinions.items():
        for name, value in (("审核意见", opinion), ("说明", words), ("审核人", "li-na")):
            book["问题"].cell(row, NAMES.index(name) + 1, value)
    book.save(path)
    return path


def run(*args: object) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(review, ["import", *map(str, args), "--format", "json"], catch_exceptions=False)
    return done.exit_code, json.loads(done.stdout)


def states(store: Path) -> list[str]:
    with open_store(store) as engine:
        found = FindingStore(engine)
        row = report().audited[1]
        return [found.get(hit.finding(row.post).fingerprint, AT).life.state.value for hit in row.hits]


def test_a_false_alarm_moves_its_finding_and_another_opinion_is_remembered(tmp_path: Path, store: Path) -> None:
    code, said = run(written(tmp_path / "单.xlsx", {2: "修改", 4: "误报"}), "--store", store)
    assert (code, said["reason_code"], said["sheets"][0]["blank"]) == (0, "RECORDED", 2)
    assert states(store) == ["unclaimed", "unclaimed", "false_alarm", "unclaimed"]
    with open_store(store) as engine:
        hit, post = report().audited[1].hits[0], report().audited[1].post
        steps = FindingStore(engine).history(hit.finding(post).fingerprint)
    assert [(step.move, step.actor) for step in steps][-1] == ("opinion:修改", "li-na")


def test_the_same_sheet_again_refuses_what_moved_since(tmp_path: Path, store: Path) -> None:
    path = written(tmp_path / "单.xlsx", {4: "误报"})
    run(path, "--store", store)
    code, said = run(path, "--store", store)
    assert code == 1 and [row["reason_code"] for row in said["sheets"][0]["refused"]] == ["ROW_STALE"]


def test_a_finding_that_was_assigned_after_the_sheet_was_made_is_stale(tmp_path: Path, store: Path) -> None:
    hit, post = report().audited[1].hits[0], report().audited[1].post
    with open_store(store) as engine:
        move = Move("assign", "li-na", assignee="wang-wei")
        FindingStore(engine).move(hit.finding(post).fingerprint, move, AT + timedelta(hours=1))
    code, said = run(written(tmp_path / "单.xlsx", {2: "修改", 3: "通过"}), "--store", store)
    assert code == 1 and said["reason_code"] == "ROWS_REFUSED"
    assert [(row["row"], row["reason_code"]) for row in said["sheets"][0]["refused"]] == [(2, "ROW_STALE")]
    assert [row["row"] for row in said["sheets"][0]["recorded"]] == [3]


def test_a_sheet_of_another_register_is_foreign(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with open_store(other, create=True):
        pass
    code, said = run(written(tmp_path / "单.xlsx", {2: "修改"}), "--store", other)
    assert code == 1 and said["sheets"][0]["refused"][0]["reason_code"] == "ROW_FOREIGN"
