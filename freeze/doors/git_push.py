"""A push as a hook sees it: its ref updates and what each one would do, read with git plumbing and nothing checked out."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

from freeze.doors.gitbox import environment, git
from zhongbao_core.canonical import digest
from zhongbao_core.errors import CannotTellError, UsageError
from zhongbao_core.text import Text

MAX_REFS = 1000
MAX_NAME = 1024
_LINE = re.compile(rb"([0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) (refs/[^\x00-\x20\x7f]+)")
Action = Literal["create", "update", "force", "delete"]

ACTIONS: Mapping[Action, Text] = {
    "create": Text("新建", "create"),
    "update": Text("更新", "update"),
    "force": Text("强制更新", "force"),
    "delete": Text("删除", "delete"),
}


class Update(NamedTuple):
    """One ref of a push: object ids before and after (zeros: none) and its full name."""

    old: str
    new: str
    ref: str


class Effect(NamedTuple):
    """What one update would do, and the digests a permit must bind for it."""

    update: Update
    action: Action
    binds: tuple[tuple[str, str], ...]


def parse_updates(data: bytes) -> tuple[Update, ...]:
    """The updates git writes to a pre-receive hook, a line each. Raises UsageError for anything else."""
    lines = data.split(b"\n")
    if lines[-1:] == [b""]:
        lines.pop()
    if not 1 <= len(lines) <= MAX_REFS:
        raise _bad(f"{len(lines)} refs, 1 to {MAX_REFS} are judged at once")
    return tuple(parse_update(line) for line in lines)


def parse_update(line: bytes) -> Update:
    """One ``old new ref`` line. Raises UsageError."""
    match = _LINE.fullmatch(line)
    if match is None or len(line) > MAX_NAME or len(match[1]) != len(match[2]):
        raise _bad(f"not a ref update: {line[:80]!r}")
    return Update(match[1].decode(), match[2].decode(), match[3].decode("utf-8", "backslashreplace"))


def effects(updates: Iterable[Update], git_dir: str) -> tuple[Effect, ...]:
    """What each update would do in the repository at ``git_dir``, objects in quarantine included.

    Raises CannotTellError PUSH_UNREADABLE where git cannot say, or a ref would point at something without a tree.
    """
    env = environment(git_dir=git_dir, quarantine=True)
    try:
        return tuple(_effect(update, env) for update in updates)
    except (OSError, subprocess.SubprocessError) as error:
        stderr = getattr(error, "stderr", None)
        cause = stderr.decode("utf-8", "replace").strip()[-200:] if stderr else str(error)[:200]
        raise CannotTellError(
            Text(f"读不到推送内容：{cause}", f"the pushed objects cannot be read: {cause}"),
            Text("引用须指向提交或提交的标签", "a ref must point at a commit, or at a tag of one"),
            reason_code="PUSH_UNREADABLE",
        ) from error


def _effect(update: Update, env: dict[str, str]) -> Effect:
    if _none(update.new):
        return Effect(update, "delete", ((f"delete:{update.ref}", object_digest(update.old)),))
    tree = git(["rev-parse", "--verify", "--end-of-options", f"{update.new}^{{tree}}"], env=env).decode().strip()
    binds = ((f"tree:{update.ref}", object_digest(tree)),)
    if _none(update.old):
        return Effect(update, "create", binds)
    if _forward(update, env):
        return Effect(update, "update", binds)
    return Effect(update, "force", (*binds, (f"force:{update.ref}", object_digest(update.old))))


def object_digest(object_id: str) -> str:
    """The digest under which an object id is bound: of its lower-case text, as for a commit."""
    return digest(object_id.lower().encode())


def _forward(update: Update, env: dict[str, str]) -> bool:
    """Whether the new commit has the old one behind it; a tag that is moved never counts as forward."""
    if not update.ref.startswith("refs/heads/"):
        return False
    try:
        git(["merge-base", "--is-ancestor", "--end-of-options", update.old, update.new], env=env)
    except subprocess.CalledProcessError as error:
        if error.returncode == 1:
            return False
        raise
    return True


def _none(object_id: str) -> bool:
    return not object_id.strip("0")


def judged(updates: Iterable[Update], free: Iterable[str]) -> tuple[Update, ...]:
    """The updates that are judged: all but those of refs that the server declared free (globs)."""
    globs = tuple(free)
    return tuple(item for item in updates if not any(fnmatchcase(item.ref, glob) for glob in globs))


def push_options(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The options the pusher sent with ``git push -o``."""
    count = environ.get("GIT_PUSH_OPTION_COUNT", "0")
    if not count.isascii() or not count.isdigit() or int(count) > 100:
        raise _bad("more than 100 push options")
    return tuple(environ.get(f"GIT_PUSH_OPTION_{number}", "") for number in range(int(count)))


def repository(environ: Mapping[str, str]) -> str:
    """The folder of the repository that is pushed to."""
    return os.path.realpath(environ.get("GIT_DIR") or ".")


def project_of(git_dir: str) -> str:
    """The name of the repository: its folder without ``.git``."""
    path = git_dir.rstrip("/")
    name = os.path.basename(os.path.dirname(path) if os.path.basename(path) == ".git" else path)  # noqa: PTH119, PTH120
    return name.removesuffix(".git")


def _bad(cause: str) -> UsageError:
    return UsageError(
        Text(f"推送内容不合规：{cause}", f"not a push as git hands it to a hook: {cause}"), reason_code="PUSH_MALFORMED"
    )
