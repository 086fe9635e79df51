"""``content lists import``: the company's own word lists, with owner and span."""

from __future__ import annotations

from pathlib import Path

import click

from zhongbao_core.clikit import LazyGroup, Settings
from zhongbao_core.errors import ExitCode, InputError
from zhongbao_core.text import Text

SHOWN = 50
"""Complaints that are printed; the count tells of the rest."""


@click.group("lists", cls=LazyGroup)
def lists() -> None:
    """Word lists of the company's own."""


@lists.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--id", "list_id", required=True, help="Id of the list: letters, figures, - and _.")
@click.option("--title", default="", help="What it is called; the id if not given.")
@click.option("--owner", required=True, help="Who answers for it.")
@click.option("--start", required=True, help='From when on it holds: "2026-11-20T00:00".')
@click.option("--end", required=True, help='Until when, or "open".')
@click.option("--verdict", type=click.Choice(["block", "review", "note"]), default="review")
@click.option("--skip-bad", is_flag=True, help="Import the sound words and leave the others out.")
@click.pass_context
def import_(ctx: click.Context, /, file: Path, list_id: str, skip_bad: bool, **head: str) -> None:
    """Import the words in FILE (txt, CSV, xlsx) as content/lists/<ID>.yaml of the workspace.

    Exit code: 0 imported, 1 imported without the words that were refused, 2 refused.
    """
    from content_audit.authoring.packs import Loaded, load_list
    from content_audit.authoring.word_lists import ListHead, list_yaml, read_list

    settings = ctx.find_object(Settings) or Settings()
    found = read_list(file)
    for item in found.complaints[:SHOWN]:
        click.echo(item.shown(settings.lang), err=True)
    if found.complaints and not skip_bad:
        raise _refused(len(found.complaints))
    title = head["title"] or list_id
    whole = ListHead(list_id, title, head["owner"], head["start"], head["end"], head["verdict"])
    target = settings.workspace / "content" / "lists" / f"{Path(list_id).name}.yaml"
    target.parent.mkdir(parents=True, exist_ok=True)
    text = list_yaml(whole, [word.text for word in found.words])
    rough = target.with_suffix(".new")
    rough.write_text(text, "utf-8")
    loaded = Loaded()
    load_list(loaded, rough, f"content/lists/{target.name}", "Asia/Shanghai")
    if loaded.complaints:
        rough.unlink()
        first = loaded.complaints[0]
        raise InputError(Text(first.shown("zh"), first.shown("en")), reason_code="LIST_INVALID")
    rough.replace(target)
    count, left = len(found.words), len(found.complaints)
    said = Text(f"{target}：{count} 个词，{left} 处未收", f"{target}: {count} words, {left} left out")
    click.echo(settings.say(said))
    ctx.exit(ExitCode.FINDINGS if left else ExitCode.OK)


def _refused(count: int) -> InputError:
    return InputError(
        Text(f"{count} 处不合要求，没有导入", f"{count} entries are refused; nothing was imported"),
        Text("改正后再导入，或加 --skip-bad 略过", "correct them, or leave them out with --skip-bad"),
        reason_code="LIST_REFUSED",
    )
