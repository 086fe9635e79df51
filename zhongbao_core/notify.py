"""Notices that never stand in the way: dropped as files, posted over HTTP, each on its own daemon thread.

``send`` returns within its ``wait`` whatever the channels do: a dead, slow or lying server, a missing folder and a
name that does not resolve all end as a Delivery with a reason. Nothing is raised, nothing is retried here: the file
drop is the copy that stays.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple
from uuid import uuid4

from zhongbao_core.text import Text, plain

WAIT = 3.0
"""Seconds a notice may take of the asker's time, all channels together."""
TIMEOUT = 2.5
"""Seconds for each network operation of one channel."""
MAX_CHANNELS = 16

Outcome = str
"""``delivered``, ``failed`` or ``pending`` (no answer in time; it may still arrive)."""


class Delivery(NamedTuple):
    """What became of a notice on one channel."""

    channel: str
    outcome: Outcome
    detail: str = ""

    @property
    def text(self) -> Text:
        """The line for people."""
        words = {"delivered": ("已送达", "delivered"), "failed": ("未送达", "not delivered")}
        zh, en = words.get(self.outcome, ("未确认", "not confirmed"))
        shown, why = plain(self.channel), plain(self.detail)
        return Text(f"通知 {shown}：{zh} {why}".rstrip(), f"notice {shown}: {en} {why}".rstrip())


def send(notice: Mapping[str, Any], channels: Sequence[str], *, wait: float = WAIT) -> tuple[Delivery, ...]:
    """Tell ``notice`` to every channel: an ``http(s)://`` address, or a folder to drop a file in.

    At most ``MAX_CHANNELS`` are told; the rest is reported as failed. Never raises and never takes longer than
    ``wait`` seconds.
    """
    told: dict[str, Delivery] = {}
    workers = [_start(channel, notice, told) for channel in channels[:MAX_CHANNELS]]
    until = monotonic() + wait
    for worker in workers:
        if worker is not None:
            worker.join(max(0.0, until - monotonic()))
    seen = dict(told)
    rest = tuple(Delivery(channel, "failed", "too many channels") for channel in channels[MAX_CHANNELS:])
    return tuple(seen.get(item, Delivery(item, "pending")) for item in channels[:MAX_CHANNELS]) + rest


def _start(channel: str, notice: Mapping[str, Any], told: dict[str, Delivery]) -> threading.Thread | None:
    def work() -> None:
        told[channel] = _tell(channel, notice)

    worker = threading.Thread(target=work, name="notice", daemon=True)
    try:
        worker.start()
    except RuntimeError as error:  # no thread left: the release goes on without this notice
        told[channel] = Delivery(channel, "failed", str(error))
        return None
    return worker


def _tell(channel: str, notice: Mapping[str, Any]) -> Delivery:
    deliver: Callable[[str, bytes], str] = _post if channel.startswith(("http://", "https://")) else _drop
    try:
        data = json.dumps(notice, ensure_ascii=False, sort_keys=True).encode("utf-8")
        return Delivery(channel, "delivered", deliver(channel, data))
    except Exception as error:  # whatever a channel does, the release goes on
        return Delivery(channel, "failed", f"{type(error).__name__}: {error}"[:200])


def _drop(folder: str, data: bytes) -> str:
    """Write ``data`` as a new file in ``folder`` (it must exist): complete or not at all."""
    name = f"notice-{uuid4().hex}.json"
    temporary = Path(folder) / f".{name}.part"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(Path(folder) / name)
    return name


def _post(address: str, data: bytes) -> str:
    """Post ``data``; only http and https are spoken, no redirect is followed, no proxy is asked."""
    from urllib.request import HTTPErrorProcessor, HTTPHandler, HTTPSHandler, OpenerDirector, Request

    opener = OpenerDirector()
    for handler in (HTTPHandler(), HTTPSHandler(), HTTPErrorProcessor()):
        opener.add_handler(handler)
    request = Request(address, data=data, method="POST", headers={"Content-Type": "application/json; charset=utf-8"})  # noqa: S310 the opener below speaks http and https alone
    with opener.open(request, timeout=TIMEOUT) as answer:
        if not 200 <= answer.status < 300:
            raise OSError(f"HTTP {answer.status}")
        return f"HTTP {answer.status}"
