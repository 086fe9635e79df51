"""The scope of a workspace, or of a file alone, with the word it stands on and whether the manifest vouches for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from exposure_scan.authoring.load_scope import FILE, LoadedScope, load_scope_bytes, load_scope_file
from exposure_scan.entry.signed import FOLDER, by_signature
from exposure_scan.scope.scope import Scope
from zhongbao_core.authored import Place, form_at
from zhongbao_core.canonical import digest
from zhongbao_core.clikit import Settings, read_file
from zhongbao_core.clock import now
from zhongbao_core.errors import InputError, TrustError
from zhongbao_core.forms import WorkspaceForm
from zhongbao_core.load_people import load_people
from zhongbao_core.people import Directory
from zhongbao_core.safefile import refuse
from zhongbao_core.text import Text
from zhongbao_core.trust import load_trust, verify_manifest
from zhongbao_core.yamlfile import read_yaml

HOME = "Asia/Shanghai"
NO_NOTES: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenedScope:
    """What was loaded, and what is to be said about it."""

    loaded: LoadedScope
    zone: str
    manifest: str = ""
    """``<version>:<digest>`` of the manifest that vouches for it; empty where nobody checked."""
    notes: tuple[Text, ...] = ()

    @property
    def scope(self) -> Scope:
        """The scope. Raises InputError SCOPE_BROKEN where it cannot be used."""
        if self.loaded.scope is None:
            count = len(self.loaded.errors)
            raise InputError(
                Text(f"授权范围有 {count} 处错误", f"the scope holds {count} errors"),
                Text("改正以上各处", "put the places above right"),
                reason_code="SCOPE_BROKEN",
            )
        return self.loaded.scope


def open_scope(settings: Settings, file: Path | None, at: datetime) -> OpenedScope:
    """The scope in ``file``, else the workspace's, as of ``at``.

    Raises TrustError where there is a trust file and the workspace's scope is not what its manifest vouches for.
    """
    folder = settings.workspace
    zone = zone_of(folder)
    directory = _persons(folder, zone)
    manifest, notes = "", NO_NOTES
    if file is None:
        data = _own(folder)
        manifest, notes = _vouched(settings, data, at)
        loaded, signatures = load_scope_bytes(data, zone), folder / FILE
    else:
        read_file(file)
        loaded, signatures = load_scope_file(file, zone), file
    if loaded.scope is not None and loaded.scope.signers:
        word, problems = by_signature(loaded.scope, signatures.with_name(FOLDER), directory, zone, at)
        loaded = LoadedScope(loaded.scope.by(word), loaded.document)
        notes = (*notes, *problems)
    return OpenedScope(loaded, zone, manifest, notes)


def _own(folder: Path) -> bytes:
    path = folder / FILE
    if not path.is_file():
        raise InputError(
            Text(f"没有 {path}", f"there is no {path}"),
            Text(
                "写一份授权范围，或用 --scope FILE；见 docs/exposure.md",
                "write one, or use --scope FILE; see docs/exposure.md",
            ),
            reason_code="SCOPE_MISSING",
        )
    return read_file(path)


def zone_of(folder: Path) -> str:
    """The company's zone; ours where the folder is no workspace, or its head is broken."""
    if not (folder / "zhongbao.yaml").is_file():
        return HOME
    head = read_yaml(folder / "zhongbao.yaml", name="zhongbao.yaml")
    form = form_at(Place(head), head.value, WorkspaceForm)
    return form.zone if form is not None else HOME


def _persons(folder: Path, zone: str) -> Directory:
    """The company's persons; nobody where there is no list."""
    if not (folder / "people.yaml").is_file():
        return Directory({}, ())
    return load_people(read_yaml(folder / "people.yaml", name="people.yaml"), zone)


def _vouched(settings: Settings, data: bytes, at: datetime) -> tuple[str, tuple[Text, ...]]:
    """The manifest that vouches for ``data``; where there is no trust file only a note that nobody checked."""
    try:
        trust = load_trust(settings.trust, settings.workspace)
    except TrustError as error:
        if settings.trust is not None or error.reason_code not in ("TRUST_MISSING", "MANIFEST_UNSIGNED"):
            raise
        return "", (Text("没有信任文件：未核对策略清单", "no trust file: not checked against the manifest"),)
    manifest = verify_manifest(settings.workspace, trust, at if trust.rehearsal else now())
    if manifest.files.get(FILE) != digest(data):
        raise refuse(
            "POLICY_UNVERIFIED",
            Text(f"{FILE} 与策略清单不符", f"{FILE} is not what the manifest vouches for"),
            Text("恢复该文件，或 trust prepare 后重新签名", "restore it, or prepare and sign a new manifest"),
        )
    return manifest.label, ()
