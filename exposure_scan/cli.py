"""The ``exposure`` group's own commands: names only; each is imported when it is asked for."""

from __future__ import annotations

import click

from zhongbao_core.clikit import LazyGroup

LAZY = {
    "fingerprint": (
        "exposure_scan.commands.fingerprint_cli:fingerprint",
        "Name the product and version behind a banner or saved response.",
    ),
}
"""Command names with where they live and their line of help."""


@click.group(cls=LazyGroup, lazy=LAZY)
def exposure() -> None:
    """The exposure scan (暴露面): what the internet can see of us, whose it is, and what is wrong with it."""
