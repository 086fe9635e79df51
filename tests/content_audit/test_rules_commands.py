"""``content rules``, ``explain``, ``tune`` and ``lists import`` at the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from content_audit.commands.explain_cli import explain
from content_audit.commands.lists_cli import lists
from content_audit.commands.rules_cli import rules
from content_audit.commands.tune_cli import tune
from zhongbao_core.clikit import Settings
from zhongbao_core.errors import ZhongbaoError


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_cache(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(kept))


def run(command: Any, *args: str, lang: Any = "en", folder: Path | str = ".") -> Result:
    return CliRunner().invoke(command, args, obj=Settings(lang=lang, folder=str(folder)))


def body(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_list_gives_every_rule_with_its_category(tmp_path: Path) -> None:
    listed = body(run(rules, "list", "--format", "json", folder=tmp_path))["rules"]
    assert listed and all(item["law"] and item["category"] for item in listed)
    one = listed[0]["category"]
    assert {item["category"] for item in body(run(rules, "list", "--category", one, "--format", "json"))["rules"]} == {
        one
    }


def test_show_names_law_exemptions_and_cases(tmp_path: Path) -> None:
    rule = body(run(rules, "list", "--format", "json", folder=tmp_path))["rules"][0]
    shown = run(rules, "show", rule["id"], lang="zh", folder=tmp_path)
    assert shown.exit_code == 0 and rule["law"] in shown.stdout and "用例" in shown.stdout


def test_an_unknown_rule_is_wrong_use(tmp_path: Path) -> None:
    result = run(rules, "show", "XXX-999", folder=tmp_path)
    assert isinstance(result.exception, ZhongbaoError) and result.exception.reason_code == "RULE_UNKNOWN"


BAD = """\
id: TST-001
title: {zh: 测试, en: a test}
category: absolute
verdict: review
severity: high
why: {zh: 理由, en: why}
remedy: {zh: 改, en: mend}
match: [{terms: [最佳]}]
cases:
  - {text: 全国最佳, hits: []}
"""


def test_a_case_that_fails_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "TST-001.yaml").write_text(BAD, "utf-8")
    result = run(rules, "test", str(tmp_path / "TST-001.yaml"))
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{tmp_path}/TST-001.yaml:10: TST-001: expected [], found ['最佳']")


def test_lint_tells_what_keeps_a_rule_from_being_shipped(tmp_path: Path) -> None:
    (tmp_path / "TST-001.yaml").write_text(BAD, "utf-8")
    result = run(rules, "lint", str(tmp_path), "--format", "json")
    codes = {item["code"] for item in body(result)["complaints"]}
    assert result.exit_code == 2
    assert codes == {"CASE_FAILS", "CASES_FEW", "EVIDENCE_MISSING", "LAW_MISSING"}


def test_a_pack_of_ours_keeps_its_cases() -> None:
    result = run(rules, "test", "absolute", "--format", "json")
    assert result.exit_code == 0 and body(result)["failed"] == [] and body(result)["cases"] > 0


def test_explain_tells_every_exemption_that_was_tested(tmp_path: Path) -> None:
    result = run(explain, "我们力争做到最佳，本店手机欢迎选购", "--format", "json", folder=tmp_path)
    told = body(result)
    held = [test for item in told["looked"] for test in item["tested"] if test["held"]]
    assert {test["exemption"] for test in held} >= {"goal"} and told["facts"]["promotion"]


def test_explain_of_a_claim_is_a_finding_and_of_plain_words_none(tmp_path: Path) -> None:
    assert run(explain, "本店是全国最佳手机店，欢迎选购", folder=tmp_path).exit_code == 1
    assert run(explain, "今天天气晴朗", folder=tmp_path).exit_code == 0


def test_tune_counts_alarms_and_proposes_phrases_that_cover_them(tmp_path: Path) -> None:
    rule = tmp_path / "content" / "rules" / "TST-001.yaml"
    rule.parent.mkdir(parents=True)
    rule.write_text(BAD.replace("hits: []", "hits: [最佳]"), "utf-8")
    posts = [{"id": str(number), "text": f"第{number}期：最佳实践分享", "channel": "wechat"} for number in range(4)]
    export = tmp_path / "posts.jsonl"
    export.write_text("".join(json.dumps(post, ensure_ascii=False) + "\n" for post in posts), "utf-8")
    result = run(tune, str(export), "--format", "json", folder=tmp_path)
    told = body(result)
    mine = next(item for item in told["rules"] if item["rule"] == "TST-001")
    assert result.exit_code == 1 and (told["posts"], mine["posts"]) == (4, 4)
    assert mine["covers"] and "最佳" in mine["covers"][0] != "最佳"
    assert f'+except: ["{mine["covers"][0]}"]' in told["diff"]


def test_tune_of_nothing_cannot_tell(tmp_path: Path) -> None:
    (tmp_path / "posts.jsonl").write_text("", "utf-8")
    result = run(tune, str(tmp_path / "posts.jsonl"), folder=tmp_path)
    assert isinstance(result.exception, ZhongbaoError) and result.exception.exit_code == 3


HEAD = ("--id", "names", "--owner", "李四", "--start", "2026-11-20T00:00", "--end", "open")


def test_a_list_is_imported_and_in_force(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text('# 说明\n某某事件\n"引号"词\n', "utf-8")
    assert run(lists, "import", str(tmp_path / "words.txt"), *HEAD, folder=tmp_path).exit_code == 0
    told = body(run(explain, "关于某某事件的“引号”词", "--format", "json", folder=tmp_path))
    assert {item["words"] for item in told["looked"] if item["rule"] == "LIST-names"} >= {"某某事件"}


@pytest.mark.parametrize("kind", ["txt", "csv", "xlsx"])
def test_duplicates_single_characters_and_figures_are_refused_with_their_line(tmp_path: Path, kind: str) -> None:
    words = ["某某事件", "日", "12345", "某某事件"]
    path = tmp_path / f"words.{kind}"
    if kind == "xlsx":
        from openpyxl import Workbook

        book = Workbook()
        for word in words:
            book.active.append([word])  # type: ignore[union-attr]
        book.save(path)
    else:
        path.write_text("\n".join(words), "utf-8")
    result = run(lists, "import", str(path), *HEAD, folder=tmp_path)
    assert isinstance(result.exception, ZhongbaoError) and result.exception.reason_code == "LIST_REFUSED"
    assert [line.split(" ")[0] for line in result.stderr.splitlines()] == [f"{path}:{line}:1:" for line in (2, 3, 4)]
    assert not (tmp_path / "content" / "lists").exists()
    left = run(lists, "import", str(path), *HEAD, "--skip-bad", folder=tmp_path)
    assert left.exit_code == 1 and "某某事件" in (tmp_path / "content/lists/names.yaml").read_text("utf-8")


def test_a_list_with_a_bad_span_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("某某事件\n", "utf-8")
    head = [*HEAD[:5], "someday", *HEAD[6:]]
    result = run(lists, "import", str(tmp_path / "words.txt"), *head, folder=tmp_path)
    assert isinstance(result.exception, ZhongbaoError) and result.exception.reason_code == "LIST_INVALID"
    assert list((tmp_path / "content" / "lists").iterdir()) == []
