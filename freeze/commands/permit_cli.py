"""``zhongbao permit``: issue, show, verify and revoke permits (放行单)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from freeze.desk.open import Open, open_desk, read_policy
from freeze.desk.permits import LedgerProver
from zhongbao_core.approval.permit_file import Permit
from zhongbao_core.clikit import AT, FILE, FORMAT, Settings, echo_json, note, pass_settings, read_file
from zhongbao_core.clock import iso, show, zone
from zhongbao_core.errors import ExitCode, InputError, StoreError
from zhongbao_core.text import Text, plain


@click.group()
def permit() -> None:
    """Permits (放行单): what a door believes."""


@permit.command()
@click.argument("name", metavar="ID")
@click.option("--out", type=FILE, help="Where to write the permit file; default <ID>.permit.json.")
@FORMAT
@AT
@pass_settings
def issue(settings: Settings, name: str, out: Path | None, fmt: str, at_text: str | None) -> None:
    """Issue a permit once the approvals are enough; a live one is written out again with a fresh checkpoint."""
    from freeze.desk.permits import export_permit, find_permit, issue_permit
    from zhongbao_core.approval.permit_file import parse

    with open_desk(settings, at_text) as here:
        prover = prover_of(here)
        live = here.desk.state(name).live_permit(here.at)
        number = live.id if live else issue_permit(here.desk, name, here.at).id
        state, found = find_permit(here.desk, number)
        data = export_permit(here.desk, prover, state, found, here.at)
        path = out or Path(f"{name}.permit.json")
        write_permit(path, data)
        say(settings, here.desk.policy.zone, parse(data), fmt, file=str(path))
        system = f"zhongbao freeze gate --permit {path}"
        note(settings, Text(f"下一步：{system}", f"next: {system}"))


@permit.command("show")
@click.argument("file", type=FILE)
@FORMAT
@pass_settings
def show_(settings: Settings, file: Path, fmt: str) -> None:
    """Show what a permit file says; nothing is verified."""
    from zhongbao_core.approval.permit_file import parse

    say(settings, "Asia/Shanghai", parse(read_file(file)), fmt, file=str(file))
    note(settings, Text("未经核验：zhongbao permit verify", "not verified: zhongbao permit verify"))


@permit.command()
@click.argument("file", type=FILE)
@FORMAT
@AT
@click.pass_context
def verify(ctx: click.Context, file: Path, fmt: str, at_text: str | None) -> None:
    """Verify a permit's evidence as a door does: proofs, checkpoint, signatures, digests. Exit 0 good, 1 not."""
    from freeze.entry.evidence import examine
    from zhongbao_core.approval.permit_file import parse

    settings: Settings = ctx.ensure_object(Settings)
    reading = read_policy(settings, at_text)
    data = read_file(file)
    found = examine(data, reading.opened, reading.at)
    fault = found.view.fault
    if fault is None:
        say(settings, reading.opened.policy.zone, parse(data), fmt, file=str(file), verified=True)
        for line in found.notes:
            note(settings, line)
        return
    if fmt == "json":
        body = {"verified": False, "reason_code": fault.code, "message": fault.text.as_json()}
        echo_json(body)
    else:
        click.echo(
            plain(
                settings.say(Text(f"不可信 [{fault.code}] {fault.text.zh}", f"not good [{fault.code}] {fault.text.en}"))
            )
        )
    ctx.exit(ExitCode.FINDINGS)


@permit.command()
@click.argument("number", metavar="PERMIT")
@click.option("--by", required=True, metavar="PERSON")
@click.option("--reason", required=True)
@AT
@pass_settings
def revoke(settings: Settings, number: str, by: str, reason: str, at_text: str | None) -> None:
    """Revoke a permit: doors with a store refuse it at once, offline ones when its life ends."""
    from freeze.desk.permits import find_permit, revoke_permit

    with open_desk(settings, at_text) as here:
        state, found = find_permit(here.desk, number)
        revoke_permit(here.desk, state.id, found.id, by, reason, here.at)
        click.echo(plain(settings.say(Text(f"{number} 已撤销", f"{number} is revoked"))))


def prover_of(here: Open) -> LedgerProver:
    """Proofs from the open ledger, signed by its key. Raises StoreError where the key is not on this machine."""
    from zhongbao_core.ledger.checkpoint import load_signer

    ledger = here.trust.ledger
    if ledger.key_file is None:
        raise StoreError(
            Text("信任文件没有写存证日志私钥的位置", "the trust file names no ledger key on this machine"),
            Text("在存证日志所在的机器上签发", "issue permits where the ledger is kept"),
            reason_code="LEDGER_KEY_MISSING",
        )
    return LedgerProver(here.journal, load_signer(ledger.key_file, ledger.origin))


def write_permit(path: Path, data: bytes) -> None:
    """Write the permit file whole or not at all; it replaces an earlier export."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError(Text(f"写不进 {path}：{error.strerror}", f"cannot write {path}: {error.strerror}")) from error


def say(
    settings: Settings, zone_name: str, found: Permit, fmt: str, *, file: str, verified: bool | None = None
) -> None:
    """Show a permit."""
    if fmt == "json":
        body = as_json(found) | {"file": file, "verified": verified}
        echo_json(body)
        return
    here = zone(zone_name)
    opens, closes = show(found.not_before, here), show(found.expires_at, here)
    targets = ", ".join(str(target) for target in found.subject.targets)
    state = Text("，核验通过", ", verified") if verified else Text("", "")
    lines = [
        Text(f"放行单 {found.id}{state.zh}", f"permit {found.id}{state.en}"),
        Text(f"  {found.statement.title}", f"  {found.statement.title}"),
        Text(f"  {targets}", f"  {targets}"),
        Text(f"  {opens} 起至 {closes}，用一次", f"  from {opens} to {closes}, one use"),
        *(
            Text(f"  {item.person} ({item.assurance})", f"  {item.person} ({item.assurance})")
            for item in found.approvals
        ),
    ]
    if found.rehearsal:
        lines.append(Text("  演练放行单，不能打开真实的门", "  of a rehearsal: opens no real door"))
    click.echo("\n".join(plain(settings.say(line)) for line in lines))


def as_json(found: Permit) -> dict[str, Any]:
    """A permit as data."""
    return {
        "schema_version": 1,
        "id": found.id,
        "kind": found.kind,
        "targets": [str(target) for target in found.subject.targets],
        "not_before": iso(found.not_before),
        "expires_at": iso(found.expires_at),
        "level": found.level,
        "rung": found.rung,
        "manifest": found.manifest,
        "rehearsal": found.rehearsal,
        "approvals": [
            {"person": item.person, "voice": item.voice, "assurance": item.assurance, "at": iso(item.received_at)}
            for item in found.approvals
        ],
    }
