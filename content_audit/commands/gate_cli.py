"""``zhongbao content gate``, ``submit``, ``withdraw``, ``seen``: may this post go out, and who must approve it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from zhongbao_core.clikit import AT, FILE, FORMAT, Settings, note, pass_settings
from zhongbao_core.clock import parse_duration
from zhongbao_core.errors import RefusedError
from zhongbao_core.text import Text, plain

DRAFT = click.argument("draft", type=FILE)
ACCOUNT = click.option(
    "--account", default="", metavar="ID", help="Account it goes out on, where the draft does not say."
)
CHANNEL = click.option("--channel", default="", help="Channel, where two accounts share the name.")
ITEM = click.option("--item", default="", metavar="N|ID", help="Which post of a draft file that holds several.")
COVER = click.option("--cover", type=FILE, help="Picture that lists and shared cards show, where it is no file there.")
PUBLISH_AT = click.option("--publish-at", metavar="TIME", help="When it goes out; default now.")


@click.command()
@DRAFT
@ACCOUNT
@CHANNEL
@ITEM
@COVER
@PUBLISH_AT
@click.option("--untrusted-demo", is_flag=True, help="Work without a trust file, and say so in every output.")
@FORMAT
@AT
@pass_settings
@click.pass_context
def gate(
    ctx: click.Context,
    settings: Settings,
    draft: Path,
    account: str,
    channel: str,
    item: str,
    cover: Path | None,
    publish_at: str | None,
    untrusted_demo: bool,
    fmt: str,
    at_text: str | None,
) -> None:
    """Ask whether DRAFT may go out. Exit 0: it may; 1: held, with what is missing; 3: cannot tell."""
    from content_audit.commands.gate_show import RENDERERS, exit_code
    from content_audit.entry.pictures import looked_at
    from content_audit.release.gate import Asked, answer

    asked = Asked(draft, account, channel, item, cover, publish_at, at_text, untrusted_demo)
    decision, where = answer(settings, asked, looked_at)
    click.echo(RENDERERS[fmt](decision, settings.lang, where), nl=False)
    ctx.exit(exit_code(decision))


@click.command()
@DRAFT
@ACCOUNT
@CHANNEL
@ITEM
@COVER
@PUBLISH_AT
@click.option("--for", "lasts", default="24h", show_default=True, metavar="LENGTH", help="How long it may go out.")
@click.option("--applicant", required=True, metavar="PERSON", help="Who submits it; does not count as approver.")
@click.option("--plan", default="", metavar="ID", help="Response plan (舆情预案) behind it.")
@click.option("--column", default="", help="Column it is part of.")
@click.option("--campaign", default="", help="Campaign it is part of.")
@click.option("--revise", default="", metavar="POST", help="Make it the next revision of this post.")
@click.option("--out", type=FILE, help="Where to write statement.json; default POST.statement.json.")
@FORMAT
@AT
@pass_settings
def submit(
    settings: Settings,
    /,
    draft: Path,
    cover: Path | None,
    fmt: str,
    at_text: str | None,
    out: Path | None,
    **given: str | None,
) -> None:
    """Submit DRAFT for approval: it gets a number and one statement that all approvers sign."""
    from content_audit.commands.release_show import show_submission
    from content_audit.entry.pictures import looked_at
    from content_audit.release.desk import submit as record
    from content_audit.release.gate import publish_instant
    from content_audit.release.looking import look, read_draft
    from content_audit.release.open import open_content, open_desk
    from content_audit.release.submitting import review_words, to_submit

    words = {name: value or "" for name, value in given.items()}
    opened = open_content(settings, at_text)
    start = publish_instant(given["publish_at"], opened)
    looked = look(
        read_draft(draft, words["item"], cover),
        opened,
        start,
        looked_at,
        account=words["account"],
        channel=words["channel"],
    )
    made = to_submit(looked, opened, start, start + _length(words["lasts"]), words)
    level, label, review = review_words(made.account, opened, start)
    with open_desk(opened) as desk:
        done = record(desk, made, opened.at, level=level, label=label, review=review, revise=words["revise"])
        path = out or Path(f"{done.id}.statement.json")
        path.write_bytes(done.statement)
        show_submission(settings, desk, desk.state(done.id), opened.at, fmt, path=str(path))


@click.command()
@click.argument("what", metavar="FILE|POST")
@click.option("--key", type=FILE, help="Sign with this private key (or the .pub of a key in ssh-agent).")
@click.option("--signature", type=FILE, help="A signature for the namespace picture-seen@zhongbao over statement.json.")
@FORMAT
@AT
@pass_settings
def seen(
    settings: Settings, what: str, key: Path | None, signature: Path | None, fmt: str, at_text: str | None
) -> None:
    """Say that you looked at the pictures nobody could read: by your signature over the post's statement."""
    from content_audit.commands.release_show import show_submission
    from content_audit.release.desk import record_seen
    from content_audit.release.open import open_content, open_desk
    from zhongbao_core.given_signature import armor_of, statement_of

    opened = open_content(settings, at_text)
    with open_desk(opened) as desk:
        name, data = statement_of(desk, what)
        record_seen(desk, data, armor_of(settings, what, data, key, signature, "picture-seen"), opened.at)
        note(settings, Text(f"已登记看图：{plain(name)}", f"recorded: pictures of {plain(name)} were looked at"))
        show_submission(settings, desk, desk.state(name), opened.at, fmt)


@click.command()
@click.argument("post", metavar="POST")
@click.option("--by", required=True, metavar="PERSON", help="The applicant.")
@click.option("--reason", required=True)
@FORMAT
@AT
@pass_settings
def withdraw(settings: Settings, post: str, by: str, reason: str, fmt: str, at_text: str | None) -> None:
    """Withdraw a submitted POST for good: the gate holds it from now on. What is published stays up: see takedown."""
    from content_audit.commands.release_show import show_submission
    from content_audit.release.desk import withdraw as record
    from content_audit.release.open import open_content, open_desk

    opened = open_content(settings, at_text)
    with open_desk(opened) as desk:
        record(desk, post, by, reason, opened.at)
        show_submission(settings, desk, desk.state(post), opened.at, fmt)


def _length(text: str) -> timedelta:
    found = parse_duration(text)
    if found <= timedelta(0) or found > timedelta(days=31):
        raise RefusedError(
            Text("发布时段须在 31 天以内", "the span to publish in is at most 31 days"), reason_code="SPAN_TOO_LONG"
        )
    return found
