#!/usr/bin/env python3
"""Check an exported zhongbao ledger, its checkpoints and permits with this one file and nothing else.

    python3 verifier.py export.jsonl --checkpoint cp.txt --key "ssh-ed25519 AAAA..." [--permit permit.json]

Python 3.6 or newer, standard library only, none of zhongbao's code: its own SHA-256 tree, its own Ed25519. Exit 0:
everything asked for was checked and holds; 1: something was changed, and what; 3: something could not be checked,
and what. Tampered is 1 even where something else could not be checked.

It does not judge whether approvals are enough, nor whether a permit is still valid now: doors do. It imports nothing
of the package and is meant to be read in one sitting before it is believed.
"""

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
from typing import Any, Dict, Iterable, List, Optional, Tuple

GOOD, TAMPERED, CANNOT_TELL = 0, 1, 3
MAX_LINE = 64 * 1024
MAX_FILE = 4 * 1024 * 1024
FIELDS = ["body", "key", "kind", "prev", "ref", "seq", "time", "v", "writer"]
SAME = ["person", "voice", "rank", "assurance", "key_id", "registrar", "cosigner", "channel"]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")
KIND = re.compile(r"[a-z][a-z0-9_]{0,31}(\.[a-z][a-z0-9_]{0,31}){0,3}")


class Tampered(Exception):
    """Something is not what was once written."""


class Unknown(Exception):
    """Something that this program cannot check."""


# --- RFC 6962 -------------------------------------------------------------------------------------------------------


def leaf_hash(data: bytes) -> bytes:
    """SHA-256 over 0x00 and the entry."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 over 0x01 and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """All complete subtrees of a growing tree, by level."""

    def __init__(self) -> None:
        self.levels = [[]]  # type: List[List[bytes]]

    @property
    def size(self) -> int:
        """How many leaves."""
        return len(self.levels[0])

    def add(self, leaf: bytes) -> None:
        """Append a leaf hash."""
        level, found = 0, leaf
        while True:
            if level == len(self.levels):
                self.levels.append([])
            self.levels[level].append(found)
            if len(self.levels[level]) % 2:
                return
            found = node_hash(self.levels[level][-2], found)
            level += 1

    def root(self, size: int) -> bytes:
        """The root over the first ``size`` leaves."""
        if size == 0:
            return hashlib.sha256(b"").digest()
        found = None  # type: Optional[bytes]
        for level in range(len(self.levels)):
            if size >> level & 1:
                peak = self.levels[level][(size >> level) - 1]
                found = peak if found is None else node_hash(peak, found)
        assert found is not None  # noqa: S101 a size above zero has a highest bit
        return found


def included(leaf: bytes, index: int, size: int, path: List[bytes], root: bytes) -> bool:
    """Whether ``path`` leads from ``leaf`` at ``index`` to ``root`` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
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


# --- Ed25519 (RFC 8032), verification only ----------------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = Tuple[int, int, int, int]
ZERO = (0, 1, 1, 0)  # type: Point


def add(one: Point, other: Point) -> Point:
    """Sum of two points in extended coordinates."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar: int, point: Point) -> Point:
    """``scalar`` times ``point``."""
    found = ZERO
    while scalar:
        if scalar & 1:
            found = add(found, point)
        point, scalar = add(point, point), scalar >> 1
    return found


def decompress(data: bytes) -> Optional[Point]:
    """The point in 32 bytes; None where they are no canonical point."""
    value = int.from_bytes(data, "little")
    sign, y = value >> 255, value & (2**255 - 1)
    if len(data) != 32 or y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def compress(point: Point) -> bytes:
    """The 32 bytes of a point."""
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = decompress(b"\x58" + b"\x66" * 31)


def ed25519_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether ``signature`` is by ``public`` over ``message``. Keys of small order never verify anything."""
    point = decompress(public)
    scalar = int.from_bytes(signature[32:], "little")
    if point is None or BASE is None or len(signature) != 64 or scalar >= L:
        return False
    if compress(multiply(8, point)) == compress(ZERO):
        return False
    hashed = hashlib.sha512(signature[:32] + public + message).digest()
    challenge = int.from_bytes(hashed, "little") % L
    minus = (P - point[0], point[1], 1, (P - point[3]) % P)
    return compress(add(multiply(scalar, BASE), multiply(challenge, minus))) == signature[:32]


