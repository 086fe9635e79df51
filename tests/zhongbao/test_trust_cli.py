"""The trust commands as people call them: a realm is set up, signed, amended, rotated, pinned, and seen through."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from zhongbao.__main__ import run
from zhongbao_core.approval.sshsig import sign
from zhongbao_core.keyfile import generate_key
from zhongbao_core.ledger.journal import Journal
from zhongbao_core.manifest_build import build_manifest
from zhongbao_core.signing_desk import NEXT, stage

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
NOW = "2026-11-20T08:00Z"


class Town:
    """A workspace with keys and a ledger outside it, and a way to call the program."""

    def __init__(self, base: Path, out: Callable[[], tuple[str, str]]) -> None:
        self.ws, self.out, self.read = base / "ws", base / "outside", out
        self.ws.mkdir()
        self.out.mkdir()
        (self.ws / "zhongbao.yaml").write_text("id: acme\n", encoding="utf-8")
        for name in ("chen", "wang", "li", "zhao", "ledger"):
            generate_key(self.out / name, name)
        Journal.create(
            self.out / "ledger.db", origin="test.example/acme", writer="test", at=AT - timedelta(days=1)
        ).close()

    def call(self, *args: str) -> tuple[int, str, str]:
        """Exit code, report and talk of ``zhongbao ARGS``."""
        code = run(["--workspace", str(self.ws), "--trust", str(self.out / "trust.json"), "--lang", "en", *args])
        out, err = self.read()
        assert "Traceback" not in err
        return code, out, err

    def init(self, *more: str) -> tuple[int, str, str]:
        roots = [f"--root=root-{name[0]}:{name}:{self.out / name}.pub" for name in ("chen", "wang", "li")]
        ledger = ["--ledger-origin", "test.example/acme", "--ledger-key", f"ledger-1:{self.out / 'ledger'}.pub"]
        place = ["--ledger-path", "ledger.db", "--ledger-key-file", "ledger"]
        return self.call(
            "trust", "init", "--out", str(self.out / "trust.json"), "--id", "acme", *roots, *ledger, *place, *more
        )

    def rehearse(self) -> None:
        """Make the trust file one of a rehearsal, as ``init --example`` does."""
        path = self.out / "trust.json"
        path.write_text(json.dumps({**json.loads(path.read_bytes()), "rehearsal": True}), encoding="utf-8")

    def stage(self, version: int = 1, **changed: Any) -> bytes:
        fields: dict[str, Any] = {"workspace": "acme", "compiled": b"x", "event": "games"}
        times = {"issued_at": AT - timedelta(hours=1), "valid_until": AT + timedelta(hours=23)}
        data = build_manifest(self.ws, version=version, **{**fields, **times, **changed})
        stage(self.ws, NEXT, data)
        return data

    def sign(self, *names: str, what: Sequence[str] = ()) -> tuple[int, str, str]:
        result = (0, "", "")
        for name in names:
            result = self.call("trust", "sign", *what, "--key", str(self.out / name))
        return result


@pytest.fixture
def town(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.delenv("ZHONGBAO_TRUST", raising=False)

    def read() -> tuple[str, str]:
        caught = capsys.readouterr()
        return caught.out, caught.err

    town = Town(tmp_path, read)
    assert town.init()[0] == 0
    town.rehearse()
    return town


def test_init_refuses_to_write_into_the_workspace_or_over_a_file(town: Town) -> None:
    code, _, err = town.init()
    assert (code, "TRUST_EXISTS" in err) == (2, True)
    code, _, err = town.init("--out", str(town.ws / "trust.json"))
    assert (code, "TRUST_INVALID" in err) == (3, True)
    assert not (town.ws / "trust.json").exists()


@pytest.mark.parametrize(
    ("option", "code"),
    [
        pytest.param("--root=root-z:zhao", 2, id="no key file"),
        pytest.param("--root=root-z:zhao:/nowhere.pub", 3, id="a key file that is not there"),
        pytest.param("--threshold=1", 3, id="threshold not above tighten"),
        pytest.param("--threshold=9", 3, id="more persons than there are"),
    ],
)
def test_init_refuses_a_quorum_that_cannot_be(town: Town, option: str, code: int) -> None:
    (town.out / "trust.json").unlink()
    assert town.init(option)[0] == code
    assert not (town.out / "trust.json").exists()


def test_init_refuses_a_private_key(town: Town) -> None:
    (town.out / "trust.json").unlink()
    code, _, err = town.init(f"--root=root-z:zhao:{town.out / 'zhao'}")
    assert (code, "KEY_REFUSED" in err) == (2, True)
    assert "PRIVATE" not in err


def test_two_persons_put_a_manifest_in_force(town: Town) -> None:
    town.stage()
    code, out, err = town.sign("chen")
    assert code == 1 and "Not in force yet" in out
    assert "ssh-keygen -Y sign" in err and "manifest@zhongbao" in err
    assert town.sign("chen")[0] == 1, "the same person again is still one"
    code, out, _ = town.sign("li")
    assert code == 0 and "In force" in out
    assert not (town.ws / NEXT).exists()
    code, out, _ = town.call("trust", "show", "--at", NOW, "--format", "json")
    shown = json.loads(out)
    assert (code, shown["reason_code"], shown["manifest"]["signers"]) == (0, "TRUSTED", ["chen", "li"])
    assert shown["manifest"]["seconds_left"] == 23 * 3600


def test_a_signature_made_by_ssh_keygen_elsewhere_is_taken(town: Town) -> None:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not on this machine")
    town.stage()
    path = town.ws / NEXT
    subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-n", "manifest@zhongbao", "-f", str(town.out / "wang"), str(path)],
        check=True,
        capture_output=True,
    )
    assert town.call("trust", "sign", "--signature", f"{path}.sig")[0] == 1
    assert town.sign("chen")[0] == 0


def test_a_stranger_signs_nothing(town: Town) -> None:
    town.stage()
    code, _, err = town.sign("zhao")
    assert (code, "SIGNER_UNKNOWN" in err) == (2, True)


def test_nothing_to_sign_is_said(town: Town) -> None:
    code, _, err = town.sign("chen")
    assert (code, "NOTHING_STAGED" in err) == (2, True)


def test_show_ends_in_3_without_a_manifest_and_still_shows_the_keys(town: Town) -> None:
    code, out, err = town.call("trust", "show", "--at", NOW)
    assert code == 3 and "MANIFEST_UNSIGNED" in err
    assert out.count("SHA256:") == 4


def test_a_real_trust_file_refuses_a_chosen_instant(town: Town) -> None:
    path = town.out / "trust.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "rehearsal": False}), encoding="utf-8")
    code, _, err = town.call("trust", "show", "--at", NOW)
    assert (code, "AT_REFUSED" in err) == (2, True)


def test_adopting_is_recorded_once_and_older_ones_are_refused(town: Town) -> None:
    first = town.stage()
    town.sign("chen", "li")
    assert town.call("trust", "adopt", "--at", NOW)[0] == 0
    assert town.call("trust", "adopt", "--at", NOW)[0] == 0
    town.stage(2)
    town.sign("chen", "li")
    assert town.call("trust", "adopt", "--at", NOW)[0] == 0
    with Journal.open(town.out / "ledger.db", read_only=True) as journal:
        assert [entry.body["version"] for entry in journal.entries(kinds=["manifest.adopted"])] == [1, 2]
    shutil.rmtree(town.out / "state")
    (town.ws / "manifest.json").write_bytes(first)
    shutil.rmtree(town.ws / "manifest.sigs")
    shutil.copytree(town.ws / "manifests" / "1" / "manifest.sigs", town.ws / "manifest.sigs")
    code, _, err = town.call("trust", "adopt", "--at", NOW)
    assert (code, "MANIFEST_ROLLED_BACK" in err, "the ledger" in err) == (3, True, True)


def test_what_a_manifest_replaces_is_kept_with_its_signatures(town: Town) -> None:
    first = town.stage()
    town.sign("chen", "li")
    town.stage(2)
    town.sign("wang", "li")
    kept = town.ws / "manifests" / "1"
    assert (kept / "manifest.json").read_bytes() == first
    assert sorted(path.name for path in (kept / "manifest.sigs").iterdir()) == ["root-c.sig", "root-l.sig"]


def test_a_root_is_rotated_by_both_quorums_and_pinned(town: Town) -> None:
    town.stage()
    town.sign("chen", "li")
    new = f"root-z:zhao:{town.out / 'zhao'}.pub"
    code, out, _ = town.call("trust", "rotate", "--remove", "root-w", "--add", new, "--at", NOW)
    assert code == 0 and "root/2.next.json" in out
    assert town.sign("chen", what=["root"])[0] == 1
    assert town.sign("zhao", what=["root"])[0] == 1, "the old quorum is one person short"
    code, out, _ = town.sign("li", what=["root"])
    assert (code, (town.ws / "root" / "2.json").exists()) == (0, True)
    assert json.loads(town.call("trust", "show", "--at", NOW, "--format", "json")[1])["root"]["version"] == 2
    town.stage(2, root_version=2)
    assert town.sign("wang")[0] == 2, "the removed key signs nothing any more"
    assert town.sign("zhao", "chen")[0] == 0
    assert town.call("trust", "pin", "--at", NOW)[0] == 0
    pinned = json.loads((town.out / "trust.json").read_bytes())
    assert (pinned["root"]["version"], pinned["min_manifest"], pinned["rehearsal"]) == (2, 2, True)
    shutil.rmtree(town.ws / "root")
    assert town.call("trust", "show", "--at", NOW)[0] == 0, "a pinned door needs the chain no more"


def test_a_quorum_nobody_could_reach_is_not_prepared(town: Town) -> None:
    for args in (["--remove", "root-c", "--remove", "root-l"], ["--threshold", "4"], ["--remove", "nobody"]):
        code, _, err = town.call("trust", "rotate", "--at", NOW, *args)
        assert (code, "ROOT_INVALID" in err) == (2, True)
    assert not (town.ws / "root").exists()


def test_an_amendment_that_comes_between_is_not_lost(town: Town) -> None:
    town.stage()
    town.sign("chen", "li")
    town.stage(2)
    town.sign("chen")
    amendments = town.ws / "amendments"
    amendments.mkdir()
    (amendments / "0001.json").write_bytes(b"{}")
    code, _, err = town.sign("li")
    assert (code, "PREPARE_AGAIN" in err) == (2, True)
    assert json.loads((town.ws / "manifest.json").read_bytes())["version"] == 1


def test_several_documents_that_wait_are_named(town: Town) -> None:
    town.stage()
    town.call("trust", "rotate", "--threshold", "3", "--at", NOW)
    code, _, err = town.sign("chen")
    assert (code, "WHICH_ONE" in err) == (2, True)
    assert town.sign("chen", what=["manifest"])[0] == 1


def test_a_signature_over_a_copy_with_a_newline_names_the_cause(town: Town) -> None:
    data = town.stage()
    bad = town.out / "bad.sig"
    bad.write_text(sign(town.out / "chen", data + b"\n", "manifest@zhongbao"), encoding="ascii")
    code, _, err = town.call("trust", "sign", "--signature", str(bad))
    assert (code, "SIG_REENCODED" in err) == (1, True)
