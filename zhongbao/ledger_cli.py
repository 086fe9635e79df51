"""The ``ledger`` group: names only; each command is imported when it is asked for."""

from __future__ import annotations

import click

from zhongbao_core.clikit import LazyGroup

LAZY = {
    "init": ("zhongbao.ledger_init:init", "Make the ledger and its key; the only command that creates one."),
    "verify": ("zhongbao.ledger_verify:verify", "Check every hash, the chain, the tree, and outside checkpoints."),
    "show": ("zhongbao.ledger_show:show", "List entries."),
    "prove": ("zhongbao.ledger_prove:prove", "Prove that an entry stands in the ledger, to anybody, offline."),
    "checkpoint": ("zhongbao.ledger_prove:checkpoint", "Sign what the ledger holds now and keep it elsewhere."),
    "export": ("zhongbao.ledger_copy:export", "Write all entries as JSON lines, for the stand-alone verifier."),
    "backup": ("zhongbao.ledger_copy:backup", "Copy the whole ledger, checked."),
    "restore": ("zhongbao.ledger_copy:restore", "Bring a backup back; an older copy is recognised and refused."),
    "import-receipts": ("zhongbao.ledger_feed:import_receipts", "Record what offline doors decided, as reported."),
    "heartbeat": ("zhongbao.ledger_feed:heartbeat", "Record that the ledger lives, once an hour inside an event."),
}


@click.group(cls=LazyGroup, lazy=LAZY)
def ledger() -> None:
    """The tamper-evident ledger (存证日志): nothing recorded can be changed without a trace.

    \b
    zhongbao ledger init                          once, outside the git tree
    zhongbao ledger checkpoint --to /mnt/witness  hourly, to a place this host cannot rewrite
    zhongbao ledger verify --checkpoint FILE      compare with what was seen there
    """
