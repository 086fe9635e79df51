"""``zhongbao completion``: the completion script of a shell, printed; nothing is installed behind anybody's back."""

from __future__ import annotations

from collections.abc import Mapping

import click

from zhongbao_core.clikit import Settings, note, pass_settings
from zhongbao_core.text import Text

WHERE: Mapping[str, str] = {
    "bash": "zhongbao completion bash > ~/.local/share/bash-completion/completions/zhongbao",
    "zsh": "zhongbao completion zsh > ~/.zfunc/_zhongbao",
    "fish": "zhongbao completion fish > ~/.config/fish/completions/zhongbao.fish",
}
"""Where each shell looks for it."""


@click.command()
@click.argument("shell", type=click.Choice(list(WHERE)))
@pass_settings
def completion(settings: Settings, /, shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    bash: zhongbao completion bash > ~/.local/share/bash-completion/completions/zhongbao
    zsh:  zhongbao completion zsh > ~/.zfunc/_zhongbao
    fish: zhongbao completion fish > ~/.config/fish/completions/zhongbao.fish
    """
    click.echo(script(shell), nl=False)
    note(settings, Text(f"安装：{WHERE[shell]}", f"to install: {WHERE[shell]}"))


def script(shell: str) -> str:
    """The completion script of ``shell`` for the root command."""
    from click.shell_completion import get_completion_class

    from zhongbao.cli import cli

    maker = get_completion_class(shell)
    if maker is None:
        raise KeyError(shell)
    return maker(cli, {}, "zhongbao", "_ZHONGBAO_COMPLETE").source().rstrip("\n") + "\n"
