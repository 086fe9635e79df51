"""``zhongbao approve``, ``reject``, ``confirm``: a person's word in three ways (签名、授权码、登记).

Change requests, posts and sheets of posts alike: what differs is how the thing is shown afterwards.

A signature is made over the file ``statement.json``; the plain ``ssh-keygen`` line that does the same is shown. Where
this machine keeps no ledger, ``approve FILE --key KEY`` signs only, and the signature goes to the desk.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import click

from freeze.commands.request_cli import show_request
from freeze.desk.base import Desk
from freeze.desk.open import Open, open_desk
from zhongbao_core.approval.subject import NAMESPACES
from zhongbao_core.clikit import AT, FILE, FORMAT, Settings, note, pass_settings, read_file
from zhongbao_core.desk.life import SUBMISSIONS
from zhongbao_core.errors import UsageError
from zhongbao_core.given_signature import armor_of, statement_of
from zhongbao_core.text import Text


@click.command()
@click.argument("what", metavar="FILE|ID")
@click.option("--key", type=FILE, help="Sign with this private key (or the .pub of a key in ssh-agent).")
@click.option("--signature", type=FILE, help="A signature made by ssh-keygen -Y sign over statement.json.")
@click.option("--for", "voice", default="", metavar="PERSON", help="Speak as the deputy of PERSON.")
@click.option("--sign-only", is_flag=True, help="Write FILE.sig and record nothing: for a machine without the ledger.")
@click.option("--coded", is_flag=True, help="By a one-time code read over the phone: --person --code --read-back.")
@click.option("--code", default="", help="The code from the card.")
@click.option("--read-back", default="", metavar="XXXX-XXXX", help="What the approver read back.")
@click.option("--attested", is_flag=True, help="By phone, OA or paper: --person --channel --registrar-key --witness.")
@click.option("--person", default="", help="Who approves.")
@click.option("--channel", type=click.Choice(["phone", "oa", "paper"]))
@click.option("--call-back", default="", help="Number that was called back; only its last four digits are kept.")
@click.option("--oa-number", default="")
@click.option("--evidence", type=FILE, help="Screenshot, recording or scan.")
@click.option("--said-at", default="", help="When it was said; default now.")
@click.option("--registrar-key", type=FILE, help="Key of the person who registers it.")
@click.option("--witness", default="", metavar="PERSON", help="The second person, who co-signs.")
@click.option("--cosign", is_flag=True, help="Co-sign what was registered, with --key.")
@FORMAT
@AT
@pass_settings
def approve(settings: Settings, /, what: str, fmt: str, at_text: str | None, **asked: Any) -> None:
    """Approve a request: signed (--key or --signature), --coded, or --attested and then --cosign."""
    if asked["sign_only"]:
        sign_only(settings, what, asked["key"], NAMESPACES["approve"])
        return
    with open_desk(settings, at_text) as here:
        desk = everything(here)
        name, data = statement_of(desk, what)
        _chosen(asked)(settings, Counter(desk, here.at), name, data, {**asked, "what": what})
        _show(settings, here, name, fmt)


@click.command()
@click.argument("what", metavar="FILE|ID")
@click.option("--key", type=FILE, help="Sign with this private key.")
@click.option("--signature", type=FILE, help="A signature for the namespace reject@zhongbao.")
@click.option("--reason", required=True)
@FORMAT
@AT
@pass_settings
def reject(
    settings: Settings, what: str, key: Path | None, signature: Path | None, reason: str, fmt: str, at_text: str | None
) -> None:
    """Reject a request for good, by signature."""
    from zhongbao_core.desk.approvals import reject as record

    with open_desk(settings, at_text) as here:
        desk = everything(here)
        name, data = statement_of(desk, what)
        record(desk, data, armor_of(settings, what, data, key, signature, "reject"), reason, here.at)
        _show(settings, here, name, fmt)


@click.command()
@click.argument("what", metavar="FILE|ID")
@click.option("--key", type=FILE, help="Sign with this private key.")
@click.option("--signature", type=FILE, help="A signature for the namespace confirm@zhongbao.")
@FORMAT
@AT
@pass_settings
def confirm(
    settings: Settings, what: str, key: Path | None, signature: Path | None, fmt: str, at_text: str | None
) -> None:
    """Confirm an attested approval afterwards (补签), by the approver's own signature."""
    from zhongbao_core.desk.approvals import confirm as record

    with open_desk(settings, at_text) as here:
        desk = everything(here)
        name, data = statement_of(desk, what)
        record(desk, data, armor_of(settings, what, data, key, signature, "confirm"), here.at)
        _show(settings, here, name, fmt)


class EveryDesk(Desk):
    """The desk that knows whatever can be approved."""

    @property
    def keeps(self) -> frozenset[str]:
        """Change requests, posts and sheets."""
        return SUBMISSIONS


class Counter(NamedTuple):
    """Where a word is recorded, and when."""

    desk: EveryDesk
    at: datetime


def everything(here: Open) -> EveryDesk:
    """The open desk, for all pillars."""
    return EveryDesk(here.desk.journal, here.desk.policy, here.desk.signatures, here.desk.rehearsal)


