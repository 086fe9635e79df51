"""Where a ledger may live: on a local file system, outside every git work tree.

SQLite's WAL needs shared memory between all writers, which a network file system cannot give; a ledger inside
the work tree would travel, be cleaned and be rolled back with it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from zhongbao_core.errors import StoreError
from zhongbao_core.text import Text

NETWORK = frozenset(
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb",
        "smb3",
        "smbfs",
        "ncpfs",
        "afs",
        "9p",
        "ceph",
        "coda",
        "gfs",
        "gfs2",
        "ocfs2",
        "lustre",
        "glusterfs",
        "gpfs",
        "beegfs",
        "pvfs2",
        "webdav",
        "davfs",
        "virtiofs",
    ]
)
"""File system types that are refused, with every ``fuse.*`` but those of LOCAL_FUSE."""
LOCAL_FUSE = frozenset({"fuse.fuse-overlayfs"})


def require_lawful(path: Path) -> None:
    """Raise StoreError where a ledger at ``path`` would not be safe: LEDGER_IN_GIT or LEDGER_ON_NETWORK."""
    real = Path(os.path.realpath(path))
    tree = git_tree_of(real)
    if tree is not None:
        raise StoreError(
            Text(f"存证日志不能放在 git 工作区 {tree} 内", f"a ledger cannot live inside the git tree {tree}"),
            Text("换到工作区之外的本地目录", "choose a local directory outside it"),
            reason_code="LEDGER_IN_GIT",
        )
    kind = file_system_of(real)
    if is_network(kind):
        raise StoreError(
            Text(
                f"存证日志不能放在网络文件系统（{kind}）上", f"a ledger cannot live on a network file system ({kind})"
            ),
            Text("换到本地磁盘", "choose a local disk"),
            reason_code="LEDGER_ON_NETWORK",
        )


def git_tree_of(path: Path) -> Path | None:
    """The git work tree or bare repository that holds ``path`` (which need not exist), if any."""
    for folder in path.parents:
        if (folder / ".git").exists():
            return folder
        if (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir():
            return folder
    return None


def is_network(kind: str) -> bool:
    """Whether file system type ``kind`` (as the mount table writes it) is one a ledger is refused on."""
    return kind in NETWORK or (kind.startswith("fuse.") and kind not in LOCAL_FUSE)


def file_system_of(path: Path) -> str:
    """The type of the file system that holds ``path``; ``unknown`` where this machine does not tell."""
    if sys.platform == "win32":
        return _windows_kind(path)
    try:
        with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123 a gate's path
            return kind_in(file.read(), str(path))
    except OSError:
        return "unknown"


def kind_in(mounts: str, path: str) -> str:
    """The type in the mount table ``mounts`` for ``path``: that of the longest mount point, the last of equals."""
    best, kind = -1, "unknown"
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = _unescaped(fields[1])
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= best:
            best, kind = len(point), fields[2]
    return kind


def _unescaped(point: str) -> str:
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        point = point.replace(code, char)
    return point


def _windows_kind(path: Path) -> str:  # pragma: no cover - Windows only
    import ctypes

    if str(path).startswith("\\\\"):
        return "smb"
    drive = ctypes.windll.kernel32.GetDriveTypeW(path.anchor)  # type: ignore[attr-defined,unused-ignore]
    return "smb" if drive == 4 else "local"
