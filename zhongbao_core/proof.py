"""Proofs from the ledger, checked without the ledger: RFC 6962 hashes and paths, C2SP signed checkpoints.

Pure and light: it stands on the gate's path (an offline door believes a permit by these functions alone). The
ledger builds the same hashes from here, so there is one definition. Only Ed25519 is known; other signature
lines in a note are passed over, as the signed-note specification asks.
"""

from __future__ import annotations

import binascii
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from zhongbao_core.clock import iso, parse_instant
from zhongbao_core.errors import CannotTellError, ZhongbaoError
from zhongbao_core.sha import sha256
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves."""
MAX_NOTE = 64 * 1024
MAX_SIZE = 2**53 - 1
MAX_SIGNATURES = 16
MAX_PATH = 64

_DASH = "\u2014 "
_TIME = "time "


class CheckpointError(CannotTellError):
    """A checkpoint that proves nothing: malformed, of another ledger, or signed by no pinned key.

    ``reason_code`` is CHECKPOINT_MALFORMED, CHECKPOINT_ORIGIN, CHECKPOINT_UNSIGNED or CHECKPOINT_FORGED.
    """

    reason_code = "CHECKPOINT_MALFORMED"


class Checkpoint(NamedTuple):
    """What a signed checkpoint says: when it was signed, at ``time``, ``origin`` had ``size`` entries with ``root``."""

    origin: str
    size: int
    root: bytes
    time: datetime | None


def leaf_hash(data: bytes) -> bytes:
    """RFC 6962: SHA-256 over 0x00 and the entry's bytes."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962: SHA-256 over 0x01 and the two children."""
    return sha256(b"\x01" + left + right).digest()


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether ``path`` proves that ``leaf`` (a leaf hash) stands at ``index`` of the tree of ``size`` with ``root``.

    RFC 9162, 2.1.3.2. Never raises for a wrong proof; wrong lengths are a wrong proof.
    """
    if not 0 <= index < size <= MAX_SIZE or not _hashes(leaf, root, *path):
        return False
    node, last, found = index, size - 1, leaf
    for part in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(part, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, part)
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether ``path`` proves that the tree of ``old_size`` is the beginning of the tree of ``new_size``.

    RFC 9162, 2.1.4.2. An empty old tree is refused, also against an empty new one: it would prove nothing.
    """
    if not 0 < old_size <= new_size <= MAX_SIZE or not _hashes(old_root, new_root, *path):
        return False
    if old_size == new_size:
        return not path and old_root == new_root
    parts = [old_root, *path] if old_size & (old_size - 1) == 0 else list(path)
    return bool(parts) and _consistent(old_size - 1, new_size - 1, parts, (old_root, new_root))


