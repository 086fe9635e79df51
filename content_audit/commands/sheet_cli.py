"""``zhongbao content release``: the day's posts on one sheet (签发单), one approval for all, each provable alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zhongbao_core.clikit import AT, FILE, FORMAT, Settings, echo_json, note, pass_settings, read_file
from zhongbao_core.errors import ExitCode, InputError, UsageError
from zhongbao_core.text import Text, plain

if TYPE_CHECKING:
    from content_audit.release.open import OpenContent
    from content_audit.release.sheets import Item
    from zhongbao_core.desk.base import Desk


@click.group()
def release() -> None:
    """Sheets of posts to approve together (签发单)."""


@release.command()
@click.argument("posts", nargs=-1, required=True, metavar="POST...")
@click.option("--applicant", required=True, metavar="PERSON", help="Who submits it; does not count as approver.")
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), default=".", help="Where to write.")
@FORMAT
@AT
@pass_settings
@click.pass_context
def sheet(
    ctx: click.Context,
    settings: Settings,
    posts: tuple[str, ...],
    applicant: str,
    folder: Path,
    fmt: str,
    at_text: str | None,
) -> None:
    """Put POST... on one sheet, as docx, xlsx and short text. A post with an open block is left out: exit 1."""
    from content_audit.release.open import open_content, open_desk
    from content_audit.release.sheet_desk import item_of, make_sheet, sheet_states
    from content_audit.release.sheets import Sheet
    from zhongbao_core.desk.base import person_of

    opened = open_content(settings, at_text)
    who = person_of(opened.policy, applicant).id
    with open_desk(opened) as desk:
        items = [item_of(desk, state) for state in sheet_states(desk, posts)]
        good, left = _sound(desk, opened, items)
        if not good:
            raise InputError(
                Text("没有可列入的稿件", "no post can be listed"),
                Text("改掉拦截项后重新提交", "mend what is blocked and submit again"),
                reason_code="BLOCK_OPEN",
            )
        level, label, review = _review(opened, good)
        made = make_sheet(desk, Sheet(tuple(good), review, who), opened.at, level=level, label=label)
    files = _write(folder, made.id, good, review, made.statement, opened.policy.zone)
    _answer(settings, fmt, made.id, made.sheet.root, good, left, files)
    ctx.exit(ExitCode.FINDINGS if left else ExitCode.OK)


@release.command()
@click.argument("sheet_id", metavar="SHEET")
@click.argument("post", metavar="POST")
@click.option("--key", type=FILE, required=True, help="Sign with this private key.")
@click.option("--reason", required=True)
@AT
@pass_settings
def strike(settings: Settings, sheet_id: str, post: str, key: Path, reason: str, at_text: str | None) -> None:
    """Strike POST from SHEET: the sheet's approvals no longer count for it; the others keep theirs."""
    from content_audit.release.open import open_content, open_desk
    from content_audit.release.sheet_desk import strike as record
    from content_audit.release.sheets import strike_text
    from zhongbao_core.approval.sshsig import sign
    from zhongbao_core.approval.subject import NAMESPACES

    opened = open_content(settings, at_text)
    with open_desk(opened) as desk:
        text = strike_text(desk.state(sheet_id).current.statement, post)
        armor = sign(str(key), text, NAMESPACES["reject"]).encode("ascii")
        record(desk, sheet_id, post, armor, reason, opened.at)
    note(settings, Text(f"已划除 {plain(post)}", f"struck: {plain(post)}"))


@release.command()
@click.argument("sheet_id", metavar="SHEET")
@click.argument("post", metavar="POST")
@AT
@pass_settings
def prove(settings: Settings, sheet_id: str, post: str, at_text: str | None) -> None:
    """Print what shows that POST stands on SHEET without showing the other posts, and the statement's digest."""
    from content_audit.release.open import open_content, open_desk
    from content_audit.release.sheet_desk import items_of
    from content_audit.release.sheets import proof

    opened = open_content(settings, at_text)
    with open_desk(opened, write=False) as desk:
        state = desk.state(sheet_id)
        try:
            found = proof(items_of(desk, state), post)
        except KeyError as error:
            raise UsageError(
                Text(f"{post} 不在签发单上", f"{post} is not on the sheet"), reason_code="NOT_ON_SHEET"
            ) from error
    click.echo(json.dumps({**found, "statement": state.current.statement}, ensure_ascii=False, sort_keys=True))


