"""What waits for signatures of the root quorum in a workspace, and how it takes effect.

A document waits under a name doors do not read (``manifest.next.json``, ``root/<n>.next.json``,
``amendments/<nnnn>.next.json``). With enough persons it takes its place by a rename, its signatures first, so a door
sees the old state, refuses for a moment, or sees the new one. What a new manifest replaces is kept in
``manifests/<version>/`` with its signatures and amendments: the policy in force at each past decision stays provable.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, NamedTuple

from zhongbao_core import amend_build
from zhongbao_core.amendments import FOLDER as AMENDMENT_FOLDER
from zhongbao_core.amendments import NAMESPACE as AMENDMENT_NAMESPACE
from zhongbao_core.canonical import digest
from zhongbao_core.errors import InputError, TrustError
from zhongbao_core.manifest import FILE, SIGNATURES, answered, carried, parse_manifest
from zhongbao_core.manifest import NAMESPACE as MANIFEST_NAMESPACE
from zhongbao_core.manifest_build import add_signature
from zhongbao_core.quorum import signers
from zhongbao_core.rootchain import FOLDER as ROOT_FOLDER
from zhongbao_core.rootchain import NAMESPACE as ROOT_NAMESPACE
from zhongbao_core.rootchain import check_rotation, current_root, parse_root
from zhongbao_core.safefile import names_in, read_inside
from zhongbao_core.text import Text
from zhongbao_core.trustfile import RootKeys, Trust

What = Literal["manifest", "root", "amendment"]
NEXT = "manifest.next.json"
NEXT_SIGNATURES = "manifest.next.sigs"
ARCHIVE = "manifests"
_LIMIT = 4 * 1024 * 1024


class Waiting(NamedTuple):
    """A document that waits for signatures."""

    what: What
    path: Path
    namespace: str
    data: bytes


class Progress(NamedTuple):
    """How far a document is. ``complete``: it is in force now."""

    what: What
    signer: str
    """Person whose signature was just added."""
    persons: tuple[str, ...]
    needed: Text
    complete: bool
    path: Path


def stage(folder: Path, name: str, data: bytes) -> Path:
    """Write ``data`` as the document ``name`` that waits; signatures of an earlier draft are removed."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    sigs = path.with_suffix(".sigs")
    for old in sorted(sigs.glob("*.sig")) if sigs.is_dir() else ():
        old.unlink()
    path.write_bytes(data)
    return path


def waiting(folder: Path) -> list[Waiting]:
    """Everything that waits for signatures: a root first, then a manifest, then an amendment."""
    found: list[Waiting] = []
    for name in names_in(str(folder / ROOT_FOLDER), limit=500, reason="ROOT_INVALID"):
        if name.endswith(".next.json"):
            found.append(_waiting(folder, "root", f"{ROOT_FOLDER}/{name}", ROOT_NAMESPACE))
    if (folder / NEXT).exists():
        found.append(_waiting(folder, "manifest", NEXT, MANIFEST_NAMESPACE))
    path = amend_build.waiting_amendment(folder)
    if path is not None:
        found.append(_waiting(folder, "amendment", f"{path.parent.name}/{path.name}", AMENDMENT_NAMESPACE))
    return found


def choose(folder: Path, what: str | None) -> Waiting:
    """The document ``what`` names, or the only one that waits. Raises InputError NOTHING_STAGED or WHICH_ONE."""
    found = [item for item in waiting(folder) if what in (None, item.what)]
    if not found:
        raise InputError(
            Text("没有等待签名的文件", "nothing waits for signatures"),
            Text(
                "先执行 trust prepare、trust rotate 或 freeze lift",
                "run trust prepare, trust rotate or freeze lift first",
            ),
            reason_code="NOTHING_STAGED",
        )
    if len(found) > 1:
        names = " | ".join(item.what for item in found)
        raise InputError(
            Text(f"有多个文件等待签名：{names}", f"several documents wait for signatures: {names}"),
            Text("写明签哪一个，例如 trust sign manifest", "name one, for example: trust sign manifest"),
            reason_code="WHICH_ONE",
        )
    return found[0]


def add(folder: Path, trust: Trust, item: Waiting, armor: str | bytes) -> Progress:
    """Add one signature to ``item``; with enough persons it takes its place. Raises SignatureError or InputError."""
    root = current_root(str(folder), trust.root, trust.workspace)
    if item.what == "manifest":
        return _add_manifest(folder, root, item, armor)
    if item.what == "root":
        return _add_root(folder, root, item, armor, trust.workspace)
    key = add_signature(folder, _sigs(folder, item), root, item.data, armor, item.namespace)
    state = amend_build.settle(folder, root)
    return Progress("amendment", key.person, state.persons, _words(state.needed), state.complete, state.path)


