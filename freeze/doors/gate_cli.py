"""``zhongbao freeze gate``: the door for CI, hooks and people. Exit 0 allowed, 1 held, 3 cannot tell, 2 wrong use."""

from __future__ import annotations

import os
from typing import Any

import click

from freeze.render import RENDERERS, exit_code
from zhongbao_core.clikit import Settings, note, pass_settings


@click.command(name="gate")
@click.option("--system", "-s", multiple=True, metavar="ID", help="System to be changed; repeat for several.")
@click.option("--environment", "-e", default="prod", metavar="ENV", show_default=True, help="Environment of --system.")
@click.option("--project", metavar="NAME", help="Project or repository; --door maps it to systems.")
@click.option("--door", default="cli", metavar="ID", show_default=True, help="Which door asks.")
@click.option("--kind", "-k", metavar="KIND", help="Kind of change: release, config, patch, database, restore, ...")
@click.option(
    "--class", "change_class", default="normal", show_default=True, help="standard, normal, major, emergency."
)
@click.option("--label", multiple=True, metavar="K=V", help="Label of the change.")
@click.option("--duration", metavar="2h", help="Length with rollback and observation; the whole span is judged.")
@click.option("--permit", metavar="FILE", help="Permit file.")
@click.option("--bind", multiple=True, metavar="NAME=sha256:..", help="Digest of what is about to happen.")
@click.option("--file", multiple=True, metavar="PATH", help="File to hash and bind as file:PATH.")
@click.option("--commit", metavar="SHA", help="Commit to bind as commit:SHA.")
@click.option("--started", metavar="TIME", help="When the work started: asks for its next step.")
@click.option("--step", is_flag=True, help="Ask for the next step of work under way.")
@click.option("--actor", default="", metavar="WHO", help="Account of whoever asks.")
@click.option("--online/--offline", default=None, help="Ask the ledger, or keep a receipt. Default: by the trust file.")
@click.option("--ledger", default="", metavar="PATH", help="Ledger to ask, in place of the trust file's.")
@click.option("--receipt-dir", default="", metavar="DIR", help="Where an offline door keeps its receipts.")
@click.option("--at", metavar="TIME", help="Instant to decide at; in a rehearsal or an untrusted demo only.")
@click.option("--untrusted-demo", is_flag=True, help="Work without a trust file, and say so in every output.")
@click.option("--format", "fmt", type=click.Choice(list(RENDERERS)), default="text", show_default=True)
@pass_settings
@click.pass_context
def gate(ctx: click.Context, settings: Settings, /, fmt: str, **given: Any) -> None:
    """Ask whether a change may go out now.

    \b
    zhongbao freeze gate --system portal --kind release --duration 2h
    zhongbao freeze gate --system portal --kind release --permit CR-7.permit.json --file app.tar
    """
    from freeze.doors.gate_run import answer

    decision = answer(settings, given, lambda text: note(settings, text))
    _tell(settings, fmt, decision)
    ctx.exit(exit_code(decision))


def _tell(settings: Settings, fmt: str, decision: Any) -> None:
    """The report on stdout; where the format is for machines alone, the words for people on stderr."""
    from freeze.render import text

    click.echo(RENDERERS[fmt](decision, settings.lang), nl=False)
    if fmt == "gitlab":
        click.echo(text(decision, settings.lang), err=True, nl=False)
    if fmt == "github" and os.environ.get("GITHUB_STEP_SUMMARY"):
        _summary(settings, os.environ["GITHUB_STEP_SUMMARY"], decision)


def _summary(settings: Settings, path: str, decision: Any) -> None:
    from freeze.render import github_summary
    from zhongbao_core.text import Text

    try:
        with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123 pathlib costs a gate 5 ms
            file.write(github_summary(decision, settings.lang))
    except OSError as error:
        cause = error.strerror or str(error)
        note(settings, Text(f"作业摘要写不进：{cause}", f"the job summary cannot be written: {cause}"))
