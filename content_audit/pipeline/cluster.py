"""Shards on other machines, through Dask distributed. Bytes are sent, and the compiled form once; no path is shared.

TLS with both sides named by certificates is asked for everywhere but on the loopback: what is sent are unpublished
drafts, and a Dask worker runs whatever its scheduler says.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from importlib import import_module
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from content_audit.pipeline.executor import ATTEMPTS, Done, Executor, Job, Processes, Serial, said
from content_audit.pipeline.plan import Shard
from content_audit.pipeline.work import Work, read_shard, run_bytes
from zhongbao_core.errors import CannotTellError, UsageError
from zhongbao_core.text import Text, plain

TLS = {"tls_ca_file": "ZHONGBAO_TLS_CA", "tls_client_cert": "ZHONGBAO_TLS_CERT", "tls_client_key": "ZHONGBAO_TLS_KEY"}
"""What a connection needs, and the variable that names each file."""
_PATIENCE = 30
"""Seconds to reach the scheduler."""


def executor_of(name: str) -> Executor:
    """``serial``, ``local``, ``local:N``, ``tls://HOST:PORT``, or ``tcp://`` on the loopback. Raises UsageError."""
    if name == "serial":
        return Serial()
    head, _, count = name.partition(":")
    if head == "local" and (not count or (count.isdecimal() and 0 < int(count) <= 1024)):
        return Processes(int(count or 0))
    if name.startswith(("tls://", "tcp://")):
        return Cluster(name)
    raise UsageError(
        Text(f"执行方式不认识：{plain(name)}", f"no executor {plain(name)!r}"),
        Text("可用 serial、local、local:N、tls://HOST:PORT", "serial, local, local:N or tls://HOST:PORT"),
        reason_code="EXECUTOR_UNKNOWN",
    )


class Cluster:
    """A Dask scheduler and its workers. Raises UsageError where the address asks for an open line off the loopback."""

    def __init__(self, address: str) -> None:
        self.address = address
        if address.startswith("tcp://") and not _loopback(address):
            raise UsageError(
                Text("非本机的集群必须使用 TLS", "a cluster off this machine must use TLS"),
                Text("改用 tls://HOST:PORT", "use tls://HOST:PORT"),
                reason_code="CLUSTER_OPEN",
            )

    def run(self, job: Job, shards: Iterable[Shard]) -> Iterator[Done]:
        """An answer to each shard, as they come. The scheduler gives a dead worker's shards to others."""
        with self._client() as client, _quiet():
            todo = deque((shard, 0) for shard in shards)
            while todo:
                lost: list[tuple[Shard, int]] = []
                yield from _round(client, job, todo, lost)
                for shard, tries in lost:
                    if tries + 1 < ATTEMPTS:
                        todo.append((shard, tries + 1))
                    else:
                        yield Done(shard, None, "the workers died each time")

    def _client(self) -> Any:
        try:
            distributed = _library()
        except ImportError as error:
            raise UsageError(
                Text("此安装不含集群支持", "this installation has no cluster support"),
                Text("安装 zhongbao[cluster]", "install zhongbao[cluster]"),
                reason_code="CLUSTER_MISSING",
            ) from error
        try:
            return distributed.Client(
                self.address, security=_security(self.address), timeout=_PATIENCE, set_as_default=False
            )
        except (OSError, ValueError, TimeoutError) as error:
            raise CannotTellError(
                Text(f"连不上集群 {plain(self.address)}：{error}", f"no cluster at {plain(self.address)}: {error}"),
                Text("核对地址与证书", "check the address and the certificates"),
                reason_code="CLUSTER_AWAY",
            ) from error


def _round(client: Any, job: Job, todo: deque[tuple[Shard, int]], lost: list[tuple[Shard, int]]) -> Iterator[Done]:
    """Answers until ``todo`` is empty; shards whose workers died stand in ``lost``."""
    compiled = client.scatter(job.compiled, broadcast=True)
    most = 2 * max(1, sum(client.nthreads().values()))
    out: dict[Any, tuple[Shard, int]] = {}
    waiting = _library().as_completed(loop=client.loop)

    def fill() -> None:
        while todo and len(out) < most:
            shard, tries = todo.popleft()
            data = read_shard(job.path, shard)
            future = client.submit(_remote, job.work, data, shard.line, compiled, pure=False)
            out[future] = (shard, tries)
            waiting.add(future)

    fill()
    for future in waiting:
        shard, tries = out.pop(future)
        done = _answer(shard, future)
        if done is None:
            lost.append((shard, tries))
        else:
            yield done
        fill()


def _answer(shard: Shard, future: Any) -> Done | None:
    """What came of a shard; None where its workers died."""
    library = _library()
    died = (library.KilledWorker, library.client.FutureCancelledError, library.comm.core.CommClosedError)
    try:
        return Done(shard, future.result())
    except died:
        return None
    except Exception as error:
        return Done(shard, None, said(error))
    finally:
        future.release()


def _remote(work: Work, data: bytes, line: int, compiled: bytes) -> bytes:
    return run_bytes(work, data, line, compiled)


def _quiet() -> Any:
    """Shards are sent as they are: Dask need not warn that they are large. Its defaults must be there before."""
    return import_module("dask").config.set({"distributed.admin.large-graph-warning-threshold": "1GB"})


def _library() -> Any:
    """Dask distributed, which is an extra."""
    return import_module("distributed")


def _loopback(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _security(address: str) -> Any:
    """The certificates a TLS connection needs. Raises UsageError where one is not named."""
    if not address.startswith("tls://"):
        return None
    missing = [name for name in TLS.values() if not os.environ.get(name)]
    if missing:
        raise UsageError(
            Text(f"TLS 需要 {'、'.join(missing)}", f"TLS needs {', '.join(missing)}"),
            Text("各指向一个 PEM 文件", "each names a PEM file"),
            reason_code="CLUSTER_CERTIFICATES",
        )
    return _library().Security(require_encryption=True, **{key: os.environ[name] for key, name in TLS.items()})
