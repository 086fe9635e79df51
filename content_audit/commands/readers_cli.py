"""``content readers``: which formats are read, and what a file is taken for."""

from __future__ import annotations

from pathlib import Path

import click

from zhongbao_core.clikit import Settings, echo_json, pass_settings
from zhongbao_core.errors import ExitCode
from zhongbao_core.text import escape, pad, width


@click.command("readers")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
@pass_settings
def readers(settings: Settings, ctx: click.Context, /, paths: tuple[Path, ...], form: str) -> None:
    """List the formats that are read and how each is recognised; with PATH say what each file is taken for.

    Exit code: 0, or 3 where a file is of no known format.
    """
    found = _taken_for(paths) if paths else {}
    if form == "json":
        echo_json({"readers": _listed(), **({"files": found} if paths else {})})
    elif paths:
        click.echo(_columns([(path, name or "-") for path, name in found.items()]))
    else:
        click.echo(_table(settings))
    ctx.exit(ExitCode.CANNOT_TELL if paths and not all(found.values()) else ExitCode.OK)


def _listed() -> list[dict[str, object]]:
    from content_audit.readers.registry import TABLE

    return [
        {"name": one.name, "title": one.title.as_json(), "how": one.how.as_json(), "suffixes": list(one.suffixes)}
        for one in TABLE
    ]


def _table(settings: Settings) -> str:
    from content_audit.readers.registry import TABLE

    return _columns([(one.name, settings.say(one.title), settings.say(one.how)) for one in TABLE])


def _taken_for(paths: tuple[Path, ...]) -> dict[str, str]:
    """The name of the reader of each path; empty where nobody knows it or it cannot be opened."""
    from content_audit.readers.reading import reader_of

    return {str(path): getattr(reader_of(path), "name", "") for path in paths}


def _columns(rows: list[tuple[str, ...]]) -> str:
    shown = [tuple(escape(cell, "terminal") for cell in row) for row in rows]
    widths = [max(width(row[at]) for row in shown) for at in range(len(shown[0]) - 1)]
    return "\n".join("  ".join([*map(pad, row[:-1], widths), row[-1]]) for row in shown)
