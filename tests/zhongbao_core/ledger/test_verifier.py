"""The stand-alone verifier: one file, Python 3.6, no code of ours; the product's own answers are its measure."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from zhongbao_core.approval import ed25519
from zhongbao_core.approval.permit_file import PermitApproval, Proof, build_permit, bundle, parse_text
from zhongbao_core.approval.signing import sign
from zhongbao_core.approval.statement import build
from zhongbao_core.approval.subject import NAMESPACES, Subject, Target
from zhongbao_core.canonical import canonical, digest
from zhongbao_core.clock import iso
from zhongbao_core.keyfile import generate_key
from zhongbao_core.ledger.checkpoint import Signer
from zhongbao_core.ledger.journal import Journal

VERIFIER = Path(__file__).parents[3] / "zhongbao_core" / "ledger" / "verifier.py"
LATER = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("standalone_verifier", VERIFIER)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


verifier = load()


class Case:
    """An exported ledger with a checkpoint, a proof and a permit with a signed and a coded approval."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self.folder, self.signer = folder, signer
        self.journal = Journal.create(folder / "l.db", origin=signer.origin, writer="desk", at=LATER)
        self.permit_text = self._work()
        self.journal.append("decision", "git", {"verdict": "allow"}, at=LATER + timedelta(microseconds=1))
        self.write("cp.txt", self.journal.checkpoint(signer, LATER))
        self.write("export.jsonl", b"".join(entry.raw + b"\n" for entry in self.journal.entries()))
        self.write("permit.json", self.bundle())
        proven = self.journal.prove([0, 3], signer, LATER)
        proofs = [
            {"entry": entry.raw.decode(), "index": entry.seq, "path": [part.hex() for part in path]}
            for entry, path in proven.entries
        ]
        value = {"format": "zhongbao-proof/1", "proofs": proofs, "checkpoint": proven.checkpoint}
        self.write("proof.json", json.dumps({"schema_version": 1, **value}, ensure_ascii=False, indent=2))
        self.write("signers", f'chen-jun,x namespaces="approve@zhongbao" {self.line} chen\n# other\n')

    def _work(self) -> bytes:
        request = canonical({"id": "CR-games-0001", "title": "扩容"})
        subject = Subject(
            *("change", "CR-games-0001", 1, digest(request), (Target("core-db", "prod"),)),
            *(LATER, LATER + timedelta(hours=1), "games", "n" * 26),
        )
        manifest = "1:sha256:" + "a" * 64
        made: dict[str, Any] = {"title": "扩容", "lines": {}, "manifest": manifest, "level": "full", "label": "一级"}
        statement = build(subject, purpose="approve", **made)
        self.line = generate_key(self.folder / "chen", "chen-jun")
        armor = sign(self.folder / "chen", statement, NAMESPACES["approve"])
        approvals = [
            PermitApproval("chen-jun", "chen-jun", "director", "signed", "chen-1", LATER, 1, armor),
            PermitApproval("li-na", "li-na", "manager", "coded", "", LATER, 2),
        ]
        for item in approvals:
            body = {name: value for name, value in item._asdict().items() if name not in ("received_at", "entry")}
            body |= {"statement": digest(statement), "revision": 1, "code": "" if item.signature else "card#3"}
            body["signature"] = digest(item.signature.encode()) if item.signature else ""
            self.journal.append("approval.recorded", subject.id, body, at=LATER)
        text = build_permit(
            id="CR-games-0001-P1",
            kind="change",
            statement=statement,
            request=request,
            approvals=approvals,
            level="full",
            rung="full-release",
            issued_at=LATER,
            not_before=LATER,
            expires_at=LATER + timedelta(hours=1),
            manifest=manifest,
        )
        permit = parse_text(text)
        issued = {"permit": permit.digest, "id": permit.id, "expires_at": iso(permit.expires_at)}
        issued |= {"not_before": iso(permit.not_before), "level": "full", "manifest": manifest}
        self.journal.append("permit.issued", subject.id, issued, at=LATER)
        return text

    def bundle(self, text: bytes | None = None) -> bytes:
        proven = self.journal.prove([1, 2, 3], self.signer, LATER)
        proofs = [Proof(entry.raw, entry.seq, path) for entry, path in proven.entries]
        return bundle(text or self.permit_text, proofs, proven.checkpoint)

    def write(self, name: str, data: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def run(self, *args: str, python: str = sys.executable) -> tuple[int, str]:
        command = [python, "-I", "-S", str(VERIFIER), *args]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, check=False, env={"LC_ALL": "C"})
        assert done.stderr == b"", done.stderr.decode()
        return done.returncode, done.stdout.decode("utf-8")

    @property
    def everything(self) -> list[str]:
        return [
            *("export.jsonl", "--checkpoint", "cp.txt", "--key", self.signer.line, "--origin", self.signer.origin),
            *("--permit", "permit.json", "--proof", "proof.json", "--signers", "signers"),
        ]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory, signer: Signer) -> Case:
    return Case(tmp_path_factory.mktemp("verifier"), signer)


