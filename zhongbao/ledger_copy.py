"""``ledger export``, ``backup`` and ``restore``: the ledger carried elsewhere, and brought back."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from zhongbao.ledger_init import WRITER
from zhongbao.ledger_open import (
    AT,
    CHECKPOINT,
    LEDGER,
    checkpoints_of,
    here,
    known_checkpoints,
    open_to_read,
    optional_trust,
)
from zhongbao_core.clikit import Settings, pass_settings
from zhongbao_core.errors import CannotTellError, StoreError, UsageError
from zhongbao_core.ledger import backup as store
from zhongbao_core.ledger.journal import Journal
from zhongbao_core.text import Text, plain

NEW_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@LEDGER
@click.option("--to", "target", type=NEW_FILE, help="File to write, 0600, never overwritten; else standard output.")
@pass_settings
def export(settings: Settings, path: Path | None, target: Path | None) -> None:
    """Write every entry's own bytes, one a line: what ``verifier.py`` checks without any of our code."""
    with open_to_read(optional_trust(settings, path), path) as journal, journal.snapshot():
        if target is None:
            sys.stdout.flush()
            _write_lines(journal, sys.stdout.fileno())
            return
        try:
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise UsageError(Text(f"{target} 已存在", f"{target} exists")) from error
        try:
            size = _write_lines(journal, handle)
            os.fsync(handle)
        finally:
            os.close(handle)
    click.echo(plain(settings.say(Text(f"已导出 {size} 条：{target}", f"exported {size} entries: {target}"))))


@click.command()
@click.argument("target", type=NEW_FILE)
@LEDGER
@pass_settings
def backup(settings: Settings, target: Path, path: Path | None) -> None:
    """Copy the whole ledger, documents included, to the new file TARGET, and check the copy in full."""
    trust = optional_trust(settings, path)
    with open_to_read(trust, path) as journal:
        report = store.backup(journal, target)
    words = Text(
        f"备份 {target}：{report.size} 条，树根 {report.root.hex()}，已逐条校验",
        f"backup {target}: {report.size} entries, root {report.root.hex()}, checked in full",
    )
    click.echo(plain(settings.say(words)))


@click.command()
@click.argument("source", type=NEW_FILE)
@CHECKPOINT
@click.option("--unchecked", is_flag=True, help="Accept that no outside checkpoint says how old the backup is.")
@AT
@pass_settings
def restore(settings: Settings, source: Path, files: tuple[Path, ...], unchecked: bool, at_text: str | None) -> None:
    """Make the backup SOURCE the ledger that the trust file names; move a broken one aside first.

    A copy older than an outside checkpoint is refused (exit 1), and without any checkpoint nobody can tell (exit 3).
    """
    place = here(settings, at_text)
    target = place.trust.ledger.path
    if target is None:
        raise StoreError(
            Text("信任文件没有写存证日志的位置", "the trust file names no ledger on this machine"),
            reason_code="LEDGER_NOT_HERE",
        )
    known = [*checkpoints_of(files, (), place.trust, ""), *known_checkpoints(place.trust)]
    if not known and not unchecked:
        raise CannotTellError(
            Text(
                "没有外部检查点，无法判断备份是否是旧副本",
                "no outside checkpoint: nobody can tell how old the backup is",
            ),
            Text(
                "用 --checkpoint FILE 给出最新检查点，或 --unchecked",
                "give the newest one with --checkpoint, or --unchecked",
            ),
            reason_code="CHECKPOINT_MISSING",
        )
    report = store.restore(source, target, known, writer=WRITER, at=place.at)
    words = Text(f"已恢复 {target}：{report.size} 条", f"restored {target}: {report.size} entries")
    click.echo(plain(settings.say(words)))


def _write_lines(journal: Journal, handle: int) -> int:
    """Write all entries to ``handle``; how many."""
    size = 0
    with os.fdopen(handle, "wb", closefd=False) as file:
        for entry in journal.entries():
            file.write(entry.raw + b"\n")
            size += 1
    return size
