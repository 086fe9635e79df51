"""``ledger show``: the entries, newest last. Bodies hold ids and digests only, so there is nothing to mask."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Any

import click

from zhongbao.ledger_open import FORMAT, LEDGER, json_text, open_to_read, optional_trust
from zhongbao_core.clikit import Settings, pass_settings
from zhongbao_core.clock import iso
from zhongbao_core.ledger.entry import Entry
from zhongbao_core.text import pad, plain


@click.command()
@LEDGER
@click.option("--kind", "kinds", multiple=True, help="Only entries of this kind; may be given several times.")
@click.option("--ref", default=None, help="Only entries about this id.")
@click.option("--last", "count", type=click.IntRange(1, 100_000), default=20, show_default=True, help="How many.")
@FORMAT
@pass_settings
def show(settings: Settings, path: Path | None, kinds: tuple[str, ...], ref: str | None, count: int, form: str) -> None:
    """List the last entries: number, time, kind, what it is about, who wrote it, its hash."""
    with open_to_read(optional_trust(settings, path), path) as journal, journal.snapshot():
        start = 0 if kinds or ref is not None else max(0, journal.size() - count)
        found = deque(journal.entries(start, kinds=kinds or None, ref=ref), maxlen=count)
        answer = {"origin": journal.origin, "size": journal.size(), "entries": [as_json(entry) for entry in found]}
    click.echo(plain(json_text(answer), newlines=True) if form == "json" else "\n".join(map(line, found)))


def as_json(entry: Entry) -> dict[str, Any]:
    """An entry with all its fields, and its leaf hash."""
    return {
        "seq": entry.seq,
        "time": iso(entry.time),
        "writer": entry.writer,
        "kind": entry.kind,
        "ref": entry.ref,
        "key": entry.key,
        "body": entry.body,
        "prev": entry.prev,
        "leaf": entry.leaf.hex(),
    }


def line(entry: Entry) -> str:
    """One line for a terminal."""
    parts = (pad(plain(entry.kind), 25), pad(plain(entry.ref), 24), plain(entry.writer))
    return f"{entry.seq:>6}  {pad(iso(entry.time), 27)}  {entry.leaf.hex()[:12]}  " + "  ".join(parts)
