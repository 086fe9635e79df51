"""``zhongbao freeze hook``: git's pre-receive and update hooks, and how to install them on a server."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from zhongbao_core.clikit import Settings, note, pass_settings
from zhongbao_core.errors import ExitCode
from zhongbao_core.text import Lang, Text, escape

Command = Callable[..., Any]


@click.group()
def hook() -> None:
    """The git door: every ref of a push is judged; policy, trust and permits come from the server, never the push."""


def _door(command: Command) -> Command:
    options: list[Callable[[Command], Command]] = [
        click.option("--door", default="git", metavar="ID", show_default=True, help="Which door asks."),
        click.option("--project", default="", metavar="NAME", help="Repository name to map; default: its folder."),
        click.option("--kind", "-k", default="release", metavar="KIND", show_default=True, help="Kind of a push."),
        click.option("--permits", default="", metavar="DIR", help="The server's folder of permits, ID.json each."),
        click.option("--free", multiple=True, metavar="GLOB", help="Refs that are never judged: refs/heads/wip/*."),
        click.option("--actor-env", default="", metavar="VAR", help="Variable with the pusher's account."),
        click.option("--online/--offline", default=None, help="Ask the ledger, or keep a receipt."),
        click.option("--ledger", default="", metavar="PATH", help="Ledger to ask where the trust file names none."),
        click.option("--receipt-dir", default="", metavar="DIR", help="Where an offline door keeps its receipts."),
        click.option("--at", metavar="TIME", help="Instant to decide at; in a rehearsal only."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@hook.command(name="pre-receive")
@_door
@pass_settings
@click.pass_context
def pre_receive(ctx: click.Context, settings: Settings, /, **given: Any) -> None:
    """Judge a whole push, read from standard input as git writes it: all of it goes in, or none."""
    from freeze.doors.git_push import parse_updates

    ctx.exit(_judge(settings, given, parse_updates(sys.stdin.buffer.read(4 << 20))))


@hook.command()
@click.argument("ref")
@click.argument("old")
@click.argument("new")
@_door
@pass_settings
@click.pass_context
def update(ctx: click.Context, settings: Settings, /, ref: str, old: str, new: str, **given: Any) -> None:
    """Judge one ref of a push, as git calls an update hook: REF OLD NEW."""
    from freeze.doors.git_push import parse_update

    line = f"{old} {new} {ref}".encode("utf-8", "surrogateescape")
    ctx.exit(_judge(settings, given, (parse_update(line),)))


def _judge(settings: Settings, given: dict[str, Any], updates: tuple[Any, ...]) -> int:
    from freeze.doors.git_gate import Push, allowed, judge
    from freeze.doors.git_push import project_of, push_options, repository

    git_dir = repository(os.environ)
    actor = os.environ.get(given["actor_env"], "") if given["actor_env"] else ""
    project = given["project"] or project_of(git_dir)
    push = Push(updates, git_dir, project, push_options(os.environ), actor)
    judgements = judge(settings, given, push, lambda words: note(settings, words))
    for item in judgements:
        click.echo(_told(item, settings.lang), err=True, nl=False)
    if allowed(judgements):
        return int(ExitCode.OK)
    refusal = Text("推送被拦截，未写入任何引用", "push held: no ref was changed")
    click.echo(f"zhongbao: {refusal.zh} / {refusal.en}", err=True)
    return max(_code(item) for item in judgements)


def _code(item: Any) -> int:
    from freeze.show.decision import exit_code

    return int(exit_code(item.decision))


def _told(item: Any, lang: Lang) -> str:
    """The decision for the pusher: the refs, what a permit would have to bind for them, and what the gate says."""
    from freeze.doors.git_push import ACTIONS
    from freeze.model import Verdict
    from freeze.show.decision import text

    lines = []
    for effect in item.refs:
        lines.append(escape(f"{ACTIONS[effect.action].pick(lang)} {effect.update.ref}", "terminal"))
        if item.decision.verdict is not Verdict.ALLOW:
            lines += [escape(f"  bind {name}={value}", "terminal") for name, value in effect.binds]
    return "\n".join([*lines, text(item.decision, lang)])


@hook.command()
@click.argument("repository", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--hook", "name", type=click.Choice(["pre-receive", "update"]), default="pre-receive", show_default=True)
@click.option("--force", is_flag=True, help="Replace another hook that stands there.")
@_door
@pass_settings
def install(settings: Settings, /, repository: Path, name: str, force: bool, **given: Any) -> None:
    """Install the hook into a bare REPOSITORY, with all it believes written into it."""
    from freeze.doors.git_install import accept_push_options
    from freeze.doors.git_install import install as put
    from zhongbao_core.trust import load_trust

    trust = load_trust(settings.trust, settings.workspace)
    words = ["--lang", settings.lang, "--workspace", str(settings.workspace.resolve()), "--trust", str(trust.path)]
    path = put(repository, name, [*words, "freeze", "hook", name, *_words(given)], force=force)
    accept_push_options(path.parent.parent)
    click.echo(escape(str(path), "terminal"))


def _words(given: dict[str, Any]) -> list[str]:
    """The options as they are written into the script; paths absolute."""
    found: list[str] = []
    for name in ("door", "project", "kind", "actor_env", "at"):
        if given[name]:
            found += [f"--{name.replace('_', '-')}", given[name]]
    for name in ("permits", "ledger", "receipt_dir"):
        if given[name]:
            found += [f"--{name.replace('_', '-')}", str(Path(given[name]).resolve())]
    for glob in given["free"]:
        found += ["--free", glob]
    if given["online"] is not None:
        found.append("--online" if given["online"] else "--offline")
    return found
