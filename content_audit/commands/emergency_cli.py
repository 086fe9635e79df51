"""``zhongbao content emergency``: a notice from an approved template goes out at once and is reviewed next day (紧急发布)."""

from __future__ import annotations

from pathlib import Path

import click

from zhongbao_core.clikit import AT, FILE, FORMAT, Settings, echo_json, pass_settings
from zhongbao_core.clock import iso
from zhongbao_core.errors import ExitCode, RefusedError, UsageError
from zhongbao_core.text import Text, plain


@click.group()
def emergency() -> None:
    """Emergency notices from approved templates (紧急发布): outage, rumour, safety."""


@emergency.command()
@click.argument("template")
@click.option("--account", required=True, metavar="ID", help="Account it goes out on.")
@click.option("--slot", "slots", multiple=True, metavar="NAME=VALUE", help="What fills a gap; repeat for each.")
@click.option("--key", type=FILE, required=True, help="Sign with this private key: a person on duty.")
@FORMAT
@AT
@pass_settings
def issue(
    settings: Settings, template: str, account: str, slots: tuple[str, ...], key: Path, fmt: str, at_text: str | None
) -> None:
    """Fill TEMPLATE and let it out with the duty rung; the notice is printed as it is to be published."""
    from content_audit.model import Passage, Post, Role, Source
    from content_audit.release.content import content_of
    from content_audit.release.emergency import due_words, fill
    from content_audit.release.emergency_desk import Signs, usable
    from content_audit.release.emergency_desk import issue as let_out
    from content_audit.release.looking import blocks_again
    from content_audit.release.open import open_content, open_desk

    opened = open_content(settings, at_text)
    found, where = usable(opened.policy.registers, template, account, opened.at)
    filled = fill(found, _pairs(slots), opened.policy.zone)
    passages = (Passage(Role.TITLE, "title", filled.title), Passage(Role.BODY, "body", filled.words))
    content = content_of(Post("emergency", Source(template), "draft", passages), where.id, ())
    blocked = blocks_again(content, where.channel, opened, opened.at)
    if blocked:
        item = blocked[0]
        raise RefusedError(
            Text(f"填写内容触发拦截：{item.rule} {item.raw}", f"blocked: {item.rule} {item.raw}"),
            Text("改填空内容", "fill the gaps otherwise"),
            reason_code="BLOCK_OPEN",
        )
    with open_desk(opened) as desk:
        notice = let_out(desk, filled, where, content, Signs(str(key)), opened.at)
    if fmt == "json":
        body = {"id": notice.id, "title": filled.title, "words": filled.words, "due": iso(notice.due)}
        echo_json(body, "EMERGENCY_ISSUED")
        return
    click.echo(plain(f"{notice.id}  {filled.title}\n{filled.words}", newlines=True))
    click.echo(plain(settings.say(due_words(notice.due, opened.policy.zone))))


@emergency.command()
@click.argument("notice_id", metavar="NOTICE")
@click.option("--key", type=FILE, required=True, help="Sign with this private key: another person than let it out.")
@AT
@pass_settings
def review(settings: Settings, notice_id: str, key: Path, at_text: str | None) -> None:
    """Record that NOTICE was reviewed, by signature."""
    from content_audit.release.emergency_desk import document_bytes
    from content_audit.release.emergency_desk import review as record
    from content_audit.release.open import open_content, open_desk
    from zhongbao_core.approval.sshsig import sign
    from zhongbao_core.approval.subject import NAMESPACES

    opened = open_content(settings, at_text)
    with open_desk(opened) as desk:
        armor = sign(str(key), document_bytes(desk, notice_id), NAMESPACES["confirm"]).encode("ascii")
        done = record(desk, notice_id, armor, opened.policy.registers, opened.at)
    click.echo(
        plain(settings.say(Text(f"{done.id} 已复核：{done.reviewed_by}", f"{done.id} reviewed by {done.reviewed_by}")))
    )


@emergency.command("list")
@FORMAT
@AT
@pass_settings
@click.pass_context
def list_(ctx: click.Context, settings: Settings, fmt: str, at_text: str | None) -> None:
    """Every notice and its review. Exit 1 where a review is overdue."""
    from content_audit.release.emergency import ISSUED, REVIEWED, due_words
    from content_audit.release.emergency_desk import notices
    from content_audit.release.open import open_book, open_content

    opened = open_content(settings, at_text)
    with open_book(opened, write=False) as journal:
        found = notices(journal.entries(kinds=(ISSUED, REVIEWED)))
    late = [item for item in found if item.overdue(opened.at)]
    if fmt == "json":
        body = [
            {**item._asdict(), "at": iso(item.at), "due": iso(item.due), "overdue": item.overdue(opened.at)}
            for item in found
        ]
        echo_json({"notices": body}, "REVIEW_OVERDUE" if late else "OK")
    for item in found if fmt == "text" else ():
        done = Text(f"已由 {item.reviewed_by} 复核", f"reviewed by {item.reviewed_by}")
        word = done if item.reviewed_by else due_words(item.due, opened.policy.zone)
        mark = settings.say(Text("【逾期】", "OVERDUE ")) if item.overdue(opened.at) else ""
        click.echo(plain(f"{item.id}  {item.account}  {item.template}  {mark}{settings.say(word)}"))
    ctx.exit(ExitCode.FINDINGS if late else ExitCode.OK)


def _pairs(slots: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in slots:
        name, equals, value = item.partition("=")
        if not equals or name in found:
            raise UsageError(
                Text(f"--slot {item} 应为 名称=内容，每空一次", f"--slot {item} should be name=value, each once"),
                reason_code="SLOT_INVALID",
            )
        found[name] = value
    return found
