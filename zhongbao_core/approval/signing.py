"""Making SSH signatures: with a key file through the library, or through ``ssh-keygen`` for everything else.

``ssh-keygen`` is used where the key has a passphrase, lives in an agent (a ``.pub`` file is given) or in hardware; it
asks for the passphrase or the touch at the person's own terminal. Never on a gate's path.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from zhongbao_core.approval.keys import PublicKeyLine
from zhongbao_core.approval.sshsig import MAGIC, RSA_ALGORITHMS, Signature, SignatureError, verify, wrap
from zhongbao_core.approval.wire import mpint, string
from zhongbao_core.errors import InputError, UsageError
from zhongbao_core.text import Text, plain

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.serialization import SSHPrivateKeyTypes

HASH = "sha512"
MAX_KEY_FILE = 64 * 1024


def sign(private_key_file: str | PathLike[str], message: bytes, namespace: str) -> str:
    """An armored signature over exactly ``message``, verified before it is returned.

    Raises UsageError where the file is not a private key, KeyRefusedError where its kind does not count, InputError
    where ``ssh-keygen`` is needed and missing or fails.
    """
    path = Path(private_key_file).expanduser()
    try:
        data = path.read_bytes()[: MAX_KEY_FILE + 1]
    except OSError as error:
        raise _unreadable(path, str(error.strerror)) from error
    key = None if path.suffix == ".pub" else _load(path, data)
    armor = _by_keygen(path, message, namespace) if key is None else wrap(_by_library(key, message, namespace))
    verify(armor, message, _key_line(armor), namespace)
    return armor


def sign_command(path: str | PathLike[str], namespace: str, key: str = "~/.ssh/id_ed25519") -> str:
    """The plain command that signs the file ``path`` (never a pipe) and writes ``path.sig`` beside it."""
    quoted = "~/" + shlex.quote(key[2:]) if key.startswith("~/") else shlex.quote(key)
    return f"ssh-keygen -Y sign -f {quoted} -n {shlex.quote(namespace)} {shlex.quote(str(path))}"


def _key_line(armor: str) -> str:
    from zhongbao_core.approval.sshsig import key_of

    return key_of(armor).line


def _load(path: Path, data: bytes) -> SSHPrivateKeyTypes | None:
    """The private key in ``data``; None where it has a passphrase or is kept in hardware."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

    loader = load_ssh_private_key if b"OPENSSH PRIVATE KEY" in data else load_pem_private_key
    try:
        return loader(data, password=None)  # type: ignore[return-value]
    except (TypeError, UnsupportedAlgorithm):
        return None
    except ValueError as error:
        raise _unreadable(path, str(error)) from error


def _by_library(key: SSHPrivateKeyTypes, message: bytes, namespace: str) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode("ascii")
    public = PublicKeyLine.parse(line)
    algorithm = RSA_ALGORITHMS[1] if public.kind == "ssh-rsa" else public.kind
    draft = Signature(public.kind, public.blob, namespace, HASH, algorithm, b"")
    made = string(algorithm.encode("ascii")) + string(_raw(key, draft.signed(message)))
    parts = (public.blob, namespace.encode("ascii"), b"", HASH.encode("ascii"), made)
    return MAGIC + (1).to_bytes(4, "big") + b"".join(string(part) for part in parts)


def _raw(key: SSHPrivateKeyTypes, signed: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(signed)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(signed, padding.PKCS1v15(), hashes.SHA512())
    if isinstance(key, ec.EllipticCurvePrivateKey):
        chosen = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}[key.key_size]
        r, s = utils.decode_dss_signature(key.sign(signed, ec.ECDSA(chosen)))
        return string(mpint(r)) + string(mpint(s))
    raise UsageError(
        Text("这种私钥不能用于签名", "this kind of private key cannot sign here"), reason_code="KEY_REFUSED"
    )


def _by_keygen(path: Path, message: bytes, namespace: str) -> str:
    """Sign a copy of ``message`` in a private directory: a file, never a pipe."""
    with tempfile.TemporaryDirectory(prefix="zhongbao-sign-") as folder:
        target = Path(folder, "statement.json")
        target.write_bytes(message)
        command = ["ssh-keygen", "-Y", "sign", "-f", str(path), "-n", namespace, str(target)]
        try:
            done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=_env())
        except OSError as error:
            raise _keygen_failed(path, "ssh-keygen: " + str(error.strerror)) from error
        signed = target.with_name(target.name + ".sig")
        if done.returncode != 0 or not signed.is_file():
            raise _keygen_failed(path, done.stderr.decode("utf-8", "replace").strip()[-300:])
        return signed.read_text("ascii")


def _env() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C"}


def _keygen_failed(path: Path, cause: str) -> InputError:
    shown = plain(cause)
    return InputError(
        Text(f"ssh-keygen 未能用 {path} 签名：{shown}", f"ssh-keygen could not sign with {path}: {shown}"),
        Text("检查密码、ssh-agent 或硬件密钥", "check the passphrase, the agent or the hardware key"),
        reason_code="SIGNING_FAILED",
        path=str(path),
    )


def _unreadable(path: Path, cause: str) -> UsageError:
    shown = plain(cause)
    return UsageError(
        Text(f"私钥 {path} 无法读取：{shown}", f"the private key {path} cannot be read: {shown}"),
        Text(
            "给出 OpenSSH 私钥文件，或 ssh-agent 中密钥的 .pub 文件",
            "give an OpenSSH private key, or the .pub of an agent key",
        ),
        reason_code="KEY_UNREADABLE",
        path=str(path),
    )


__all__ = ["SignatureError", "sign", "sign_command"]
