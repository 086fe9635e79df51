"""The hook script a server runs: everything it believes is written into it, nothing comes from the push."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from freeze.doors.gitbox import environment, git
from zhongbao_core.errors import UsageError
from zhongbao_core.text import Text

MARK = "# zhongbao freeze hook"
HOOKS = ("pre-receive", "update")


def script(hook: str, words: Sequence[str]) -> str:
    """The script of ``hook``: Python isolated from the caller's environment, ``words`` quoted."""
    tail = '"$1" "$2" "$3"' if hook == "update" else ""
    line = " ".join(shlex.quote(word) for word in [sys.executable, "-I", "-m", "zhongbao", *words])
    return (
        f"#!/bin/sh\n{MARK}: {hook}. Refuses the push where the change freeze holds it.\n"
        "unset ZHONGBAO_TRUST ZHONGBAO_WORKSPACE ZHONGBAO_COMPILED ZHONGBAO_RECEIPTS ZHONGBAO_DEBUG\n"
        f"exec {line} {tail}".rstrip()
        + "\n"
    )


def install(repository: Path, hook: str, words: Sequence[str], *, force: bool) -> Path:
    """Write the script into the hooks folder of the bare ``repository``, 0755; the path of the hook.

    Raises UsageError HOOK_EXISTS where another hook stands there, NOT_A_REPOSITORY where there is no repository.
    """
    path = _hooks_folder(repository) / hook
    if path.exists() and not force and MARK not in path.read_text("utf-8", "replace"):
        raise UsageError(
            Text(f"{path} 已有别的钩子", f"{path} is another hook already"),
            Text("先移走它，或加 --force", "move it away first, or add --force"),
            reason_code="HOOK_EXISTS",
        )
    path.parent.mkdir(exist_ok=True)
    new = path.with_name(f".{hook}.{os.getpid()}")
    new.write_text(script(hook, words), "utf-8")
    new.chmod(0o755)
    new.replace(path)
    return path


def accept_push_options(repository: Path) -> None:
    """Let pushers name a permit with ``git push -o``."""
    git(["config", "receive.advertisePushOptions", "true"], env=environment(git_dir=str(repository.resolve())))


def _hooks_folder(repository: Path) -> Path:
    for folder in (repository, repository / ".git"):
        if (folder / "HEAD").is_file() and (folder / "objects").is_dir():
            return folder / "hooks"
    raise UsageError(
        Text(f"{repository} 不是 git 仓库", f"{repository} is not a git repository"), reason_code="NOT_A_REPOSITORY"
    )
