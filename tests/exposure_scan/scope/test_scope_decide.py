"""Deny by default, exclusions win, customers are never probed, and the line that decided is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address

import pytest
from exposure_made import AT, END, PAPER, SPAN, START, allow, exclude, held, scope, until
from hypothesis import given, settings
from hypothesis import strategies as st

from exposure_scan.model import Endpoint, Holder
from exposure_scan.scope.decide import TIME_CODES, Ruling, decide, rule
from exposure_scan.scope.scope import Authority

SCOPE = scope(
    allow("dmz", "192.0.2.0/24", "2001:db8::/48", "2002:c000:0204::/48", udp="53,161"),
    allow("web", "*.example.cn", "xn--fsqu00a.cn", tcp="80,443"),
    allow("edge", "203.0.113.7/32", tcp="443"),
    excluded=(
        exclude("pay", "192.0.2.9/32", "pay.example.cn"),
        exclude("old", "192.0.2.32/28", ports="9100"),
        exclude("ten", "10.0.0.0/8"),
    ),
    holders=(held("homes", Holder.CUSTOMER, "192.0.2.128/25"), held("ads", Holder.PARTNER, "192.0.2.64/28")),
    resolvers=("198.51.100.53",),
)


def asked(text: str, transport: str = "tcp") -> tuple[bool, str, str]:
    found = decide(SCOPE, text, AT, transport="udp" if transport == "udp" else "tcp")
    return found.allowed, found.code, found.line


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("192.0.2.1", "IN_SCOPE", "dmz"),
        ("192.0.2.1:8080", "IN_SCOPE", "dmz"),
        ("http://3221225985/", "IN_SCOPE", "dmz"),
        ("[2001:db8::7]:22", "IN_SCOPE", "dmz"),
        ("www.example.cn", "IN_SCOPE", "web"),
        ("a.b.EXAMPLE.cn.:443", "IN_SCOPE", "web"),
        ("例子.cn", "IN_SCOPE", "web"),
        ("203.0.113.7:443", "IN_SCOPE", "edge"),
        ("192.0.2.0/27", "EXCLUDED", "pay"),
        ("192.0.2.16/28", "IN_SCOPE", "dmz"),
        ("192.0.2.33", "IN_SCOPE", "dmz"),
        ("192.0.2.70", "IN_SCOPE", "dmz"),
        ("198.51.100.53:53", "IN_SCOPE", "resolvers"),
        ("198.51.100.53:54", "PORT_NOT_IN_SCOPE", "resolvers"),
        ("198.51.100.53", "PORT_NOT_IN_SCOPE", "resolvers"),
        ("203.0.113.7:80", "PORT_NOT_IN_SCOPE", "edge"),
        ("www.example.cn:8080", "PORT_NOT_IN_SCOPE", "web"),
        ("192.0.2.33:9100", "EXCLUDED", "old"),
        ("192.0.2.9", "EXCLUDED", "pay"),
        ("::ffff:192.0.2.9", "EXCLUDED", "pay"),
        ("64:ff9b::c000:209", "EXCLUDED", "pay"),
        ("pay.example.cn", "EXCLUDED", "pay"),
        ("x.pay.example.cn", "EXCLUDED", "pay"),
        ("010.0.0.1", "EXCLUDED", "ten"),
        ("192.0.2.129", "HELD_BY_CUSTOMER", "homes"),
        ("192.0.2.0/24", "EXCLUDED", "pay"),
        ("192.0.2.96/26", "TARGET_UNREADABLE", ""),
        ("192.0.2.128/26", "HELD_BY_CUSTOMER", "homes"),
        ("example.cn", "NOT_IN_SCOPE", ""),
        ("evilexample.cn", "NOT_IN_SCOPE", ""),
        ("www.example.cn.evil.com", "NOT_IN_SCOPE", ""),
        ("sub.xn--fsqu00a.cn", "NOT_IN_SCOPE", ""),
        ("192.0.3.1", "NOT_IN_SCOPE", ""),
        ("192.0.2.0/23", "EXCLUDED", "pay"),
        ("2002:c000:0204::1", "IN_SCOPE", "dmz"),
        ("2002:c000:0209::1", "EXCLUDED", "pay"),
        ("2002:c633:6401::1", "NOT_IN_SCOPE", ""),
        ("0.0.0.0", "NEVER_PROBED", ""),  # noqa: S104 nothing is bound
        ("255.255.255.255", "NEVER_PROBED", ""),
        ("224.0.0.1", "NEVER_PROBED", ""),
        ("::", "NEVER_PROBED", ""),
        ("ff02::1", "NEVER_PROBED", ""),
        ("http://[fe80::1%25eth0]/", "TARGET_UNREADABLE", ""),
    ],
)
def test_the_line_that_decides_is_named(text: str, code: str, line: str) -> None:
    assert asked(text) == (code == "IN_SCOPE", code, line)


def test_the_transports_have_ports_of_their_own() -> None:
    assert asked("192.0.2.1:161", "udp") == (True, "IN_SCOPE", "dmz")
    assert asked("192.0.2.1:162", "udp")[1] == "PORT_NOT_IN_SCOPE"
    assert asked("203.0.113.7:443", "udp")[1] == "PORT_NOT_IN_SCOPE"


def test_an_excluded_port_is_missing_among_those_that_are_let() -> None:
    found = decide(SCOPE, "192.0.2.33", AT)
    assert str(found.ports) == "1-9099,9101-65535"


def test_an_address_that_hides_one_that_no_line_names_is_refused() -> None:
    wide = scope(allow("six", "2002:c633:6401::/48"))
    found = decide(wide, "2002:c633:6401::1", AT)
    assert (found.allowed, found.code) == (False, "NOT_IN_SCOPE") and "198.51.100.1" in found.reason.zh


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (START - timedelta(seconds=1), "SCOPE_NOT_YET"),
        (START, "IN_SCOPE"),
        (END - timedelta(seconds=1), "IN_SCOPE"),
        (END, "SCOPE_EXPIRED"),
    ],
)
def test_a_scope_holds_from_its_start_to_before_its_end(at: object, code: str) -> None:
    found = decide(SCOPE, "192.0.2.1", at)  # type: ignore[arg-type]
    assert (found.allowed, found.code) == (code == "IN_SCOPE", code)


def test_without_a_word_nothing_is_in_scope() -> None:
    assert decide(SCOPE.by(None), "192.0.2.1", AT).code == "SCOPE_UNAUTHORISED"
    short = Authority("attested", until(AT), "甲", PAPER.digest)
    assert decide(SCOPE.by(short), "192.0.2.1", AT).code == "AUTHORISATION_LAPSED"
    assert {"SCOPE_UNAUTHORISED", "AUTHORISATION_LAPSED"} <= TIME_CODES


def test_a_scope_of_no_lines_lets_nothing() -> None:
    assert decide(scope(), "192.0.2.1", AT).code == "NOT_IN_SCOPE"


def test_who_uses_an_address_is_told_by_the_narrowest_line_and_a_customer_goes_before_all() -> None:
    lines = scope(
        holders=(
            held("all", Holder.PARTNER, "192.0.2.0/24"),
            held("ours", Holder.OWN, "192.0.2.0/28"),
            held("homes", Holder.CUSTOMER, "192.0.2.8/29"),
        )
    )
    found = [lines.holder_of(ip_address(f"192.0.2.{last}"))[0] for last in (1, 9, 99)]
    assert found == [Holder.OWN, Holder.CUSTOMER, Holder.PARTNER]
    assert lines.holder_of(ip_address("198.51.100.1")) == (Holder.OWN, None)


def test_the_subject_is_bound_to_the_exact_content_and_not_to_the_word() -> None:
    subject = SCOPE.subject("games-2026")
    assert (subject.kind, subject.id, subject.digest) == ("scan", "games", SCOPE.digest)
    assert (subject.start, subject.end) == (SPAN.start, SPAN.end)
    assert SCOPE.by(None).digest == SCOPE.digest
    wider = replace(SCOPE, allowed=(*SCOPE.allowed, allow("more", "198.51.100.0/24")))
    assert wider.digest != SCOPE.digest and wider.subject().nonce != subject.nonce


# --- 10,000 forms -------------------------------------------------------------------------------------------------

GOOD = IPv4Network("192.0.2.0/25")
BAD_ONES = (IPv4Address("192.0.2.9"), IPv4Address("10.0.0.1"))


def number(value: int, form: str) -> str:
    return {
        "d": f"{value}", "o": f"0{value:o}", "oo": f"000{value:o}", "x": f"{value:#x}", "X": f"0X{value:08X}",
        "w": f"{value}".translate(WIDE), "p": "".join(f"%{ord(char):02x}" for char in f"{value}"),
    }[form]  # fmt: skip


WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
FORMS = st.sampled_from(["d", "d", "d", "o", "oo", "x", "X", "w", "p"])
ADDRESSES = st.one_of(
    st.integers(0, 2**32 - 1).map(IPv4Address),
    st.integers(int(GOOD.network_address) - 64, int(GOOD.broadcast_address) + 64).map(IPv4Address),
    st.sampled_from(BAD_ONES),
)


@st.composite
def written(draw: st.DrawFn) -> tuple[IPv4Address, str]:
    """An IPv4 address, and one of the many ways to write what reaches it."""
    address = draw(ADDRESSES)
    host = draw(st.sampled_from([dotted, wrapped]))(draw, address)
    user = draw(st.sampled_from(["", "admin@", "192.0.2.1:80@", "a:b@"]))
    scheme = draw(st.sampled_from(["", "http://", "HTTPS://", "//", "redis://"]))
    port = draw(st.sampled_from(["", ":80", ":443", ":65535", ":", "：80"]))
    path = draw(st.sampled_from(["", "/", "/24", "/x?192.0.2.1", "#192.0.2.1", "?@192.0.2.1"]))
    return address, f"{scheme}{user}{host}{port}{path}"


def dotted(draw: st.DrawFn, address: IPv4Address) -> str:
    value, count = int(address), draw(st.integers(1, 4))
    parts = [value >> 24, value >> 16 & 255, value >> 8 & 255, value & 255]
    last = value & (1 << 8 * (5 - count)) - 1
    shown = [number(item, draw(FORMS)) for item in [*parts[: count - 1], last]]
    return draw(st.sampled_from([".", "。", "．", "｡", "%2e"])).join(shown) + draw(st.sampled_from(["", "."]))


def wrapped(draw: st.DrawFn, address: IPv4Address) -> str:
    head = draw(st.sampled_from(["::ffff:", "::", "64:ff9b::", "::ffff:0:", "0:0:0:0:0:FFFF:", "2001:db8::5efe:"]))
    value = int(address)
    tail = draw(st.sampled_from([str(address), f"{value >> 16:x}:{value & 0xFFFF:x}"]))
    tunnel = f"2002:{value >> 16:x}:{value & 0xFFFF:x}::1"
    return "[" + draw(st.sampled_from([head + tail, head + tail, tunnel])) + "]"


def good(address: IPv4Address) -> bool:
    return address in GOOD and address not in BAD_ONES


def reached(found: Ruling) -> str:
    return found.plain


@settings(max_examples=10_000)
@given(written())
def test_no_written_form_rules_a_refused_address_in(made: tuple[IPv4Address, str]) -> None:
    address, text = made
    found = decide(SCOPE, text, AT)
    if not good(address):
        assert not found.allowed, (text, found)
    elif found.allowed and ":" not in found.plain:
        assert ip_address(found.plain) == address, (text, found)


@given(st.integers(0, 2**128 - 1).map(IPv6Address) | ADDRESSES, st.integers(1, 65535))
def test_an_endpoint_is_ruled_as_its_text_is(address: IPv4Address | IPv6Address, port: int) -> None:
    endpoint = Endpoint(address, port)
    spoken = decide(SCOPE, f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}", AT)
    found = rule(SCOPE, endpoint, AT)
    if spoken.code != "TARGET_UNREADABLE":
        assert (found.allowed, found.code, found.line, found.plain) == (
            spoken.allowed,
            spoken.code,
            spoken.line,
            reached(spoken),
        )


@given(st.text(alphabet="0123456789xXaf.:[]@/%。．０１٣\u200b-cn", max_size=30))
def test_any_text_gets_a_ruling_and_only_an_address_of_ours_is_let(text: str) -> None:
    found = decide(SCOPE, text, AT)
    if found.allowed and not found.plain.endswith(".cn"):
        address = ip_address(found.plain.partition("/")[0])
        assert address.version == 6 or good(IPv4Address(address)) or str(address) in ("198.51.100.53", "203.0.113.7")