# --- keys and SSH signatures ------------------------------------------------------------------------------------------


def strings(data: bytes) -> List[bytes]:
    """The SSH strings of which ``data`` consists."""
    found, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if at + 4 + length > len(data):
            raise Tampered("SSH 数据不完整 / SSH data cut short")
        found.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    return found


def pack(*parts: bytes) -> bytes:
    """SSH strings."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def decode64(text: str) -> bytes:
    """Base64, strictly."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Tampered("base64 不可读 / base64 cannot be read") from None


def public_key(line: str) -> bytes:
    """The 32 bytes of an ``ssh-ed25519`` line. Other kinds are beyond this program."""
    parts = line.split()
    if len(parts) < 2 or parts[0] != "ssh-ed25519":
        raise Unknown("只能验证 ssh-ed25519 / only ssh-ed25519 can be checked here: " + shown(line[:60]))
    return ed25519_of(decode64(parts[1]))


def ed25519_of(blob: bytes) -> bytes:
    """The 32 public bytes in a key blob."""
    parts = strings(blob)
    if not parts or parts[0] != b"ssh-ed25519":
        kind = shown(parts[0].decode("ascii", "replace")) if parts else "?"
        raise Unknown("密钥类型无法在此验证 / this kind of key cannot be checked here: " + kind)
    if len(parts) != 2 or len(parts[1]) != 32:
        raise Tampered("公钥不合规 / malformed public key")
    return parts[1]


def fingerprint(blob: bytes) -> str:
    """``SHA256:...`` as ssh-keygen shows it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def check_sshsig(armor: str, message: bytes, namespace: str) -> bytes:
    """Verify an armored SSH signature; the blob of the key that made it."""
    lines = armor.strip().splitlines()
    if len(lines) < 3 or lines[0] != "-----BEGIN SSH SIGNATURE-----" or lines[-1] != "-----END SSH SIGNATURE-----":
        raise Tampered("不是 SSH 签名 / not an SSH signature")
    data = decode64("".join(lines[1:-1]))
    if data[:6] != b"SSHSIG" or data[6:10] != b"\x00\x00\x00\x01":
        raise Unknown("未知的 SSH 签名版本 / unknown version of SSH signature")
    parts = strings(data[10:])
    if len(parts) != 5 or parts[1] != namespace.encode() or parts[2]:
        raise Tampered("签名用途不符 / the signature is for another purpose")
    key, hash_name, inner = parts[0], parts[3].decode("ascii", "replace"), strings(parts[4])
    if hash_name not in ("sha256", "sha512"):
        raise Unknown("未知摘要算法 / unknown hash " + shown(hash_name))
    public = ed25519_of(key)
    signed = b"SSHSIG" + pack(parts[1], b"", parts[3], hashlib.new(hash_name, message).digest())
    if len(inner) != 2 or inner[0] != b"ssh-ed25519" or not ed25519_verify(public, signed, inner[1]):
        raise Tampered("签名不正确 / wrong signature")
    return key


# --- reading ------------------------------------------------------------------------------------------------------------


def shown(text: str) -> str:
    """``text`` for a terminal: nothing but printable characters."""
    return "".join(char if char.isprintable() else "\\u%04x" % ord(char) for char in text)


def no_duplicates(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    """An object whose keys are all different."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def refuse(text: str) -> Any:
    """Numbers that signed documents never hold."""
    raise ValueError("not allowed: " + text[:20])


def read_json(data: bytes) -> Any:
    """JSON, strictly; it must be canonical (sorted, no blanks) to be one of ours."""
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=no_duplicates, parse_float=refuse, parse_constant=refuse
        )
        same = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8") == data
    except (ValueError, RecursionError) as error:
        raise Tampered("JSON 不可读 / JSON cannot be read: " + shown(str(error)[:80])) from None
    if not same:
        raise Tampered("JSON 不是规范形式 / JSON is not in its canonical form")
    return value


