"""Words for people: nothing that came from outside is active in any place it can be shown."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhongbao_core.text import Sink, Text, escape, mask, pad, plain, width

SINKS: tuple[Sink, ...] = ("terminal", "html", "xml", "csv", "markdown", "github")
ACTIVE = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u061c\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]")
HOSTILE = [
    pytest.param("\x1b[31mred\x1b[0m", id="terminal colours"),
    pytest.param("\x9b2J", id="a one-byte control sequence"),
    pytest.param("safe\u202etxt.exe", id="a direction override"),
    pytest.param("a\r\n::error::forged", id="a forged workflow command"),
    pytest.param("<script>alert(1)</script>", id="a script"),
    pytest.param("=HYPERLINK(1)", id="a formula"),
    pytest.param("\ud800", id="a lone surrogate"),
    pytest.param("zero\u200bwidth", id="a zero-width space"),
]


@pytest.mark.parametrize("sink", SINKS)
@pytest.mark.parametrize("value", HOSTILE)
def test_no_control_or_direction_character_reaches_a_sink(value: str, sink: Sink) -> None:
    assert not ACTIVE.search(escape(value, sink))


@given(st.text(), st.sampled_from(SINKS))
def test_whatever_the_text_nothing_active_is_left(value: str, sink: Sink) -> None:
    assert not ACTIVE.search(escape(value, sink))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_browser_sees_no_element_and_the_same_words(value: str) -> None:
    seen: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            raise AssertionError(tag)

        def handle_data(self, data: str) -> None:
            seen.append(data)

    reader = Reader()
    reader.feed(escape(value, "html"))
    reader.close()
    assert "".join(seen) == plain(value)


@pytest.mark.parametrize("start", ["=1", "+1", "-1", "@x", "  =1", "＝1"])
def test_no_cell_starts_a_formula(start: str) -> None:
    assert escape(start, "csv")[0] == "'"


def test_newlines_stay_only_where_they_are_asked_for() -> None:
    assert (plain("a\nb"), plain("a\nb", newlines=True)) == ("a\\u000ab", "a\nb")


def test_a_sentence_is_picked_by_language() -> None:
    text = Text("拦截", "hold")
    assert (text.pick("zh"), text.pick("en"), text.as_json()) == ("拦截", "hold", {"zh": "拦截", "en": "hold"})


@pytest.mark.parametrize(("value", "shown"), [("13800138000", "*******8000"), ("12345", "*****"), ("", "")])
def test_personal_data_shows_its_end_at_most(value: str, shown: str) -> None:
    assert mask(value) == shown


def test_wide_characters_take_two_columns() -> None:
    assert (width("封网 ok"), pad("封网", 6)) == (7, "封网  ")
