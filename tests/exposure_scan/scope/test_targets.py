"""Every written form of a target is read as what it reaches; what can be read in two ways is refused."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exposure_scan.scope.names import ascii_name
from exposure_scan.scope.numbers import ipv4
from exposure_scan.scope.targets import TargetError, read_target


@pytest.mark.parametrize(
    ("text", "plain", "port"),
    [
        ("192.0.2.1", "192.0.2.1", None),
        ("192.0.2.1:443", "192.0.2.1", 443),
        (" 192.0.2.1\n", "192.0.2.1", None),
        ("192.0.2.1.", "192.0.2.1", None),
        ("3221225985", "192.0.2.1", None),
        ("0xC0000201", "192.0.2.1", None),
        ("0300.0.2.1", "192.0.2.1", None),
        ("030000001001", "192.0.2.1", None),
        ("192.0.513", "192.0.2.1", None),
        ("192.513", "192.0.2.1", None),
        ("0xc0.0.0x2.01", "192.0.2.1", None),
        ("１９２．０．２．１", "192.0.2.1", None),
        ("192。0。2。1：443", "192.0.2.1", 443),
        ("①⑨②.0.2.1", "192.0.2.1", None),
        ("%31%39%32.0.2.1", "192.0.2.1", None),
        ("192%2e0%2E2%2e1", "192.0.2.1", None),
        ("::ffff:192.0.2.1", "192.0.2.1", None),
        ("[::ffff:c000:201]:443", "192.0.2.1", 443),
        ("::192.0.2.1", "192.0.2.1", None),
        ("::ffff:0:192.0.2.1", "192.0.2.1", None),
        ("64:ff9b::192.0.2.1", "192.0.2.1", None),
        ("[2001:db8::1]:443", "2001:db8::1", 443),
        ("2001:db8::1:80", "2001:db8::1:80", None),
        ("2001:0DB8:0:0:0:0:0:1", "2001:db8::1", None),
        ("http://192.0.2.1", "192.0.2.1", 80),
        ("https://user:pass@192.0.2.1:8443/a/b?c#d", "192.0.2.1", 8443),
        ("https://[::ffff:192.0.2.1]/x", "192.0.2.1", 443),
        ("//192.0.2.1/x", "192.0.2.1", None),
        ("http://3221225985/24", "192.0.2.1", 80),
        ("192.0.2.0/24", "192.0.2.0/24", None),
        ("2001:db8::/48", "2001:db8::/48", None),
        ("192.0.2.1/32", "192.0.2.1", None),
        ("Example.CN", "example.cn", None),
        ("example.cn.", "example.cn", None),
        ("ＷＷＷ。example。cn", "www.example.cn", None),
        ("门户.例子.cn", "xn--zoup46i.xn--fsqu00a.cn", None),
        ("xn--fsqu00a.cn", "xn--fsqu00a.cn", None),
        ("%e4%be%8b%e5%ad%90.cn", "xn--fsqu00a.cn", None),
        ("ftp://files.example.cn/x", "files.example.cn", 21),
        ("_dmarc.example.cn", "_dmarc.example.cn", None),
        ("soc@example.cn", "example.cn", None),
    ],
)  # fmt: skip
def test_a_target_is_read_as_what_it_reaches(text: str, plain: str, port: int | None) -> None:
    found = read_target(text)
    assert (found.plain, found.port) == (plain, port)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "[", "[]", "[::1", "::1]", "[::1]x", "1.2.3.4.5", "256.1.1.1", "1.2.3.256", "08.1.1.1", "0x1g.1.1.1",
        "4294967296", "1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:+80", "1.2.3.4..", "example.cn..", ".example.cn",
        "a..b", "fe80::1%eth0", "[fe80::1%25eth0]", "fe80::1%1", "1.2.3.4%eth0", "1.2.3.4\\@5.6.7.8", "a@b@1.2.3.4",
        "1.2.3.4\u200b", "1.2.3.4\u202e", "1.2.3 .4", "1.2.3.4＃@x", "http://1.2.3.4／x", "a＠1.2.3.4", "[::ffff:1.2.3.4.5]",
        "%2531.2.3.4", "%ff.example.cn", "1.2.3.4%2f24", "1.2.3.4%00", "%zz.cn", "-a.cn", "a-.cn", "a b.cn", "a*.cn",
        "faß.cn", "xn--.cn", "xn--a.cn", "ab--c.cn", "x" * 64 + ".cn", "a." * 130 + "cn", "http://", "http:///x", "?x",
        "64:ff9b:1::1", "192.0.2.1/24", "::ffff:192.0.2.0/120", "[v1.x]", "1.2.3.4\r\nHost: x", "exam\x00ple.cn", "例子.1",
        "example.0x10", "x" * 3000, "127.0.0.1:80:90", "１.２.３.４／２４",
    ],
)  # fmt: skip
def test_what_cannot_be_read_or_is_ambiguous_is_refused(text: str) -> None:
    with pytest.raises(TargetError) as error:
        read_target(text)
    assert error.value.reason_code == "TARGET_UNREADABLE" and error.value.message.zh


@given(st.lists(st.tuples(st.integers(0, 2**32), st.sampled_from(["d", "o", "x"])), min_size=1, max_size=5))
def test_numbers_are_read_as_the_c_library_reads_them(parts: list[tuple[int, str]]) -> None:
    small = [(value if place == len(parts) - 1 else value % 300, form) for place, (value, form) in enumerate(parts)]
    text = ".".join({"d": f"{value}", "o": f"0{value:o}", "x": f"{value:#x}"}[form] for value, form in small)
    found = ipv4(text)
    try:
        wanted = socket.inet_aton(text)
    except OSError:
        assert found is None
        return
    assert found is not None and found.address.packed == wanted


def test_addresses_that_tunnels_reach_are_told() -> None:
    assert [str(item) for item in read_target("2002:c000:201::1").hidden] == ["192.0.2.1"]
    assert "192.0.2.45" in [str(item) for item in read_target("2001:0:4136:e378:8000:63bf:3fff:fdd2").hidden]
    assert [str(item) for item in read_target("2001:db8::5efe:192.0.2.1").hidden] == ["192.0.2.1"]


def test_a_zero_in_front_is_octal_and_the_decimal_reading_is_told() -> None:
    found = read_target("010.0.0.1")
    assert (found.plain, [str(item) for item in found.read_as]) == ("8.0.0.1", ["10.0.0.1"])


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = read_target(text)
    except TargetError:
        return
    assert bool(found.name) != (found.network is not None)
    assert not found.name or ascii_name(found.name) == found.name
