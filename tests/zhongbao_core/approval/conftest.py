"""A small ledger and a permit from it, built by hand: the tree here is the recursive text of RFC 6962, not our code."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from zhongbao_core import proof
from zhongbao_core.approval import permit, sshsig, statement
from zhongbao_core.approval.permit import PermitApproval, Proof
from zhongbao_core.approval.subject import Subject, Target
from zhongbao_core.canonical import canonical, digest
from zhongbao_core.clock import iso
from zhongbao_core.people import Directory, Person, PublicKey

START = datetime(2026, 11, 21, 18, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ORIGIN = "zhongbao.example/games"


def key_of(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())


def key_line(name: str) -> str:
    return key_of(name).public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def tree_root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    split = largest_power_below(len(leaves))
    return sha256(b"\x01" + tree_root(leaves[:split]) + tree_root(leaves[split:])).digest()


def tree_path(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    split = largest_power_below(len(leaves))
    if index < split:
        return [*tree_path(index, leaves[:split]), tree_root(leaves[split:])]
    return [*tree_path(index - split, leaves[split:]), tree_root(leaves[:split])]


def largest_power_below(count: int) -> int:
    return 1 << (count - 1).bit_length() - 1


@dataclass
class World:
    """People, a ledger, one request with a signed, a coded and an attested approval, and the permit for it."""

    folder: Path
    entries: list[bytes] = field(default_factory=list)
    at: datetime = START + 20 * MINUTE

    def __post_init__(self) -> None:
        people = [("mei", "manager"), ("min", "manager"), ("vera", "vp"), ("reg", "staff"), ("wit", "staff")]
        self.directory = Directory(
            {
                name: Person(
                    name, name, "net", rank, frozenset({"approver"}), (PublicKey(f"{name}-1", key_line(name)),)
                )
                for name, rank in people
            },
            ("staff", "manager", "vp"),
        )
        self.request = canonical({"title": "核心库扩容", "binds": {"command": "sha256:" + "1" * 64}})
        self.subject = Subject(
            kind="change",
            id="CR-games-0007",
            revision=2,
            digest=digest(self.request),
            targets=(Target("core-db", "prod"),),
            start=START,
            end=START + timedelta(hours=3),
            event="games",
            nonce="5fd1b0",
        )
        self.statement = statement.build(
            self.subject,
            purpose="approve",
            title="扩容",
            lines={"why": "满"},
            manifest="4:x",
            level="full",
            label="一级",
        )
        self.append("request.submitted", {"request": digest(self.request)}, 0)
        self.approvals = [
            self.signed("mei", "manager", 1),
            self.coded("vera", "vp", 2),
            self.attested("min", "manager", 3),
        ]
        self.append("heartbeat", {}, 4, ref="games")

    def append(self, kind: str, body: dict[str, Any], minute: int, ref: str = "CR-games-0007") -> int:
        seq = len(self.entries)
        prev = sha256(b"\x00" + self.entries[-1]).hexdigest() if self.entries else "0" * 64
        value = {"v": 1, "seq": seq, "time": iso(START + minute * MINUTE), "writer": "desk", "kind": kind}
        self.entries.append(canonical({**value, "ref": ref, "key": "", "body": body, "prev": prev}))
        return seq

    def sign(self, name: str, data: bytes, namespace: str = "approve@zhongbao") -> str:
        path = self.folder / name
        if not path.exists():
            path.write_bytes(key_of(name).private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
        return sshsig.sign(path, data, namespace)

    def record(
        self,
        item: PermitApproval,
        minute: int,
        *,
        kind: str = "approval.recorded",
        ref: str = "CR-games-0007",
        **other: Any,
    ) -> PermitApproval:
        body = {key: value for key, value in item._asdict().items() if key not in ("entry", "received_at")}
        body |= {"statement": digest(self.statement), "revision": self.subject.revision}
        body["signature"] = digest(item.signature.encode()) if item.signature else ""
        seq = self.append(kind, {**body, **other}, minute, ref)
        return item._replace(entry=seq, received_at=START + minute * MINUTE)

    def signed(self, name: str, rank: str, minute: int, armor: str = "") -> PermitApproval:
        armor = armor or self.sign(name, self.statement)
        return self.record(PermitApproval(name, name, rank, "signed", f"{name}-1", START, 0, armor), minute)

    def coded(self, name: str, rank: str, minute: int) -> PermitApproval:
        return self.record(PermitApproval(name, name, rank, "coded", "", START, 0), minute)

    def attested(self, name: str, rank: str, minute: int) -> PermitApproval:
        return self.record(
            PermitApproval(name, name, rank, "attested", "", START, 0, "", "reg", "wit", "phone"), minute
        )

    def text(self, **changes: Any) -> bytes:
        values: dict[str, Any] = {
            "id": "P-0001",
            "kind": "change",
            "statement": self.statement,
            "request": self.request,
            "approvals": self.approvals,
            "level": "full",
            "rung": "full-normal",
            "issued_at": START + 10 * MINUTE,
            "not_before": START + 10 * MINUTE,
            "expires_at": START + 130 * MINUTE,
            "manifest": "4:sha256:" + "cd" * 32,
        }
        return permit.build_permit(**{**values, **changes})

    def issue(self, text: bytes, minute: int = 10, ref: str = "CR-games-0007", **changes: Any) -> int:
        found = permit.parse_text(text)
        body = {
            "permit": found.digest,
            "id": found.id,
            "expires_at": iso(found.expires_at),
            "not_before": iso(found.not_before),
            "level": found.level,
            "manifest": found.manifest,
        }
        return self.append("permit.issued", {**body, **changes}, minute, ref)

    def checkpoint(self, *, signer: str = "ledger", origin: str = ORIGIN, minute: int | None = 12) -> str:
        time = START + minute * MINUTE if minute is not None else None
        text = proof.checkpoint_text(proof.Checkpoint(origin, len(self.entries), tree_root(self.entries), time))
        public = key_of(signer).public_key().public_bytes_raw()
        return proof.signed_note(text, origin, public, key_of(signer).sign(text.encode()))

    def prove(self, *numbers: int) -> list[Proof]:
        return [Proof(self.entries[n], n, tuple(tree_path(n, self.entries))) for n in numbers]

    def file(self, **changes: Any) -> bytes:
        """A whole good permit file (``changes`` are to the permit's text)."""
        text = self.text(**changes)
        issued = self.issue(text)
        return self.bundled(text, issued)

    def bundled(self, text: bytes, issued: int, *more: int) -> bytes:
        self.append("heartbeat", {}, 11, ref="games")
        numbers = [item.entry for item in permit.parse_text(text).approvals]
        return permit.bundle(text, self.prove(*numbers, issued, *more), self.checkpoint())

    def verify(self, data: bytes, **changes: Any) -> permit.Evidence:
        values: dict[str, Any] = {
            "ledger_keys": [key_line("ledger")],
            "origin": ORIGIN,
            "directory": self.directory,
            "at": self.at,
        }
        return permit.verify_evidence(permit.parse(data), **{**values, **changes})


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, bytes]:
    """One world and its good permit file, for tests that only read."""
    made = World(tmp_path_factory.mktemp("world"))
    return made, made.file()


@pytest.fixture(scope="session")
def raw_line() -> Callable[[str], str]:
    """Name to ``ssh-ed25519`` line."""
    return key_line


def armor_bytes(armor: str) -> bytes:
    """The blob inside an armored signature."""
    return base64.b64decode("".join(armor.strip().split("\n")[1:-1]))
