"""The statement: the same bytes for everybody, and nothing else is one."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhongbao_core.approval import statement
from zhongbao_core.approval.statement import StatementError, build, parse, read_back_code
from zhongbao_core.approval.subject import Subject, Target
from zhongbao_core.canonical import canonical, digest

START = datetime(2026, 11, 21, 18, tzinfo=UTC)
SUBJECT = Subject(
    kind="change",
    id="CR-games-0007",
    revision=2,
    digest="sha256:" + "ab" * 32,
    targets=(Target("core-db", "prod"),),
    start=START,
    end=START + timedelta(hours=2),
    event="games",
    nonce="5fd1b0",
)


def made(**changes: Any) -> bytes:
    values: dict[str, Any] = {
        "purpose": "approve",
        "title": "核心库扩容",
        "lines": {"necessity": "表空间将满", "rollback": "回退脚本"},
        "manifest": "4:sha256:" + "cd" * 32,
        "level": "full",
        "label": "一级保障",
    }
    return build(SUBJECT, **{**values, **changes})


def test_a_statement_is_one_canonical_line_that_reads_back_whole() -> None:
    data = made()
    found = parse(data)
    assert (found.subject, found.purpose, found.namespace) == (SUBJECT, "approve", "approve@zhongbao")
    assert (found.title, found.level, found.label) == ("核心库扩容", "full", "一级保障")
    assert found.lines == (("necessity", "表空间将满"), ("rollback", "回退脚本"))
    assert (found.raw, found.digest) == (data, "sha256:" + sha256(data).hexdigest())
    assert not any(byte < 0x20 for byte in data)


texts = st.text(max_size=60)


@settings(max_examples=200, deadline=None)
@given(
    title=texts, label=texts, lines=st.dictionaries(st.from_regex(r"[a-z_]{1,12}", fullmatch=True), texts, max_size=5)
)
def test_any_words_give_bytes_without_control_characters_that_read_back(
    title: str, label: str, lines: dict[str, str]
) -> None:
    data = made(title=title, label=label, lines=lines)
    assert not any(byte < 0x20 for byte in data)
    assert "\ufeff" not in data.decode() and "\u202e" not in data.decode()
    assert parse(data).raw == data


def test_direction_characters_are_shown_to_the_signer() -> None:
    assert parse(made(title="回退\u202ecod.exe")).title == "回退\\u202ecod.exe"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda data: data + b"\n", id="newline appended"),
        pytest.param(lambda data: b"\xef\xbb\xbf" + data, id="BOM"),
        pytest.param(lambda data: data + b"\x1a", id="0x1A appended"),
        pytest.param(lambda data: data.replace(b",", b", ", 1), id="blank after a comma"),
        pytest.param(lambda data: data.replace(b'"revision":2', b'"revision":2.0'), id="a float"),
        pytest.param(lambda data: data.replace(b'"revision":2', b'"revision":1e999'), id="an infinite float"),
        pytest.param(lambda data: data.replace(b'"revision":2', b'"revision":"2"'), id="a number as text"),
        pytest.param(lambda data: data.replace(b'"revision":2', b'"revision":2,"revision":2'), id="duplicate key"),
        pytest.param(lambda data: data.replace(b'"level"', b'"extra":1,"level"'), id="unknown field"),
        pytest.param(lambda data: data.replace(b'"format"', b'"formaT"'), id="missing field"),
        pytest.param(lambda data: data.replace(b"statement/1", b"statement/2"), id="another format"),
        pytest.param(lambda data: data.replace(b'"approve"', b'"destroy"'), id="unknown purpose"),
        pytest.param(lambda data: data.replace(b"T18:00:00Z", b"T18:00:00+00:00"), id="time in another spelling"),
        pytest.param(
            lambda data: data.replace(b"2026-11-21T18:00:00Z", b"0001-01-01T00:00:00+14:00"), id="before time"
        ),
        pytest.param(lambda data: data.decode().encode("utf-16-le"), id="UTF-16"),
        pytest.param(lambda data: b"[" * 100_000, id="deep"),
        pytest.param(lambda data: b"[]", id="a list"),
        pytest.param(lambda data: b"", id="nothing"),
        pytest.param(lambda data: data[:-1], id="cut short"),
        pytest.param(lambda data: data.replace("核".encode(), b"\\ud800"), id="lone surrogate"),
    ],
)
def test_anything_but_the_exact_bytes_is_refused(change: Any) -> None:
    changed = change(made())
    assert changed != made()
    with pytest.raises(StatementError):
        parse(changed)


@pytest.mark.parametrize(
    ("data", "zh", "en"),
    [
        pytest.param(b"", "第 1 行第 1 列不是 JSON", "not JSON at line 1 column 1: Expecting value", id="nothing"),
        pytest.param(b"{}", "缺少字段 'subject'", "the field 'subject' is missing", id="a field missing"),
        pytest.param(b"[]", "某个字段的内容不是所要的类型", "a field holds something of the wrong type", id="a list"),
        pytest.param(made() + b"\n", "不是规范形式，或含未知字段", "not in canonical form", id="a newline at the end"),
    ],
)
def test_the_refusal_says_what_is_wrong_in_words_not_in_class_names(data: bytes, zh: str, en: str) -> None:
    with pytest.raises(StatementError) as caught:
        parse(data)
    assert caught.value.message.zh == f"审批文本无效：{zh}"
    assert caught.value.message.en.startswith(f"not a valid statement: {en}")
    assert "Error" not in caught.value.message.en


def test_a_purpose_without_a_namespace_and_keys_outside_ascii_are_refused() -> None:
    with pytest.raises(StatementError):
        made(purpose="destroy")
    with pytest.raises(StatementError):
        made(lines={"必要性": "x"})
    with pytest.raises(StatementError):
        made(title="长" * 100_000)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(field=st.sampled_from(sorted(json.loads(made()))), inner=st.booleans(), value=json_values)
def test_wrong_types_anywhere_are_refused_without_a_traceback(field: str, inner: bool, value: Any) -> None:
    body = json.loads(made())
    if inner:
        body["subject"][sorted(body["subject"])[len(field) % len(body["subject"])]] = value
    else:
        body[field] = value
    data = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
    try:
        found = parse(data)
    except StatementError:
        return
    assert canonical(json.loads(found.raw)) == data


def test_the_read_back_code_is_forty_bits_of_the_digest_in_letters_that_can_be_spoken() -> None:
    code = read_back_code(b"abc")
    value = 0
    for letter in code.replace("-", ""):
        value = value * 32 + statement.ALPHABET.index(letter)
    assert value == int(digest(b"abc")[7:17], 16)
    assert (len(code), code[4]) == (9, "-")
    assert not set("ILOU") & set(statement.ALPHABET)
    assert read_back_code(made()) != read_back_code(made(title="核心库扩容 "))


def test_the_digest_is_the_one_sha256sum_prints(tmp_path: Path) -> None:
    (tmp_path / "statement.json").write_bytes(made())
    done = subprocess.run(["sha256sum", str(tmp_path / "statement.json")], capture_output=True, text=True, check=True)
    assert parse(made()).digest == "sha256:" + done.stdout.split()[0]
