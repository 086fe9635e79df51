"""The plan: every address with every port, each either in a shard or refused by a line of the scope. Pure.

``plan.count`` is the number of (address, port) pairs asked for, and always the sum of its shards and its refusals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from itertools import pairwise
from typing import Any, NamedTuple

from exposure_scan.model import Address, Endpoint, Network, Transport, Vantage
from exposure_scan.ports import NO_PORTS, Ports
from exposure_scan.scope.decide import NEVER, open_ports, rule, standing
from exposure_scan.scope.scope import Area, Scope
from zhongbao_core.canonical import canonical, digest
from zhongbao_core.errors import CannotTellError, UsageError
from zhongbao_core.text import Text

FORMAT = "zhongbao-plan/1"
MAX_PROBES = 50_000
"""In one shard: some seconds of work, lost at most where a run is killed."""
MAX_PLAN = 200_000_000
TRANSPORTS: tuple[Transport, ...] = ("tcp", "udp")
MAX_SINGLE = 65_536
"""IPv6 addresses that are looked at one by one."""


class Asked(NamedTuple):
    """What somebody wants asked: a network (or one address) on some ports."""

    network: Network
    ports: Ports
    transport: Transport = "tcp"


@dataclass(frozen=True, slots=True)
class Block:
    """Addresses from ``first`` to ``last``, both ends included."""

    first: Address
    last: Address

    @property
    def count(self) -> int:
        """How many addresses."""
        return int(self.last) - int(self.first) + 1

    def __iter__(self) -> Iterator[Address]:
        make = IPv4Address if self.first.version == 4 else IPv6Address
        return (make(number) for number in range(int(self.first), int(self.last) + 1))

    def __str__(self) -> str:
        return str(self.first) if self.count == 1 else f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class Shard:
    """Work that is committed once: each address of ``blocks`` with each of ``ports``."""

    number: int
    blocks: tuple[Block, ...]
    ports: Ports
    transport: Transport

    @property
    def addresses(self) -> Iterator[Address]:
        """Every address, in order."""
        return (address for block in self.blocks for address in block)

    @property
    def count(self) -> int:
        """How many probes."""
        return sum(block.count for block in self.blocks) * self.ports.count

    def endpoints(self) -> Iterator[Endpoint]:
        """Every endpoint, hosts interleaved: no host sees a burst."""
        for port in self.ports:
            for address in self.addresses:
                yield Endpoint(address, port, self.transport)

    def as_json(self) -> dict[str, Any]:
        """The shard as the plan is hashed and carried."""
        return {
            "number": self.number,
            "addresses": [str(block) for block in self.blocks],
            "ports": str(self.ports),
            "transport": self.transport,
        }


@dataclass(frozen=True, slots=True)
class Refused:
    """What the scope refused when the plan was made, with the line that did."""

    block: Block
    ports: Ports
    transport: Transport
    code: str
    line: str

    @property
    def count(self) -> int:
        """How many probes."""
        return self.block.count * self.ports.count

    def as_json(self) -> dict[str, Any]:
        """The refusal as the plan is hashed and carried."""
        return {
            "addresses": str(self.block),
            "ports": str(self.ports),
            "transport": self.transport,
            "code": self.code,
            "line": self.line,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that was asked for: what will be asked, and what will not."""

    scope: str
    """Digest of the scope it was made under."""
    vantage: Vantage
    shards: tuple[Shard, ...]
    refused: tuple[Refused, ...]

    @property
    def count(self) -> int:
        """How many probes were asked for."""
        return sum(shard.count for shard in self.shards) + sum(item.count for item in self.refused)

    def as_json(self) -> dict[str, Any]:
        """The plan in canonical order."""
        return {
            "format": FORMAT,
            "scope": self.scope,
            "vantage": {"side": self.vantage.side.value, "probe": self.vantage.probe},
            "shards": [item.as_json() for item in self.shards],
            "refused": [item.as_json() for item in self.refused],
        }

    @property
    def digest(self) -> str:
        """What a run is bound to: another plan does not take it up again."""
        return digest(canonical(self.as_json()))


def make_plan(scope: Scope, asked: Sequence[Asked], at: datetime, *, limit: int = MAX_PROBES) -> Plan:
    """The plan for everything in ``asked``, each pair once however often it is named; shards of at most ``limit``.

    Raises CannotTellError where the scope is not in force at ``at``, UsageError PLAN_TOO_LARGE.
    """
    lapse = standing(scope, at)
    if lapse is not None:
        raise CannotTellError(lapse.reason, reason_code=lapse.code)
    if sum(item.network.num_addresses * item.ports.count for item in asked) > MAX_PLAN:
        raise _too_large()
    work: dict[tuple[Transport, int, Ports], list[Block]] = {}
    refused: list[Refused] = []
    for transport in TRANSPORTS:
        for block, ports in _pieces(scope, [item for item in asked if item.transport == transport]):
            found = open_ports(scope, block.first, transport)[1] & ports
            if found:
                work.setdefault((transport, block.first.version, found), []).append(block)
            refused += _refusals(scope, block, ports - found, transport, at)
    shards: list[Shard] = []
    for (transport, _, ports), blocks in sorted(
        work.items(), key=lambda item: (item[0][0], item[0][1], item[0][2].ranges)
    ):
        for some, few in _cut(_joined(blocks), ports, limit):
            shards.append(Shard(len(shards), some, few, transport))
    return Plan(scope.digest, scope.vantage, tuple(shards), tuple(_merged(refused)))


