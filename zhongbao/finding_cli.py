"""``zhongbao finding``: the register of findings (问题), from 待认领 to 已销号."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zhongbao_core.clikit import Settings, pass_settings
from zhongbao_core.finding import AREAS
from zhongbao_core.report import FORMATS, render
from zhongbao_core.text import Text, escape

if TYPE_CHECKING:
    from zhongbao.finding_desk import Surroundings
    from zhongbao_core.finding_life import Tracked
    from zhongbao_core.report.model import Report
    from zhongbao_core.store.findings import Step

Command = Callable[..., Any]
Decorator = Callable[[Command], Command]
TITLE = Text("问题清单", "Findings")


@click.group()
def finding() -> None:
    """Findings (问题): who owes what, what was fixed and who verified it, what was let be and until when."""


def _common(command: Command) -> Command:
    command = click.option("--store", type=click.Path(path_type=Path), help="Store; default: beside the ledger.")(
        command
    )
    return click.option("--at", metavar="TIME", help="Instant to look at; to record only in a rehearsal.")(command)


def _reading(command: Command) -> Command:
    command = click.option("--format", "fmt", type=click.Choice(FORMATS), default="text", show_default=True)(command)
    command = click.option("--reveal", is_flag=True, help="Show personal data; the look goes on record.")(command)
    return _common(click.option("--by", default="", metavar="PERSON", help="Who looks; needed with --reveal.")(command))


@finding.command(name="list")
@click.option("--area", type=click.Choice(list(AREAS)), help="Findings of one area only.")
@click.option("--all", "everything", is_flag=True, help="Settled ones too: closed, false alarms, waived.")
@_reading
@pass_settings
@click.pass_context
def list_(ctx: click.Context, settings: Settings, /, area: str | None, everything: bool, **given: Any) -> None:
    """List findings, worst first; waived ones stay in the list, marked. Exit 1 while any is open, 3 where nobody looked."""
    from zhongbao.finding_desk import opened, surroundings
    from zhongbao_core.finding_life import State
    from zhongbao_core.report.model import Report

    around = surroundings(settings, given["at"], recording=given["reveal"])
    with opened(settings, given["store"]) as store:
        rows = store.tracked(around.at, area=area or "")
        basis = {name: at for name, at in store.basis().items() if area in (None, name)}
    shown = [row for row in rows if everything or row.life.state.open or row.life.state is State.WAIVED]
    report = Report(TITLE, around.at, around.zone, tuple(shown), basis, not given["reveal"], around.rehearsal)
    _print(settings, around, report, given)
    ctx.exit(report.exit_code)


@finding.command()
@click.argument("id_", metavar="ID")
@_reading
@pass_settings
def show(settings: Settings, /, id_: str, **given: Any) -> None:
    """Show one finding and every step of its life."""
    from zhongbao.finding_desk import opened, surroundings
    from zhongbao_core.report.model import Report

    around = surroundings(settings, given["at"], recording=given["reveal"])
    with opened(settings, given["store"]) as store:
        row, steps, basis = store.get(id_, around.at), store.history(id_), store.basis()
    mine = {row.finding.area: basis[row.finding.area]}
    report = Report(TITLE, around.at, around.zone, (row,), mine, not given["reveal"], around.rehearsal)
    _print(settings, around, report, given)
    if given["fmt"] == "text":
        click.echo("".join(_step_line(step, settings, around) for step in steps), nl=False)


def _print(settings: Settings, around: Surroundings, report: Report, given: dict[str, Any]) -> None:
    if given["reveal"]:
        from zhongbao.finding_desk import reveal_on_record

        reveal_on_record(settings, around, given["by"], [row.finding.id for row in report.rows])
    click.echo(render(report, given["fmt"], settings.lang), nl=False)


def _step_line(step: Step, settings: Settings, around: Surroundings) -> str:
    from zhongbao_core.clock import show as show_time
    from zhongbao_core.clock import zone
    from zhongbao_core.finding_life import MOVES

    names = {"found": Text("首次发现", "found"), "seen": Text("再次发现", "seen again")}
    name = MOVES[step.move].name if step.move in MOVES else names.get(step.move, Text(step.move, step.move))
    when, state = show_time(step.at, zone(around.zone)), step.life.state.text
    return (
        escape(f"  {when}  {name.pick(settings.lang)} → {state.pick(settings.lang)}  {step.actor}", "terminal") + "\n"
    )


def _moving(name: str, options: tuple[Decorator, ...]) -> Callable[[Command], click.Command]:
    """A command that makes one move of ``finding_life.MOVES``."""

    def wrap(function: Command) -> click.Command:
        def run(settings: Settings, /, id_: str, **given: Any) -> None:
            _move(settings, name, id_, given)

        run.__doc__ = function.__doc__
        command: Command = pass_settings(run)
        decorators: list[Decorator] = [*reversed(options), click.argument("id_", metavar="ID"), _common, _BY]
        for decorate in decorators:
            command = decorate(command)
        return finding.command(name=name)(command)

    return wrap


_BY = click.option("--by", "actor", required=True, metavar="PERSON", help="Who does it: an id of people.yaml.")
_EVIDENCE = click.option(
    "--evidence", required=True, metavar="TEXT", help="What proves it: a digest, a link, a record."
)
_REASON = click.option("--reason", required=True, metavar="TEXT", help="Why.")
_DUE = click.option("--due", metavar="TIME", help="When it is to be done.")
_TO = click.option("--to", "assignee", required=True, metavar="PERSON", help="Who is to fix it.")
_APPROVER = click.option("--approver", required=True, metavar="PERSON", help="Who lets it be; not who asks.")
_UNTIL = click.option("--until", "expires", required=True, metavar="TIME", help="When the waiver ends by itself.")


@_moving("assign", (_TO, _DUE))
def assign() -> None:
    """Assign a finding (下发)."""


@_moving("start", ())
def start() -> None:
    """Say that the fixing has begun (整改中); the assignee only."""


@_moving("fixed", (_EVIDENCE,))
def fixed() -> None:
    """Hand the fix in for verification (待复核), with evidence; the assignee only."""


@_moving("return", (_REASON,))
def return_() -> None:
    """Send it back: the fix did not hold."""


@_moving("close", (_EVIDENCE,))
def close() -> None:
    """Close it (销号): another person than the assignee verified the fix."""


@_moving("dismiss", (_REASON,))
def dismiss() -> None:
    """Mark it as a false alarm (误报)."""


@_moving("waive", (_REASON, _APPROVER, _UNTIL))
def waive() -> None:
    """Let it be until a date (例外放行); it stays in every report, marked, and opens again by itself."""


@_moving("reopen", (_REASON,))
def reopen() -> None:
    """Open a settled finding again."""


def _move(settings: Settings, name: str, id_: str, given: dict[str, Any]) -> None:
    from zhongbao.finding_desk import opened, put_on_record, recording, require_known, surroundings
    from zhongbao_core.clock import parse_instant, zone
    from zhongbao_core.finding_life import Move

    around = surroundings(settings, given.pop("at"), recording=True)
    path = given.pop("store")
    for field in ("due", "expires"):
        if given.get(field):
            given[field] = parse_instant(given[field], zone(around.zone))
    move = Move(name, **given)
    require_known(around, move.actor, move.assignee, move.approver)
    with opened(settings, path) as store:
        before = store.get(id_, around.at)
        with recording(settings, around, required=False) as tx:
            after = store.move(before.finding.fingerprint, move, around.at)
            put_on_record(tx, before, after, move)
    click.echo(_said(settings, around, after))


def _said(settings: Settings, around: Surroundings, row: Tracked) -> str:
    from zhongbao_core.report.text import life_line

    line = f"{row.finding.id} {row.finding.title.pick(settings.lang)}: {life_line(row, settings.lang, around.zone)}"
    return escape(line, "terminal")
