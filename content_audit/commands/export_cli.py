"""``content export``: whatever can be read, as our own JSONL."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from content_audit.model import Post, Unread
from zhongbao_core.clikit import Settings, note, pass_settings
from zhongbao_core.errors import ExitCode, UsageError
from zhongbao_core.text import Text

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


@click.command("export")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--to", "target", type=click.Path(path_type=Path), help="Write to this file, not to standard output.")
@click.option("--mapping", type=click.Path(path_type=Path), help="A mapping file: how PATH is read.")
@click.pass_context
@pass_settings
def export(
    settings: Settings, ctx: click.Context, /, paths: tuple[Path, ...], target: Path | None, mapping: Path | None
) -> None:
    """Write the posts in PATH as JSONL that reads back with the same ids, words, channel, account and time.

    Exit code: 0 all written, 3 something was not read (said on stderr; the rest is written).
    """
    from content_audit.readers import read_path
    from content_audit.readers.mapping_file import load_mapping
    from content_audit.readers.own import line_of

    mapped = load_mapping(mapping) if mapping else None
    written = unread = 0
    with _output(target) as out:
        for path in paths:
            for item in read_path(path, mapping=mapped):
                if isinstance(item, Post):
                    out.write(line_of(item, target.parent if target else Path()))
                    written += 1
                else:
                    _say(settings, item)
                    unread += 1
    note(settings, Text(f"写出 {written} 篇，未读 {unread} 处", f"{written} posts written, {unread} places not read"))
    ctx.exit(ExitCode.CANNOT_TELL if unread or not written else ExitCode.OK)


def _say(settings: Settings, item: Unread) -> None:
    detail = f" ({item.detail})" if item.detail else ""
    note(settings, Text(f"{item.source}：{item.why.text.zh}{detail}", f"{item.source}: {item.why.text.en}{detail}"))


@contextmanager
def _output(target: Path | None) -> Iterator[BinaryIO]:
    """Stdout, or a file that only its owner may read and that is there once it is whole."""
    if target is None:
        yield sys.stdout.buffer
        return
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        handle = os.open(part, _FLAGS, 0o600)
    except OSError as error:
        raise UsageError(
            Text(f"{target} 写不了：{error.strerror}", f"{target} cannot be written: {error.strerror}"),
            reason_code="EXPORT_TARGET",
        ) from error
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