def _pieces(scope: Scope, asked: Sequence[Asked]) -> Iterator[tuple[Block, Ports]]:
    """Blocks of addresses over which every line of the scope says the same, with the ports that are wanted of them."""
    for version in (4, 6):
        wanted = [item for item in asked if item.network.version == version]
        edges = sorted({edge for item in wanted for edge in _edges(item.network)} | _all_edges(scope, version))
        for first, after in pairwise(edges):
            ports = NO_PORTS
            for item in wanted:
                if int(item.network.network_address) <= first and after - 1 <= int(item.network.broadcast_address):
                    ports = ports | item.ports
            if ports:
                yield from ((block, ports) for block in _uniform(first, after - 1, version))


def _uniform(first: int, last: int, version: int) -> Iterator[Block]:
    """The block itself; of IPv6 its addresses one by one, for any of them may hide an IPv4 address."""
    if version == 4:
        yield Block(IPv4Address(first), IPv4Address(last))
        return
    if last - first >= MAX_SINGLE:
        raise _too_large()
    for number in range(first, last + 1):
        yield Block(IPv6Address(number), IPv6Address(number))


def _all_edges(scope: Scope, version: int) -> set[int]:
    """Where a line of the scope begins or ends to speak."""
    areas: list[Area] = [
        *(item.area for item in scope.allowed),
        *(item.area for item in scope.excluded),
        *(item.area for item in scope.held),
    ]
    networks = [network for area in areas for network in area.networks] + [network for network, _ in NEVER]
    found = {edge for network in networks if network.version == version for edge in _edges(network)}
    singles = [int(address) for address in scope.resolvers if address.version == version]
    return found | {number + more for number in singles for more in (0, 1)}


def _edges(network: Network) -> tuple[int, int]:
    return int(network.network_address), int(network.broadcast_address) + 1


def _refusals(scope: Scope, block: Block, ports: Ports, transport: Transport, at: datetime) -> Iterator[Refused]:
    """Why ``ports`` of ``block`` are refused: ranges over which every line says the same have one answer."""
    cuts = sorted(
        {edge for lines in _port_lines(scope, transport) for low, high in lines.ranges for edge in (low, high + 1)}
    )
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for low, high in ports.ranges:
        inner = [low, *(cut for cut in cuts if low < cut <= high), high + 1]
        for first, after in pairwise(inner):
            ruling = rule(scope, Endpoint(block.first, first, transport), at)
            found.setdefault((ruling.code, ruling.line), []).append((first, after - 1))
    for (code, line), ranges in found.items():
        yield Refused(block, Ports.joined(ranges), transport, code, line)


def _port_lines(scope: Scope, transport: Transport) -> Iterator[Ports]:
    yield Ports.of([53])
    yield from (item.ports(transport) for item in scope.allowed)
    yield from (item.ports for item in scope.excluded if item.ports is not None)


def _joined(blocks: Iterable[Block]) -> list[Block]:
    """Neighbours put together."""
    found: list[Block] = []
    for block in sorted(blocks, key=lambda item: (item.first.version, int(item.first))):
        if found and found[-1].first.version == block.first.version and int(found[-1].last) + 1 == int(block.first):
            found[-1] = Block(found[-1].first, block.last)
        else:
            found.append(block)
    return found


def _merged(refused: Iterable[Refused]) -> Iterator[Refused]:
    """Neighbours that the same line refuses on the same ports, put together."""
    same: dict[tuple[Transport, int, str, str, Ports], list[Block]] = {}
    for item in refused:
        key = item.transport, item.block.first.version, item.code, item.line, item.ports
        same.setdefault(key, []).append(item.block)
    for (transport, _, code, line, ports), blocks in same.items():
        yield from (Refused(block, ports, transport, code, line) for block in _joined(blocks))


def _cut(blocks: Sequence[Block], ports: Ports, limit: int) -> Iterator[tuple[tuple[Block, ...], Ports]]:
    """Shards of ``blocks`` x ``ports``: first by ports where one host alone is too much, then by hosts."""
    for few in _slices(ports, limit):
        room = limit // few.count
        some: list[Block] = []
        left = room
        for block in blocks:
            first, last = int(block.first), int(block.last)
            make = IPv4Address if block.first.version == 4 else IPv6Address
            while first <= last:
                end = min(last, first + left - 1)
                some.append(Block(make(first), make(end)))
                left -= end - first + 1
                first = end + 1
                if not left:
                    yield tuple(some), few
                    some, left = [], room
        if some:
            yield tuple(some), few


def _slices(ports: Ports, limit: int) -> Iterator[Ports]:
    """``ports`` in order, at most ``limit`` at a time."""
    some: list[tuple[int, int]] = []
    left = limit
    for low, high in ports.ranges:
        while low <= high:
            end = min(high, low + left - 1)
            some.append((low, end))
            left -= end - low + 1
            low = end + 1
            if not left:
                yield Ports(tuple(some))
                some, left = [], limit
    if some:
        yield Ports(tuple(some))


def _too_large() -> UsageError:
    return UsageError(
        Text(
            f"计划超过 {MAX_PLAN} 次探测，或 IPv6 网段过大",
            f"the plan exceeds {MAX_PLAN} probes, or an IPv6 network is too large",
        ),
        Text("缩小网段或端口；IPv6 逐个写地址", "ask for less; name IPv6 addresses one by one"),
        reason_code="PLAN_TOO_LARGE",
    )
