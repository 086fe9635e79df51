"""``trust init``: a trust file from public key lines, written outside the workspace and never over another one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from zhongbao_core.approval.keys import PublicKeyLine
from zhongbao_core.clikit import Settings, note, pass_settings
from zhongbao_core.errors import InputError, UsageError
from zhongbao_core.safefile import read_bounded
from zhongbao_core.text import Text
from zhongbao_core.trustfile import FORMAT, outside, trust_from_bytes

_OUT = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--out", type=_OUT, required=True, help="Where to write it: outside the workspace.")
@click.option("--id", "workspace_id", required=True, help="The id in zhongbao.yaml.")
@click.option("--root", "roots", multiple=True, required=True, help="ID:PERSON:FILE.pub, once per root key.")
@click.option("--threshold", default=2, show_default=True, help="Persons who must sign what loosens.")
@click.option("--tighten", default=1, show_default=True, help="Persons who must sign what only tightens.")
@click.option(
    "--ledger-origin", default="", help="Origin line of the ledger's checkpoints, such as zhongbao.corp/games."
)
@click.option("--ledger-key", "ledger_keys", multiple=True, help="ID:FILE.pub of a key that signs checkpoints.")
@click.option("--ledger-path", default="", help="The ledger's file, where the store runs.")
@click.option("--ledger-key-file", default="", help="The ledger's private key file, where the store runs.")
@click.option(
    "--state", default="state", show_default=True, help="Folder in which this machine remembers what it has seen."
)
@pass_settings
def init(settings: Settings, /, out: Path, workspace_id: str, roots: tuple[str, ...], **rest: Any) -> None:
    """Make a trust file (zhongbao-trust/1) for this machine. It is checked before it is written."""
    body = {
        "format": FORMAT,
        "workspace": workspace_id,
        "root": {
            "version": 1,
            "threshold": rest["threshold"],
            "tighten": rest["tighten"],
            "keys": [root_key(text) for text in roots],
        },
        **_ledger(rest),
        "min_manifest": 1,
        "state": rest["state"],
    }
    write_trust(out, body, settings, new=True)
    note(
        settings,
        Text(
            f"已写入 {out}。逐个当面核对公钥指纹（trust show），再分发到每个闸口。",
            f"{out} written. Compare every key's fingerprint in person (trust show), then carry it to every door.",
        ),
    )


def root_key(text: str) -> dict[str, str]:
    """One root key from ``ID:PERSON:FILE.pub``. Raises UsageError or KeyRefusedError."""
    key_id, person, path = _parts(text, 3, "ID:PERSON:FILE.pub")
    return {"id": key_id, "person": person, "line": public_line(path)}


def public_line(path: str) -> str:
    """The public key line in the file ``path``, checked to be of a kind that counts."""
    data = read_bounded(os.path.expanduser(path), limit=16 * 1024, reason="KEY_UNREADABLE")  # noqa: PTH111
    try:
        line = data.decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise _no_public_key(path) from error
    if "PRIVATE KEY" in line or "\n" in line:
        raise _no_public_key(path)
    key = PublicKeyLine.parse(line)
    return f"{key.line} {key.comment}".rstrip()


def write_trust(out: Path, body: dict[str, Any], settings: Settings, *, new: bool = False) -> None:
    """Check ``body`` as a trust file for ``out`` and write it, 0644, in one rename. ``new``: never over another."""
    data = json.dumps(body, ensure_ascii=False, indent=2).encode("utf-8") + b"\n"
    place = out.expanduser().absolute()
    outside(trust_from_bytes(data, place), os.fspath(settings.workspace))
    if new and place.exists():
        raise InputError(
            Text(f"{out} 已存在，不覆盖", f"{out} exists and is not overwritten"),
            Text(
                "换一个文件名；更换根密钥用 trust rotate", "choose another name; to change root keys use trust rotate"
            ),
            reason_code="TRUST_EXISTS",
        )
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.new")
    draft.write_bytes(data)
    draft.chmod(0o644)
    draft.replace(place)


def _ledger(rest: dict[str, Any]) -> dict[str, Any]:
    if not rest["ledger_origin"] and not rest["ledger_keys"]:
        return {}
    keys = [_parts(text, 2, "ID:FILE.pub") for text in rest["ledger_keys"]]
    places = {"path": rest["ledger_path"], "key_file": rest["ledger_key_file"]}
    body = {"origin": rest["ledger_origin"], "keys": [{"id": key, "line": public_line(path)} for key, path in keys]}
    return {"ledger": {**body, **{name: value for name, value in places.items() if value}}}


def _parts(text: str, count: int, form: str) -> list[str]:
    parts = text.split(":", count - 1)
    if len(parts) != count or not all(parts):
        raise UsageError(Text(f"{text!r} 应写成 {form}", f"write {form}, not {text!r}"))
    return parts


def _no_public_key(path: str) -> InputError:
    return InputError(
        Text(f"{path} 不是公钥文件", f"{path} is not a public key file"),
        Text("给出 .pub 文件；私钥永不离开本人", "give the .pub file; a private key never leaves its person"),
        reason_code="KEY_REFUSED",
    )
