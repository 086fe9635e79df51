"""``zhongbao freeze standard``: the standard change catalogue (标准变更目录)."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

from freeze.desk.open import open_desk
from freeze.entry.what_if import what_if_policy
from freeze.model import KINDS, StandardChange
from zhongbao_core.approval.subject import Target
from zhongbao_core.clikit import AT, FILE, FORMAT, Settings, echo_json, note, pass_settings
from zhongbao_core.clock import iso
from zhongbao_core.errors import UsageError
from zhongbao_core.text import Text, plain


@click.group()
def standard() -> None:
    """Pre-approved changes: block an attacker's address, clean logs, restart by runbook."""


@standard.command("list")
@FORMAT
@pass_settings
def list_(settings: Settings, fmt: str) -> None:
    """List the catalogue."""
    policy = what_if_policy(settings).policy
    if fmt == "json":
        rows = [as_json(item) for _, item in sorted(policy.catalogue.items())]
        echo_json({"standard": rows})
        return
    for name, item in sorted(policy.catalogue.items()):
        count = Text(f"每日 {item.per_day} 次", f"{item.per_day} a day")
        click.echo(plain(f"{name}  {settings.say(item.name)}  {settings.say(KINDS[item.kind])}  {settings.say(count)}"))


@standard.command()
@click.argument("name")
@FORMAT
@pass_settings
def show(settings: Settings, name: str, fmt: str) -> None:
    """Show a template: parameters with their patterns, command, roles, hours, count a day."""
    from freeze.life.standard import find

    item = find(what_if_policy(settings).policy, name)
    if fmt == "json":
        echo_json({**as_json(item)})
        return
    click.echo(plain(f"{item.id}  {settings.say(item.name)}"))
    for key, pattern in sorted(item.parameters.items()):
        click.echo(plain(f"  {key}={pattern}"))
    click.echo(plain(f"  $ {shlex.join(item.command)}"))
    roles = Text(f"  角色 {', '.join(item.roles)}", f"  roles {', '.join(item.roles)}")
    click.echo(plain(settings.say(roles)))


@standard.command()
@click.argument("name")
@click.argument("values", nargs=-1, metavar="[PARAMETER=VALUE]...")
@click.option("--system", "systems", multiple=True, required=True, metavar="SYSTEM[/ENVIRONMENT]")
@click.option("--by", required=True, metavar="PERSON")
@click.option("--out", type=FILE, help="Where to write the permit of this use.")
@FORMAT
@AT
@pass_settings
def use(
    settings: Settings,
    name: str,
    values: tuple[str, ...],
    systems: tuple[str, ...],
    by: str,
    out: Path | None,
    fmt: str,
    at_text: str | None,
) -> None:
    """Use a standard change once: recorded and counted, with a short permit bound to the command."""
    from freeze.commands.permit_cli import prover_of, write_permit
    from freeze.desk.standard import use_standard

    targets = tuple(target(item) for item in systems)
    with open_desk(settings, at_text) as here:
        made = use_standard(here.desk, prover_of(here), name, pairs(values), targets, by, here.at)
        path = out or Path(f"{made.id}.permit.json")
        write_permit(path, made.permit)
    if fmt == "json":
        body = {
            "id": made.id,
            "command": list(made.argv),
            "permit": str(path),
            "today": made.today,
        }
        echo_json(body)
        return
    said = Text(f"{made.id} 已登记，今日第 {made.today} 次", f"{made.id} recorded, use {made.today} today")
    click.echo(plain(settings.say(said)))
    click.echo(plain(f"  $ {shlex.join(made.argv)}"))
    command = f"zhongbao freeze run --permit {path} -- {shlex.join(made.argv)}"
    note(settings, Text(f"下一步：{command}", f"next: {command}"))


def target(text: str) -> Target:
    """The target that ``system/environment`` names; ``prod`` where no environment stands."""
    system, _, environment = text.partition("/")
    return Target(system, environment or "prod")


def pairs(values: tuple[str, ...]) -> dict[str, str]:
    """``name=value`` words as a table. Raises UsageError for a word without ``=`` or a name twice."""
    found: dict[str, str] = {}
    for item in values:
        name, equals, value = item.partition("=")
        if not equals or name in found:
            raise UsageError(Text(f"参数写成 name=value：{plain(item)}", f"write name=value, once each: {plain(item)}"))
        found[name] = value
    return found


def as_json(item: StandardChange) -> dict[str, Any]:
    """A template as data."""
    return {
        "id": item.id,
        "name": item.name.as_json(),
        "kind": item.kind,
        "parameters": dict(item.parameters),
        "command": list(item.command),
        "roles": list(item.roles),
        "per_day": item.per_day,
        "levels": [level.id for level in item.levels],
        "hours": [list(pair) for pair in item.hours],
        "valid_until": iso(item.valid_until) if item.valid_until else None,
        "owner": item.owner,
    }
