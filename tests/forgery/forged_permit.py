"""Forgeries of a permit: each field of its text, what it carries, its approvals and its proofs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forgery_cases import each, forged
from forging import consistent, flip, inner, outer, reprove, within
from permits import FULL

from zhongbao_core.approval.sshsig import sign
from zhongbao_core.canonical import canonical

if TYPE_CHECKING:
    from scenes import Scene

START = FULL + timedelta(hours=2)
FORGED, MALFORMED, MISMATCH = "PERMIT_FORGED", "PERMIT_MALFORMED", "PERMIT_MISMATCH"
LATER = "2026-11-19T00:00:00Z"

FIELDS: dict[str, Any] = {
    "id": "CR-games-0009-P1",
    "kind": "breakglass",
    "level": "watch",
    "rung": "watch-one",
    "issued_at": "2026-11-16T01:37:00Z",
    "not_before": "2026-11-15T00:00:00Z",
    "expires_at": LATER,
    "uses": 1000,
    "manifest": "1:sha256:" + "0" * 64,
    "rehearsal": False,
    "format": "zhongbao-permit/2",
    "approvals": [],
}
REQUEST: dict[str, Any] = {
    "title": "例行巡检",
    "kind": "config",
    "change_class": "standard",
    "targets": [{"environment": "prod", "system": "core-db"}],
    "binds": [["artifact:app", "sha256:" + "b" * 64]],
    "applicant": "nobody",
    "executor": "zhang-wei",
    "start": "2026-11-18T02:00:00Z",
    "duration": 86400,
    "steps": ["rm -rf /"],
    "revision": 2,
    "nonce": "x" * 26,
}
STATEMENT: dict[str, Any] = {
    "title": "例行巡检",
    "level": "watch",
    "label": "三级保障",
    "lines": {"kind": "config"},
    "manifest": "1:sha256:" + "0" * 64,
    "purpose": "confirm",
}
APPROVAL: dict[str, Any] = {
    "person": "liu-yang",
    "voice": "zhao-min",
    "rank": "vice-president",
    "assurance": "attested",
    "key_id": "liu-yang-1",
    "received_at": "2026-11-16T00:13:00Z",
    "entry": 2,
}


def put(name: str, value: Any) -> Callable[[dict[str, Any]], object]:
    """Set one member."""
    return lambda body: body.update({name: value})


def text(name: str, value: Any) -> Callable[[Scene], object]:
    """Set one member of the permit's text."""
    return lambda scene: inner(scene.permit, put(name, value))


def layer(which: str, name: str, value: Any) -> Callable[[Scene], object]:
    """Set one member of the statement or the request."""
    return lambda scene: within(scene.permit, which, put(name, value))


def carried(name: str, value: Any) -> Callable[[Scene], object]:
    """Set one member of the request and carry its digest through."""
    return lambda scene: consistent(scene.permit, put(name, value))


def approvals(change: Callable[[list[dict[str, Any]]], object]) -> Callable[[Scene], object]:
    """Change the list of approvals in the permit's text."""
    return lambda scene: inner(scene.permit, lambda body: change(body["approvals"]))


def first(**fields: Any) -> Callable[[Scene], object]:
    """Change the first approval."""
    return approvals(lambda items: items[0].update(fields))


def proofs(change: Callable[[list[dict[str, Any]]], object]) -> Callable[[Scene], object]:
    """Change the list of proofs."""
    return lambda scene: outer(scene.permit, lambda value: change(value["proofs"]))


def note(change: Callable[[str], str]) -> Callable[[Scene], object]:
    """Change the signed checkpoint."""
    return lambda scene: outer(scene.permit, lambda value: value.update(checkpoint=change(value["checkpoint"])))


def signature_of(line: str) -> str:
    """The base64 at the end of a checkpoint's last line."""
    return line.rstrip("\n").rsplit(" ", 1)[1]


def from_other(scene: Scene) -> None:
    """Three good approvals of another request of the company, moved into this permit with their proofs."""
    other = json.loads(scene.other.read_bytes())

    def move(value: dict[str, Any]) -> None:
        body = json.loads(value["permit"])
        body["approvals"] = json.loads(other["permit"])["approvals"]
        value["permit"] = canonical(body).decode("utf-8")
        value["proofs"], value["checkpoint"] = other["proofs"], other["checkpoint"]

    outer(scene.permit, move)


def signed_by_asker(scene: Scene) -> None:
    """The first approval signed again, by the asker's key, over the very statement."""

    def again(body: dict[str, Any]) -> None:
        key = scene.enemy.outside / "keys" / body["approvals"][0]["person"]
        armor = sign(key, body["statement"].encode("utf-8"), "approve@zhongbao")
        body["approvals"][0]["signature"] = armor

    inner(scene.permit, again)


def enemy_ledger(scene: Scene) -> None:
    """The honest permit's text under proofs and checkpoint of the asker's own ledger."""
    theirs = json.loads(enemy_permit(scene).read_bytes())
    outer(scene.permit, lambda value: value.update(proofs=theirs["proofs"], checkpoint=theirs["checkpoint"]))


