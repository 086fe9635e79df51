"""The ``freeze`` group: names only; each command is imported when it is asked for."""

from __future__ import annotations

import click

from zhongbao_core.clikit import LazyGroup

LAZY = {
    "gate": ("freeze.doors.gate_cli:gate", "Ask: may this change go out now? The door for CI, hooks and people."),
    "run": ("freeze.doors.run_cli:run", "Run a command under a permit: re-hash, decide, run, record."),
    "hook": ("freeze.doors.git_cli:hook", "git pre-receive and update hooks, and how to install them."),
    "at": ("freeze.commands.calendar_cli:at", "What holds at an instant, for a system or for a file of windows alone."),
    "next": ("freeze.commands.calendar_cli:next_", "The next opening for a system."),
    "calendar": ("freeze.commands.calendar_cli:calendar", "The calendar as a timeline, JSON or .ics."),
    "request": ("freeze.commands.request_cli:request", "Change requests: new, submit, show, list, withdraw."),
    "standard": ("freeze.commands.standard_cli:standard", "The standard change catalogue: list, show, use."),
    "breakglass": ("freeze.commands.breakglass_cli:breakglass", "Emergency release: open, list, review."),
    "exemption": ("freeze.commands.exemption_cli:exemption", "The exemption list, with owners and expiry."),
    "lift": ("freeze.commands.amend_cli:lift", "Lift a freeze earlier: a loosening that the root quorum signs."),
    "extend": ("freeze.commands.amend_cli:extend", "Extend or tighten a freeze: one policy signer is enough."),
    "audit": (
        "freeze.commands.audit_cli:audit",
        "What is owed or odd: overdue confirmations and reviews, number gaps, endless runs.",
    ),
}


@click.group(cls=LazyGroup, lazy=LAZY)
def freeze() -> None:
    """The change freeze (封网): nothing changes unless the right people approved exactly that change."""
