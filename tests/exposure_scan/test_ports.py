"""Sets of ports: reading, writing, arithmetic that loses nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exposure_scan.ports import ALL_PORTS, NO_PORTS, Ports, parse_ports
from zhongbao_core.errors import UsageError

SETS = st.builds(
    Ports.joined,
    st.lists(
        st.tuples(st.integers(1, 300), st.integers(0, 40)).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=8
    ),
)


@pytest.mark.parametrize(
    ("text", "shown", "count"),
    [
        ("80", "80", 1),
        ("443,80", "80,443", 2),
        ("1-65535", "1-65535", 65535),
        ("80-90, 85-100,101", "80-101", 22),
        ("80，443", "80,443", 2),
    ],
)
def test_ports_are_read_and_shown_in_order(text: str, shown: str, count: int) -> None:
    found = parse_ports(text)
    assert (str(found), found.count) == (shown, count)


@pytest.mark.parametrize(
    "text", ["", ",", "0", "65536", "90-80", "a", "80-", "-80", "+80", "８０", "80 443", "1-2-3", "1" * 9]
)
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_ports(text)
    assert error.value.reason_code == "PORTS"


@given(SETS, SETS)
def test_arithmetic_is_that_of_sets(one: Ports, other: Ports) -> None:
    left, right = set(one), set(other)
    assert (set(one | other), set(one - other), set(one & other)) == (left | right, left - right, left & right)
    assert one.count == len(left) and (not one or parse_ports(str(one)) == one)
    assert all((port in one) == (port in left) for port in range(1, 345))


def test_all_but_all_is_nothing() -> None:
    assert ALL_PORTS - ALL_PORTS == NO_PORTS and not NO_PORTS
