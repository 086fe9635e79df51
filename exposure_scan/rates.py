"""How fast: token buckets for everything, for each network and for each host. Pure: time enters as seconds."""

from __future__ import annotations

from typing import NamedTuple

from exposure_scan.model import Address
from exposure_scan.scope.scope import Rates

MAX_BUCKETS = 65_536
NET_BITS = {4: 8, 6: 64}
"""Bits that a network of an address leaves open: an IPv4 /24, an IPv6 /64."""
ONE = 1 - 1e-9
"""A whole token, but for what arithmetic loses: who waits as long as he was told must not be sent away again."""
BURST = 10
"""A bucket holds a tenth of a second's worth."""


class Wait(NamedTuple):
    """Not now: after ``seconds``. ``cap`` tells which of the caps says so; one that waits for it waits with the others."""

    seconds: float
    cap: tuple[str, int]


class Bucket:
    """``rate`` tokens a second, at most a tenth of them saved up."""

    __slots__ = ("last", "rate", "room", "tokens")

    def __init__(self, rate: int, now: float) -> None:
        self.rate = rate
        self.room = max(1.0, rate / BURST)
        self.tokens = self.room
        self.last = now

    def wait(self, now: float) -> float:
        """Seconds until there is a token; 0 where there is one."""
        if now > self.last:
            self.tokens = min(self.room, self.tokens + (now - self.last) * self.rate)
            self.last = now
        return 0.0 if self.tokens >= ONE else (1 - self.tokens) / self.rate

    def full_at(self, now: float) -> bool:
        """Whether it would be full at ``now``: then a new one in its place is the same."""
        return self.tokens + (now - self.last) * self.rate >= self.room


class Throttle:
    """The three caps of a scope over one run."""

    def __init__(self, rates: Rates, now: float) -> None:
        self.rates = rates
        self.total = Bucket(rates.total, now)
        self.nets: dict[tuple[int, int], Bucket] = {}
        self.hosts: dict[Address, Bucket] = {}

    def take(self, address: Address, now: float) -> Wait | None:
        """None where a packet may go to ``address`` at ``now``, which then counts; else how long to wait, and for what."""
        buckets = (self.total, self._net(address, now), self._host(address, now))
        longest, level = 0.0, 0
        for number, bucket in enumerate(buckets):
            wait = bucket.wait(now)
            if wait > longest:
                longest, level = wait, number
        if longest:
            return Wait(longest, self._cap(address, level))
        for bucket in buckets:
            bucket.tokens -= 1
        return None

    def _cap(self, address: Address, level: int) -> tuple[str, int]:
        key = (0, int(address) >> NET_BITS[address.version], int(address))[level]
        return ("total", "net", "host")[level], key

    def _net(self, address: Address, now: float) -> Bucket:
        key = address.version, int(address) >> NET_BITS[address.version]
        found = self.nets.get(key)
        if found is None:
            if len(self.nets) >= MAX_BUCKETS:
                self.nets = {name: item for name, item in self.nets.items() if not item.full_at(now)}
            found = self.nets[key] = Bucket(self.rates.net, now)
        return found

    def _host(self, address: Address, now: float) -> Bucket:
        found = self.hosts.get(address)
        if found is None:
            if len(self.hosts) >= MAX_BUCKETS:
                self.hosts = {name: item for name, item in self.hosts.items() if not item.full_at(now)}
            found = self.hosts[address] = Bucket(self.rates.host, now)
        return found
