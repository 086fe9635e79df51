"""IPv4 addresses as ``inet_aton`` takes them, and the IPv4 that hides in an IPv6 address.

``127.1``, ``2130706433``, ``0x7f000001``, ``0177.0.0.1`` all reach 127.0.0.1; so does ``::ffff:127.0.0.1``. What is ruled
on is the address that is reached, and that address alone is used afterwards.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import NamedTuple

from exposure_scan.model import Address
from zhongbao_core.text import Text

_NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")
_LIMITS = (2**32, 2**24, 2**16, 2**8)
"""The last part of one, two, three or four stays below this."""

OCTAL = Text("八进制", "octal")
HEX = Text("十六进制", "hexadecimal")
SHORT = Text("省略写法", "shorthand")
MAPPED = Text("IPv4 映射的 IPv6", "IPv4-mapped IPv6")
COMPATIBLE = Text("IPv4 兼容的 IPv6", "IPv4-compatible IPv6")
TRANSLATED = Text("IPv4 转换的 IPv6", "IPv4-translated IPv6")
NAT64 = Text("NAT64", "NAT64")
SIXTOFOUR = Text("6to4", "6to4")
TEREDO = Text("Teredo", "Teredo")
ISATAP = Text("ISATAP", "ISATAP")

LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
"""Which IPv4 hides here depends on a gateway that we do not know."""
_LOW_32 = 2**32 - 1
_INSIDE = (
    (IPv6Network("::ffff:0:0/96"), MAPPED),
    (IPv6Network("::ffff:0:0:0/96"), TRANSLATED),
    (IPv6Network("64:ff9b::/96"), NAT64),
    (IPv6Network("::/96"), COMPATIBLE),
)
"""Networks whose last 32 bits are the address that is reached."""


class Unwrapped(NamedTuple):
    """The address that is reached, others that may be reached too, others that other readers take it for."""

    address: Address
    hidden: tuple[Address, ...] = ()
    read_as: tuple[Address, ...] = ()
    forms: tuple[Text, ...] = ()


def looks_numeric(host: str) -> bool:
    """Whether the last part of ``host`` is a number: then it is an IPv4 address or nothing, never a name."""
    return _NUMBER.fullmatch(host.rpartition(".")[2]) is not None


def ipv4(host: str) -> Unwrapped | None:
    """The address in ``host``, of one to four parts in decimal, octal or hexadecimal; None where it is none."""
    parts = host.split(".")
    if len(parts) > 4 or not all(_NUMBER.fullmatch(part) and len(part) <= 64 for part in parts):
        return None
    values = [_value(part) for part in parts]
    if None in values:
        return None
    address = _joined([value for value in values if value is not None])
    if address is None:
        return None
    plain = all(part.isdecimal() for part in parts)
    decimal = _joined([int(part) for part in parts]) if plain else None
    other = (decimal,) if decimal is not None and decimal != address else ()
    return Unwrapped(address, (), other, tuple(_forms(parts)))


def unwrap(address: Address) -> Unwrapped:
    """``address``, or the IPv4 address that it stands for."""
    if isinstance(address, IPv4Address):
        return Unwrapped(address)
    if int(address) > 1:  # :: and ::1 are what they are
        for network, form in _INSIDE:
            if address in network:
                return Unwrapped(IPv4Address(int(address) & _LOW_32), forms=(form,))
    found = _tunnelled(address)
    if found is None:
        return Unwrapped(address)
    return Unwrapped(address, tuple(found[0]), (), (found[1],))


def _tunnelled(address: IPv6Address) -> tuple[list[Address], Text] | None:
    """The IPv4 addresses to which a tunnel may carry a packet for ``address``."""
    if address.sixtofour is not None:
        return [address.sixtofour], SIXTOFOUR
    if address.teredo is not None:
        return list(address.teredo), TEREDO
    if int(address) >> 32 & 0xFFFF_FFFF in (0x0000_5EFE, 0x0200_5EFE):
        return [IPv4Address(int(address) & _LOW_32)], ISATAP
    return None


def _value(part: str) -> int | None:
    if part[:2] in ("0x", "0X"):
        return int(part[2:] or "0", 16)
    if part[0] == "0" and len(part) > 1:
        return int(part, 8) if set(part) <= set("01234567") else None
    return int(part)


def _joined(values: list[int]) -> IPv4Address | None:
    """The address of one to four parts: the last fills what the others leave."""
    *head, last = values
    if any(value > 255 for value in head) or last >= _LIMITS[len(head)]:
        return None
    number = sum(value << 24 - 8 * place for place, value in enumerate(head))
    return IPv4Address(number + last)


def _forms(parts: list[str]) -> list[Text]:
    found = []
    if len(parts) < 4:
        found.append(SHORT)
    if any(part[:2] in ("0x", "0X") for part in parts):
        found.append(HEX)
    if any(part[0] == "0" and len(part) > 1 and part.isdecimal() for part in parts):
        found.append(OCTAL)
    return found
