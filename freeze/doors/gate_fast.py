"""``freeze gate`` without click, for the plain ways of calling it: click alone costs four times the start of Python.

Only what ``gate_options.read`` takes for plain is answered here; for anything else ``run`` gives None and click
speaks. A test holds both readers against each other.
"""

from __future__ import annotations

import gc
import os

from freeze.doors.gate_options import read
from zhongbao_core.settings import BadOptionError, settings_of, split


def run(args: list[str]) -> int | None:
    """The exit code of a plainly asked ``freeze gate``; None where click is to read ``args``."""
    try:
        found, rest = split(args)
        if rest[:2] != ["freeze", "gate"]:
            return None
        given = read(rest[2:])
        if given is None:
            return None
        settings = settings_of(found)
    except BadOptionError:
        return None
    collecting = gc.isenabled()
    gc.disable()  # one answer leaves little behind
    try:
        _zones_without_host()
        from freeze.doors.gate_run import perform

        return perform(settings, given)
    finally:
        if collecting:
            gc.enable()


def _zones_without_host() -> None:
    """Import zoneinfo without asking sysconfig for the host's zone folders, 2 ms: zones come from tzdata alone."""
    if "PYTHONTZPATH" in os.environ:
        return
    os.environ["PYTHONTZPATH"] = ""
    try:
        import zoneinfo  # noqa: F401
    finally:
        del os.environ["PYTHONTZPATH"]
