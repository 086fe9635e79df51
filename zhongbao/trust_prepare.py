"""``trust prepare`` and ``trust renew``: the next manifest, what it changes, and how to sign it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from zhongbao.policy_diff import Difference, differences
from zhongbao_core.approval.sshsig import sign_command
from zhongbao_core.canonical import digest
from zhongbao_core.clikit import Settings, pass_settings
from zhongbao_core.clock import parse_duration
from zhongbao_core.errors import InputError
from zhongbao_core.manifest import FILE, MAX_BYTES, NAMESPACE, parse_manifest
from zhongbao_core.manifest_build import Changes, Part, build_manifest, changes
from zhongbao_core.rootchain import current_root
from zhongbao_core.safefile import read_bounded
from zhongbao_core.seen import read_seen
from zhongbao_core.signing_desk import NEXT, in_force, stage
from zhongbao_core.text import Text, plain
from zhongbao_core.trust import Trust, instant, load_trust

if TYPE_CHECKING:
    from freeze.in_force.compiled import CompiledPolicy

AT = click.option("--at", "at_text", help="The instant of issue (rehearsals only).")
FOR = click.option("--valid-for", help="How long it is valid: 24h, 7d; else as zhongbao.yaml says for event or calm.")
JSON = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)


class Prepared(NamedTuple):
    """The next manifest, waiting for signatures."""

    path: Path
    body: dict[str, Any]
    changes: Changes
    differences: tuple[Difference, ...]
    needed: int


@click.command()
@AT
@FOR
@JSON
@click.option("--fold", is_flag=True, help="The policy files now say what the amendments in force said; drop those.")
@pass_settings
def prepare(settings: Settings, at_text: str | None, valid_for: str | None, form: str, fold: bool) -> None:
    """Build the next manifest (manifest.next.json) and say what it changes and whether that loosens or tightens.

    Amendments in force are carried on unless --fold.
    """
    trust = load_trust(settings.trust, settings.workspace)
    prepared = _prepare(settings.workspace, trust, instant(at_text, trust), valid_for, fold)
    _put(settings, form, prepared)


@click.command()
@AT
@FOR
@JSON
@pass_settings
def renew(settings: Settings, at_text: str | None, valid_for: str | None, form: str) -> None:
    """The policy in force, unchanged, for another stretch of time. Refused where any policy file differs."""
    trust = load_trust(settings.trust, settings.workspace)
    prepared = _prepare(settings.workspace, trust, instant(at_text, trust), valid_for, False)
    found = prepared.changes
    if found.compiled or found.added or found.removed or found.changed:
        prepared.path.unlink()
        raise InputError(
            Text("策略文件有变化，不是续期", "policy files differ: this is not a renewal"),
            Text("执行 zhongbao trust prepare", "run: zhongbao trust prepare"),
            reason_code="POLICY_CHANGED",
        )
    _put(settings, form, prepared)


def _prepare(folder: Path, trust: Trust, at: datetime, valid_for: str | None, fold: bool) -> Prepared:
    from freeze.authoring.compiler import compile_workspace
    from freeze.in_force.compiled import CompiledPolicy

    compiled = compile_workspace(folder)
    policy = CompiledPolicy.from_bytes(compiled)
    parts = parts_of(folder)
    before = _current(folder)
    root = current_root(str(folder), trust.root, trust.workspace)
    stamps = [digest(path.read_bytes()) for path in in_force(folder)]
    data = build_manifest(
        folder,
        workspace=trust.workspace,
        version=max(before[1]["version"] if before else 0, read_seen(trust.state).version, trust.min_manifest - 1) + 1,
        issued_at=at,
        valid_until=at + (parse_duration(valid_for) if valid_for else _life(policy, at)),
        compiled=compiled,
        engine=engine_of(compiled),
        previous=before[0] if before else "",
        event=policy.event.id if policy.event else "",
        root_version=root.version,
        carried=() if fold else stamps,
        folded=stamps if fold else (),
        parts=parts,
    )
    old = _old_compiled(folder, before[1] if before else None)
    _keep_compiled(folder, compiled)
    for name, part in parts.items():
        _keep_compiled(folder, part.data, name)
    body = parse_manifest(data)
    path = stage(folder, NEXT, data)
    return Prepared(
        path,
        body,
        changes(before[1] if before else None, body),
        differences(old, compiled) if old else (),
        root.threshold,
    )


def parts_of(folder: Path) -> dict[str, Part]:
    """The compiled files of the other pillars: those of the content audit where the workspace has a ``content/``."""
    if not (folder / "content").is_dir():
        return {}
    from content_audit.audit import compiled as rules
    from content_audit.authoring.opening import compiled_bytes
    from content_audit.release import policy
    from content_audit.release.compiler import compile_content
    from content_audit.release.looking import RULES

    return {
        policy.KIND: Part(policy.FORMAT, policy.ENGINE, compile_content(folder)),
        RULES: Part(rules.FORMAT, rules.ENGINE, compiled_bytes(folder)),
    }


def engine_of(compiled: bytes) -> int:
    """The engine number in a compiled policy's header."""
    return int(json.loads(compiled.partition(b"\n")[0])[1]["engine"])


