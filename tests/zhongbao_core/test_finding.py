"""One finding type: what names it, and what keeps its name stable over runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhongbao_core.finding import (
    PLACES,
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
from zhongbao_core.text import Text

TITLE = Text("补签逾期", "confirmation overdue")


def finding(place: Place, **other: object) -> Finding:
    return Finding("freeze", "FRZ001", TITLE, Severity.HIGH, place, **other)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        pytest.param(
            FilePlace("a.yaml", 3, 1, "windows.w1"), FilePlace("a.yaml", 90, 7, "windows.w1"), id="the line moved"
        ),
        pytest.param(
            PassagePlace("p1", "body", 10, 14, "第一品牌"),
            PassagePlace("p1", "body", 30, 34, "第一品牌"),
            id="text before it was edited",
        ),
        pytest.param(
            EndpointPlace("203.0.113.9", 8848, vantage="互联网侧"),
            EndpointPlace("203.0.113.9", 8848, vantage="内网侧"),
            id="seen from the other side",
        ),
    ],
)
def test_the_fingerprint_is_the_same_when(one: Place, two: Place) -> None:
    assert finding(one).fingerprint == finding(two).fingerprint


@pytest.mark.parametrize(
    ("one", "two"),
    [
        pytest.param(SystemPlace("crm", "prod"), SystemPlace("crm", "uat"), id="another environment"),
        pytest.param(SystemPlace(reference="CR-1"), SystemPlace(reference="CR-2"), id="another record"),
        pytest.param(SystemPlace("a", "b", "c"), PassagePlace("a", "b", text="c"), id="another kind with equal words"),
        pytest.param(FilePlace("a.yaml", 3), FilePlace("a.yaml", 4), id="another line where there is no anchor"),
        pytest.param(EndpointPlace("::1", 80), EndpointPlace("::1", 80, "udp"), id="another protocol"),
    ],
)
def test_the_fingerprint_differs_for(one: Place, two: Place) -> None:
    assert finding(one).fingerprint != finding(two).fingerprint


def test_evidence_severity_and_words_do_not_change_the_fingerprint() -> None:
    place = SystemPlace("crm", "prod")
    other = Finding(
        "freeze",
        "FRZ001",
        Text("别的题目", "other"),
        Severity.LOW,
        place,
        Confidence.TENTATIVE,
        (Evidence("经办", "13800138000", personal=True),),
    )
    assert other.fingerprint == finding(place).fingerprint


def test_the_short_id_comes_from_the_fingerprint() -> None:
    item = finding(SystemPlace("crm", "prod"))
    assert item.id == "F-" + item.fingerprint.removeprefix("sha256:")[:12].upper()


@pytest.mark.parametrize(
    ("rule", "title", "place"),
    [
        pytest.param("", TITLE, SystemPlace("crm"), id="no rule"),
        pytest.param("R", Text("", "x"), SystemPlace("crm"), id="no Chinese title"),
        pytest.param("R", Text("某", ""), SystemPlace("crm"), id="no English title"),
        pytest.param("R", TITLE, SystemPlace(), id="a place that names nothing"),
    ],
)
def test_a_finding_refuses_to_exist_with(rule: str, title: Text, place: Place) -> None:
    with pytest.raises(ValueError, match="finding"):
        Finding("freeze", rule, title, Severity.LOW, place)


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        pytest.param(FilePlace("a.yaml", 3, 7), "a.yaml:3:7", id="file"),
        pytest.param(PassagePlace("p1", "body", 1, 5), "p1#body [1,5)", id="passage"),
        pytest.param(EndpointPlace("2001:db8::1", 443, name="x.example"), "[2001:db8::1]:443/tcp (x.example)", id="v6"),
        pytest.param(EndpointPlace("203.0.113.9"), "203.0.113.9", id="a host without a port"),
        pytest.param(SystemPlace("crm", "prod", "CR-1"), "crm/prod CR-1", id="system with a record"),
    ],
)
def test_a_place_shows_as(place: Place, shown: str) -> None:
    assert str(place) == shown


def test_every_kind_of_place_is_in_the_table() -> None:
    assert set(PLACES) == {"file", "passage", "endpoint", "system"}
    assert {name: place.kind for name, place in PLACES.items()} == {name: name for name in PLACES}


@given(
    st.lists(st.text(max_size=8), min_size=3, max_size=3),
    st.lists(st.text(max_size=8), min_size=3, max_size=3),
)
def test_two_places_share_a_fingerprint_only_if_they_are_the_same(one: list[str], two: list[str]) -> None:
    if any(one) and any(two):
        same = finding(SystemPlace(*one)).fingerprint == finding(SystemPlace(*two)).fingerprint
        assert same == (one == two)


def test_a_place_with_a_lone_surrogate_still_has_a_fingerprint() -> None:
    assert finding(SystemPlace("crm\ud800")).fingerprint.startswith("sha256:")
