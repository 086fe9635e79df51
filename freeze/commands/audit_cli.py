"""``zhongbao freeze audit``: what is owed or odd. Exit 0 nothing owed, 1 something is, 3 the books cannot be read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from freeze.desk.audit import OWED, Books, findings, owed
from freeze.desk.base import Desk
from freeze.desk.glass_spool import local_uses, spool_path
from freeze.desk.open import open_desk
from zhongbao_core.clikit import AT, FILE, FORMAT, Settings, echo_json, note
from zhongbao_core.clock import iso
from zhongbao_core.errors import ExitCode
from zhongbao_core.finding import Finding
from zhongbao_core.text import Text, plain


@click.command()
@click.option("--spool", type=FILE, help="The local file of emergency releases.")
@click.option("--record", is_flag=True, help="Take what is overdue or odd into the register of findings.")
@click.option("--store", type=FILE, help="Findings store for --record; default: beside the ledger.")
@FORMAT
@AT
@click.pass_context
def audit(
    ctx: click.Context, spool: Path | None, record: bool, store: Path | None, fmt: str, at_text: str | None
) -> None:
    """Say what is owed or odd: confirmations, reviews, number gaps, endless runs, unused permits, exemptions, doors."""
    settings: Settings = ctx.ensure_object(Settings)
    with open_desk(settings, at_text, write=False) as here:
        found = findings(books_of(here.desk, spool_path(here.trust, spool)), here.at)
        if record:
            _record(settings, found, here.at, store)
        if fmt == "json":
            body = {
                "at": iso(here.at),
                "owed": owed(found),
                "findings": [as_json(item) for item in found],
            }
            echo_json(body, "AUDIT_OWED" if owed(found) else "CLEAN")
        else:
            _text(settings, found)
    ctx.exit(ExitCode.FINDINGS if owed(found) else ExitCode.OK)


def _record(settings: Settings, found: tuple[Finding, ...], at: datetime, store: Path | None) -> None:
    """Into the register goes what somebody has to set right; what is merely due stays with its request."""
    from zhongbao_core.store.engine import open_store
    from zhongbao_core.store.findings import FindingStore
    from zhongbao_core.store.place import store_path

    wrong = [item for item in found if item.rule in OWED and not item.rule.endswith("_OPEN")]
    with open_store(store_path(settings, store), create=True) as engine:
        counts = FindingStore(engine).record(wrong, at, looked=["freeze"], actor="freeze audit")
    note(
        settings,
        Text(
            f"问题库：新增 {counts.new}，已有 {counts.again}，复发 {counts.recurred}",
            f"register: {counts.new} new, {counts.again} known, {counts.recurred} recurred",
        ),
    )


def books_of(desk: Desk, spool: Path) -> Books:
    """Everything the audit looks at, from the ledger, the local file and the policy."""
    from freeze.desk.glass import known_uses

    uses = known_uses(desk)
    local = (item for item in local_uses(spool) if item.id not in uses)
    return Books(
        states=desk.states(),
        uses=(*uses.values(), *local),
        decisions=tuple(desk.journal.entries(kinds=("decision",))),
        exemptions=desk.policy.exemptions,
        runs=tuple(desk.journal.entries(kinds=("run.started",))),
    )


def as_json(item: Finding) -> dict[str, Any]:
    """One finding as data."""
    return {
        "id": item.id,
        "rule": item.rule,
        "title": item.title.as_json(),
        "severity": item.severity.id,
        "place": str(item.place),
        "evidence": {piece.name: piece.value for piece in item.evidence},
        "remedy": item.remedy.as_json(),
    }


def _text(settings: Settings, found: tuple[Finding, ...]) -> None:
    for item in found:
        facts = "  ".join(f"{piece.name}={piece.value}" for piece in item.evidence)
        severity = settings.say(item.severity.text)
        click.echo(plain(f"[{severity}] {settings.say(item.title)}  {item.place}  {facts}"))
        if item.remedy.zh:
            click.echo(plain(f"    {settings.say(item.remedy)}"))
    nothing = Text("没有待办", "nothing is owed")
    if not owed(found):
        click.echo(settings.say(nothing))
