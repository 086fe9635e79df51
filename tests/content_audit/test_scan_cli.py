"""``content scan``: what it reads, what it says, and how it ends."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from openpyxl import load_workbook

from zhongbao.cli import cli
from zhongbao_core.store.engine import open_store
from zhongbao_core.store.findings import FindingStore

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schema/content-line.json").read_text("utf-8"))
BAD = "江城通信提醒：青禾计划今日启动。"
RULE = """\
id: JCX-001
title: {zh: 未公开的项目代号, en: a project name not public yet}
category: company
verdict: review
verdict_at: {full: block}
severity: high
law: 公司保密规定
source: verified
why: {zh: 项目尚未公开, en: the project is not public}
remedy: {zh: 删去代号, en: take the name out}
evidence: {zh: 公开批复, en: the approval to publish}
match:
  - terms: [青禾计划]
cases:
  - {text: 青禾计划今日启动, hits: [青禾计划]}
  - {text: 青禾计划, hits: [青禾计划]}
  - {text: 关于青禾计划, hits: [青禾计划]}
  - {text: 青禾, hits: []}
  - {text: 计划, hits: []}
  - {text: 禾计划, hits: []}
"""
HEAD = """\
format: zhongbao-workspace/1
id: jc
company: {zh: 江城通信, en: Jiangcheng Telecom}
zone: Asia/Shanghai
event: null
packs: [freeze/baseline]
"""
GOOD = "今日最高气温18℃，请注意添衣。"


def line(number: int, text: str, **more: Any) -> str:
    said = {"id": f"p{number}", "text": text, "channel": "weibo", "account": "江城手机城", **more}
    return json.dumps(said, ensure_ascii=False) + "\n"


@pytest.fixture
def export(tmp_path: Path) -> Path:
    (tmp_path / "zhongbao.yaml").write_text(HEAD, "utf-8")
    (tmp_path / "content" / "rules").mkdir(parents=True)
    (tmp_path / "content" / "rules" / "JCX-001.yaml").write_text(RULE, "utf-8")
    path = tmp_path / "export.jsonl"
    path.write_text(line(1, GOOD) + line(2, BAD), "utf-8")
    return path


def run(*args: object, folder: Path | None = None) -> Result:
    given = ["content", "scan", *map(str, args), "--lang", "zh"]
    where = str(folder or Path(str(args[0])).parent)
    return CliRunner().invoke(cli, [*given, "--workspace", where], catch_exceptions=False)


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(item) for item in result.stdout.splitlines()]


def test_a_finding_ends_in_1_and_its_words_are_marked(export: Path) -> None:
    done = run(export)
    assert done.exit_code == 1
    assert "[[青禾计划]]" in done.stdout and "稿件 2 篇" in done.stdout and "策略未签名" in done.stdout


def test_the_lines_are_of_the_schema_and_end_with_the_summary(export: Path) -> None:
    said = lines(run(export, "--format", "jsonl"))
    check = Draft202012Validator(SCHEMA)
    assert [list(check.iter_errors(item)) for item in said] == [[]] * len(said)
    assert [item["type"] for item in said][:3] == ["post", "post", "finding"]
    assert said[-1]["type"] == "summary" and said[-1]["looked"]["posts"] == 2


def test_lines_that_are_streamed_are_those_of_a_whole_report(export: Path, tmp_path: Path) -> None:
    at = ("--at", "2026-11-12T10:00+08:00")
    streamed = run(export, "--format", "jsonl", *at).stdout
    whole = run(export, "--format", "jsonl", "--html", tmp_path / "r.html", *at).stdout
    assert streamed == whole


@pytest.mark.parametrize(
    ("fail_on", "code"), [("block", 0), ("review", 1), ("note", 1)], ids=["block only", "review", "even notes"]
)
def test_fail_on_says_what_ends_in_1(export: Path, fail_on: str, code: int) -> None:
    assert run(export, "--fail-on", fail_on).exit_code == code


def test_a_level_makes_a_rule_stricter(export: Path) -> None:
    verdicts = {
        level: [
            item["verdict"] for item in lines(run(export, "--format", "jsonl", "--level", level)) if "verdict" in item
        ]
        for level in ("none", "full")
    }
    assert verdicts == {"none": ["pass", "review", "review"], "full": ["pass", "block", "block"]}


def test_what_is_not_there_was_not_audited(tmp_path: Path) -> None:
    done = run(tmp_path / "nowhere.jsonl", "--format", "jsonl")
    assert done.exit_code == 3
    assert [item["type"] for item in lines(done)] == ["unread", "summary"]
    assert lines(done)[-1]["reason_code"] == "NOT_LOOKED"


def test_one_bad_record_does_not_lose_the_others(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_text(line(1, GOOD) + '{"id": "p2", "text": \n' + line(3, BAD), "utf-8")
    done = run(path, "--format", "jsonl")
    assert done.exit_code == 3
    assert [item.get("id") for item in lines(done) if item["type"] == "post"] == ["p1", "p3"]
    assert [item["source"]["record"] for item in lines(done) if item["type"] == "unread"] != []


def test_a_picture_that_nobody_read_is_owed_unless_it_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_text(line(1, GOOD, images=["https://example.com/a.jpg"]), "utf-8")
    assert run(path).exit_code == 3
    done = run(path, "--pictures", "skip", "--format", "jsonl")
    assert done.exit_code == 0
    assert (lines(done)[-1]["pictures"], lines(done)[-1]["unread"]) == ("skip", 1)


def test_reports_go_into_private_files(export: Path, tmp_path: Path) -> None:
    page, sheet, target = (tmp_path / name for name in ("r.html", "审核单.xlsx", "r.txt"))
    run(export, "--html", page, "--sheet", sheet, "--to", target)
    assert {stat.S_IMODE(item.stat().st_mode) for item in (page, sheet, target)} == {0o600}
    assert "青禾计划" in page.read_text("utf-8") and "[[青禾计划]]" in target.read_text("utf-8")
    assert load_workbook(sheet)["问题"].max_row == 2


LONG = (
    "本公司今日起在全市范围内开展网络优化，包括城区和乡镇的主要街道，"
    "重点提升地铁沿线以及大型场馆周边的网络质量，欢迎广大用户监督并提出宝贵意见和建议，谢谢。"
)


@pytest.mark.parametrize("how", [("--format", "jsonl"), ("--format", "jsonl", "--html", "page.html")])
def test_posts_that_say_the_same_on_two_accounts_are_a_finding_line(
    export: Path, how: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(export.parent)
    texts = (line(1, LONG), line(2, GOOD), line(3, LONG, account="江城宽带"), line(4, LONG, account="江城宽带"))
    export.write_text("".join(texts), "utf-8")
    *posts, found, summary = lines(run(export, *how))
    Draft202012Validator(SCHEMA).validate(found)
    names = [(item["post"], item["account"]) for item in found["copies"]]
    assert (found["type"], found["rule"], found["verdict"], found["post"]) == ("finding", "COPY-901", "note", "p1")
    assert names == [("p1", "江城手机城"), ("p3", "江城宽带"), ("p4", "江城宽带")]
    assert ([item["findings"] for item in posts], summary["findings"], summary["exit_code"]) == ([0] * 4, 1, 0)
    assert run(export, *how, "--fail-on", "note").exit_code == 1
    shown = run(export).stdout
    assert "多个账号内容雷同" in shown and "问题 1 处" in shown
    assert run(export, "--fail-on", "note").exit_code == 1


def test_record_takes_findings_into_the_register_once(export: Path, tmp_path: Path) -> None:
    store = tmp_path / "findings.db"
    first = run(export, "--record", "--store", store)
    second = run(export, "--record", "--store", store, "--format", "jsonl")
    assert "新增 1" in first.stderr and "新增 0，已有 1" in second.stderr
    with open_store(store) as engine:
        assert FindingStore(engine).basis()["content"] is not None


def test_the_words_of_an_event_count_only_in_its_workspace(tmp_path: Path, export: Path) -> None:
    made = CliRunner().invoke(cli, ["init", str(tmp_path / "demo"), "--example"], catch_exceptions=False)
    assert made.exit_code == 0
    done = run(export, "--at", "2026-11-22T10:00+08:00", folder=tmp_path / "demo")
    assert "全面封网（一级保障）" in done.stdout and done.exit_code == 0


def test_a_broken_workspace_is_an_error_not_a_clean_scan(tmp_path: Path, export: Path) -> None:
    (tmp_path / "zhongbao.yaml").write_text("format: something\n", "utf-8")
    done = CliRunner().invoke(cli, ["content", "scan", str(export), "--workspace", str(tmp_path)])
    assert done.exit_code != 0 and type(done.exception).__name__ == "InputError"


def test_the_same_words_on_two_accounts_are_named(tmp_path: Path) -> None:
    text = "为向您提供更优质的服务，我公司定于本月二十三日零时至四时升级计费系统，"
    text += "届时营业厅暂停充值与套餐变更业务，语音通话与上网不受影响，敬请谅解。"
    path = tmp_path / "export.jsonl"
    path.write_text(line(1, text, account="甲") + line(2, text, account="乙") + line(3, GOOD), "utf-8")
    assert "多个账号内容雷同" in run(path).stdout and "甲 p1、乙 p2" in run(path).stdout


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("稿.pdf", b"%PDF-1.7\n", "请另存为 docx 或 xlsx，或逐页导出为图片 (pdf)"),
        ("海报.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "请另存为 JPEG 或 PNG (HEIC)"),
    ],
)
def test_a_file_that_is_not_read_ends_in_3_and_says_what_to_do(
    tmp_path: Path, name: str, data: bytes, told: str
) -> None:
    (tmp_path / name).write_bytes(data)
    done = run(tmp_path / name)
    assert done.exit_code == 3
    assert told in done.stdout
