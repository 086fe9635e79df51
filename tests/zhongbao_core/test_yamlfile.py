"""YAML is read strictly: every trap is refused at its place, and no bytes make the reader fail otherwise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zhongbao_core.yamlfile import MAX_BYTES, MAX_COMPLAINTS, MAX_DEPTH, Mark, parse_yaml, read_yaml


def complaints(text: str | bytes) -> list[tuple[str, str]]:
    data = text.encode("utf-8") if isinstance(text, str) else text
    return [(f"{item.line}:{item.column}", item.code) for item in parse_yaml(data, "f.yaml").complaints]


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        pytest.param("at: 22:00\n", "1:5", "UNQUOTED_TIME", id="22:00 would be 1320"),
        pytest.param("at: 08:30\n", "1:5", "UNQUOTED_TIME", id="08:30 would be text, and so hides the trap"),
        pytest.param("at: [a, 22:00:30]\n", "1:9", "UNQUOTED_TIME", id="a time in a list"),
        pytest.param("hours: 00:00-05:00\n", "1:8", "UNQUOTED_TIME", id="a span of hours"),
        pytest.param("day: 2026-11-20\n", "1:6", "UNQUOTED_TIME", id="a date"),
        pytest.param("day: 2026-11-20T08:00+08:00\n", "1:6", "UNQUOTED_TIME", id="an instant"),
        pytest.param("a: yes\n", "1:4", "UNQUOTED_YES_NO", id="yes"),
        pytest.param("a: NO\n", "1:4", "UNQUOTED_YES_NO", id="NO, the country"),
        pytest.param("off: 1\n", "1:1", "UNQUOTED_YES_NO", id="off as a key"),
        pytest.param("a: True\n", "1:4", "UNQUOTED_YES_NO", id="True with a capital"),
        pytest.param("a: 1.10\n", "1:4", "UNQUOTED_NUMBER", id="1.10 would be 1.1"),
        pytest.param("a: 1e3\n", "1:4", "UNQUOTED_NUMBER", id="1e3"),
        pytest.param("a: .nan\n", "1:4", "UNQUOTED_NUMBER", id="nan"),
        pytest.param("a: 010\n", "1:4", "UNQUOTED_NUMBER", id="010 would be 8"),
        pytest.param("a: 0x1f\n", "1:4", "UNQUOTED_NUMBER", id="hexadecimal"),
        pytest.param("a: 1_000\n", "1:4", "UNQUOTED_NUMBER", id="underscores"),
        pytest.param("a: 99999999999999999999\n", "1:4", "UNQUOTED_NUMBER", id="beyond 2^53"),
        pytest.param("a: 1\nb:\n  c: 1\n  c: 2\n", "4:3", "DUPLICATE_KEY", id="the last of two equal keys would win"),
        pytest.param("2027: x\n", "1:1", "KEY_NOT_TEXT", id="a number as key"),
        pytest.param("true: x\n", "1:1", "KEY_NOT_TEXT", id="true as key"),
        pytest.param("? [a]\n: x\n", "1:3", "KEY_NOT_TEXT", id="a list as key"),
        pytest.param("a: &x 1\n", "1:4", "YAML_ANCHOR", id="anchor"),
        pytest.param("a: *x\n", "1:4", "YAML_ALIAS", id="alias"),
        pytest.param("<<: {a: 1}\n", "1:1", "YAML_MERGE", id="merge key"),
        pytest.param("a: !!python/object:os.system x\n", "1:4", "YAML_TAG", id="python tag"),
        pytest.param("a: !!str 1\n", "1:4", "YAML_TAG", id="even a standard tag"),
        pytest.param("--- 1\n--- 2\n", "2:1", "YAML_DOCUMENTS", id="two documents"),
        pytest.param("a:\n\tb: 1\n", "2:1", "YAML_SYNTAX", id="tab"),
        pytest.param("a: b: c\n", "1:5", "YAML_SYNTAX", id="colon in plain text"),
        pytest.param('a: "x\n', "2:1", "YAML_SYNTAX", id="open quote"),
        pytest.param("# only words\n", "1:1", "YAML_EMPTY", id="nothing but comments"),
        pytest.param("", "1:1", "YAML_EMPTY", id="nothing at all"),
        pytest.param("a: \x07\n", "1:4", "CHARACTER", id="control character"),
        pytest.param("甲: 乙\u2028\n", "1:5", "CHARACTER", id="columns count characters, not bytes"),
        pytest.param('a: "\\uD800"\n', "1:7", "YAML_SYNTAX", id="lone surrogate escaped"),
        pytest.param("a: 系统名称".encode("gb18030"), "1:6", "ENCODING", id="GB18030"),
        pytest.param("a: 1".encode("utf-16"), "1:1", "ENCODING", id="UTF-16"),
        pytest.param(b"a: \xff\xfe\x81", "1:4", "ENCODING", id="no encoding at all"),
    ],
)
def test_a_trap_is_refused_at_its_place(text: str | bytes, place: str, code: str) -> None:
    assert complaints(text)[0] == (place, code)


def test_the_fix_for_gb18030_is_the_command_that_converts_it() -> None:
    item = parse_yaml("名: 值".encode("gb18030"), "people.yaml").complaints[0]
    assert (
        item.shown("zh")
        == "people.yaml:1:1: 文件编码像是 GB18030，须为 UTF-8；转换：iconv -f GB18030 -t UTF-8 OLD > NEW"
    )


def test_a_quoted_time_is_text_and_an_unquoted_one_names_its_fix() -> None:
    assert parse_yaml(b'at: "22:00"\n', "f").value == {"at": "22:00"}
    assert parse_yaml(b"at: 22:00\n", "f").complaints[0].fix.en == 'write "22:00"'


def test_all_traps_of_a_file_are_named_not_the_first_alone() -> None:
    assert complaints("a: 22:00\nb: no\nc: 1.5\n") == [
        ("1:4", "UNQUOTED_TIME"),
        ("2:4", "UNQUOTED_YES_NO"),
        ("3:4", "UNQUOTED_NUMBER"),
    ]


def test_a_flood_of_complaints_is_cut_and_says_so() -> None:
    found = parse_yaml(b"- 22:00\n" * (MAX_COMPLAINTS + 50), "f").complaints
    assert len(found) == MAX_COMPLAINTS + 1 and found[-1].code == "YAML_TOO_MANY"


def test_a_bom_and_windows_line_ends_are_fine() -> None:
    document = parse_yaml(b"\xef\xbb\xbfa: 1\r\nb: [x, true, ~]\r\n", "f")
    assert (document.value, document.complaints) == ({"a": 1, "b": ["x", True, None]}, [])


def test_every_value_knows_its_place() -> None:
    document = parse_yaml("甲:\n  - 乙: {c: 3}\n".encode(), "f")
    assert document.mark(("甲", 0, "乙", "c")) == Mark(2, 12)
    assert document.mark(("甲", 0, "乙"), key=True) == Mark(2, 5)
    assert document.mark(("甲", 7, "no such")) == Mark(2, 3), "the nearest thing around it"


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_depth_is_bounded_and_a_deep_file_costs_nothing(opening: str) -> None:
    deep = opening * 200_000
    assert "YAML_DEPTH" in {item.code for item in parse_yaml(deep.encode(), "f").complaints}
    fine = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert parse_yaml(fine.encode(), "f").complaints == []


def test_size_is_bounded_before_anything_is_read(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert [item.code for item in read_yaml(path).complaints] == ["YAML_SIZE"]


def test_a_billion_laughs_stay_short() -> None:
    bomb = "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n"
    assert {code for _, code in complaints(bomb)} == {"YAML_ANCHOR", "YAML_ALIAS"}


@pytest.mark.parametrize("name", ["none.yaml", "folder"])
def test_a_file_that_cannot_be_read_is_a_complaint(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    found = read_yaml(tmp_path / name, name=name).complaints
    assert [item.place for item in found] == [name]
    assert found[0].code in ("FILE_MISSING", "FILE_UNREADABLE")


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufeff￾￿")
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(WORDS, VALUES, min_size=1))
def test_what_json_writes_is_read_back(value: dict[str, Any]) -> None:
    document = parse_yaml(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"), "f")
    told = {item.code for item in document.complaints}
    assert told <= {"YAML_MERGE", "CHARACTER"} and (told or document.value == value)


@given(st.binary(max_size=400))
@example(b"%")
@example(b"\xef\xbb\xbf")
@example(b"a: \x00")
def test_random_bytes_are_a_value_or_a_complaint(data: bytes) -> None:
    document = parse_yaml(data, "f")
    assert document.complaints or document.value is not None or data.strip() in (b"~", b"null")


@given(st.lists(st.sampled_from([*"ab:-#[]{},&*!|>'\"%@`? \n\t0129.~<=", "\n- ", ": ", "---\n"]), max_size=80))
def test_random_yaml_is_a_value_or_a_complaint_with_a_place(parts: list[str]) -> None:
    document = parse_yaml("".join(parts).encode(), "f")
    assert all(item.line >= 1 and item.column >= 1 and item.text.zh and item.fix.en for item in document.complaints)
