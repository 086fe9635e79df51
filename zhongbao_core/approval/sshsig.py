"""SSH signatures (OpenSSH PROTOCOL.sshsig), verified strictly: ``ssh-keygen -Y sign`` makes them.

Ed25519, plain and ``sk-``, is verified by our own code; ECDSA and RSA load the library when one is met. Everything
outside the format is refused with a reason: unknown versions and hashes, SHA-1, a filled reserved field, a foreign
namespace, a signature by another key, an ``sk-`` signature made without touching the key.

A signature over re-encoded bytes (a pipe or an editor added CRLF, BOM, UTF-16) is recognised and named, never accepted.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from os import PathLike
from typing import TYPE_CHECKING

from zhongbao_core.approval import ed25519
from zhongbao_core.approval.keys import ED25519, SK_ECDSA, SK_ED25519, PublicKeyLine, fingerprint
from zhongbao_core.approval.wire import Reader, string
from zhongbao_core.errors import TamperedError
from zhongbao_core.sha import sha256, sha512
from zhongbao_core.text import Text, plain

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

MAGIC = b"SSHSIG"
BEGIN, END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
MAX_ARMOR = 16 * 1024
HASHES = {"sha256": sha256, "sha512": sha512}
RSA_ALGORITHMS = ("rsa-sha2-256", "rsa-sha2-512")
USER_PRESENT = 0x01


class SignatureError(TamperedError):
    """A signature that does not count. ``reason_code``:

    SIG_MALFORMED, SIG_KEY_MISMATCH, SIG_NAMESPACE, SIG_HASH, SIG_PRESENCE, SIG_REENCODED (``values['change']`` names
    what was done to the bytes), SIG_BAD.
    """

    reason_code = "SIG_BAD"


class Signature(NamedTuple):
    """One parsed signature; nothing in it has been verified yet."""

    key_kind: str
    key_blob: bytes
    namespace: str
    hash_name: str
    algorithm: str
    value: bytes
    flags: int = 0
    counter: int = 0

    @property
    def key_line(self) -> str:
        """The key it claims to be by, as a line without comment."""
        return f"{self.key_kind} {b2a_base64(self.key_blob, newline=False).decode('ascii')}"

    @property
    def fingerprint(self) -> str:
        """``SHA256:...`` of that key."""
        return fingerprint(self.key_blob)

    def signed(self, message: bytes) -> bytes:
        """The bytes the key signed, if it signed ``message``."""
        hashed = HASHES[self.hash_name](message).digest()
        parts = (self.namespace.encode("ascii"), b"", self.hash_name.encode("ascii"), hashed)
        return MAGIC + b"".join(string(part) for part in parts)


def parse(armor: bytes | str) -> Signature:
    """The signature in ``armor``. Raises SignatureError SIG_MALFORMED or SIG_HASH; nothing is verified."""
    try:
        return _parse(_unwrap(armor))
    except ValueError as error:
        raise SignatureError(
            Text(f"签名文件无法读取：{error}", f"the signature cannot be read: {error}"),
            Text("请用 ssh-keygen -Y sign 重新签名", "sign again with ssh-keygen -Y sign"),
            reason_code="SIG_MALFORMED",
        ) from error


def key_of(armor: bytes | str) -> PublicKeyLine:
    """The key a signature claims to be by, so that its person can be found. Raises SignatureError, KeyRefusedError."""
    return PublicKeyLine.parse(parse(armor).key_line)


def verify(armor: bytes | str, message: bytes, key_line: str, namespace: str) -> Signature:
    """Return the parsed signature where it is by ``key_line`` over exactly ``message`` for ``namespace``.

    Raises SignatureError with its reason code, or KeyRefusedError where the key line itself does not count.
    """
    signature, key = parse(armor), PublicKeyLine.parse(key_line)
    if signature.key_blob != key.blob:
        raise SignatureError(
            Text(
                f"签名用的是另一把密钥 {signature.fingerprint}，应为 {key.fingerprint}",
                f"signed by another key, {signature.fingerprint} instead of {key.fingerprint}",
            ),
            reason_code="SIG_KEY_MISMATCH",
        )
    _check_namespace(signature, namespace)
    _check_presence(signature)
    if not _holds(signature, key, message):
        raise _bad(signature, key, message)
    return signature


def wrap(blob: bytes) -> str:
    """``blob`` in armor, as ssh-keygen writes it."""
    text = b2a_base64(blob, newline=False).decode("ascii")
    lines = [text[start : start + 70] for start in range(0, len(text), 70)]
    return "\n".join((BEGIN, *lines, END)) + "\n"


def _unwrap(armor: bytes | str) -> bytes:
    if len(armor) > MAX_ARMOR:
        raise ValueError(f"longer than {MAX_ARMOR} bytes")
    text = armor.decode("ascii") if isinstance(armor, bytes) else armor
    lines = text.replace("\r\n", "\n").strip("\n").split("\n")
    if len(lines) < 3 or lines[0] != BEGIN or lines[-1] != END:
        raise ValueError("it has no SSH SIGNATURE armor")
    body = "".join(lines[1:-1]).encode("ascii")
    blob = a2b_base64(body, strict_mode=True)
    if b2a_base64(blob, newline=False) != body:
        raise ValueError("its base64 is not canonical")
    return blob


def _parse(blob: bytes) -> Signature:
    reader = Reader(blob)
    if reader.take(len(MAGIC)) != MAGIC:
        raise ValueError("it does not start with SSHSIG")
    if (version := reader.number()) != 1:
        raise ValueError(f"version {version} is unknown")
    key_blob, namespace, reserved, hash_name = reader.string(), reader.text(), reader.string(), reader.text()
    inner = Reader(reader.string())
    reader.end()
    if reserved:
        raise ValueError("its reserved field is filled")
    if hash_name not in HASHES:
        raise _wrong_hash(hash_name)
    kind = Reader(key_blob).text()
    algorithm, value = inner.text(), inner.string()
    flags, counter = (inner.take(1)[0], inner.number()) if kind in (SK_ED25519, SK_ECDSA) else (0, 0)
    inner.end()
    _check_algorithm(kind, algorithm)
    return Signature(kind, key_blob, namespace, hash_name, algorithm, value, flags, counter)


def _check_algorithm(kind: str, algorithm: str) -> None:
    if kind == "ssh-rsa":
        if algorithm not in RSA_ALGORITHMS:
            raise _wrong_hash(algorithm)
    elif algorithm != kind:
        raise ValueError("its algorithm does not fit its key")


def _check_namespace(signature: Signature, namespace: str) -> None:
    if signature.namespace != namespace:
        found = plain(signature.namespace[:80])
        raise SignatureError(
            Text(f"签名用途是 {found!r}，应为 {namespace!r}", f"signed for {found!r}, needed {namespace!r}"),
            Text(f"签名时写 -n {namespace}", f"sign with -n {namespace}"),
            reason_code="SIG_NAMESPACE",
        )


def _check_presence(signature: Signature) -> None:
    if signature.key_kind in (SK_ED25519, SK_ECDSA) and not signature.flags & USER_PRESENT:
        raise SignatureError(
            Text("硬件密钥签名时无人触碰", "the hardware key was not touched for this signature"),
            Text("不要使用 no-touch-required 的密钥", "do not use a key made with no-touch-required"),
            reason_code="SIG_PRESENCE",
        )


def _holds(signature: Signature, key: PublicKeyLine, message: bytes) -> bool:
    signed = signature.signed(message)
    if signature.key_kind in (SK_ED25519, SK_ECDSA):
        signed = _sk_signed(signature, signed)
    if signature.key_kind in (ED25519, SK_ED25519):
        return ed25519.verify(key.raw, signed, signature.value)
    from zhongbao_core.approval import sshsig_library

    return sshsig_library.holds(signature, signed)


def _sk_signed(signature: Signature, signed: bytes) -> bytes:
    """What the hardware signs: its application, what happened, a counter, and the digest of the message."""
    reader = Reader(signature.key_blob)
    reader.string()
    reader.string()
    application = reader.string() if signature.key_kind == SK_ED25519 else _after_point(reader)
    counter = signature.counter.to_bytes(4, "big")
    return sha256(application).digest() + bytes([signature.flags]) + counter + sha256(signed).digest()


def _after_point(reader: Reader) -> bytes:
    reader.string()
    return reader.string()


def _bad(signature: Signature, key: PublicKeyLine, message: bytes) -> SignatureError:
    """The right refusal for a signature that does not hold: name the re-encoding, where it is one."""
    from zhongbao_core.approval.reencoding import recodings

    for change, text, data in recodings(message):
        if _holds(signature, key, data):
            return SignatureError(
                Text(f"签的不是原文件，而是它的副本：{text.zh}", f"signed over an altered copy: {text.en}"),
                Text(
                    "直接对原文件签名，不要经过管道、重定向或编辑器",
                    "sign the file itself, never a pipe, a redirection or an edited copy",
                ),
                reason_code="SIG_REENCODED",
                change=change,
            )
    return SignatureError(
        Text("签名与内容不符", "the signature does not match the content"),
        Text(
            "内容在签名后有改动，或签的是另一个版本",
            "the content changed after signing, or another revision was signed",
        ),
        reason_code="SIG_BAD",
    )


def _wrong_hash(name: str) -> SignatureError:
    shown = plain(name[:60])
    return SignatureError(
        Text(f"不接受摘要算法 {shown!r}", f"the hash {shown!r} does not count"),
        Text("请用 sha512 或 sha256", "use sha512 or sha256"),
        reason_code="SIG_HASH",
    )


def sign(private_key_file: str | PathLike[str], message: bytes, namespace: str) -> str:
    """An armored signature over ``message``; see ``signing.sign`` for keys, agents and errors."""
    from zhongbao_core.approval import signing

    return signing.sign(private_key_file, message, namespace)


def sign_command(path: str | PathLike[str], namespace: str, key: str = "~/.ssh/id_ed25519") -> str:
    """The plain command that signs the file ``path`` (never a pipe) and writes ``path.sig`` beside it."""
    from zhongbao_core.approval import signing

    return signing.sign_command(path, namespace, key)
