"""The one module that opens sockets: nothing leaves this machine but what the scope lets, at the moment it leaves.

Every ``connect`` and every ``send`` names a numeric endpoint. The address is unwrapped and ruled on, and the very address
that was ruled on is handed to the kernel: no name is resolved here and nobody else picks one. Expiry is watched by the
wall clock and by a clock that cannot be set back; the stop file is looked for each time; the three rate caps hold over
everything that is sent. Variables of the environment that name proxies mean nothing here.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import time
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from exposure_scan.model import Address, Endpoint, State, Transport
from exposure_scan.ports import Ports
from exposure_scan.rates import Throttle, Wait
from exposure_scan.scope.decide import Ruling, open_ports, rule, standing, until
from exposure_scan.scope.scope import Scope
from zhongbao_core.clock import now
from zhongbao_core.errors import CannotTellError
from zhongbao_core.text import Text

MAX_DATAGRAM = 65_535
MAX_KEPT = 65_536
"""Addresses whose open ports are kept at hand."""
NO_LINGER = struct.pack("ii", 1, 0)
"""Close with a reset: an open port that was looked at keeps no connection in its last state."""
FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
CLOSED = frozenset({errno.ECONNREFUSED, errno.ECONNRESET})
SILENT = frozenset({errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN})
SHORT_OF = frozenset({errno.EAGAIN, errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.ENOMEM, errno.EMFILE, errno.ENFILE})
"""This machine has none left: no local port, no buffer, no descriptor. That says nothing of the other end."""
BREATH = 0.02
"""Seconds to wait for this machine to have some again."""


Connection = socket.socket
"""A connection under way: others wait for it and close it, only here is one made."""


class StoppedError(CannotTellError):
    """The run may ask nothing more: it expired, or somebody stopped it."""

    reason_code = "RUN_STOPPED"


class Ended(NamedTuple):
    """How a connection ended, in a word of the system."""

    state: State
    reason: str


class Clocks(NamedTuple):
    """The wall clock, and one that only runs forward."""

    wall: Callable[[], datetime] = now
    steady: Callable[[], float] = time.monotonic


class Datagram(NamedTuple):
    """What came back, and from where."""

    data: bytes
    sender: tuple[str, int]


class Guard:
    """What stands before every packet: the scope, its expiry, the stop file and the rates."""

    def __init__(self, scope: Scope, clocks: Clocks | None = None) -> None:
        self.scope = scope
        self.clocks = clocks or Clocks()
        at, steady = self.clocks.wall(), self.clocks.steady()
        self._deadline = steady + (until(scope) - at).total_seconds()
        self._throttle = Throttle(scope.rates, steady)
        self._kept: dict[tuple[Address, Transport], tuple[Address, Ports]] = {}

    def admit(self, endpoint: Endpoint) -> Address | Ruling | Wait:
        """The address to send to, the ruling that refuses it, or Wait where it is too fast. Raises StoppedError."""
        self.watch()
        address, ports = self._ports(endpoint.address, endpoint.transport)
        if endpoint.port not in ports:
            return rule(self.scope, endpoint, self.clocks.wall())
        wait = self._throttle.take(address, self.clocks.steady())
        return wait or address

    def watch(self) -> None:
        """Raise StoppedError where the run may ask nothing more."""
        lapse = standing(self.scope, self.clocks.wall())
        if lapse is not None:
            raise StoppedError(lapse.reason, reason_code=lapse.code)
        if self.clocks.steady() >= self._deadline:
            raise StoppedError(
                Text("授权范围在运行中到期（时钟被拨回）", "the scope expired during the run (the clock was set back)"),
                reason_code="SCOPE_EXPIRED",
            )
        path = self.scope.stop_file
        if path and os.path.lexists(path):
            raise StoppedError(
                Text(f"急停文件 {path} 已放上", f"the stop file {path} is there"),
                Text("查明原因后移走", "find out why, then take it away"),
            )

    def _ports(self, address: Address, transport: Transport) -> tuple[Address, Ports]:
        found = self._kept.get((address, transport))
        if found is None:
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            found = self._kept[address, transport] = open_ports(self.scope, address, transport)
        return found


class Wire:
    """Connections and datagrams, each under the guard."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self._senders: dict[int, socket.socket] = {}

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close what sends datagrams; a connection belongs to who asked for it."""
        for sender in self._senders.values():
            sender.close()
        self._senders.clear()

    def connect(self, endpoint: Endpoint) -> socket.socket | Ruling | Wait | Ended:
        """A connection under way, to be waited for until it can be written to and then asked of by ``outcome``.

        The ruling where the scope refuses it, Wait where it is too fast or this machine is short of something, Ended
        where the kernel knew at once. Raises StoppedError where nothing more may be asked.
        """
        if endpoint.transport != "tcp":
            endpoint = endpoint._replace(transport="tcp")
        address = self.guard.admit(endpoint)
        if isinstance(address, Ruling | Wait):
            return address
        try:
            made = socket.socket(FAMILIES[address.version], socket.SOCK_STREAM)
        except OSError as error:
            return _refused(error.errno or 0)
        made.setblocking(False)
        code = made.connect_ex((str(address), endpoint.port))
        if code in (0, errno.EINPROGRESS):
            return made
        made.close()
        return _refused(code)

    def send(self, data: bytes, endpoint: Endpoint) -> Address | Ruling | Wait | Ended:
        """Send one datagram; the address it went to, or why it did not go. Raises StoppedError."""
        address = self.guard.admit(endpoint._replace(transport="udp"))
        if isinstance(address, Ruling | Wait):
            return address
        try:
            self._sender(address.version).sendto(data, (str(address), endpoint.port))
        except OSError as error:
            return _refused(error.errno or 0)
        return address

    def descriptor(self, version: int) -> int:
        """The descriptor on which datagrams of an IP version come back, to be waited for."""
        return self._sender(version).fileno()

    def _sender(self, version: int) -> socket.socket:
        """The socket that datagrams of an IP version leave by: kept here, so that nobody else sends on it."""
        if version not in self._senders:
            made = socket.socket(FAMILIES[version], socket.SOCK_DGRAM)
            made.setblocking(False)
            self._senders[version] = made
        return self._senders[version]

    def receive(self, version: int) -> Datagram | None:
        """The next datagram that came; None where there is none yet."""
        try:
            data, sender = self._sender(version).recvfrom(MAX_DATAGRAM)
        except (BlockingIOError, ConnectionError):
            return None
        return Datagram(data, (sender[0], sender[1]))


def outcome(made: socket.socket) -> Ended:
    """How the connection that ``connect`` began has ended; only once it can be written to, or has failed."""
    code = made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        return _ended(code)
    try:
        if made.getsockname()[:2] == made.getpeername()[:2]:
            return Ended(State.CLOSED, "self-connect")  # the kernel gave us the very port that we asked
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    except OSError as error:
        return _ended(error.errno or 0)
    return Ended(State.OPEN, "connected")


def _refused(code: int) -> Wait | Ended:
    return Wait(BREATH, ("local", 0)) if code in SHORT_OF else _ended(code)


def _ended(code: int) -> Ended:
    state = State.CLOSED if code in CLOSED else State.FILTERED if code in SILENT else State.ERROR
    return Ended(state, errno.errorcode.get(code, str(code)))
