"""The ``trust`` group: the root quorum, the signed manifest, rotations. Names only; each command is imported when used."""

from __future__ import annotations

import click

from zhongbao_core.clikit import LazyGroup

LAZY = {
    "init": ("zhongbao.trust_init:init", "Make a trust file from the root keys' public lines."),
    "show": ("zhongbao.trust_show:show", "What this machine believes, and the manifest in force."),
    "prepare": ("zhongbao.trust_prepare:prepare", "Build the next manifest, say what it changes, loosens or tightens."),
    "renew": ("zhongbao.trust_prepare:renew", "The same policy for another stretch of time."),
    "sign": ("zhongbao.trust_sign:sign", "Add a root signature to what waits: manifest, root or amendment."),
    "verify": ("zhongbao.trust_show:verify", "Verify manifest, amendments, compiled policy and policy files."),
    "adopt": ("zhongbao.trust_adopt:adopt", "Record the manifest and amendments in force in the ledger."),
    "rotate": ("zhongbao.trust_rotate:rotate", "Prepare the next root quorum; both the old and the new one sign it."),
    "pin": ("zhongbao.trust_rotate:pin", "Raise this machine's trust file to the root and manifest in force."),
}


@click.group(cls=LazyGroup, lazy=LAZY)
def trust() -> None:
    """The root quorum outside the workspace, and the manifest it signs (docs/trust.md).

    \b
    zhongbao trust prepare            after a change to the policy
    zhongbao trust sign --key FILE    once by each root key holder
    zhongbao trust adopt              record it in the ledger
    """
