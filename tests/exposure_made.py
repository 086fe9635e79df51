"""Scopes to rule by: small ones made in place, and the text of a whole file."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from ipaddress import ip_address, ip_network

from exposure_scan.model import Holder, Side, Vantage
from exposure_scan.ports import ALL_PORTS, Ports, parse_ports
from exposure_scan.scope.scope import Allowed, Area, Authority, Contact, Excluded, Held, Rates, Scope
from zhongbao_core.clock import Span, parse_instant
from zhongbao_core.text import Text

START, END = parse_instant("2026-11-01T00:00Z"), parse_instant("2026-12-07T00:00Z")
AT = parse_instant("2026-11-20T00:00Z")
SPAN = Span(START, END)
PAPER = Authority("attested", SPAN, "网安授〔2026〕7 号", "sha256:" + "0" * 64, "某公司")
FAST = Rates(200_000, 200_000, 200_000)


def area(name: str, *places: str) -> Area:
    """An area of networks and names, told apart by whether they hold a letter above f or a star."""
    networks = tuple(ip_network(item) for item in places if _numeric(item))
    return Area(name, networks, tuple(item for item in places if not _numeric(item)), f"scope.yaml:{len(name)}")


def allow(name: str, *places: str, tcp: str = "1-65535", udp: str = "") -> Allowed:
    return Allowed(area(name, *places), parse_ports(tcp) if tcp else Ports(), parse_ports(udp) if udp else Ports())


def exclude(name: str, *places: str, ports: str = "") -> Excluded:
    found = replace(area(name, *places), why=Text("不许碰", "hands off"))
    return Excluded(found, parse_ports(ports) if ports else None)


def held(name: str, holder: Holder, *places: str) -> Held:
    return Held(area(name, *places), holder)


def scope(
    *allowed: Allowed,
    excluded: tuple[Excluded, ...] = (),
    holders: tuple[Held, ...] = (),
    resolvers: tuple[str, ...] = (),
    rates: Rates = FAST,
    authority: Authority | None = PAPER,
    stop_file: str = "",
    span: Span = SPAN,
) -> Scope:
    return Scope(
        id="games",
        name=Text("赛事暴露面", "exposure of the Games"),
        revision=1,
        owner="zhao-lei",
        contact=Contact("值班室", "027-85550110"),
        span=span,
        vantage=Vantage(Side.INTERNET, "wuhan-1"),
        rates=rates,
        allowed=allowed,
        excluded=excluded,
        held=holders,
        resolvers=tuple(ip_address(item) for item in resolvers),
        stop_file=stop_file,
        authority=authority,
        source="scope.yaml:1",
        resolvers_source="scope.yaml:9",
    )


def until(end: datetime) -> Span:
    return Span(START, end)


def _numeric(place: str) -> bool:
    try:
        ip_network(place)
    except ValueError:
        return False
    return True


EVERY_PORT = ALL_PORTS
FILE = """\
format: zhongbao-scope/1
id: games
name: {zh: 赛事暴露面, en: exposure of the Games}
owner: zhao-lei
contact: {name: 值班室, phone: "027-85550110"}
start: "2026-11-01T00:00"
end: "2026-12-07T00:00"
vantage: {side: 互联网侧, probe: wuhan-1, egress: ["192.0.2.10"]}
rates: {total: 1000, net: 200, host: 50}
allow:
  - id: dmz
    addresses: ["192.0.2.0/24", "2001:db8::/48"]
    tcp: "1-65535"
    udp: "53,161"
  - id: portal
    names: ["*.example.cn", 门户.example.cn]
    tcp: "80,443"
exclude:
  - {id: pay, addresses: ["192.0.2.9"], names: [pay.example.cn], why: 计费}
  - {id: old, addresses: ["192.0.2.32/28"], ports: "9100", why: 老设备}
holders:
  - {id: homes, holder: 客户, addresses: ["192.0.2.128/25"]}
  - {id: ads, holder: 合作方, addresses: ["192.0.2.64/28"]}
resolvers: ["198.51.100.53"]
stop_file: /run/zhongbao/stop
authorisation:
  paper:
    number: 网安授〔2026〕7 号
    digest: "sha256:1111111111111111111111111111111111111111111111111111111111111111"
    issuer: 某公司
    start: "2026-11-01T00:00"
    end: "2026-12-01T00:00"
"""
"""A whole scope.yaml in which everything that may stand there stands."""
