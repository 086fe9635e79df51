"""Signing checkpoints with the ledger's own key: an OpenSSH Ed25519 private key file, 0600, apart from all others.

Reading and verifying checkpoints needs no key and stands in ``zhongbao_core.proof``.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from zhongbao_core.errors import StoreError
from zhongbao_core.proof import Checkpoint, checkpoint_text, ed25519_public, signed_note, vkey
from zhongbao_core.text import Text

MAX_KEY_FILE = 16 * 1024


class Signer(NamedTuple):
    """A ledger key ready to sign for ``origin``."""

    origin: str
    line: str
    """The public key, ``ssh-ed25519 AAAA...``."""
    sign: Callable[[bytes], bytes]

    @property
    def vkey(self) -> str:
        """The public key as C2SP tools take it."""
        return vkey(self.origin, ed25519_public(self.line))


def load_signer(path: Path | str, origin: str) -> Signer:
    """The signer in the private key file ``path``.

    Raises StoreError: LEDGER_KEY_MISSING, LEDGER_KEY_OPEN (others may read it), LEDGER_KEY_INVALID (no plain Ed25519
    key: a ledger key has no passphrase, since nobody stands by when a heartbeat is due).
    """
    data = _read_private(Path(path))
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

    try:
        key = load_ssh_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _invalid(path, str(error)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _invalid(path, "not Ed25519")
    line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode("ascii")
    return Signer(origin, line, key.sign)


def sign_checkpoint(signer: Signer, size: int, root: bytes, time: datetime) -> str:
    """The signed note that says: at ``time`` the ledger had ``size`` entries with tree root ``root``."""
    text = checkpoint_text(Checkpoint(signer.origin, size, root, time))
    return signed_note(text, signer.origin, ed25519_public(signer.line), signer.sign(text.encode("utf-8")))


def _read_private(path: Path) -> bytes:
    try:
        mode, size = os.stat(path).st_mode, os.stat(path).st_size  # noqa: PTH116
        if not stat.S_ISREG(mode) or size > MAX_KEY_FILE:
            raise _invalid(path, "not a key file")
        if os.name == "posix" and mode & 0o077:
            raise StoreError(
                Text(f"存证日志私钥 {path} 他人可读", f"the ledger's private key {path} can be read by others"),
                Text(f"chmod 600 {path}；若已泄露，换新密钥", f"chmod 600 {path}; if it leaked, make a new key"),
                reason_code="LEDGER_KEY_OPEN",
            )
        return path.read_bytes()
    except OSError as error:
        cause = error.strerror or str(error)
        raise StoreError(
            Text(f"存证日志私钥 {path} 读不了：{cause}", f"the ledger's private key {path} cannot be read: {cause}"),
            Text("检查点只能在存放私钥的机器上签发", "checkpoints are signed where the ledger key is kept"),
            reason_code="LEDGER_KEY_MISSING",
        ) from error


def _invalid(path: Path | str, cause: str) -> StoreError:
    return StoreError(
        Text(f"{path} 不是无口令的 Ed25519 私钥：{cause}", f"{path} is no Ed25519 key without passphrase: {cause}"),
        Text("用 zhongbao ledger init 生成", "zhongbao ledger init makes one"),
        reason_code="LEDGER_KEY_INVALID",
    )
