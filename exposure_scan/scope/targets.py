"""A target from the text that somebody wrote: address, name, network or URL, in every form in which it may hide.

What can be read in two ways is refused rather than guessed. What is read is used as read: nobody parses the text again.
"""

from __future__ import annotations

import re
import unicodedata
from ipaddress import IPv6Address, ip_network
from urllib.parse import unquote_to_bytes

from exposure_scan.model import Address, Network, Target
from exposure_scan.ports import LAST
from exposure_scan.scope.names import DOTS, ascii_name
from exposure_scan.scope.numbers import LOCAL_NAT64, Unwrapped, ipv4, looks_numeric, unwrap
from zhongbao_core.errors import UsageError
from zhongbao_core.text import Text, plain

MAX_TEXT = 2048
STRUCTURE = frozenset("/\\@:?#[]%")
SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*)://")
DEFAULT_PORTS = {
    "http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21, "ssh": 22, "telnet": 23, "ldap": 389, "ldaps": 636,
    "rdp": 3389, "mysql": 3306, "postgresql": 5432, "redis": 6379, "mongodb": 27017,
}  # fmt: skip
"""Schemes whose port need not be written."""
FULL_WIDTH = Text("全角或组合字符", "full-width or composed characters")
PERCENT = Text("百分号编码", "percent-encoded")
LOGIN = Text("带用户信息的网址", "URL with user information")


class TargetError(UsageError):
    """A target that cannot be read, or can be read in two ways: nothing is asked."""

    reason_code = "TARGET_UNREADABLE"


def read_target(text: str) -> Target:
    """The target in ``text``. Raises TargetError, which says why."""
    raw = text.strip(" \t\r\n")
    if not raw or len(raw) > MAX_TEXT:
        raise _bad(text, Text(f"为空或长于 {MAX_TEXT} 个字符", f"it is empty or longer than {MAX_TEXT} characters"))
    folded, forms = _folded(raw)
    scheme, authority, path = _split(raw, folded)
    authority, said = _without_login(raw, authority)
    host, port = _port(raw, authority)
    found, more = _host(raw, host)
    forms = (*forms, *said, *more)
    if port is None and scheme:
        port = DEFAULT_PORTS.get(scheme)
    if isinstance(found, str):
        return Target(raw, name=found, port=port, forms=forms)
    network = _network(raw, found, path) if path and not scheme else None
    whole = network or ip_network(found.address)
    return Target(raw, "", whole, port, found.hidden, found.read_as, (*forms, *found.forms))


def of_address(address: Address, port: int | None = None) -> Target:
    """The target of a numeric address, with whatever hides in it."""
    found = unwrap(address)
    return Target(str(address), "", ip_network(found.address), port, found.hidden, found.read_as, found.forms)


