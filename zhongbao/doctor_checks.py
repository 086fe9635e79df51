"""Checks of the machine itself: Python, clock, zone data, trust file, ledger. Each is a function ``Case -> Check``."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Literal, NamedTuple

from zhongbao_core.clikit import Settings
from zhongbao_core.clock import iso, zone_data_version
from zhongbao_core.errors import StoreError, ZhongbaoError
from zhongbao_core.text import NOTHING, Text
from zhongbao_core.trust import SKEW, Trust, VerifiedManifest, clock_floor, load_trust, verify_manifest

if TYPE_CHECKING:
    from freeze.entry.open import OpenPolicy

State = Literal["ok", "warn", "fail", "unknown"]
DRIFT = timedelta(seconds=5)


class Check(NamedTuple):
    """What one check found, and what to do about it."""

    id: str
    state: State
    said: Text
    fix: Text = NOTHING


@dataclass
class Case:
    """What the checks look at; each part is opened once, when first asked for, and its error is the check's."""

    settings: Settings
    at: datetime
    clock: datetime
    what_if: bool = False

    @cached_property
    def trust(self) -> Trust:
        """The trust file. Raises TrustError."""
        return load_trust(self.settings.trust, self.settings.workspace)

    @cached_property
    def manifest(self) -> VerifiedManifest:
        """The manifest in force at ``at``. Raises TrustError."""
        return verify_manifest(self.settings.workspace, self.trust, self.at)

    @cached_property
    def opened(self) -> OpenPolicy:
        """The verified policy. Raises TrustError."""
        from freeze.entry.open import from_manifest

        return from_manifest(str(self.settings.workspace), self.trust, self.manifest)


def python(case: Case) -> Check:
    """The Python that runs this is one the package was made for."""
    from importlib.metadata import metadata

    version = sys.version.split()[0]
    needed = str(metadata("zhongbao")["Requires-Python"]).removeprefix(">=")
    said = Text(f"Python {version}（要求不低于 {needed}）", f"Python {version} (at least {needed})")
    if list(sys.version_info[:2]) >= [int(part) for part in needed.split(".")[:2]]:
        return Check("python", "ok", said)
    return Check("python", "fail", said, Text(f"安装 Python {needed} 以上", f"install Python {needed} or newer"))


def clock(case: Case) -> Check:
    """The clock agrees with the file system, and stands after everything known to have happened."""
    with NamedTemporaryFile() as probe:
        written = datetime.fromtimestamp(Path(probe.name).stat().st_mtime, UTC)
    apart = abs(written - case.clock)
    if apart > DRIFT:
        words = Text(f"时钟与文件系统相差 {apart}", f"clock and file system are {apart} apart")
        return Check("clock", "fail", words, Text("校时（chrony 或 NTP）", "set the clock (chrony or NTP)"))
    floor = _floor(case)
    now = case.at if case.what_if else case.clock
    if floor is not None and now < floor - SKEW:
        words = Text(
            f"时钟倒退：现在 {iso(now)}，已知 {iso(floor)}", f"it went back: now {iso(now)}, known {iso(floor)}"
        )
        return Check("clock", "fail", words, Text("校时（chrony 或 NTP）", "set the clock (chrony or NTP)"))
    known = iso(floor) if floor else "-"
    return Check("clock", "ok", Text(f"{iso(now)}，已知下限 {known}", f"{iso(now)}, known floor {known}"))


def zone_data(case: Case) -> Check:
    """The pinned zone data is at least what this release was tested with; the host's own is never used."""
    from importlib.metadata import requires

    needed = next(
        (m[1] for line in requires("zhongbao") or () if (m := re.match(r"tzdata\s*>=\s*([0-9.]+)", line))), ""
    )
    found = zone_data_version()
    said = Text(f"tzdata {found}（要求不低于 {needed}）", f"tzdata {found} (at least {needed})")
    if (_release(found)) >= _release(needed):
        return Check("zone-data", "ok", said)
    return Check("zone-data", "fail", said, Text("升级 tzdata 包", "upgrade the package tzdata"))


def trust_file(case: Case) -> Check:
    """The trust file lies outside the workspace and only its owner may write it and its folder."""
    path = case.trust.path
    loose = [str(place) for place in (path, path.parent) if _others_write(place)]
    if loose:
        words = Text(f"{'、'.join(loose)} 他人可写", f"{', '.join(loose)} can be written by others")
        return Check("trust-file", "fail", words, Text("chmod go-w", "chmod go-w"))
    owner = path.stat().st_uid if os.name == "posix" else 0
    if os.name == "posix" and owner not in (0, os.getuid()):
        words = Text(f"{path} 属于用户 {owner}", f"{path} belongs to user {owner}")
        return Check("trust-file", "fail", words, Text("改为 root 或本用户所有", "make it root's or your own"))
    return _same_tree(case, path)


