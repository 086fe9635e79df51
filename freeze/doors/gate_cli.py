"""``zhongbao freeze gate``: the door for CI, hooks and people. Exit 0 allowed, 1 held, 3 cannot tell, 2 wrong use.

The command as click knows it: help, completion, errors, and every way of calling it that ``gate_fast`` leaves alone.
"""

from __future__ import annotations

from typing import Any

import click

from freeze.doors.gate_options import OPTIONS, Option
from zhongbao_core.clikit import Settings, pass_settings


@click.command(name="gate")
@pass_settings
@click.pass_context
def gate(ctx: click.Context, settings: Settings, /, **given: Any) -> None:
    """Ask whether a change may go out now.

    \b
    zhongbao freeze gate --system portal --kind release --duration 2h
    zhongbao freeze gate --system portal --kind release --permit CR-7.permit.json --file app.tar
    """
    from freeze.doors.gate_run import perform

    ctx.exit(perform(settings, given))


def _parameter(item: Option) -> click.Option:
    if item.flag:
        name = f"{item.names[0]}/{item.off}" if item.off else item.names[0]
        return click.Option([name, item.dest], is_flag=True, default=item.default, help=item.help)
    return click.Option(
        [*item.names, item.dest],
        multiple=item.multiple,
        default=item.default if not item.multiple else None,
        metavar=item.metavar or None,
        type=click.Choice(item.choices) if item.choices else str,
        show_default=bool(item.default),
        help=item.help,
    )


gate.params[:0] = [_parameter(item) for item in OPTIONS]
