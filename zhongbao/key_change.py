"""``key generate|enrol|rotate|revoke|lost``: one change to one person's keys, in people.yaml and in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from zhongbao.people_edit import add_key, set_key
from zhongbao.trust_adopt import open_ledger
from zhongbao.trust_init import public_line
from zhongbao_core.approval.keys import PublicKeyLine
from zhongbao_core.clikit import Settings, note, pass_settings
from zhongbao_core.clock import iso, parse_duration, parse_instant
from zhongbao_core.errors import InputError, TrustError
from zhongbao_core.text import Text, plain
from zhongbao_core.trust import Trust, instant, load_trust
from zhongbao_core.trustfile import an_id

FILE = "people.yaml"
AT = click.option("--at", "at_text", help="The instant it is done (rehearsals only).")
PUBLIC = click.Path(dir_okay=False)


@click.command()
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Private key; FILE.pub beside it."
)
@click.option("--comment", default="", help="What stands behind the public key.")
@click.option("--no-passphrase", is_flag=True, help="Leave the private key unprotected (rehearsals, hardware stores).")
@pass_settings
def generate(settings: Settings, out: Path, comment: str, no_passphrase: bool) -> None:
    """Make an Ed25519 key pair. The private key never leaves its person; hand over the .pub file only."""
    from zhongbao_core.keyfile import generate_key

    passphrase = "" if no_passphrase else click.prompt("passphrase", hide_input=True, confirmation_prompt=True)
    line = generate_key(out, comment, passphrase=passphrase)
    click.echo(f"{PublicKeyLine.parse(line).fingerprint}  {out}.pub")


@click.command()
@click.argument("person")
@click.argument("public", type=PUBLIC)
@click.option("--id", "key_id", help="Id of the key; otherwise PERSON-<date>.")
@click.option("--valid-until", help="Until when it is good (2027-01-01T00:00+08:00).")
@AT
@pass_settings
def enrol(
    settings: Settings, person: str, public: str, key_id: str | None, valid_until: str | None, at_text: str | None
) -> None:
    """Give PERSON the key in the file PUBLIC. Compare the fingerprint with the person, face to face, first."""
    at, trust = _now(settings, at_text)
    item = _item(person, public, key_id, at)
    if valid_until:
        item["valid_until"] = iso(parse_instant(valid_until))
    _write(settings, lambda text: add_key(text, person, item))
    body = {"key": item["id"], "fingerprint": _print(item)}
    _record(settings, trust, "key.enrolled", person, body, at)
    _say(
        settings,
        Text(f"已登记 {person} 的密钥 {item['id']} {_print(item)}", f"{person} has key {item['id']} {_print(item)}"),
    )


@click.command()
@click.argument("person")
@click.argument("public", type=PUBLIC)
@click.option("--replaces", required=True, help="Id of the key that goes.")
@click.option("--id", "key_id", help="Id of the new key; otherwise PERSON-<date>.")
@click.option("--overlap", default="24h", show_default=True, help="How long the old key stays good.")
@AT
@pass_settings
def rotate(
    settings: Settings, person: str, public: str, replaces: str, key_id: str | None, overlap: str, at_text: str | None
) -> None:
    """Replace one key of PERSON by that in PUBLIC. Approvals the old one signed before keep their worth."""
    at, trust = _now(settings, at_text)
    item, until = _item(person, public, key_id, at), iso(at + parse_duration(overlap))
    _write(settings, lambda text: add_key(set_key(text, person, replaces, {"valid_until": until}), person, item))
    body = {"key": item["id"], "fingerprint": _print(item), "replaces": replaces, "old_until": until}
    _record(settings, trust, "key.rotated", person, body, at)
    words = Text(
        f"{person}：{item['id']} 启用，{replaces} 有效至 {until}",
        f"{person}: {item['id']} from now, {replaces} until {until}",
    )
    _say(settings, words)


@click.command()
@click.argument("person")
@click.argument("key_id")
@click.option("--compromised", is_flag=True, help="Somebody else may have it: no signature by it counts, ever.")
@AT
@pass_settings
def revoke(settings: Settings, person: str, key_id: str, compromised: bool, at_text: str | None) -> None:
    """Take KEY_ID of PERSON back from now on. With --compromised everything it ever signed loses its worth."""
    fields: dict[str, str | bool] = {"compromised": True} if compromised else {}
    _revoke(settings, person, key_id, fields, at_text, "compromised" if compromised else "revoked")


@click.command()
@click.argument("person")
@click.argument("key_id")
@AT
@pass_settings
def lost(settings: Settings, person: str, key_id: str, at_text: str | None) -> None:
    """KEY_ID of PERSON is gone, in nobody's hands: revoked from now on, what it signed before stays good.

    Until a new key is enrolled and signed into a manifest the person approves by code or attested word.
    """
    _revoke(settings, person, key_id, {}, at_text, "lost")
    note(
        settings,
        Text(
            f"下一步：{person} 生成新密钥，zhongbao key enrol {person} FILE.pub；此前可用授权码或代录审批",
            f"next: {person} makes a new key, zhongbao key enrol {person} FILE.pub; until then codes or attested approvals",
        ),
    )


def _revoke(
    settings: Settings, person: str, key_id: str, fields: Mapping[str, str | bool], at_text: str | None, why: str
) -> None:
    at, trust = _now(settings, at_text)
    _write(settings, lambda text: set_key(text, person, key_id, {"revoked_at": iso(at), **fields}))
    _record(settings, trust, "key.revoked", person, {"key": key_id, "revoked_at": iso(at), "why": why}, at)
    _say(
        settings,
        Text(f"{person} 的密钥 {key_id} 自 {iso(at)} 起作废", f"key {key_id} of {person} is revoked from {iso(at)}"),
    )


def _item(person: str, public: str, key_id: str | None, at: datetime) -> dict[str, str]:
    try:
        name = an_id(key_id or f"{person}-{at:%Y%m%d}")
    except ValueError as error:
        raise InputError(Text(f"密钥编号不可用：{key_id!r}", f"{key_id!r} cannot be a key id")) from error
    return {"id": name, "line": public_line(public), "valid_from": iso(at)}


def _print(item: Mapping[str, str]) -> str:
    return PublicKeyLine.parse(item["line"]).fingerprint


def _now(settings: Settings, at_text: str | None) -> tuple[datetime, Trust | None]:
    """The instant, and the trust file where there is one: a workspace that is being set up has none yet."""
    try:
        trust = load_trust(settings.trust, settings.workspace)
    except TrustError as error:
        if error.reason_code not in ("TRUST_MISSING", "MANIFEST_UNSIGNED"):
            raise
        trust = None
    return instant(at_text, trust), trust


def _write(settings: Settings, change: Callable[[str], str]) -> None:
    path = settings.workspace / FILE
    if not path.is_file():
        raise InputError(
            Text(f"没有 {path}", f"{path} is not there"), Text("用 --workspace 指定工作区", "name the workspace")
        )
    text = path.read_bytes().decode("utf-8")
    _unique(changed := change(text))
    draft = path.with_name(f".{FILE}.new")
    draft.write_bytes(changed.encode("utf-8"))
    draft.replace(path)


def _unique(text: str) -> None:
    """No key stands twice, for one person or for two: a second name for a key would be a second voice."""
    from yaml import safe_load

    data = safe_load(text)
    persons = data.get("persons") or data.get("people") or {}
    items = persons.values() if isinstance(persons, dict) else persons
    lines = [key for person in items for key in person.get("keys") or []]
    blobs = [PublicKeyLine.parse(key["line"]).blob for key in lines]
    ids = [key["id"] for key in lines]
    for values in (blobs, ids):
        if len(set(values)) != len(values):
            raise InputError(
                Text("同一密钥或密钥编号已经登记过", "this key, or this key id, is enrolled already"),
                Text(
                    "每把密钥属于一个人、只登记一次；编号不重复使用",
                    "a key belongs to one person; ids are not used again",
                ),
                reason_code="KEY_TWICE",
            )


def _record(
    settings: Settings, trust: Trust | None, kind: str, person: str, body: dict[str, Any], at: datetime
) -> None:
    if trust is None or trust.ledger.path is None or not trust.ledger.path.exists():
        note(settings, Text("本机没有存证日志，此变更未存证", "no ledger on this machine: the change is not recorded"))
        return
    with open_ledger(trust, "key") as journal:
        journal.append(kind, person, body, at=at, key=f"{kind}:{body['key']}:{body.get('why', '')}")


def _say(settings: Settings, words: Text) -> None:
    click.echo(plain(settings.say(words)))
    note(
        settings,
        Text(
            "签发新的策略清单后生效：zhongbao trust prepare", "it counts with the next manifest: zhongbao trust prepare"
        ),
    )
