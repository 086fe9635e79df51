"""``zhongbao content verify-published`` and ``reconcile``: is what went out what was approved?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from content_audit.commands.gate_cli import COVER
from content_audit.model import Post, Unread
from zhongbao_core.clikit import AT, FILE, FORMAT, Settings, echo_json, pass_settings
from zhongbao_core.errors import ExitCode
from zhongbao_core.text import Text, plain

if TYPE_CHECKING:
    from content_audit.release.published import Checked

PATH = click.Path(path_type=Path, exists=True)


@click.command("verify-published")
@click.argument("page", type=FILE)
@click.option("--against", required=True, metavar="POST", help="Number of the approved post, or its statement.json.")
@click.option("--item", default="", metavar="N|ID", help="Which post of a file that holds several.")
@COVER
@FORMAT
@AT
@pass_settings
@click.pass_context
def verify_published(
    ctx: click.Context,
    settings: Settings,
    page: Path,
    against: str,
    item: str,
    cover: Path | None,
    fmt: str,
    at_text: str | None,
) -> None:
    """Compare a published PAGE with its approval. Exit 0 the same, 1 another, 3 not all of it could be compared."""
    from content_audit.entry.pictures import looked_at
    from content_audit.release.looking import read_draft
    from content_audit.release.open import open_content, open_desk
    from content_audit.release.published import verify
    from zhongbao_core.approval.statement import parse

    opened = open_content(settings, at_text)
    name = parse(Path(against).read_bytes()).subject.id if Path(against).is_file() else against
    read = read_draft(page, item, cover)
    with open_desk(opened, write=False) as desk:
        checked = verify(desk, opened.policy.registers, read.post, name, looked_at)
    found: list[Checked | Unread] = [checked, *read.unread]
    _answer(settings, fmt, found)
    ctx.exit(code_of(found))


@click.command()
@click.argument("exports", nargs=-1, required=True, type=PATH)
@FORMAT
@AT
@pass_settings
@click.pass_context
def reconcile(ctx: click.Context, settings: Settings, exports: tuple[Path, ...], fmt: str, at_text: str | None) -> None:
    """Compare everything in EXPORT with the approvals in the ledger: 一致 / 文字有改动 / 图片被替换 / 未经审批."""
    from content_audit.entry.pictures import looked_at
    from content_audit.release.open import open_content, open_desk
    from content_audit.release.published import reconcile as compare_all

    opened = open_content(settings, at_text)
    with open_desk(opened, write=False) as desk:
        found = list(compare_all(desk, opened.policy.registers, _posts(exports), looked_at))
    _answer(settings, fmt, found)
    ctx.exit(code_of(found))


def code_of(found: Sequence[Checked | Unread]) -> ExitCode:
    """3 where something was not read or nothing was looked at, 1 where something differs, else 0."""
    from content_audit.release.published import Checked
    from content_audit.release.verify import Kind

    kinds = {item.compared.kind for item in found if isinstance(item, Checked)}
    if not kinds or Kind.UNSURE in kinds or any(isinstance(item, Unread) for item in found):
        return ExitCode.CANNOT_TELL
    return ExitCode.FINDINGS if kinds & {Kind.TEXT, Kind.PICTURE, Kind.UNAPPROVED} else ExitCode.OK


def _posts(paths: tuple[Path, ...]) -> Iterator[Post | Unread]:
    from content_audit.readers.workers import Workers

    with Workers() as workers:
        for path in paths:
            yield from workers.read(path)


def _answer(settings: Settings, fmt: str, found: list[Any]) -> None:
    from content_audit.release.published import Checked

    checked = [item for item in found if isinstance(item, Checked)]
    unread = [item for item in found if isinstance(item, Unread)]
    if fmt == "json":
        counts = {name: sum(item.compared.kind.value == name for item in checked) for name in _names(checked)}
        body = {"posts": [_json(item) for item in checked], "unread": [_unread(item) for item in unread]}
        echo_json({**body, "counts": counts}, _reason(checked, unread))
        return
    for item in checked:
        for line in _lines(settings, item):
            click.echo(plain(line))
    for other in unread:
        why = settings.say(other.why.text)
        click.echo(plain(settings.say(Text(f"未审核 {other.source}：{why}", f"not audited {other.source}: {why}"))))
    click.echo(plain(settings.say(_summary(checked, unread))))


def _names(checked: list[Checked]) -> list[str]:
    return sorted({item.compared.kind.value for item in checked})


def _reason(checked: list[Checked], unread: list[Unread]) -> str:
    words = {
        ExitCode.OK: "PUBLISHED_AS_APPROVED",
        ExitCode.FINDINGS: "PUBLISHED_OTHERWISE",
        ExitCode.CANNOT_TELL: "NOT_AUDITED",
    }
    return words[code_of([*checked, *unread])]


def _lines(settings: Settings, item: Checked) -> Iterator[str]:
    kind, compared = settings.say(item.compared.kind.text), item.compared
    small = settings.say(Text("（轻微）", " (small)")) if compared.small else ""
    name = item.post.title or item.post.id
    yield f"{kind}{small}  {item.against or '-'}  {name}  {item.post.url}"
    for change in compared.changes:
        yield f"  {settings.say(change.text)}"
    for picture in compared.unsure:
        yield "  " + settings.say(Text(f"图片无法核对：{picture}", f"cannot be compared: {picture}"))


def _json(item: Checked) -> dict[str, Any]:
    compared = item.compared
    return {
        "post": item.post.id,
        "title": item.post.title,
        "url": item.post.url,
        "account": item.account.id if item.account else "",
        "against": item.against,
        "kind": compared.kind.value,
        "small": compared.small,
        "changes": [
            {"kind": change.kind, "before": change.before, "after": change.after, "small": change.small}
            for change in compared.changes
        ],
        "unsure": list(compared.unsure),
    }


def _unread(item: Unread) -> dict[str, str]:
    return {"source": str(item.source), "why": item.why.value, "detail": item.detail, "locator": item.locator}


def _summary(checked: list[Checked], unread: list[Unread]) -> Text:
    counts = [(item.compared.kind.text) for item in checked]
    told = sorted({(words, counts.count(words)) for words in counts})
    zh = "，".join(f"{words.zh} {count}" for words, count in told) or "没有稿件"
    en = ", ".join(f"{words.en} {count}" for words, count in told) or "no posts"
    return Text(
        f"共 {len(checked)} 篇：{zh}；未审核 {len(unread)}", f"{len(checked)} posts: {en}; {len(unread)} not audited"
    )
