"""``freeze gate`` without click, for the plain ways of calling it: click alone costs four times the start of Python.

Only what ``gate_options.read`` takes for plain is answered here; for anything else ``run`` gives None and click
speaks. A test holds both readers against each other.
"""

from __future__ import annotations

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
    from freeze.doors.gate_run import perform

    return perform(settings, given)
