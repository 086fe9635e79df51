"""The lines of a draft's ``binds:``: digests of exactly what is to be done, reckoned as the doors reckon them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from freeze.doors.asking import commit_digest, digest_of
from zhongbao_core.canonical import command_digest


def binds_of(
    command: Sequence[str] = (),
    files: Sequence[str] = (),
    artifacts: Mapping[str, str] | None = None,
    commits: Sequence[str] = (),
) -> dict[str, str]:
    """Bind name to digest for an argument list, files by their path, artifacts by name and path, commits by id.

    Raises CannotTellError FILE_UNREADABLE where a file cannot be read.
    """
    found = {"command": command_digest(command)} if command else {}
    found.update((f"file:{path}", digest_of(path)) for path in files)
    found.update((f"artifact:{name}", digest_of(path)) for name, path in (artifacts or {}).items())
    found.update((f"commit:{commit.lower()}", commit_digest(commit)) for commit in commits)
    return found


def as_lines(binds: Mapping[str, str]) -> str:
    """The block to paste into a draft, as YAML."""
    from json import dumps

    return "\n".join(
        ["binds:", *(f"  {dumps(name, ensure_ascii=False)}: {dumps(value)}" for name, value in binds.items())]
    )
