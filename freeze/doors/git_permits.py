"""Where the permits of a push come from: push options, and the server's own folder. Never from the pushed files."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from freeze.decision.case import PermitView
from freeze.doors.asking import read_permit
from freeze.entry.evidence import examine
from freeze.entry.open import OpenPolicy
from zhongbao_core.errors import RefusedError, ZhongbaoError
from zhongbao_core.proof import Checkpoint
from zhongbao_core.text import Text

BY_ID = "zhongbao-permit="
INLINE = "zhongbao-permit-data="
MAX_FILES = 500
MAX_INLINE = 64 * 1024
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Presented(NamedTuple):
    """A permit that was examined, and the checkpoint its evidence rests on."""

    view: PermitView
    checkpoint: Checkpoint | None


def presented(
    options: Sequence[str], folder: str, pushed: Mapping[str, str], opened: OpenPolicy, at: datetime
) -> list[Presented]:
    """The permits of a push: those its options name or carry, else those in ``folder`` that bind what is pushed.

    Raises RefusedError PERMIT_NOT_FOUND for an id the server does not have, PERMIT_MALFORMED for one it cannot read.
    """
    named = list(_named(options, folder))
    found = [examine(data, opened, at) for data in named]
    if not named:
        found = [item for item in (examine(data, opened, at) for data in _all(folder)) if _fits(item.view, pushed)]
    return [Presented(item.view, item.checkpoint) for item in found]


def _named(options: Iterable[str], folder: str) -> Iterator[bytes]:
    for option in options:
        if option.startswith(BY_ID):
            yield _by_id(option.removeprefix(BY_ID), folder)
        elif option.startswith(INLINE):
            yield _inline(option.removeprefix(INLINE))


def _by_id(name: str, folder: str) -> bytes:
    path = os.path.join(folder, f"{name}.json")  # noqa: PTH118
    if not folder or not _ID.fullmatch(name) or not os.path.isfile(path):  # noqa: PTH113
        raise RefusedError(
            Text(f"服务器上没有放行单 {name!r}", f"the server has no permit {name!r}"),
            Text("请管理员把放行单放入服务器的放行单目录", "have it put into the permits folder of the server"),
            reason_code="PERMIT_NOT_FOUND",
        )
    return read_permit(path)


def _inline(text: str) -> bytes:
    try:
        if len(text) > MAX_INLINE:
            raise ValueError("too long")
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise RefusedError(
            Text(f"推送选项 {INLINE}… 不是 base64", f"push option {INLINE}... is not base64"),
            reason_code="PERMIT_MALFORMED",
        ) from error


def _all(folder: str) -> Iterator[bytes]:
    if not folder:
        return
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".json"))  # noqa: PTH208
    except OSError:
        return
    for name in names[-MAX_FILES:]:
        try:
            yield read_permit(os.path.join(folder, name))  # noqa: PTH118
        except ZhongbaoError:
            continue


def _fits(view: PermitView, pushed: Mapping[str, str]) -> bool:
    """Whether the permit is about this very push: it binds one of its refs to just what is pushed."""
    return view.fault is None and any(pushed.get(name) == value for name, value in view.bound.items())