def state(case: Case) -> Check:
    """This machine remembers the newest policy it has seen, so that an older one is refused."""
    place = case.trust.state
    fix = Text(
        "在信任文件写 state，并让闸口用户可写", "name a state folder in the trust file, writable by the door's user"
    )
    if place is None:
        return Check("state", "warn", Text("未设置，不能识别回退", "none: a roll-back would not be noticed"), fix)
    probe = place if place.exists() else place.parent
    if not os.access(probe, os.W_OK):
        return Check("state", "warn", Text(f"{place} 不可写", f"{place} cannot be written"), fix)
    return Check("state", "ok", Text(str(place), str(place)))


def ledger(case: Case) -> Check:
    """The ledger opens with every pragma as set, on a local file system, private to its owner."""
    from zhongbao_core.ledger.journal import Journal
    from zhongbao_core.ledger.place import file_system_of

    path = case.trust.ledger.path
    if path is None:
        return Check("ledger", "ok", Text("本机不存放存证日志", "not kept on this machine"))
    try:
        with Journal.open(path, read_only=True) as journal:
            size = journal.head().size
    except StoreError as error:
        return Check("ledger", "fail", error.message, error.hint or NOTHING)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        return Check(
            "ledger",
            "fail",
            Text(f"{path} 他人可读", f"{path} is open to others"),
            Text(f"chmod 600 {path}", f"chmod 600 {path}"),
        )
    kind = file_system_of(path)
    return Check("ledger", "ok", Text(f"{path}，{size} 条，{kind}", f"{path}, {size} entries, on {kind}"))


def ledger_key(case: Case) -> Check:
    """The private key that signs checkpoints is its owner's alone."""
    path = case.trust.ledger.key_file
    if path is None:
        return Check("ledger-key", "ok", Text("本机不签检查点", "no checkpoints are signed here"))
    if not path.is_file():
        words = Text(f"没有 {path}", f"{path} is not there")
        return Check(
            "ledger-key", "fail", words, Text("恢复它，或轮换存证密钥", "restore it, or rotate the ledger key")
        )
    if os.name == "posix" and path.stat().st_mode & 0o077:
        words = Text(f"{path} 他人可读", f"{path} is open to others")
        return Check("ledger-key", "fail", words, Text(f"chmod 600 {path}", f"chmod 600 {path}"))
    return Check("ledger-key", "ok", Text(str(path), str(path)))


MACHINE: tuple[Callable[[Case], Check], ...] = (python, clock, zone_data, trust_file, state, ledger, ledger_key)
"""Checks of the machine, in the order shown."""


def _floor(case: Case) -> datetime | None:
    """The newest instant known: the ledger's last entry and what this machine has seen; None where neither is there."""
    from zhongbao_core.ledger.journal import Journal

    known: list[datetime] = []
    with suppress(ZhongbaoError):  # the checks of trust and manifest speak of it
        known.append(clock_floor(case.trust, case.manifest))
    with suppress(ZhongbaoError):  # the check of the ledger speaks of it
        if case.trust.ledger.path is not None:
            with Journal.open(case.trust.ledger.path, read_only=True) as journal:
                known += [journal.head().time] if journal.head().size else []
    return max(known, default=None)


def _others_write(path: Path) -> bool:
    mode = path.stat().st_mode
    return os.name == "posix" and bool(mode & 0o022) and not (stat.S_ISDIR(mode) and mode & stat.S_ISVTX)


def _same_tree(case: Case, path: Path) -> Check:
    from zhongbao_core.ledger.place import git_tree_of

    tree = git_tree_of(Path(os.path.realpath(case.settings.workspace)) / "x")
    if tree is not None and Path(os.path.realpath(path)).is_relative_to(tree):
        words = Text(f"{path} 与工作区在同一 git 仓库", f"{path} lies in the same git tree as the workspace")
        return Check("trust-file", "warn", words, Text("移到仓库之外", "move it out of the repository"))
    return Check("trust-file", "ok", Text(str(path), str(path)))


def _release(version: str) -> tuple[int, str]:
    """``2026f`` and ``2026.6`` in one order."""
    match = re.match(r"(\d{4})(?:\.(\d+)|([a-z]))?", version)
    if match is None:
        return (0, "")
    letter = match[3] or (chr(ord("a") + int(match[2]) - 1) if match[2] and int(match[2]) else "")
    return int(match[1]), letter
