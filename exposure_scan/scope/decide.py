"""The ruling over one target: deny by default, exclusions win, and the line of the scope that decided.

``decide`` takes any text; ``rule`` an endpoint that a socket is about to be opened to. Both ask the same lines.
"""

from __future__ import annotations

from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple

from exposure_scan.model import Address, Endpoint, Holder, Network, Target, Transport
from exposure_scan.ports import NO_PORTS, Ports
from exposure_scan.scope.scope import RESOLVER_PORT, Area, Scope
from exposure_scan.scope.targets import TargetError, of_address, read_target
from zhongbao_core.clock import iso
from zhongbao_core.text import Text, plain

NEVER: tuple[tuple[Network, Text], ...] = (
    (IPv4Network("0.0.0.0/8"), Text("本网络地址", "this network")),
    (IPv4Network("224.0.0.0/4"), Text("组播地址", "multicast")),
    (IPv4Network("240.0.0.0/4"), Text("保留或广播地址", "reserved or broadcast")),
    (IPv6Network("::/128"), Text("未指定地址", "the unspecified address")),
    (IPv6Network("ff00::/8"), Text("组播地址", "multicast")),
)
"""Whatever a scope says: these name no host of anybody's."""


class Ruling(NamedTuple):
    """Whether a target may be asked, which line decided, and why."""

    target: str
    allowed: bool
    code: str
    reason: Text
    plain: str = ""
    """The name, address or network that it is, whatever it was written as."""
    port: int | None = None
    line: str = ""
    """The id of the line that decided; empty where none speaks of it."""
    source: str = ""
    """``file:line`` of that line."""
    ports: Ports = NO_PORTS
    """The ports that may be asked, where none was named."""
    holder: Holder | None = None
    forms: tuple[Text, ...] = ()


TIME_CODES = frozenset({"SCOPE_UNAUTHORISED", "SCOPE_NOT_YET", "SCOPE_EXPIRED", "AUTHORISATION_LAPSED"})
"""Rulings that say nothing of the target: at this instant nothing may be asked at all."""


class _No(NamedTuple):
    code: str
    reason: Text
    area: Area | None = None


class _Yes(NamedTuple):
    area: Area
    ports: Ports


def decide(scope: Scope, target: str | Target, at: datetime, *, transport: Transport = "tcp") -> Ruling:
    """The ruling over ``target`` at ``at``. Never raises for any text: what cannot be read is refused."""
    try:
        asked = read_target(target) if isinstance(target, str) else target
    except TargetError as error:
        shown = target if isinstance(target, str) else target.raw
        return Ruling(shown, False, error.reason_code, error.message)
    lapse = standing(scope, at)
    return _ruling(scope, asked, _No(lapse.code, lapse.reason) if lapse else _asked(scope, asked, transport))


def rule(scope: Scope, endpoint: Endpoint, at: datetime) -> Ruling:
    """The ruling over one numeric endpoint; what hides in its address is unwrapped first."""
    return decide(scope, of_address(endpoint.address, endpoint.port), at, transport=endpoint.transport)


def open_ports(scope: Scope, address: Address, transport: Transport) -> tuple[Address, Ports]:
    """The address that ``address`` stands for, and every port of it that ``rule`` lets: what a run keeps at hand."""
    target = of_address(address)
    reached = target.address or address
    return reached, _open_ports(scope, target, transport) if target.network is not None else NO_PORTS


class Lapse(NamedTuple):
    """Why nothing may be asked at an instant, whatever the target."""

    code: str
    reason: Text


def standing(scope: Scope, at: datetime) -> Lapse | None:
    """Why nothing may be asked at ``at``; None where the scope is in force."""
    if scope.authority is None:
        return Lapse(
            "SCOPE_UNAUTHORISED",
            Text("没有授权：缺授权书登记或签名", "nobody authorised it: neither a stamped paper nor signatures"),
        )
    if at < scope.span.start:
        start = iso(scope.span.start)
        return Lapse("SCOPE_NOT_YET", Text(f"授权范围 {start} 才生效", f"the scope begins only at {start}"))
    if at >= scope.end:
        end = iso(scope.end)
        return Lapse("SCOPE_EXPIRED", Text(f"授权范围已于 {end} 到期", f"the scope expired at {end}"))
    if not scope.authority.span.contains(at):
        span = scope.authority.span
        shown = f"{iso(span.start)} - {iso(span.end) if span.end else ''}"
        return Lapse(
            "AUTHORISATION_LAPSED",
            Text(f"授权书有效期为 {shown}，此刻不在其内", f"the authorisation holds {shown}, not now"),
        )
    return None


def until(scope: Scope) -> datetime:
    """The instant from which nothing may be asked any more."""
    ends = [scope.end]
    if scope.authority is not None and scope.authority.span.end is not None:
        ends.append(scope.authority.span.end)
    return min(ends)


