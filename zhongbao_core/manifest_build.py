"""Making a manifest, and putting signatures beside documents: the desk's side of trust, never a gate's.

::

    data = build_manifest(folder, workspace="acme", version=3, issued_at=at, valid_until=until,
                          compiled=compile_workspace(folder), previous=old.digest, event="games-2026")
    key = add_signature(folder, "manifest.sigs", root, data, armor, NAMESPACE)
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from zhongbao_core.approval.sshsig import verify
from zhongbao_core.canonical import canonical, digest
from zhongbao_core.clock import iso
from zhongbao_core.errors import InputError
from zhongbao_core.manifest import FORMAT, MAX_FILES, a_path, parse_manifest
from zhongbao_core.safefile import read_inside, refuse
from zhongbao_core.text import Text
from zhongbao_core.trustfile import RootKey, RootKeys, blob

MAX_FILE = 64 * 1024 * 1024
POLICY_FORMAT = "zhongbao-policy/1"
NOT_POLICY = frozenset({"requests", "compiled", "amendments", "root", "manifests", "permits", "receipts", "examples"})
"""Folders at the top of a workspace that hold no policy; drafts of requests are nobody's policy yet."""
AUTHORED = (".yaml", ".yml")
LISTS = {"content": (*AUTHORED, ".xlsx", ".csv", ".txt")}
"""Folders at the top of a workspace that decide by workbooks and word lists too: registers and lists of the company."""


class Part(NamedTuple):
    """Another compiled file that the manifest is to vouch for."""

    format: str
    engine: int
    data: bytes


class Changes(NamedTuple):
    """What a manifest changes against the one before it, by file."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    compiled: bool
    """Whether the compiled policy differs: if not, no door will decide differently."""


def policy_files(workspace: Path | str) -> list[str]:
    """Every policy, people, calendar, register and list file in ``workspace``, by path with ``/``, sorted.

    That is its YAML, and below ``content/`` its workbooks, CSV and text files. Hidden folders, NOT_POLICY and the lock
    files of office programs are left out. Raises TrustError POLICY_UNVERIFIED where there are too many.
    """
    names: list[str] = []
    for name in _authored(os.fspath(workspace), ""):
        names.append(name)
        if len(names) > MAX_FILES:
            raise refuse(
                "POLICY_UNVERIFIED", Text(f"策略文件超过 {MAX_FILES} 个", f"more than {MAX_FILES} policy files")
            )
    return sorted(names)


def build_manifest(
    folder: Path | str,
    *,
    workspace: str,
    version: int,
    issued_at: datetime,
    valid_until: datetime,
    compiled: bytes,
    engine: int = 1,
    previous: str = "",
    event: str = "",
    root_version: int = 1,
    carried: Sequence[str] = (),
    folded: Sequence[str] = (),
    parts: Mapping[str, Part] | None = None,
) -> bytes:
    """The bytes of ``manifest.json`` for the policy files in ``folder`` and their ``compiled`` form, to be signed.

    ``carried`` and ``folded`` are digests of the amendments to the manifest before: those that stay in force, and
    those that the policy files now say themselves. ``parts`` are the compiled files of
    other pillars. Raises TrustError where a file cannot be read or the result would
    not be read back.
    """
    body: dict[str, Any] = {
        "format": FORMAT,
        "workspace": workspace,
        "version": version,
        "issued_at": iso(issued_at),
        "valid_until": iso(valid_until),
        "previous": previous,
        "event": event,
        "files": {name: digest(_read(folder, name)) for name in _named(policy_files(folder))},
        "compiled": {"format": POLICY_FORMAT, "engine": engine, "digest": digest(compiled)},
        "root_version": root_version,
    }
    if carried or folded:
        body["amendments"] = {"carried": list(carried), "folded": list(folded)}
    if parts:
        body["parts"] = {
            name: {"format": part.format, "engine": part.engine, "digest": digest(part.data)}
            for name, part in parts.items()
        }
    data = canonical(body)
    parse_manifest(data)
    return data


def changes(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> Changes:
    """What the manifest body ``after`` changes against ``before`` (None: there was none)."""
    old = dict(before["files"]) if before else {}
    new = after["files"]
    return Changes(
        tuple(sorted(new.keys() - old.keys())),
        tuple(sorted(old.keys() - new.keys())),
        tuple(sorted(name for name in new.keys() & old.keys() if new[name] != old[name])),
        before is None or any(before.get(name) != after.get(name) for name in ("compiled", "parts")),
    )


def add_signature(
    folder: Path | str, sigs: str, root: RootKeys, data: bytes, armor: str | bytes, namespace: str
) -> RootKey:
    """Verify ``armor`` over ``data`` by a key of ``root``, write it to ``folder/sigs/<key id>.sig``, say whose it is.

    Raises SignatureError where it does not verify, InputError SIGNER_UNKNOWN where no root key made it.
    """
    from zhongbao_core.approval.sshsig import key_of

    made_by = key_of(armor).blob
    key = next((item for item in root.keys if blob(item.line) == made_by), None)
    if key is None:
        raise InputError(
            Text("签名不是根密钥所签", "the signature is not by a root key"),
            Text("用信任文件中登记的根密钥签名", "sign with a key that the trust file names"),
            reason_code="SIGNER_UNKNOWN",
        )
    verify(armor, data, key.line, namespace)
    target = Path(folder) / sigs
    target.mkdir(parents=True, exist_ok=True)
    text = armor.decode("ascii") if isinstance(armor, bytes) else armor
    (target / f"{key.id}.sig").write_text(text, encoding="ascii", newline="\n")
    return key


def _authored(top: str, inner: str) -> Iterator[str]:
    suffixes = LISTS.get(inner.partition("/")[0], AUTHORED)
    with os.scandir(os.path.join(top, inner)) as entries:  # noqa: PTH118
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        name = f"{inner}/{entry.name}" if inner else entry.name
        if entry.name.startswith((".", "~$")) or (not inner and entry.name in NOT_POLICY):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _authored(top, name)
        elif entry.name.endswith(suffixes):
            yield name


def _read(folder: Path | str, name: str) -> bytes:
    return read_inside(os.fspath(folder), name, limit=MAX_FILE, reason="POLICY_UNVERIFIED")


def _named(names: list[str]) -> list[str]:
    odd = next((name for name in names if not a_path(name)), None)
    if odd is not None:
        raise InputError(
            Text(
                f"策略文件名 {odd!r} 须为英文字母、数字、.-_", f"{odd!r}: policy files have names of A-Z a-z 0-9 . _ -"
            ),
            Text("改文件名；中文写在文件里的 name", "rename the file; other words belong into its name: fields"),
            reason_code="NAME_NOT_ASCII",
            file=odd,
        )
    return names
