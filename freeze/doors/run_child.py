"""Run the command itself: no shell, signals handed on, and how it ended, from which the exit code is made."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import NamedTuple

FORWARDED = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
    if hasattr(signal, name)
)
"""Signals that are handed on to the command."""
_FROM_KEYBOARD = ("SIGINT", "SIGQUIT")
SHIFT = 100
"""Added to a command's own 1, 2 and 3, which are ours to say that nothing was started."""


class Ended(NamedTuple):
    """How a command ended. ``status``: its exit status, or minus the signal that killed it; None: never started."""

    status: int | None
    missing: bool = False

    @property
    def outcome(self) -> str:
        """The word of the ledger: ok, failed, killed, not_started."""
        if self.status is None:
            return "not_started"
        return "ok" if self.status == 0 else "failed" if self.status > 0 else "killed"

    @property
    def raw_code(self) -> int:
        """As a shell would say it: the status, 128 + signal, 127 for a command not found, 126 for one not runnable."""
        if self.status is None:
            return 127 if self.missing else 126
        return self.status if self.status >= 0 else 128 - self.status

    @property
    def exit_code(self) -> int:
        """The exit code of ``freeze run``: ``raw_code``, with the command's own 1, 2, 3 as 101, 102, 103."""
        return self.raw_code + SHIFT if self.raw_code in (1, 2, 3) else self.raw_code


def run_child(argv: Sequence[str], extra: Mapping[str, str]) -> Ended:
    """Run ``argv`` to its end, with ``extra`` variables added. Signals that arrive meanwhile go to it."""
    with _forwarding() as attach:
        try:
            child = subprocess.Popen(argv, env={**os.environ, **extra})
        except (FileNotFoundError, NotADirectoryError):
            return Ended(None, missing=True)
        except (OSError, ValueError):
            return Ended(None)
        attach(child)
        return Ended(child.wait())


class _Forwarder:
    """Hands signals on to the command; those that come before it exists wait for it."""

    def __init__(self) -> None:
        self.child: subprocess.Popen[bytes] | None = None
        self.waiting: list[int] = []

    def __call__(self, child: subprocess.Popen[bytes]) -> None:
        self.child = child
        for number in self.waiting:
            child.send_signal(number)

    def handle(self, number: int, _frame: FrameType | None) -> None:
        if self.child is None:
            self.waiting.append(number)
        elif not (signal.Signals(number).name in _FROM_KEYBOARD and _keyboard_reaches_it()):
            self.child.send_signal(number)


def _keyboard_reaches_it() -> bool:
    """Whether the terminal sends its interrupt to the command as well, being in the same foreground group."""
    try:
        return os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp()
    except (OSError, AttributeError):
        return False


@contextmanager
def _forwarding() -> Iterator[_Forwarder]:
    forwarder = _Forwarder()
    before = {number: signal.signal(number, forwarder.handle) for number in FORWARDED}
    try:
        yield forwarder
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
