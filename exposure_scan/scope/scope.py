"""The scope (授权范围): what may be asked, from where, when and how fast, and on whose word. Values only."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, NamedTuple

from exposure_scan.model import Address, Holder, Network, Target, Transport, Vantage
from exposure_scan.ports import NO_PORTS, Ports
from exposure_scan.scope.names import covers
from zhongbao_core.approval.subject import Subject
from zhongbao_core.approval.subject import Target as System
from zhongbao_core.canonical import canonical, digest
from zhongbao_core.clock import Span, iso
from zhongbao_core.text import NOTHING, Text

FORMAT = "zhongbao-scope/1"
KIND = "scan"
RESOLVER_PORT = 53
MOBILE = re.compile(r"(?:\+?86[- ]?)?1[3-9]\d{9}")


@dataclass(frozen=True, slots=True)
class Area:
    """Addresses and names, as one line of the scope says them."""

    id: str
    networks: tuple[Network, ...] = ()
    names: tuple[str, ...] = ()
    source: str = ""
    """``file:line`` where it stands."""
    why: Text = NOTHING

    def holds(self, target: Target) -> bool:
        """Whether all of ``target`` lies in it."""
        if target.network is None:
            return any(covers(pattern, target.name) for pattern in self.names)
        return any(_inside(target.network, network) for network in self.networks)

    def touches(self, target: Target) -> bool:
        """Whether any of ``target`` lies in it; a name also where one above it is named."""
        if target.network is None:
            return any(_below(pattern, target.name) for pattern in self.names)
        return any(_meet(target.network, network) for network in self.networks)

    def as_json(self) -> dict[str, Any]:
        """Its content in canonical order; where it stands is no part of it."""
        return {
            "id": self.id,
            "addresses": sorted(str(item) for item in self.networks),
            "names": sorted(self.names),
            "why": self.why.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Allowed:
    """A line that lets something be asked, on some ports."""

    area: Area
    tcp: Ports = NO_PORTS
    udp: Ports = NO_PORTS

    def ports(self, transport: Transport) -> Ports:
        """The ports of one transport."""
        return self.tcp if transport == "tcp" else self.udp

    def as_json(self) -> dict[str, Any]:
        """Its content."""
        return {**self.area.as_json(), "tcp": str(self.tcp), "udp": str(self.udp)}


@dataclass(frozen=True, slots=True)
class Excluded:
    """A line that forbids; ``ports`` None: every port. It wins over every line that lets."""

    area: Area
    ports: Ports | None = None

    def as_json(self) -> dict[str, Any]:
        """Its content."""
        return {**self.area.as_json(), "ports": "" if self.ports is None else str(self.ports)}


@dataclass(frozen=True, slots=True)
class Held:
    """A line that says who uses addresses inside our ranges."""

    area: Area
    holder: Holder

    def as_json(self) -> dict[str, Any]:
        """Its content."""
        return {**self.area.as_json(), "holder": self.holder.value}


class Rates(NamedTuple):
    """How many packets a second at most: in all, to one /24 (IPv6: /64), to one address."""

    total: int
    net: int
    host: int

    def as_json(self) -> dict[str, int]:
        """Its content."""
        return {"total": self.total, "net": self.net, "host": self.host}


class Contact(NamedTuple):
    """Who is called when something goes wrong, and who can stop the run."""

    name: str
    phone: str
    mail: str = ""

    @property
    def personal(self) -> bool:
        """Whether the telephone is a person's mobile, not that of a desk."""
        return MOBILE.fullmatch(self.phone.strip()) is not None


Assurance = Literal["attested", "signed"]
ASSURANCES: dict[Assurance, Text] = {
    "attested": Text("盖章授权书（登记）", "stamped authorisation, attested"),
    "signed": Text("签名授权", "signed"),
}


