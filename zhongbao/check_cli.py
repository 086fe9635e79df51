"""``zhongbao check`` and ``zhongbao compile``: what is wrong with the policy, and the file that doors read."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zhongbao_core.clikit import Settings, colour_wanted, pass_settings
from zhongbao_core.clock import now, parse_instant, zone
from zhongbao_core.errors import ExitCode
from zhongbao_core.text import Text, plain

if TYPE_CHECKING:
    from zhongbao_core.complaint import Complaint

WORDS = {"error": Text("错误", "error"), "warning": Text("注意", "warning")}
COLOURS = {"error": "red", "warning": "yellow"}


@click.command()
@click.option("--format", "fmt", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--strict", is_flag=True, help="Exit 1 where there are warnings.")
@click.option("--at", "at_text", help="Judge what has expired as of this instant instead of now.")
@pass_settings
@click.pass_context
def check(ctx: click.Context, settings: Settings, fmt: str, strict: bool, at_text: str | None) -> None:
    """Say everything that is wrong in the workspace, with file:line:column and fix.

    Exit 0: nothing wrong, or warnings only. 1: warnings, with --strict. 2: the policy is broken.
    """
    from content_audit.authoring.check import check_content
    from exposure_scan.authoring.check import check_exposure
    from freeze.authoring.checks import check_now
    from freeze.authoring.load import load_workspace

    workspace = load_workspace(settings.workspace)
    at = parse_instant(at_text, zone(workspace.zone)) if at_text else now()
    content = check_content(settings.workspace, workspace.zone, workspace.directory)
    exposure = check_exposure(settings.workspace, workspace.zone, workspace.directory, at)
    others = (*content.complaints, *exposure.complaints)
    found = joined(check_now(workspace, at), others, content.read | exposure.read)
    click.echo(RENDERERS[fmt](settings, found, _counts(workspace) | content.counts | exposure.counts))
    ctx.exit(code_of(found, strict=strict))


def joined(first: Sequence[Complaint], second: Sequence[Complaint], read: frozenset[str]) -> tuple[Complaint, ...]:
    """The complaints of the pillars as one list; a file that any of them reads is not an unread one."""
    from zhongbao_core.complaint import in_order

    def known(item: Complaint) -> bool:
        other = any(item.file == more.file and more.code == "REGISTER_UNREAD" for more in second)
        return item.code == "FILE_UNREAD" and (item.file in read or other)

    return in_order([*(item for item in first if not known(item)), *second])


def code_of(found: Sequence[Complaint], *, strict: bool) -> ExitCode:
    """2 where there are errors; 1 where there are warnings and somebody is strict about them; else 0."""
    severities = {item.severity for item in found}
    if "error" in severities:
        return ExitCode.USAGE
    return ExitCode.FINDINGS if strict and severities else ExitCode.OK


def _counts(workspace: Any) -> dict[str, int]:
    """How much was looked at: what stands behind a clean answer."""
    phases = workspace.event.phases if workspace.event else ()
    return {
        "persons": len(workspace.directory.persons),
        "systems": len(workspace.all_systems),
        "windows": len(workspace.all_windows),
        "treatments": len(workspace.treatments),
        "rungs": len(workspace.ladder),
        "standard": len(workspace.catalogue),
        "exemptions": len(workspace.exemptions),
        "doors": len(workspace.doors),
        "phases": len(phases),
    }


def _text(settings: Settings, found: Sequence[Complaint], counts: Mapping[str, int]) -> str:
    lines = [_line(settings, item) for item in found]
    errors = sum(item.severity == "error" for item in found)
    seen = Text(
        f"人员 {counts['persons']}，系统 {counts['systems']}，窗口 {counts['windows']}，阶段 {counts['phases']}，"
        f"处理规则 {counts['treatments']}，阶梯 {counts['rungs']}，标准变更 {counts['standard']}",
        f"{counts['persons']} persons, {counts['systems']} systems, {counts['windows']} windows, "
        f"{counts['phases']} phases, {counts['treatments']} treatments, {counts['rungs']} rungs, "
        f"{counts['standard']} standard changes",
    )
    said = Text(
        f"错误 {errors}，注意 {len(found) - errors}；{seen.zh}",
        f"{errors} errors, {len(found) - errors} warnings; {seen.en}",
    )
    return "\n".join([*lines, settings.say(said)])


def _line(settings: Settings, item: Complaint) -> str:
    word = settings.say(WORDS[item.severity])
    shown = click.style(word, fg=COLOURS[item.severity]) if colour_wanted() else word
    return f"{shown} {item.shown(settings.lang)} [{item.code}]"


def _json(settings: Settings, found: Sequence[Complaint], counts: Mapping[str, int]) -> str:
    errors = sum(item.severity == "error" for item in found)
    body = {
        "schema_version": 1,
        "reason_code": "POLICY_BROKEN" if errors else "POLICY_WARNINGS" if found else "POLICY_SOUND",
        "errors": errors,
        "warnings": len(found) - errors,
        "looked_at": dict(counts),
        "complaints": [item.as_json() for item in found],
    }
    return json.dumps(body, ensure_ascii=False, indent=2, sort_keys=True)


RENDERERS: dict[str, Callable[[Settings, Sequence[Complaint], Mapping[str, int]], str]] = {"text": _text, "json": _json}


@click.command("compile")
@click.option("--to", "target", type=click.Path(path_type=Path), help="Folder to write to; the workspace's compiled/.")
@click.option("--cache", is_flag=True, help="Write to the running user's cache instead, where doors look first.")
@click.option("--format", "fmt", type=click.Choice(["text", "json"]), default="text", show_default=True)
@pass_settings
def compile_(settings: Settings, target: Path | None, cache: bool, fmt: str) -> None:
    """Compile the policies to the file that doors read, named by its digest. The same files give the same bytes."""
    from freeze.authoring.compiler import compile_workspace
    from freeze.in_force.compiled import ENGINE, FORMAT
    from zhongbao_core.canonical import digest
    from zhongbao_core.compiled_file import cache_folder, file_name

    if target is not None and cache:
        raise click.UsageError("--to and --cache exclude each other")
    data = compile_workspace(settings.workspace)
    folder = target or (Path(cache_folder()) if cache else settings.workspace / "compiled")
    path = folder / file_name(digest(data))
    _write(path, data, private=cache)
    from zhongbao.trust_prepare import parts_of

    for kind, part in parts_of(settings.workspace).items():
        _write(folder / file_name(digest(part.data), kind), part.data, private=cache)
    said = {"path": str(path), "digest": digest(data), "format": FORMAT, "engine": ENGINE, "bytes": len(data)}
    if fmt == "json":
        click.echo(
            json.dumps({"schema_version": 1, "reason_code": "COMPILED", **said}, ensure_ascii=False, sort_keys=True)
        )
        return
    words = Text(f"已编译：{path}（{len(data)} 字节）", f"compiled: {path} ({len(data)} bytes)")
    click.echo(f"{plain(settings.say(words))}\n{digest(data)}")


def _write(path: Path, data: bytes, *, private: bool) -> None:
    """Put ``data`` at ``path`` in one step: a door never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700 if private else 0o755)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
