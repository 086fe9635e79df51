"""Addresses, networks and names as a scope file writes them: plainly, or with a complaint that says how."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Network, ip_address, ip_network

from exposure_scan.model import Address, Network
from exposure_scan.scope.names import ascii_name
from exposure_scan.scope.numbers import LOCAL_NAT64, looks_numeric, unwrap
from zhongbao_core.authored import Place
from zhongbao_core.text import Text, plain

WIDEST = {4: 8, 6: 20}
"""No line lets more than a /8, or a /20 of IPv6: that would be no authorisation of anything."""
PUBLIC_SECOND = frozenset(["ac", "com", "edu", "gov", "mil", "net", "org"])
PROVINCES = "ah bj cq fj gd gs gx gz ha hb he hi hk hl hn jl js jx ln mo nm nx qh sc sd sh sn sx tj tw xj xz yn zj"


def networks(place: Place, words: Sequence[str], *, lets: bool) -> tuple[Network, ...]:
    """Every network that can be made out; ``lets`` refuses one that is too wide."""
    found = [_network(place.at(index), word, lets) for index, word in enumerate(words)]
    return tuple(item for item in found if item is not None)


def addresses(place: Place, words: Sequence[str]) -> tuple[Address, ...]:
    """Every single address that can be made out."""
    found = [_address(place.at(index), word) for index, word in enumerate(words)]
    return tuple(item for item in found if item is not None)


def names(place: Place, words: Sequence[str], *, lets: bool) -> tuple[str, ...]:
    """Every name or ``*.name`` that can be made out; ``lets`` refuses a whole public suffix."""
    found = [_name(place.at(index), word, lets) for index, word in enumerate(words)]
    return tuple(item for item in found if item is not None)


def _network(place: Place, word: str, lets: bool) -> Network | None:
    found = _read(word)
    if found is None:
        place.complain(
            "ADDRESS", Text(f"{plain(word)} 不是地址或网段", f"{plain(word)} is no address or network"), _PLAIN
        )
        return None
    if _read(word, strict=True) is None:
        place.complain(
            "ADDRESS",
            Text(f"{word} 不是网段的起始地址", f"{word} is not the first address of its network"),
            Text(f"写 {found}，或单个地址", f"write {found}, or the one address"),
        )
        return None
    if _wrapped(found):
        place.complain(
            "ADDRESS_WRAPPED",
            Text(f"{word} 里藏着 IPv4", f"{word} hides IPv4 addresses"),
            Text("直接写 IPv4 网段", "write the IPv4 network itself"),
        )
        return None
    if lets and found.prefixlen < WIDEST[found.version]:
        place.complain(
            "RANGE_TOO_WIDE",
            Text(f"{word} 过宽，不成其为授权", f"{word} is too wide to be an authorisation"),
            Text(
                f"逐段写出自己的网段，最宽 /{WIDEST[found.version]}",
                f"name your own networks, none wider than /{WIDEST[found.version]}",
            ),
        )
        return None
    return found


def _read(word: str, *, strict: bool = False) -> Network | None:
    try:
        return ip_network(word, strict=strict) if "%" not in word else None
    except ValueError:
        return None


def _wrapped(network: Network) -> bool:
    """Whether every address in it stands for an IPv4 address, or for nobody knows which."""
    if not isinstance(network, IPv6Network):
        return False
    return network.subnet_of(LOCAL_NAT64) or unwrap(network.broadcast_address).address.version == 4


def _address(place: Place, word: str) -> Address | None:
    try:
        found = ip_address(word)
    except ValueError:
        found = None
    if found is None or unwrap(found).forms or "%" in word:
        place.complain("ADDRESS", Text(f"{plain(word)} 不是单个地址", f"{plain(word)} is no single address"), _PLAIN)
        return None
    return found


def _name(place: Place, word: str, lets: bool) -> str | None:
    star, bare = word.startswith("*."), word.removeprefix("*.")
    name = ascii_name(bare)
    if name is None or looks_numeric(name) or "*" in bare:
        place.complain(
            "NAME",
            Text(f"{plain(word)} 不是主机名", f"{plain(word)} is no name of a host"),
            Text(
                "写成 www.example.cn，或 *.example.cn（其下各级）",
                "write www.example.cn, or *.example.cn for all below",
            ),
        )
        return None
    if lets and star and _public(name):
        place.complain(
            "RANGE_TOO_WIDE",
            Text(f"{plain(word)} 是公共后缀，不成其为授权", f"{plain(word)} is a public suffix: no authorisation"),
            Text("写自己的域名", "write your own domain"),
        )
        return None
    return f"*.{name}" if star else name


def _public(name: str) -> bool:
    labels = name.split(".")
    second = len(labels) == 2 and labels[1] == "cn" and labels[0] in (*PUBLIC_SECOND, *PROVINCES.split())
    return len(labels) == 1 or second


_PLAIN = Text("写成 192.0.2.1、192.0.2.0/24 或 2001:db8::/32", "write 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32")
