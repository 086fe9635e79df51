"""``zhongbao content sweep`` and ``takedown``: what is published is gone through, and what must come down is followed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from content_audit.model import CHANNELS, Audited, Post, Unread, Verdict
from zhongbao_core.clikit import AT, FILE, FORMAT, Settings, echo_json, pass_settings
from zhongbao_core.clock import iso, show, zone
from zhongbao_core.errors import ExitCode
from zhongbao_core.finding import Severity
from zhongbao_core.text import NOTHING, Text, plain

if TYPE_CHECKING:
    from content_audit.release.open import OpenContent
    from content_audit.release.sweep import Swept
    from content_audit.release.takedown import Takedown

PATH = click.Path(path_type=Path, exists=True)
BATCH = 256


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
    """Go through everything published in PATH: register (xlsx), report (docx), and the takedown list in the ledger.

    Exit 0 nothing found, 1 findings, 3 something was not audited or there was nothing to audit.
    """
    from content_audit.commands.sweep_files import document, workbook
    from content_audit.release.open import open_content, open_desk
    from content_audit.release.sweep import swept, to_take_down
    from content_audit.release.takedown import list_down

    opened = open_content(settings, at_text)
    rows, unread = _audited(opened, paths)
    posts = swept(rows, opened.policy.registers)
    with open_desk(opened) as desk:
        down = {item.id: item for item in list_down(desk, to_take_down(posts), opened.at)}
    where = opened.policy.zone
    folder.mkdir(parents=True, exist_ok=True)
    files = {"xlsx": folder / "内容排查台账.xlsx", "docx": folder / f"{plain(title)}.docx"}
    _keep(files["xlsx"], workbook(posts, down, unread, where))
    _keep(files["docx"], document(title, posts, down, unread, opened.at, where))
    _answer(settings, fmt, posts, list(down.values()), unread, {name: str(path) for name, path in files.items()}, where)
    ctx.exit(_code(posts, unread))


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
        body = {"takedowns": [_json(item) | {"overdue": item.overdue(opened.at)} for item in found]}
        echo_json(body, "TAKEDOWN_OVERDUE" if late else "OK")
    for item in found if fmt == "text" else ():
        mark = settings.say(Text("【逾期】", "OVERDUE ")) if item.overdue(opened.at) else ""
        click.echo(plain(mark + settings.say(_line(item, opened.policy.zone))))
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
        echo_json(_json(done), "TAKEDOWN_CONFIRMED")
        return
    click.echo(plain(settings.say(Text(f"{done.id} 已确认下线", f"{done.id} is down"))))


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
        echo_json({"escalated": [_json(item) for item in done]}, "TAKEDOWN_OVERDUE" if done else "OK")
    persons = opened.policy.directory.persons.values()
    for item in done if fmt == "text" else ():
        names = "、".join(person.name for person in persons if person.active and person.rank == item.escalated_to)
        said = Text(f"{item.id} 逾期，升级至 {names}", f"{item.id} is overdue, goes to {names}")
        click.echo(plain(settings.say(said)))
    ctx.exit(ExitCode.FINDINGS if done else ExitCode.OK)


def _audited(opened: OpenContent, paths: Sequence[Path]) -> tuple[list[Audited], list[Unread]]:
    from content_audit.entry.auditing import audit_posts
    from content_audit.release.looking import auditor_at

    items = list(_items(paths))
    posts = [item for item in items if not isinstance(item, Unread)]
    unread = [item for item in items if isinstance(item, Unread)]
    auditor = auditor_at(opened, opened.at)
    starts = range(0, len(posts), BATCH)
    rows = [row for at in starts for row in audit_posts(auditor, posts[at : at + BATCH], "read", opened.at)]
    return rows, [*unread, *(item for row in rows for item in row.unread)]


def _items(paths: Sequence[Path]) -> Iterator[Post | Unread]:
    from content_audit.readers.workers import Workers

    with Workers() as workers:
        for path in paths:
            yield from workers.read(path)


def _code(posts: Sequence[Swept], unread: Sequence[Unread]) -> ExitCode:
    if unread or not posts:
        return ExitCode.CANNOT_TELL
    return ExitCode.FINDINGS if any(item.verdict >= Verdict.REVIEW for item in posts) else ExitCode.OK


def _keep(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    path.chmod(0o600)


def _line(item: Takedown, where: str) -> Text:
    due = show(item.due, zone(where))
    zh = f"已于 {show(item.confirmed_at, zone(where))} 下线" if item.confirmed_at else f"{due} 前下线"
    en = f"down at {show(item.confirmed_at, zone(where))}" if item.confirmed_at else f"down before {due}"
    channel = next((text for name, text in CHANNELS.items() if name == item.channel), Text(item.channel, item.channel))
    severity = Severity[item.severity.upper()].text
    copies = (
        Text(f"  另有副本 {' '.join(item.copies)}", f"  copies {' '.join(item.copies)}") if item.copies else NOTHING
    )
    owner = item.owner or "-"
    return Text(
        f"{item.id}  {channel.zh} {item.account}  {severity.zh}  {zh}  责任人 {owner}{copies.zh}",
        f"{item.id}  {channel.en} {item.account}  {severity.en}  {en}  owner {owner}{copies.en}",
    )


def _json(item: Takedown) -> dict[str, Any]:
    return {
        "id": item.id,
        "account": item.account,
        "channel": item.channel,
        "severity": item.severity,
        "owner": item.owner,
        "due": iso(item.due),
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
    posts: Sequence[Swept],
    down: Sequence[Takedown],
    unread: Sequence[Unread],
    files: dict[str, str],
    where: str,
) -> None:
    counts = {verdict.id: sum(item.verdict is verdict for item in posts) for verdict in Verdict}
    if fmt == "json":
        code = "NOT_AUDITED" if _code(posts, unread) is ExitCode.CANNOT_TELL else "SWEPT"
        body = {"posts": len(posts), "verdicts": counts, "takedowns": [_json(item) for item in down]}
        echo_json({**body, "unread": len(unread), "files": files}, code)
        return
    said = Text(
        f"共 {len(posts)} 篇：拦截 {counts['block']}，人工复核 {counts['review']}，须下线 {len(down)}；未审核 {len(unread)}",
        f"{len(posts)} posts: {counts['block']} block, {counts['review']} review, {len(down)} to take down; "
        f"{len(unread)} not audited",
    )
    click.echo(plain(settings.say(said)))
    for item in down:
        click.echo(plain("  " + settings.say(_line(item, where))))
    for path in files.values():
        click.echo(f"  {plain(path)}")
