"""The frozen bytes of an entry: one spelling, read back strictly."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhongbao_core.canonical import canonical
from zhongbao_core.errors import TamperedError
from zhongbao_core.ledger.entry import FIRST_PREV, Draft, instant, make, parse
from zhongbao_core.proof import leaf_hash

AT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
ENTRY = make(Draft("decision", "git", {"n": 1}), seq=3, time=AT, writer="w", prev=FIRST_PREV)

words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["digest", "person", "n"]), values),
    words,
    st.integers(0, 2**40),
    st.datetimes(datetime(1970, 1, 1), timezones=st.just(UTC)),
)
def test_what_is_made_is_read_back_the_same(body: dict[str, object], ref: str, seq: int, at: datetime) -> None:
    made = make(Draft("decision", ref, body, "key"), seq=seq, time=at, writer="w", prev="ab" * 32)
    assert parse(made.raw) == made
    assert made.leaf == leaf_hash(made.raw)


def changed(**fields: object) -> bytes:
    value = {**json.loads(ENTRY.raw), **fields}
    return canonical({name: item for name, item in value.items() if item is not ...})


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"{}", id="no fields"),
        pytest.param(b"\xff", id="not UTF-8"),
        pytest.param(b"[" * 60_000, id="nested deep"),
        pytest.param(b" " + ENTRY.raw, id="a blank before"),
        pytest.param(ENTRY.raw + b"\n", id="a newline after"),
        pytest.param(ENTRY.raw.replace(b'"n":1', b'"n":1.0'), id="a fraction"),
        pytest.param(ENTRY.raw.replace(b'"n":1', b'"n":NaN'), id="not a number"),
        pytest.param(ENTRY.raw.replace(b'"n":1', b'"n":1,"n":1'), id="a key twice"),
        pytest.param(ENTRY.raw.replace(b'"git"', b'"gi\\u0074"'), id="an escape that is not needed"),
        pytest.param(changed(v=2), id="another version"),
        pytest.param(changed(v=True), id="a version that is true"),
        pytest.param(changed(seq=-1), id="a negative number"),
        pytest.param(changed(seq="3"), id="a number as text"),
        pytest.param(changed(body=[]), id="a body that is a list"),
        pytest.param(changed(key=None), id="a key that is null"),
        pytest.param(changed(kind="Decision"), id="a kind with capitals"),
        pytest.param(changed(prev="AB" * 32), id="a hash in capitals"),
        pytest.param(changed(prev="ab"), id="a short hash"),
        pytest.param(changed(time="2026-11-20T08:00:00+00:00"), id="a time with an offset"),
        pytest.param(changed(time="2026-11-20T08:00Z"), id="a time without seconds"),
        pytest.param(changed(time="2026-13-20T08:00:00Z"), id="a month that is none"),
        pytest.param(changed(time=7), id="a time that is a number"),
        pytest.param(changed(extra=1), id="a field more"),
        pytest.param(changed(writer=...), id="a field less"),
        pytest.param(changed(ref="x" * 70_000), id="too long"),
    ],
)
def test_what_make_would_not_write_is_not_an_entry(raw: bytes) -> None:
    with pytest.raises(TamperedError) as error:
        parse(raw)
    assert error.value.reason_code == "ENTRY_MALFORMED"


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_random_bytes_are_refused_and_never_crash(raw: bytes) -> None:
    with pytest.raises(TamperedError):
        parse(raw)


def test_an_instant_has_one_spelling() -> None:
    assert instant("2026-11-20T08:00:00Z") == AT
    assert instant("2026-11-20T08:00:00.000001Z") == AT.replace(microsecond=1)
    for text in (
        "2026-11-20T08:00:00.1Z",
        "2026-11-20T08:00:00.000000Z",
        "2026-11-20 08:00:00Z",
        "2026-11-20T08:00:00z",
    ):
        with pytest.raises(ValueError):
            instant(text)
