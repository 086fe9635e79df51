"""``ledger prove`` and ``ledger checkpoint``: what can be shown to somebody who does not trust this host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zhongbao.ledger_init import WRITER, record_checkpoint
from zhongbao.ledger_open import AT, here, json_text, open_to_write, signer_of
from zhongbao_core.approval.permit_file import parse
from zhongbao_core.clikit import Settings, pass_settings
from zhongbao_core.errors import TamperedError, UsageError
from zhongbao_core.ledger.journal import Journal, Proven
from zhongbao_core.ledger.outside import newest, open_ledger
from zhongbao_core.safefile import read_bounded
from zhongbao_core.text import Text, plain

FORMAT = "zhongbao-proof/1"


@click.command()
@click.argument("seq", type=click.IntRange(min=0), required=False)
@click.option(
    "--permit", type=click.Path(path_type=Path, dir_okay=False), help="Prove every entry this permit rests on, afresh."
)
@AT
@pass_settings
def prove(settings: Settings, seq: int | None, permit: Path | None, at_text: str | None) -> None:
    """Write entry SEQ, its inclusion path and a signed checkpoint as JSON; the stand-alone verifier takes it."""
    if (seq is None) == (permit is None):
        raise UsageError(Text("给出 SEQ 或 --permit 之一", "give either SEQ or --permit"))
    place = here(settings, at_text)
    signer = signer_of(place.trust)
    with open_ledger(place.trust, read_only=True) as journal:
        places = [seq] if seq is not None else _places(journal, permit or Path())
        proven = journal.prove(places, signer, place.at)
    click.echo(json_text(as_json(proven)))


@click.command()
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder that this host cannot rewrite: a mount, a git clone that is pushed.",
)
@AT
@pass_settings
def checkpoint(settings: Settings, folder: Path, at_text: str | None) -> None:
    """Sign what the ledger holds now and keep it in --to DIR. A ledger behind the last one there is not signed."""
    place = here(settings, at_text)
    signer = signer_of(place.trust)
    with open_to_write(place.trust, WRITER) as journal:
        before = newest(folder, place.trust.ledger.lines, place.trust.ledger.origin)
        if before is not None:
            journal.require(before)
        path = record_checkpoint(journal, signer, folder, place.at)
    click.echo(plain(settings.say(Text(f"检查点：{path}", f"checkpoint: {path}"))))


def as_json(proven: Proven) -> dict[str, Any]:
    """The proofs as ``verifier.py --proof`` reads them."""
    return {
        "format": FORMAT,
        "proofs": [
            {"entry": entry.raw.decode("utf-8"), "index": entry.seq, "path": [part.hex() for part in path]}
            for entry, path in proven.entries
        ],
        "checkpoint": proven.checkpoint,
    }


def _places(journal: Journal, path: Path) -> list[int]:
    """The entries a permit names, provided the ledger still holds the very same ones."""
    permit = parse(read_bounded(str(path), limit=2 * 1024 * 1024, reason="PERMIT_MALFORMED"))
    for proof in permit.proofs:
        if proof.index >= journal.size() or journal.entry(proof.index).raw != proof.entry:
            raise TamperedError(
                Text(
                    f"放行单的第 {proof.index} 条与存证日志不符",
                    f"entry {proof.index} of the permit is not the ledger's",
                ),
                reason_code="LEDGER_FORKED",
            )
    return [proof.index for proof in permit.proofs]
