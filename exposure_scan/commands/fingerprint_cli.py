"""``exposure fingerprint``: which product and version a banner, or a saved response, names."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from exposure_scan.commands.fingerprint_rows import Row, opened, row_of, rows
from exposure_scan.commands.fingerprint_show import RENDERERS, Show
from exposure_scan.fingerprint.kinds import BODY_LIMIT, text_of
from zhongbao_core.clikit import Settings, note, pass_settings
from zhongbao_core.errors import ExitCode, InputError
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from exposure_scan.fingerprint.book import Book

_SHOWN_COMPLAINTS = 20


@click.command("fingerprint")
@click.argument("file", metavar="FILE|-")
@click.option(
    "--kind", default="", help="What the text is: ssh, http-server, title, ftp, snmp, http-response and so on."
)
@click.option(
    "--input",
    "form",
    type=click.Choice(["auto", "raw", "jsonl"]),
    default="auto",
    help="One banner or response, or JSON lines with kind and banner; by name and look if not given.",
)
@click.option(
    "--fingerprints",
    "folders",
    multiple=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of packs of your own, laid over ours.",
)
@click.option("--format", "output", type=click.Choice(list(RENDERERS)), default="text", help="Output format.")
@pass_settings
@click.pass_context
def fingerprint(
    ctx: click.Context, settings: Settings, file: str, kind: str, form: str, folders: tuple[Path, ...], output: str
) -> None:
    """Name the product and version behind a banner or saved response, with the text that says so.

    FILE holds one banner or HTTP response, or JSON lines with kind and banner. Exit code: 0 something was named, 2 a
    pack is wrong or wrong use, 3 nothing could be named, or a row could not be read.
    """
    book = _book(settings, folders)
    run = _Run(settings, book, RENDERERS[output])
    with opened(file) as source:
        run.all(source, file, kind, form)
    for text in run.notes():
        note(settings, text)
    ctx.exit(run.exit_code())


class _Run:
    """Rows as they come, and how many were named."""

    def __init__(self, settings: Settings, book: Book, show: Show) -> None:
        self.settings, self.book, self.show = settings, book, show
        self.counts: Counter[str] = Counter()

    def all(self, source: IO[bytes], path: str, kind: str, form: str) -> None:
        """Name every row of ``source``, or the one banner it is."""
        first = b"" if form == "raw" else source.readline(BODY_LIMIT)
        if form == "jsonl" or (form == "auto" and _is_rows(path, first)):
            if first.strip():
                self.one(row_of(1, first, kind))
            for row in rows(source, kind):
                self.one(row._replace(number=row.number + 1))
            return
        data = first + source.read(BODY_LIMIT)
        if data.strip():
            self.raw(data, kind)

    def raw(self, data: bytes, kind: str) -> None:
        """The one banner of a file; a kind that nobody gave is taken from its look."""
        from exposure_scan.fingerprint.response import guessed

        self.one(Row(1, kind or guessed(data), text_of(data).decode("utf-8", "replace")))

    def one(self, row: Row) -> None:
        """Name a row and show it."""
        named = self.book.name(row.kind, row.banner) if row.banner is not None else ()
        self.counts["unread" if row.banner is None else "named" if named else "unnamed"] += 1
        click.echo(self.show(self.settings, row, named))

    def notes(self) -> list[Text]:
        """What is to be said besides the rows."""
        if not self.counts:
            return [Text("没有可识别的内容", "there was nothing to look at")]
        if self.counts["unread"]:
            number = self.counts["unread"]
            return [Text(f"未检查：{number} 行无法读取", f"not looked at: {number} lines are no rows")]
        return []

    def exit_code(self) -> int:
        """0 where something was named and every row was read."""
        return ExitCode.OK if self.counts["named"] and not self.counts["unread"] else ExitCode.CANNOT_TELL


def _is_rows(path: str, first: bytes) -> bool:
    if path.lower().endswith((".jsonl", ".ndjson")):
        return True
    return first.lstrip().startswith(b"{") and row_of(1, first, "").banner is not None


def _book(settings: Settings, folders: tuple[Path, ...]) -> Book:
    """The fingerprints in force; each complaint about a folder of the user's is noted before the error."""
    from exposure_scan.authoring.fingerprints import load_fingerprints

    loaded = load_fingerprints(folders)
    try:
        return loaded.book()
    except InputError:
        for item in loaded.complaints[:_SHOWN_COMPLAINTS]:
            note(settings, Text(item.shown("zh"), item.shown("en")))
        raise
