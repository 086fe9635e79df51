"""No cap is ever passed: not in all, not to one network, not to one host, over any stretch of time."""

from __future__ import annotations

from collections import defaultdict
from ipaddress import IPv4Address, ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exposure_scan import rates as rates_module
from exposure_scan.rates import BURST, Throttle
from exposure_scan.scope.scope import Rates

ASKED = st.lists(st.tuples(st.integers(0, 600), st.floats(0, 0.2)), min_size=1, max_size=300)


def most(times: list[float], rate: int) -> bool:
    """Whether every stretch from one packet to another holds no more than its share and one burst."""
    room = max(1.0, rate / BURST)
    return all(
        len(times[first : last + 1]) <= (times[last] - times[first]) * rate + room + 1e-3
        for first in range(len(times))
        for last in range(first, len(times))
    )


@settings(max_examples=50)
@given(ASKED, st.integers(1, 40), st.integers(1, 40), st.integers(1, 40))
def test_no_cap_is_passed_over_any_stretch_of_time(
    asked: list[tuple[int, float]], host: int, net: int, total: int
) -> None:
    throttle, now = Throttle(Rates(total, net, host), 0.0), 0.0
    sent: dict[object, list[float]] = defaultdict(list)
    for place, later in asked:
        now += later
        address = IPv4Address(int(IPv4Address("192.0.2.0")) + place)
        if throttle.take(address, now) is None:
            for key in ("all", place >> 8, address):
                sent[key].append(now)
    assert all(
        most(times, total if key == "all" else net if isinstance(key, int) else host) for key, times in sent.items()
    )


def test_who_waits_as_long_as_he_is_told_is_let_go() -> None:
    throttle, now, address = Throttle(Rates(7, 5, 3), 0.0), 0.0, ip_address("192.0.2.1")
    for _ in range(100):
        wait = throttle.take(address, now)
        now += wait.seconds if wait else 0.0
        assert wait is None or throttle.take(address, now) is None
    assert now >= (50 - 2) / 3, "every wait was followed by one packet"


def test_one_host_that_must_wait_does_not_hold_the_others() -> None:
    throttle = Throttle(Rates(100, 100, 1), 0.0)
    assert throttle.take(ip_address("192.0.2.1"), 0.0) is None
    wait = throttle.take(ip_address("192.0.2.1"), 0.0)
    assert wait is not None and wait.seconds > 0.9 and wait.cap == ("host", int(ip_address("192.0.2.1")))
    assert throttle.take(ip_address("192.0.2.2"), 0.0) is None


def test_an_ipv6_network_is_a_64() -> None:
    throttle = Throttle(Rates(100, 1, 1), 0.0)
    assert throttle.take(ip_address("2001:db8::1"), 0.0) is None
    assert throttle.take(ip_address("2001:db8::2"), 0.0) is not None
    assert throttle.take(ip_address("2001:db8:0:1::1"), 0.0) is None


def test_hosts_that_rest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates_module, "MAX_BUCKETS", 4)
    throttle = Throttle(Rates(1000, 1000, 1), 0.0)
    for place in range(8):
        throttle.take(ip_address(f"192.0.2.{place}"), place * 10.0)
    assert len(throttle.hosts) <= 5
    assert throttle.take(ip_address("192.0.2.7"), 70.0) is not None, "one that is still held is kept"
