"""``trust sign``: one root key holder's signature over what waits."""

from __future__ import annotations

from pathlib import Path

import click

from zhongbao_core.approval.sshsig import sign as make_signature
from zhongbao_core.approval.sshsig import sign_command
from zhongbao_core.clikit import Settings, note, pass_settings
from zhongbao_core.errors import ExitCode, UsageError
from zhongbao_core.safefile import read_bounded
from zhongbao_core.signing_desk import Progress, add, choose
from zhongbao_core.text import Text, plain
from zhongbao_core.trust import load_trust

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("what", type=click.Choice(["manifest", "root", "amendment"]), required=False)
@click.option("--key", "key_file", type=_FILE, help="Private key file, or the .pub of a key in ssh-agent.")
@click.option("--signature", type=_FILE, help="A .sig file made by ssh-keygen -Y sign on another machine.")
@pass_settings
@click.pass_context
def sign(
    ctx: click.Context, settings: Settings, what: str | None, key_file: Path | None, signature: Path | None
) -> None:
    """Sign the manifest, root rotation or amendment that waits; with enough persons it is in force.

    Exit 0 where it is in force now, 1 where more persons must sign.
    """
    trust = load_trust(settings.trust, settings.workspace)
    item = choose(settings.workspace, what)
    note(settings, _by_hand(item.path, item.namespace))
    if (key_file is None) == (signature is None):
        raise UsageError(Text("用 --key 或 --signature 之一", "give one of --key and --signature"))
    armor = _armor(key_file, signature, item.data, item.namespace)
    progress = add(settings.workspace, trust, item, armor)
    click.echo(plain(settings.say(_said(progress)), newlines=True))
    ctx.exit(ExitCode.OK if progress.complete else ExitCode.FINDINGS)


def _armor(key_file: Path | None, signature: Path | None, data: bytes, namespace: str) -> str | bytes:
    if key_file is not None:
        return make_signature(key_file, data, namespace)
    return read_bounded(str(signature), limit=16 * 1024, reason="SIG_MALFORMED")


def _by_hand(path: Path, namespace: str) -> Text:
    command = sign_command(path, namespace)
    return Text(
        f"等价命令：{command}，再 trust sign --signature {path}.sig",
        f"the same by hand: {command}; then trust sign --signature {path}.sig",
    )


def _said(progress: Progress) -> Text:
    done = ", ".join(progress.persons)
    head = Text(
        f"{progress.what}：{progress.signer} 已签；有效签名：{done}；需要 {progress.needed.zh}",
        f"{progress.what}: signed by {progress.signer}; good so far: {done}; needs {progress.needed.en}",
    )
    if not progress.complete:
        return Text(f"{head.zh}。尚未生效。", f"{head.en}. Not in force yet.")
    return Text(
        f"{head.zh}。已生效：{progress.path}。请执行 zhongbao trust adopt 存证。",
        f"{head.en}. In force: {progress.path}. Record it: zhongbao trust adopt",
    )
