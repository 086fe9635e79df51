"""The connect engine against real listeners on loopback: nothing missed, nothing extra, every endpoint ends in one state."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from exposure_made import AT, END, FAST, allow, exclude, scope
from exposure_witness import Witness

from exposure_scan.engines import connect
from exposure_scan.engines.connect import Control, Pace, Way, Worked, work
from exposure_scan.model import Endpoint, Side, State, Vantage
from exposure_scan.plan import Asked, Shard, make_plan
from exposure_scan.ports import Ports
from exposure_scan.rates import BURST, Wait
from exposure_scan.scope.decide import Ruling
from exposure_scan.scope.scope import Rates, Scope
from exposure_scan.wire import Clocks, Connection, Ended, Guard, Wire

QUICK = Way(Pace(256, 0.3), Pace(32, 0.6))
ONE = ip_address("127.0.0.1")
HOSTS = [ip_address(f"127.0.0.{last}") for last in (1, 2, 3)]


class Steps:
    """A steady clock that moves by a step each time it is read: a rate never makes a test wait."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


def listening(stack: ExitStack, address: str, backlog: int = 64) -> socket.socket:
    made = stack.enter_context(socket.socket())
    made.bind((address, 0))
    made.listen(backlog)
    return made


def port_of(made: socket.socket) -> int:
    port: int = made.getsockname()[1]
    return port


def silent(stack: ExitStack) -> int:
    """A port of 127.0.0.1 that answers nothing: its queue is full, so the kernel drops what asks for more."""
    made = listening(stack, "127.0.0.1", 0)
    for _ in range(4):
        asking = stack.enter_context(socket.socket())
        asking.setblocking(False)
        asking.connect_ex(made.getsockname())
    return port_of(made)


def shard_of(asked: Scope, ports: set[int], nets: tuple[str, ...] = ("127.0.0.1/32",)) -> Shard:
    (shard,) = make_plan(asked, [Asked(ip_network(net), Ports.of(ports)) for net in nets], AT).shards
    return shard


def home(**more: object) -> Scope:
    return scope(allow("home", "127.0.0.0/29"), **more)  # type: ignore[arg-type]


def asked(shard: Shard, scope_: Scope | None = None, way: Way = QUICK, steady: Steps | None = None) -> Worked:
    clocks = Clocks(lambda: AT, steady) if steady else Clocks(lambda: AT)
    with Wire(Guard(scope_ or home(), clocks)) as wire:
        return work(wire, shard, way)


def opened(worked: Worked) -> set[tuple[str, int]]:
    return {(str(item.endpoint.address), item.endpoint.port) for item in worked.tally.attempts()}


def test_every_open_port_is_found_and_no_other(stack: ExitStack) -> None:
    there = [listening(stack, str(host)) for host in HOSTS for _ in range(5)]
    wanted = {made.getsockname()[:2] for made in there}
    ports = {port_of(made) for made in there} | set(range(20_000, 20_200))
    shard = shard_of(home(), ports, ("127.0.0.1/32", "127.0.0.2/31"))
    worked = asked(shard)
    assert opened(worked) == wanted and worked.stopped is None
    counts = worked.tally.counts()
    assert (counts[State.OPEN], counts[State.CLOSED]) == (15, shard.count - 15)
    assert {item.ending.reason for item in worked.tally.covered()} == {"connected", "ECONNREFUSED"}


def test_an_answer_makes_an_observation_with_its_vantage(stack: ExitStack) -> None:
    made = listening(stack, "127.0.0.1")
    (attempt,) = asked(shard_of(home(), {port_of(made)})).tally.attempts()
    vantage = Vantage(Side.INTERNET, "wuhan-1")
    seen = attempt.seen(vantage, AT)
    assert seen is not None and (seen.endpoint, seen.state, seen.vantage) == (attempt.endpoint, State.OPEN, vantage)
    assert attempt._replace(state=State.FILTERED).seen(vantage, AT) is None
    assert vantage.proves_exposure and not Vantage(Side.INSIDE).proves_exposure


def test_what_gives_no_answer_is_asked_once_more_and_is_then_no_answer(stack: ExitStack) -> None:
    port, open_port = silent(stack), port_of(listening(stack, "127.0.0.1"))
    worked = asked(shard_of(home(), {port, open_port}))
    endings = {item.ports.ranges[0][0]: item.ending for item in worked.tally.covered()}
    assert (endings[port].state, endings[port].reason, endings[port].tries) == (State.FILTERED, "timeout", 2)
    assert (endings[open_port].state, endings[open_port].tries) == (State.OPEN, 1)


class Lossy(Wire):
    """A wire that loses the first packet to some ports: it goes to a port that answers nothing."""

    def __init__(self, guard: Guard, lost: set[int], nowhere: int) -> None:
        super().__init__(guard)
        self.lost, self.nowhere = set(lost), nowhere
        self.asked: list[int] = []

    def connect(self, endpoint: Endpoint) -> Connection | Ruling | Wait | Ended:
        self.asked.append(endpoint.port)
        if endpoint.port in self.lost:
            self.lost.remove(endpoint.port)
            return super().connect(endpoint._replace(port=self.nowhere))
        return super().connect(endpoint)


def test_only_what_gave_no_answer_is_asked_again_and_a_lost_packet_costs_nothing(stack: ExitStack) -> None:
    made = [port_of(listening(stack, "127.0.0.1")) for _ in range(4)]
    wire = Lossy(Guard(home(), Clocks(lambda: AT)), {made[0], made[1]}, silent(stack))
    worked = work(wire, shard_of(home(), set(made)), QUICK)
    assert sorted(wire.asked) == sorted([*made, made[0], made[1]])
    assert {item.endpoint.port: item.tries for item in worked.tally.attempts()} == {
        made[0]: 2, made[1]: 2, made[2]: 1, made[3]: 1,
    }  # fmt: skip


