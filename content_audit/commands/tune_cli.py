"""``content tune``: false alarms per rule on the company's own past posts, and what would cover them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zhongbao_core.clikit import Settings, echo_json
from zhongbao_core.errors import CannotTellError, ExitCode
from zhongbao_core.text import Text, plain

if TYPE_CHECKING:
    from content_audit.audit.audit import Auditor
    from content_audit.audit.tuning import Tuned
    from content_audit.authoring.packs import Loaded
    from content_audit.model import Audited

BATCH = 512


@click.command("tune")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--diff", "as_diff", is_flag=True, help="Only the diff of proposed exemptions.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def tune(ctx: click.Context, /, paths: tuple[Path, ...], as_diff: bool, form: str) -> None:
    """Count what each rule marks in PATH, posts known to be clean, and propose covering phrases as a diff.

    Exit code: 0 nothing was marked, 1 something was, 3 there was no post.
    """
    from content_audit.audit.tuning import tune as tuned
    from content_audit.authoring.opening import open_auditor
    from content_audit.authoring.packs import load_rules

    settings = ctx.find_object(Settings) or Settings()
    loaded = load_rules(settings.workspace)
    result = tuned(_audited(open_auditor(settings.workspace), paths), loaded.rules)
    if not result.posts:
        raise CannotTellError(
            Text("没有可审核的稿件", "there was no post to audit"),
            Text("给出已发布稿件的导出文件", "name an export of published posts"),
            reason_code="NOTHING_AUDITED",
        )
    if form == "json":
        echo_json(_as_json(result, loaded), "ALARMS" if result.alarms else "NO_ALARMS")
    else:
        click.echo("\n".join(_diff(result, loaded) if as_diff else _as_text(settings, result, loaded)))
    ctx.exit(ExitCode.FINDINGS if result.alarms else ExitCode.OK)


def _audited(auditor: Auditor, paths: tuple[Path, ...]) -> Iterator[Audited]:
    from content_audit.model import Post, Unread
    from content_audit.readers.reading import read_path

    batch: list[Post] = []
    for path in paths:
        for item in read_path(path):
            if isinstance(item, Unread):
                click.echo(plain(f"{item.source}: {item.why.text.en} {item.detail}"), err=True)
                continue
            batch.append(item)
            if len(batch) >= BATCH:
                yield from auditor.audit(batch)
                batch = []
    yield from auditor.audit(batch)


def _as_json(result: Tuned, loaded: Loaded) -> dict[str, Any]:
    return {
        "posts": result.posts,
        "blocked": result.blocked,
        "reviewed": result.reviewed,
        "rules": [item._asdict() for item in result.alarms],
        "diff": "\n".join(_diff(result, loaded)),
    }


def _as_text(settings: Settings, result: Tuned, loaded: Loaded) -> Iterator[str]:
    posts, blocked, reviewed = result.posts, result.blocked, result.reviewed
    yield settings.say(
        Text(
            f"{posts} 篇稿件：拦截 {blocked}（{blocked / posts:.2%}），人工复核 {reviewed}（{reviewed / posts:.2%}）",
            f"{posts} posts: {blocked} blocked ({blocked / posts:.2%}), {reviewed} for review ({reviewed / posts:.2%})",
        )
    )
    for item in result.alarms:
        words = "、".join(f"{word or '—'}×{count}" for word, count in item.words)
        said = Text(
            f"{item.rule}  {item.posts} 篇 {item.hits} 处（{item.posts / posts:.2%}）：{words}",
            f"{item.rule}  {item.posts} posts, {item.hits} hits ({item.posts / posts:.2%}): {words}",
        )
        yield plain(settings.say(said))
    yield from _diff(result, loaded)


def _diff(result: Tuned, loaded: Loaded) -> Iterator[str]:
    from content_audit.authoring.tune_diff import diff_of

    for item in result.alarms:
        rule = loaded.rules.get(item.rule)
        if rule is not None and item.covers and item.rule in loaded.texts:
            for line in diff_of(rule.id, rule.file, loaded.texts[rule.id], item.covers):
                yield plain(line)
