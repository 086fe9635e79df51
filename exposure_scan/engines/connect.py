"""The embedded engine: TCP connects by the thousand in one process, nothing to install and no rights needed.

It keeps a window of connections open and gives each the same time. What gives no answer is asked once more, slower:
a first pass in a hurry loses packets, and only the second says *no answer*. A control port that is known to be open is
asked in between; what it does not answer is loss on the way, and the result says so. All sockets come from the wire,
which may refuse, hold back or stop; in each case every endpoint of the shard still ends in one state.
"""

from __future__ import annotations

import select
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import NamedTuple, Protocol

from exposure_scan.coverage import Tally
from exposure_scan.model import Endpoint, State
from exposure_scan.plan import Shard
from exposure_scan.rates import Wait
from exposure_scan.scope.decide import Ruling
from exposure_scan.wire import Connection, Ended, Guard, StoppedError, outcome

ENGINE = "connect"
POLL = 0.2
"""Seconds after which the guard is asked again though nothing happens."""
PATIENT = 100
"""How often in a row this machine may be short of something while nothing is under way, before that is an error."""
ONE_FOR_ALL = frozenset({"total", "local"})
"""Caps for which everything waits, not one host or network alone."""


class Wired(Protocol):
    """The wire as the engine uses it."""

    guard: Guard

    def connect(self, endpoint: Endpoint) -> Connection | Ruling | Wait | Ended:
        """See ``Wire.connect``."""


class Pace(NamedTuple):
    """How many connections at once, and how long each may take."""

    window: int
    timeout: float


FIRST, SECOND = Pace(1024, 1.0), Pace(128, 3.0)


@dataclass(frozen=True, slots=True)
class Way:
    """How a shard is asked: the first pass, the slower second, and the control port with how often it is asked."""

    first: Pace = FIRST
    second: Pace = SECOND
    control: Endpoint | None = None
    control_every: int = 500


class Control(NamedTuple):
    """What the control port was asked and answered."""

    asked: int = 0
    answered: int = 0

    @property
    def loss(self) -> float:
        """The share that was lost on the way; 0 where nothing was asked, and then ``asked`` says so."""
        return 1 - self.answered / self.asked if self.asked else 0.0


@dataclass(frozen=True, slots=True)
class Worked:
    """A shard with the ending of every endpoint in it."""

    tally: Tally
    control: Control
    stopped: StoppedError | None = None
    """Why the run may go no further; the rest of the shard was not looked at."""


def work(wire: Wired, shard: Shard, way: Way | None = None) -> Worked:
    """Ask every endpoint of ``shard``. Raises nothing that the world does; an interrupt leaves no socket behind."""
    way = way or Way()
    run = _Run(wire, Tally(shard, ENGINE), way)
    stopped = None
    try:
        run.go(_with_control(shard.endpoints(), way), way.first, 1)
        run.go(_with_control(list(run.tally.silent()), way), way.second, 2)
    except StoppedError as error:
        run.tally.stop(error.reason_code)
        stopped = error
    finally:
        run.close()
    return Worked(run.tally, Control(run.asked, run.answered), stopped)


def _with_control(endpoints: Iterable[Endpoint], way: Way) -> Iterator[tuple[Endpoint, bool]]:
    """(endpoint, whether it is the control port): the control port comes first and then at every so many."""
    for number, endpoint in enumerate(endpoints):
        if way.control is not None and number % way.control_every == 0:
            yield way.control, True
        yield endpoint, False


class _Flight(NamedTuple):
    connection: Connection
    endpoint: Endpoint
    control: bool


