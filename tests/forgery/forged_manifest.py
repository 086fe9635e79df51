"""Forgeries of the manifest: its bytes, its signatures, its time, its version."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from forged_policy import NOW, ROLLED_BACK, UNSIGNED, UNVERIFIED, lax, manifest, replaced
from forgery_cases import each, forged

from zhongbao_core.canonical import digest

if TYPE_CHECKING:
    from scenes import Scene


def spoiled(scene: Scene, change: Any) -> None:
    """The manifest's bytes changed."""
    path = scene.ws / "manifest.json"
    path.write_bytes(change(path.read_bytes()))


def one_signature_twice(scene: Scene) -> None:
    scene.root_signs(lax(scene), "manifest.sigs", "root-a")
    sigs = scene.ws / "manifest.sigs"
    for name in ("root-b", "root-c"):
        shutil.copy(sigs / "root-a.sig", sigs / f"{name}.sig")


def two_keys_of_one_person(scene: Scene) -> None:
    """Root key holder ``root-a`` also holds ``root-c`` and turns: one person, two keys, two good signatures."""
    root = json.loads(scene.trust.read_bytes())["root"]
    extra = {"id": "root-d", "person": "root-d", "line": scene.enemy.lines["root-a"]}
    keys = [{**key, "person": "root-a"} if key["id"] == "root-c" else key for key in root["keys"]]
    scene.trust_says(root={**root, "keys": [*keys, extra]})
    scene.root_signs(lax(scene), "manifest.sigs", "root-a", "root-c")


def seen_then_older(scene: Scene) -> None:
    """The door has seen version 2; the asker puts version 1, honestly signed, back."""
    old = (scene.ws / "manifest.json").read_bytes()
    scene.root_signs(manifest(scene, version=2), "manifest.sigs", "root-a", "root-b")
    assert scene.gate(permit=False) == (1, "FROZEN")
    (scene.ws / "manifest.json").write_bytes(old)
    scene.root_signs(old, "manifest.sigs", "root-a", "root-b")


def ledger_knows_newer(scene: Scene) -> None:
    """The door is new and remembers nothing, but the ledger has version 2."""
    from zhongbao_core.ledger.journal import Journal

    with Journal.open(scene.out / "ledger.db", writer="desk") as journal:
        body = {"version": 2, "digest": "sha256:" + "2" * 64, "root": 1}
        journal.append("manifest.adopted", "demo", body, at=NOW - timedelta(minutes=1))


def other_workspace(scene: Scene) -> None:
    """A manifest of another workspace of the same company, signed by the same root keys, that holds nothing."""
    data = json.loads(lax(scene))
    scene.root_signs(manifest(scene, **{**data, "workspace": "test-lab"}), "manifest.sigs", "root-a", "root-b")


def enemy_signs(scene: Scene) -> None:
    scene.root_signs(lax(scene), "manifest.sigs", "root-a", "root-b", "root-c", own=False)


def link_signatures(scene: Scene) -> None:
    """Signatures of the true manifest under a linked folder, beside a lax manifest."""
    lax(scene)
    (scene.ws / "manifest.sigs").rename(scene.out.parent / "elsewhere")
    (scene.ws / "manifest.sigs").symlink_to(scene.out.parent / "elsewhere")


