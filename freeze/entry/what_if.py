"""The policy for commands that only look: verified where it can be, said plainly where it cannot.

A what-if opens no door, so it may answer from an unverified workspace; a gate never does.
"""

from __future__ import annotations

from typing import NamedTuple

from freeze.policy import Policy
from zhongbao_core.clikit import Settings, note
from zhongbao_core.clock import now
from zhongbao_core.errors import TrustError
from zhongbao_core.text import Text


class WhatIf(NamedTuple):
    """A policy to look at, and the label of the manifest that vouches for it (empty: nothing does)."""

    policy: Policy
    manifest: str


def what_if_policy(settings: Settings) -> WhatIf:
    """The policy of the workspace; without trust the unverified one, with a note on stderr.

    Raises InputError where the workspace cannot be read.
    """
    from freeze.entry.open import open_policy

    try:
        opened = open_policy(settings, now())
    except TrustError as error:
        why = error.message
        note(
            settings,
            Text(
                f"注意：策略未经验证（{why.zh}）[{error.reason_code}]；此处只是推演，不能作为放行依据。",
                f"note: policy not verified ({why.en}) [{error.reason_code}]; this is a what-if and opens no door.",
            ),
        )
        return WhatIf(open_policy(settings, now(), untrusted_demo=True).policy, "")
    return WhatIf(opened.policy, opened.policy.manifest)
