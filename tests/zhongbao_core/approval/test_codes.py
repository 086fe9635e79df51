"""One-time codes: how they are read, how slowly they are checked, how often they may be tried."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhongbao_core.approval import codes
from zhongbao_core.approval.codes import Card, CodeHashError, allowed, check, issue, issued_at, normalise, retry_at
from zhongbao_core.approval.statement import ALPHABET

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def card() -> Card:
    return issue(4, AT)


def test_each_code_opens_its_own_hash_and_no_other(card: Card) -> None:
    assert [check(code, card.hashes) for code in card.codes] == [0, 1, 2, 3]
    assert check(card.codes[3], card.hashes[:3]) is None
    assert check(issue(1, AT).codes[0], card.hashes) is None


def test_a_code_is_found_among_several_cards(card: Card) -> None:
    other = issue(2, AT)
    assert check(other.codes[1], [*card.hashes, *other.hashes]) == 5
    assert check(other.codes[1], []) is None


@pytest.mark.parametrize(
    "say",
    [
        pytest.param(str.lower, id="lower case"),
        pytest.param(lambda code: code.replace("-", ""), id="without dashes"),
        pytest.param(lambda code: " " + code.replace("-", " — ") + "\n", id="blanks and long dashes"),
        pytest.param(lambda code: code.replace("0", "O").replace("1", "l"), id="O for 0 and l for 1"),
        pytest.param(lambda code: code.replace("0", "o").replace("1", "I"), id="o for 0 and I for 1"),
        pytest.param(lambda code: code.translate({n: n + 0xFEE0 for n in range(0x21, 0x7F)}), id="full width"),
    ],
)
def test_a_code_is_understood_however_it_is_typed(say: object) -> None:
    for code in ("0A1B2-C3D4E", "ZZZZZ-00111"):
        assert callable(say)
        assert normalise(say(code)) == code.replace("-", "")


@pytest.mark.parametrize("typed", ["", "   ", "----", "UUUUU-UUUUU", "王芳", "A" * 500, "0A1B2!C3D4E"])
def test_what_cannot_be_a_code_opens_nothing(card: Card, typed: str) -> None:
    assert normalise(typed) == ""
    assert check(typed, card.hashes) is None


@given(st.text(alphabet=ALPHABET, min_size=1, max_size=30))
def test_grouping_changes_nothing_that_is_read(code: str) -> None:
    assert normalise(codes.grouped(code)) == code


@pytest.mark.parametrize(("bits", "letters"), [(50, 10), (100, 20), (101, 25)])
def test_codes_have_the_random_bits_they_promise(bits: int, letters: int) -> None:
    made = issue(3, AT, bits=bits)
    assert all(len(code.replace("-", "")) == letters and letters * 5 >= bits for code in made.codes)
    assert len(set(made.codes)) == 3


@pytest.mark.parametrize(("count", "bits"), [(0, 50), (101, 50), (1, 49), (-1, 50), (1, 501)])
def test_weak_or_unreasonable_cards_are_not_issued(count: int, bits: int) -> None:
    with pytest.raises(ValueError, match="codes of 50 to 500 bits"):
        issue(count, AT, bits=bits)


def test_a_hash_tells_its_date_and_neither_code_nor_a_shared_value(card: Card) -> None:
    assert issued_at(card.hashes[0]) == AT
    assert all(code.replace("-", "") not in "".join(card.hashes).upper() for code in card.codes)
    assert len({item.rpartition(":")[2] for item in card.hashes}) == 4
    assert issue(1, AT).hashes[0].split(":")[6] != card.hashes[0].split(":")[6]


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(lambda text: "", id="empty"),
        pytest.param(lambda text: text[:-2], id="cut short"),
        pytest.param(lambda text: text.replace("scrypt:1", "scrypt:2"), id="another format"),
        pytest.param(lambda text: text.replace("scrypt", "md5"), id="another algorithm"),
        pytest.param(lambda text: text.replace(":14:8:1:", ":40:8:1:"), id="a cost that would stop the desk"),
        pytest.param(lambda text: text.replace(":14:8:1:", ":1:8:1:"), id="a cost that protects nothing"),
        pytest.param(lambda text: text.replace(":14:8:1:", ":x:8:1:"), id="a cost that is no number"),
        pytest.param(lambda text: text.replace("20261120", "20261320"), id="no such day"),
        pytest.param(lambda text: text + ":x", id="one part more"),
        pytest.param(lambda text: text[:-4] + "zzzz", id="not hexadecimal"),
    ],
)
def test_a_damaged_hash_is_refused_not_skipped(card: Card, bad: object) -> None:
    assert callable(bad)
    with pytest.raises(CodeHashError) as caught:
        check(card.codes[0], [bad(card.hashes[0]), *card.hashes])
    assert caught.value.reason_code == "CODE_HASH_INVALID"


def test_more_cards_than_one_check_may_try_are_refused(card: Card) -> None:
    salted = [card.hashes[0].replace(card.hashes[0].split(":")[6], f"{n:032x}") for n in range(17)]
    with pytest.raises(CodeHashError, match="17 cards"):
        check(card.codes[0], salted)


def test_one_check_of_a_whole_card_costs_one_slow_hash(card: Card) -> None:
    start = perf_counter()
    check(card.codes[0], card.hashes[:1])
    one = perf_counter() - start
    start = perf_counter()
    assert check(card.codes[2], card.hashes * 5) == 2
    twenty = perf_counter() - start
    assert one > 0.015
    assert twenty < one * 8 + 0.5


# -- throttle ----------------------------------------------------------------------------------------------------------


def tries(*minutes_ago: int) -> list[datetime]:
    return [AT - MINUTE * item for item in minutes_ago]


@pytest.mark.parametrize(
    ("failures", "expected"),
    [
        pytest.param([], None, id="no failure"),
        pytest.param(tries(0, 0), None, id="two failures are free"),
        pytest.param(tries(0, 0, 0), AT + MINUTE, id="the third waits a minute"),
        pytest.param(tries(1, 1, 1), None, id="the minute is over at its end"),
        pytest.param(tries(0, 1, 2, 3), AT + 2 * MINUTE, id="the fourth waits two"),
        pytest.param(tries(0, 1, 2, 3, 4, 5, 6, 7), AT + 32 * MINUTE, id="the eighth waits 32"),
        pytest.param(tries(*range(9)), AT + 60 * MINUTE, id="never more than an hour by doubling"),
        pytest.param(tries(*range(100, 110)), AT + MINUTE * (1440 - 109), id="ten wait for the oldest to be a day old"),
        pytest.param(tries(1440, 1440, 1440), None, id="a day old does not count any more"),
        pytest.param(tries(-600, -600, -600), AT + MINUTE, id="a clock turned back frees nobody"),
    ],
)
def test_failed_tries_are_throttled(failures: list[datetime], expected: datetime | None) -> None:
    assert retry_at(failures, AT) == expected
    assert retry_at(list(reversed(failures)), AT) == expected
    assert allowed(failures, AT) is (expected is None)


moments = st.integers(-3000, 100).map(lambda minutes: AT + MINUTE * minutes)


@given(st.lists(moments, max_size=14), moments)
def test_one_more_failure_never_allows_what_was_not(failures: list[datetime], more: datetime) -> None:
    assert allowed(failures, AT) or not allowed([*failures, more], AT)


@given(st.lists(st.integers(-3000, 0).map(lambda minutes: AT + MINUTE * minutes), max_size=14))
def test_the_promised_instant_does_allow(failures: list[datetime]) -> None:
    promised = retry_at(failures, AT)
    assert promised is None or promised > AT
    while promised is not None and retry_at(failures, promised) is not None:
        later = retry_at(failures, promised)
        assert later is not None and later > promised
        promised = later
