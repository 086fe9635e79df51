"""How the ledger's commands come to a ledger, its keys and an instant: the trust file, or ``--ledger PATH``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import click

from zhongbao_core.clikit import Settings, note
from zhongbao_core.errors import StoreError, TrustError, UsageError
from zhongbao_core.ledger.checkpoint import Signer, load_signer
from zhongbao_core.ledger.journal import Journal
from zhongbao_core.ledger.outside import FOLDER, newest, open_ledger, read_checkpoint
from zhongbao_core.proof import Checkpoint, ed25519_public
from zhongbao_core.text import Text
from zhongbao_core.trust import Trust, instant, load_trust

LEDGER = click.option(
    "--ledger", "path", type=click.Path(path_type=Path, dir_okay=False), help="The ledger's file, not the trust file's."
)
AT = click.option("--at", "at_text", help="The instant of recording (rehearsals only).")
FORMAT = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
KEY = click.option(
    "--key", "keys", multiple=True, help='A ledger key, "ssh-ed25519 AAAA...", where there is no trust file.'
)
CHECKPOINT = click.option(
    "--checkpoint",
    "files",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="A checkpoint kept elsewhere; may be given several times.",
)
REHEARSAL = Text("【演练】不对真实变更作数", "REHEARSAL: not for real changes")


class Here(NamedTuple):
    """What a command that records needs."""

    trust: Trust
    at: datetime


def here(settings: Settings, at_text: str | None) -> Here:
    """The trust file and the instant; says so where it is a rehearsal."""
    trust = load_trust(settings.trust, settings.workspace)
    at = instant(at_text, trust)
    if trust.rehearsal:
        note(settings, REHEARSAL)
    return Here(trust, at)


def optional_trust(settings: Settings, path: Path | None) -> Trust | None:
    """The trust file; None where ``--ledger`` is given and there is none."""
    try:
        return load_trust(settings.trust, settings.workspace)
    except TrustError as error:
        if path is not None and error.reason_code == "TRUST_MISSING" and settings.trust is None:
            return None
        raise


def open_to_read(trust: Trust | None, path: Path | None) -> Journal:
    """The ledger for looking at it, also where it is behind: ``verify`` is there to say so."""
    where = path or (trust.ledger.path if trust else None)
    if where is None:
        raise StoreError(
            Text("信任文件没有写存证日志的位置", "the trust file names no ledger on this machine"),
            Text("用 --ledger 指定", "name it with --ledger"),
            reason_code="LEDGER_NOT_HERE",
        )
    return Journal.open(where, read_only=True)


def open_to_write(trust: Trust, writer: str) -> Journal:
    """The ledger the trust file names, refused where it is behind what was seen of it."""
    return open_ledger(trust, writer=writer)


def signer_of(trust: Trust) -> Signer:
    """The ledger key of this machine, which must be one the trust file pins. Raises StoreError."""
    if trust.ledger.key_file is None:
        raise StoreError(
            Text("信任文件没有写存证日志私钥", "the trust file names no ledger key on this machine"),
            Text("检查点只能在存放私钥的机器上签发", "checkpoints are signed where the ledger key is kept"),
            reason_code="LEDGER_KEY_MISSING",
        )
    signer = load_signer(trust.ledger.key_file, trust.ledger.origin)
    if ed25519_public(signer.line) not in [ed25519_public(line) for line in trust.ledger.lines]:
        raise StoreError(
            Text("本机的存证日志私钥不在信任文件中", "the ledger key of this machine is not one the trust file pins"),
            Text(f"把这一行加入信任文件：{signer.line}", f"pin this line in the trust file: {signer.line}"),
            reason_code="LEDGER_KEY_UNPINNED",
        )
    return signer


def checkpoint_folder(trust: Trust) -> Path:
    """``checkpoints/`` beside the trust file."""
    return trust.path.parent / FOLDER


def checkpoints_of(
    files: tuple[Path, ...], keys: tuple[str, ...], trust: Trust | None, origin: str
) -> list[Checkpoint]:
    """The verified checkpoints in ``files``. Raises UsageError where no key is known, CheckpointError for a bad one."""
    lines = keys or (trust.ledger.lines if trust else ())
    if files and not lines:
        raise UsageError(
            Text("没有可验证检查点的公钥", "no key to verify the checkpoints with"),
            Text(
                '用 --trust FILE，或 --key "ssh-ed25519 AAAA..."', 'give --trust FILE, or --key "ssh-ed25519 AAAA..."'
            ),
        )
    pinned = trust.ledger.origin if trust else origin
    return [read_checkpoint(path, lines, pinned) for path in files]


def known_checkpoints(trust: Trust | None) -> list[Checkpoint]:
    """The newest checkpoint kept beside the trust file, if there is one."""
    if trust is None:
        return []
    found = newest(checkpoint_folder(trust), trust.ledger.lines, trust.ledger.origin)
    return [found] if found else []


def json_text(value: dict[str, Any]) -> str:
    """``value`` as every JSON answer is written."""
    from json import dumps

    return dumps({"schema_version": 1, "reason_code": "OK", **value}, ensure_ascii=False, sort_keys=True, indent=2)
