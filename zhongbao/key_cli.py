"""The ``key`` group: keys of persons through their whole life. What it writes counts once the root quorum has signed.

Every change edits ``people.yaml`` (one item, nothing else), is recorded in the ledger where this machine keeps it, and
takes effect with the next manifest (``trust prepare``, ``trust sign``).
"""

from __future__ import annotations

import click

from zhongbao_core.clikit import LazyGroup

LAZY = {
    "generate": ("zhongbao.key_change:generate", "Make a new Ed25519 key pair for yourself."),
    "enrol": ("zhongbao.key_change:enrol", "Give a person a (further) key."),
    "rotate": ("zhongbao.key_change:rotate", "Replace a key: the old one stays good for a short overlap."),
    "revoke": ("zhongbao.key_change:revoke", "Take a key back; --compromised voids everything it ever signed."),
    "lost": ("zhongbao.key_change:lost", "The key is gone but in nobody's hands: revoked from now on."),
    "list": ("zhongbao.key_list:list_", "All keys, with their state."),
    "show": ("zhongbao.key_list:show", "One person's keys, in full."),
}


@click.group(cls=LazyGroup, lazy=LAZY)
def key() -> None:
    """Keys of persons: enrolment, rotation, loss, revocation (docs/trust.md)."""
