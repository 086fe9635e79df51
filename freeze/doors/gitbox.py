"""git, asked safely: no configuration, hook, pager, prompt or variable of the caller reaches it; plumbing only."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

QUARANTINE = ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH")
"""Where a push that is not accepted yet keeps its objects: the only variables of git that are handed on."""
TIMEOUT = 60.0
_SAFE = (
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "core.untrackedCache=false",
    "-c", "core.attributesFile=/dev/null",
    "-c", "protocol.allow=never",
    "-c", "log.showSignature=false",
    "--no-replace-objects",
    "--no-optional-locks",
    "--literal-pathspecs",
)  # fmt: skip


def environment(*, git_dir: str = "", quarantine: bool = False) -> dict[str, str]:
    """The variables git is run with: a search path and a home for nothing, all ``GIT_*`` gone but those asked for."""
    kept = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}
    kept |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0"}
    kept |= {"GIT_NO_LAZY_FETCH": "1", "GIT_PAGER": "cat"}
    if git_dir:
        kept["GIT_DIR"] = git_dir
    if quarantine:
        kept |= {name: os.environ[name] for name in QUARANTINE if os.environ.get(name)}
    return kept


def git(args: Sequence[str], *, env: dict[str, str], stdin: bytes = b"", folder: str | None = None) -> bytes:
    """What ``git ARGS`` prints. Raises CalledProcessError, TimeoutExpired or OSError."""
    command = ["git", *_SAFE, *args]
    done = subprocess.run(command, input=stdin, capture_output=True, check=True, env=env, cwd=folder, timeout=TIMEOUT)
    return done.stdout


def git_in(folder: str, *args: str) -> str:
    """What ``git ARGS`` prints in a work tree, as text.

    The folder is declared safe: its owner may be another user, and nothing of its configuration is run.
    """
    safe = ["-c", f"safe.directory={os.path.realpath(folder)}", "-c", "safe.directory=*"]
    return git([*safe, *args], env=environment(), folder=folder).decode("utf-8", "replace")
