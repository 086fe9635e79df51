"""``trust show`` and ``trust verify``: what this machine believes, and whether the workspace deserves it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click

from zhongbao_core.approval.keys import PublicKeyLine
from zhongbao_core.clikit import Settings, pass_settings
from zhongbao_core.clock import iso
from zhongbao_core.errors import TrustError
from zhongbao_core.manifest_build import policy_files
from zhongbao_core.text import Text, plain
from zhongbao_core.trust import Trust, VerifiedManifest, check_files, instant, load_trust, verify_manifest

AT = click.option("--at", "at_text", help="The instant to judge at (rehearsals only).")
FORMAT = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)


@click.command()
@AT
@FORMAT
@pass_settings
def show(settings: Settings, at_text: str | None, form: str) -> None:
    """Show the trust file, its root keys with fingerprints, and the manifest in force.

    Ends in 3 where the manifest cannot be believed; the trust file is shown all the same.
    """
    trust = load_trust(settings.trust, settings.workspace)
    at = instant(at_text, trust)
    try:
        manifest, error = verify_manifest(settings.workspace, trust, at), None
    except TrustError as caught:
        manifest, error = None, caught
    _put(settings, form, trust_report(trust, manifest, error, at))
    if error is not None:
        raise error


@click.command()
@AT
@FORMAT
@pass_settings
def verify(settings: Settings, at_text: str | None, form: str) -> None:
    """Verify manifest, amendments, the compiled policy and every policy file. Exit 0, or 3 with the reason."""
    from freeze.entry.open import compiled_bytes

    trust = load_trust(settings.trust, settings.workspace)
    at = instant(at_text, trust)
    manifest = verify_manifest(settings.workspace, trust, at)
    check_files(settings.workspace, manifest, policy_files(settings.workspace))
    compiled_bytes(str(settings.workspace), manifest)
    _put(settings, form, trust_report(trust, manifest, None, at))


def trust_report(
    trust: Trust, manifest: VerifiedManifest | None, error: TrustError | None, at: datetime
) -> dict[str, Any]:
    """The facts as JSON (``schema_version`` 1); text is made from the same."""
    root = manifest.root if manifest else trust.root
    return {
        "schema_version": 1,
        "reason_code": error.reason_code if error else "TRUSTED",
        "at": iso(at),
        "trust_file": str(trust.path),
        "workspace": trust.workspace,
        "rehearsal": trust.rehearsal,
        "min_manifest": trust.min_manifest,
        "root": {
            "version": root.version,
            "threshold": root.threshold,
            "tighten": root.tighten,
            "keys": [
                {"id": key.id, "person": key.person, "fingerprint": PublicKeyLine.parse(key.line).fingerprint}
                for key in root.keys
            ],
        },
        "ledger": {
            "origin": trust.ledger.origin,
            "keys": [
                {"id": key.id, "fingerprint": PublicKeyLine.parse(key.line).fingerprint} for key in trust.ledger.keys
            ],
        },
        "manifest": _manifest(manifest, at) if manifest else None,
    }


def _manifest(manifest: VerifiedManifest, at: datetime) -> dict[str, Any]:
    return {
        "version": manifest.version,
        "digest": manifest.digest,
        "issued_at": iso(manifest.issued_at),
        "valid_until": iso(manifest.valid_until),
        "seconds_left": int((manifest.valid_until - at).total_seconds()),
        "signers": list(manifest.signers),
        "files": len(manifest.files),
        "amendments": [
            {"number": item.number, "kind": item.kind, "signers": list(item.signers), "reason": item.body["reason"]}
            for item in manifest.amendments
        ],
    }


def _put(settings: Settings, form: str, report: dict[str, Any]) -> None:
    if form == "json":
        click.echo(json.dumps(report, ensure_ascii=False, sort_keys=True, indent=2))
        return
    for line in _lines(report):
        click.echo(plain(settings.say(line)))


def _lines(report: dict[str, Any]) -> Iterator[Text]:
    root = report["root"]
    if report["rehearsal"]:
        yield Text("【演练】", "[rehearsal]")
    yield Text(
        f"信任文件 {report['trust_file']}，工作区 {report['workspace']}",
        f"trust file {report['trust_file']}, workspace {report['workspace']}",
    )
    yield Text(
        f"根密钥第 {root['version']} 版：放宽须 {root['threshold']} 人，收紧须 {root['tighten']} 人",
        f"root {root['version']}: {root['threshold']} persons loosen, {root['tighten']} tighten",
    )
    for key in (*root["keys"], *report["ledger"]["keys"]):
        words = f"  {key['id']}  {key.get('person', report['ledger']['origin'])}  {key['fingerprint']}"
        yield Text(words, words)
    if report["manifest"]:
        yield from _manifest_lines(report["manifest"])


def _manifest_lines(found: dict[str, Any]) -> Iterator[Text]:
    hours = found["seconds_left"] / 3600
    yield Text(f"策略清单第 {found['version']} 版 {found['digest']}", f"manifest {found['version']} {found['digest']}")
    yield Text(
        f"  {found['issued_at']} 至 {found['valid_until']}（剩 {hours:.1f} 小时），签名人：{'、'.join(found['signers'])}",
        f"  {found['issued_at']} to {found['valid_until']} ({hours:.1f} h left), signed by {', '.join(found['signers'])}",
    )
    for item in found["amendments"]:
        kind = Text("延长封网", "extend") if item["kind"] == "extend" else Text("解封", "lift")
        yield Text(
            f"  修订 {item['number']} {kind.zh}（{'、'.join(item['signers'])}）：{item['reason']}",
            f"  amendment {item['number']} {kind.en} ({', '.join(item['signers'])}): {item['reason']}",
        )
