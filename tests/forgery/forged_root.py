"""Forgeries of who may say what is policy, and of what was said since: roots, trust file, amendments."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forged_policy import NOW, UNSIGNED, lax
from forgery_cases import each, forged
from permits import FULL

from zhongbao_core.amendments import FORMAT as AMENDMENT
from zhongbao_core.approval.sshsig import sign
from zhongbao_core.canonical import canonical, digest
from zhongbao_core.clock import iso
from zhongbao_core.rootchain import root_document
from zhongbao_core.trustfile import RootKey, RootKeys, read_trust

if TYPE_CHECKING:
    from scenes import Scene


def rotation(
    scene: Scene, *by: str, number: int = 2, own: bool = True, workspace: str = "demo", enemy_by: tuple[str, ...] = ()
) -> None:
    """A root document that hands the quorum to the asker's keys, signed as told, with a lax manifest under it."""
    old = read_trust(scene.trust).root
    keys = tuple(RootKey(f"new-{name}", name, scene.enemy.lines[name]) for name in ("root-a", "root-b"))
    new = RootKeys(2, 2, 1, keys)
    data = root_document(new, old, workspace=workspace, at=NOW)
    (scene.ws / "root").mkdir()
    (scene.ws / "root" / f"{number}.json").write_bytes(data)
    scene.root_signs(data, f"root/{number}.sigs", *by, purpose="root", own=own)
    for name in enemy_by:
        _enemy_root(scene, f"root/{number}.sigs", name, data, "root@zhongbao")
    lax_data = lax(scene)
    shutil.rmtree(scene.ws / "manifest.sigs")
    for name in ("root-a", "root-b"):
        _enemy_root(scene, "manifest.sigs", name, lax_data, "manifest@zhongbao")


def _enemy_root(scene: Scene, sigs: str, name: str, data: bytes, namespace: str) -> None:
    folder = scene.ws / sigs
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"new-{name}.sig").write_text(sign(scene.enemy.outside / "keys" / name, data, namespace), "ascii")


def trust_in_workspace(scene: Scene) -> None:
    """The asker's trust file under every name he can think of, and the asker's workspace to go with it."""
    shutil.rmtree(scene.ws)
    shutil.copytree(scene.enemy.workspace, scene.ws)
    for name in ("trust.json", "zhongbao-trust.json", ".zhongbao/trust.json"):
        (scene.ws / name).parent.mkdir(exist_ok=True)
        shutil.copy(scene.enemy.trust_path, scene.ws / name)
    (scene.ws / ".env").write_text("ZHONGBAO_TRUST=trust.json\n")
    (scene.ws / "zhongbao.yaml").write_text("format: zhongbao-workspace/1\ntrust: trust.json\n")


BOTH = ("root-a", "root-b")
ROOTS = [
    forged("root rotated by the new keys alone", lambda s: rotation(s, enemy_by=BOTH), "ROOT_INVALID", permit=False),
    forged(
        "root rotated with one old key holder",
        lambda s: rotation(s, "root-a", enemy_by=BOTH),
        "ROOT_INVALID",
        permit=False,
    ),
    forged(
        "root rotated without the new keys' word",
        lambda s: rotation(s, "root-a", "root-b"),
        "ROOT_INVALID",
        permit=False,
    ),
    forged(
        "root rotation that skips a number",
        lambda s: rotation(s, "root-a", "root-b", number=3, enemy_by=BOTH),
        "ROOT_INVALID",
        permit=False,
    ),
    forged(
        "root rotation of another workspace",
        lambda s: rotation(s, "root-a", "root-b", workspace="test-lab", enemy_by=BOTH),
        "ROOT_INVALID",
        permit=False,
    ),
    forged(
        "root rotation of garbage",
        each(lambda s: (s.ws / "root").mkdir(), lambda s: (s.ws / "root/2.json").write_bytes(b"{}")),
        "ROOT_INVALID",
    ),
    forged("root folder a file", lambda s: (s.ws / "root").write_bytes(b""), "ROOT_INVALID"),
    forged("trust file of the asker inside the workspace, nobody names it", trust_in_workspace, UNSIGNED, permit=False),
]


