"""A run over a large file: every shard's answer is written once, whole, to a state folder; a run cut off goes on there.

The folder is named by the digest of all that the answer depends on: the file's bytes, the compiled policy, the work and
its version, the cut. Another policy or another file never meets old answers.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from content_audit.pipeline.executor import Done, Executor, Job
from content_audit.pipeline.plan import Plan, Shard
from content_audit.pipeline.work import Work
from zhongbao_core.errors import CannotTellError
from zhongbao_core.text import Text, plain

ENGINE = 2
"""Raised whenever answers kept from before must not be used."""
Progress = Callable[[int, int], None]
"""Told (bytes done, bytes in all) whenever a shard is finished."""


class Failed(NamedTuple):
    """Lines nobody could work on."""

    shard: Shard
    why: str


class Run:
    """A job over a plan. ``go`` works through what is left; ``answers`` reads what is there."""

    def __init__(self, plan: Plan, work: Work, compiled: bytes, root: Path) -> None:
        """Raises CannotTellError STATE_UNWRITABLE where ``root`` cannot hold the state."""
        self.plan, self.job = plan, Job(work, plan.path, compiled)
        self.folder = root / _name(plan, work, compiled)
        self.failed: tuple[Failed, ...] = ()
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(root, error) from error

    def left(self) -> tuple[Shard, ...]:
        """The shards without an answer."""
        return tuple(shard for shard in self.plan.shards if not self._file(shard).exists())

    def go(self, executor: Executor, progress: Progress = lambda done, size: None) -> None:
        """Work through what is left. What could not be done stands in ``failed`` and is left for the next time."""
        left = self.left()
        done = self.plan.size - sum(shard.end - shard.start for shard in left)
        failed: list[Failed] = []
        progress(done, self.plan.size)
        for answer in executor.run(self.job, left) if left else ():
            self._keep(answer, failed)
            done += answer.shard.end - answer.shard.start
            progress(done, self.plan.size)
        self.failed = tuple(sorted(failed))

    def answers(self) -> Iterator[bytes]:
        """The answers in the order of the file."""
        for shard in self.plan.shards:
            path = self._file(shard)
            if path.exists():
                yield path.read_bytes()

    def forget(self) -> None:
        """Take the state away; a run that was finished needs none."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _keep(self, done: Done, failed: list[Failed]) -> None:
        if done.answer is None:
            failed.append(Failed(done.shard, done.why))
            return
        path = self._file(done.shard)
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(done.answer)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            raise _unwritable(self.folder, error) from error

    def _file(self, shard: Shard) -> Path:
        return self.folder / f"{shard.number:06}.answer"


def state_root() -> Path:
    """Where runs keep their state: the running user's own folder."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path("~/.local/state").expanduser())
    return Path(base) / "zhongbao" / "content-runs"


def _name(plan: Plan, work: Work, compiled: bytes) -> str:
    cut = ",".join(str(shard.end) for shard in plan.shards)
    parts = (str(ENGINE), plan.digest, sha256(compiled).hexdigest(), f"{work.__module__}:{work.__qualname__}", cut)
    return sha256("\n".join(parts).encode()).hexdigest()[:40]


def _unwritable(place: Path, error: OSError) -> CannotTellError:
    cause = error.strerror or str(error)
    return CannotTellError(
        Text(f"状态目录 {plain(str(place))} 写不了：{cause}", f"{plain(str(place))} cannot hold the state: {cause}"),
        Text("用 XDG_STATE_HOME 指定别处", "name another place with XDG_STATE_HOME"),
        reason_code="STATE_UNWRITABLE",
    )