def _folded(raw: str) -> tuple[str, tuple[Text, ...]]:
    """``raw`` with its full-width digits, letters, dots and colons in ASCII; other signs of that kind are refused."""
    if raw.isascii():
        folded = raw
    else:
        folded = _narrow(raw.replace("：", ":"))
        if sum(char in STRUCTURE for char in folded) != sum(char in STRUCTURE for char in raw.replace("：", ":")):
            raise _bad(raw, Text("含有看似 / @ ? # 等的字符", "it holds characters that pass for / @ ? # and the like"))
    if any(char.isspace() or unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co") for char in folded):
        raise _bad(raw, Text("含有空白、控制或不可见字符", "it holds blanks, control or invisible characters"))
    if "\\" in folded:
        raise _bad(raw, Text("含有反斜杠", "it holds a backslash"))
    return folded, () if folded == raw else (FULL_WIDTH,)


def _narrow(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(DOTS)


def _split(raw: str, text: str) -> tuple[str, str, str]:
    """(scheme, authority, rest from the first slash)."""
    match = SCHEME.match(text)
    scheme = match[1].lower() if match else ""
    rest = text[match.end() :] if match else text.removeprefix("//")
    end = min((place for sign in "/?#" if (place := rest.find(sign)) >= 0), default=len(rest))
    if not end:
        raise _bad(raw, Text("没有主机", "it names no host"))
    return scheme, rest[:end], rest[end:]


def _without_login(raw: str, authority: str) -> tuple[str, tuple[Text, ...]]:
    if authority.count("@") > 1:
        raise _bad(raw, Text("有不止一个 @", "it holds more than one @"))
    _, sign, rest = authority.rpartition("@")
    return rest, (LOGIN,) if sign else ()


def _port(raw: str, authority: str) -> tuple[str, int | None]:
    """(host, port). More than one colon without brackets is an IPv6 address alone."""
    if authority.startswith("["):
        host, bracket, rest = authority.partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise _bad(raw, Text("方括号不成对", "its brackets do not match"))
        return f"{host}]", _number(raw, rest[1:])
    if "[" in authority or "]" in authority:
        raise _bad(raw, Text("方括号不成对", "its brackets do not match"))
    host, colon, port = authority.partition(":")
    if not colon or ":" in port:
        return authority, None
    return host, _number(raw, port)


def _number(raw: str, port: str) -> int | None:
    if not port:
        return None
    if not (port.isascii() and port.isdecimal() and len(port) <= 5 and 1 <= int(port) <= LAST):
        raise _bad(raw, Text(f"端口 {plain(port[:20])} 不在 1 到 {LAST} 内", f"its port is not within 1 to {LAST}"))
    return int(port)


def _host(raw: str, host: str) -> tuple[Unwrapped | str, tuple[Text, ...]]:
    """The address or the name that ``host`` is, and how it was encoded."""
    bare = host[1:-1] if host.startswith("[") else host
    if host.startswith("[") or ":" in bare:
        return _ipv6(raw, bare), ()
    decoded, forms = _decoded(raw, bare)
    whole = decoded.removesuffix(".")
    if looks_numeric(whole):
        found = ipv4(whole)
        if found is None:
            raise _bad(raw, Text("最后一段是数字，却不是 IPv4 地址", "it ends in a number and is no IPv4 address"))
        return found, forms
    name = ascii_name(whole)
    if name is None or whole.endswith("."):
        raise _bad(raw, Text("不是主机名", "it is no name of a host"))
    if looks_numeric(name):
        raise _bad(raw, Text("最后一段是数字，却不是 IPv4 地址", "it ends in a number and is no IPv4 address"))
    return name, forms


def _ipv6(raw: str, host: str) -> Unwrapped:
    if "%" in host:
        raise _bad(raw, Text("含有区域标识（%）", "it carries a zone id (%)"))
    try:
        address = IPv6Address(host)
    except ValueError:
        raise _bad(raw, Text("不是 IPv6 地址", "it is no IPv6 address")) from None
    if address in LOCAL_NAT64:
        raise _bad(
            raw,
            Text("本地 NAT64 前缀，看不出通向哪个 IPv4", "a local NAT64 prefix: nobody can tell which IPv4 it reaches"),
        )
    return unwrap(address)


def _decoded(raw: str, host: str) -> tuple[str, tuple[Text, ...]]:
    """``host`` with its percent codes taken out, once; what then still holds signs of an address is refused."""
    if "%" not in host:
        return host, ()
    if re.search(r"%(?![0-9a-fA-F]{2})", host):
        raise _bad(raw, Text("百分号编码不完整，或有区域标识", "a broken percent code, or a zone id"))
    try:
        decoded = _narrow(unquote_to_bytes(host).decode("utf-8"))
    except UnicodeDecodeError:
        raise _bad(raw, Text("百分号编码不是 UTF-8", "its percent codes are not UTF-8")) from None
    odd = any(char.isspace() or unicodedata.category(char)[0] == "C" for char in decoded)
    if odd or STRUCTURE & set(decoded):
        raise _bad(raw, Text("百分号编码里藏有分隔符", "its percent codes hide separators"))
    return decoded, (PERCENT,)


def _network(raw: str, found: Unwrapped, path: str) -> Network | None:
    """The network of ``192.0.2.0/24``; None where what follows the address is a path."""
    bits = path[1:]
    if path[0] != "/" or not (bits.isascii() and bits.isdecimal() and len(bits) <= 3):
        return None
    if found.forms:
        raise _bad(raw, Text("网段须用普通写法", "a network is written plainly"))
    try:
        return ip_network(f"{found.address}/{bits}")
    except ValueError:
        raise _bad(
            raw,
            Text(f"不是网段的起始地址或前缀不对：/{bits}", f"not the first address of a /{bits}"),
        ) from None


def _bad(text: str, why: Text) -> TargetError:
    shown = plain(text[:80])
    return TargetError(
        Text(f"目标 {shown} 不可读：{why.zh}", f"target {shown} cannot be read: {why.en}"),
        Text("写成 192.0.2.1、[2001:db8::1]:443 或主机名", "write 192.0.2.1, [2001:db8::1]:443 or the name of a host"),
    )
