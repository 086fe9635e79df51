"""Rule files: what is refused, where, and how it is put right; the company's rules over ours; word lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from content_audit.authoring.lint import lint
from content_audit.authoring.packs import load_path, load_rules
from content_audit.model import Verdict
from zhongbao_core.errors import InputError

GOOD = """\
id: TST-001
title: {zh: 测试, en: a test}
category: absolute
verdict: review
severity: high
law: 《某法》第一条
source: verified
why: {zh: 理由, en: why}
remedy: {zh: 改, en: mend}
evidence: {zh: 证据, en: proof}
match:
  - terms: [最佳]
exempt: [goal]
cases:
  - {text: 全国最佳, hits: [最佳]}
  - {text: 最佳一, hits: [最佳]}
  - {text: 最佳二, hits: [最佳]}
  - {text: 力争最佳, hits: [], exempt: goal}
  - {text: 很好, hits: []}
  - {text: 不错, hits: []}
"""


def told(tmp_path: Path, text: str, name: str = "TST-001.yaml") -> list[str]:
    (tmp_path / name).write_text(text, "utf-8")
    loaded = load_path(tmp_path / name)
    lint(loaded)
    return [f"{item.line}:{item.column} {item.code}" for item in loaded.complaints]


def test_a_good_rule_has_nothing_to_complain_about(tmp_path: Path) -> None:
    assert told(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("category: absolute", "category: nonsense", ["3:11 UNKNOWN_WORD"], id="category"),
        pytest.param("exempt: [goal]", "exempt: [gaol]", ["13:10 UNKNOWN_WORD"], id="exemption"),
        pytest.param("exempt: [goal]\n", "exempt: [goal]\nwhen: {all: [promotoin]}\n", ["14:14 UNKNOWN_WORD"], id="fact"),
        pytest.param("- terms: [最佳]", "- terms: [最佳]\n    check: id_crad", ["13:12 UNKNOWN_WORD"], id="checker"),
        pytest.param("verdict: review", "verdcit: review", ["1:1 MISSING_KEY", "4:1 UNKNOWN_KEY"], id="key"),
        pytest.param("- terms: [最佳]", "- {terms: [最佳], pattern: 最佳}", ["12:5 MATCH_KIND"], id="two kinds"),
        pytest.param("- terms: [最佳]", "- near: {a: [最], b: [佳]}", ["12:11 NEAR_UNBOUNDED"], id="near"),
        pytest.param("- terms: [最佳]", "- absent: [来源]", ["12:5 ABSENT_ALONE"], id="absent without if"),
        pytest.param("- terms: [最佳]", "- pattern: '最佳(?=品)'", ["12:5 PATTERN"], id="look-around"),
        pytest.param("- terms: [最佳]", "- pattern: '(?:最佳)?'", ["12:5 PATTERN"], id="matches nothing at all"),
        pytest.param("- terms: [最佳]", "- terms: [最佳, 佳]", ["12:5 TERM_SHORT"], id="a single character"),
        pytest.param("verdict: review", "verdict: block", [], id="verified may block"),
        pytest.param("source: verified", "source: memory", [], id="memory may review"),
        pytest.param("law: 《某法》第一条\n", "", ["1:1 LAW_MISSING"], id="no law"),
        pytest.param("evidence: {zh: 证据, en: proof}\n", "", ["1:1 EVIDENCE_MISSING"], id="no evidence"),
        pytest.param("en: a test", "en: 测试", ["2:8 LANGUAGE"], id="one language"),
        pytest.param("  - {text: 不错, hits: []}\n", "", ["15:3 CASES_FEW"], id="too few cases"),
        pytest.param("id: TST-001", "id: TST-002", ["1:5 RULE_NAME"], id="file name"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    assert old in GOOD
    assert sorted(told(tmp_path, GOOD.replace(old, new))) == sorted(expected)


def test_a_rule_from_memory_that_blocks_in_the_period_is_refused(tmp_path: Path) -> None:
    text = GOOD.replace("source: verified", "source: memory\nverdict_at: {full: block}")
    assert told(tmp_path, text) == ["4:10 MEMORY_BLOCKS"]


def workspace(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        path = tmp_path / "content" / name.replace("__", "/").replace("_yaml", ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


def test_a_rule_of_the_company_takes_the_place_of_ours_of_the_same_id(tmp_path: Path) -> None:
    ours = load_rules().rules
    mine = next(iter(ours))
    text = GOOD.replace("TST-001", mine)
    book = load_rules(workspace(tmp_path, **{f"rules__{mine}_yaml": text})).book()
    rule = book.rule(mine)
    assert rule is not None and (rule.pack, rule.title.en) == ("company", "a test")
    assert len(book.rules) == len(ours)


def test_a_rule_is_switched_off_with_owner_and_reason(tmp_path: Path) -> None:
    rule = next(iter(load_rules().rules))
    text = f"disable:\n  - {{rules: [{rule}, HIDE-902], owner: 张三, reason: 已有人工审核}}\n"
    book = load_rules(workspace(tmp_path, content_yaml=text)).book()
    assert book.rule(rule) is None
    assert [(item.id, item.owner, item.reason) for item in book.disabled] == [
        (rule, "张三", "已有人工审核"),
        ("HIDE-902", "张三", "已有人工审核"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("disable:\n  - {rules: [XXX-999], owner: 张三, reason: 无}\n", "RULE_UNKNOWN", id="unknown rule"),
        pytest.param("disable:\n  - {rules: [HIDE-901], reason: 无}\n", "MISSING_KEY", id="nobody answers for it"),
    ],
)
def test_switching_off_is_checked(tmp_path: Path, text: str, expected: str) -> None:
    loaded = load_rules(workspace(tmp_path, content_yaml=text))
    assert [item.code for item in loaded.complaints] == [expected]
    with pytest.raises(InputError) as caught:
        loaded.book()
    assert caught.value.reason_code == "RULES_BROKEN"


def test_a_pack_of_the_company_is_read(tmp_path: Path) -> None:
    head = "format: zhongbao-pack/1\nid: mine\ntitle: {zh: 自有, en: own}\nwhy: {zh: 因, en: why}\n"
    made = workspace(tmp_path, packs__mine__pack_yaml=head, **{"packs__mine__rules__TST-001_yaml": GOOD})
    loaded = load_rules(made)
    assert loaded.complaints == () and loaded.rules["TST-001"].pack == "mine"


LIST = """\
id: names
title: {zh: 自有词, en: own words}
owner: 李四
start: "2026-11-20T00:00"
end: open
verdict: block
terms: [某某事件, 某某人]
"""


def test_a_word_list_is_a_rule_of_its_owner_within_its_span(tmp_path: Path) -> None:
    rule = load_rules(workspace(tmp_path, lists__names_yaml=LIST)).book().rule("LIST-names")
    assert rule is not None and rule.span is not None
    assert (rule.category, rule.owner, rule.verdict) == ("company", "李四", Verdict.BLOCK)
    assert (rule.span.start.isoformat(), rule.span.end) == ("2026-11-19T16:00:00+00:00", None)


def test_the_digest_of_a_book_changes_with_any_file(tmp_path: Path) -> None:
    before = load_rules().book().digest
    after = load_rules(workspace(tmp_path, lists__names_yaml=LIST)).book().digest
    assert before != after and after == load_rules(tmp_path).book().digest
