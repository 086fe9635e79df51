"""``zhongbao init``: a workspace from nothing, all or nothing, and an example in which everything has happened."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from freeze.desk.base import Desk
from freeze.entry.open import OpenPolicy, open_policy
from freeze.in_force.compiled import CompiledPolicy
from zhongbao.cli import cli
from zhongbao.example_story import NOW
from zhongbao.templating import all_or_nothing
from zhongbao_core.clikit import Settings
from zhongbao_core.clock import parse_instant, zone
from zhongbao_core.desk.base import SSH
from zhongbao_core.desk.rules import status
from zhongbao_core.errors import InputError, TrustError
from zhongbao_core.ledger.journal import Journal
from zhongbao_core.ledger.outside import read_checkpoint
from zhongbao_core.ledger.verify import verify_journal

LAST = parse_instant(NOW, zone("Asia/Shanghai"))


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example workspace, made once."""
    place = tmp_path_factory.mktemp("init") / "demo"
    result = CliRunner().invoke(cli, ["init", str(place), "--example"])
    assert result.exit_code == 0, result.output
    return place


@pytest.fixture(scope="module")
def outside(example: Path) -> Path:
    return example.with_name("demo-outside")


def opened(example: Path, at: datetime = LAST) -> OpenPolicy:
    trust = example.with_name("demo-outside") / "trust.json"
    return open_policy(Settings(folder=str(example), trust_file=str(trust)), at)


def desk_of(example: Path, journal: Journal) -> Desk:
    return Desk(journal, opened(example).policy, SSH(), rehearsal=True)


def test_the_example_is_a_sound_policy(example: Path) -> None:
    result = CliRunner().invoke(cli, ["--workspace", str(example), "check", "--strict", "--at", NOW])
    assert (result.exit_code, result.stdout.count("\n")) == (0, 1)
    assert result.stdout.startswith("错误 0，注意 0；人员 16，系统 31，窗口 6，阶段 4")


def test_the_example_verifies_from_the_trust_file_to_the_compiled_policy(example: Path) -> None:
    found = opened(example)
    assert found.rehearsal and isinstance(found.policy, CompiledPolicy)
    assert found.policy.manifest.startswith("1:sha256:") and found.policy.workspace == "games-2026"


def test_the_example_has_requests_in_every_state(example: Path, outside: Path) -> None:
    with Journal.open(outside / "ledger.db", read_only=True) as journal:
        states = desk_of(example, journal).states()
        kinds = Counter(entry.kind for entry in journal.entries())
    told = [(name[-4:], status(state, LAST), len(state.approvals)) for name, state in sorted(states.items())]
    assert told == [
        ("0001", "done", 1),
        ("0002", "rejected", 0),
        ("0003", "withdrawn", 0),
        ("0004", "done", 2),
        ("0005", "running", 2),
        ("0006", "permitted", 2),
        ("0007", "open", 2),
        ("0008", "open", 1),
        ("0009", "done", 1),
        ("0010", "open", 0),
    ]
    assert kinds["breakglass.opened"] == 1 and kinds["breakglass.reviewed"] == 0, "its review is still owed"
    assert kinds["standard.used"] == 1 and kinds["code.spent"] == 1
    assert kinds["approval.attested_pending"] == 1 and kinds["approval.confirmed"] == 0, "a confirmation is owed"


def test_the_example_ledger_agrees_with_its_checkpoint_outside(outside: Path) -> None:
    key = (outside / "ledger.key.pub").read_text("utf-8").strip()
    path = next((outside / "checkpoints").iterdir())
    checkpoint = read_checkpoint(path, [key], "zhongbao.example/games-2026")
    with Journal.open(outside / "ledger.db", read_only=True) as journal:
        report = verify_journal(journal, [checkpoint])
        head = journal.head()
    assert report.good and (checkpoint.size, checkpoint.root) == (head.size, head.root)


@pytest.mark.parametrize(
    "name", ["keys/chen-jun", "keys/root-xu-jing", "ledger.key", "cards/sun-li.txt", "cards/sealed.txt"]
)
def test_what_is_secret_is_readable_by_its_owner_alone(outside: Path, name: str) -> None:
    assert stat.S_IMODE((outside / name).stat().st_mode) == 0o600