def _ruling(scope: Scope, target: Target, found: _No | _Yes) -> Ruling:
    address = target.address
    area = found.area
    return Ruling(
        target=target.raw,
        allowed=isinstance(found, _Yes),
        code="IN_SCOPE" if isinstance(found, _Yes) else found.code,
        reason=_let_words(target, found.ports) if isinstance(found, _Yes) else found.reason,
        plain=target.plain,
        port=target.port,
        line=area.id if area else "",
        source=area.source if area else "",
        ports=found.ports if isinstance(found, _Yes) else NO_PORTS,
        holder=scope.holder_of(address)[0] if address is not None else None,
        forms=target.forms,
    )


def _let_words(target: Target, ports: Ports) -> Text:
    if target.port is None:
        return Text(f"在授权范围内，端口 {ports}", f"in scope on ports {ports}")
    return Text("在授权范围内", "in scope")


def _asked(scope: Scope, target: Target, transport: Transport) -> _No | _Yes:
    """What the lines say: first those that forbid, of the target and of everything it may reach; then those that let."""
    others = [*target.hidden, *target.read_as]
    for place in (target, *(_at(address, target) for address in others)):
        refused = _never(place) or _excluded(scope, place) or _customer(scope, place)
        if refused is not None:
            return refused
    found = _let(scope, target, transport)
    for address in target.hidden:
        hidden = _let(scope, _at(address, target), transport)
        if isinstance(found, _Yes) and isinstance(hidden, _No):
            return hidden._replace(
                reason=Text(
                    f"其中藏有 {address}：{hidden.reason.zh}", f"it hides {address}: {hidden.reason.en}"
                )
            )  # fmt: skip
    return found


def _open_ports(scope: Scope, target: Target, transport: Transport) -> Ports:
    if _never(target) or _excluded(scope, target) or _customer(scope, target):
        return NO_PORTS
    ports = Ports.of([RESOLVER_PORT]) if _a_resolver(scope, target) else NO_PORTS
    for item in scope.allowed:
        if item.area.holds(target):
            ports = ports | item.ports(transport)
    ports = _left(scope, target, ports)
    for address in target.hidden:
        ports = ports & _open_ports(scope, _at(address, target), transport)
    return ports


def _at(address: Address, target: Target) -> Target:
    return Target(target.raw, "", ip_network(address), target.port)


def _never(target: Target) -> _No | None:
    network = target.network
    for never, what in NEVER if network is not None else ():
        if never.version == network.version and never.overlaps(network):  # type: ignore[union-attr,arg-type]
            return _No("NEVER_PROBED", Text(f"{what.zh}，从不探测", f"{what.en}: never probed"))
    return None


def _excluded(scope: Scope, target: Target) -> _No | None:
    for item in scope.excluded:
        whole = item.ports is None or (target.port is not None and target.port in item.ports)
        if whole and item.area.touches(target):
            why = plain(item.area.why.zh), plain(item.area.why.en)
            reason = Text(f"明令排除：{why[0] or item.area.id}", f"excluded: {why[1] or item.area.id}")
            return _No("EXCLUDED", reason, item.area)
    return None


def _customer(scope: Scope, target: Target) -> _No | None:
    for item in scope.held:
        if item.holder is Holder.CUSTOMER and item.area.touches(target):
            reason = Text("客户使用的地址，从不探测", "in use by a customer: never probed")
            return _No("HELD_BY_CUSTOMER", reason, item.area)
    return None


def _let(scope: Scope, target: Target, transport: Transport) -> _No | _Yes:
    """What the lines that let say: the first that covers the target on its port."""
    covering = [item for item in scope.allowed if item.area.holds(target)]
    asked = (target.port,) if target.port is not None else None
    for item in covering:
        ports = _left(scope, target, item.ports(transport))
        if (asked is None and ports) or (asked is not None and asked[0] in ports):
            return _Yes(item.area, ports)
    if _a_resolver(scope, target):
        if target.port == RESOLVER_PORT:
            return _Yes(Area("resolvers", source=scope.resolvers_source), Ports.of([RESOLVER_PORT]))
        return _No(
            "PORT_NOT_IN_SCOPE",
            Text("解析服务器，只许端口 53", "a resolver: port 53 and no other"),
            Area("resolvers", source=scope.resolvers_source),
        )
    if covering:
        ports = _left(scope, target, covering[0].ports(transport))
        return _No(
            "PORT_NOT_IN_SCOPE",
            Text(
                f"{transport} 端口不在授权范围内（该行许 {ports or '无'}）",
                f"the {transport} port is not in scope (the line lets {ports or 'none'})",
            ),
            covering[0].area,
        )
    return _No("NOT_IN_SCOPE", Text("没有一行授权提到它", "no line of the scope names it"))


def _left(scope: Scope, target: Target, ports: Ports) -> Ports:
    """``ports`` without those that an exclusion takes from ``target``."""
    for item in scope.excluded:
        if item.ports is not None and item.area.touches(target):
            ports = ports - item.ports
    return ports


def _a_resolver(scope: Scope, target: Target) -> bool:
    return target.address is not None and target.address in scope.resolvers
