"""``trust adopt``: the ledger learns which manifest, root and amendments are in force; online doors refuse older ones."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from zhongbao_core.clikit import Settings, note, pass_settings
from zhongbao_core.text import Text, plain
from zhongbao_core.trust import Trust, VerifiedManifest, instant, load_trust, newest_adopted, remember, verify_manifest

if TYPE_CHECKING:
    from zhongbao_core.ledger.journal import Journal

KINDS = ("manifest.adopted", "amendment.adopted")


@click.command()
@click.option("--at", "at_text", help="The instant of recording (rehearsals only).")
@click.option("--writer", default="", help="Who records it.")
@pass_settings
def adopt(settings: Settings, at_text: str | None, writer: str) -> None:
    """Verify the manifest in force and record it, with its amendments, in the ledger. Again is no harm."""
    trust = load_trust(settings.trust, settings.workspace)
    at = instant(at_text, trust)
    journal = open_ledger(trust, writer or "trust")
    known = newest_adopted(((e.kind, e.ref, e.body) for e in journal.entries(kinds=KINDS)), trust.workspace)
    manifest = verify_manifest(settings.workspace, trust, at, known=known)
    record(journal, manifest, trust.workspace, at)
    said = remember(trust, manifest)
    if said is not None:
        note(settings, said)
    words = Text(
        f"已存证：策略清单 {manifest.label}，修订 {len(manifest.amendments)} 件",
        f"recorded: manifest {manifest.label}, {len(manifest.amendments)} amendments",
    )
    click.echo(plain(settings.say(words)))


def record(journal: Journal, manifest: VerifiedManifest, workspace: str, at: datetime) -> None:
    """Append what is in force; entries that stand already are found by their keys and not written twice."""
    body = {"version": manifest.version, "digest": manifest.digest, "root": manifest.root.version}
    journal.append("manifest.adopted", workspace, body, at=at, key=f"manifest:{workspace}:{manifest.version}")
    for item in manifest.amendments:
        fields = {"number": item.number, "digest": item.digest, "base": item.body["base"], "kind": item.kind}
        journal.append("amendment.adopted", workspace, fields, at=at, key=f"amendment:{item.digest}")


def open_ledger(trust: Trust, writer: str) -> Journal:
    """The ledger that the trust file names, refused where it is behind what was seen of it outside."""
    from zhongbao_core.ledger.outside import open_ledger as checked

    return checked(trust, writer=writer)
