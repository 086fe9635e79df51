"""``trust rotate`` and ``trust pin``: another root quorum, and raising what one machine believes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from zhongbao.trust_init import root_key, write_trust
from zhongbao_core.approval.sshsig import sign_command
from zhongbao_core.clikit import Settings, pass_settings
from zhongbao_core.errors import InputError
from zhongbao_core.rootchain import FOLDER, NAMESPACE, current_root, root_document
from zhongbao_core.signing_desk import stage
from zhongbao_core.text import Text, plain
from zhongbao_core.trust import RootKey, RootKeys, instant, load_trust, verify_manifest
from zhongbao_core.trustfile import root_from_json, root_to_json


@click.command()
@click.option("--add", "added", multiple=True, help="ID:PERSON:FILE.pub of a new root key; ids are never used again.")
@click.option("--remove", "removed", multiple=True, help="Id of a root key that goes (lost, compromised, person left).")
@click.option("--threshold", type=int, help="Persons who must sign what loosens, from now on.")
@click.option("--tighten", type=int, help="Persons who must sign what only tightens, from now on.")
@click.option("--at", "at_text", help="The instant of issue (rehearsals only).")
@pass_settings
def rotate(settings: Settings, /, added: tuple[str, ...], removed: tuple[str, ...], **rest: Any) -> None:
    """Prepare the next root quorum: root/<n>.next.json, to be signed by the old and by the new quorum."""
    trust = load_trust(settings.trust, settings.workspace)
    before = current_root(str(settings.workspace), trust.root, trust.workspace)
    after = next_root(before, added, removed, rest["threshold"], rest["tighten"])
    at = instant(rest["at_text"], trust)
    try:
        data = root_document(after, before, workspace=trust.workspace, at=at)
    except ValueError as error:
        raise _impossible(error) from error
    path = stage(settings.workspace, f"{FOLDER}/{after.version}.next.json", data)
    said = Text(
        f"根密钥第 {after.version} 版待签：{path}\n旧根 {before.threshold} 人、新根 {after.threshold} 人各自执行 "
        f"zhongbao trust sign root --key FILE，或 {sign_command(path, NAMESPACE)}",
        f"root {after.version} waits: {path}\n{before.threshold} persons of the old and {after.threshold} of the new root "
        f"run zhongbao trust sign root --key FILE, or {sign_command(path, NAMESPACE)}",
    )
    click.echo(plain(settings.say(said), newlines=True))


@click.command()
@click.option("--at", "at_text", help="The instant to judge at (rehearsals only).")
@pass_settings
def pin(settings: Settings, at_text: str | None) -> None:
    """Write the root and the manifest version in force into this machine's trust file: nothing older counts again."""
    trust = load_trust(settings.trust, settings.workspace)
    manifest = verify_manifest(settings.workspace, trust, instant(at_text, trust))
    body = json.loads(trust.path.read_bytes())
    body |= {"root": root_to_json(manifest.root), "min_manifest": max(trust.min_manifest, manifest.version)}
    write_trust(Path(trust.path), body, settings)
    said = Text(
        f"{trust.path}：根密钥第 {manifest.root.version} 版，最低策略清单第 {body['min_manifest']} 版",
        f"{trust.path}: root {manifest.root.version}, lowest manifest {body['min_manifest']}",
    )
    click.echo(plain(settings.say(said)))


def next_root(
    before: RootKeys, added: tuple[str, ...], removed: tuple[str, ...], threshold: int | None, tighten: int | None
) -> RootKeys:
    """The quorum after ``before`` with keys added and removed. Raises InputError where it cannot stand."""
    unknown = [name for name in removed if before.key(name) is None]
    if unknown:
        raise _impossible(ValueError(f"no root key {', '.join(unknown)}"))
    keys = [key for key in before.keys if key.id not in removed]
    keys += [RootKey(item["id"], item["person"], item["line"]) for item in map(root_key, added)]
    draft = RootKeys(before.version + 1, threshold or before.threshold, tighten or before.tighten, tuple(keys))
    try:
        return root_from_json(root_to_json(draft))
    except ValueError as error:
        raise _impossible(error) from error


def _impossible(error: ValueError) -> InputError:
    return InputError(
        Text(f"新的根密钥不成立：{error}", f"this root quorum cannot stand: {error}"),
        Text("见 docs/trust.md「轮换」", "see docs/trust.md, rotation"),
        reason_code="ROOT_INVALID",
    )
