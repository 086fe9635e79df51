"""Folding: two implementations of one table, and the map back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content_audit.match.bulk import Batch
from content_audit.match.fold import OPTIONS, STEPS, FoldTable, fold

ALL = FoldTable.made(OPTIONS)
TABLES = [FoldTable.made(OPTIONS[:count]) for count in range(len(OPTIONS) + 1)] + [ALL.reading]
LETTERS = st.one_of(
    st.sampled_from(
        "最佳最佳第一壹①⑩㎏Ａａaaａⓐ⒦㈠〇１0011國国 　*·-—\u200b\u202e\n。，😀👍🏽é\ud800㊙🅰\x00\U0002f800"
    ),
    st.characters(),
)
TEXTS = st.text(LETTERS, max_size=40)


@given(TEXTS, st.sampled_from(TABLES))
def test_folding_again_changes_nothing(text: str, table: FoldTable) -> None:
    once = fold(text, table).text
    assert fold(once, table).text == once


@given(st.lists(TEXTS, min_size=1, max_size=6), st.sampled_from(TABLES))
def test_a_batch_reads_and_maps_as_each_text_alone(texts: list[str], table: FoldTable) -> None:
    batch = Batch(texts, table)
    whole = fold("\n".join(texts), table)
    every = np.arange(len(batch.text))
    starts, ends = batch.places(every, every)
    assert (batch.text, starts.tolist(), ends.tolist()) == (whole.text, whole.starts, whole.ends)


@given(TEXTS, st.sampled_from(TABLES), st.data())
def test_every_stretch_that_is_read_folds_back_from_the_raw_words(
    text: str, table: FoldTable, data: st.DataObject
) -> None:
    folded = fold(text, table)
    if not folded.text:
        return
    start = data.draw(st.integers(0, len(folded.text) - 1))
    end = data.draw(st.integers(start + 1, len(folded.text)))
    first, last = folded.span(start, end)
    assert 0 <= first < last <= len(text)
    assert folded.text[start:end] in fold(text[first:last], table).text


@given(TEXTS)
def test_only_what_stands_as_it_reads_has_no_steps(text: str) -> None:
    folded = fold(text, ALL)
    assert (folded.steps(0, len(text)) == ()) == (folded.text == text)
    assert set(folded.steps(0, len(text))) <= set(STEPS)


@pytest.mark.parametrize(
    ("raw", "read", "steps"),
    [
        pytest.param("Ｂｅｓｔ", "best", ("width", "case"), id="full width"),
        pytest.param("ⒻⓤⒸ⒦🅴", "fucke", ("width", "case"), id="enclosed letters"),
        pytest.param("國家級", "国家级", ("traditional",), id="traditional"),
        pytest.param("第①", "第1", ("numerals",), id="circled figure"),
        pytest.param("⑩㈠⒈Ⅻ²", "101112" + "2", ("numerals",), id="figures of several digits"),
        pytest.param("壹贰叁〇", "1230", ("numerals",), id="figures of bank notes"),
        pytest.param("٣৪", "34", ("numerals",), id="figures of other scripts"),
        pytest.param("最 *佳", "最佳", ("space", "symbol"), id="space and sign"),
        pytest.param("最\u200b\u202e佳", "最佳", ("hidden",), id="zero width and direction"),
        pytest.param("最🎉佳", "最佳", ("symbol",), id="emoji"),
        pytest.param("最最最佳", "最佳", ("repeat",), id="repeats"),
        pytest.param("1000", "1000", (), id="figures are no repeats"),
        pytest.param("㎏", "kg", ("width",), id="one sign, two letters"),
        pytest.param("大陆伍", "大陆伍", (), id="figures that are words stay words"),
        pytest.param("zuìjiā", "zuijia", ("width",), id="tone marks"),
    ],
)
def test_what_is_read_and_by_which_steps(raw: str, read: str, steps: tuple[str, ...]) -> None:
    folded = fold(raw, ALL)
    assert (folded.text, folded.steps(0, len(raw))) == (read, steps)


def test_punctuation_of_sentences_is_never_skipped() -> None:
    assert fold("，。！？；：、…,!?;:\n", ALL).text == ",。!?;:、…,!?;:\n".replace("!?;:,", "!?;:,")


def test_a_text_to_be_read_on_keeps_signs_and_repeats() -> None:
    assert fold("100％ 最\u200b最-佳", ALL.reading).text == "100% 最最-佳"


def test_a_table_survives_its_bytes() -> None:
    again = FoldTable.from_parts(ALL.options, ALL.to_parts())
    assert (again.options, again.points, again.targets, again.several) == (
        ALL.options,
        ALL.points,
        ALL.targets,
        ALL.several,
    )


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown fold options"):
        FoldTable.made(["width", "magic"])


@settings(max_examples=30)
@given(st.binary(max_size=40), st.binary(max_size=40), st.binary(max_size=20))
def test_parts_that_do_not_fit_are_refused_or_make_a_table(points: bytes, targets: bytes, several: bytes) -> None:
    try:
        table = FoldTable.from_parts((), (points, targets, several))
    except ValueError:
        return
    assert len(table.points) == len(table.targets)
