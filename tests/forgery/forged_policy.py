"""Forgeries of what is policy: compiled file, YAML, manifest, its signatures."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fakes import FakePolicy
from forgery_cases import each, forged
from permits import FULL
from world import compiled_bytes

from zhongbao_core.canonical import canonical, digest

if TYPE_CHECKING:
    from scenes import Scene

NOW = FULL + timedelta(hours=2, minutes=5)
FREE = compiled_bytes(replace(FakePolicy(), event=None))
"""A policy that holds nothing at all: what every asker would like to be in force."""
UNSIGNED, UNVERIFIED, ROLLED_BACK, BROKEN = (
    "MANIFEST_UNSIGNED",
    "POLICY_UNVERIFIED",
    "MANIFEST_ROLLED_BACK",
    "POLICY_BROKEN",
)


def compiled_file(scene: Scene) -> Path:
    """The compiled policy that the door reads."""
    (found,) = (scene.ws / "compiled").iterdir()
    return found


def replaced(path: Path, how: str, data: bytes = FREE) -> None:
    """Put something else in the place of ``path``."""
    path.unlink()
    if how == "folder":
        path.mkdir()
    elif how == "pipe":
        os.mkfifo(path)
    elif how == "device":
        path.symlink_to("/dev/zero")
    elif how == "huge":
        with path.open("wb") as file:
            file.truncate(300 * 1024 * 1024)
    elif how == "link":
        hidden = path.parents[2] / "asker.bin"
        hidden.write_bytes(data)
        path.symlink_to(hidden)
    else:
        path.write_bytes(data)


def manifest(scene: Scene, *, at: Any = None, **changed: Any) -> bytes:
    """A manifest like the company's with some fields changed, put in place unsigned."""
    body = json.loads((scene.ws / "manifest.json").read_bytes())
    data = canonical({**body, **changed})
    (scene.ws / "manifest.json").write_bytes(data)
    return data


def lax(scene: Scene) -> bytes:
    """A manifest that vouches for the policy that holds nothing, with that policy beside it."""
    compiled_file(scene).unlink()
    (scene.ws / "compiled" / f"policy-{digest(FREE)[7:23]}.jsonl").write_bytes(FREE)
    return manifest(scene, compiled={"format": "zhongbao-policy/1", "engine": 1, "digest": digest(FREE)}, event="")


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


def cache(scene: Scene, name: str) -> None:
    """The free policy in the door's cache folder, under the name the door will look for."""
    folder = Path(os.environ["XDG_CACHE_HOME"]) / "zhongbao"
    folder.mkdir(parents=True)
    (folder / name).write_bytes(FREE)
    compiled_file(scene).unlink()


COMPILED = [
    forged(
        "compiled file replaced by a policy without freezes",
        lambda s: replaced(compiled_file(s), "file"),
        UNVERIFIED,
        "FROZEN",
        BROKEN,
        permit=False,
    ),
    forged(
        "compiled file with its windows edited to weaker",
        lambda s: compiled_file(s).write_bytes(compiled_file(s).read_bytes().replace(b'"full"', b'"none"')),
        UNVERIFIED,
        "FROZEN",
        BROKEN,
        permit=False,
    ),
    forged(
        "compiled file cut short",
        lambda s: compiled_file(s).write_bytes(compiled_file(s).read_bytes()[:500]),
        UNVERIFIED,
        "FROZEN",
        BROKEN,
        permit=False,
    ),
    forged(
        "compiled file with one line added",
        lambda s: compiled_file(s).write_bytes(compiled_file(s).read_bytes() + b'["event",null]\n'),
        UNVERIFIED,
        "FROZEN",
        BROKEN,
        permit=False,
    ),
    forged(
        "compiled file of the asker's own world",
        lambda s: replaced(compiled_file(s), "file", s.enemy.compiled),
        UNVERIFIED,
        "PERMIT_FORGED",
        BROKEN,
        permit=True,
    ),
    forged("compiled file deleted", lambda s: compiled_file(s).unlink(), UNVERIFIED, "FROZEN", BROKEN, permit=False),
    forged(
        "compiled file a link out of the workspace",
        lambda s: replaced(compiled_file(s), "link"),
        UNVERIFIED,
        "FROZEN",
        BROKEN,
        permit=False,
    ),
    forged(
        "compiled file a folder",
        lambda s: replaced(compiled_file(s), "folder"),
        UNVERIFIED,
        "FROZEN",
        BROKEN,
        permit=False,
    ),
    forged(
        "compiled file a pipe that never ends",
        lambda s: replaced(compiled_file(s), "pipe"),
        UNVERIFIED,
        "FROZEN",
        BROKEN,
        permit=False,
    ),
    forged(
        "compiled file a device",
        lambda s: replaced(compiled_file(s), "device"),
        UNVERIFIED,
        "FROZEN",
        BROKEN,
        permit=False,
    ),
    forged(
        "compiled file of 300 MiB",
        lambda s: replaced(compiled_file(s), "huge"),
        UNVERIFIED,
        "FROZEN",
        BROKEN,
        permit=False,
    ),
    forged(
        "cache poisoned under the right name",
        lambda s: cache(s, compiled_file(s).name),
        UNVERIFIED,
        "FROZEN",
        BROKEN,
        permit=False,
    ),
    forged(
        "policy YAML edited",
        lambda s: (s.ws / "zhongbao.yaml").write_text("format: zhongbao-workspace/1\nevent: null\n"),
        "FROZEN",
        BROKEN,
        permit=False,
    ),
    forged(
        "policy YAML edited and the compiled file removed",
        each(lambda s: (s.ws / "zhongbao.yaml").write_text("id: x\n"), lambda s: compiled_file(s).unlink()),
        UNVERIFIED,
        permit=False,
    ),
    forged(
        "more YAML laid beside it",
        lambda s: (s.ws / "people.yaml").write_text("persons: []\n"),
        "FROZEN",
        BROKEN,
        permit=False,
    ),
]
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
