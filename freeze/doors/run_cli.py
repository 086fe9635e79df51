"""``zhongbao freeze run``: re-hash what a permit names, decide, run the command, record start and end.

Exit codes: 1, 2 and 3 mean that nothing was started (held, wrong use, cannot tell). Otherwise the command's own code,
with its 1, 2 and 3 as 101, 102 and 103; 128 + signal where one killed it; 127 and 126 as a shell says them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from zhongbao_core.clikit import Settings, note, pass_settings
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from freeze.doors.run_child import Ended
    from freeze.doors.run_gate import Started


@click.command(name="run", context_settings={"ignore_unknown_options": True})
@click.option("--permit", default="", metavar="FILE", help="Permit file.")
@click.option("--binds", is_flag=True, help="Run nothing: print what a permit for COMMAND would bind.")
@click.option("--file", multiple=True, metavar="PATH", help="With --binds: a file to bind as well.")
@click.option("--door", default="run", metavar="ID", show_default=True, help="Which door asks.")
@click.option("--as", "name", default="", metavar="NAME", help="The command stands under the bind command:NAME.")
@click.option("--artifact", multiple=True, metavar="NAME=PATH", help="File to hash for the bind artifact:NAME.")
@click.option("--step", is_flag=True, help="A further step of a run that has begun under this permit.")
@click.option("--actor", default="", metavar="WHO", help="Account of whoever runs it.")
@click.option("--online/--offline", default=None, help="Ask the ledger, or keep a receipt. Default: by the trust file.")
@click.option("--ledger", default="", metavar="PATH", help="Ledger to ask where the trust file names none.")
@click.option("--receipt-dir", default="", metavar="DIR", help="Where an offline door keeps its receipts.")
@click.option("--result", default="", metavar="FILE", help="Write what happened as JSON: started, exit code, reason.")
@click.option("--at", metavar="TIME", help="Instant to decide at; in a rehearsal only.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@pass_settings
@click.pass_context
def run(
    ctx: click.Context,
    settings: Settings,
    /,
    command: tuple[str, ...],
    result: str,
    binds: bool,
    file: tuple[str, ...],
    **given: Any,
) -> None:
    """Run COMMAND under a permit, if it is exactly what was approved and may start now.

    \b
    zhongbao freeze run --permit CR-7.permit.json -- ./deploy.sh --to prod
    """
    if binds:
        _print_binds(command, file, given)
        return
    if not given["permit"] or file:
        raise click.UsageError("--permit FILE is needed" if not file else "--file goes with --binds")
    from freeze.doors.run_gate import begin
    from freeze.show.decision import exit_code, text

    started = begin(settings, given, command, lambda words: note(settings, words))
    click.echo(text(started.decision, settings.lang), nl=False, err=started.allowed)
    if not started.allowed:
        _tell(result, started, None, int(exit_code(started.decision)))
        ctx.exit(exit_code(started.decision))
    ended = _run(settings, started, command)
    _tell(result, started, ended, ended.exit_code)
    ctx.exit(ended.exit_code)


def _print_binds(command: tuple[str, ...], files: tuple[str, ...], given: dict[str, Any]) -> None:
    """The binds of COMMAND and of the files and artifacts named, as lines of a draft."""
    from freeze.doors.asking import pairs
    from freeze.doors.run_binds import shown_binds
    from zhongbao_core.text import escape

    name = f"command:{given['name']}" if given["name"] else "command"
    wanted = {f"file:{path}": "" for path in files}
    for key, value in shown_binds(wanted, command, name, pairs("--artifact", given["artifact"])).items():
        click.echo(escape(f'"{key}": "{value}"', "terminal"))


def _run(settings: Settings, started: Started, command: tuple[str, ...]) -> Ended:
    from datetime import timedelta
    from time import monotonic

    from freeze.doors.run_child import run_child
    from freeze.doors.run_gate import end
    from zhongbao_core.errors import ZhongbaoError

    before = monotonic()
    ended = run_child(command, {"ZHONGBAO_RUN_PERMIT": started.decision.permit})
    if ended.status is None:
        note(settings, Text(f"命令无法启动：{command[0]}", f"the command cannot be started: {command[0]}"))
    try:
        end(started, ended, timedelta(seconds=monotonic() - before))
    except ZhongbaoError as error:
        note(settings, Text(f"结果未能登记，须补录：{error.message.zh}", f"OUTCOME NOT RECORDED: {error.message.en}"))
    return ended


def _tell(path: str, started: Started, ended: Ended | None, code: int) -> None:
    """The result file: what an exit code cannot say."""
    if not path:
        return
    body = {
        "schema_version": 1,
        "started": ended is not None and ended.status is not None,
        "verdict": started.decision.verdict.value,
        "reason_code": started.decision.reason_code,
        "permit": started.decision.permit,
        "outcome": ended.outcome if ended else "refused",
        "command_exit_code": ended.raw_code if ended else None,
        "exit_code": code,
    }
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123 as the other doors
        json.dump(body, file, indent=2)
        file.write("\n")
