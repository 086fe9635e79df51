"""The words of the exposure scan as types: from where, of whom, what was asked, how it ended, what was seen."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Literal, NamedTuple

from zhongbao_core.text import Text

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Transport = Literal["tcp", "udp"]


class Side(Enum):
    """The side from which something is looked at."""

    INTERNET = "internet"
    INSIDE = "inside"

    @property
    def text(self) -> Text:
        """Its name for people."""
        return _SIDES[self]


_SIDES = {Side.INTERNET: Text("互联网侧", "internet side"), Side.INSIDE: Text("内网侧", "inside")}


class Vantage(NamedTuple):
    """From where (视角): the side, the named probe, and the address that the other end sees."""

    side: Side
    probe: str = ""
    egress: tuple[Address, ...] = ()

    @property
    def proves_exposure(self) -> bool:
        """Whether what is seen from here says what the internet sees: only from its side."""
        return self.side is Side.INTERNET


class Holder(Enum):
    """Who uses an address of ours."""

    OWN = "own"
    PARTNER = "partner"
    CUSTOMER = "customer"

    @property
    def text(self) -> Text:
        """Its name for people."""
        return _HOLDERS[self]


_HOLDERS = {
    Holder.OWN: Text("自有", "own"),
    Holder.PARTNER: Text("合作方", "partner"),
    Holder.CUSTOMER: Text("客户", "customer"),
}


class Endpoint(NamedTuple):
    """One port of one numeric address: what a socket is opened to."""

    address: Address
    port: int
    transport: Transport = "tcp"

    def __str__(self) -> str:
        shown = f"[{self.address}]" if self.address.version == 6 else str(self.address)
        return f"{shown}:{self.port}/{self.transport}"


class Target(NamedTuple):
    """What somebody asks about, read from any of its written forms: a name, an address or a whole network."""

    raw: str
    name: str = ""
    """The name in ASCII, without its final dot; empty where it is an address."""
    network: Network | None = None
    """The address as a network of one, or the network; None where it is a name."""
    port: int | None = None
    hidden: tuple[Address, ...] = ()
    """Other addresses that a packet to it may reach: they must be in scope as well."""
    read_as: tuple[Address, ...] = ()
    """Other addresses that another reader takes the same text for: they must not be excluded."""
    forms: tuple[Text, ...] = ()
    """How it was written, where that is not the plain way."""

    @property
    def address(self) -> Address | None:
        """The one address it is, or None."""
        found = self.network
        return found.network_address if found is not None and found.num_addresses == 1 else None

    @property
    def plain(self) -> str:
        """The name, address or network as it is used."""
        return self.name or str(self.address or self.network)


class State(Enum):
    """How one question ended."""

    OPEN = "open"
    CLOSED = "closed"
    FILTERED = "filtered"
    REFUSED = "refused_by_scope"
    ERROR = "error"
    UNASKED = "not_asked"

    @property
    def text(self) -> Text:
        """Its name for people."""
        return _STATES[self]

    @property
    def answered(self) -> bool:
        """Whether the other end said something."""
        return self in (State.OPEN, State.CLOSED)


_STATES = {
    State.OPEN: Text("开放", "open"),
    State.CLOSED: Text("关闭", "closed"),
    State.FILTERED: Text("无应答", "no answer"),
    State.REFUSED: Text("不在授权范围", "refused by scope"),
    State.ERROR: Text("出错", "error"),
    State.UNASKED: Text("未检查", "not looked at"),
}


class Observation(NamedTuple):
    """What was seen (观测), from where and when."""

    endpoint: Endpoint
    state: State
    vantage: Vantage
    at: datetime


class Attempt(NamedTuple):
    """One question and how it ended (探测)."""

    endpoint: Endpoint
    state: State
    reason: str = ""
    """What the system said, or the id of the scope line that refused it."""
    tries: int = 1
    engine: str = ""

    def seen(self, vantage: Vantage, at: datetime) -> Observation | None:
        """The observation it makes; None where nothing answered, which is no observation of anything."""
        return Observation(self.endpoint, self.state, vantage, at) if self.state.answered else None