def _show(settings: Settings, here: Open, name: str, fmt: str) -> None:
    state = everything(here).state(name)
    if state.current.subject.kind == "change":
        show_request(settings, here, state, fmt)
        return
    from content_audit.commands.release_show import show_submission

    show_submission(settings, everything(here), state, here.at, fmt)


def sign_only(settings: Settings, what: str, key: Path | None, namespace: str) -> None:
    """Sign the statement file on a machine without the ledger; the signature lands beside it."""
    from zhongbao_core.approval.sshsig import sign
    from zhongbao_core.approval.statement import parse, read_back_code

    if key is None or not os.path.isfile(what):  # noqa: PTH113
        raise UsageError(Text("--sign-only 需要文件与 --key", "--sign-only takes a file and --key"))
    data = read_file(Path(what))
    statement = parse(data)
    for name, value in statement.lines:
        note(settings, Text(f"{name}: {value}", f"{name}: {value}"))
    code = read_back_code(data)
    note(settings, Text(f"{statement.title}  回读码 {code}", f"{statement.title}  read-back code {code}"))
    path = Path(f"{what}.sig")
    path.write_text(sign(str(key), data, namespace), encoding="ascii")
    click.echo(str(path))


def _chosen(asked: dict[str, Any]) -> Any:
    ways = [name for name in ("coded", "attested", "cosign") if asked[name]]
    if len(ways) > 1:
        raise UsageError(Text("只能选一种方式", "choose one way"))
    return {"coded": _coded, "attested": _attested, "cosign": _cosigned}[ways[0]] if ways else _signed


def _signed(settings: Settings, here: Counter, name: str, data: bytes, asked: dict[str, Any]) -> None:
    from zhongbao_core.desk.approvals import record_signed

    armor = armor_of(settings, asked["what"], data, asked["key"], asked["signature"], "approve")
    record_signed(here.desk, data, armor, here.at, voice=asked["voice"])


def _coded(settings: Settings, here: Counter, name: str, data: bytes, asked: dict[str, Any]) -> None:
    from zhongbao_core.desk.codes import record_coded

    if not asked["person"] or not asked["code"] or not asked["read_back"]:
        raise UsageError(Text("需要 --person --code --read-back", "give --person --code --read-back"))
    record_coded(here.desk, data, asked["person"], asked["code"], asked["read_back"], here.at, voice=asked["voice"])


def _attested(settings: Settings, here: Counter, name: str, data: bytes, asked: dict[str, Any]) -> None:
    from zhongbao_core.approval.attest import attestation_text
    from zhongbao_core.approval.sshsig import sign
    from zhongbao_core.clock import parse_instant, zone
    from zhongbao_core.desk.attested import Said, draft_attestation, record_attested
    from zhongbao_core.desk.base import person_of, signer

    missing = [flag for flag in ("person", "channel", "registrar_key", "witness") if not asked[flag]]
    if missing:
        words = " ".join("--" + flag.replace("_", "-") for flag in missing)
        raise UsageError(Text(f"代录还需要 {words}", f"an attested approval also takes {words}"))
    evidence = read_file(asked["evidence"]) if asked["evidence"] else b""
    policy = here.desk.policy
    said_at = parse_instant(asked["said_at"], zone(policy.zone)) if asked["said_at"] else here.at
    said = Said(
        person=person_of(policy, asked["person"]).id,
        channel=asked["channel"],
        said_at=said_at,
        call_back=asked["call_back"],
        oa_number=asked["oa_number"],
        evidence=evidence,
        voice=asked["voice"],
    )
    key = str(asked["registrar_key"])
    probe = sign(key, data, NAMESPACES["attest"]).encode("ascii")
    registrar = signer(here.desk, probe, here.at)[0].id
    witness = person_of(policy, asked["witness"]).id
    item = draft_attestation(here.desk, data, said, registrar, witness, here.at)
    armor = sign(key, attestation_text(item), NAMESPACES["attest"]).encode("ascii")
    record_attested(here.desk, data, item, armor, here.at, evidence=evidence)
    command = f"zhongbao approve {name} --cosign --key KEY"
    note(settings, Text(f"等待 {witness} 见证：{command}", f"waits for {witness} to co-sign: {command}"))


def _cosigned(settings: Settings, here: Counter, name: str, data: bytes, asked: dict[str, Any]) -> None:
    from zhongbao_core.approval.attest import attestation_text
    from zhongbao_core.approval.sshsig import sign
    from zhongbao_core.desk.attested import cosign, waiting
    from zhongbao_core.desk.base import signer

    if asked["signature"] is not None:
        cosign(here.desk, name, read_file(asked["signature"]), here.at)
        return
    if asked["key"] is None:
        raise UsageError(Text("--cosign 需要 --key", "--cosign takes --key"))
    pending = waiting(here.desk, name)
    if not pending:
        raise UsageError(Text("没有等待见证的代录", "no attested approval waits for a witness"))
    person, _ = signer(here.desk, sign(str(asked["key"]), data, NAMESPACES["attest"]).encode("ascii"), here.at)
    mine = next((item for _, item in pending if item.cosigner == person.id), pending[0][1])
    armor = sign(str(asked["key"]), attestation_text(mine), NAMESPACES["attest"]).encode("ascii")
    cosign(here.desk, name, armor, here.at)