def test_it_is_one_file_of_python_3_6_that_imports_only_the_standard_library() -> None:
    source = VERIFIER.read_text("utf-8")
    tree = ast.parse(source, feature_version=(3, 6))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names == {"argparse", "base64", "binascii", "hashlib", "json", "re", "sys", "typing"}
    later = (ast.NamedExpr, ast.Match, ast.TryStar)
    assert [node for node in ast.walk(tree) if isinstance(node, later)] == []
    assert [node for node in ast.walk(tree) if isinstance(node, ast.arguments) and node.posonlyargs] == []


def pythons() -> list[str]:
    found = [sys.executable]
    for minor in (6, 8, 9, 12, 13):
        path = shutil.which(f"python3.{minor}")
        works = path and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0
        found += [path] if path and works else []
    return found


@pytest.mark.parametrize("python", pythons(), ids=lambda path: Path(path).name)
def test_it_runs_alone_without_site_packages_and_finds_an_honest_export_good(case: Case, python: str) -> None:
    code, said = case.run(*case.everything, python=python)
    assert (code, said.count("完好 / good")) == (0, 5), said
    assert "li-na：coded，以存证日志为准" in said
    assert "chen-jun：签名有效" in said


def test_an_export_alone_is_good_and_says_what_was_not_compared(case: Case) -> None:
    code, said = case.run("export.jsonl")
    assert code == 0
    assert "未与外部检查点比较" in said
    assert case.journal.head().root.hex() in said


@pytest.mark.parametrize(
    ("args", "words"),
    [
        pytest.param([], "没有要验证的内容", id="nothing asked"),
        pytest.param(["absent.jsonl"], "No such file", id="no such file"),
        pytest.param(["--checkpoint", "cp.txt"], "没有给出 --key", id="no key for the checkpoint"),
        pytest.param(["--checkpoint", "cp.txt", "--key", "KEY2"], "未知密钥", id="another key"),
        pytest.param(["--checkpoint", "cp.txt", "--key", "ecdsa-sha2-nistp256 AAAA"], "ssh-ed25519", id="ecdsa key"),
        pytest.param(["--permit", "permit.json", "--key", "KEY"], "无法核对是谁的", id="nobody vouches for the signer"),
        pytest.param(["--proof", "absent", "--key", "KEY"], "absent", id="no such proof"),
    ],
)
def test_what_it_cannot_check_it_names_and_exits_3(case: Case, args: list[str], words: str) -> None:
    other = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    known = {"KEY": case.signer.line, "KEY2": other}
    code, said = case.run(*[known.get(arg, arg) for arg in args])
    assert code == 3
    assert words in said


def test_an_ecdsa_signature_is_named_and_not_believed(case: Case) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", str(case.folder / "ec")], check=True) if not (
        case.folder / "ec"
    ).exists() else None
    armor = sign(case.folder / "ec", b"message", "approve@zhongbao")
    with pytest.raises(verifier.Unknown, match="ecdsa"):
        verifier.check_sshsig(armor, b"message", "approve@zhongbao")