def test_no_secret_and_no_phone_lies_in_what_doors_read(example: Path, outside: Path) -> None:
    kinds = {path.name.partition("-")[0]: path for path in (example / "compiled").iterdir()}
    for path in (kinds["policy"], kinds["content"]):
        assert b"1390000" not in path.read_bytes() and b"@example.com" not in path.read_bytes()
    private = [path for path in example.rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]
    assert private == [] and "PRIVATE KEY" in (outside / "keys/chen-jun").read_text("utf-8")


def test_no_placeholder_is_left_in_any_file(example: Path) -> None:
    left = [
        path.name
        for path in example.rglob("*.yaml")
        if "@KEY:" in (text := path.read_text("utf-8")) or "@SEALED@" in text
    ]
    assert left == []


def test_the_example_is_deaf_to_a_changed_file(example: Path, tmp_path: Path) -> None:
    """An asker who writes the workspace gets no allow: the compiled file is believed only as signed."""
    import shutil

    copy = tmp_path / "demo"
    shutil.copytree(example, copy)
    shutil.copytree(example.with_name("demo-outside"), tmp_path / "demo-outside")
    path = next((copy / "compiled").glob("policy-*"))
    path.write_bytes(path.read_bytes().replace(b'"full"', b'"watch"'))
    (copy / "event.yaml").write_text(
        (copy / "event.yaml").read_text("utf-8").replace("level: full", "level: watch"), "utf-8"
    )
    with pytest.raises(TrustError):
        opened(copy)


def test_the_minimal_workspace_takes_its_id_from_its_folder(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["init", str(tmp_path / "重保 2027")])
    assert result.exit_code == 0
    assert 'id: "2027"' in (tmp_path / "重保 2027/zhongbao.yaml").read_text("utf-8")
    assert CliRunner().invoke(cli, ["--workspace", str(tmp_path / "重保 2027"), "check"]).exit_code == 0


def test_an_empty_folder_is_taken_and_kept(tmp_path: Path) -> None:
    place = tmp_path / "w"
    place.mkdir()
    inode = place.stat().st_ino
    assert CliRunner().invoke(cli, ["init", str(place)]).exit_code == 0
    assert place.stat().st_ino == inode and (place / "zhongbao.yaml").exists()


@pytest.mark.parametrize("taken", ["w", "w-outside"])
def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).mkdir()
    (tmp_path / taken / "mine.txt").write_text("mine", "utf-8")
    result = CliRunner().invoke(cli, ["init", str(tmp_path / "w"), "--example"])
    assert isinstance(result.exception, InputError) and result.exception.reason_code == "DIR_NOT_EMPTY"
    assert [path.name for path in tmp_path.rglob("*")] == [taken, "mine.txt"]


def test_a_file_in_the_place_of_the_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "w").write_text("mine", "utf-8")
    result = CliRunner().invoke(cli, ["init", str(tmp_path / "w")])
    assert isinstance(result.exception, InputError) and (tmp_path / "w").read_text("utf-8") == "mine"


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, SystemExit])
def test_what_ends_early_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), all_or_nothing([tmp_path / "a", tmp_path / "b"]) as (first, second):
        (first / "x").write_text("x", "utf-8")
        (second / "y").write_text("y", "utf-8")
        raise error
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_moved_takes_the_rest_back(tmp_path: Path) -> None:
    with pytest.raises(InputError), all_or_nothing([tmp_path / "a", tmp_path / "b"]) as (first, _):
        (first / "x").write_text("x", "utf-8")
        (tmp_path / "b").write_text("somebody was quicker", "utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
@pytest.mark.parametrize("after", [0.4, 0.8, 1.2])
def test_an_interrupt_at_any_moment_leaves_nothing_half_made(tmp_path: Path, after: float) -> None:
    command = [sys.executable, "-m", "zhongbao", "init", str(tmp_path / "w"), "--example"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    code = process.wait(timeout=60)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names in ([], ["w", "w-outside"])
    assert code in (0, 130, -signal.SIGINT)
    if names:  # also where the interrupt came when all was in place: then what stands there is whole
        place = ["--workspace", str(tmp_path / "w"), "--trust", str(tmp_path / "w-outside" / "trust.json")]
        assert CliRunner().invoke(cli, [*place, "status", "--at", "2026-11-04T10:00+08:00"]).exit_code == 0
    else:
        assert code != 0
