"""The ledger commands as people call them, on the example workspace and on ledgers of their own."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zhongbao.__main__ import run
from zhongbao_core.keyfile import generate_key

NOW = "2026-11-12T02:31+08:00"
VERIFIER = Path(__file__).parents[2] / "zhongbao_core" / "ledger" / "verifier.py"


class Desk:
    """The example, and a way to call the program on it."""

    def __init__(self, base: Path, read: Callable[[], tuple[str, str]]) -> None:
        self.ws, self.out, self.read = base / "demo", base / "demo-outside", read
        self.db = self.out / "ledger.db"
        self.trust = self.out / "trust.json"

    def call(self, *args: str) -> tuple[int, str, str]:
        """Exit code, report and talk of ``zhongbao ledger ARGS``."""
        code = run(["--workspace", str(self.ws), "--trust", str(self.trust), "--lang", "en", "ledger", *args])
        out, err = self.read()
        assert "Traceback" not in err
        return code, out, err

    def json(self, *args: str) -> tuple[int, Any]:
        code, out, err = self.call(*args, "--format", "json")
        return code, json.loads(out or err)

    @property
    def size(self) -> int:
        return int(self.json("show", "--last", "1")[1]["size"])

    @property
    def newest(self) -> Path:
        return sorted((self.out / "checkpoints").iterdir())[-1]

    def sql(self, statement: str, *values: object) -> None:
        db = sqlite3.connect(self.db, isolation_level=None)
        db.execute(statement, values)
        db.close()

    def key_line(self) -> str:
        return str(json.loads(self.trust.read_text("utf-8"))["ledger"]["keys"][0]["line"])


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("example")
    assert run(["init", str(base / "demo"), "--example"]) == 0
    return base


@pytest.fixture
def desk(example: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Desk:
    shutil.copytree(example, tmp_path, dirs_exist_ok=True)

    def read() -> tuple[str, str]:
        caught = capfd.readouterr()
        return caught.out, caught.err

    read()
    return Desk(tmp_path, read)


def test_the_example_ledger_is_good_and_agrees_with_its_checkpoint(desk: Desk) -> None:
    code, answer = desk.json("verify", "--signatures")
    assert (code, answer["verdict"], answer["reason_code"], answer["first_bad"]) == (0, "good", "LEDGER_GOOD", None)
    assert [item["agrees"] for item in answer["checkpoints"]] == [True]
    assert answer["signatures"]["good"] > 5
    assert (answer["signatures"]["bad"], answer["signatures"]["strangers"]) == ([], [])
    code, out, _ = desk.call("verify")
    assert (code, out.splitlines()[0]) == (0, f"good: {answer['origin']}")


def test_verify_says_when_nothing_outside_was_compared(desk: Desk) -> None:
    shutil.rmtree(desk.out / "checkpoints")
    code, out, _ = desk.call("verify")
    assert (code, "not compared with an outside checkpoint" in out) == (0, True)


def test_a_changed_entry_is_named_with_exit_1(desk: Desk) -> None:
    desk.sql("UPDATE entries SET raw = replace(raw, 'approval', 'approvel') WHERE seq = 9")
    code, answer = desk.json("verify")
    assert (code, answer["verdict"], answer["first_bad"]) == (1, "tampered", 9)
    code, out, _ = desk.call("verify")
    assert (code, "entry 9" in out) == (1, True)


def test_a_changed_schema_is_tampered_too(desk: Desk) -> None:
    desk.sql("CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM documents; END")
    code, answer = desk.json("verify")
    assert (code, answer["verdict"], answer["reason_code"]) == (1, "tampered", "LEDGER_SCHEMA")
    assert desk.call("verify")[0] == 1


def test_no_ledger_and_no_database_is_cannot_tell(desk: Desk) -> None:
    desk.db.write_bytes(b"nothing" * 1000)
    assert desk.call("verify")[0] == 3
    desk.db.unlink()
    code, _, err = desk.call("verify")
    assert (code, "LEDGER_MISSING" in err) == (3, True)


def test_an_older_copy_is_seen_by_every_command(desk: Desk, tmp_path: Path) -> None:
    shutil.copy(desk.db, tmp_path / "older.db")
    assert desk.call("checkpoint", "--to", str(desk.out / "checkpoints"), "--at", NOW)[0] == 0
    assert desk.call("checkpoint", "--to", str(tmp_path / "witness"), "--at", NOW)[0] == 0
    assert desk.call("verify")[0] == 0
    desk.call("heartbeat", "--at", NOW)
    desk.call("checkpoint", "--to", str(desk.out / "checkpoints"), "--at", NOW)
    shutil.copy(tmp_path / "older.db", desk.db)
    code, answer = desk.json("verify")
    assert (code, answer["reason_code"]) == (1, "LEDGER_ROLLED_BACK")
    for command in (["heartbeat", "--at", NOW], ["prove", "1", "--at", NOW]):
        code, _, err = desk.call(*command)
        assert (command[0], code, "LEDGER_ROLLED_BACK" in err) == (command[0], 3, True)


def test_a_checkpoint_given_by_name_is_compared(desk: Desk, tmp_path: Path) -> None:
    kept = shutil.copy(desk.newest, tmp_path / "kept.txt")
    shutil.rmtree(desk.out / "checkpoints")
    assert desk.json("verify", "--checkpoint", str(kept))[1]["checkpoints"][0]["agrees"] is True
    desk.sql("DELETE FROM entries WHERE seq >= 40")
    code, answer = desk.json("verify", "--checkpoint", str(kept))
    assert (code, answer["reason_code"], answer["until"]) == (1, "LEDGER_ROLLED_BACK", 41)


def test_a_checkpoint_that_proves_nothing_is_cannot_tell(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text(desk.newest.read_text("utf-8").replace("\n47\n", "\n46\n"), encoding="utf-8")
    code, _, err = desk.call("verify", "--checkpoint", str(tmp_path / "bad.txt"))
    assert (code, "CHECKPOINT_FORGED" in err) == (3, True)
    code, _, err = desk.call("verify", "--checkpoint", str(tmp_path / "absent.txt"))
    assert code == 3


def test_without_a_trust_file_a_ledger_is_verified_with_a_key_given(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, newest = desk.key_line(), desk.newest
    monkeypatch.chdir(tmp_path)
    plain = ["ledger", "verify", "--ledger", str(desk.db), "--checkpoint", str(newest)]
    assert run(["--workspace", str(tmp_path / "demo"), *plain, "--key", key]) == 0
    assert run(["--workspace", str(tmp_path / "demo"), *plain]) == 2


def test_a_signature_document_exchanged_is_found(desk: Desk) -> None:
    _, shown = desk.json("show", "--kind", "approval.recorded", "--last", "1000")
    signed = next(item for item in shown["entries"] if item["body"]["signature"])
    other = next(
        item for item in shown["entries"] if item["body"]["signature"] not in ("", signed["body"]["signature"])
    )
    db = sqlite3.connect(desk.db, isolation_level=None)
    (armor,) = db.execute("SELECT content FROM documents WHERE digest = ?", (other["body"]["signature"],)).fetchone()
    db.execute("UPDATE documents SET content = ? WHERE digest = ?", (armor, signed["body"]["signature"]))
    db.close()
    code, answer = desk.json("verify", "--signatures")
    assert (code, answer["reason_code"]) == (1, "DOCUMENT_CHANGED")


def test_signatures_that_nobody_vouches_for_are_cannot_tell(desk: Desk) -> None:
    (desk.ws / "manifest.json").unlink()
    code, answer = desk.json("verify", "--signatures")
    assert (code, answer["verdict"], answer["reason_code"]) == (3, "cannot_tell", "SIGNER_UNKNOWN")
    assert answer["signatures"]["good"] == 0
    assert len(answer["signatures"]["strangers"]) > 5
    code, out, _ = desk.call("verify", "--signatures")
    assert (code, out.startswith("cannot tell:")) == (3, True)


def test_show_lists_and_filters(desk: Desk) -> None:
    code, answer = desk.json("show", "--last", "3")
    assert (code, [item["seq"] for item in answer["entries"]]) == (0, [44, 45, 46])
    _, answer = desk.json("show", "--kind", "permit.issued")
    assert {item["kind"] for item in answer["entries"]} == {"permit.issued"}
    ref = answer["entries"][0]["ref"]
    _, answer = desk.json("show", "--ref", ref)
    assert {item["ref"] for item in answer["entries"]} == {ref}
    code, out, _ = desk.call("show", "--last", "2")
    assert (code, len(out.splitlines())) == (0, 2)


def test_a_proof_is_checked_by_the_stand_alone_verifier(desk: Desk, tmp_path: Path) -> None:
    code, out, _ = desk.call("prove", "5", "--at", NOW)
    assert code == 0
    (tmp_path / "proof.json").write_text(out, encoding="utf-8")
    code, said = standalone("--proof", str(tmp_path / "proof.json"), "--key", desk.key_line())
    assert (code, "entries" in said) == (0, True)


def test_export_and_checkpoint_are_checked_by_the_stand_alone_verifier(desk: Desk, tmp_path: Path) -> None:
    export = tmp_path / "export.jsonl"
    assert desk.call("export", "--to", str(export))[0] == 0
    assert stat.S_IMODE(export.stat().st_mode) == 0o600
    assert desk.call("export", "--to", str(export))[0] == 2
    asked = ["--checkpoint", str(desk.newest), "--key", desk.key_line()]
    code, said = standalone(str(export), *asked)
    assert (code, said.count("完好")) == (0, 2)
    code, out, _ = desk.call("export")
    assert (code, out.encode()) == (0, export.read_bytes())
    export.write_bytes(export.read_bytes().replace(b'"rank":"', b'"rank":"x', 1))
    assert standalone(str(export), *asked)[0] == 1


def standalone(*args: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-I", "-S", str(VERIFIER), *args], capture_output=True, check=False)
    return done.returncode, done.stdout.decode("utf-8")


def test_a_proof_needs_exactly_one_thing_to_prove(desk: Desk, tmp_path: Path) -> None:
    assert desk.call("prove", "--at", NOW)[0] == 2
    assert desk.call("prove", "1", "--permit", str(tmp_path / "x"), "--at", NOW)[0] == 2
    code, _, err = desk.call("prove", "9999", "--at", NOW)
    assert (code, "ENTRY_MISSING" in err) == (3, True)


def test_a_permit_is_proven_afresh_and_believed_by_the_stand_alone_verifier(desk: Desk, tmp_path: Path) -> None:
    permit = tmp_path / "permit.json"
    issued = desk.json("show", "--kind", "permit.issued")[1]["entries"][-1]
    base = ["--workspace", str(desk.ws), "--trust", str(desk.trust), "permit", "issue"]
    assert run([*base, issued["ref"], "--out", str(permit), "--at", NOW]) == 0
    desk.read()
    code, out, _ = desk.call("prove", "--permit", str(permit), "--at", NOW)
    assert code == 0
    assert len(json.loads(out)["proofs"]) == len(json.loads(permit.read_text("utf-8"))["proofs"])
    lines = [
        f"{public.stem.removesuffix('.pub')} {public.read_text('ascii')}"
        for public in (desk.out / "keys").glob("*.pub")
    ]
    (tmp_path / "signers").write_text("".join(lines), encoding="utf-8")
    asked = ["--permit", str(permit), "--key", desk.key_line(), "--signers", str(tmp_path / "signers")]
    code, said = standalone(*asked)
    assert (code, issued["body"]["id"] in said) == (0, True), said
    permit.write_bytes(permit.read_bytes().replace(b'"level\\":\\"', b'"level\\":\\"x', 1))
    assert standalone(*asked)[0] == 1


def test_a_checkpoint_is_recorded_once_for_what_is_new(desk: Desk, tmp_path: Path) -> None:
    size = desk.size
    for _ in range(3):
        assert desk.call("checkpoint", "--to", str(tmp_path / "w"), "--at", NOW)[0] == 0
    assert desk.size == size + 1
    names = sorted(item.name for item in (tmp_path / "w").iterdir())
    assert names == [f"checkpoint-{size:012d}.txt", f"checkpoint-{size + 1:012d}.txt"]
    assert desk.json("verify", "--checkpoint", str(tmp_path / "w" / names[0]))[0] == 0


def test_a_ledger_behind_its_witness_is_not_signed_again(desk: Desk, tmp_path: Path) -> None:
    shutil.copy(desk.db, tmp_path / "older.db")
    desk.call("heartbeat", "--at", NOW)
    desk.call("checkpoint", "--to", str(tmp_path / "w"), "--at", NOW)
    shutil.copy(tmp_path / "older.db", desk.db)
    code, _, err = desk.call("checkpoint", "--to", str(tmp_path / "w"), "--at", NOW)
    assert (code, "LEDGER_ROLLED_BACK" in err) == (3, True)


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_ledger_key_others_can_read_signs_nothing(desk: Desk, tmp_path: Path, mode: int) -> None:
    (desk.out / "ledger.key").chmod(mode)
    code, _, err = desk.call("checkpoint", "--to", str(tmp_path / "w"), "--at", NOW)
    assert (code, "LEDGER_KEY_OPEN" in err) == (3, True)


def test_a_ledger_key_that_is_not_pinned_signs_nothing(desk: Desk, tmp_path: Path) -> None:
    (desk.out / "ledger.key").unlink()
    (desk.out / "ledger.key.pub").unlink()
    generate_key(desk.out / "ledger.key", "other")
    code, _, err = desk.call("checkpoint", "--to", str(tmp_path / "w"), "--at", NOW)
    assert (code, "LEDGER_KEY_UNPINNED" in err) == (3, True)
    assert not (tmp_path / "w").exists()


def test_heartbeats_are_hourly_and_gaps_are_told(desk: Desk) -> None:
    size = desk.size
    for minute in ("02:31", "02:59", "03:00", "07:10"):
        assert desk.call("heartbeat", "--at", f"2026-11-12T{minute}+08:00")[0] == 0
    assert desk.size == size + 3
    code, answer = desk.json("verify")
    assert code == 0
    assert [(gap["start"], gap["hours"]) for gap in answer["silent_hours"]] == [("2026-11-11T20:00:00Z", 3)]
    assert "silent for 3 h" in desk.call("verify")[1]


def test_a_real_trust_file_takes_no_instant_of_choice(desk: Desk) -> None:
    value = json.loads(desk.trust.read_text("utf-8"))
    desk.trust.write_text(json.dumps({**value, "rehearsal": False}), encoding="utf-8")
    code, _, err = desk.call("heartbeat", "--at", NOW)
    assert (code, "AT_REFUSED" in err) == (2, True)


def receipt(number: int, **more: Any) -> str:
    value: dict[str, Any] = {"format": "zhongbao-receipt/1", "id": f"{number:032x}", "door": "git"}
    value |= {"at": "2026-11-12T00:00:00Z", "question": {"targets": []}, "verdict": "hold", "reason_code": "FROZEN"}
    return json.dumps({**value, "permit": "", "manifest": "1:x", "use": "unchecked", "host": "edge-1", **more})


def test_receipts_are_recorded_once_as_reported(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "receipts.jsonl"
    path.write_text("\n".join(receipt(number) for number in range(450)) + "\n\n", encoding="utf-8")
    size = desk.size
    code, out, _ = desk.call("import-receipts", str(path), "--at", NOW)
    assert (code, out.strip()) == (0, "450 recorded, 0 known, 0 with other content, 0 not readable")
    code, out, _ = desk.call("import-receipts", str(path), str(path), "--at", NOW)
    assert (code, out.strip()) == (0, "0 recorded, 900 known, 0 with other content, 0 not readable")
    assert desk.size == size + 450
    _, answer = desk.json("show", "--kind", "receipt.reported", "--last", "1")
    assert answer["entries"][0]["body"]["receipt"]["use"] == "unchecked"
    assert desk.json("verify")[0] == 0


@pytest.mark.parametrize(
    ("line", "code", "counted"),
    [
        pytest.param(receipt(1, verdict="allow"), 1, "1 with other content", id="an id known with another verdict"),
        pytest.param("{", 3, "1 not readable", id="cut short"),
        pytest.param(receipt(2, format="other/1"), 3, "1 not readable", id="another format"),
        pytest.param('{"format":"zhongbao-receipt/1"}', 3, "1 not readable", id="fields missing"),
        pytest.param(receipt(2, id=7), 3, "1 not readable", id="an id that is no text"),
        pytest.param(receipt(2, door="a\nb"), 3, "1 not readable", id="a door with a line break"),
        pytest.param(receipt(2, host=1.5), 3, "1 not readable", id="a fraction"),
        pytest.param(receipt(2, host="\ud800"), 3, "1 not readable", id="a lone surrogate"),
        pytest.param(receipt(2, host="x" * 50_000), 3, "1 not readable", id="too long"),
        pytest.param("[" * 10_000, 3, "1 not readable", id="nested deep"),
        pytest.param('"text"', 3, "1 not readable", id="no object"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_recorded(
    desk: Desk, tmp_path: Path, line: str, code: int, counted: str
) -> None:
    path = tmp_path / "receipts.jsonl"
    path.write_text(receipt(1) + "\n" + line + "\n", encoding="utf-8")
    found, out, err = desk.call("import-receipts", str(path), "--at", NOW)
    assert (found, "1 recorded" in out, counted in out) == (code, True, True), out
    assert f"{path}:" in err


def test_a_backup_is_whole_checked_private_and_comes_back(desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "copy.backup"
    code, out, _ = desk.call("backup", str(target))
    assert (code, "47 entries" in out) == (0, True)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [item.name for item in desk.out.iterdir() if item.name.startswith(".")] == []
    assert desk.call("backup", str(target))[0] == 3
    assert desk.call("restore", str(target), "--at", NOW)[0] == 3
    for suffix in ("", "-wal", "-shm"):
        Path(f"{desk.db}{suffix}").unlink(missing_ok=True)
    code, out, err = desk.call("restore", str(target), "--at", NOW)
    assert (code, "47 entries" in out) == (0, True), err
    code, answer = desk.json("verify", "--signatures")
    assert (code, answer["size"]) == (0, 48)
    assert desk.json("show", "--last", "1")[1]["entries"][0]["kind"] == "ledger.restored"


def test_an_older_backup_is_recognised_and_not_restored(desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "copy.backup"
    desk.call("backup", str(target))
    desk.call("heartbeat", "--at", NOW)
    desk.call("checkpoint", "--to", str(desk.out / "checkpoints"), "--at", NOW)
    desk.db.unlink()
    code, _, err = desk.call("restore", str(target), "--at", NOW)
    assert (code, "LEDGER_ROLLED_BACK" in err) == (1, True)
    assert not desk.db.exists()


def test_without_an_outside_checkpoint_nobody_can_tell_how_old_a_backup_is(desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "copy.backup"
    desk.call("backup", str(target))
    desk.db.unlink()
    shutil.rmtree(desk.out / "checkpoints")
    code, _, err = desk.call("restore", str(target), "--at", NOW)
    assert (code, "CHECKPOINT_MISSING" in err) == (3, True)
    assert desk.call("restore", str(target), "--unchecked", "--at", NOW)[0] == 0


@pytest.mark.parametrize("data", [b"", b"no backup" * 500])
def test_what_is_no_backup_is_not_restored(desk: Desk, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x").write_bytes(data)
    desk.db.unlink()
    assert desk.call("restore", str(tmp_path / "x"), "--at", NOW)[0] in (1, 3)
    assert not desk.db.exists()
    assert desk.call("restore", str(tmp_path / "absent"), "--at", NOW)[0] == 3


def test_a_damaged_backup_is_not_restored(desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "copy.backup"
    desk.call("backup", str(target))
    db = sqlite3.connect(target, isolation_level=None)
    db.execute("UPDATE entries SET raw = replace(raw, 'approval', 'approvel') WHERE seq = 9")
    db.close()
    desk.db.unlink()
    code, _, err = desk.call("restore", str(target), "--at", NOW)
    assert (code, "ENTRY_CHANGED" in err) == (1, True)
    assert not desk.db.exists()


def test_init_makes_a_ledger_a_key_and_a_checkpoint_outside_git(tmp_path: Path, capfd: Any) -> None:
    place = tmp_path / "store" / "ledger.db"
    asked = ["--lang", "en", "ledger", "init", "--ledger", str(place), "--origin", "zhongbao.example/new"]
    assert run(asked) == 0
    out = capfd.readouterr().out
    assert "ssh-ed25519 AAAA" in out
    assert "zhongbao.example/new+" in out
    modes = {item.name: stat.S_IMODE(item.stat().st_mode) for item in place.parent.iterdir() if item.is_file()}
    assert modes == {"ledger.db": 0o600, "ledger.key": 0o600, "ledger.key.pub": 0o644, "ledger.db.lock": 0o600}
    kept = place.parent / "checkpoints" / "checkpoint-000000000001.txt"
    line = (place.parent / "ledger.key.pub").read_text("ascii").strip()
    assert run(["ledger", "verify", "--ledger", str(place), "--checkpoint", str(kept), "--key", line]) == 0
    assert run(asked) == 3
    assert "LEDGER_EXISTS" in capfd.readouterr().err


def test_init_refuses_a_git_tree_and_makes_nothing(tmp_path: Path, capfd: Any) -> None:
    (tmp_path / ".git").mkdir()
    place = tmp_path / "store" / "ledger.db"
    assert run(["ledger", "init", "--ledger", str(place), "--origin", "zhongbao.example/new"]) == 3
    assert "LEDGER_IN_GIT" in capfd.readouterr().err
    assert not place.parent.exists()


def test_init_needs_an_origin_and_takes_no_instant(tmp_path: Path) -> None:
    place = str(tmp_path / "l.db")
    assert run(["ledger", "init", "--ledger", place]) == 2
    assert run(["ledger", "init", "--ledger", place, "--origin", "a b"]) == 2
    assert run(["ledger", "init", "--ledger", place, "--origin", "zhongbao.example/x", "--at", NOW]) == 2
    assert not Path(place).exists()


def test_init_by_the_trust_file_wants_the_pinned_key(desk: Desk) -> None:
    desk.db.unlink()
    assert desk.call("init", "--at", NOW)[0] == 0
    assert desk.size == 2
    desk.db.unlink()
    (desk.out / "ledger.key").unlink()
    code, _, err = desk.call("init", "--at", NOW)
    assert (code, "LEDGER_KEY_UNPINNED" in err) == (2, True)


def test_a_second_first_checkpoint_never_hides_that_the_ledger_began_anew(desk: Desk) -> None:
    desk.db.unlink()
    assert desk.call("init", "--at", NOW)[0] == 0
    code, answer = desk.json("verify")
    assert (code, answer["reason_code"]) == (1, "LEDGER_ROLLED_BACK")
