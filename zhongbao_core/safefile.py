"""Reading files an attacker may have put there: bounded, regular files only, never out of their folder.

Stands on a gate's path: standard library only, and ``os.path`` because pathlib's resolving costs milliseconds.
"""

from __future__ import annotations

import os
import stat

from zhongbao_core.errors import TrustError
from zhongbao_core.text import NOTHING, Text

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_KINDS = ((stat.S_ISDIR, Text("目录", "directory")), (stat.S_ISFIFO, Text("管道", "pipe")))


def refuse(reason: str, message: Text, hint: Text = NOTHING, **values: object) -> TrustError:
    """The error of everything here and of the modules on top: ``raise refuse(...)``."""
    return TrustError(message, hint if hint != NOTHING else None, reason_code=reason, **values)


def read_inside(folder: str, name: str, *, limit: int, reason: str, missing: str = "") -> bytes:
    """Bytes of ``folder/name``: a regular file of at most ``limit`` bytes whose real place is inside ``folder``.

    Raises TrustError with ``reason`` (``missing`` where the file is not there). A link that stays inside is
    followed; a link that leaves, a pipe, a device or a folder is refused and never waited for.
    """
    path = os.path.join(folder, name)  # noqa: PTH118
    if not within(path, folder):
        raise refuse(
            reason,
            Text(f"{path} 指向工作区之外", f"{path} leads out of {folder}"),
            Text("换成普通文件", "replace the link by a plain file"),
            path=path,
        )
    return read_bounded(path, limit=limit, reason=reason, missing=missing)


def read_bounded(path: str, *, limit: int, reason: str, missing: str = "") -> bytes:
    """Bytes of the regular file ``path``, at most ``limit``; TrustError with ``reason`` or ``missing`` otherwise."""
    try:
        handle = os.open(path, _FLAGS)
        with os.fdopen(handle, "rb") as file:
            _regular(os.fstat(handle), path, limit, reason)
            data = file.read(limit + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise refuse(missing or reason, Text(f"没有 {path}", f"{path} is not there"), path=path) from error
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise refuse(reason, Text(f"{path} 读不了：{cause}", f"{path} cannot be read: {cause}"), path=path) from error
    if len(data) > limit:
        raise _too_big(path, limit, reason)
    return data


def within(path: str, folder: str) -> bool:
    """Whether the real place of ``path`` is ``folder`` or lies in it. A name that cannot exist lies nowhere."""
    try:
        real, base = os.path.realpath(path), os.path.realpath(folder)
        return os.path.commonpath((real, base)) == base
    except (OSError, ValueError):
        return False


def names_in(folder: str, *, limit: int, reason: str) -> list[str]:
    """Sorted names in ``folder``; nothing where it does not exist. More than ``limit`` names are refused."""
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208
    except FileNotFoundError:
        return []
    except OSError as error:
        cause = error.strerror or str(error)
        raise refuse(reason, Text(f"{folder} 读不了：{cause}", f"{folder} cannot be listed: {cause}")) from error
    if len(names) > limit:
        raise refuse(reason, Text(f"{folder} 文件超过 {limit} 个", f"{folder} holds more than {limit} files"))
    return names


def _regular(info: os.stat_result, path: str, limit: int, reason: str) -> None:
    if not stat.S_ISREG(info.st_mode):
        kind = next((name for test, name in _KINDS if test(info.st_mode)), Text("特殊文件", "special file"))
        raise refuse(reason, Text(f"{path} 是{kind.zh}", f"{path} is a {kind.en}, not a file"), path=path)
    if info.st_size > limit:
        raise _too_big(path, limit, reason)


def _too_big(path: str, limit: int, reason: str) -> TrustError:
    return refuse(reason, Text(f"{path} 超过 {limit} 字节", f"{path} is larger than {limit} bytes"), path=path)