MANIFEST = [
    forged("manifest that vouches for no freeze, old signatures kept", lax, UNSIGNED, permit=False),
    forged("manifest signed by the asker's own root keys", enemy_signs, UNSIGNED, permit=False),
    forged(
        "manifest signed by one root key holder",
        lambda s: s.root_signs(lax(s), "manifest.sigs", "root-a"),
        UNSIGNED,
        permit=False,
    ),
    forged("one signature copied under every key id", one_signature_twice, UNSIGNED, permit=False),
    forged("two keys of one person", two_keys_of_one_person, UNSIGNED, permit=False),
    forged(
        "approval signatures used as manifest signatures",
        lambda s: s.root_signs(lax(s), "manifest.sigs", "root-a", "root-b", purpose="approve"),
        UNSIGNED,
        permit=False,
    ),
    forged(
        "amendment signatures used as manifest signatures",
        lambda s: s.root_signs(lax(s), "manifest.sigs", "root-a", "root-b", purpose="amendment"),
        UNSIGNED,
        permit=False,
    ),
    forged(
        "signatures over a copy with a newline",
        lambda s: s.root_signs(lax(s) + b"\n", "manifest.sigs", "root-a", "root-b"),
        UNSIGNED,
        permit=False,
    ),
    forged("signatures of the true manifest beside another one", link_signatures, UNSIGNED, permit=False),
    forged("signatures removed", lambda s: shutil.rmtree(s.ws / "manifest.sigs"), UNSIGNED),
    forged("signature of 1 MiB", lambda s: (s.ws / "manifest.sigs/root-a.sig").write_bytes(b"x" * 2**20), UNSIGNED),
    forged("validity prolonged", lambda s: manifest(s, valid_until="2030-01-01T00:00:00Z"), UNSIGNED),
    forged("version raised", lambda s: manifest(s, version=99), UNSIGNED),
    forged("event struck out", lambda s: manifest(s, event=""), UNSIGNED, permit=False),
    forged("files struck out", lambda s: manifest(s, files={"a.yaml": digest(b"")}), UNSIGNED),
    forged("root version struck down", lambda s: manifest(s, root_version=9), UNSIGNED),
    forged("manifest after its end", lambda s: None, "MANIFEST_EXPIRED", at=NOW + timedelta(days=400)),
    forged("manifest before its issue", lambda s: None, "MANIFEST_NOT_YET", at=NOW - timedelta(days=10), permit=False),
    forged(
        "older manifest with good signatures, on a door that has seen the newer",
        seen_then_older,
        ROLLED_BACK,
        permit=False,
    ),
    forged(
        "older manifest below the lowest the trust file accepts", lambda s: s.trust_says(min_manifest=2), ROLLED_BACK
    ),
    forged("older manifest where the ledger has the newer", ledger_knows_newer, ROLLED_BACK, offline=False),
    forged("manifest of another workspace of the company", other_workspace, UNVERIFIED, permit=False),
    forged("manifest with a byte order mark", lambda s: spoiled(s, lambda d: b"\xef\xbb\xbf" + d), UNVERIFIED),
    forged("manifest with a newline at its end", lambda s: spoiled(s, lambda d: d + b"\n"), UNVERIFIED),
    forged("manifest in UTF-16", lambda s: spoiled(s, lambda d: d.decode().encode("utf-16")), UNVERIFIED),
    forged(
        "manifest with a member twice",
        lambda s: spoiled(s, lambda d: d.replace(b'"event":', b'"event":"","event":')),
        UNVERIFIED,
    ),
    forged(
        "manifest with NaN", lambda s: spoiled(s, lambda d: d.replace(b'"version":1', b'"version":NaN')), UNVERIFIED
    ),
    forged("manifest nested without end", lambda s: spoiled(s, lambda d: b'{"a":' * 50_000), UNVERIFIED),
    forged("manifest of 20 MiB", lambda s: spoiled(s, lambda d: d + b" " * 20 * 2**20), UNVERIFIED),
    forged(
        "manifest of a format to come",
        lambda s: spoiled(s, lambda d: d.replace(b"zhongbao-manifest/1", b"zhongbao-manifest/9")),
        UNVERIFIED,
    ),
    forged("manifest deleted", lambda s: (s.ws / "manifest.json").unlink(), UNSIGNED),
    forged("manifest a link out of the workspace", lambda s: replaced(s.ws / "manifest.json", "device"), UNVERIFIED),
    forged("manifest a folder", lambda s: replaced(s.ws / "manifest.json", "folder"), UNVERIFIED),
    forged(
        "whole workspace replaced by the asker's own",
        each(lambda s: shutil.rmtree(s.ws), lambda s: shutil.copytree(s.enemy.workspace, s.ws)),
        UNSIGNED,
        permit=False,
    ),
]
