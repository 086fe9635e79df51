"""Canonical bytes agree with the published scheme, and strict reading refuses what two readers could read twice."""

from __future__ import annotations

from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from zhongbao_core.canonical import MAX_INT, canonical, cause_of, digest, strict_json
from zhongbao_core.errors import InputError

WORDS = st.text(st.characters(exclude_categories=["Cs"]))
KEYS = st.text(st.characters(max_codepoint=127))
LEAVES = st.none() | st.booleans() | st.integers(-MAX_INT, MAX_INT) | WORDS
DOCUMENTS: st.SearchStrategy[Any] = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=20
)


@given(DOCUMENTS)
def test_canonical_bytes_are_those_of_the_reference_library(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(DOCUMENTS)
def test_reading_what_was_written_gives_the_value_back(value: Any) -> None:
    assert strict_json(canonical(value)) == value


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(1.5, id="a float"),
        pytest.param(MAX_INT + 1, id="an integer beyond two to the 53"),
        pytest.param({"键": 1}, id="a key outside ASCII"),
        pytest.param({1: 1}, id="a key that is a number"),
        pytest.param(b"bytes", id="bytes"),
        pytest.param("\ud800", id="a lone surrogate"),
    ],
)
def test_values_without_one_canonical_form_are_refused(value: object) -> None:
    with pytest.raises(ValueError):
        canonical(value)


def test_a_document_nested_deeper_than_the_limit_is_refused() -> None:
    value: list[Any] = []
    for _ in range(70):
        value = [value]
    with pytest.raises(ValueError, match="nested"):
        canonical(value)


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        pytest.param(b'{"a":1,"a":2}', "duplicate key", id="the same key twice"),
        pytest.param(b'{"a":{"b":1,"b":1}}', "duplicate key", id="the same key twice, deeper"),
        pytest.param(b"NaN", "NaN", id="NaN"),
        pytest.param(b"[Infinity]", "Infinity", id="Infinity"),
        pytest.param(b'\xef\xbb\xbf{"a":1}', "BOM", id="a byte order mark"),
        pytest.param(b'"\xff"', "utf-8", id="bytes that are not UTF-8"),
        pytest.param(b"", "Expecting value", id="nothing"),
        pytest.param(b"[" * 100_000, "nested", id="a hundred thousand brackets"),
        pytest.param(b'{"a":' * 100_000, "nested", id="a hundred thousand braces"),
        pytest.param(b"9" * 5000, "beyond", id="an integer of five thousand digits"),
        pytest.param(b"9007199254740992", "beyond", id="two to the 53"),
    ],
)
def test_documents_that_readers_could_disagree_on_are_refused(data: bytes, cause: str) -> None:
    with pytest.raises(InputError, match=cause):
        strict_json(data)


@pytest.mark.parametrize(
    ("data", "zh", "en"),
    [
        pytest.param(b'{"a":1,\n x}', "第 2 行第 2 列不是 JSON", "not JSON at line 2 column 2", id="not JSON"),
        pytest.param(b'{"a":1,"a":2}', "键 'a' 重复", "duplicate key 'a'", id="a key twice"),
        pytest.param(b"[" * 100, "嵌套超过 64 层", "nested deeper than 64", id="too deep"),
        pytest.param(b" " * 201, "201 字节，上限 200", "201 bytes, limit 200", id="too large"),
        pytest.param(b'"\xff"', "第 2 字节不是 UTF-8", "byte 2 is not utf-8", id="not UTF-8"),
        pytest.param(b"NaN", "NaN 不属于 JSON", "NaN is not JSON", id="NaN"),
    ],
)
def test_the_cause_of_a_refusal_is_said_in_both_languages(data: bytes, zh: str, en: str) -> None:
    with pytest.raises(InputError) as caught:
        strict_json(data, what="x.json", limit=200)
    assert caught.value.message.zh == f"x.json 无法读取：{zh}"
    assert caught.value.message.en.startswith(f"x.json cannot be read: {en}")
    assert cause_of(caught.value).zh == zh


def test_brackets_inside_text_do_not_count_as_depth() -> None:
    assert strict_json(canonical(["[" * 500, '"{' * 500])) == ["[" * 500, '"{' * 500]


def test_a_document_over_the_size_limit_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(InputError, match="limit 10"):
        strict_json(b'"12345678901"', limit=10)


@given(st.binary(max_size=200))
def test_random_bytes_are_read_or_refused_and_never_crash(data: bytes) -> None:
    try:
        strict_json(data)
    except InputError:
        return


def test_a_digest_names_its_algorithm() -> None:
    assert digest(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
