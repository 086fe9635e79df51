"""``zhongbao content sweep`` and ``takedown``: what is published is gone through, and what must come down is followed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from content_audit.model import CHANNELS, Audited, Post, Unread, Verdict
from content_audit.release.rungs import rank_name
from zhongbao_core.clikit import AT, FILE, FORMAT, Settings, echo_json, pass_settings
from zhongbao_core.clock import iso, show, zone
from zhongbao_core.errors import ExitCode
from zhongbao_core.finding import Severity
from zhongbao_core.text import NOTHING, Text, plain

if TYPE_CHECKING:
    from datetime import datetime

    from content_audit.commands.sweep_report import SweepReport
    from content_audit.release.open import OpenContent
    from content_audit.release.takedown import Takedown
    from zhongbao_core.people import Directory

PATH = click.Path(path_type=Path, exists=True)
BATCH, BATCH_CHARACTERS = 256, 256 * 1024
"""Posts that are in memory at a time: so many, or so many characters."""


@click.command()
@click.argument("paths", nargs=-1, required=True, type=PATH, metavar="PATH...")
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), default=".", help="Where to write.")
@click.option("--title", default="专题内容排查报告", show_default=True, help="Title of the report.")
@FORMAT
@AT
@pass_settings
@click.pass_context
def sweep(
    ctx: click.Context,
    settings: Settings,
    paths: tuple[Path, ...],
    folder: Path,
    title: str,
    fmt: str,
    at_text: str | None,
) -> None:
    """Go through everything published in PATH: register (xlsx), report (docx, html), and takedowns in the ledger.

    Overdue takedowns go to the next rung, whichever sweep listed them.

    Exit 0 nothing found, 1 findings or overdue, 3 something was not audited or there was nothing to audit.
    """
    from content_audit.commands.sweep_report import SweepReport
    from content_audit.release.kept import Store
    from content_audit.release.open import open_content, open_desk
    from content_audit.release.sweep import swept, to_take_down
    from content_audit.release.takedown import escalate as record
    from content_audit.release.takedown import list_down

    opened = open_content(settings, at_text)
    unread: list[Unread] = []
    with Store() as store:
        posts = swept(audited(opened, _items(paths), unread), opened.policy.registers, store.keep)
        with open_desk(opened) as desk:
            listed = list_down(desk, to_take_down(posts), store.read, opened.at)
            up = {item.id: item for item in record(desk, opened.policy.registers, opened.at)}
        down = {item.id: up.get(item.id, item) for item in listed}
        policy = opened.policy
        report = SweepReport(
            title,
            opened.at,
            policy.zone,
            posts,
            down,
            unread,
            store.read,
            policy.directory,
            policy.manifest,
            opened.rehearsal,
        )
        files = _write(report, folder, settings)
        _answer(settings, fmt, report, list(up.values()), files)
    ctx.exit(_code(report, up.values()))


@click.group()
def takedown() -> None:
    """Posts that must come down (下线): list, confirm with proof, escalate what is overdue."""


@takedown.command("list")
@click.option("--open", "only_open", is_flag=True, help="Leave out what is confirmed.")
@FORMAT
@AT
@pass_settings
@click.pass_context
def list_(ctx: click.Context, settings: Settings, only_open: bool, fmt: str, at_text: str | None) -> None:
    """Every post to take down, with deadline and owner. Exit 1 where one is overdue."""
    from content_audit.release.open import open_book, open_content
    from content_audit.release.takedown import KINDS, takedowns

    opened = open_content(settings, at_text)
    with open_book(opened, write=False) as journal:
        found = [item for item in takedowns(journal.entries(kinds=KINDS)) if item.open or not only_open]
    late = [item for item in found if item.overdue(opened.at)]
    if fmt == "json":
        body = {"takedowns": [_json(item, opened.at) for item in found]}
        echo_json(body, "TAKEDOWN_OVERDUE" if late else "OK")
    for item in found if fmt == "text" else ():
        click.echo(plain(settings.say(_line(item, opened.policy.zone, opened.at, opened.policy.directory))))
    ctx.exit(ExitCode.FINDINGS if late else ExitCode.OK)


@takedown.command()
@click.argument("takedown_id", metavar="ID")
@click.option("--proof", type=FILE, required=True, help="The page exported again, reading as removed; or any record.")
@click.option("--key", type=FILE, help="Sign that it is down, where the proof alone does not show it.")
@FORMAT
@AT
@pass_settings
def confirm(settings: Settings, takedown_id: str, proof: Path, key: Path | None, fmt: str, at_text: str | None) -> None:
    """Confirm that ID is down: by a page that reads as removed, or by a signed statement over the proof."""
    from content_audit.release.open import open_content, open_desk
    from content_audit.release.takedown import confirm as record
    from content_audit.release.takedown import read_proof, statement_text
    from zhongbao_core.approval.sshsig import sign
    from zhongbao_core.approval.subject import NAMESPACES

    opened = open_content(settings, at_text)
    data, pages = read_proof(proof)
    armor = sign(str(key), statement_text(takedown_id, data), NAMESPACES["confirm"]).encode("ascii") if key else None
    with open_desk(opened) as desk:
        done = record(desk, takedown_id, data, pages, armor, opened.at)
    if fmt == "json":
        echo_json(_json(done, opened.at), "TAKEDOWN_CONFIRMED")
        return
    click.echo(plain(settings.say(_confirmed(done))))


@takedown.command()
@FORMAT
@AT
@pass_settings
@click.pass_context
def escalate(ctx: click.Context, settings: Settings, fmt: str, at_text: str | None) -> None:
    """Take what is overdue to the next rung, once each, and say to whom. Exit 1 where there was any."""
    from content_audit.release.open import open_content, open_desk
    from content_audit.release.takedown import escalate as record

    opened = open_content(settings, at_text)
    with open_desk(opened) as desk:
        done = record(desk, opened.policy.registers, opened.at)
    if fmt == "json":
        echo_json({"escalated": [_json(item, opened.at) for item in done]}, "TAKEDOWN_OVERDUE" if done else "OK")
    for item in done if fmt == "text" else ():
        click.echo(plain(settings.say(_escalated(item, opened.at, opened.policy.directory))))
    ctx.exit(ExitCode.FINDINGS if done else ExitCode.OK)


def audited(opened: OpenContent, items: Iterable[Post | Unread], unread: list[Unread]) -> Iterator[Audited]:
    """Every post audited, a batch in memory at a time; ``unread`` takes up what was not audited."""
    from content_audit.entry.auditing import audit_posts
    from content_audit.release.looking import auditor_at

    auditor = auditor_at(opened, opened.at)
    for batch in _batches(items, unread):
        for row in audit_posts(auditor, batch, "read", opened.at):
            unread.extend(row.unread)
            yield row


def _batches(items: Iterable[Post | Unread], unread: list[Unread]) -> Iterator[list[Post]]:
    batch: list[Post] = []
    size = 0
    for item in items:
        if isinstance(item, Unread):
            unread.append(item)
            continue
        batch.append(item)
        size += sum(len(passage.text) for passage in item.passages)
        if len(batch) >= BATCH or size >= BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _items(paths: Sequence[Path]) -> Iterator[Post | Unread]:
    from content_audit.readers.workers import Workers

    with Workers() as workers:
        for path in paths:
            yield from workers.read(path)


def _code(report: SweepReport, escalated: Iterable[Takedown]) -> ExitCode:
    if report.unread or not report.posts:
        return ExitCode.CANNOT_TELL
    found = any(item.verdict >= Verdict.REVIEW for item in report.posts)
    return ExitCode.FINDINGS if found or any(escalated) else ExitCode.OK


def _write(report: SweepReport, folder: Path, settings: Settings) -> dict[str, str]:
    """The files of the sweep, for their owner alone, by kind."""
    from content_audit.commands.scan_cli import write_private, writing
    from content_audit.commands.sweep_files import document, write_workbook
    from content_audit.commands.sweep_html import write_html

    folder.mkdir(parents=True, exist_ok=True)
    name = plain(report.title)
    files = {"xlsx": folder / "内容排查台账.xlsx", "docx": folder / f"{name}.docx", "html": folder / f"{name}.html"}
    write_private(files["xlsx"], b"")
    write_workbook(report, files["xlsx"])
    write_private(files["docx"], document(report))
    with writing(files["html"]) as out:
        write_html(report, settings.lang, out)
    return {kind: str(path) for kind, path in files.items()}


def _line(item: Takedown, where: str, at: datetime, directory: Directory) -> Text:
    due = show(item.due, zone(where))
    zh = f"已于 {show(item.confirmed_at, zone(where))} 下线" if item.confirmed_at else f"{due} 前下线"
    en = f"down at {show(item.confirmed_at, zone(where))}" if item.confirmed_at else f"down before {due}"
    channel = next((text for name, text in CHANNELS.items() if name == item.channel), Text(item.channel, item.channel))
    severity = Severity[item.severity.upper()].text
    mark, more = NOTHING, NOTHING
    if item.overdue(at):
        late, up = item.late_text(at), _up(item, directory)
        mark, more = Text("【逾期】", "OVERDUE "), Text(f"  {late.zh}，{up.zh}", f"  {late.en}, {up.en}")
    copies = (
        Text(f"  另有副本 {' '.join(item.copies)}", f"  copies {' '.join(item.copies)}") if item.copies else NOTHING
    )
    owner = item.owner or "-"
    return Text(
        f"{mark.zh}{item.id}  {channel.zh} {item.account}  {severity.zh}  {zh}  责任人 {owner}{copies.zh}{more.zh}",
        f"{mark.en}{item.id}  {channel.en} {item.account}  {severity.en}  {en}  owner {owner}{copies.en}{more.en}",
    )


def _up(item: Takedown, directory: Directory) -> Text:
    """To whom an overdue takedown went."""
    if not item.escalated_to:
        return Text("尚未升级（takedown escalate）", "not escalated yet (takedown escalate)")
    rank = rank_name(item.escalated_to, directory)
    persons = directory.persons.values()
    names = "、".join(person.name for person in persons if person.active and person.rank == item.escalated_to)
    return Text(f"已升级至{rank} {names}".rstrip(), f"escalated to {item.escalated_to} {names}".rstrip())


def _escalated(item: Takedown, at: datetime, directory: Directory) -> Text:
    late, up, owner = item.late_text(at), _up(item, directory), item.owner or "-"
    return Text(f"{item.id} {late.zh}（责任人 {owner}），{up.zh}", f"{item.id} is {late.en} (owner {owner}), {up.en}")


def _confirmed(item: Takedown) -> Text:
    done = Text(f"{item.id} 已确认下线", f"{item.id} is down")
    if item.confirmed_at is None or item.confirmed_at < item.due:
        return done
    late = item.late_text(item.confirmed_at)
    return Text(f"{done.zh}（{late.zh}）", f"{done.en} ({late.en})")


def _json(item: Takedown, at: datetime) -> dict[str, Any]:
    return {
        "id": item.id,
        "account": item.account,
        "channel": item.channel,
        "severity": item.severity,
        "owner": item.owner,
        "due": iso(item.due),
        "overdue": item.overdue(at),
        "late_hours": item.late_hours(at),
        "listed_at": iso(item.listed_at),
        "copies": list(item.copies),
        "confirmed_at": iso(item.confirmed_at) if item.confirmed_at else None,
        "confirmed_by": item.confirmed_by,
        "proof": item.proof,
        "escalated_to": item.escalated_to,
    }


def _answer(
    settings: Settings,
    fmt: str,
    report: SweepReport,
    escalated: Sequence[Takedown],
    files: dict[str, str],
) -> None:
    counts = {verdict.id: report.sums.verdicts[verdict] for verdict in Verdict}
    posts, down, unread, at = len(report.posts), report.down, len(report.unread), report.at
    if fmt == "json":
        code = "NOT_AUDITED" if _code(report, escalated) is ExitCode.CANNOT_TELL else "SWEPT"
        body: dict[str, Any] = {"posts": posts, "verdicts": counts, "unread": unread, "files": files}
        listed, up = ([_json(item, at) for item in items] for items in (down.values(), escalated))
        echo_json({**body, "takedowns": listed, "escalated": up}, code)
        return
    said = Text(
        f"共 {posts} 篇：拦截 {counts['block']}，人工复核 {counts['review']}，须下线 {len(down)}；未审核 {unread}",
        f"{posts} posts: {counts['block']} block, {counts['review']} review, {len(down)} to take down; "
        f"{unread} not audited",
    )
    click.echo(plain(settings.say(said)))
    for item in down.values():
        click.echo(plain("  " + settings.say(_line(item, report.zone, at, report.directory))))
    for item in escalated:
        click.echo(plain("  " + settings.say(_escalated(item, at, report.directory))))
    for path in files.values():
        click.echo(f"  {plain(path)}")