def lift(scene: Scene, *, by: tuple[str, ...] = (), enemy: bool = False, **changed: Any) -> None:
    """An amendment that ends the freeze yesterday, written by the asker, signed as told."""
    base = digest((scene.ws / "manifest.json").read_bytes())
    body = {
        "format": AMENDMENT,
        "number": 1,
        "base": base,
        "previous": "",
        "kind": "lift",
        "reason": "r",
        "issued_at": iso(NOW - timedelta(hours=1)),
        "event": "games",
        "phase": "full",
        "ends": iso(NOW - timedelta(hours=1)),
        **changed,
    }
    data = canonical({name: value for name, value in body.items() if value != "-"})
    (scene.ws / "amendments").mkdir(exist_ok=True)
    (scene.ws / "amendments" / "0001.json").write_bytes(data)
    scene.root_signs(data, "amendments/0001.sigs", *(by or BOTH), purpose="amendment", own=not enemy)


def lawful_then(harm: Any) -> Any:
    """Two lawful extends that the door has seen, then ``harm``."""

    def both(scene: Scene) -> None:
        for hours in (30, 60):
            scene.amend("extend", "root-a", at=NOW, phase="silent", ends=FULL + timedelta(days=6, hours=hours))
        assert scene.gate(permit=False) == (1, "FROZEN")
        harm(scene.ws / "amendments")

    return both


def swap(folder: Path) -> None:
    for name in ("{}.json", "{}.sigs"):
        (folder / name.format("0001")).rename(folder / "x")
        (folder / name.format("0002")).rename(folder / name.format("0001"))
        (folder / "x").rename(folder / name.format("0002"))


INVALID = "AMENDMENT_INVALID"
ALLOW = {"id": "X", "effect": "allow"}
AMENDMENTS = [
    forged("lift signed by the asker's keys", lambda s: lift(s, enemy=True), INVALID, permit=False),
    forged("lift signed by as many as may only tighten", lambda s: lift(s, by=("root-a",)), INVALID, permit=False),
    forged(
        "lift called an extend, signed by as many as may tighten",
        lambda s: lift(s, by=("root-a",), kind="extend"),
        INVALID,
        permit=False,
    ),
    forged(
        "extend that brings an allow window",
        lambda s: lift(s, by=("root-a",), kind="extend", deny=ALLOW, phase="-", ends="-"),
        INVALID,
        permit=False,
    ),
    forged("lift of another manifest", lambda s: lift(s, base="sha256:" + "0" * 64), INVALID, permit=False),
    forged("lift of another event", lambda s: lift(s, event="spring"), INVALID, permit=False),
    forged("lift numbered from 2", lambda s: lift(s, number=2), INVALID, permit=False),
    forged(
        "lift with manifest signatures",
        each(lift, lambda s: s.root_signs((s.ws / "amendments/0001.json").read_bytes(), "amendments/0001.sigs", *BOTH)),
        INVALID,
        permit=False,
    ),
    forged(
        "lift edited after it was signed",
        each(lift, lambda s: s.edit("amendments/0001.json", lambda b: b.update(phase="silent"))),
        INVALID,
        permit=False,
    ),
    forged("lift from the future", lambda s: lift(s, issued_at=iso(NOW + timedelta(hours=1))), INVALID, permit=False),
    forged("the last extend deleted", lawful_then(lambda f: (f / "0002.json").unlink()), INVALID, permit=False),
    forged("the first extend deleted", lawful_then(lambda f: (f / "0001.json").unlink()), INVALID, permit=False),
    forged("all amendments deleted", lawful_then(shutil.rmtree), INVALID, permit=False),
    forged("amendments reordered", lawful_then(swap), INVALID, permit=False),
    forged(
        "an amendment of garbage",
        each(lambda s: (s.ws / "amendments").mkdir(), lambda s: (s.ws / "amendments/0001.json").write_bytes(b"\xff")),
        INVALID,
    ),
]