def read_file(path: str) -> bytes:
    """A file of bounded size."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 one idiom for all versions
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise Unknown("%s: %s" % (shown(path), error.strerror)) from None
    if len(data) > MAX_FILE:
        raise Unknown("文件过大 / file too large: " + shown(path))
    return data


def from_hex(text: str) -> bytes:
    """A hash in lower-case hexadecimal."""
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise ValueError("not a hash")
    return bytes.fromhex(text)


def digest(data: bytes) -> str:
    """``sha256:<hex>``."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


# --- the ledger ---------------------------------------------------------------------------------------------------------


def read_entry(raw: bytes, seq: int) -> Dict[str, Any]:
    """The entry in ``raw``, which must stand at ``seq``."""
    value = read_json(raw)
    if not isinstance(value, dict) or "v" not in value:
        raise Tampered("不是条目 / not an entry")
    if value["v"] != 1:
        raise Unknown("未知条目版本 / unknown version of entry")
    if sorted(value) != FIELDS or value["seq"] != seq or isinstance(value["seq"], bool):
        raise Tampered("字段或序号不符 / fields or number are wrong")
    texts = all(isinstance(value[name], str) for name in ("writer", "kind", "ref", "key", "prev", "time"))
    if not texts or not isinstance(value["body"], dict):
        raise Tampered("字段类型不符 / a field has the wrong type")
    if not TIME.fullmatch(value["time"]) or not KIND.fullmatch(value["kind"]):
        raise Tampered("时间或类型不合规 / time or kind is misspelt")
    return value


def check_export(path: str) -> Tree:
    """Every line of an export: its place, its predecessor, its time, and checkpoints recorded in it."""
    tree, prev, time = Tree(), "0" * 64, ""
    with open(path, "rb") as file:  # noqa: PTH123
        line = file.readline(MAX_LINE + 2)
        while line:
            seq, following = tree.size, file.readline(MAX_LINE + 2)
            try:
                entry = read_line(line, seq)
            except Tampered as error:
                raise Tampered("第 %d 条 / entry %d: %s" % (seq, seq, error)) from None
            if entry["prev"] != prev:
                bad = seq - 1 if seq and prev_in(following) == leaf_hash(line[:-1]).hex() else seq
                raise Tampered("第 %d 条被改动：链断 / entry %d: changed, the chain breaks" % (bad, bad))
            time = check_place(entry, seq, time, tree)
            tree.add(leaf_hash(line[:-1]))
            prev, line = tree.levels[0][-1].hex(), following
    if not tree.size:
        raise Tampered("没有任何条目 / there is no entry at all")
    return tree


def read_line(line: bytes, seq: int) -> Dict[str, Any]:
    """The entry in one line."""
    if not line.endswith(b"\n"):
        raise Tampered("行过长或不完整 / too long or cut short")
    return read_entry(line[:-1], seq)


