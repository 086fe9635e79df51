"""Which of many hits count."""

from __future__ import annotations

import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from content_audit.match.fold import OPTIONS
from content_audit.match.lexicon import Lexicon, RawHit, Term
from content_audit.match.policy import every, longest, uncovered

SPANS = st.tuples(st.integers(0, 2), st.integers(0, 12), st.integers(1, 5), st.integers(-3, 3))
HITS = st.lists(SPANS, max_size=25).map(
    lambda found: [RawHit(text, start, start + size, term, "", ()) for text, start, size, term in sorted(found)]
)


@given(HITS)
def test_a_hit_falls_exactly_where_a_phrase_holds_it(hits: list[RawHit]) -> None:
    phrases = [hit for hit in hits if hit.term < 0]
    expected = [
        hit
        for hit in hits
        if hit.term >= 0
        and not any(one.text == hit.text and one.start <= hit.start and hit.end <= one.end for one in phrases)
    ]
    assert uncovered(hits, lambda term: term < 0) == expected


@given(HITS)
def test_the_longest_do_not_overlap_and_hide_only_what_overlaps_them(hits: list[RawHit]) -> None:
    kept = longest(hits)
    for left, right in pairwise(kept):
        assert left.text < right.text or left.end <= right.start
    assert all(
        any(one.text == hit.text and one.start < hit.end and hit.start < one.end for one in kept) for hit in hits
    )
    assert sorted(every(hits)) == sorted(hits)


def test_a_text_full_of_hits_takes_time_in_proportion() -> None:
    lexicon = Lexicon.compile([Term("av", 0), Term("最佳", 1), Term("最佳奖", -1)], OPTIONS)

    def seconds(count: int) -> float:
        text = "av 最 佳，最佳奖 " * count
        begun = time.process_time()
        assert len(longest(uncovered(lexicon.scan([text]), lambda term: term < 0))) == 2 * count
        return time.process_time() - begun

    seconds(500)
    assert seconds(16_000) < 40 * max(seconds(1_000), 0.002)