def _current(folder: Path) -> tuple[str, dict[str, Any]] | None:
    if not (folder / FILE).exists():
        return None
    data = read_bounded(str(folder / FILE), limit=MAX_BYTES, reason="POLICY_UNVERIFIED")
    return digest(data), parse_manifest(data)


def _life(policy: CompiledPolicy, at: datetime) -> timedelta:
    """As zhongbao.yaml says; a calm manifest ends where the event begins, so that the event has one of its own."""
    inside, calm = (timedelta(seconds=int(policy.header["valid_for"][name])) for name in ("event", "calm"))
    if policy.event is not None and policy.event.phase_at(at) is not None:
        return inside
    starts = [phase.span.start for phase in policy.event.phases] if policy.event else []
    ahead = [start - at for start in starts if start > at]
    return max(inside, min([calm, *ahead]))


def _old_compiled(folder: Path, body: dict[str, Any] | None) -> bytes | None:
    from zhongbao_core.compiled_file import candidates

    if body is None:
        return None
    for path in candidates(str(folder), body["compiled"]["digest"]):
        data = Path(path).read_bytes() if Path(path).is_file() else b""
        if digest(data) == body["compiled"]["digest"]:
            return data
    return None


def _keep_compiled(folder: Path, compiled: bytes, kind: str = "policy") -> None:
    from zhongbao_core.compiled_file import file_name

    place = folder / "compiled" / file_name(digest(compiled), kind)
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(compiled)


def _put(settings: Settings, form: str, prepared: Prepared) -> None:
    if form == "json":
        click.echo(json.dumps(_report(prepared), ensure_ascii=False, sort_keys=True, indent=2))
        return
    for line in _lines(prepared):
        click.echo(plain(settings.say(line)))


def _report(prepared: Prepared) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "reason_code": "PREPARED",
        "file": str(prepared.path),
        "manifest": prepared.body,
        "changes": prepared.changes._asdict(),
        "direction": direction(prepared.differences, prepared.changes),
        "differences": [{"way": item.way, "said": item.said.as_json()} for item in prepared.differences],
        "needed": prepared.needed,
    }


def direction(found: tuple[Difference, ...], files: Changes) -> str:
    """``none``, ``tightens``, or ``loosens``: whatever cannot be shown to tighten counts as loosening."""
    if not files.compiled:
        return "none"
    return "tightens" if found and all(item.way == "tightens" for item in found) else "loosens"


_WAYS = {
    "none": Text("判定不变", "no door decides differently"),
    "tightens": Text("只收紧", "it only tightens"),
    "loosens": Text("放宽，或不能证明只收紧", "it loosens, or cannot be shown only to tighten"),
}


def _lines(prepared: Prepared) -> list[Text]:
    body, found = prepared.body, prepared.changes
    marks = [("+", found.added), ("-", found.removed), ("~", found.changed)]
    files = [Text(f"  {mark} {name}", f"  {mark} {name}") for mark, names in marks for name in names]
    ways = [
        Text(f"  [{_WORD[i.way].zh}] {i.said.zh}", f"  [{_WORD[i.way].en}] {i.said.en}") for i in prepared.differences
    ]
    way = _WAYS[direction(prepared.differences, found)]
    command = sign_command(prepared.path, NAMESPACE)
    return [
        Text(
            f"策略清单第 {body['version']} 版待签：{prepared.path}，{body['issued_at']} 至 {body['valid_until']}",
            f"manifest {body['version']} waits: {prepared.path}, {body['issued_at']} to {body['valid_until']}",
        ),
        *_spoken(body),
        *files,
        *ways,
        Text(f"影响：{way.zh}", f"effect: {way.en}"),
        Text(f"须 {prepared.needed} 名根密钥持有人各自签名：", f"{prepared.needed} root key holders sign, each:"),
        Text("  zhongbao trust sign manifest --key FILE", "  zhongbao trust sign manifest --key FILE"),
        Text(f"  或 {command}", f"  or {command}"),
    ]


_WORD = {"tightens": Text("收紧", "tightens"), "loosens": Text("放宽", "loosens"), "unclear": Text("不明", "unclear")}


def _spoken(body: dict[str, Any]) -> list[Text]:
    spoken = body.get("amendments", {})
    words = []
    if spoken.get("carried"):
        words.append(
            Text(f"  沿用修订 {len(spoken['carried'])} 件", f"  carries on {len(spoken['carried'])} amendments")
        )
    if spoken.get("folded"):
        words.append(
            Text(
                f"  不再沿用修订 {len(spoken['folded'])} 件：核对策略文件已写入其内容",
                f"  drops {len(spoken['folded'])} amendments: make sure the policy files say what they said",
            )
        )
    return words
