"""New Ed25519 keys in OpenSSH's own file format: what ``ssh-keygen -t ed25519`` would make, without needing it."""

from __future__ import annotations

import os
from pathlib import Path

from zhongbao_core.errors import InputError
from zhongbao_core.text import Text


def generate_key(path: Path | str, comment: str, *, passphrase: str = "") -> str:
    """Make a key pair at ``path`` (0600) and ``path.pub``; return the public line. Never overwrites.

    Raises InputError KEY_EXISTS where either file is there.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    hidden = serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, hidden)
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    line = f"{public.decode('ascii')} {comment}".strip()
    _write_new(Path(path), private, 0o600)
    _write_new(Path(f"{os.fspath(path)}.pub"), line.encode() + b"\n", 0o644)
    return line


def _write_new(path: Path, data: bytes, mode: int) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as error:
        raise InputError(
            Text(f"{path} 已存在，不覆盖", f"{path} exists and is not overwritten"),
            Text("换一个文件名", "choose another name"),
            reason_code="KEY_EXISTS",
        ) from error
    with os.fdopen(handle, "wb") as file:
        file.write(data)
