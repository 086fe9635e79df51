"""The plan: each pair once, in a shard or with the line that refused it; the sum is what was asked for."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from ipaddress import ip_address, ip_network

import pytest
from exposure_made import AT, END, allow, exclude, held, scope
from hypothesis import given, settings
from hypothesis import strategies as st

from exposure_scan.coverage import Ending, Tally
from exposure_scan.model import Endpoint, Holder, State
from exposure_scan.plan import Asked, Plan, make_plan
from exposure_scan.ports import ALL_PORTS, Ports, parse_ports
from exposure_scan.scope.decide import rule
from exposure_scan.scope.scope import Scope
from zhongbao_core.errors import CannotTellError, UsageError

SCOPE = scope(
    allow("dmz", "192.0.2.0/27", "2001:db8::/64", tcp="1-1000", udp="53,161"),
    allow("web", "192.0.2.24/29", tcp="8000-8100"),
    excluded=(exclude("pay", "192.0.2.9/32"), exclude("old", "192.0.2.4/30", ports="80,8000-8010")),
    holders=(held("homes", Holder.CUSTOMER, "192.0.2.28/30"),),
    resolvers=("192.0.2.200",),
)
Pair = tuple[str, int, str]


def asked(*pairs: tuple[str, str]) -> list[Asked]:
    """TCP, unless the ports begin with u."""
    return [
        Asked(ip_network(net), parse_ports(ports.removeprefix("u")), "udp" if ports.startswith("u") else "tcp")
        for net, ports in pairs
    ]


def wanted(some: list[Asked]) -> Counter[Pair]:
    return Counter(
        {(str(address), port, item.transport): 1 for item in some for address in item.network for port in item.ports}
    )


def planned(plan: Plan) -> Counter[Pair]:
    found: Counter[Pair] = Counter()
    for shard in plan.shards:
        found.update((str(item.address), item.port, item.transport) for item in shard.endpoints())
    for item in plan.refused:
        found.update((str(address), port, item.transport) for address in item.block for port in item.ports)
    return found


def holds(plan: Plan, asking: Scope, some: list[Asked], limit: int) -> None:
    assert planned(plan) == wanted(some)
    assert plan.count == len(wanted(some))
    for number, shard in enumerate(plan.shards):
        assert shard.number == number and 0 < shard.count <= limit
        assert shard.count == len(list(shard.endpoints()))
        assert all(rule(asking, endpoint, AT).allowed for endpoint in shard.endpoints())
    for item in plan.refused:
        for address in item.block:
            for port in item.ports:
                found = rule(asking, Endpoint(address, port, item.transport), AT)
                assert (found.allowed, found.code, found.line) == (False, item.code, item.line)


def test_every_pair_is_planned_once_with_its_reason() -> None:
    some = asked(
        ("192.0.2.0/26", "22,80,8005"),
        ("192.0.2.8/29", "80-82"),
        ("192.0.2.200/32", "u53,54"),
        ("192.0.2.0/30", "u161"),
    )
    some += asked(("2001:db8::/126", "80,1001"), ("0.0.0.0/30", "1"))
    plan = make_plan(SCOPE, some, AT, limit=40)
    holds(plan, SCOPE, some, 40)
    lines = {
        (item.code, item.line): str(item.ports) for item in plan.refused if item.block.first == ip_address("192.0.2.4")
    }
    assert lines == {("EXCLUDED", "old"): "80,8005"}


NETS = [
    "192.0.2.0/28",
    "192.0.2.8/30",
    "192.0.2.24/29",
    "192.0.2.16/28",
    "192.0.2.200/31",
    "2001:db8::/126",
    "198.51.100.0/30",
]
PORTS = ["80", "u53-55", "u161", "78-82", "7998-8012", "999-1002"]


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(NETS), st.sampled_from(PORTS)), min_size=1, max_size=4), st.integers(1, 60))
def test_the_sum_is_always_what_was_asked_for(pairs: list[tuple[str, str]], limit: int) -> None:
    some = asked(*pairs)
    holds(make_plan(SCOPE, some, AT, limit=limit), SCOPE, some, limit)


def test_full_ranges_are_cut_by_ports_and_many_hosts_by_hosts() -> None:
    wide = scope(allow("all", "192.0.2.0/24"))
    plan = make_plan(wide, [Asked(ip_network("192.0.2.0/29"), ALL_PORTS)], AT)
    assert plan.count == 8 * 65535 and max(shard.count for shard in plan.shards) <= 50_000
    plan = make_plan(wide, [Asked(ip_network("192.0.2.0/24"), parse_ports("1-1000"))], AT)
    assert [shard.count for shard in plan.shards] == [50_000] * 5 + [6_000]


def test_hosts_are_interleaved_in_a_shard() -> None:
    plan = make_plan(scope(allow("all", "192.0.2.0/30")), asked(("192.0.2.0/30", "80,81")), AT)
    assert [(int(item.address) & 3, item.port) for item in plan.shards[0].endpoints()] == [
        *((host, 80) for host in range(4)),
        *((host, 81) for host in range(4)),
    ]


def test_the_same_question_gives_the_same_digest_and_another_scope_another() -> None:
    one = make_plan(SCOPE, asked(("192.0.2.0/29", "80"), ("192.0.2.8/29", "80")), AT)
    other = make_plan(SCOPE, asked(("192.0.2.8/29", "80"), ("192.0.2.0/28", "80")), AT)
    assert one.digest == other.digest
    wider = scope(allow("dmz", "192.0.2.0/24"))
    assert make_plan(wider, asked(("192.0.2.0/28", "80")), AT).digest != one.digest


def test_a_plan_needs_a_scope_in_force_and_an_end() -> None:
    with pytest.raises(CannotTellError) as late:
        make_plan(SCOPE, asked(("192.0.2.0/29", "80")), END + timedelta(1))
    assert late.value.reason_code == "SCOPE_EXPIRED"
    for net in ("10.0.0.0/8", "2001:db8::/64"):
        with pytest.raises(UsageError) as large:
            make_plan(SCOPE, [Asked(ip_network(net), parse_ports("1-1000"))], AT)
        assert large.value.reason_code == "PLAN_TOO_LARGE"


ENDINGS = st.sampled_from([State.OPEN, State.CLOSED, State.FILTERED, State.REFUSED, State.ERROR])


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(78, 90), ENDINGS, st.integers(1, 2)), max_size=40))
def test_the_states_of_a_shard_always_sum_up_to_it(said: list[tuple[int, int, State, int]]) -> None:
    plan = make_plan(scope(allow("all", "192.0.2.0/30")), asked(("192.0.2.0/30", "78-90")), AT)
    (shard,) = plan.shards
    tally, last = Tally(shard, "fake"), {}
    for host, port, state, tries in said:
        endpoint = Endpoint(ip_address(f"192.0.2.{host}"), port)
        tally.record(endpoint, state, "", tries)
        last[endpoint] = Ending(state, "", tries)
    tally.stop("RUN_STOPPED")
    found = {Endpoint(item.address, port): item.ending for item in tally.covered() for port in item.ports}
    assert (
        sum(tally.counts().values()) == shard.count == len(found) == sum(item.ports.count for item in tally.covered())
    )
    unasked = Ending(State.UNASKED, "RUN_STOPPED", 0)
    assert found == {endpoint: last.get(endpoint, unasked) for endpoint in shard.endpoints()}
    assert {item.endpoint for item in tally.attempts()} == {
        endpoint for endpoint, ending in last.items() if ending.state is State.OPEN
    }


def test_what_is_not_planned_cannot_be_recorded() -> None:
    (shard,) = make_plan(scope(allow("all", "192.0.2.0/30")), asked(("192.0.2.0/30", "80")), AT).shards
    tally = Tally(shard, "fake")
    for endpoint in (Endpoint(ip_address("192.0.2.1"), 81), Endpoint(ip_address("192.0.2.9"), 80)):
        with pytest.raises(KeyError):
            tally.record(endpoint, State.OPEN, "", 1)
    assert tally.counts()[State.UNASKED] == shard.count == 4
    assert Ports.of([80]) == shard.ports