Change = Callable[[list[bytes]], list[bytes]]


@pytest.mark.parametrize(
    ("change", "seq"),
    [
        pytest.param(
            lambda rows: [rows[0], rows[1].replace(b"chen-jun", b"chen-jum"), *rows[2:]], 1, id="a name changed"
        ),
        pytest.param(lambda rows: [*rows[:2], *rows[3:]], 2, id="a line taken out"),
        pytest.param(lambda rows: [rows[0], rows[2], rows[1], *rows[3:]], 1, id="two lines swapped"),
        pytest.param(lambda rows: [*rows[:2], rows[1], *rows[2:]], 2, id="a line twice"),
        pytest.param(lambda rows: [rows[0], b"", *rows[1:]], 1, id="an empty line"),
        pytest.param(lambda rows: [rows[0], rows[1].replace(b'{"body"', b'{ "body"', 1), *rows[2:]], 1, id="a blank"),
        pytest.param(lambda rows: [rows[0], rows[1][:-1] + b',"v":1}', *rows[2:]], 1, id="a key twice"),
        pytest.param(lambda rows: [*rows, b"x" * 70000], 5, id="a line too long"),
        pytest.param(lambda rows: [*rows, b"\xff\xfe"], 5, id="not UTF-8"),
        pytest.param(lambda rows: [*rows, b"[" * 5000], 5, id="nested deep"),
    ],
)
def test_a_changed_export_is_tampered_and_the_place_is_named(case: Case, change: Change, seq: int) -> None:
    rows = (case.folder / "export.jsonl").read_bytes().splitlines()
    case.write("bad.jsonl", b"".join(row + b"\n" for row in change(rows)))
    code, said = case.run("bad.jsonl")
    assert code == 1
    assert f"entry {seq}:" in said


def test_an_unknown_version_of_entry_cannot_be_checked(case: Case) -> None:
    rows = (case.folder / "export.jsonl").read_bytes().splitlines(keepends=True)
    case.write("bad.jsonl", rows[0].replace(b'"v":1', b'"v":2'))
    assert case.run("bad.jsonl")[0] == 3


def test_a_shorter_or_rewritten_export_is_seen_by_the_checkpoint(case: Case) -> None:
    rows = (case.folder / "export.jsonl").read_bytes().splitlines(keepends=True)
    asked = ["bad.jsonl", "--checkpoint", "cp.txt", "--key", case.signer.line]
    case.write("bad.jsonl", b"".join(rows[:-1]))
    code, said = case.run(*asked)
    assert (code, "cut from 4" in said) == (1, True)
    last = json.loads(rows[-1])
    case.write("bad.jsonl", b"".join(rows[:-1]) + canonical({**last, "body": {"verdict": "hold"}}) + b"\n")
    code, said = case.run(*asked)
    assert (code, "被改写" in said) == (1, True)


def test_a_recorded_checkpoint_is_checked_on_the_way(tmp_path: Path, signer: Signer) -> None:
    with Journal.create(tmp_path / "l.db", origin=signer.origin, writer="w", at=LATER) as journal:
        head = journal.head()
        journal.append("checkpoint.made", signer.origin, {"size": 1, "root": head.root.hex()}, at=LATER)
        journal.append("checkpoint.made", signer.origin, {"size": 2, "root": head.root.hex()}, at=LATER)
        (tmp_path / "e.jsonl").write_bytes(b"".join(entry.raw + b"\n" for entry in journal.entries()))
    done = subprocess.run([sys.executable, str(VERIFIER), str(tmp_path / "e.jsonl")], capture_output=True, check=False)
    assert (done.returncode, b"entry 2:" in done.stdout) == (1, True)


