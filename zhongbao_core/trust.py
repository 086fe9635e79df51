"""What a door may believe: the trust file outside the workspace, the signed manifest inside, and what was seen before.

The one front of trust for doors and desks::

    trust = load_trust(settings.trust, settings.workspace)
    at = instant(at_text, trust)
    manifest = verify_manifest(settings.workspace, trust, at)
    note = remember(trust, manifest, checkpoint_size=..., checkpoint_time=...)

Everything that cannot be believed is a TrustError (exit 3) with a reason code: TRUST_MISSING TRUST_INVALID
ROOT_INVALID POLICY_UNVERIFIED MANIFEST_UNSIGNED MANIFEST_NOT_YET MANIFEST_EXPIRED MANIFEST_ROLLED_BACK
AMENDMENT_INVALID. Stands on a gate's path: standard library and our own Ed25519 only.
"""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING

from zhongbao_core.amendments import Amendment, amended_end
from zhongbao_core.canonical import digest
from zhongbao_core.clock import backwards, now, parse_instant
from zhongbao_core.errors import TrustError, UsageError
from zhongbao_core.manifest import FILE, MAX_BYTES, SKEW, VerifiedManifest, parse_manifest
from zhongbao_core.manifest import verify_manifest as _verify
from zhongbao_core.safefile import names_in, read_inside, refuse
from zhongbao_core.seen import Seen, merge, newest_adopted, read_seen, refuse_older, write_seen
from zhongbao_core.text import Text
from zhongbao_core.trustfile import LedgerKey, LedgerTrust, RootKey, RootKeys, Trust, outside, read_trust

if TYPE_CHECKING:
    from pathlib import Path
    from zoneinfo import ZoneInfo

__all__ = [
    "SKEW",
    "Amendment",
    "LedgerKey",
    "LedgerTrust",
    "RootKey",
    "RootKeys",
    "Seen",
    "Trust",
    "VerifiedManifest",
    "amended_end",
    "check_clock",
    "check_files",
    "clock_floor",
    "instant",
    "load_trust",
    "newest_adopted",
    "refuse_older",
    "remember",
    "verify_manifest",
]

TRUST_DIRECTORY = "/etc/zhongbao/trust.d"
VARIABLE = "ZHONGBAO_TRUST"
THIS_MACHINE = Text("本机", "this machine")
THE_LEDGER = Text("存证日志", "the ledger")


def load_trust(path: Path | str | None, workspace: Path | str) -> Trust:
    """The trust file for ``workspace``: ``path``, else $ZHONGBAO_TRUST, else the one in /etc/zhongbao/trust.d.

    Raises TrustError TRUST_MISSING where none speaks of this workspace, TRUST_INVALID where it cannot be believed:
    malformed, writable by everybody, or lying inside the workspace.
    """
    folder = os.fspath(workspace)
    chosen = os.fspath(path) if path else os.environ.get(VARIABLE, "")
    trust = read_trust(chosen) if chosen else _installed(folder)
    return outside(trust, folder)


def verify_manifest(
    workspace: Path | str, trust: Trust, at: datetime, *, known: Seen | None = None
) -> VerifiedManifest:
    """The manifest in force in ``workspace`` at ``at``: signed by the root quorum, valid, not rolled back.

    ``known`` is what the ledger says was adopted (``newest_adopted``), where a door is online; what this machine has
    seen is looked up in any case. Raises TrustError.
    """
    manifest = _verify(os.fspath(workspace), trust, at)
    refuse_older(manifest, read_seen(trust.state_folder), where=THIS_MACHINE)
    if known is not None:
        refuse_older(manifest, known, where=THE_LEDGER)
    return manifest


