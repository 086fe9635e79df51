"""``key list`` and ``key show``: the keys as people.yaml has them now (the manifest may still vouch for older ones)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from zhongbao_core.approval.keys import KeyRefusedError, PublicKeyLine
from zhongbao_core.clikit import Settings, pass_settings
from zhongbao_core.clock import iso, now, parse_instant
from zhongbao_core.errors import InputError
from zhongbao_core.people import Person, PublicKey
from zhongbao_core.text import Text, pad, plain

AT = click.option("--at", "at_text", help="State as of this instant.")
FORMAT = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
STATES = {
    "good": Text("有效", "good"),
    "not_yet": Text("未生效", "not yet"),
    "expired": Text("过期", "expired"),
    "revoked": Text("已作废", "revoked"),
    "compromised": Text("已泄露", "compromised"),
    "refused": Text("不合格", "refused"),
}


@click.command(name="list")
@AT
@FORMAT
@pass_settings
def list_(settings: Settings, at_text: str | None, form: str) -> None:
    """All keys of all persons, with their state."""
    at = parse_instant(at_text) if at_text else now()
    rows = [row for person in persons(settings).values() for row in rows_of(person, at)]
    _put(settings, form, rows)


@click.command()
@click.argument("person")
@AT
@FORMAT
@pass_settings
def show(settings: Settings, person: str, at_text: str | None, form: str) -> None:
    """PERSON's keys in full."""
    at = parse_instant(at_text) if at_text else now()
    found = persons(settings).get(person)
    if found is None:
        raise InputError(
            Text(f"people.yaml 中没有 {person}", f"people.yaml has no {person}"),
            Text("zhongbao key list", "zhongbao key list"),
            reason_code="PERSON_UNKNOWN",
        )
    rows = [{**row, "line": key.line} for row, key in zip(rows_of(found, at), found.keys, strict=True)]
    _put(settings, form, rows)


def persons(settings: Settings) -> dict[str, Person]:
    """All persons as the YAML has them. Raises InputError for the first complaint about the workspace."""
    from freeze.authoring.compiler import compile_workspace
    from freeze.in_force.compiled import CompiledPolicy

    return CompiledPolicy.from_bytes(compile_workspace(settings.workspace)).directory.persons


def rows_of(person: Person, at: datetime) -> list[dict[str, Any]]:
    """One row per key of ``person``: id, fingerprint, validity and state at ``at``."""
    return [
        {
            "person": person.id,
            "key": key.id,
            "state": state_of(key, at),
            "fingerprint": _fingerprint(key),
            "valid_from": iso(key.valid_from) if key.valid_from else None,
            "valid_until": iso(key.valid_until) if key.valid_until else None,
            "revoked_at": iso(key.revoked_at) if key.revoked_at else None,
        }
        for key in person.keys
    ]


def state_of(key: PublicKey, at: datetime) -> str:
    """The state of ``key`` at ``at``: an id of STATES."""
    if not _fingerprint(key):
        return "refused"
    if key.compromised:
        return "compromised"
    if key.revoked_at is not None and key.revoked_at <= at:
        return "revoked"
    if key.valid_from is not None and at < key.valid_from:
        return "not_yet"
    return "good" if key.good_at(at) else "expired"


def _fingerprint(key: PublicKey) -> str:
    try:
        return PublicKeyLine.parse(key.line).fingerprint
    except KeyRefusedError:
        return ""


def _put(settings: Settings, form: str, rows: list[dict[str, Any]]) -> None:
    if form == "json":
        body = {"schema_version": 1, "reason_code": "KEYS", "keys": rows}
        click.echo(json.dumps(body, ensure_ascii=False, sort_keys=True, indent=2))
        return
    for row in rows:
        until = f"  → {row['valid_until']}" if row["valid_until"] else ""
        state = settings.say(STATES[row["state"]])
        click.echo(plain(f"{pad(row['person'], 18)}{pad(row['key'], 24)}{pad(state, 12)}{row['fingerprint']}{until}"))
        if "line" in row:
            click.echo(plain(f"    {row['line']}"))