@pytest.mark.parametrize(
    ("name", "find", "put"),
    [
        pytest.param("permit.json", "core-db", "core-dc", id="another system"),
        pytest.param("permit.json", '"level\\":\\"full', '"level\\":\\"none', id="another level"),
        pytest.param("permit.json", '"index":3', '"index":2', id="another place"),
        pytest.param("permit.json", "li-na", "li-nb", id="another approver"),
        pytest.param("permit.json", "director", "chairman", id="another rank"),
        pytest.param("permit.json", "扩容", "缩容", id="another content"),
        pytest.param("permit.json", '"proofs":[{', '"proofs":[{"x":1,', id="more fields, another order"),
        pytest.param("cp.txt", "\n5\n", "\n6\n", id="another size"),
        pytest.param("cp.txt", "time 2026", "time 2025", id="another time"),
        pytest.param("cp.txt", "games\n", "gamez\n", id="another origin"),
        pytest.param("proof.json", "CR-games-0001", "CR-games-0002", id="another request"),
        pytest.param("proof.json", '"index": 3', '"index": 4', id="another index"),
    ],
)
def test_a_changed_permit_checkpoint_or_proof_is_refused(case: Case, name: str, find: str, put: str) -> None:
    text = (case.folder / name).read_text("utf-8")
    assert find in text
    case.write(f"bad-{name}", text.replace(find, put))
    asked = [f"bad-{arg}" if arg == name else arg for arg in case.everything]
    code, said = case.run(*asked)
    assert code == 1, said


def test_any_flipped_bit_of_a_permit_is_never_good(case: Case) -> None:
    chance, data = Random(3), (case.folder / "permit.json").read_bytes()  # noqa: S311 chance, not secrets
    signers = verifier.read_signers(str(case.folder / "signers"))
    keys = [verifier.public_key(case.signer.line)]
    accepted = []
    for _ in range(120):
        broken = bytearray(data)
        at = chance.randrange(len(data))
        broken[at] ^= 1 << chance.randrange(8)
        report = verifier.Report()
        report.say = lambda words: None
        report.attempt(lambda broken=broken, report=report: verifier.check_permit(broken, keys, "", signers, report))
        if report.code() == 0:
            accepted.append(at)
    assert accepted == []


def test_a_signer_who_is_somebody_else_is_tampered(case: Case) -> None:
    line = generate_key(case.folder / f"other-{os.getpid()}", "x")
    case.write("wrong-signers", f"chen-jun {line}\n")
    code, said = case.run("--permit", "permit.json", "--key", case.signer.line, "--signers", "wrong-signers")
    assert (code, "不是其本人的" in said) == (1, True)


def test_control_characters_never_reach_the_terminal(case: Case) -> None:
    _, said = case.run("\x1b[31mred\u202e.jsonl", "--origin", "x")
    assert "\x1b" not in said
    assert "\u202e" not in said


def test_its_ed25519_agrees_with_ours_and_the_library() -> None:
    chance = Random(20261120)  # noqa: S311
    for _ in range(12):
        key = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        public = key.public_key().public_bytes_raw()
        message = chance.randbytes(chance.randrange(90))
        signature = key.sign(message)
        flipped = bytearray(signature)
        flipped[chance.randrange(64)] ^= 1 << chance.randrange(8)
        too_big = signature[:32] + (int.from_bytes(signature[32:], "little") + verifier.L).to_bytes(32, "little")
        for candidate in (signature, bytes(flipped), too_big, signature[:63], b""):
            assert verifier.ed25519_verify(public, message, candidate) == ed25519.verify(public, message, candidate)
        assert verifier.ed25519_verify(public, message, signature)


@pytest.mark.parametrize(
    "public",
    [
        pytest.param("01" + "00" * 31, id="the neutral point"),
        pytest.param("00" * 32, id="order 4"),
        pytest.param("ec" + "ff" * 30 + "7f", id="order 2"),
        pytest.param("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", id="order 8"),
        pytest.param("ee" + "ff" * 30 + "7f", id="not canonical"),
    ],
)
def test_keys_of_small_order_verify_nothing(public: str) -> None:
    signature = bytes.fromhex("01" + "00" * 31 + "00" * 32)
    assert not verifier.ed25519_verify(bytes.fromhex(public), b"any", signature)
    assert not ed25519.verify(bytes.fromhex(public), b"any", signature)