def test_the_control_port_tells_of_loss(stack: ExitStack) -> None:
    control, others = port_of(listening(stack, "127.0.0.1")), set(range(20_000, 20_100))
    way = replace(QUICK, control=Endpoint(ONE, control), control_every=20)
    worked = asked(shard_of(home(), others), way=way)
    assert (worked.control, worked.control.loss) == (Control(5, 5), 0.0)
    assert sum(worked.tally.counts().values()) == 100, "the control port is no part of the plan"
    lossy = asked(shard_of(home(), others), way=replace(way, control=Endpoint(ONE, silent(stack))))
    assert (lossy.control, lossy.control.loss) == (Control(5, 0), 1.0)
    assert Control().loss == 0.0 and Control().asked == 0


def test_what_the_wire_refuses_ends_as_refused_with_the_line(stack: ExitStack, witness: Witness) -> None:
    """The plan was made under a scope that has been narrowed since."""
    made = listening(stack, "127.0.0.1")
    shard = shard_of(home(), {port_of(made), 20_000})
    worked = asked(shard, home(excluded=(exclude("ssh", "127.0.0.0/8", ports="20000"),)))
    endings = {str(item.ports): item.ending for item in worked.tally.covered()}
    assert (endings["20000"].state, endings["20000"].reason) == (State.REFUSED, "ssh")
    assert witness.addresses() == [("127.0.0.1", port_of(made))]


def test_a_run_that_expires_midway_says_what_was_not_looked_at(witness: Witness) -> None:
    shard = shard_of(home(), set(range(20_000, 20_400)))
    steady = Steps(1.0)
    steady.now = 0.0
    wall = iter([AT, *([AT] * 150)])
    clocks = Clocks(lambda: next(wall, END + timedelta(seconds=1)), steady)
    with Wire(Guard(home(), clocks)) as wire:
        worked = work(wire, shard, Way(Pace(16, 1e9), Pace(16, 1e9)))
    counts = worked.tally.counts()
    assert worked.stopped is not None and worked.stopped.reason_code == "SCOPE_EXPIRED"
    assert 0 < counts[State.CLOSED] < 400 and counts[State.CLOSED] + counts[State.UNASKED] == shard.count
    assert len(witness.addresses()) < 400
    rest = {item.ending.reason for item in worked.tally.covered() if item.ending.state is State.UNASKED}
    assert rest == {"SCOPE_EXPIRED"}


def test_the_stop_file_ends_a_run_before_its_first_packet(tmp_path: Path, witness: Witness) -> None:
    stop = tmp_path / "stop"
    stop.touch()
    shard = shard_of(home(), {20_000, 20_001})
    worked = asked(shard, home(stop_file=str(stop)))
    assert worked.stopped is not None and worked.stopped.reason_code == "RUN_STOPPED"
    assert worked.tally.counts()[State.UNASKED] == 2 and witness.addresses() == []


@pytest.mark.parametrize(
    "rates",
    [Rates(20, 20, 20), Rates(1000, 20, 20), Rates(1000, 1000, 20), Rates(30, 20, 10)],
    ids=["in all", "a network", "a host", "each of them"],
)
def test_every_cap_holds_and_every_endpoint_still_ends(
    rates: Rates, witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "POLL", 0.0)  # the clock is ours: nothing is slept through
    steady = Steps(0.0005)
    shard = shard_of(home(), set(range(20_000, 20_030)), ("127.0.0.1/32", "127.0.0.2/31"))
    worked = asked(shard, home(rates=rates), Way(Pace(8, 1e9), Pace(8, 1e9)), steady)
    assert worked.tally.counts()[State.CLOSED] == shard.count == len(witness.addresses()) == 90
    for rate, hosts in ((rates.total, 1), (rates.net, 1), (rates.host, 3)):
        assert hosts * (max(1.0, rate / BURST) + steady.now * rate) >= 90


class Short(Wire):
    """A machine that is short of local ports: at times, or for good."""

    def __init__(self, guard: Guard, times: int) -> None:
        super().__init__(guard)
        self.times = times

    def connect(self, endpoint: Endpoint) -> Connection | Ruling | Wait | Ended:
        if self.times:
            self.times -= 1
            return Wait(0.0, ("local", 0))
        return super().connect(endpoint)


@pytest.mark.parametrize(("times", "state"), [(7, State.CLOSED), (100_000, State.ERROR)])
def test_a_machine_that_is_short_waits_and_at_last_says_so(times: int, state: State) -> None:
    with Short(Guard(home(), Clocks(lambda: AT)), times) as wire:
        worked = work(wire, shard_of(home(), {20_000, 20_001}), QUICK)
    assert worked.tally.counts()[state] == 2


def test_an_interrupt_leaves_no_socket_behind(stack: ExitStack) -> None:
    port = silent(stack)
    kept: list[Connection] = []

    class Interrupted(Wire):
        def connect(self, endpoint: Endpoint) -> Connection | Ruling | Wait | Ended:
            found = super().connect(endpoint)
            if not isinstance(found, Connection):
                raise TypeError
            if endpoint.port != port:
                found.close()
                raise KeyboardInterrupt
            kept.append(found)
            return found

    with Interrupted(Guard(home(rates=FAST), Clocks(lambda: AT))) as wire, pytest.raises(KeyboardInterrupt):
        work(wire, shard_of(home(), {port, 65_000}), QUICK)
    assert kept and all(item.fileno() == -1 for item in kept)