def prev_in(line: bytes) -> str:
    """What the next line names as its predecessor: the witness for the line before it. Empty where it cannot be read."""
    try:
        return str(json.loads(line.decode("utf-8"))["prev"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def check_place(entry: Dict[str, Any], seq: int, time: str, tree: Tree) -> str:
    """Time runs forward, and a checkpoint recorded here fits; the entry's time in a form that sorts."""
    moment = str(entry["time"][:19] + entry["time"][19:-1].ljust(7, "0")).replace(".", "")
    if moment < time:
        raise Tampered("第 %d 条 / entry %d: 时间倒退 / time runs backwards" % (seq, seq))
    if entry["kind"] == "checkpoint.made":
        check_made(entry, seq, tree)
    return moment


def check_made(entry: Dict[str, Any], seq: int, tree: Tree) -> None:
    """A checkpoint that the ledger recorded of itself."""
    size, root = entry["body"].get("size"), entry["body"].get("root")
    if not isinstance(size, int) or not 0 < size <= seq or tree.root(size).hex() != root:
        words = "第 %d 条 / entry %d: 登记的检查点与此前内容不符 / a checkpoint recorded here does not fit the entries before it"
        raise Tampered(words % (seq, seq))


def check_note(note: bytes, keys: List[bytes], origin: str) -> Tuple[str, int, bytes]:
    """A signed checkpoint; its origin, size and root once a key of ``keys`` is found to have signed it."""
    try:
        text, _, tail = note.decode("utf-8").rpartition("\n\n")
    except UnicodeDecodeError:
        raise Tampered("检查点不是 UTF-8 / the checkpoint is not UTF-8") from None
    lines = text.split("\n")
    if len(lines) < 3 or not all(lines) or not re.fullmatch("0|[1-9][0-9]{0,15}", lines[1]):
        raise Tampered("不是检查点 / not a checkpoint")
    if origin and lines[0] != origin:
        raise Tampered("检查点属于另一份存证日志 / the checkpoint is of another ledger: " + shown(lines[0]))
    check_signatures(text + "\n", tail, lines[0], keys)
    return lines[0], int(lines[1]), decode64(lines[2])


def check_signatures(text: str, tail: str, name: str, keys: List[bytes]) -> None:
    """At least one key of ``keys`` signed ``text``, and none of them wrongly."""
    if not keys:
        raise Unknown("没有给出 --key，检查点签名未验证 / no --key given: the checkpoint's signature was not checked")
    known = {hashlib.sha256(name.encode() + b"\n\x01" + key).digest()[:4]: key for key in keys}
    good = 0
    for line in tail.rstrip("\n").split("\n"):
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "\u2014":
            raise Tampered("检查点签名行不合规 / malformed signature line in the checkpoint")
        blob = decode64(parts[2])
        if parts[1] == name and blob[:4] in known:
            if not ed25519_verify(known[blob[:4]], text.encode("utf-8"), blob[4:]):
                raise Tampered("检查点签名不正确 / the checkpoint's signature is wrong")
            good += 1
    if not good:
        raise Unknown("检查点由未知密钥签名 / the checkpoint is signed by keys that were not given")


def compare(tree: Tree, size: int, root: bytes) -> None:
    """The export against a checkpoint kept elsewhere."""
    if size > tree.size:
        words = "检查点已见 %d 条，导出只有 %d 条：第 %d 条起缺失 / the checkpoint saw %d entries, the export has %d: cut from %d"
        raise Tampered(words % (size, tree.size, tree.size, size, tree.size, tree.size))
    if tree.root(size) != root:
        raise Tampered(
            "前 %d 条与检查点不同：被改写 / the first %d entries are not what the checkpoint saw" % (size, size)
        )


# --- proofs and permits -----------------------------------------------------------------------------------------------


def check_proofs(value: Dict[str, Any], keys: List[bytes], origin: str) -> Dict[int, Dict[str, Any]]:
    """Entries with their inclusion proofs, all leading to one signed checkpoint."""
    try:
        _, size, root = check_note(value["checkpoint"].encode("utf-8"), keys, origin)
        found = {}
        for proof in value["proofs"]:
            raw, index = proof["entry"].encode("utf-8"), proof["index"]
            path = [from_hex(part) for part in proof["path"]]
            if not included(leaf_hash(raw), index, size, path, root):
                raise Tampered(
                    "第 %d 条不在检查点的日志中 / entry %d is not in the checkpoint's ledger" % (index, index)
                )
            found[index] = read_entry(raw, index)
        return found
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Tampered("证明不完整 / the proof is incomplete: " + shown(repr(error)[:80])) from None


def check_permit(data: bytes, keys: List[bytes], origin: str, signers: Dict[str, List[bytes]], report: "Report") -> str:
    """A permit: proofs, issue, approvals, signatures. Its id."""
    value = read_json(data)
    if not isinstance(value, dict) or sorted(value) != ["checkpoint", "permit", "proofs"]:
        raise Tampered("不是放行单 / not a permit")
    entries = check_proofs(value, keys, origin)
    try:
        text = value["permit"].encode("utf-8")
        permit = read_json(text)
        if permit["format"] != "zhongbao-permit/1":
            raise Unknown("未知放行单格式 / unknown format of permit")
        return check_permit_parts(permit, digest(text), entries, signers, report)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Tampered("放行单不完整 / the permit is incomplete: " + shown(repr(error)[:80])) from None


def check_permit_parts(
    permit: Dict[str, Any],
    name: str,
    entries: Dict[int, Dict[str, Any]],
    signers: Dict[str, List[bytes]],
    report: "Report",
) -> str:
    """The parts of a permit belong together, and the proven entries say the same."""
    statement = permit["statement"].encode("utf-8")
    subject = read_json(statement)["subject"]
    if subject["digest"] != digest(permit["request"].encode("utf-8")):
        raise Tampered("放行内容与审批标的不符 / what is let through is not what was approved")
    issued = [entry for entry in entries.values() if entry["kind"] == "permit.issued"]
    same = ("id", "expires_at", "not_before", "level", "manifest")
    if len(issued) != 1 or issued[0]["ref"] != subject["id"] or issued[0]["body"].get("permit") != name:
        raise Tampered("放行单没有相符的签发条目 / no entry issued this permit")
    if any(issued[0]["body"].get(field) != permit[field] for field in same):
        raise Tampered("放行单与签发条目不符 / the permit is not the one its entry issued")
    for approval in permit["approvals"]:
        check_approval(approval, entries, statement, subject, signers, report)
    return str(permit["id"])


def check_approval(
    approval: Dict[str, Any],
    entries: Dict[int, Dict[str, Any]],
    statement: bytes,
    subject: Dict[str, Any],
    signers: Dict[str, List[bytes]],
    report: "Report",
) -> None:
    """One approval: its ledger entry says the same, and its signature holds."""
    who, entry = shown(str(approval["person"])), entries.get(approval["entry"])
    if entry is None or (entry["kind"], entry["ref"]) != ("approval.recorded", subject["id"]):
        raise Tampered("%s 的审批没有存证 / the approval of %s has no entry" % (who, who))
    body, armor = entry["body"], approval.get("signature", "")
    expected = {field: approval.get(field, "") for field in SAME}
    expected["statement"] = digest(statement)
    expected["revision"] = subject["revision"]
    if (
        any(body.get(field, "") != wanted for field, wanted in expected.items())
        or entry["time"] != approval["received_at"]
    ):
        raise Tampered("%s 的审批与存证不符 / the approval of %s is not what was recorded" % (who, who))
    if approval["assurance"] != "signed":
        report.say("%s：%s，以存证日志为准 / rests on the ledger's word" % (who, shown(str(approval["assurance"]))))
        return
    if body.get("signature") != digest(armor.encode("utf-8")):
        raise Tampered("%s 的签名与存证不符 / the signature of %s is not the recorded one" % (who, who))
    report.attempt(lambda: check_signer(armor, statement, who, approval["person"], signers))


def check_signer(armor: str, statement: bytes, who: str, person: str, signers: Dict[str, List[bytes]]) -> str:
    """The signature holds, and the key is one of the person's."""
    try:
        blob = check_sshsig(armor, statement, "approve@zhongbao")
    except Unknown as error:
        raise Unknown("%s: %s" % (who, error)) from None
    except Tampered as error:
        raise Tampered("%s: %s" % (who, error)) from None
    if not signers:
        words = "%s：签名有效，密钥 %s；未给 --signers，无法核对是谁的 / good signature; no --signers, so whose key it is was not checked"
        raise Unknown(words % (who, fingerprint(blob)))
    if blob not in signers.get(person, []):
        raise Tampered("%s 的签名所用密钥不是其本人的 / signed with a key that is not of %s" % (who, who))
    return "%s：签名有效 / good signature %s" % (who, fingerprint(blob))


def read_signers(path: str) -> Dict[str, List[bytes]]:
    """An OpenSSH ``allowed_signers`` file: persons and their keys. Options are not interpreted."""
    found = {}  # type: Dict[str, List[bytes]]
    for line in read_file(path).decode("utf-8", "replace").splitlines():
        match = re.match(r"\s*([^#\s]+)\s.*?((?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+)\s+([A-Za-z0-9+/=]+)", line)
        for person in match.group(1).split(",") if match else []:
            assert match is not None  # noqa: S101 for readers and type checkers
            found.setdefault(person, []).append(decode64(match.group(3)))
    return found


# --- the command line ---------------------------------------------------------------------------------------------------


class Report:
    """What was found, said at once; the worst of it decides the exit code."""

    def __init__(self) -> None:
        self.tampered = False
        self.unknown = False

    def say(self, words: str) -> None:
        """One line on standard output, in UTF-8 whatever the terminal thinks."""
        sys.stdout.buffer.write((words + "\n").encode("utf-8", "backslashreplace"))

    def attempt(self, check: Any) -> None:
        """Run one check and note how it ended."""
        try:
            self.say("完好 / good: %s" % check())
        except Tampered as error:
            self.tampered = True
            self.say("被篡改 / TAMPERED: %s" % error)
        except (Unknown, OSError) as error:
            self.unknown = True
            self.say("无法验证 / CANNOT CHECK: %s" % error)

    def code(self) -> int:
        """The exit code."""
        return TAMPERED if self.tampered else CANNOT_TELL if self.unknown else GOOD


def parser() -> argparse.ArgumentParser:
    """The options."""
    found = argparse.ArgumentParser(description="Check a zhongbao ledger export, checkpoints, proofs and permits.")
    found.add_argument("export", nargs="?", help="export.jsonl, one entry a line")
    found.add_argument("--checkpoint", action="append", default=[], help="a signed checkpoint kept elsewhere")
    found.add_argument("--key", action="append", default=[], help='a ledger key, "ssh-ed25519 AAAA..."')
    found.add_argument("--origin", default="", help="the ledger's name, where it is known")
    found.add_argument("--permit", action="append", default=[], help="a permit file")
    found.add_argument("--proof", action="append", default=[], help="what 'zhongbao ledger prove' wrote")
    found.add_argument("--signers", default="", help="an OpenSSH allowed_signers file: whose key is whose")
    return found


def run(args: List[str]) -> int:
    """Check what ``args`` ask for; the exit code."""
    asked, report = parser().parse_args(args), Report()
    if not (asked.export or asked.checkpoint or asked.permit or asked.proof):
        report.say("没有要验证的内容 / nothing to check; see --help")
        return CANNOT_TELL
    keys = collect(report, asked.key, public_key)
    trees = []  # type: List[Tree]
    if asked.export:
        report.attempt(lambda: read_export(asked.export, trees))
    for path in asked.checkpoint:
        report.attempt(lambda path=path: checkpoint_line(path, keys, asked.origin, trees))
    for path in asked.proof:
        report.attempt(lambda path=path: proof_line(path, keys, asked.origin))
    signers = read_signers(asked.signers) if asked.signers else {}
    for path in asked.permit:
        report.attempt(lambda path=path: check_permit(read_file(path), keys, asked.origin, signers, report))
    if asked.export and not asked.checkpoint:
        report.say(
            "未与外部检查点比较：旧副本或整体改写无法看出 / "
            "not compared with an outside checkpoint: an older copy or a whole rewrite cannot be seen"
        )
    return report.code()


def collect(report: Report, values: Iterable[str], read: Any) -> List[Any]:
    """What ``read`` makes of each value; what it cannot make is noted."""
    found = []  # type: List[Any]
    for value in values:
        try:
            found.append(read(value))
        except (Tampered, Unknown) as error:
            report.unknown = True
            report.say("无法验证 / CANNOT CHECK: %s" % error)
    return found


def read_export(path: str, trees: List[Tree]) -> str:
    """Check an export and keep its tree."""
    tree = check_export(path)
    trees.append(tree)
    return "%s: %d 条，树根 / entries, root %s" % (shown(path), tree.size, tree.root(tree.size).hex())


def checkpoint_line(path: str, keys: List[bytes], origin: str, trees: List[Tree]) -> str:
    """Check a checkpoint, against the export where there is one."""
    name, size, root = check_note(read_file(path), keys, origin)
    for tree in trees:
        compare(tree, size, root)
    said = "与导出一致 / agrees with the export" if trees else "签名有效 / signature"
    return "%s: %s %d 条 / entries, %s" % (shown(path), shown(name), size, said)


def proof_line(path: str, keys: List[bytes], origin: str) -> str:
    """Check what ``ledger prove`` wrote."""
    try:
        value = json.loads(read_file(path).decode("utf-8"), object_pairs_hook=no_duplicates)
        if value["format"] != "zhongbao-proof/1":
            raise Unknown("未知证明格式 / unknown format of proof")
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Tampered("证明不可读 / the proof cannot be read") from None
    return "%s: 第 %s 条 / entries" % (shown(path), ", ".join(map(str, check_proofs(value, keys, origin))))


if __name__ == "__main__":
    try:
        sys.exit(run(sys.argv[1:]))
    except (Tampered, Unknown) as failure:
        Report().say("无法验证 / CANNOT CHECK: %s" % failure)
        sys.exit(CANNOT_TELL)
