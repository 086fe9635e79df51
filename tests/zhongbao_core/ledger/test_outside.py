"""Checkpoints kept outside, the signer's key file, and opening a ledger as the trust file pins it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from zhongbao_core.errors import StoreError
from zhongbao_core.keyfile import generate_key
from zhongbao_core.ledger.checkpoint import Signer, load_signer
from zhongbao_core.ledger.heartbeat import SilentHours, beat, whole_hour
from zhongbao_core.ledger.journal import Journal
from zhongbao_core.ledger.outside import newest, open_ledger, save
from zhongbao_core.proof import CheckpointError, verify_checkpoint
from zhongbao_core.seen import Seen, write_seen
from zhongbao_core.trustfile import Trust, trust_from_bytes


@pytest.fixture
def trust(tmp_path: Path, signer: Signer, origin: str) -> Trust:
    keys = []
    for number in range(2):
        line = generate_key(tmp_path / f"root-{number}", f"r{number}")
        keys.append({"id": f"root-{number}", "person": f"p{number}", "line": line})
    value = {
        "format": "zhongbao-trust/1",
        "workspace": "w",
        "root": {"version": 1, "threshold": 2, "tighten": 1, "keys": keys},
        "ledger": {"origin": origin, "keys": [{"id": "l1", "line": signer.line}], "path": "ledger.db"},
        "state": "state",
    }
    return trust_from_bytes(json.dumps(value).encode(), tmp_path / "trust.json")


def reason(trust: Trust) -> str:
    with pytest.raises((StoreError, CheckpointError)) as error:
        open_ledger(trust, writer="gate")
    return str(error.value.reason_code)


def test_the_pinned_ledger_opens_and_is_compared_with_the_newest_checkpoint(
    trust: Trust, journal: Journal, signer: Signer, at: datetime, tmp_path: Path
) -> None:
    folder = tmp_path / "checkpoints"
    for number in range(3):
        journal.append("decision", "git", {"n": number}, at=at)
        save(journal.checkpoint(signer, at), journal.size(), folder)
    (folder / "notes.txt").write_text("of no interest")
    with open_ledger(trust, writer="gate") as opened:
        assert opened.append("decision", "git", {}, at=at).writer == "gate"
    found = newest(folder, [signer.line], signer.origin)
    assert found is not None
    assert found.size == 4


def test_a_ledger_behind_the_folder_outside_is_denied(
    trust: Trust, journal: Journal, signer: Signer, at: datetime, tmp_path: Path
) -> None:
    other = Journal.create(tmp_path / "other.db", origin=signer.origin, writer="x", at=at)
    other.append("decision", "git", {}, at=at)
    save(other.checkpoint(signer, at), 2, tmp_path / "checkpoints")
    assert reason(trust) == "LEDGER_ROLLED_BACK"
    journal.append("decision", "git", {"n": 1}, at=at)
    assert reason(trust) == "LEDGER_FORKED"


def test_a_damaged_newest_checkpoint_denies_too(trust: Trust, journal: Journal, tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "checkpoint-000000000009.txt").write_text("nothing")
    assert reason(trust) == "CHECKPOINT_MALFORMED"


def test_a_ledger_behind_what_this_machine_has_seen_is_denied(trust: Trust, journal: Journal) -> None:
    assert write_seen(trust.state, Seen(checkpoint=5)) is None
    assert reason(trust) == "LEDGER_ROLLED_BACK"


def test_another_ledger_than_the_pinned_one_is_denied(trust: Trust, tmp_path: Path, at: datetime) -> None:
    assert reason(trust) == "LEDGER_MISSING"
    Journal.create(tmp_path / "ledger.db", origin="zhongbao.example/other", writer="x", at=at).close()
    assert reason(trust) == "LEDGER_ORIGIN"
    assert reason(trust._replace(ledger=trust.ledger._replace(place=None))) == "LEDGER_NOT_HERE"


def test_a_saved_checkpoint_is_whole_and_replaces_only_itself(
    tmp_path: Path, journal: Journal, signer: Signer, at: datetime
) -> None:
    note = journal.checkpoint(signer, at)
    path = save(note, 1, tmp_path / "w")
    assert (path.name, path.read_text("utf-8")) == ("checkpoint-000000000001.txt", note)
    assert save(note, 1, tmp_path / "w") == path
    assert [item.name for item in (tmp_path / "w").iterdir()] == [path.name]
    assert newest(tmp_path / "absent", [signer.line], signer.origin) is None


def test_a_signer_signs_only_with_a_private_plain_ed25519_key(tmp_path: Path, origin: str, at: datetime) -> None:
    generate_key(tmp_path / "good", "x")
    signer = load_signer(tmp_path / "good", origin)
    assert signer.vkey.startswith(origin + "+")
    locked = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "geheim", "-f", str(tmp_path / "locked")]
    subprocess.run(locked, check=True)
    elliptic = generate_private_key(SECP256R1())
    data = elliptic.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    (tmp_path / "ec").write_bytes(data)
    (tmp_path / "text").write_text("no key")
    (tmp_path / "large").write_bytes(b"x" * 20_000)
    generate_key(tmp_path / "open", "x")
    for name in ("ec", "text", "large"):
        (tmp_path / name).chmod(0o600)
    (tmp_path / "open").chmod(0o644)
    found = {}
    for name in ("locked", "ec", "text", "large", "open", "absent"):
        with pytest.raises(StoreError) as error:
            load_signer(tmp_path / name, origin)
        found[name] = error.value.reason_code
    wrong = dict.fromkeys(("locked", "ec", "text", "large"), "LEDGER_KEY_INVALID")
    assert found == {**wrong, "open": "LEDGER_KEY_OPEN", "absent": "LEDGER_KEY_MISSING"}


def test_a_checkpoint_says_when_it_was_signed_but_never_before_the_last_entry(
    journal: Journal, signer: Signer, origin: str, at: datetime
) -> None:
    from datetime import timedelta

    for asked, told in ((at + timedelta(hours=5), at + timedelta(hours=5)), (at - timedelta(minutes=1), at)):
        assert verify_checkpoint(journal.checkpoint(signer, asked), [signer.line], origin).time == told


def test_silence_is_what_lies_between_two_heartbeats_of_one_event(journal: Journal, at: datetime) -> None:
    from datetime import timedelta

    for event, hour in (("a", 0), ("a", 1), ("b", 1), ("a", 4), ("b", 2), ("a", 5)):
        draft = beat(event, at + timedelta(hours=hour, minutes=7))
        journal.append(draft.kind, draft.ref, draft.body, at=at + timedelta(hours=5), key=draft.key)
    silent = SilentHours()
    for entry in journal.entries():
        silent.see(entry)
    gap = (("a", at + timedelta(hours=2), at + timedelta(hours=4)),)
    assert tuple(tuple(item) for item in silent.found()) == gap
    assert [item.hours for item in silent.found()] == [2]
    assert silent.last("b") == whole_hour(at + timedelta(hours=2))
    assert silent.last("c") is None


def test_opening_a_ledger_at_a_door_loads_nothing_heavy() -> None:
    heavy = (
        "cryptography",
        "yaml",
        "pydantic",
        "sqlalchemy",
        "rich",
        "logging",
        "asyncio",
        "zhongbao_core.ledger.verify",
    )
    program = "import sys, zhongbao_core.ledger.outside; print([name for name in sys.argv[1:] if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
