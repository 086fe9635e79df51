"""Receipts (回执): what an offline door keeps of its decisions until the ledger can import them as *reported*.

One JSON line each, appended and synced before the answer is given, in files only their owner can read.
"""

from __future__ import annotations

import os
from typing import Any

from freeze.model import Decision
from freeze.show.decision import question_json
from zhongbao_core.canonical import canonical
from zhongbao_core.clock import iso
from zhongbao_core.errors import StoreError
from zhongbao_core.text import Text

FORMAT = "zhongbao-receipt/1"
VARIABLE = "ZHONGBAO_RECEIPTS"
FILE = "receipts.jsonl"


def write_receipt(decision: Decision, folder: str) -> str:
    """Keep ``decision`` in ``folder``; the path it stands in. Raises StoreError RECEIPT_UNWRITABLE."""
    path = os.path.join(folder, FILE)  # noqa: PTH118 pathlib costs a gate 5 ms
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103
        handle = os.open(path, flags, 0o600)
        try:
            _append(handle, canonical(receipt(decision)) + b"\n")
        finally:
            os.close(handle)
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise StoreError(
            Text(f"回执写不进 {path}：{cause}", f"the receipt cannot be written to {path}: {cause}"),
            Text("用 --receipt-dir 指定可写的目录", "name a writable folder with --receipt-dir"),
            reason_code="RECEIPT_UNWRITABLE",
        ) from error
    return path


def _append(handle: int, line: bytes) -> None:
    if os.write(handle, line) != len(line):
        raise OSError("written in part")
    os.fsync(handle)


def receipt(decision: Decision) -> dict[str, Any]:
    """The receipt as data; ``id`` is new each time, so that importing a file twice records it once."""
    return {
        "format": FORMAT,
        "id": os.urandom(16).hex(),
        "door": decision.question.door,
        "at": iso(decision.at),
        "question": question_json(decision.question),
        "verdict": decision.verdict.value,
        "reason_code": decision.reason_code,
        "permit": decision.permit,
        "manifest": decision.manifest,
        "use": "unchecked",
        "host": _host(),
    }


def receipt_folder(chosen: str) -> str:
    """``chosen``, else $ZHONGBAO_RECEIPTS, else the running user's state folder."""
    named = chosen or os.environ.get(VARIABLE, "")
    if named:
        return named
    base = os.environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")  # noqa: PTH111, PTH118
    return os.path.join(base, "zhongbao")  # noqa: PTH118


def _host() -> str:
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")