def enemy_permit(scene: Scene) -> Path:
    """The permit that the asker issued to himself: everything in it is consistent, and nothing of it is the company's."""
    return scene.enemy.base / scene.permit.name


def with_enemy_people(scene: Scene) -> None:
    """The asker's permit, and his approvers' keys written into every file he can reach."""
    shutil.copy(enemy_permit(scene), scene.permit)
    (scene.ws / "people.yaml").write_text("persons: []\n")
    for path in (scene.ws / "compiled").iterdir():
        path.write_bytes(scene.enemy.compiled)


def over_another_purpose(scene: Scene) -> None:
    """The approver's true signature over the same statement, made for a confirmation, put in as an approval."""

    def again(body: dict[str, Any]) -> None:
        key = scene.out / "keys" / body["approvals"][0]["person"]
        body["approvals"][0]["signature"] = sign(key, body["statement"].encode("utf-8"), "confirm@zhongbao")

    inner(scene.permit, again)


TEXT = [forged(f"permit text: {name} changed", text(name, value), FORGED, MALFORMED) for name, value in FIELDS.items()]
TEXT += [
    forged(
        f"permit text: {name} changed, and the ledger entry in the file with it",
        each(text(name, value), lambda s: reprove(s.permit)),
        FORGED,
        MALFORMED,
    )
    for name, value in FIELDS.items()
    if name in ("expires_at", "manifest", "not_before", "approvals", "kind")
]
ASKED = [
    forged(f"request: {name} changed", layer("request", name, value), FORGED, MALFORMED)
    for name, value in REQUEST.items()
]
ASKED += [
    forged(
        f"request: {name} changed, digests carried through",
        carried(name, value),
        FORGED,
        MALFORMED,
    )
    for name, value in REQUEST.items()
    if name in ("binds", "targets", "start", "duration", "executor")
]
SAID = [
    forged(
        f"statement: {name} changed",
        layer("statement", name, value),
        FORGED,
        MALFORMED,
    )
    for name, value in STATEMENT.items()
]
APPROVALS = [
    forged(f"approval: {name} changed", first(**{name: value}), FORGED, MALFORMED) for name, value in APPROVAL.items()
]
APPROVALS += [
    forged("approval removed", approvals(lambda items: items.pop()), FORGED),
    forged("approval doubled", approvals(lambda items: items.append(items[0])), FORGED, MALFORMED),
    forged("approvals of another request moved in", from_other, FORGED),
    forged(
        "signature of one approver under another's name",
        approvals(lambda items: items[0].update(signature=items[1]["signature"])),
        FORGED,
    ),
    forged("signature by the asker's key", signed_by_asker, FORGED),
    forged("signature made for a confirmation", over_another_purpose, FORGED),
    forged("signature left out", approvals(lambda items: items[0].pop("signature")), FORGED, MALFORMED),
    forged("permit rebuilt whole in the asker's own world", lambda s: shutil.copy(enemy_permit(s), s.permit), FORGED),
    forged(
        "permit rebuilt whole, and the asker's keys in the company's files",
        with_enemy_people,
        FORGED,
        "POLICY_UNVERIFIED",
        "POLICY_BROKEN",
    ),
]
PROOFS = [
    forged("proofs and checkpoint of another ledger", enemy_ledger, FORGED),
    forged("proof left out", proofs(lambda items: items.pop()), FORGED),
    forged("all proofs left out", proofs(lambda items: items.clear()), FORGED, MALFORMED),
    forged("proof path cut short", proofs(lambda items: items[0]["path"].pop()), FORGED),
    forged("proof path with a step more", proofs(lambda items: items[0]["path"].append("0" * 64)), FORGED),
    forged("proof index moved", proofs(lambda items: items[0].update(index=items[0]["index"] + 1)), FORGED, MALFORMED),
    forged(
        "proven entry edited",
        proofs(lambda items: items[0].update(entry=items[0]["entry"].replace("chen-jun", "zhao-min"))),
        FORGED,
    ),
    forged("proof of one entry for another", proofs(lambda items: items[0].update(path=items[1]["path"])), FORGED),
    forged(
        "checkpoint of another origin",
        note(lambda text: text.replace("zhongbao.example/games", "evil.example/games")),
        FORGED,
        MALFORMED,
    ),
    forged("checkpoint of another size", note(lambda text: text.replace("\n9\n", "\n10\n")), FORGED),
    forged(
        "checkpoint with another time", note(lambda text: text.replace("time 2026-11-16", "time 2026-11-15")), FORGED
    ),
    forged(
        "checkpoint signature with a bit turned",
        note(lambda text: text.replace(signature_of(text), flip(signature_of(text)))),
        FORGED,
        MALFORMED,
    ),
    forged("checkpoint without signature", note(lambda text: text.split("\n\n")[0] + "\n\n"), FORGED, MALFORMED),
]

PERMIT = [*TEXT, *ASKED, *SAID, *APPROVALS, *PROOFS]
