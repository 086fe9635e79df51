"""Coverage: how each (address, port) of a shard ended, as ranges of ports; the sum always equals the shard. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from exposure_scan.model import Address, Attempt, Endpoint, State
from exposure_scan.plan import Shard
from exposure_scan.ports import Ports


class Ending(NamedTuple):
    """How probes ended: state, reason, and after how many tries."""

    state: State
    reason: str
    tries: int


class Covered(NamedTuple):
    """Ports of one address that ended alike."""

    address: Address
    ending: Ending
    ports: Ports


class Tally:
    """The endings of one shard while it is worked on; what nobody recorded was not looked at."""

    def __init__(self, shard: Shard, engine: str) -> None:
        self.shard = shard
        self.engine = engine
        self.unasked = Ending(State.UNASKED, "", 0)
        self._endings: dict[Address, dict[int, Ending]] = {address: {} for address in shard.addresses}
        self._same: dict[Ending, Ending] = {}

    def record(self, endpoint: Endpoint, state: State, reason: str, tries: int) -> None:
        """How ``endpoint`` ended; a later word replaces an earlier one. Raises KeyError for one that is not planned."""
        if endpoint.port not in self.shard.ports:
            raise KeyError(str(endpoint))
        ending = Ending(state, reason, tries)
        self._endings[endpoint.address][endpoint.port] = self._same.setdefault(ending, ending)

    def stop(self, reason: str) -> None:
        """Why the rest was not looked at."""
        self.unasked = Ending(State.UNASKED, reason, 0)

    def silent(self) -> Iterator[Endpoint]:
        """Every endpoint that gave no answer, hosts interleaved: what a second pass asks again."""
        for endpoint in self.shard.endpoints():
            ending = self._endings[endpoint.address].get(endpoint.port)
            if ending is not None and ending.state is State.FILTERED:
                yield endpoint

    def attempts(self) -> Iterator[Attempt]:
        """Every endpoint that is open: only answers have rows of their own."""
        for address, ports in self._endings.items():
            for port, ending in sorted(ports.items()):
                if ending.state is State.OPEN:
                    endpoint = Endpoint(address, port, self.shard.transport)
                    yield Attempt(endpoint, ending.state, ending.reason, ending.tries, self.engine)

    def covered(self) -> Iterator[Covered]:
        """All of the shard, as ranges of ports that ended alike, by address and by first port."""
        for address, ports in self._endings.items():
            alike: dict[Ending, list[int]] = {}
            for port, ending in ports.items():
                alike.setdefault(ending, []).append(port)
            found = {ending: Ports.of(some) for ending, some in alike.items()}
            rest = self.shard.ports - Ports.of(ports)
            if rest:
                found[self.unasked] = rest
            for ending, some in sorted(found.items(), key=lambda item: item[1].ranges):
                yield Covered(address, ending, some)

    def counts(self) -> dict[State, int]:
        """How many ended in each state; they sum up to ``shard.count``."""
        found = dict.fromkeys(State, 0)
        for item in self.covered():
            found[item.ending.state] += item.ports.count
        return found
