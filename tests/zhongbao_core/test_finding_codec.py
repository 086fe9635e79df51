"""A finding and its life as JSON: what is written is read back equal, and what is no finding is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhongbao_core.finding import (
    AREAS,
    Confidence,
    EndpointPlace,
    Evidence,
    FilePlace,
    Finding,
    PassagePlace,
    Place,
    Severity,
    SystemPlace,
)
from zhongbao_core.finding_codec import finding_from_json, finding_to_json, life_from_json, life_to_json
from zhongbao_core.finding_life import Life, State
from zhongbao_core.text import Text

WORDS = st.text(max_size=12)
NAMED = st.text(min_size=1, max_size=12)
COUNTS = st.integers(0, 65535)
PLACES: st.SearchStrategy[Place] = st.one_of(
    st.builds(FilePlace, NAMED, COUNTS, COUNTS, WORDS),
    st.builds(PassagePlace, NAMED, WORDS, COUNTS, COUNTS, WORDS),
    st.builds(EndpointPlace, NAMED, COUNTS, WORDS, WORDS, WORDS),
    st.builds(SystemPlace, NAMED, WORDS, WORDS),
)
FINDINGS = st.builds(
    Finding,
    st.sampled_from(list(AREAS)),
    NAMED,
    st.builds(Text, NAMED, NAMED),
    st.sampled_from(Severity),
    PLACES,
    st.sampled_from(Confidence),
    st.lists(st.builds(Evidence, WORDS, WORDS, st.booleans()), max_size=3).map(tuple),
    st.builds(Text, WORDS, WORDS),
    WORDS,
)
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
LIVES = st.builds(
    Life,
    st.sampled_from(State),
    INSTANTS,
    WORDS,
    st.none() | INSTANTS,
    WORDS,
    WORDS,
    WORDS,
    st.none() | INSTANTS,
    COUNTS,
)


@given(FINDINGS)
def test_a_finding_is_read_back_equal_through_json(finding: Finding) -> None:
    again = finding_from_json(json.loads(json.dumps(finding_to_json(finding))))
    assert (again, again.fingerprint) == (finding, finding.fingerprint)


@given(LIVES)
def test_a_life_is_read_back_equal_through_json(life: Life) -> None:
    assert life_from_json(json.loads(json.dumps(life_to_json(life)))) == life


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("severity", "terrible"),
        ("confidence", ""),
        ("place", {"kind": "cloud"}),
        ("place", {"kind": "file", "path": "a", "surprise": 1}),
        ("title", {"zh": "甲"}),
        ("rule", ""),
    ],
)
def test_what_is_no_finding_is_refused(field: str, value: object) -> None:
    body = finding_to_json(Finding("freeze", "R", Text("甲", "a"), Severity.LOW, FilePlace("a", 1)))
    with pytest.raises((KeyError, TypeError, ValueError)):
        finding_from_json({**body, field: value})
