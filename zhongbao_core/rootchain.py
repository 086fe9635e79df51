"""Root rotation: ``root/<n>.json`` is the next root quorum, signed by the quorum of n-1 and by its own.

A door walks from the root it has pinned to the newest, one number at a time; a gap, a missing quorum on either side,
or a key id that comes to mean another key is refused.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from zhongbao_core.canonical import canonical, digest, strict_json
from zhongbao_core.clock import iso
from zhongbao_core.errors import InputError, TrustError
from zhongbao_core.quorum import signers
from zhongbao_core.safefile import names_in, read_inside, refuse
from zhongbao_core.text import NOTHING, Text
from zhongbao_core.trustfile import RootKeys, exactly, root_from_json, root_to_json

FORMAT = "zhongbao-root/1"
NAMESPACE = "root@zhongbao"
FOLDER = "root"
MAX_BYTES = 256 * 1024
MAX_NAMES = 500
_MEMBERS = frozenset({"format", "workspace", "previous", "issued_at", "version", "threshold", "tighten", "keys"})


def root_document(root: RootKeys, previous: RootKeys, *, workspace: str, at: datetime) -> bytes:
    """The bytes of ``root/<n>.json`` that make ``root`` follow ``previous``. Raises ValueError where it cannot."""
    if root.version != previous.version + 1:
        raise ValueError(f"version {root.version} does not follow {previous.version}")
    _keep_ids(root, previous)
    body: dict[str, Any] = {"format": FORMAT, "workspace": workspace, "issued_at": iso(at), **root_to_json(root)}
    return canonical({**body, "previous": root_digest(previous)})


def root_digest(root: RootKeys) -> str:
    """Digest of a root quorum's content: what the next one names as its ``previous``."""
    return digest(canonical(root_to_json(root)))


def current_root(workspace: str, pinned: RootKeys, workspace_id: str) -> RootKeys:
    """The newest root quorum reachable from ``pinned`` through the rotations in ``workspace``.

    Raises TrustError ROOT_INVALID naming the file that breaks the chain.
    """
    found = _numbers(workspace)
    root = pinned
    for number in range(pinned.version + 1, max(found, default=0) + 1):
        if number not in found:
            raise _bad(number, Text("缺少这一版，轮换不能跳号", "it is missing; rotations do not skip a number"))
        root = _next(workspace, number, root, workspace_id)
    return root


def check_rotation(workspace: str, data: bytes, sigs: str, before: RootKeys, workspace_id: str) -> RootKeys:
    """The root quorum in ``data``, provided that both quorums signed it in ``workspace/sigs``."""
    root = parse_root(data, before, workspace_id)
    for side, quorum in (("n-1", before), ("n", root)):
        signed = signers(data, workspace, sigs, quorum, NAMESPACE, enough=quorum.threshold)
        if len(signed.persons) < quorum.threshold:
            words = signed.words(quorum.threshold)
            raise _bad(root.version, Text(f"{side} 版根钥：{words.zh}", f"root {side}: {words.en}"))
    return root


def parse_root(data: bytes, before: RootKeys, workspace_id: str) -> RootKeys:
    """The root quorum in ``data`` that follows ``before``, signatures not looked at. Raises TrustError."""
    number = before.version + 1
    try:
        body = exactly(strict_json(data, what=f"root/{number}.json", limit=MAX_BYTES), _MEMBERS)
        root = root_from_json(body)
        _agree(body, root, before, workspace_id, data)
    except InputError as error:
        raise _bad(number, error.message) from error
    except (KeyError, TypeError, ValueError) as error:
        raise _bad(number, Text(str(error), str(error))) from error
    return root


def _next(workspace: str, number: int, before: RootKeys, workspace_id: str) -> RootKeys:
    data = read_inside(workspace, f"{FOLDER}/{number}.json", limit=MAX_BYTES, reason="ROOT_INVALID")
    return check_rotation(workspace, data, f"{FOLDER}/{number}.sigs", before, workspace_id)


def _agree(body: dict[str, Any], root: RootKeys, before: RootKeys, workspace_id: str, data: bytes) -> None:
    if body["format"] != FORMAT or body["workspace"] != workspace_id:
        raise ValueError("another format or another workspace")
    if root.version != before.version + 1 or body["previous"] != root_digest(before):
        raise ValueError(f"does not follow root {before.version}")
    if canonical(body) != data:
        raise ValueError("not in canonical form")
    _keep_ids(root, before)


def _keep_ids(root: RootKeys, before: RootKeys) -> None:
    for key in root.keys:
        old = before.key(key.id)
        if old is not None and old != key:
            raise ValueError(f"key id {key.id} meant another key or person before; give the new key a new id")


def _numbers(workspace: str) -> set[int]:
    names = names_in(f"{workspace}/{FOLDER}", limit=MAX_NAMES, reason="ROOT_INVALID")
    stems = (name.removesuffix(".json") for name in names if name.endswith(".json"))
    return {int(stem) for stem in stems if len(stem) <= 6 and stem.isascii() and stem.isdecimal() and stem[0] != "0"}


def _bad(number: int, cause: Text) -> TrustError:
    return refuse(
        "ROOT_INVALID",
        Text(f"根密钥轮换 root/{number}.json 不可信：{cause.zh}", f"root rotation root/{number}.json: {cause.en}"),
        Text("见 docs/trust.md「轮换」", "see docs/trust.md, rotation") if cause != NOTHING else NOTHING,
        number=number,
    )
