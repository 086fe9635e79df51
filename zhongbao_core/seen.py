"""What a door has seen: the highest manifest, amendment, root and checkpoint, kept in the trust file's ``state``.

A door that remembers refuses anything older, even where every signature is good. The same rule serves a door that
asks the ledger (``newest_adopted``): the higher of the two speaks.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from zhongbao_core.canonical import canonical, strict_json
from zhongbao_core.clock import iso, parse_instant
from zhongbao_core.errors import TrustError, ZhongbaoError
from zhongbao_core.safefile import read_bounded, refuse
from zhongbao_core.text import Text
from zhongbao_core.trustfile import exactly

if TYPE_CHECKING:
    from pathlib import Path
    from typing import NamedTuple

    from zhongbao_core.manifest import VerifiedManifest
else:
    from zhongbao_core.record import NamedTuple

FORMAT = "zhongbao-seen/1"
FILE = "seen.json"
MAX_BYTES = 64 * 1024


class Seen(NamedTuple):
    """The highest of everything. All zero and empty where nothing was seen yet."""

    version: int = 0
    digest: str = ""
    amendments: int = 0
    """Number of the last amendment seen to that manifest."""
    last: str = ""
    """Digest of that amendment."""
    root: int = 0
    checkpoint: int = 0
    """Size of the largest checkpoint."""
    time: str = ""
    """Instant of the newest checkpoint; text, empty where none was seen."""

    @property
    def moment(self) -> datetime | None:
        """``time`` as an instant."""
        return parse_instant(self.time) if self.time else None


def refuse_older(manifest: VerifiedManifest, seen: Seen, *, where: Text) -> None:
    """Raise TrustError MANIFEST_ROLLED_BACK where ``manifest`` is older than what ``seen`` says, or another of the
    same version; AMENDMENT_INVALID where amendments once seen are gone; ROOT_INVALID for an older root.

    ``where`` names who remembers: this machine, or the ledger.
    """
    if manifest.root.version < seen.root:
        raise _older("ROOT_INVALID", Text("根密钥", "root"), manifest.root.version, seen.root, where)
    if manifest.version < seen.version:
        raise _older("MANIFEST_ROLLED_BACK", Text("策略清单", "manifest"), manifest.version, seen.version, where)
    if manifest.version > seen.version or not seen.digest:
        return
    if manifest.digest != seen.digest:
        raise refuse(
            "MANIFEST_ROLLED_BACK",
            Text(
                f"{where.zh}记得第 {seen.version} 版是另一份策略清单",
                f"{where.en} knows another manifest with version {seen.version}",
            ),
            Text(
                "两份同版本清单必有一份是伪造，立即核查", "one of the two is not what the quorum meant: find out which"
            ),
        )
    _amendments_kept(manifest, seen, where)


def merge(seen: Seen, manifest: VerifiedManifest, size: int = 0, time: datetime | None = None) -> Seen:
    """``seen`` raised by ``manifest`` and by a checkpoint of ``size`` entries at ``time``."""
    last = manifest.amendments[-1] if manifest.amendments else None
    if manifest.version >= seen.version:
        seen = seen._replace(
            version=manifest.version,
            digest=manifest.digest,
            amendments=last.number if last else 0,
            last=last.digest if last else "",
        )
    newest = time is not None and (seen.moment is None or time > seen.moment)
    return seen._replace(
        root=max(seen.root, manifest.root.version),
        checkpoint=max(seen.checkpoint, size),
        time=iso(time) if newest and time is not None else seen.time,
    )


def newest_adopted(entries: Iterable[tuple[str, str, Mapping[str, Any]]], workspace: str) -> Seen:
    """What the ledger says was adopted in ``workspace``: ``(kind, ref, body)`` of its entries, in order."""
    seen = Seen()
    for kind, ref, body in entries:
        if ref != workspace:
            continue
        if kind == "manifest.adopted" and int(body["version"]) >= seen.version:
            seen = Seen(int(body["version"]), str(body["digest"]), root=max(seen.root, int(body.get("root", 1))))
        elif kind == "amendment.adopted" and body["base"] == seen.digest and int(body["number"]) > seen.amendments:
            seen = seen._replace(amendments=int(body["number"]), last=str(body["digest"]))
    return seen


def read_seen(state: Path | str | None) -> Seen:
    """What this machine has seen; nothing where it keeps no state yet. A broken state file is refused."""
    if state is None:
        return Seen()
    path = os.path.join(state, FILE)  # noqa: PTH118 pathlib costs a gate 5 ms
    try:
        data = read_bounded(path, limit=MAX_BYTES, reason="TRUST_INVALID", missing="STATE_ABSENT")
        return _parse(strict_json(data, what=path, limit=MAX_BYTES))
    except TrustError as error:
        if error.reason_code == "STATE_ABSENT":
            return Seen()
        raise
    except (ZhongbaoError, KeyError, TypeError, ValueError) as error:
        raise refuse(
            "TRUST_INVALID",
            Text(f"状态文件 {path} 损坏", f"state file {path} is damaged"),
            Text("查明原因后删除它", "find out why, then delete it"),
        ) from error


def write_seen(state: Path | str | None, seen: Seen) -> Text | None:
    """Keep ``seen``; None where it was kept, a note where it could not be (the answer stands all the same)."""
    if state is None:
        return None
    new = os.path.join(state, f".{FILE}.{os.getpid()}")  # noqa: PTH118
    try:
        _make_folder(os.fspath(state))
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(canonical({"format": FORMAT, **seen._asdict()}))
        os.replace(new, os.path.join(state, FILE))  # noqa: PTH105, PTH118
    except OSError as error:
        with suppress(OSError):
            os.unlink(new)  # noqa: PTH108
        cause = error.strerror or str(error)
        return Text(
            f"状态目录 {state} 写不进（{cause}），本机记不住见过的策略版本",
            f"state folder {state} cannot be written ({cause}): this machine will not remember what it has seen",
        )
    return None


def _make_folder(state: str) -> None:
    """``state`` for its owner alone; the folders above it as the system makes them."""
    if not os.path.isdir(state):  # noqa: PTH112
        os.makedirs(os.path.dirname(state) or ".", exist_ok=True)  # noqa: PTH103, PTH120
        with suppress(FileExistsError):
            os.mkdir(state, mode=0o700)  # noqa: PTH102


def _amendments_kept(manifest: VerifiedManifest, seen: Seen, where: Text) -> None:
    numbered = {item.number: item.digest for item in manifest.amendments}
    if seen.amendments and numbered.get(seen.amendments) != seen.last:
        raise refuse(
            "AMENDMENT_INVALID",
            Text(
                f"{where.zh}记得第 {seen.amendments} 号修订，现在没有或已不同",
                f"{where.en} knows amendment {seen.amendments}, which is gone or another now",
            ),
            Text("恢复 amendments/ 目录", "restore the folder amendments/"),
        )


def _older(reason: str, what: Text, found: int, known: int, where: Text) -> TrustError:
    return refuse(
        reason,
        Text(
            f"{what.zh}第 {found} 版是旧版，{where.zh}已见过第 {known} 版",
            f"{what.en} {found} is old: {where.en} has seen {known}",
        ),
        Text("更新工作区；若确实退回，查明原因", "update the workspace; if it was put back, find out by whom"),
        found=found,
        known=known,
    )


def _parse(value: Any) -> Seen:
    body = exactly(value, frozenset({"format", *Seen._fields}))
    if body.pop("format") != FORMAT:
        raise ValueError("another format")
    seen = Seen(**body)
    if not all(isinstance(item, type(plain)) for item, plain in zip(seen, Seen(), strict=True)):
        raise ValueError("odd values")
    _ = seen.moment
    return seen
