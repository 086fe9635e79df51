"""One thing is said once: a hit inside a stricter or equal one of its category falls; nothing else does."""

from __future__ import annotations

from content_sample import report

from content_audit.audit.covered import uncovered
from content_audit.model import Hit, Verdict

BASE = report().audited[1].hits[0]


def a_hit(
    rule: str, start: int, end: int, verdict: Verdict = Verdict.REVIEW, category: str = "absolute", at: int = 0
) -> Hit:
    from dataclasses import replace

    return replace(BASE, rule=rule, start=start, end=end, verdict=verdict, category=category, passage=at)


def kept(*hits: Hit) -> list[str]:
    return [hit.rule for hit in uncovered(hits)]


def test_the_longer_of_two_equal_ones_stays() -> None:
    assert kept(a_hit("A", 0, 3), a_hit("B", 0, 5)) == ["B"]


def test_a_stricter_one_inside_a_milder_one_stays_beside_it() -> None:
    assert kept(a_hit("A", 0, 3, Verdict.BLOCK), a_hit("B", 0, 5)) == ["A", "B"]


def test_of_two_at_the_same_place_the_stricter_stays_and_of_equals_the_first() -> None:
    assert kept(a_hit("A", 0, 3), a_hit("B", 0, 3, Verdict.BLOCK)) == ["B"]
    assert kept(a_hit("B", 0, 3), a_hit("A", 0, 3)) == ["A"]


def test_another_category_another_passage_and_a_part_in_common_do_not_cover() -> None:
    assert kept(a_hit("A", 0, 3), a_hit("B", 0, 5, category="false")) == ["A", "B"]
    assert kept(a_hit("A", 0, 3), a_hit("B", 0, 5, at=1)) == ["A", "B"]
    assert kept(a_hit("A", 0, 4), a_hit("B", 2, 6)) == ["A", "B"]


def test_what_is_said_of_a_post_as_a_whole_is_never_covered() -> None:
    assert kept(a_hit("A", 0, 0, at=-1), a_hit("B", 0, 0, at=-1)) == ["A", "B"]
