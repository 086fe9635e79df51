"""A witness to what the interpreter asks of the network: the audit events of every socket."""

from __future__ import annotations

from typing import Any

EVENTS = frozenset(["socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"])


class Witness:
    """What was asked of the network, as the interpreter saw it; it cannot be taken out again, only be deaf."""

    def __init__(self) -> None:
        self.listening = False
        self.seen: list[tuple[str, tuple[Any, ...]]] = []

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.listening and event in EVENTS:
            self.seen.append((event, arguments))

    def addresses(self) -> list[tuple[str, int]]:
        """(address, port) of every connect and send."""
        return [
            (found[1][0], found[1][1]) for event, found in self.seen if event in ("socket.connect", "socket.sendto")
        ]