def instant(at_text: str | None, trust: Trust | None, zone: ZoneInfo | None = None) -> datetime:
    """The instant a deciding or recording command works at: the clock, or ``--at`` in a rehearsal.

    ``trust`` None is an untrusted demo, which may also choose its instant. Raises UsageError AT_REFUSED where a real
    trust file stands: nobody decides at an instant of his choice.
    """
    if not at_text:
        return now()
    if trust is not None and not trust.rehearsal:
        raise UsageError(
            Text("真实环境下不接受 --at", "--at is not accepted with a real trust file"),
            Text(
                "推演请用 freeze at、event show 或 status 的 --at",
                "for a what-if use --at with freeze at, event show or status",
            ),
            reason_code="AT_REFUSED",
        )
    return parse_instant(at_text, zone)


def clock_floor(trust: Trust, manifest: VerifiedManifest) -> datetime:
    """The latest instant known to have passed: manifest, amendments, and the newest checkpoint this machine saw."""
    seen = read_seen(trust.state_folder).moment
    known = [manifest.issued_at, *(item.issued_at for item in manifest.amendments)]
    return max([*known, seen] if seen else known)


def check_clock(at: datetime, floor: datetime, *, rehearsal: bool = False) -> None:
    """Raise CannotTellError CLOCK_BACKWARDS where ``at`` is more than 120 s before ``floor``."""
    if at < floor - SKEW:
        raise backwards(at, floor, rehearsal=rehearsal)


def remember(
    trust: Trust, manifest: VerifiedManifest, *, checkpoint_size: int = 0, checkpoint_time: datetime | None = None
) -> Text | None:
    """Keep in the trust file's state what was seen; writes only where it is news. A note where it cannot be kept."""
    if trust.state_folder is None:
        return None
    before = read_seen(trust.state_folder)
    after = merge(before, manifest, checkpoint_size, checkpoint_time)
    return write_seen(trust.state_folder, after) if after != before else None


def check_files(workspace: Path | str, manifest: VerifiedManifest, names: list[str]) -> dict[str, bytes]:
    """The bytes of every policy file of ``manifest``, provided that they are the ones it vouches for.

    ``names`` are the policy files there are (``manifest_build.policy_files``). Raises TrustError POLICY_UNVERIFIED
    naming the first file that differs, is missing, or is not in the manifest.
    """
    files, found = manifest.files, {}
    for name in sorted(files.keys() | set(names)):
        data = b""
        if name in files and name in names:
            data = read_inside(os.fspath(workspace), name, limit=16 * MAX_BYTES, reason="POLICY_UNVERIFIED")
        if name not in files or name not in names or digest(data) != files[name]:
            raise refuse(
                "POLICY_UNVERIFIED",
                Text(f"{name} 与策略清单不符", f"{name} is not what the manifest vouches for"),
                Text("恢复该文件，或 trust prepare 后重新签名", "restore it, or prepare and sign a new manifest"),
                file=name,
            )
        found[name] = data
    return found


def _installed(workspace: str) -> Trust:
    """The trust file of this machine that names the workspace; the manifest says which workspace it claims to be."""
    names = [name for name in names_in(TRUST_DIRECTORY, limit=500, reason="TRUST_INVALID") if name.endswith(".json")]
    if not names:
        raise _missing(Text("没有信任文件", "no trust file"))
    data = read_inside(workspace, FILE, limit=MAX_BYTES, reason="POLICY_UNVERIFIED", missing="MANIFEST_UNSIGNED")
    wanted = parse_manifest(data)["workspace"]
    found = [trust for name in names if (trust := read_trust(f"{TRUST_DIRECTORY}/{name}")).workspace == wanted]
    if len(found) != 1:
        raise _missing(
            Text(
                f"{TRUST_DIRECTORY} 中有 {len(found)} 份工作区 {wanted} 的信任文件",
                f"{len(found)} trust files for workspace {wanted} in {TRUST_DIRECTORY}",
            )
        )
    return found[0]


def _missing(message: Text) -> TrustError:
    return refuse(
        "TRUST_MISSING",
        message,
        Text(
            f"用 --trust FILE、{VARIABLE} 或 {TRUST_DIRECTORY}/*.json 指定工作区之外的信任文件",
            f"name one outside the workspace: --trust FILE, {VARIABLE}, or {TRUST_DIRECTORY}/*.json",
        ),
    )
