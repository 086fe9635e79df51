"""``exposure scope``: what a scope says of a target, the whole scope, and the statement that its signers sign."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zhongbao_core.clikit import FILE, FORMAT, LazyGroup, Settings, echo_json, note, pass_settings
from zhongbao_core.clock import now, parse_instant, zone
from zhongbao_core.errors import ExitCode
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from exposure_scan.entry.open_scope import OpenedScope

WHEN = click.option("--at", "at_text", help="Judge as of this instant instead of now.")
SCOPE = click.option(
    "--scope", "file", type=FILE, help="A scope file; the workspace's exposure/scope.yaml if not given."
)


@click.group("scope", cls=LazyGroup)
def scope() -> None:
    """The scope (授权范围): nothing is asked of an address that no line of it names."""


@scope.command("check")
@click.argument("targets", metavar="TARGET...", nargs=-1, required=True)
@SCOPE
@WHEN
@click.option("--udp", is_flag=True, help="Ask about UDP ports; TCP if not given.")
@FORMAT
@pass_settings
@click.pass_context
def check(
    ctx: click.Context,
    settings: Settings,
    targets: tuple[str, ...],
    file: Path | None,
    at_text: str | None,
    udp: bool,
    fmt: str,
) -> None:
    """Say of each TARGET whether it may be asked, and which line of the scope decides.

    A TARGET is an address, a name, a network or a URL, however written. Exit 0: all in scope. 1: some are refused.
    2: the scope is broken. 3: it has expired, or nobody authorised it.
    """
    from exposure_scan.scope.decide import decide, standing
    from exposure_scan.show.scope import Checked, rulings_json, rulings_text

    opened, at = _open(settings, file, at_text)
    lapsed = standing(opened.scope, at)
    rulings = tuple(decide(opened.scope, target, at, transport="udp" if udp else "tcp") for target in targets)
    checked = Checked(opened.scope, opened.zone, at, opened.manifest, lapsed.reason if lapsed else None, rulings)
    refused = any(not ruling.allowed for ruling in rulings)
    code = lapsed.code if lapsed else "TARGET_REFUSED" if refused else "IN_SCOPE"
    if fmt == "json":
        echo_json(rulings_json(checked), code)
    else:
        click.echo(rulings_text(settings, checked))
    ctx.exit(ExitCode.CANNOT_TELL if lapsed else ExitCode.FINDINGS if refused else ExitCode.OK)


@scope.command("show")
@SCOPE
@WHEN
@FORMAT
@pass_settings
@click.pass_context
def show(ctx: click.Context, settings: Settings, file: Path | None, at_text: str | None, fmt: str) -> None:
    """Show the scope line by line: what it lets and forbids, until when, on whose word.

    Exit 0: it is in force. 2: it is broken. 3: it has expired, or nobody authorised it.
    """
    from exposure_scan.scope.decide import standing
    from exposure_scan.show.scope import scope_json, scope_text

    opened, at = _open(settings, file, at_text)
    found = standing(opened.scope, at)
    reason = found.reason if found else None
    if fmt == "json":
        echo_json(scope_json(opened.scope, opened.manifest, reason), found.code if found else "OK")
    else:
        click.echo(scope_text(settings, opened.scope, opened.zone, reason))
    ctx.exit(ExitCode.CANNOT_TELL if found else ExitCode.OK)


@scope.command("statement")
@SCOPE
@click.option("--to", "target", type=FILE, required=True, help="Where to write it.")
@pass_settings
def statement(settings: Settings, file: Path | None, target: Path) -> None:
    """Write what the signers of the scope sign (namespace approve@zhongbao); signatures lie in scope.sigs/PERSON.sig."""
    from exposure_scan.scope.statement import PURPOSE
    from exposure_scan.scope.statement import statement as statement_of
    from zhongbao_core.approval.sshsig import sign_command
    from zhongbao_core.approval.subject import NAMESPACES

    opened, _ = _open(settings, file, None)
    target.write_bytes(statement_of(opened.scope, opened.zone))
    command = sign_command(target, NAMESPACES[PURPOSE])
    click.echo(settings.say(Text(f"签名：{command}", f"sign: {command}")))


def _open(settings: Settings, file: Path | None, at_text: str | None) -> tuple[OpenedScope, datetime]:
    """The scope as of the instant asked about; its complaints and notes go to stderr."""
    from exposure_scan.entry.open_scope import open_scope, zone_of

    at = parse_instant(at_text, zone(zone_of(settings.workspace))) if at_text else now()
    opened = open_scope(settings, file, at)
    for complaint in opened.loaded.complaints:
        click.echo(complaint.shown(settings.lang), err=True)
    for text in opened.notes:
        note(settings, text)
    return opened, at
