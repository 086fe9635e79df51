"""The measures of the content audit measure right, and the texts they measure with are what they say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT))

from benchmarks import bench_quality as bench  # noqa: E402

REPORT = """\
{"type":"post","id":"a","verdict":"block","complete":true,"new_field":[1]}
{"type":"finding","post":"a","rule":"ABS-001","category":"absolute","verdict":"block","raw":"最佳","tested":[]}
{"type":"finding","post":"a","rule":"ADL-001","category":"adlabel","verdict":"note","raw":"下单"}
{"type":"unread","post":"a","reason":"broken"}

{"type":"post","id":"b","verdict":"review"}
{"type":"finding","post":"b","rule":"FIN-002","category":"finance","verdict":"review"}
{"type":"post","id":"c","verdict":"pass"}
{"type":"summary","exit_code":1}
"""
MARKS = bench.parse_report(REPORT.splitlines())
CATEGORIES = {
    *("absolute", "state", "false", "data", "disparage", "adlabel", "medical", "alcohol", "education", "finance"),
    *("housing", "netad", "mark", "source", "map", "personal", "clickbait", "illegal", "vulgar", "link", "sensitive"),
}
DISGUISES = {"width", "skip", "pinyin", "homophone", "split", "traditional", "lookalike", "numeral", "emoji"}
gold = bench.read_items(bench.GOLD)
clean = bench.read_items(bench.CLEAN)


def text(name: str, label: str, category: str, **more: object) -> bench.Item:
    return {"id": name, "text": "文", "label": label, "category": category, "obfuscated": "", **more}


def measured(items: list[bench.Item], posts: list[bench.Item]) -> bench.Measured:
    return bench.measure(posts, items, lambda item: MARKS[item["id"]])


def test_a_report_gives_the_marks_of_each_post_and_nothing_else() -> None:
    assert MARKS["a"] == [bench.Mark("ABS-001", "absolute", "block", "最佳")]
    assert MARKS["b"] == [bench.Mark("FIN-002", "finance", "review", "")]
    assert MARKS["c"] == []
    assert set(MARKS) == {"a", "b", "c"}


def test_a_violation_is_found_by_its_own_category_or_one_in_also() -> None:
    assert bench.found_in(text("a", "violation", "absolute"), MARKS["a"])
    assert not bench.found_in(text("a", "violation", "adlabel"), MARKS["a"])  # only a note
    assert not bench.found_in(text("b", "violation", "data"), MARKS["b"])
    assert bench.found_in(text("b", "violation", "data", also=["finance"]), MARKS["b"])
    assert not bench.found_in(text("c", "violation", "data"), MARKS["c"])


def test_every_figure_counts_its_own_texts() -> None:
    items = [
        text("a", "violation", "absolute"),
        text("c", "violation", "absolute"),
        text("b", "violation", "finance", obfuscated="skip"),
        text("b", "clean", "finance"),
        text("c", "clean", "data"),
    ]
    figures, categories, disguises = measured(items, [{"id": one, "text": "文"} for one in "abc"])
    assert figures == {
        "clean blocked": (1, 3),
        "clean marked": (2, 3),
        "traps marked": (1, 2),
        "recall": (1, 2),
        "recall, any category": (1, 2),
        "recall, absolute": (1, 2),
        "disguised": (1, 1),
    }
    assert categories == {"absolute": (1, 2)}
    assert disguises == {"skip": (1, 1)}


def test_a_target_is_missed_on_the_wrong_side_of_it_only() -> None:
    at = {name: bench.Share(round(abs(limit) * 10), 1000) for name, limit in bench.TARGETS.items()}
    assert bench.missed_targets(at) == []
    worse = {name: bench.Share(at[name].part + (-1 if limit < 0 else 1), 1000) for name, limit in bench.TARGETS.items()}
    assert len(bench.missed_targets(worse)) == len(bench.TARGETS)
    assert bench.missed_targets(at | {"recall": bench.Share(0, 0)}) == ["recall: 0.0 %, should be at least 92.0 %"]


def test_rules_are_counted_once_a_text_and_stand_worst_first() -> None:
    twice = {"x": [*MARKS["b"], *MARKS["b"], *MARKS["a"]], "y": MARKS["b"]}
    assert bench.worst_rules([{"id": "x"}, {"id": "y"}], lambda item: twice[item["id"]]) == [
        ("FIN-002", 2),
        ("ABS-001", 1),
    ]


def test_a_word_list_marks_title_and_text() -> None:
    find = bench.word_finder(["最", "第一", ""])
    assert [mark.raw for mark in find({"title": "第一", "text": "最近"})] == ["最", "第一"]
    assert find({"text": "第 一"}) == []


@given(st.lists(st.text("ab", max_size=3)), st.text("ab"))
def test_a_word_list_finds_exactly_the_words_that_are_there(words: list[str], body: str) -> None:
    found = [mark.raw for mark in bench.word_finder(words)({"text": body})]
    assert found == sorted({word for word in words if word and word in body})


def test_the_audit_never_sees_what_the_gold_set_knows() -> None:
    for item in gold:
        assert set(json.loads(bench.post_line(item))) <= {"id", "title", "text", "channel", "more"}


def test_ids_are_unique_over_several_files(tmp_path: Path) -> None:
    for name in "xy":
        (tmp_path / f"{name}.jsonl").write_text('{"id":"1","text":"文"}\n\n', "utf-8")
    assert [item["id"] for item in bench.read_items(tmp_path)] == ["x/1", "y/1"]


def test_a_post_that_the_report_leaves_out_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    class Done:
        returncode, stdout, stderr = 0, '{"type":"post","id":"a"}\n', ""

    monkeypatch.setattr(subprocess, "run", lambda *args, **options: Done)
    assert bench.scan([{"id": "a", "text": "文"}], []) == {"a": []}
    with pytest.raises(SystemExit) as stopped:
        bench.scan([{"id": "a", "text": "文"}, {"id": "b", "text": "文"}], [])
    assert stopped.value.code == 3


def test_the_gold_set_covers_every_category_and_disguise() -> None:
    plain = Counter(i["category"] for i in gold if i["label"] == "violation" and not i["obfuscated"])
    traps = Counter(i["category"] for i in gold if i["label"] == "clean")
    disguised = Counter(i["obfuscated"] for i in gold if i["obfuscated"])
    assert set(plain) == set(traps) == CATEGORIES
    assert set(disguised) == DISGUISES
    assert plain.total() >= 170 and disguised.total() >= 60 and traps.total() >= 130
    assert min(plain.values()) >= 8


def test_every_gold_text_stands_once_and_names_its_law() -> None:
    assert len({item["text"] for item in gold}) == len({item["id"] for item in gold}) == len(gold)
    assert all(re.match(r"《.+》第.+条", item["law"]) for item in gold)
    assert all(set(item.get("also", ())) <= CATEGORIES for item in gold)


def test_numbers_that_should_be_caught_pass_their_check_digits_and_those_that_should_not_fail() -> None:
    for item in gold:
        if item["category"] == "personal" and not item["obfuscated"]:
            digits = re.findall(r"\d{17,19}[\dX]?", item["text"])
            assert all(valid(one) == (item["label"] == "violation") for one in digits), item["id"]


def valid(digits: str) -> bool:
    if len(digits) == 18:
        weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
        total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))
        return "10X98765432"[total % 11] == digits[17]
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits)))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def test_the_clean_posts_are_200_and_of_many_accounts() -> None:
    assert len({item["text"] for item in clean}) == len(clean) == 200
    assert len({item["account"] for item in clean}) >= 30
    assert 80 <= sum(len(item["text"]) for item in clean) / len(clean) <= 250
