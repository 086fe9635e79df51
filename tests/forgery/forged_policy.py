"""Forgeries of what is policy: compiled file, YAML, manifest, its signatures."""

from __future__ import annotations

import json
import os
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
