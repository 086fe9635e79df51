"""What ``freeze run`` shows the gate: digests made here and now of the command, files and commit that a permit names."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

from freeze.doors.asking import commit_digest, digest_of
from zhongbao_core.canonical import command_digest
from zhongbao_core.errors import CannotTellError
from zhongbao_core.text import Text


def shown_binds(
    bound: Mapping[str, str], argv: Sequence[str], name: str, artifacts: Mapping[str, str]
) -> dict[str, str]:
    """Digests of what is about to happen, for every name in ``bound`` that can be hashed here, and of the command.

    ``name`` is the bind the command stands under: ``command`` or ``command:<step>``. ``artifacts`` maps the name of an
    ``artifact:`` bind to a path. Other commands of the same permit are not about to happen: they are shown as approved.
    A bind nobody can hash here (a tree, an artifact without a path) is left out, which the gate holds.
    """
    found = {name: command_digest(argv)}
    for key, approved in bound.items():
        kind, _, rest = key.partition(":")
        if kind == "file":
            found[key] = digest_of(rest)
        elif kind == "command" and key != name:
            found[key] = approved
    found.update((f"artifact:{key}", digest_of(path)) for key, path in artifacts.items())
    if any(key.startswith("commit:") for key in bound):
        head = head_commit()
        found[f"commit:{head}"] = commit_digest(head)
    return found


def head_commit(folder: str = ".") -> str:
    """The commit checked out in ``folder``. Raises CannotTellError where there is none, or files differ from it."""
    from freeze.doors.gitbox import git_in

    try:
        head = git_in(folder, "rev-parse", "--verify", "HEAD^{commit}").strip()
        dirty = git_in(folder, "status", "--porcelain", "--untracked-files=no", "--ignore-submodules=none")
    except (OSError, subprocess.SubprocessError) as error:
        raise CannotTellError(
            Text(
                "放行单绑定了提交，但这里读不到 git 提交",
                "the permit binds a commit, and no git commit can be read here",
            ),
            Text("在已检出该提交的目录中运行", "run it in the checkout of that commit"),
            reason_code="COMMIT_UNREADABLE",
        ) from error
    if dirty.strip():
        raise CannotTellError(
            Text("检出的文件与提交不一致", "files here differ from the commit"),
            Text("恢复到干净的检出再运行：git status", "restore a clean checkout: git status"),
            reason_code="COMMIT_DIRTY",
        )
    return head
