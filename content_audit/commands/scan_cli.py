"""``content scan``: read, audit, say what was found, what was not audited, and on what it rests."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from content_audit.model import Audited, Post, Source, Unread, Verdict, Why
from content_audit.show import FORMATS
from content_audit.show.report import ContentReport, Tally
from zhongbao_core.clikit import FILE, Settings, note, pass_settings
from zhongbao_core.clock import now, parse_instant, zone
from zhongbao_core.event import Level, level_of
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from content_audit.audit.copies import Copies, Group
    from content_audit.entry.policy import Opened
    from content_audit.readers.mapping import Mapped

TITLE = Text("内容审核报告", "Content audit")
LEVELS = [level.id for level in Level]
FAIL_ON = {"block": Verdict.BLOCK, "review": Verdict.REVIEW, "note": Verdict.NOTE}
BATCH_POSTS = 512
BATCH_CHARACTERS = 128 * 1024

PICTURES = click.option(
    "--pictures",
    type=click.Choice(["read", "skip"]),
    default="read",
    show_default=True,
    help="skip: do without the words in pictures; the report says so.",
)


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--format", "fmt", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--to", "target", type=FILE, help="Write the report to this file, 0600, instead of standard output.")
@click.option("--html", "page", type=FILE, help="Write the HTML report as well.")
@click.option("--sheet", type=FILE, help="Write the review sheet (xlsx) as well.")
@PICTURES
@click.option(
    "--fail-on",
    type=click.Choice(list(FAIL_ON)),
    default="review",
    show_default=True,
    help="The mildest verdict that ends in 1.",
)
@click.option("--mapping", type=FILE, help="How to read other JSON, JSONL, CSV or xlsx.")
@click.option("--level", type=click.Choice(LEVELS), help="Judge as at this level instead of the event's.")
@click.option("--at", "at_text", metavar="TIME", help="Judge as of this instant; the posts' own times still count.")
@click.option(
    "--executor",
    metavar="WHERE",
    help="Who audits a long JSONL export: serial, local, local:N, or tls://HOST:PORT of a Dask cluster.",
)
@click.option("--record", is_flag=True, help="Take the findings into the register of findings.")
@click.option("--store", type=FILE, help="Findings store for --record; default: beside the ledger.")
@pass_settings
@click.pass_context
def scan(ctx: click.Context, settings: Settings, /, paths: tuple[str, ...], fmt: str, **given: Any) -> None:
    """Audit what is in PATH: exports, drafts, folders, or - for standard input.

    \b
    zhongbao content scan drafts/ --html report.html
    zhongbao content scan export.jsonl --format jsonl --fail-on block

    Exit 0 nothing found, 1 findings, 3 something was not audited or there was nothing to audit.
    """
    from content_audit.entry.policy import opened, surroundings

    around = surroundings(settings.workspace)
    at = parse_instant(given["at_text"], zone(around.zone)) if given["at_text"] else now()
    found = opened(around, at, level_of(given["level"]) if given["level"] else None)
    run = Run(settings, found, at, around.zone, given)
    if run.bulk(paths, fmt):
        ctx.exit(run.shards(paths[0]).exit_code)
    items = run.audited(read_all(paths, given["mapping"]))
    tally = run.stream(items) if fmt == "jsonl" and not (given["page"] or given["sheet"]) else run.whole(items, fmt)
    ctx.exit(tally.exit_code)


def read_all(paths: Iterable[str], mapping: Path | None) -> Iterator[Post | Unread]:
    """Everything in ``paths``, one after the other; what may be hostile is parsed in a bounded process."""
    from content_audit.readers.reading import read_path
    from content_audit.readers.workers import Workers

    mapped = _mapped(mapping) if mapping else None
    with Workers() as workers:
        for path in paths:
            yield from read_path(path, mapping=mapped) if mapped else workers.read(path)


def _mapped(path: Path) -> Mapped:
    from content_audit.readers.mapping_file import load_mapping

    return load_mapping(path)


class Run:
    """One audit from reading to report."""

    def __init__(self, settings: Settings, found: Opened, at: datetime, zone_name: str, given: dict[str, Any]) -> None:
        self.settings, self.found, self.at, self.zone = settings, found, at, zone_name
        self.auditor, self.basis = found.auditor, found.basis
        self.skip = given["pictures"] == "skip"
        self.fail_on = FAIL_ON[given["fail_on"]]
        self.given = given
        self.progress = Progress(settings)

    def audited(self, items: Iterable[Post | Unread]) -> Iterator[Audited | Unread]:
        """Every post audited, in batches; what could not be read in its place."""
        batch: list[Post] = []
        size = 0
        for item in items:
            if isinstance(item, Unread):
                yield from self._batch(batch)
                batch, size = [], 0
                yield item
                continue
            batch.append(item)
            size += sum(len(passage.text) for passage in item.passages)
            if len(batch) >= BATCH_POSTS or size >= BATCH_CHARACTERS:
                yield from self._batch(batch)
                batch, size = [], 0
        yield from self._batch(batch)
        self.progress.end()

    def _batch(self, posts: list[Post]) -> Iterator[Audited]:
        from content_audit.entry.auditing import audit_posts

        yield from audit_posts(self.auditor, posts, "skip" if self.skip else "read", self.at)
        self.progress.more(len(posts))

    def bulk(self, paths: tuple[str, ...], fmt: str) -> bool:
        """Whether this is one long JSONL export whose lines are all that is asked for."""
        asked = self.given["executor"]
        plain = fmt == "jsonl" and not any(self.given[name] for name in ("page", "sheet", "record", "mapping"))
        if asked and not (plain and len(paths) == 1):
            raise click.UsageError("--executor takes one JSONL file and --format jsonl")
        if not plain or len(paths) != 1:
            return False
        from content_audit.commands.bulk import BIG, fits

        return fits(paths[0]) and (bool(asked) or Path(paths[0]).stat().st_size >= BIG)

    def shards(self, path: str) -> Tally:
        """The export shard by shard; what is done is kept until the whole is, so Ctrl-C costs one shard.

        Posts without a time of their own are judged at the full hour, so that a run cut off is taken up again.
        """
        from content_audit.audit.copies import Copies
        from content_audit.commands import bulk
        from content_audit.pipeline import run as running
        from content_audit.pipeline.cluster import executor_of
        from content_audit.pipeline.plan import plan
        from content_audit.pipeline.progress import Meter
        from content_audit.show.jsonl import line, unread_body

        data = bulk.package(
            self.found.compiled,
            self.auditor.registers,
            level=self.auditor.level,
            at=self.at if self.given["at_text"] else self.at.replace(minute=0, second=0, microsecond=0),
            path=path,
            skip=self.skip,
            fail_on=self.fail_on,
        )
        job = running.Run(plan(Path(path)), bulk.audit_lines, data, running.state_root())
        meter = Meter(self.settings.lang)
        job.go(executor_of(self.given["executor"] or "local"), meter)
        meter.close()
        tally, copies = Tally(skip_pictures=self.skip, fail_on=self.fail_on), Copies()
        with writing(self.given["target"]) as out:
            for answer in job.answers():
                for head, report in bulk.parts(answer):
                    tally.join(head)
                    for found in bulk.prints_in(head):
                        copies.add(found)
                    out.write(report.decode("utf-8"))
            for shard, why in job.failed:
                item = Unread(Source(path, f"line {shard.line}", bulk.READER), Why.CRASHED, why)
                tally.add_unread(item)
                out.write(line(unread_body(item)))
            self._last(out, tally, copies)
        if not job.failed:
            job.forget()
        return tally

    def stream(self, items: Iterable[Audited | Unread]) -> Tally:
        """Lines as they come; of a post a few numbers are kept, by which copies are known, however long the export."""
        from content_audit.audit.copies import Copies, print_of
        from content_audit.show.jsonl import line, post_bodies, unread_body

        tally, copies = Tally(skip_pictures=self.skip, fail_on=self.fail_on), Copies()
        record = Recorder(self.settings, self.at, self.given)
        with writing(self.given["target"]) as out:
            for item in items:
                if isinstance(item, Unread):
                    tally.add_unread(item)
                    out.write(line(unread_body(item)))
                    continue
                tally.add(item)
                copies.add(print_of(item.post))
                record.add(item)
                out.writelines(line(body) for body in post_bodies(item, masked=True))
            self._last(out, tally, copies)
        record.close()
        return tally

    def _last(self, out: TextIO, tally: Tally, copies: Copies) -> None:
        """What can be said when every post was seen: what is alike, and all of it in numbers."""
        from content_audit.show.jsonl import copies_body, line, summary_body

        groups = list(copies.groups())
        tally.add_copies(len(groups))
        out.writelines(line(copies_body(group)) for group in groups)
        out.write(line(summary_body(tally, self.basis, self.at, masked=True)))

    def whole(self, items: Iterable[Audited | Unread], fmt: str) -> Tally:
        """One report of everything, in one or several forms."""
        from content_audit.show import render
        from content_audit.show.sheet import sheet

        found = list(items)
        rows = tuple(item for item in found if isinstance(item, Audited))
        unread = tuple(item for item in found if isinstance(item, Unread))
        report = ContentReport(
            TITLE,
            self.at,
            self.zone,
            rows,
            unread,
            self.basis,
            skip_pictures=self.skip,
            fail_on=self.fail_on,
            copies=alike(rows),
        )
        if self.given["page"]:
            write_private(self.given["page"], render(report, "html", self.settings.lang).encode("utf-8"))
        if self.given["sheet"]:
            write_private(self.given["sheet"], sheet(report))
        with writing(self.given["target"]) as out:
            out.write(render(report, fmt, self.settings.lang))
        record = Recorder(self.settings, self.at, self.given)
        for row in rows:
            record.add(row)
        record.close()
        return report.tally


def alike(rows: Iterable[Audited]) -> tuple[Group, ...]:
    """Posts that say the same on several accounts."""
    from content_audit.audit.copies import Copies, print_of

    found = Copies()
    for row in rows:
        found.add(print_of(row.post))
    return tuple(found.groups())


class Recorder:
    """Takes findings into the register where ``--record`` asks for it."""

    def __init__(self, settings: Settings, at: datetime, given: dict[str, Any]) -> None:
        self.settings, self.at, self.store = settings, at, given["store"]
        self.wanted = given["record"]
        self.findings: list[Any] = []

    def add(self, row: Audited) -> None:
        """The findings of a post; notes stay in the report."""
        if self.wanted:
            self.findings += [hit.finding(row.post) for hit in row.hits if hit.verdict >= Verdict.REVIEW]

    def close(self) -> None:
        """Write them, all or none, and say how many were new."""
        if not self.wanted:
            return
        from zhongbao_core.store.engine import open_store
        from zhongbao_core.store.findings import FindingStore
        from zhongbao_core.store.place import store_path

        with open_store(store_path(self.settings, self.store), create=True) as engine:
            counts = FindingStore(engine).record(self.findings, self.at, looked=["content"], actor="content scan")
        words = Text(
            f"问题库：新增 {counts.new}，已有 {counts.again}，复发 {counts.recurred}",
            f"register: {counts.new} new, {counts.again} known, {counts.recurred} recurred",
        )
        note(self.settings, words)


class Progress:
    """How far it is, once a second, for a person at a terminal."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.shown = sys.stderr.isatty()
        self.posts = 0
        self.next = time.monotonic() + 1
        self.wrote = False

    def more(self, posts: int) -> None:
        """So many more are done."""
        self.posts += posts
        if self.shown and time.monotonic() >= self.next:
            self.next = time.monotonic() + 1
            self.wrote = True
            words = Text(f"已审核 {self.posts} 篇", f"{self.posts} posts audited")
            click.echo(f"\r{self.settings.say(words)}\x1b[K", nl=False, err=True)

    def end(self) -> None:
        """Clear the line."""
        if self.wrote:
            click.echo("\r\x1b[K", nl=False, err=True)


def writing(target: Path | None) -> Any:
    """Where the report goes: a private file, or standard output."""
    from contextlib import nullcontext

    if target is None:
        return nullcontext(sys.stdout)
    import os

    return os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline="\n")


def write_private(target: Path, data: bytes) -> None:
    """``data`` in a file that its owner alone reads."""
    import os

    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
