"""Public keys of persons as they stand in ``authorized_keys``: which kinds count, and what they are called.

Counted: Ed25519, ECDSA on P-256, P-384 and P-521, RSA of at least 3072 bits, and the two ``sk-`` kinds of hardware
keys. Refused by name: DSA, shorter RSA, certificates, options before the key, everything unknown.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from functools import lru_cache
from typing import TYPE_CHECKING

from zhongbao_core.approval import ed25519
from zhongbao_core.approval.wire import Reader
from zhongbao_core.errors import InputError
from zhongbao_core.sha import sha256
from zhongbao_core.text import Text, plain

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

ED25519 = "ssh-ed25519"
RSA = "ssh-rsa"
SK_ED25519 = "sk-ssh-ed25519@openssh.com"
SK_ECDSA = "sk-ecdsa-sha2-nistp256@openssh.com"
ECDSA = {"ecdsa-sha2-nistp256": 65, "ecdsa-sha2-nistp384": 97, "ecdsa-sha2-nistp521": 133}
"""ECDSA kinds and the length of their uncompressed point."""
KINDS = (ED25519, SK_ED25519, *ECDSA, SK_ECDSA, RSA)
MIN_RSA_BITS = 3072
MAX_RSA_BITS = 16384
MAX_LINE = 8 * 1024


class KeyRefusedError(InputError):
    """A public key that does not count. ``values``: cause."""

    reason_code = "KEY_REFUSED"


class PublicKeyLine(NamedTuple):
    """One parsed key line. Two lines are the same key where their ``blob`` is the same."""

    kind: str
    blob: bytes
    comment: str = ""

    @classmethod
    def parse(cls, line: str) -> PublicKeyLine:
        """The key in ``line`` (``kind base64 [comment]``). Raises KeyRefusedError for anything that does not count."""
        return _parse(line)

    @property
    def fingerprint(self) -> str:
        """``SHA256:...`` as ``ssh-keygen -l`` prints it."""
        return fingerprint(self.blob)

    @property
    def line(self) -> str:
        """Kind and base64, without the comment."""
        return f"{self.kind} {b2a_base64(self.blob, newline=False).decode('ascii')}"

    @property
    def raw(self) -> bytes:
        """The 32 bytes of an Ed25519 key (plain or ``sk-``). Raises KeyRefusedError for other kinds."""
        if self.kind not in (ED25519, SK_ED25519):
            raise _refused(f"{self.kind} 不是 Ed25519 公钥", f"{self.kind} is not an Ed25519 key")
        reader = Reader(self.blob)
        reader.string()
        return reader.string()


def fingerprint(blob: bytes) -> str:
    """``SHA256:...`` of a public key blob."""
    return "SHA256:" + b2a_base64(sha256(blob).digest(), newline=False).rstrip(b"=\n").decode("ascii")


@lru_cache(maxsize=1024)
def _parse(line: str) -> PublicKeyLine:
    if len(line) > MAX_LINE:
        raise _refused("公钥行过长", "the key line is too long")
    kind, _, rest = line.strip().partition(" ")
    encoded, _, comment = rest.strip().partition(" ")
    if kind not in KINDS:
        shown = plain(kind[:60])
        raise _refused(f"不接受这种公钥：{shown!r}", f"keys of kind {shown!r} do not count")
    try:
        blob = a2b_base64(encoded.encode("ascii"), strict_mode=True)
        _check(kind, blob)
    except ValueError as error:  # binascii.Error and UnicodeError are ValueErrors
        raise _refused(f"公钥已损坏（{kind}）：{error}", f"the {kind} key is damaged: {error}") from error
    return PublicKeyLine(kind, blob, comment.strip())


def _check(kind: str, blob: bytes) -> None:
    reader = Reader(blob)
    if reader.text() != kind:
        raise ValueError("the kind inside differs from the kind before it")
    if kind == RSA:
        exponent, modulus = reader.integer(), reader.integer()
        _check_rsa(exponent, modulus)
    elif kind in (ED25519, SK_ED25519):
        if not ed25519.acceptable(reader.string()):
            raise ValueError("it is not a point that can verify (off the curve, not canonical, or of small order)")
    else:
        _check_ecdsa(kind, reader)
    if kind in (SK_ED25519, SK_ECDSA) and not reader.text():
        raise ValueError("its application is empty")
    reader.end()


def _check_rsa(exponent: int, modulus: int) -> None:
    bits = modulus.bit_length()
    if not MIN_RSA_BITS <= bits <= MAX_RSA_BITS:
        raise _refused(
            f"RSA 密钥 {bits} 位，要求 {MIN_RSA_BITS} 到 {MAX_RSA_BITS} 位",
            f"an RSA key of {bits} bits; {MIN_RSA_BITS} to {MAX_RSA_BITS} are needed",
        )
    if not (65537 <= exponent < 2**64 and exponent & 1 and modulus & 1):
        raise ValueError("its RSA exponent or modulus is not usable")


def _check_ecdsa(kind: str, reader: Reader) -> None:
    """The curve name must fit the kind; the point itself is checked by the library when a signature is."""
    curve = "nistp256" if kind == SK_ECDSA else kind.rpartition("-")[2]
    length = 65 if kind == SK_ECDSA else ECDSA[kind]
    if reader.text() != curve:
        raise ValueError("its curve differs from its kind")
    point = reader.string()
    if len(point) != length or point[0] != 4:
        raise ValueError("its point is not an uncompressed one")


def _refused(zh: str, en: str) -> KeyRefusedError:
    hint = Text(
        "请使用 ssh-ed25519，或 ECDSA、不少于 3072 位的 RSA、sk- 硬件密钥",
        "use ssh-ed25519, or ECDSA, RSA of at least 3072 bits, or an sk- hardware key",
    )
    return KeyRefusedError(Text(zh, en), hint, cause=en)
