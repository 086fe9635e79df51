"""From the words on a command line to a Question. Nothing here decides."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from freeze.model import Door, Question
from freeze.policy import Policy
from zhongbao_core.approval.subject import Target
from zhongbao_core.canonical import digest
from zhongbao_core.clock import parse_duration, parse_instant, zone
from zhongbao_core.errors import CannotTellError, UsageError
from zhongbao_core.text import Text

CHUNK = 1 << 20
MAX_LIST = 1000


def question_from(given: Mapping[str, Any], policy: Policy) -> Question:
    """The question that the options of ``freeze gate`` ask. Raises UsageError for options that cannot be read."""
    started = given["started"]
    return Question(
        targets=targets_from(given, policy),
        kind=given["kind"] or "",
        change_class=given["change_class"],
        labels=pairs("--label", given["label"]),
        duration=parse_duration(given["duration"]) if given["duration"] else timedelta(0),
        binds=binds_from(given),
        door=given["door"],
        actor=given["actor"],
        step="step" if given["step"] or started else "start",
        started=parse_instant(started, zone(policy.zone)) if started else None,
    )


def targets_from(given: Mapping[str, Any], policy: Policy) -> tuple[Target, ...]:
    """The targets named by ``--system`` and ``--environment``, and those the door maps ``--project`` to."""
    named = [Target(name, given["environment"]) for name in given["system"]]
    if given["project"]:
        named += mapped(policy.doors.get(given["door"]), given["project"])
    return tuple(dict.fromkeys(named))


def mapped(door: Door | None, project: str) -> tuple[Target, ...]:
    """What ``project`` stands for at ``door``; a project nobody mapped becomes a system nobody knows, so it is held."""
    from fnmatch import fnmatchcase

    projects = door.projects if door is not None else {}
    found = [item for glob, targets in projects.items() if fnmatchcase(project, glob) for item in targets]
    return tuple(found) or (Target(project, "project"),)


def binds_from(given: Mapping[str, Any]) -> dict[str, str]:
    """Digests of what is about to happen: as given, of files hashed here, of a commit id."""
    binds = pairs("--bind", given["bind"])
    for path in given["file"]:
        binds[f"file:{path}"] = digest_of(path)
    if given["commit"]:
        binds[f"commit:{given['commit']}"] = commit_digest(given["commit"])
    return binds


def commit_digest(commit: str) -> str:
    """The digest under which a commit id is bound: ``sha256:`` of its lower-case text."""
    return digest(commit.lower().encode("utf-8", "surrogatepass"))


def digest_of(path: str) -> str:
    """The digest of the file at ``path``. Raises CannotTellError FILE_UNREADABLE."""
    from hashlib import sha256

    running = sha256()
    try:
        with open(path, "rb") as file:  # noqa: PTH123 pathlib costs a gate 5 ms
            while chunk := file.read(CHUNK):
                running.update(chunk)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    return "sha256:" + running.hexdigest()


def read_permit(path: str, limit: int = 4 << 20) -> bytes:
    """The bytes of a permit file. Raises CannotTellError FILE_UNREADABLE; a pipe or device is not waited for."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            return file.read(limit)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error


def unreadable(path: str, error: Exception) -> CannotTellError:
    """The error for a file that was named and cannot be read."""
    cause = getattr(error, "strerror", None) or str(error)
    return CannotTellError(
        Text(f"{path} 读不了：{cause}", f"{path} cannot be read: {cause}"), reason_code="FILE_UNREADABLE", path=path
    )


def pairs(option: str, items: Sequence[str]) -> dict[str, str]:
    """``name=value`` words as a table; the same name twice with another value is refused."""
    found: dict[str, str] = {}
    for item in items[: MAX_LIST + 1]:
        name, equals, value = item.partition("=")
        if not equals or not name or found.get(name, value) != value or len(found) > MAX_LIST:
            raise UsageError(
                Text(
                    f"{option} {item!r} 应写成 名=值，且不重复", f"{option} {item!r}: write NAME=VALUE, each name once"
                )
            )
        found[name] = value
    return found
