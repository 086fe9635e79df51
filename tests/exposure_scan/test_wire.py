"""The wire: what the scope refuses is never connected or sent to, as the interpreter itself bears witness."""

from __future__ import annotations

import ast
import socket
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address
from pathlib import Path

import pytest
from exposure_made import AT, END, allow, area, exclude, held, scope, until
from exposure_witness import Witness
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exposure_scan.model import Address, Endpoint, Holder, State, Transport
from exposure_scan.rates import Wait
from exposure_scan.scope.decide import Ruling, decide, open_ports, rule
from exposure_scan.scope.scope import Excluded, Rates, Scope
from exposure_scan.scope.targets import TargetError, read_target
from exposure_scan.wire import Clocks, Ended, Guard, StoppedError, Wire, outcome

HOME = "127.0.0.0/28"
BARRED = IPv4Address("127.0.0.9")
CUSTOMERS = IPv4Network("127.0.0.12/30")


class Time:
    """Clocks that a test moves."""

    def __init__(self) -> None:
        self.at, self.steady = AT, 100.0

    @property
    def clocks(self) -> Clocks:
        return Clocks(lambda: self.at, lambda: self.steady)

    def pass_(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.steady += seconds


def home(**more: object) -> Scope:
    return scope(
        allow("home", HOME, "::1/128", udp="1-65535"),
        excluded=(exclude("barred", f"{BARRED}/32"), exclude("ssh", HOME, ports="22")),
        holders=(held("homes", Holder.CUSTOMER, str(CUSTOMERS)),),
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def wire(time: Time) -> Iterator[Wire]:
    with Wire(Guard(home(), time.clocks)) as made:
        yield made


@pytest.fixture
def listener() -> Iterator[int]:
    """The port of something that listens on 127.0.0.1."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        made.listen(64)
        yield made.getsockname()[1]


@pytest.fixture
def shut() -> int:
    """A port of 127.0.0.1 on which nothing listens."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        port: int = made.getsockname()[1]
    return port


def end(made: object) -> Ended:
    """How a connection that may still be under way ends."""
    if isinstance(made, Ended):
        return made
    assert isinstance(made, socket.socket)
    import select

    with made:
        select.select([], [made], [made], 5)
        return outcome(made)


def at(text: str, port: int, transport: Transport = "tcp") -> Endpoint:
    return Endpoint(ip_address(text), port, transport)


def test_a_port_that_listens_is_open_and_one_that_does_not_is_closed(wire: Wire, listener: int, shut: int) -> None:
    assert end(wire.connect(at("127.0.0.1", listener))) == (State.OPEN, "connected")
    assert end(wire.connect(at("127.0.0.1", shut))) == (State.CLOSED, "ECONNREFUSED")


@pytest.mark.parametrize(
    ("endpoint", "code"),
    [
        (at("127.0.0.9", 80), "EXCLUDED"),
        (at("127.0.0.1", 22), "EXCLUDED"),
        (at("127.0.0.13", 80), "HELD_BY_CUSTOMER"),
        (at("127.0.1.1", 80), "NOT_IN_SCOPE"),
        (at("::ffff:127.0.0.9", 80), "EXCLUDED"),
        (at("::127.0.0.9", 80), "EXCLUDED"),
        (at("64:ff9b::127.0.0.9", 80), "EXCLUDED"),
        (at("0.0.0.0", 80), "NEVER_PROBED"),  # noqa: S104 nothing is bound
        (at("::", 80), "NEVER_PROBED"),
    ],
)
def test_what_the_scope_refuses_is_neither_connected_nor_sent_to(
    wire: Wire, witness: Witness, endpoint: Endpoint, code: str
) -> None:
    for found in (wire.connect(endpoint), wire.send(b"x", endpoint)):
        assert isinstance(found, Ruling) and (found.allowed, found.code) == (False, code)
    assert witness.addresses() == []


def test_the_address_that_was_ruled_on_is_the_one_that_is_used(wire: Wire, witness: Witness, listener: int) -> None:
    assert end(wire.connect(at("::ffff:127.0.0.1", listener))).state is State.OPEN
    assert witness.addresses() == [("127.0.0.1", listener)]


def test_proxies_of_the_environment_mean_nothing(
    wire: Wire, witness: Witness, listener: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.2:3128")
    end(wire.connect(at("127.0.0.1", listener)))
    assert witness.addresses() == [("127.0.0.1", listener)]


def test_a_datagram_goes_and_its_answer_comes_back(wire: Wire) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        assert wire.receive(4) is None
        assert wire.send(b"hello", at("127.0.0.1", port)) == ip_address("127.0.0.1")
        data, sender = other.recvfrom(100)
        other.sendto(data.upper(), sender)
        import select

        select.select([wire.descriptor(4)], [], [], 5)
        found = wire.receive(4)
    assert found is not None and (found.data, found.sender) == (b"HELLO", ("127.0.0.1", port))


def test_a_resolver_is_sent_to_on_port_53_alone(time: Time, witness: Witness) -> None:
    asked = scope(allow("home", "127.0.0.2/32"), resolvers=("127.0.0.53",))
    with Wire(Guard(asked, time.clocks)) as made:
        assert made.send(b"x", at("127.0.0.53", 53)) == ip_address("127.0.0.53")
        assert isinstance(made.send(b"x", at("127.0.0.53", 5353)), Ruling)
        assert isinstance(made.connect(at("127.0.0.53", 80)), Ruling)
    assert witness.addresses() == [("127.0.0.53", 53)]


def stopped(wire: Wire, witness: Witness, port: int) -> str:
    """The code with which everything is refused from now on; nothing may have been sent for it."""
    before = len(witness.addresses())
    codes = set()
    for ask in (lambda: wire.connect(at("127.0.0.1", port)), lambda: wire.send(b"x", at("127.0.0.1", port))):
        with pytest.raises(StoppedError) as error:
            ask()
        codes.add(error.value.reason_code)
    assert len(witness.addresses()) == before
    (code,) = codes
    return code


def test_expiry_is_noticed_during_the_run(wire: Wire, witness: Witness, time: Time, listener: int) -> None:
    time.pass_((END - AT).total_seconds() - 1)
    assert end(wire.connect(at("127.0.0.1", listener))).state is State.OPEN
    time.pass_(1)
    assert stopped(wire, witness, listener) == "SCOPE_EXPIRED"


def test_a_clock_that_is_set_back_gives_no_more_time(wire: Wire, witness: Witness, time: Time, listener: int) -> None:
    time.steady += (END - AT).total_seconds()
    assert stopped(wire, witness, listener) == "SCOPE_EXPIRED"


def test_the_end_of_the_paper_counts_as_the_end_of_the_scope_does(witness: Witness, time: Time, shut: int) -> None:
    from dataclasses import replace

    asked = home()
    assert asked.authority is not None
    soon = asked.by(replace(asked.authority, span=until(AT + timedelta(seconds=5))))
    with Wire(Guard(soon, time.clocks)) as made:
        assert end(made.connect(at("127.0.0.1", shut))).state is State.CLOSED
        time.pass_(5)
        assert stopped(made, witness, shut) == "AUTHORISATION_LAPSED"
    with Wire(Guard(asked.by(None), time.clocks)) as made:
        assert stopped(made, witness, shut) == "SCOPE_UNAUTHORISED"


def test_the_stop_file_ends_the_run_at_once(witness: Witness, time: Time, tmp_path: Path, shut: int) -> None:
    path = tmp_path / "stop"
    with Wire(Guard(home(stop_file=str(path)), time.clocks)) as made:
        assert end(made.connect(at("127.0.0.1", shut))).state is State.CLOSED
        path.symlink_to("nowhere")
        assert stopped(made, witness, shut) == "RUN_STOPPED"
        path.unlink()
        assert end(made.connect(at("127.0.0.1", shut))).state is State.CLOSED


def test_what_is_too_fast_waits_and_a_mapped_address_does_not_get_a_cap_of_its_own(
    witness: Witness, time: Time, shut: int
) -> None:
    with Wire(Guard(home(rates=Rates(10, 10, 2)), time.clocks)) as made:
        end(made.connect(at("127.0.0.1", shut)))
        for address in ("127.0.0.1", "::ffff:127.0.0.1"):
            found = made.connect(at(address, shut))
            assert (
                isinstance(found, Wait)
                and 0.4 < found.seconds <= 0.5
                and found.cap == ("host", int(ip_address("127.0.0.1")))
            )
        assert len(witness.addresses()) == 1
        time.pass_(0.5)
        assert end(made.connect(at("127.0.0.1", shut))).state is State.CLOSED


def test_a_refused_endpoint_spends_nothing_of_the_rates(time: Time, shut: int) -> None:
    with Wire(Guard(home(rates=Rates(1, 1, 1)), time.clocks)) as made:
        for _ in range(5):
            assert isinstance(made.connect(at("127.0.0.9", shut)), Ruling)
        assert end(made.connect(at("127.0.0.1", shut))).state is State.CLOSED


# --- 10,000 forms, and the interpreter as witness -----------------------------------------------------------------

NUMBERS: st.SearchStrategy[Address] = st.one_of(
    st.integers(0, 2**32 - 1).map(IPv4Address),
    st.integers(int(IPv4Address("127.0.0.0")) - 8, int(IPv4Address("127.0.0.0")) + 40).map(IPv4Address),
    st.integers(0, 2**128 - 1).map(IPv6Address),
    st.integers(0, 48).map(lambda low: IPv6Address("::ffff:127.0.0.0") + low),
    st.integers(0, 48).map(lambda low: IPv6Address("::127.0.0.0") + low),
    st.integers(0, 48).map(lambda low: IPv6Address("64:ff9b::127.0.0.0") + low),
    st.integers(0, 48).map(lambda low: IPv6Address((0x2002 << 112) + ((0x7F000000 + low) << 80) + 1)),
    st.integers(0, 8).map(IPv6Address),
)


def ours(place: tuple[str, int]) -> bool:
    address = ip_address(place[0])
    if address.version == 6:
        return str(address) == "::1"
    return address in IPv4Network(HOME) and address != BARRED and address not in CUSTOMERS and place[1] != 22


@settings(max_examples=10_000, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    address=NUMBERS, port=st.sampled_from([1, 22, 443, 9]), form=st.sampled_from(["{}", "[{}]:9", "http://u@{}/", "x"])
)
def test_nothing_outside_the_scope_is_connected_or_sent_to_in_10_000_forms(
    witness: Witness, wire: Wire, address: Address, port: int, form: str
) -> None:
    witness.seen.clear()
    endpoints = [Endpoint(address, port)]
    try:
        read = read_target(form.format(address)).address
        endpoints += [Endpoint(read, port)] if read is not None else []
    except TargetError:
        pass
    for endpoint in endpoints:
        made = wire.connect(endpoint)
        if isinstance(made, socket.socket):
            made.close()
        wire.send(b"", endpoint)
    outside = [place for place in witness.addresses() if not ours(place)]
    assert outside == []


@st.composite
def scopes(draw: st.DrawFn) -> Scope:
    nets = st.sampled_from(
        ["127.0.0.0/24", "127.0.0.0/28", "127.0.0.8/30", "127.0.0.9/32", "2002:7f00:9::/48", "::1/128"]
    )
    ports = st.sampled_from(["1-65535", "80,443", "20-25", "53", "1-52,54-100"])
    allowed = [allow(f"a{at}", draw(nets), tcp=draw(ports), udp=draw(ports)) for at in range(draw(st.integers(0, 3)))]
    excluded = [
        Excluded(area(f"e{at}", draw(nets)), exclude("x", ports=draw(ports)).ports if draw(st.booleans()) else None)
        for at in range(draw(st.integers(0, 2)))
    ]
    return scope(*allowed, excluded=tuple(excluded), resolvers=("127.0.0.9",))


@settings(max_examples=500)
@given(scopes(), NUMBERS, st.sampled_from([1, 22, 53, 54, 80, 443, 65535]), st.sampled_from(["tcp", "udp"]))
def test_what_the_wire_keeps_at_hand_is_what_the_scope_rules(
    asked: Scope, address: Address, port: int, transport: Transport
) -> None:
    endpoint = Endpoint(address, port, transport)
    found = rule(asked, endpoint, AT)
    reached, ports = open_ports(asked, address, transport)
    assert (found.allowed, found.plain) == (port in ports, str(reached))
    shown = decide(asked, str(address), AT, transport=transport)
    assert shown.allowed == bool(ports)


# --- nobody else opens sockets ------------------------------------------------------------------------------------

ROOT = Path(__file__).parents[2] / "exposure_scan"
NETWORK = frozenset(
    [
        "socket", "_socket", "socketserver", "ssl", "asyncio", "http.client", "http.server", "urllib.request", "ftplib",
        "smtplib", "poplib", "imaplib", "telnetlib", "xmlrpc", "requests", "urllib3", "httpx", "aiohttp", "pycurl",
        "dns", "paramiko", "websockets", "trio", "anyio",
    ]
)  # fmt: skip


def network_imports(text: str) -> list[str]:
    """Modules that reach the network among those that ``text`` imports, by statement or by name."""
    names = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names += [item.name for item in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [node.module or "", *(f"{node.module}.{item.name}" for item in node.names)]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            names += [str(item.value) for item in node.args if isinstance(item, ast.Constant)]
    return [name for name in names if any(name == bad or name.startswith(f"{bad}.") for bad in NETWORK)]


SENDING = frozenset(
    ["sendto", "sendmsg", "connect_ex", "create_connection", "open_connection", "create_datagram_endpoint"]
)


def sending_calls(text: str) -> list[str]:
    """Calls that would send past the guard on a socket that somebody holds: only ``wire.connect`` connects."""
    calls = [node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    found = [func for func in calls if isinstance(func, ast.Attribute)]
    return [
        ast.unparse(func)
        for func in found
        if func.attr in SENDING or (func.attr == "connect" and not ast.unparse(func.value).endswith("wire"))
    ]


def test_no_other_module_sends_on_a_socket_that_the_wire_made() -> None:
    paths = [path for path in sorted(ROOT.rglob("*.py")) if path.name != "wire.py"]
    assert [bad for path in paths for bad in sending_calls(path.read_text("utf-8"))] == []
    assert sending_calls("made.sendto(b'', place)") and sending_calls("found.connect(place)")
    assert sending_calls("self.wire.connect(endpoint)") == []


def test_no_other_module_reaches_the_network() -> None:
    found = {
        str(path.relative_to(ROOT)): bad
        for path in sorted(ROOT.rglob("*.py"))
        if (bad := network_imports(path.read_text("utf-8")))
    }
    assert found == {"wire.py": ["socket"]}


@pytest.mark.parametrize(
    "text",
    ["import socket", "from socket import socket", "import http.client", "from http import client",
     "from urllib.request import urlopen", "from urllib import request", "import requests as r", "import dns.query",
     "import importlib; importlib.import_module('socket')", "__import__('ssl')"],
)  # fmt: skip
def test_the_lint_would_see_it(text: str) -> None:
    assert network_imports(text)
    assert not network_imports("from urllib.parse import urlsplit; import select; from exposure_scan.wire import Wire")
