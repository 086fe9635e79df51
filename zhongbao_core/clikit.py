"""What every command shares: lazy groups, global options that may stand anywhere, language, colour.

Imports click and nothing heavy: it stands on a gate's path.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from zhongbao_core.errors import InputError
from zhongbao_core.helptext import HouseContext, at_home
from zhongbao_core.settings import GLOBAL_OPTIONS, BadOptionError, Settings, settings_of, split
from zhongbao_core.text import Lang, Text, plain

__all__ = [
    "AT",
    "FILE",
    "FORMAT",
    "GLOBAL_OPTIONS",
    "LazyGroup",
    "RootGroup",
    "Settings",
    "chosen_lang",
    "colour_wanted",
    "echo_json",
    "hoist",
    "note",
    "pass_settings",
    "read_file",
    "settings_from",
]

MAX_FILE = 8 * 1024 * 1024

FORMAT = click.option("--format", "fmt", type=click.Choice(["text", "json"]), default="text", help="How to answer.")
AT = click.option("--at", "at_text", help="Instant, in a rehearsal only.")
FILE = click.Path(dir_okay=False, path_type=Path)
"""Options that most commands have, and the type of a file option."""

pass_settings = click.make_pass_decorator(Settings, ensure=True)


def hoist(args: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Take the global options out of ``args`` (only before ``--``); the rest keeps its order."""
    try:
        return split(args)
    except BadOptionError as error:
        raise click.UsageError(str(error)) from None


def chosen_lang(args: Sequence[str]) -> Lang:
    """The language asked for in ``args`` or the environment; Chinese where nobody says."""
    try:
        asked = hoist(args)[0].get("--lang")
    except click.UsageError:
        asked = None
    return "en" if (asked or os.environ.get("ZHONGBAO_LANG", "zh")) == "en" else "zh"


def settings_from(found: Mapping[str, str]) -> Settings:
    """Settings from hoisted options, each falling back to its variable."""
    try:
        return settings_of(found)
    except BadOptionError as error:
        raise click.UsageError(str(error)) from None


class LazyGroup(click.Group):
    """A group whose commands are imported only when one of them is asked for.

    ``lazy`` maps a command name to ``(module:attribute, one line of help)``; the line serves ``--help``, so that
    listing commands imports none of them.
    """

    def __init__(self, *args: Any, lazy: Mapping[str, tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = dict(lazy or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order written."""
        return [*self.lazy, *(name for name in super().list_commands(ctx) if name not in self.lazy)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in self.lazy:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = self.lazy[cmd_name][0].partition(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{module}:{attribute} is not a command")
        return at_home(command)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Names and their lines for shell completion, without importing anything."""
        from click.shell_completion import CompletionItem

        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        found = [CompletionItem(name, help=self.lazy.get(name, ("", ""))[1]) for name in names]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Names and their lines, without importing anything."""
        rows = [(name, self.lazy[name][1]) for name in self.lazy]
        own = ((name, self.commands[name]) for name in sorted(self.commands) if name not in self.lazy)
        rows += [(name, command.get_short_help_str(90)) for name, command in own if not command.hidden]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


class RootGroup(LazyGroup):
    """The root: global options may stand anywhere before ``--``. ``words`` loads the sentences of help in Chinese."""

    context_class = HouseContext

    def __init__(self, *args: Any, words: Callable[[], Mapping[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.words = words

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Hoist the global options into Settings, then parse the rest."""
        found, rest = hoist(args)
        ctx.obj = settings_from(found)
        return super().parse_args(ctx, rest)


def colour_wanted() -> bool:
    """Whether stdout is a terminal and nobody asked for plain text (NO_COLOR)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def note(settings: Settings, text: Text) -> None:
    """Talk to the person at the terminal: stderr, never the report."""
    click.echo(plain(settings.say(text), newlines=True), err=True)


def echo_json(body: Mapping[str, Any], reason_code: str = "OK") -> None:
    """Print ``body`` as one JSON answer on stdout; like every answer it carries ``schema_version`` and ``reason_code``."""
    import json

    click.echo(
        json.dumps({"schema_version": 1, "reason_code": reason_code, **body}, ensure_ascii=False, sort_keys=True)
    )


def read_file(path: Path) -> bytes:
    """The bytes of a bounded file. Raises InputError where it cannot be read or is too big."""
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_FILE else None
    except OSError as error:
        raise InputError(
            Text(f"读不了 {path}：{error.strerror}", f"cannot read {path}: {error.strerror}"), place=str(path)
        ) from error
    if data is None:
        raise InputError(Text(f"{path} 超过 8 MiB", f"{path} is over 8 MiB"), place=str(path))
    return data
