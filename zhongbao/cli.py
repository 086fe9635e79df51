"""The root command: names only; each command is imported when it is asked for."""

from __future__ import annotations

import click

from zhongbao_core import __version__
from zhongbao_core.clikit import RootGroup

LAZY = {
    "init": ("zhongbao.init_cli:init", "Make a workspace; --example makes a whole one to try things on."),
    "check": (
        "zhongbao.check_cli:check",
        "Say everything that is wrong in the workspace, with file:line:column and fix.",
    ),
    "compile": ("zhongbao.check_cli:compile_", "Compile the policies to the file that doors read."),
    "doctor": ("zhongbao.doctor:doctor", "Check clock, zone data, trust, store and keys on this machine."),
    "status": ("zhongbao.status_cli:status", "One screen: level, what is held, running changes, what is owed."),
    "event": ("zhongbao.event_cli:event", "The protection period: phases and levels."),
    "freeze": ("freeze.cli:freeze", "The change freeze: calendar, requests, gate, permits."),
    "content": ("zhongbao.content_cli:content", "The content audit: scan, review, release."),
    "exposure": ("exposure_scan.cli:exposure", "The exposure scan: what the internet can see of us."),
    "approve": ("zhongbao.approve_cli:approve", "Approve a statement: signed, coded or attested."),
    "reject": ("zhongbao.approve_cli:reject", "Reject a change request or a post."),
    "confirm": ("zhongbao.approve_cli:confirm", "Confirm an attested approval afterwards (补签)."),
    "permit": ("freeze.commands.permit_cli:permit", "Issue, show, verify and revoke permits (放行单)."),
    "codes": ("freeze.commands.codes_cli:codes", "One-time approval codes: issue a card, list, revoke."),
    "key": ("zhongbao.key_cli:key", "Keys of persons: enrol, rotate, revoke, list."),
    "trust": ("zhongbao.trust_cli:trust", "The root quorum and the signed manifest."),
    "ledger": ("zhongbao.ledger_cli:ledger", "The tamper-evident ledger: init, verify, prove, checkpoint, export."),
    "finding": ("zhongbao.finding_cli:finding", "Findings: list, assign, close, waive, reopen."),
    "completion": ("zhongbao.completion_cli:completion", "Shell completion for bash, zsh and fish."),
}


def words() -> dict[str, str]:
    """The sentences of ``--help`` in Chinese, by the English ones that stand in the code."""
    import json
    from importlib.resources import files

    found: dict[str, str] = json.loads(files("zhongbao").joinpath("help.zh.json").read_text("utf-8"))
    return found


@click.group(
    cls=RootGroup,
    lazy=LAZY,
    words=words,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, prog_name="zhongbao")
def cli() -> None:
    """Hold a company to three zeros through a protection period (重保): no failure, no breach, no content incident.

    --lang zh|en, --workspace DIR and --trust FILE may stand anywhere (or ZHONGBAO_LANG, ZHONGBAO_WORKSPACE,
    ZHONGBAO_TRUST). Exit codes: 0 clean or allowed, 1 findings or held, 2 wrong use, 3 could not tell.

    \b
    Start:  zhongbao init demo --example
            zhongbao --workspace demo status
    """