def _consistent(node: int, last: int, parts: list[bytes], roots: tuple[bytes, bytes]) -> bool:
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = parts[0]
    for part in parts[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(part, old), node_hash(part, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, part)
        node, last = node >> 1, last >> 1
    return last == 0 and (old, new) == roots


def _hashes(*values: bytes) -> bool:
    return len(values) <= MAX_PATH + 2 and all(isinstance(value, bytes) and len(value) == 32 for value in values)


def ed25519_public(line: str) -> bytes:
    """The 32 public bytes in an ``ssh-ed25519 AAAA... [comment]`` line. Raises CheckpointError for any other."""
    parts = line.split()
    if len(parts) < 2 or parts[0] != "ssh-ed25519":
        raise _bad("不是 ssh-ed25519 公钥", "not an ssh-ed25519 public key")
    blob = _base64(parts[1])
    head = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"
    if len(blob) != len(head) + 32 or not blob.startswith(head):
        raise _bad("ssh-ed25519 公钥内容不合规", "malformed ssh-ed25519 public key")
    return blob[len(head) :]


def key_hash(name: str, public: bytes) -> bytes:
    """The four bytes by which a signed note names an Ed25519 key."""
    return sha256(name.encode("utf-8") + b"\n\x01" + public).digest()[:4]


def vkey(name: str, public: bytes) -> str:
    """The key as C2SP tools write it: ``name+hash+base64``."""
    encoded = _b64(b"\x01" + public)
    return f"{name}+{key_hash(name, public).hex()}+{encoded}"


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """The text that is signed: origin, size, root and, as an extension line, the time of signing."""
    lines = [checkpoint.origin, str(checkpoint.size), _b64(checkpoint.root)]
    if checkpoint.time is not None:
        lines.append(_TIME + iso(checkpoint.time))
    return "\n".join(lines) + "\n"


def signed_note(text: str, name: str, public: bytes, signature: bytes) -> str:
    """``text`` with one signature line in the signed-note form."""
    return f"{text}\n{_DASH}{name} {_b64(key_hash(name, public) + signature)}\n"


def verify_checkpoint(note: str | bytes, keys: Iterable[str], origin: str) -> Checkpoint:
    """The checkpoint in ``note``, once a key of ``keys`` (``ssh-ed25519`` lines) has been found to have signed it.

    ``origin`` is the ledger's pinned name and also the key name. Raises CheckpointError: a signature that names
    a pinned key and is wrong refuses the note even where another one is right.
    """
    text, signatures = split_note(note)
    checkpoint = parse_checkpoint(text)
    if checkpoint.origin != origin:
        raise _bad("检查点属于另一份存证日志", "the checkpoint is of another ledger", "CHECKPOINT_ORIGIN")
    known = {key_hash(origin, public): public for public in map(ed25519_public, keys)}
    found = [(known[blob[:4]], blob[4:]) for name, blob in signatures if name == origin and blob[:4] in known]
    if not found:
        raise _bad("检查点没有受信任密钥的签名", "no pinned key signed the checkpoint", "CHECKPOINT_UNSIGNED")
    from zhongbao_core.approval.ed25519 import verify

    if not all(verify(public, text.encode("utf-8"), signature) for public, signature in found):
        raise _bad("检查点签名不正确", "the checkpoint's signature is wrong", "CHECKPOINT_FORGED")
    return checkpoint


def split_note(note: str | bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """The signed text of ``note`` (with its last newline) and its signatures as (key name, hash and signature)."""
    whole = _decoded(note)
    text, middle, tail = whole.rpartition("\n\n")
    if not middle or not tail.endswith("\n") or not text:
        raise _bad("不是签名文本", "not a signed note")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise _bad("签名行过多", "too many signature lines")
    return text + "\n", [_signature(line) for line in lines]


def parse_checkpoint(text: str) -> Checkpoint:
    """The unsigned ``text`` of a checkpoint read strictly; who signed it is not looked at."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or not all(lines):
        raise _bad("检查点行数不足", "a checkpoint has an origin, a size and a root line")
    origin, count, encoded, *rest = lines
    root = _base64(encoded)
    if not (count.isascii() and count.isdigit() and len(count) <= 16) or (count != "0" and count[0] == "0"):
        raise _bad("检查点大小不可读", "the checkpoint's size cannot be read")
    if len(root) != 32 or int(count) > MAX_SIZE:
        raise _bad("检查点树根或大小不合规", "the checkpoint's root or size is out of range")
    return Checkpoint(origin, int(count), root, _time_in(rest))


def _time_in(lines: list[str]) -> datetime | None:
    times = [line[len(_TIME) :] for line in lines if line.startswith(_TIME)]
    try:
        return parse_instant(times[0]) if times else None
    except ZhongbaoError as error:
        raise _bad("检查点时间不可读", "the checkpoint's time cannot be read") from error


def _decoded(note: str | bytes) -> str:
    try:
        data = note.encode("utf-8") if isinstance(note, str) else note
        whole = data[: MAX_NOTE + 1].decode("utf-8")
    except UnicodeError as error:
        raise _bad("不是 UTF-8", "not UTF-8") from error
    if len(data) > MAX_NOTE or any(char < " " and char != "\n" for char in whole):
        raise _bad("过长或含控制字符", "too long, or has control characters")
    return whole


def _signature(line: str) -> tuple[str, bytes]:
    name, blank, encoded = line.removeprefix(_DASH).partition(" ")
    blob = _base64(encoded)
    if not line.startswith(_DASH) or not name or not blank or len(blob) < 5:
        raise _bad("签名行不合规", "malformed signature line")
    return name, blob


def _base64(text: str) -> bytes:
    try:
        data = a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise _bad("base64 不可读", "base64 cannot be read") from error
    if _b64(data) != text:
        raise _bad("base64 不规范", "base64 is not in its one canonical spelling")
    return data


def _bad(zh: str, en: str, code: str = "CHECKPOINT_MALFORMED") -> CheckpointError:
    return CheckpointError(Text(zh, en), reason_code=code)


def _b64(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode()
