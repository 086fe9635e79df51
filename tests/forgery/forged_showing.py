"""Permits that are no file a door can read, and the honest permit shown where, when or for what it does not hold."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from forged_permit import FORGED, MALFORMED, START
from forgery_cases import forged

from zhongbao_core.canonical import digest

if TYPE_CHECKING:
    from scenes import Scene

MISMATCH = "PERMIT_MISMATCH"


def bytes_of(change: Callable[[bytes], bytes]) -> Callable[[Scene], object]:
    """Change the file's bytes."""
    return lambda scene: scene.permit.write_bytes(change(scene.permit.read_bytes()))


def used(scene: Scene) -> None:
    """The permit has opened the door once already."""
    assert scene.gate(offline=False) == (0, "PERMITTED")


def revoked(scene: Scene) -> None:
    from zhongbao_core.ledger.journal import Journal

    with Journal.open(scene.out / "ledger.db", writer="desk") as journal:
        body = {"id": "CR-games-0007-P1", "by": "chen-jun", "reason": digest(b"")}
        journal.append("permit.revoked", "CR-games-0007", body, at=START)


def ledger_replaced(scene: Scene) -> None:
    """The asker's ledger where the company's was: same origin, other history."""
    for path in scene.out.glob("ledger.db*"):
        path.unlink()
    shutil.copy(scene.enemy.outside / "ledger.db", scene.out / "ledger.db")


def special(how: str) -> Callable[[Scene], object]:
    """The permit a thing that is no file."""

    def make(scene: Scene) -> None:
        scene.permit.unlink()
        if how == "folder":
            scene.permit.mkdir()
        elif how == "pipe":
            os.mkfifo(scene.permit)
        else:
            scene.permit.symlink_to("/dev/zero")

    return make


def untouched(scene: Scene) -> None:
    """The honest permit, shown where or when it does not hold."""


FILES = [
    forged("permit with a byte order mark", bytes_of(lambda data: b"\xef\xbb\xbf" + data), MALFORMED),
    forged("permit with a newline at its end", bytes_of(lambda data: data + b"\n"), MALFORMED),
    forged(
        "permit with a member twice",
        bytes_of(lambda data: data.replace(b'{"checkpoint"', b'{"permit":"","checkpoint"')),
        MALFORMED,
    ),
    forged("permit with NaN", bytes_of(lambda data: data.replace(b'"index":', b'"index":NaN,"x":', 1)), MALFORMED),
    forged("permit in UTF-16", bytes_of(lambda data: data.decode().encode("utf-16")), MALFORMED),
    forged("permit of 64 MiB", bytes_of(lambda data: data + b" " * 64 * 2**20), MALFORMED),
    forged("permit nested without end", bytes_of(lambda data: b"[" * 100_000), MALFORMED),
    forged("permit cut short", bytes_of(lambda data: data[: len(data) // 2]), MALFORMED),
    forged("permit empty", bytes_of(lambda data: b""), MALFORMED),
    forged("permit a list", bytes_of(lambda data: b"[]"), MALFORMED),
    forged("permit a folder", special("folder"), "FILE_UNREADABLE"),
    forged("permit a pipe", special("pipe"), MALFORMED),
    forged("permit a device without end", special("device"), MALFORMED),
    forged("permit not there", lambda s: s.permit.unlink(), "FILE_UNREADABLE"),
]
SHOWN = [
    forged("honest permit, another artifact", untouched, MISMATCH, more=("--bind", "artifact:app=sha256:" + "b" * 64)),
    forged("honest permit, another system", untouched, MISMATCH, "SPAN_CONFLICT", more=("-s", "core-db")),
    forged("honest permit, an unknown system", untouched, MISMATCH, "UNKNOWN_SYSTEM", more=("-s", "shadow")),
    forged("honest permit, another environment", untouched, MISMATCH, more=("-e", "staging")),
    forged("honest permit, another kind of work", untouched, MISMATCH, more=("-k", "database")),
    forged("honest permit, longer work", untouched, MISMATCH, "SPAN_CONFLICT", more=("--duration", "12h")),
    forged("honest permit before its time", untouched, "PERMIT_NOT_YET", at=START - timedelta(minutes=3)),
    forged("honest permit at the closing instant", untouched, "PERMIT_EXPIRED", at=START + timedelta(hours=1)),
    forged("honest permit long after", untouched, "PERMIT_EXPIRED", "SILENT", at=START + timedelta(days=3)),
    forged("honest permit a second time", used, "PERMIT_USED", offline=False),
    forged("honest permit after it was revoked", revoked, "PERMIT_REVOKED", offline=False),
    forged(
        "honest permit with a clock set back",
        untouched,
        "CLOCK_BACKWARDS",
        "PERMIT_NOT_YET",
        at=START - timedelta(hours=3),
    ),
    forged(
        "honest permit against a ledger put in place of the company's",
        ledger_replaced,
        "LEDGER_ROLLED_BACK",
        "LEDGER_FORKED",
        FORGED,
        "TAMPERED",
        offline=False,
    ),
]
SHOWING = [*FILES, *SHOWN]
