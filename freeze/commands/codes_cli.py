"""``zhongbao codes``: cards of one-time approval codes. A card is printed once; only slow salted hashes are kept."""

from __future__ import annotations

from pathlib import Path

import click

from freeze.desk.open import open_desk
from zhongbao_core.clikit import AT, FORMAT, Settings, echo_json, note, pass_settings
from zhongbao_core.clock import iso
from zhongbao_core.text import Text, plain


@click.group()
def codes() -> None:
    """One-time approval codes (授权码)."""


@codes.command()
@click.argument("person")
@click.option("--count", type=click.IntRange(1, 100), default=10, show_default=True)
@FORMAT
@AT
@pass_settings
def issue(settings: Settings, person: str, count: int, fmt: str, at_text: str | None) -> None:
    """Issue a card to PERSON and print it, once."""
    from zhongbao_core.desk.codes import card_text, issue_card

    with open_desk(settings, at_text) as here:
        made = issue_card(here.desk, person, count, here.at)
        if fmt == "json":
            body = {"person": made.person, "card": made.card, "codes": list(made.codes)}
            echo_json(body)
        else:
            click.echo(plain(card_text(here.desk, made), newlines=True), nl=False)
    note(settings, Text("只显示这一次，请打印后封存", "shown this once: print it and keep it safe"))


@codes.command("list")
@click.argument("person", required=False, default="")
@FORMAT
@AT
@pass_settings
def list_(settings: Settings, person: str, fmt: str, at_text: str | None) -> None:
    """List cards with how many codes are left; never the codes."""
    from zhongbao_core.desk.codes import cards

    with open_desk(settings, at_text, write=False) as here:
        found = cards(here.desk, person)
        if fmt == "json":
            rows = [
                {
                    "card": item.card,
                    "person": item.person,
                    "issued_at": iso(item.issued_at),
                    "codes": len(item.hashes),
                    "left": item.left,
                    "revoked": item.revoked,
                }
                for item in found
            ]
            echo_json({"cards": rows})
            return
        for item in found:
            gone = Text("已作废", "revoked") if item.revoked else Text(f"余 {item.left}", f"{item.left} left")
            click.echo(plain(f"{item.card}  {here.desk.name(item.person)}  {settings.say(gone)}/{len(item.hashes)}"))


@codes.command()
@click.argument("card")
@AT
@pass_settings
def revoke(settings: Settings, card: str, at_text: str | None) -> None:
    """Revoke a card: lost, or its owner has left."""
    from zhongbao_core.desk.codes import revoke_card

    with open_desk(settings, at_text) as here:
        revoke_card(here.desk, card, here.at)
    click.echo(plain(settings.say(Text(f"{card} 已作废", f"{card} is revoked"))))


@codes.command()
@click.option("--count", type=click.IntRange(1, 20), default=2, show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the hashes to a file.")
@AT
@pass_settings
def seal(settings: Settings, count: int, out: Path | None, at_text: str | None) -> None:
    """Make sealed break-glass codes: the codes for envelopes, the hashes for freeze/breakglass.yaml."""
    from freeze.desk.open import read_policy
    from zhongbao_core.approval.codes import SEALED_BITS
    from zhongbao_core.approval.codes import issue as make

    made = make(count, read_policy(settings, at_text).at, bits=SEALED_BITS)
    for code in made.codes:
        click.echo(code)
    lines = "\n".join(f'  - "{item}"' for item in made.hashes)
    if out is not None:
        out.write_text(f"sealed_codes:\n{lines}\n", encoding="utf-8")
    else:
        note(
            settings,
            Text(
                f"写入 freeze/breakglass.yaml：\nsealed_codes:\n{lines}",
                f"for freeze/breakglass.yaml:\nsealed_codes:\n{lines}",
            ),
        )
