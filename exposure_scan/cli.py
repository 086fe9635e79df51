"""The ``exposure`` group: names only; each command is imported when it is asked for."""

from __future__ import annotations

import click

from zhongbao_core.clikit import LazyGroup

LAZY = {
    "fingerprint": (
        "exposure_scan.commands.fingerprint_cli:fingerprint",
        "Name the product and version behind a banner or saved response.",
    ),
    "scope": ("exposure_scan.commands.scope_cli:scope", "What may be asked at all: check a target, show, statement."),
}


@click.group(cls=LazyGroup, lazy=LAZY)
def exposure() -> None:
    """The exposure scan (暴露面排查): what the internet can see of us, and whose it is."""
