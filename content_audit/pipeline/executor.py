"""Where shards are worked on: in this process or in processes of this machine; ``cluster`` does it on others.

An executor answers each shard exactly once, in any order: with its bytes, or with why there are none. A worker that is
killed costs time and nothing else: its shard is given out again.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import NamedTuple, Protocol

from content_audit.pipeline.plan import Shard
from content_audit.pipeline.work import Work, run_shard

ATTEMPTS = 3
"""How often a shard is given out alone before it counts as the one that kills workers."""


class Job(NamedTuple):
    """What is to be done: ``work`` over shards of the file at ``path`` with ``compiled``."""

    work: Work
    path: str
    compiled: bytes


class Done(NamedTuple):
    """The answer to a shard: its bytes, or None and why."""

    shard: Shard
    answer: bytes | None
    why: str = ""


class Executor(Protocol):
    """Runs a job over shards."""

    def run(self, job: Job, shards: Iterable[Shard]) -> Iterator[Done]:
        """An answer to each shard, as they come."""
        ...


def said(error: BaseException) -> str:
    """What went wrong, in one line."""
    return f"{type(error).__name__}: {error}".splitlines()[0][:300]


class Serial:
    """Everything in this process, in order."""

    def run(self, job: Job, shards: Iterable[Shard]) -> Iterator[Done]:
        """An answer to each shard, in order."""
        for shard in shards:
            try:
                done = Done(shard, run_shard(job.work, job.path, shard, job.compiled))
            except Exception as error:
                done = Done(shard, None, said(error))
            yield done


class Processes:
    """Processes of this machine; each reads its shards itself and opens the compiled form once."""

    def __init__(self, workers: int = 0) -> None:
        self.workers = workers or os.cpu_count() or 1

    def run(self, job: Job, shards: Iterable[Shard]) -> Iterator[Done]:
        """An answer to each shard, as they come. Where a worker dies, each shard that was out is tried again alone."""
        todo = deque(shards)
        while todo:
            suspects: list[Shard] = []
            yield from self._together(job, todo, suspects)
            for shard in suspects:
                yield _alone(job, shard)

    def _together(self, job: Job, todo: deque[Shard], suspects: list[Shard]) -> Iterator[Done]:
        """Answers until ``todo`` is empty, or until a worker dies: then what was out stands in ``suspects``."""
        pool = _pool(job, min(self.workers, len(todo)))
        out: dict[Future[bytes], Shard] = {}
        finished = False
        try:
            _fill(pool, out, todo, self.workers + 1)
            while out and not suspects:
                for future in wait(out, return_when=FIRST_COMPLETED).done:
                    shard = out.pop(future)
                    done = _answer(shard, future)
                    if done is None:
                        suspects.append(shard)
                    else:
                        yield done
                _fill(pool, out, todo, 0 if suspects else self.workers + 1)
            suspects += out.values()
            finished = True
        finally:
            _stop(pool, kill=not finished)


def _alone(job: Job, shard: Shard) -> Done:
    """The answer to a shard that was out when a worker died."""
    for _ in range(ATTEMPTS):
        pool = _pool(job, 1)
        finished = False
        try:
            done = _answer(shard, pool.submit(_work, shard))
            finished = True
        finally:
            _stop(pool, kill=not finished)
        if done is not None:
            return done
    return Done(shard, None, "the worker died each time")


def _pool(job: Job, workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _start, (job,))


def _fill(pool: ProcessPoolExecutor, out: dict[Future[bytes], Shard], todo: deque[Shard], most: int) -> None:
    while todo and len(out) < most:
        try:
            out[pool.submit(_work, todo[0])] = todo[0]
        except BrokenProcessPool:
            return
        todo.popleft()


def _answer(shard: Shard, future: Future[bytes]) -> Done | None:
    """What came of a shard; None where its worker died."""
    try:
        return Done(shard, future.result())
    except BrokenProcessPool:
        return None
    except Exception as error:
        return Done(shard, None, said(error))


def _stop(pool: ProcessPoolExecutor, *, kill: bool) -> None:
    """End the pool; ``kill`` does not wait for what it is doing."""
    if kill:
        for process in list((pool._processes or {}).values()):
            process.kill()
    pool.shutdown(wait=True, cancel_futures=True)


_job: Job | None = None


def _start(job: Job) -> None:
    """What a worker begins with. Ctrl-C is for the process that gives out the shards."""
    global _job
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _job = job


def _work(shard: Shard) -> bytes:
    assert _job is not None  # noqa: S101 set by _start
    return run_shard(_job.work, _job.path, shard, _job.compiled)
