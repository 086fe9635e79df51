"""A permit out of the real ledger: what the journal records and signs is what a door verifies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from zhongbao_core.approval import permit
from zhongbao_core.approval.permit import PermitApproval, PermitError, Proof
from zhongbao_core.canonical import digest
from zhongbao_core.clock import iso
from zhongbao_core.ledger.checkpoint import load_signer, sign_checkpoint
from zhongbao_core.ledger.journal import Journal


@pytest.fixture
def journal(tmp_path: Path, world: Any) -> Any:
    with Journal.create(
        tmp_path / "ledger.db", origin="zhongbao.example/games", writer="desk", at=world.subject.start
    ) as it:
        yield it


def recorded(journal: Journal, world: Any) -> list[PermitApproval]:
    """The world's three approvals, written to the real ledger."""
    found = []
    for item in world.approvals:
        with journal.transaction(world.at) as tx:
            armor = tx.put_document(item.signature.encode()) if item.signature else ""
            body = {key: value for key, value in item._asdict().items() if key not in ("entry", "received_at")}
            body |= {"statement": digest(world.statement), "revision": 2, "signature": armor}
            entry = tx.append("approval.recorded", world.subject.id, body)
        found.append(item._replace(entry=entry.seq, received_at=entry.time))
    return found


def test_a_permit_with_proofs_and_checkpoint_of_the_real_ledger_is_verified(
    journal: Journal, world: Any, tmp_path: Path, raw_line: Any
) -> None:
    approvals = recorded(journal, world)
    text = world.text(approvals=approvals, issued_at=world.at)
    found = permit.parse_text(text)
    body = {"permit": found.digest, "id": found.id, "expires_at": iso(found.expires_at)}
    body |= {"not_before": iso(found.not_before), "level": found.level, "manifest": found.manifest}
    issued = journal.append("permit.issued", world.subject.id, body, at=world.at)
    for number in range(40):
        journal.append("heartbeat", "games", {"number": number}, at=world.at)
    key = tmp_path / "ledger.key"
    key.write_bytes(ledger_key())
    key.chmod(0o600)
    head = journal.head()
    note = sign_checkpoint(load_signer(key, journal.origin), head.size, head.root, head.time)
    numbers = [*(item.entry for item in approvals), issued.seq]
    proofs = [Proof(journal.entry(n).raw, n, tuple(journal.inclusion(n, head.size))) for n in numbers]
    data = permit.bundle(text, proofs, note)
    evidence = world.verify(data)
    assert [item.person for item in evidence.approvals] == ["mei", "vera", "min"]
    assert (evidence.size, evidence.time, evidence.issued.seq) == (head.size, head.time, issued.seq)
    with pytest.raises(PermitError):
        world.verify(data, ledger_keys=[raw_line("mei")])


def ledger_key() -> bytes:
    from hashlib import sha256

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(sha256(b"ledger").digest())
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