def promote_manifest(folder: Path) -> Path:
    """Put the waiting manifest in force, keeping what it replaces under ``manifests/<version>/``.

    Raises InputError PREPARE_AGAIN where an amendment came after it was prepared: it would be lost.
    """
    current, body = folder / FILE, parse_manifest((folder / NEXT).read_bytes())
    if current.exists():
        _all_answered(folder, body)
        _archive(folder, current, len(carried(body)))
    _move(folder / NEXT_SIGNATURES, folder / SIGNATURES)
    return (folder / NEXT).replace(current)


def _add_manifest(folder: Path, root: RootKeys, item: Waiting, armor: str | bytes) -> Progress:
    parse_manifest(item.data)
    key = add_signature(folder, NEXT_SIGNATURES, root, item.data, armor, item.namespace)
    persons = signers(item.data, str(folder), NEXT_SIGNATURES, root, item.namespace).persons
    complete = len(persons) >= root.threshold
    path = promote_manifest(folder) if complete else item.path
    return Progress("manifest", key.person, persons, _words(root.threshold), complete, path)


def _add_root(folder: Path, before: RootKeys, item: Waiting, armor: str | bytes, workspace_id: str) -> Progress:
    new = parse_root(item.data, before, workspace_id)
    both = new._replace(keys=(*before.keys, *(key for key in new.keys if before.key(key.id) is None)))
    sigs = _sigs(folder, item)
    key = add_signature(folder, sigs, both, item.data, armor, item.namespace)
    persons = signers(item.data, str(folder), sigs, both, item.namespace).persons
    needed = Text(
        f"旧根 {before.threshold} 人、新根 {new.threshold} 人",
        f"{before.threshold} of the old and {new.threshold} of the new root",
    )
    try:
        check_rotation(str(folder), item.data, sigs, before, workspace_id)
    except TrustError:
        return Progress("root", key.person, persons, needed, False, item.path)
    _move(folder / sigs, folder / ROOT_FOLDER / f"{new.version}.sigs")
    path = item.path.replace(folder / ROOT_FOLDER / f"{new.version}.json")
    return Progress("root", key.person, persons, needed, True, path)


def _all_answered(folder: Path, body: dict[str, Any]) -> None:
    stamps = tuple(digest(path.read_bytes()) for path in in_force(folder))
    if stamps != answered(body):
        raise InputError(
            Text("策略清单准备之后修订有变化", "the amendments changed after this manifest was prepared"),
            Text("重新执行 trust prepare 并签名", "run trust prepare again and sign that"),
            reason_code="PREPARE_AGAIN",
        )


def in_force(folder: Path) -> list[Path]:
    """The amendment files that doors read, in order."""
    return sorted((folder / AMENDMENT_FOLDER).glob("[0-9][0-9][0-9][0-9].json"))


def _archive(folder: Path, current: Path, keep: int) -> None:
    """Copy what goes out of force to its place, then drop the amendments that are not carried on."""
    from shutil import copytree

    place = folder / ARCHIVE / str(int(json.loads(current.read_bytes())["version"]))
    _clear(place)
    place.mkdir(parents=True)
    (place / FILE).write_bytes(current.read_bytes())
    for name in (SIGNATURES, AMENDMENT_FOLDER):
        if (folder / name).is_dir():
            copytree(folder / name, place / name)
    for path in (*in_force(folder)[keep:], *(folder / AMENDMENT_FOLDER).glob("*.next.json")):
        _clear(path.with_suffix(".sigs"))
        path.unlink()


def _move(source: Path, target: Path) -> None:
    """Move the files of ``source`` into ``target``, which loses what it held."""
    if not source.is_dir():
        return
    _clear(target)
    source.replace(target)


def _clear(folder: Path) -> None:
    from shutil import rmtree

    if folder.is_dir() and not folder.is_symlink():
        rmtree(folder)


def _sigs(folder: Path, item: Waiting) -> str:
    return item.path.with_suffix(".sigs").relative_to(folder).as_posix()


def _waiting(folder: Path, what: What, name: str, namespace: str) -> Waiting:
    return Waiting(
        what, folder / name, namespace, read_inside(str(folder), name, limit=_LIMIT, reason="POLICY_UNVERIFIED")
    )


def _words(needed: int) -> Text:
    return Text(f"{needed} 人", f"{needed} persons")