@dataclass(frozen=True, slots=True)
class Authority:
    """On whose word: the stamped paper (授权书) that was registered, or persons who signed the very scope."""

    assurance: Assurance
    span: Span
    number: str = ""
    digest: str = ""
    """Of the scan of the paper, or of the statement that was signed."""
    issuer: str = ""
    persons: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything that may be asked. What no line names may not."""

    id: str
    name: Text
    revision: int
    owner: str
    contact: Contact
    span: Span
    vantage: Vantage
    rates: Rates
    allowed: tuple[Allowed, ...]
    excluded: tuple[Excluded, ...] = ()
    held: tuple[Held, ...] = ()
    resolvers: tuple[Address, ...] = ()
    """May be sent DNS questions: port 53 and no other."""
    stop_file: str = ""
    """A run ends at once when this file is there."""
    signers: tuple[str, ...] = ()
    """Who must sign, where the word is given by signature."""
    authority: Authority | None = None
    source: str = ""
    resolvers_source: str = ""

    def by(self, authority: Authority | None) -> Scope:
        """The same on the word of ``authority``."""
        return replace(self, authority=authority)

    def as_json(self) -> dict[str, Any]:
        """The exact content that is authorised; on whose word is no part of it."""
        return {
            "format": FORMAT,
            "id": self.id,
            "name": self.name.as_json(),
            "revision": self.revision,
            "owner": self.owner,
            "contact": {"name": self.contact.name, "phone": self.contact.phone, "mail": self.contact.mail},
            "start": iso(self.span.start),
            "end": iso(self.end),
            "vantage": {
                "side": self.vantage.side.value,
                "probe": self.vantage.probe,
                "egress": sorted(str(item) for item in self.vantage.egress),
            },
            "rates": self.rates.as_json(),
            "allowed": [item.as_json() for item in self.allowed],
            "excluded": [item.as_json() for item in self.excluded],
            "held": [item.as_json() for item in self.held],
            "resolvers": sorted(str(item) for item in self.resolvers),
            "stop_file": self.stop_file,
        }

    @property
    def end(self) -> datetime:
        """The end of its span: a scope has no open end."""
        if self.span.end is None:
            raise ValueError(f"scope {self.id}: a scope has an end")
        return self.span.end

    @property
    def digest(self) -> str:
        """The digest of its exact content: what a paper names and a signature binds."""
        return digest(canonical(self.as_json()))

    def subject(self, event: str = "") -> Subject:
        """The Subject (标的) that is approved. The same content is the same subject: approving it twice is approving once."""
        place = System(self.id, self.vantage.side.value)
        nonce = self.digest[7:39]
        return Subject(KIND, self.id, self.revision, self.digest, (place,), self.span.start, self.end, event, nonce)

    def holder_of(self, address: Address) -> tuple[Holder, Held | None]:
        """Who uses ``address``, and the line that says so: a customer's before all, else the narrowest, else ours."""
        found = [
            (network.prefixlen, item)
            for item in self.held
            for network in item.area.networks
            if network.version == address.version and address in network
        ]
        customers = [item for _, item in found if item.holder is Holder.CUSTOMER]
        if customers:
            return Holder.CUSTOMER, customers[0]
        if not found:
            return Holder.OWN, None
        best = max(found, key=lambda pair: pair[0])[1]
        return best.holder, best


def _inside(inner: Network, outer: Network) -> bool:
    return (
        inner.version == outer.version
        and int(outer.network_address) <= int(inner.network_address)
        and int(inner.broadcast_address) <= int(outer.broadcast_address)
    )


def _meet(one: Network, other: Network) -> bool:
    return (
        one.version == other.version
        and int(one.network_address) <= int(other.broadcast_address)
        and int(other.network_address) <= int(one.broadcast_address)
    )


def _below(pattern: str, name: str) -> bool:
    """Exclusions reach wide: ``example.cn`` forbids every name below it too."""
    bare = pattern.removeprefix("*.")
    return name.endswith(f".{bare}") or (name == bare and not pattern.startswith("*."))
