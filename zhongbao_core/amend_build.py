"""Staging and signing amendments: the desk's side of ``zhongbao_core.amendments``.

An amendment waits as ``amendments/<nnnn>.next.json`` until enough persons have signed it, then takes its place in one
rename; doors do not see it before. ::

    data = build_amendment(manifest, kind="lift", phase="guard", ends=at, reason="...", at=at)
    path = stage_amendment(folder, data)
    state = sign_amendment(folder, manifest.root, armor)       # armor: SSHSIG over the staged file
    state.complete, state.persons, state.needed, state.number
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from zhongbao_core.amendments import FOLDER, MAX_BYTES, NAMESPACE, needed, parse_amendment, signed_by
from zhongbao_core.errors import InputError
from zhongbao_core.manifest_build import add_signature
from zhongbao_core.safefile import names_in, read_inside
from zhongbao_core.text import Text
from zhongbao_core.trustfile import RootKeys


class Staged(NamedTuple):
    """How far an amendment is: ``complete`` means it is in force now."""

    number: int
    kind: str
    persons: tuple[str, ...]
    needed: int
    complete: bool
    path: Path
    body: dict[str, Any]


def stage_amendment(folder: Path | str, data: bytes) -> Path:
    """Write ``data`` as the amendment that waits for signatures; the file to sign. Signatures of an earlier draft go.

    Raises InputError AMENDMENT_WAITING where another one waits already.
    """
    number = int(parse_amendment(data, "amendment")["number"])
    path = Path(folder) / FOLDER / f"{number:04d}.next.json"
    waiting = waiting_amendment(folder)
    if waiting is not None and waiting.read_bytes() != data:
        raise InputError(
            Text(f"{waiting} 尚在等待签名", f"{waiting} still waits for signatures"),
            Text("先完成签名，或删除它和它的 .sigs 目录", "finish signing it, or delete it and its .sigs folder"),
            reason_code="AMENDMENT_WAITING",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def waiting_amendment(folder: Path | str) -> Path | None:
    """The amendment that waits for signatures, if one does."""
    names = names_in(str(Path(folder) / FOLDER), limit=1000, reason="AMENDMENT_INVALID")
    found = [name for name in names if name.endswith(".next.json")]
    return Path(folder) / FOLDER / found[0] if found else None


def sign_amendment(folder: Path | str, root: RootKeys, armor: str | bytes) -> Staged:
    """Add one signature to the amendment that waits; with enough persons it takes its place and is in force.

    Raises InputError NOTHING_STAGED, SIGNER_UNKNOWN, or SignatureError.
    """
    path, data = _waiting(folder)
    add_signature(folder, f"{FOLDER}/{path.name[:4]}.next.sigs", root, data, armor, NAMESPACE)
    return settle(folder, root)


def settle(folder: Path | str, root: RootKeys) -> Staged:
    """Put the waiting amendment in force if enough persons have signed it; say how far it is either way."""
    state = staged(folder, root)
    return _put_in_place(state) if state.complete else state


def staged(folder: Path | str, root: RootKeys) -> Staged:
    """How far the waiting amendment is. Raises InputError NOTHING_STAGED where none waits."""
    path, data = _waiting(folder)
    body = parse_amendment(data, path.name)
    need = needed(body["kind"], root)
    persons = signed_by(str(folder), data, f"{FOLDER}/{path.name[:4]}.next.sigs", root).persons
    return Staged(body["number"], body["kind"], persons, need, len(persons) >= need, path, body)


def _put_in_place(state: Staged) -> Staged:
    """Signatures first, the document last: a door sees nothing or all of it."""
    folder, stem = state.path.parent, state.path.name[:4]
    target = folder / f"{stem}.sigs"
    target.mkdir(exist_ok=True)
    for signature in sorted((folder / f"{stem}.next.sigs").iterdir()):
        signature.replace(target / signature.name)
    (folder / f"{stem}.next.sigs").rmdir()
    return state._replace(path=state.path.replace(folder / f"{stem}.json"))


def _waiting(folder: Path | str) -> tuple[Path, bytes]:
    path = waiting_amendment(folder)
    if path is None:
        raise InputError(
            Text("没有等待签名的修订", "no amendment waits for signatures"),
            Text("先执行 freeze lift 或 freeze extend", "run freeze lift or freeze extend first"),
            reason_code="NOTHING_STAGED",
        )
    return path, read_inside(str(folder), f"{FOLDER}/{path.name}", limit=MAX_BYTES, reason="AMENDMENT_INVALID")