@dataclass
class _Run:
    """One shard under way."""

    wire: Wired
    tally: Tally
    way: Way
    asked: int = 0
    answered: int = 0
    _poll: select.epoll = field(default_factory=select.epoll)
    _flights: dict[int, _Flight] = field(default_factory=dict)
    _deadlines: deque[tuple[float, int, _Flight]] = field(default_factory=deque)
    _held: dict[tuple[str, int], deque[tuple[Endpoint, bool]]] = field(default_factory=dict)
    """What waits for a cap, by the cap."""
    _wakes: list[tuple[float, tuple[str, int]]] = field(default_factory=list)
    _waiting: int = 0
    _short: int = 0

    def go(self, todo: Iterator[tuple[Endpoint, bool]], pace: Pace, tries: int) -> None:
        """One pass over ``todo``."""
        more = True
        self._deadlines.clear()
        while more or self._waiting or self._flights:
            self.wire.guard.watch()
            self._wake(pace, tries)
            while more and len(self._flights) < pace.window and self._waiting < pace.window and not self._all_wait():
                item = next(todo, None)
                more = item is not None
                if item is not None:
                    self._ask(item, pace, tries)
            self._collect(pace, tries)

    def close(self) -> None:
        """Let go of every connection."""
        for flight in self._flights.values():
            flight.connection.close()
        self._flights.clear()
        self._poll.close()

    def _all_wait(self) -> bool:
        return any(cap[0] in ONE_FOR_ALL for cap in self._held)

    def _ask(self, item: tuple[Endpoint, bool], pace: Pace, tries: int) -> bool:
        """Ask one endpoint; False where it must wait."""
        endpoint, control = item
        found = self.wire.connect(endpoint)
        if isinstance(found, Wait) and not self._starved(found):
            self._hold(item, found)
            return False
        self.asked += control
        if isinstance(found, Wait):
            found = Ended(State.ERROR, "local-shortage")
        if isinstance(found, Ruling):
            self._end(endpoint, control, Ended(State.REFUSED, found.line or found.code), tries)
        elif isinstance(found, Ended):
            self._end(endpoint, control, found, tries)
        else:
            flight = _Flight(found, endpoint, control)
            number = found.fileno()
            self._flights[number] = flight
            self._deadlines.append((self._now() + pace.timeout, number, flight))
            self._poll.register(number, select.EPOLLOUT)
        return True

    def _starved(self, wait: Wait) -> bool:
        """Whether this machine has been short of something for so long that it will stay so."""
        local = wait.cap[0] == "local" and not self._flights
        self._short = self._short + 1 if local else 0
        return self._short > PATIENT

    def _hold(self, item: tuple[Endpoint, bool], wait: Wait) -> None:
        held = self._held.get(wait.cap)
        if held is None:
            held = self._held[wait.cap] = deque()
            heappush(self._wakes, (self._now() + wait.seconds, wait.cap))
        held.append(item)
        self._waiting += 1

    def _wake(self, pace: Pace, tries: int) -> None:
        """Ask what has waited long enough, as far as its cap lets it."""
        while self._wakes and self._wakes[0][0] <= self._now() and len(self._flights) < pace.window:
            _, cap = heappop(self._wakes)
            held = self._held.pop(cap)
            self._waiting -= len(held)
            while held and len(self._flights) < pace.window and self._ask(held.popleft(), pace, tries):
                pass
            if held:
                self._again(cap, held)

    def _again(self, cap: tuple[str, int], held: deque[tuple[Endpoint, bool]]) -> None:
        """Put back what still waits for ``cap``: behind the one that was just held for it, or to be tried at once."""
        before = self._held.get(cap)
        if before is None:
            self._held[cap] = held
            heappush(self._wakes, (self._now(), cap))
        else:
            before.extend(held)
        self._waiting += len(held)

    def _collect(self, pace: Pace, tries: int) -> None:
        """Take in what was answered, and give up on what has had its time."""
        for number, _ in self._poll.poll(self._patience(pace)):
            flight = self._flights.pop(number)
            ended = outcome(flight.connection)
            flight.connection.close()
            self._end(flight.endpoint, flight.control, ended, tries)
        now = self._now()
        while self._deadlines and self._deadlines[0][0] <= now:
            _, number, flight = self._deadlines.popleft()
            if self._flights.get(number) is flight:
                del self._flights[number]
                flight.connection.close()
                self._end(flight.endpoint, flight.control, Ended(State.FILTERED, "timeout"), tries)

    def _patience(self, pace: Pace) -> float:
        """Seconds until something must be done though nothing is answered."""
        until = [POLL]
        now = self._now()
        if self._wakes and len(self._flights) < pace.window:
            until.append(self._wakes[0][0] - now)
        if self._deadlines:
            until.append(self._deadlines[0][0] - now)
        return max(0.0, min(until))

    def _end(self, endpoint: Endpoint, control: bool, ended: Ended, tries: int) -> None:
        if control:
            self.answered += ended.state is State.OPEN
        else:
            self.tally.record(endpoint, ended.state, ended.reason, tries)

    def _now(self) -> float:
        return self.wire.guard.clocks.steady()