@release.command("check")
@click.argument("proof_file", metavar="PROOF", type=FILE)
@pass_settings
@click.pass_context
def check_proof(ctx: click.Context, settings: Settings, proof_file: Path) -> None:
    """Check a proof offline: its post stands under its root. Exit 1 where it does not."""
    from content_audit.release.sheets import proven
    from zhongbao_core.canonical import strict_json

    value = strict_json(read_file(proof_file), what="proof")
    try:
        good = proven(value)
    except (KeyError, TypeError, ValueError):
        good = False
    root = plain(str(value.get("root", ""))[:64])
    said = Text(f"证明成立，根 {root}", f"proven under root {root}") if good else Text("证明不成立", "not proven")
    click.echo(settings.say(said))
    ctx.exit(ExitCode.OK if good else ExitCode.FINDINGS)


def _review(opened: OpenContent, items: Sequence[Item]) -> tuple[str, str, str]:
    """(level, label, who must approve) over all posts: each is counted by its own account's rung at the gate."""
    from content_audit.release.submitting import review_words

    accounts = {account.id: account for account in opened.policy.registers.media}
    told = [review_words(accounts[item.account], opened, item.start) for item in items if item.account in accounts]
    words = "；".join(dict.fromkeys(review for *_, review in told))
    return (told[0][0], told[0][1], words) if told else ("none", "", "")


def _sound(desk: Desk, opened: OpenContent, items: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """(listed, left out): posts are audited again by the rules in force, from what was submitted."""
    from content_audit.release.desk import SUBMITTED, document_of
    from content_audit.release.looking import blocks_again
    from content_audit.release.posts import content_in

    good: list[Item] = []
    left: list[Item] = []
    for item in items:
        entry = list(desk.journal.entries(kinds=(SUBMITTED,), ref=item.post))[-1]
        content = content_in(document_of(desk, entry))
        blocked = blocks_again(content, item.channel, opened, max(item.start, opened.at))
        (left if blocked else good).append(item)
    return good, left


def _write(
    folder: Path, number: str, items: Sequence[Item], rung: str, statement: bytes, zone_name: str
) -> dict[str, str]:
    from content_audit.release.sheet_files import document, short_text, workbook
    from zhongbao_core.approval.statement import read_back_code

    code = read_back_code(statement)
    made = {
        "docx": document(number, items, rung, code, zone_name),
        "xlsx": workbook(number, items, zone_name),
        "txt": short_text(number, items, rung, code, zone_name).encode("utf-8"),
        "statement.json": statement,
    }
    folder.mkdir(parents=True, exist_ok=True)
    for suffix, data in made.items():
        path = folder / f"{number}.{suffix}"
        path.write_bytes(data)
        path.chmod(0o600)
    return {suffix: str(folder / f"{number}.{suffix}") for suffix in made}


def _answer(
    settings: Settings,
    fmt: str,
    number: str,
    root: str,
    items: Sequence[Item],
    left: Sequence[Item],
    files: dict[str, str],
) -> None:
    if fmt == "json":
        body = {
            "id": number,
            "root": root,
            "posts": [item.post for item in items],
            "left_out": [item.post for item in left],
            "files": files,
        }
        echo_json(body, "BLOCK_OPEN" if left else "OK")
        return
    click.echo(plain(settings.say(Text(f"{number}：{len(items)} 篇", f"{number}: {len(items)} posts"))))
    for item in left:
        click.echo(plain(settings.say(Text(f"  未列入（有拦截项）：{item.post}", f"  left out (block): {item.post}"))))
    for path in files.values():
        click.echo(f"  {plain(path)}")
    command = f"zhongbao approve {files['statement.json']} --key KEY"
    click.echo(plain(settings.say(Text(f"下一步：{command}", f"next: {command}"))))
