"""``ledger init``: the one command that makes a ledger, its key where there is none, and its first checkpoint."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import click

from zhongbao.ledger_open import AT, LEDGER, REHEARSAL, checkpoint_folder
from zhongbao_core.clikit import Settings, note, pass_settings
from zhongbao_core.clock import now
from zhongbao_core.errors import UsageError
from zhongbao_core.keyfile import generate_key
from zhongbao_core.ledger.checkpoint import Signer, load_signer
from zhongbao_core.ledger.journal import Journal
from zhongbao_core.ledger.outside import save
from zhongbao_core.ledger.place import require_lawful
from zhongbao_core.proof import ed25519_public, parse_checkpoint, split_note
from zhongbao_core.text import Text, plain
from zhongbao_core.trust import Trust, instant, load_trust

WRITER = "ledger"


class Plan(NamedTuple):
    """Where the new ledger, its key and its first checkpoint go."""

    path: Path
    key: Path
    origin: str
    folder: Path
    pinned: tuple[str, ...]
    at: datetime
    rehearsal: bool


@click.command()
@LEDGER
@click.option("--origin", default="", help="The ledger's own name, such as zhongbao.corp/games.")
@click.option("--key", "key", type=click.Path(path_type=Path, dir_okay=False), help="Private key file, made if absent.")
@click.option(
    "--to", "folder", type=click.Path(path_type=Path, file_okay=False), help="Folder of the first checkpoint."
)
@AT
@pass_settings
def init(
    settings: Settings, path: Path | None, origin: str, key: Path | None, folder: Path | None, at_text: str | None
) -> None:
    """Make the ledger that the trust file names, or one at --ledger with --origin where there is no trust file yet.

    Never over an existing one, never inside a git tree or on a network file system. Prints the public key to pin.
    """
    if path is not None:
        plan = _named(path, origin, key, folder, at_text)
    else:
        plan = _trusted(load_trust(settings.trust, settings.workspace), at_text, folder)
    if plan.rehearsal:
        note(settings, REHEARSAL)
    signer, note_path = make_ledger(plan)
    for text in _said(plan, signer, note_path):
        click.echo(plain(settings.say(text)))


def make_ledger(plan: Plan) -> tuple[Signer, Path]:
    """Make key (if absent), ledger and first checkpoint; the signer and the checkpoint's file."""
    require_lawful(plan.path)
    signer = _signer(plan)
    plan.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with Journal.create(plan.path, origin=plan.origin, writer=WRITER, at=plan.at) as journal:
        return signer, record_checkpoint(journal, signer, plan.folder, plan.at)


def record_checkpoint(journal: Journal, signer: Signer, folder: Path, at: datetime) -> Path:
    """Sign a checkpoint, keep it in ``folder``, and record that it was made unless nothing was added since the last."""
    text = journal.checkpoint(signer, at)
    checkpoint = parse_checkpoint(split_note(text)[0])
    path = save(text, checkpoint.size, folder)
    if journal.entry(checkpoint.size - 1).kind != "checkpoint.made":
        body = {"size": checkpoint.size, "root": checkpoint.root.hex()}
        journal.append("checkpoint.made", signer.origin, body, at=at, key=f"checkpoint:{checkpoint.size}")
    return path


def _signer(plan: Plan) -> Signer:
    if not plan.key.exists():
        if plan.pinned:
            raise _unpinned(plan)
        plan.key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        generate_key(plan.key, plan.origin)
    signer = load_signer(plan.key, plan.origin)
    if plan.pinned and ed25519_public(signer.line) not in map(ed25519_public, plan.pinned):
        raise _unpinned(plan)
    return signer


def _unpinned(plan: Plan) -> UsageError:
    return UsageError(
        Text(
            f"{plan.key} 不是信任文件登记的存证日志密钥", f"{plan.key} is not the ledger key that the trust file pins"
        ),
        Text(
            "先用 ledger init --ledger PATH --origin NAME 生成，再登记其公钥",
            "make it first with ledger init --ledger PATH --origin NAME, then pin its public line",
        ),
        reason_code="LEDGER_KEY_UNPINNED",
    )


def _trusted(trust: Trust, at_text: str | None, folder: Path | None) -> Plan:
    ledger = trust.ledger
    if ledger.path is None or ledger.key_file is None:
        raise UsageError(
            Text(
                "信任文件没有写 ledger.path 和 ledger.key_file", "the trust file has no ledger.path and ledger.key_file"
            ),
            Text("补上它们，或用 --ledger 与 --origin", "add them, or give --ledger and --origin"),
        )
    at = instant(at_text, trust)
    kept = folder or checkpoint_folder(trust)
    return Plan(ledger.path, ledger.key_file, ledger.origin, kept, ledger.lines, at, trust.rehearsal)


def _named(path: Path, origin: str, key: Path | None, folder: Path | None, at_text: str | None) -> Plan:
    if not origin or at_text:
        raise UsageError(
            Text("--ledger 须与 --origin 同用，且不接受 --at", "--ledger needs --origin, and takes no --at"),
            Text("例如 --origin zhongbao.example/games", "for example --origin zhongbao.example/games"),
        )
    return Plan(path, key or path.with_suffix(".key"), origin, folder or path.parent / "checkpoints", (), now(), False)


def _said(plan: Plan, signer: Signer, note_path: Path) -> tuple[Text, ...]:
    return (
        Text(f"存证日志 {plan.origin}：{plan.path}", f"ledger {plan.origin}: {plan.path}"),
        Text(f"私钥（0600，勿外传）：{plan.key}", f"private key (0600, never leaves): {plan.key}"),
        Text(f"公钥（写入信任文件）：{signer.line}", f"public key (pin it in the trust file): {signer.line}"),
        Text(f"C2SP 公钥：{signer.vkey}", f"C2SP key: {signer.vkey}"),
        Text(f"首个检查点（另存到本机之外）：{note_path}", f"first checkpoint (keep a copy elsewhere): {note_path}"),
    )
