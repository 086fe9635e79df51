"""A person's word over a statement as a command takes it: the statement by file or id, the signature given or made now."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from zhongbao_core.approval.subject import NAMESPACES
from zhongbao_core.clikit import Settings, note, read_file
from zhongbao_core.errors import UsageError
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from zhongbao_core.desk.base import Desk


def statement_of(desk: Desk, what: str) -> tuple[str, bytes]:
    """(id, statement bytes) of a statement file or an id."""
    from zhongbao_core.approval.statement import parse

    if os.path.isfile(what):  # noqa: PTH113 an id is no path
        data = read_file(Path(what))
        return parse(data).subject.id, data
    state = desk.state(what)
    return what, desk.statement(state)


def armor_of(
    settings: Settings, what: str, data: bytes, key: Path | None, signature: Path | None, purpose: str
) -> bytes:
    """The signature asked for: read from a file, or made now with a key over exactly ``data``.

    Where ``what`` is the file that is signed, the line that does the same by hand is shown.
    """
    from zhongbao_core.approval.sshsig import sign, sign_command

    if (key is None) == (signature is None):
        raise UsageError(Text("用 --key 或 --signature 之一", "give one of --key and --signature"))
    if signature is not None:
        return read_file(signature)
    if os.path.isfile(what):  # noqa: PTH113
        line = sign_command(what, NAMESPACES[purpose], str(key))
        note(settings, Text(f"等价命令：{line}", f"the same by hand: {line}"))
    return sign(str(key), data, NAMESPACES[purpose]).encode("ascii")
