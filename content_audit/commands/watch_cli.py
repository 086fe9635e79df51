"""``content watch``: audit what is dropped into a folder and put the report beside it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from content_audit.commands.scan_cli import PICTURES, TITLE
from content_audit.commands.watch_folder import Done, Report, WatchedFolder, state_path
from zhongbao_core.clikit import Settings, note, pass_settings
from zhongbao_core.clock import now
from zhongbao_core.errors import ExitCode
from zhongbao_core.text import Text, plain

if TYPE_CHECKING:
    from content_audit.media.attach import Mode
    from content_audit.readers.workers import Workers

_ENDS = {
    ExitCode.OK: Text("无问题", "nothing found"),
    ExitCode.FINDINGS: Text("有问题", "findings"),
    ExitCode.CANNOT_TELL: Text("未审核完", "not all of it audited"),
}


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--once", is_flag=True, help="Audit what lies there now, and end.")
@click.option(
    "--settle",
    type=click.FloatRange(0.1, 3600),
    default=2.0,
    show_default=True,
    help="Seconds in which a file must not change before it is audited.",
)
@PICTURES
@pass_settings
@click.pass_context
def watch(ctx: click.Context, settings: Settings, /, folder: Path, once: bool, settle: float, pictures: Mode) -> None:
    """Audit what is dropped into DIR; NAME gets NAME.audit.html and NAME.audit.jsonl beside it.

    \b
    zhongbao content watch 待审/
    zhongbao content watch 待审/ --once

    With --once: exit 0 nothing found, 1 findings, 3 something was not audited or there was nothing to audit. Without
    it goes on until it is interrupted.
    """
    from zhongbao_core.compiled_file import cache_folder

    state = state_path(folder, Path(cache_folder()))
    desk = Desk(settings, pictures)
    watched = WatchedFolder(folder, desk.audit, state)
    try:
        while True:
            watched.basis = desk.opened()
            for done in watched.round():
                _said(settings, done)
            if once and desk.rounds > 1:
                break
            time.sleep(settle)
    finally:
        desk.close()
    for path in watched.waiting():
        note(settings, Text(f"{path.name}：仍在变化，未审核", f"{path.name}: still changing, not audited"))
    ctx.exit(watched.exit_code())


class Desk:
    """The rules of this round, and how a file is audited by them."""

    def __init__(self, settings: Settings, pictures: Mode) -> None:
        self.settings, self.pictures = settings, pictures
        self.rounds = 0
        self._workers: Workers | None = None
        self._audit: Callable[[Path], Report] | None = None
        self._stamp = ""
        self._basis = ""

    def opened(self) -> str:
        """Take up the rules as they are now; what they are called."""
        self.rounds += 1
        stamp = self._policy_stamp()
        if self._audit is None or stamp != self._stamp:
            self._audit, self._basis = _auditing(self.settings, self.pictures, self.workers)
            self._stamp = stamp
        return self._basis

    def audit(self, path: Path) -> Report:
        """The report of one item."""
        if self._audit is None:
            self.opened()
        return self._audit(path) if self._audit else Report({}, ExitCode.CANNOT_TELL)

    @property
    def workers(self) -> Workers:
        """The processes that parse."""
        if self._workers is None:
            from content_audit.readers.workers import Workers

            self._workers = Workers()
        return self._workers

    def close(self) -> None:
        """End them."""
        if self._workers is not None:
            self._workers.close()

    def _policy_stamp(self) -> str:
        """Changes with the workspace's files and with the hour: levels begin and end on time."""
        from content_audit.commands.watch_folder import print_of

        folder = self.settings.workspace
        parts = [print_of(folder / name) for name in ("zhongbao.yaml", "event.yaml", "content", "policies")]
        return "\n".join([*parts, now().strftime("%Y-%m-%dT%H")])


def _auditing(settings: Settings, pictures: Mode, workers: Workers) -> tuple[Callable[[Path], Report], str]:
    from content_audit.entry.auditing import audit_posts
    from content_audit.entry.policy import opened, surroundings
    from content_audit.model import Audited, Unread
    from content_audit.show import render
    from content_audit.show.report import ContentReport

    around = surroundings(settings.workspace)
    found = opened(around, now())

    def audit(path: Path) -> Report:
        rows: list[Audited] = []
        unread: list[Unread] = []
        for item in workers.read(path):
            if isinstance(item, Unread):
                unread.append(item)
                continue
            rows += audit_posts(found.auditor, [item], pictures, now())
        report = ContentReport(
            TITLE, now(), around.zone, tuple(rows), tuple(unread), found.basis, skip_pictures=pictures == "skip"
        )
        files = {f".audit.{name}": render(report, name, settings.lang).encode("utf-8") for name in ("html", "jsonl")}
        hits = sum(len(row.hits) for row in rows)
        words = Text(f"{len(rows)} 篇，{hits} 处问题", f"{len(rows)} posts, {hits} findings")
        return Report(files, report.exit_code, settings.say(words))

    return audit, f"{found.basis.policy} {found.basis.level.en} {pictures}"


def _said(settings: Settings, done: Done) -> None:
    words = " · ".join(part for part in (settings.say(_ENDS[done.exit_code]), done.line) if part)
    click.echo(plain(f"{done.path.name}: {words}"))
