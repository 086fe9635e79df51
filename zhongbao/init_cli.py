"""``zhongbao init``: a new workspace, minimal and annotated, or the whole example to rehearse on."""

from __future__ import annotations

from pathlib import Path

import click

from zhongbao_core.clikit import Settings, pass_settings
from zhongbao_core.text import Text, plain


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--example", is_flag=True, help="A whole example: an operator in a Games period, with keys and ledger.")
@pass_settings
def init(settings: Settings, folder: Path, example: bool) -> None:
    """Make a workspace in DIR, which must not exist or be empty.

    With --example also DIR-outside, where trust file, ledger and the example's keys lie: never inside the workspace.
    """
    from zhongbao.templating import all_or_nothing, copy_template, require_free

    place = folder.absolute()
    require_free(place)
    if example:
        said = _example(settings, place)
    else:
        with all_or_nothing([place]) as (part,):
            copy_template("minimal", part, {"@ID@": _id_of(place)})
        said = _minimal(place)
    click.echo("\n".join(plain(settings.say(line)) for line in said))


def _example(settings: Settings, place: Path) -> list[Text]:
    from yaml import safe_load

    from zhongbao.example_story import NOW, tell
    from zhongbao.example_world import World
    from zhongbao.templating import all_or_nothing, require_free, template_text
    from zhongbao_core.clock import parse_instant, zone

    outside = place.with_name(f"{place.name}-outside")
    require_free(outside)
    persons = [item["id"] for item in safe_load(template_text("example", "people.yaml"))["persons"]]
    with all_or_nothing([outside, place]) as (part_outside, part):
        world = World(part, part_outside, parse_instant("2026-10-26T09:00", zone("Asia/Shanghai")))
        trust, _, policy = world.build(persons)
        count = tell(world, trust, policy)
    systems, windows = len(list(policy.systems())), len(list(policy.windows()))
    return [
        Text(f"示例工作区：{place}（演练）", f"example workspace: {place} (rehearsal)"),
        Text(
            f"工作区之外：{outside}（信任文件、存证日志、示例密钥）",
            f"outside it: {outside} (trust, ledger, example keys)",
        ),
        Text(
            f"{len(persons)} 人，{systems} 个系统，{windows} 个窗口，{count} 份变更申请；故事停在 {NOW}（北京时间）",
            f"{len(persons)} persons, {systems} systems, {windows} windows, {count} requests; it is {NOW} (Shanghai)",
        ),
        Text(
            f"接着：zhongbao --workspace {place.name} --trust {outside.name}/trust.json status --at {NOW}+08:00",
            f"next: zhongbao --workspace {place.name} --trust {outside.name}/trust.json status --at {NOW}+08:00",
        ),
    ]


def _minimal(place: Path) -> list[Text]:
    return [
        Text(f"新工作区：{place}", f"new workspace: {place}"),
        Text(
            f"接着：按注释填写各文件，再执行 zhongbao --workspace {place.name} check",
            f"next: fill in the files as their comments say, then zhongbao --workspace {place.name} check",
        ),
    ]


def _id_of(place: Path) -> str:
    """The folder's name as far as it makes an id."""
    kept = "".join(char if char.isascii() and (char.isalnum() or char in "._-") else "-" for char in place.name)
    return kept.strip("-._")[:64] or "workspace"
