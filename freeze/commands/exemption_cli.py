"""``zhongbao freeze exemption``: the exemption list (豁免清单), with owner, reason and expiry, never hidden."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import click

from freeze.calendar.selecting import selects
from freeze.entry.what_if import what_if_policy
from freeze.model import Exemption
from freeze.policy import Policy
from zhongbao_core.approval.subject import Target
from zhongbao_core.clikit import Settings, echo_json, pass_settings
from zhongbao_core.clock import iso, now, parse_instant, show, zone
from zhongbao_core.errors import ExitCode
from zhongbao_core.event import Level
from zhongbao_core.text import Text, plain

SOON = timedelta(hours=72)
"""How long before its expiry an entry is shown as expiring."""


@click.group()
def exemption() -> None:
    """The exemption list: what passes a freeze without a permit, on whose word, until when."""


def state_of(item: Exemption, at: datetime) -> str:
    """``in_force``, ``expiring`` (within 72 h) or ``expired``."""
    if at >= item.expires:
        return "expired"
    return "expiring" if at >= item.expires - SOON else "in_force"


STATES = {
    "in_force": Text("有效", "in force"),
    "expiring": Text("即将到期", "expiring"),
    "expired": Text("已到期", "expired"),
}


def matching(policy: Policy, target: Target, kind: str) -> tuple[Exemption, ...]:
    """Entries that speak of ``target`` and ``kind``, expired ones included."""
    system = policy.system(target.system)
    if system is None:
        return ()
    return tuple(item for item in policy.exemptions if selects(item.select, system, target.environment, kind))


def as_json(item: Exemption, at: datetime) -> dict[str, Any]:
    """One entry as data."""
    return {
        "id": item.id,
        "owner": item.owner,
        "reason": item.reason,
        "expires": iso(item.expires),
        "levels": [level.id for level in item.levels],
        "state": state_of(item, at),
    }


@exemption.command("list")
@click.option("--at", "at_text", help="Show the list as of this instant (a what-if: always allowed).")
@click.option("--format", "fmt", type=click.Choice(["text", "json"]), default="text")
@pass_settings
def list_(settings: Settings, at_text: str | None, fmt: str) -> None:
    """List the exemptions with owner, reason and expiry."""
    policy = what_if_policy(settings).policy
    _show(settings, policy, policy.exemptions, instant_of(policy, at_text), fmt)


@exemption.command()
@click.option("--system", required=True)
@click.option("--environment", default="prod")
@click.option("--kind", default="release")
@click.option("--at", "at_text", help="As of this instant (a what-if: always allowed).")
@click.option("--format", "fmt", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def check(ctx: click.Context, system: str, environment: str, kind: str, at_text: str | None, fmt: str) -> None:
    """Say which entries cover a system: exit 0 where one is in force at the level of that instant, else 1."""
    settings: Settings = ctx.ensure_object(Settings)
    policy = what_if_policy(settings).policy
    at = instant_of(policy, at_text)
    found = matching(policy, Target(system, environment), kind)
    level = policy.event.level_at(at) if policy.event else Level.NONE
    in_force = any(state_of(item, at) != "expired" and level in (*item.levels, Level.NONE) for item in found)
    holds = in_force and level is not Level.SILENT
    _show(settings, policy, found, at, fmt, "EXEMPT" if holds else "NOT_EXEMPT")
    ctx.exit(ExitCode.OK if holds else ExitCode.FINDINGS)


def instant_of(policy: Policy, at_text: str | None) -> datetime:
    """The instant asked about, in the company's zone; now where nobody says."""
    return parse_instant(at_text, zone(policy.zone)) if at_text else now()


def _show(
    settings: Settings, policy: Policy, items: tuple[Exemption, ...], at: datetime, fmt: str, reason: str = "OK"
) -> None:
    if fmt == "json":
        body = {"at": iso(at), "exemptions": [as_json(item, at) for item in items]}
        echo_json(body, reason)
        return
    here = zone(policy.zone)
    if not items:
        click.echo(settings.say(Text("没有适用的豁免", "no exemption speaks of it")))
    for item in items:
        state = settings.say(STATES[state_of(item, at)])
        levels = ", ".join(settings.say(level.text) for level in item.levels)
        click.echo(plain(f"{item.id}  [{state}]  {show(item.expires, here)}  {item.owner}  {levels}"))
        click.echo(plain(f"    {item.reason}"))
