"""The digests a draft binds are those the doors reckon, and a draft can take the printed lines as they are."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from freeze.doors.binding import as_lines, binds_of
from freeze.doors.run_binds import shown_binds
from zhongbao.__main__ import run

COMMAND = ["sh", "deploy.sh", "v3.1.1", "带 空格"]


def test_what_is_bound_is_what_freeze_run_shows_the_gate(tmp_path: Path) -> None:
    script = tmp_path / "deploy.sh"
    script.write_text("echo ok\n", "utf-8")
    bound = binds_of(COMMAND, [str(script)], {"app": str(script)})
    assert shown_binds(bound, COMMAND, "command", {"app": str(script)}) == bound


def test_a_file_is_bound_by_the_digest_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    assert binds_of(files=[str(tmp_path / "a")]) == {f"file:{tmp_path}/a": "sha256:" + sha256(b"x").hexdigest()}


def test_one_word_more_makes_another_command() -> None:
    assert binds_of(["a", "b c"])["command"] != binds_of(["a", "b", "c"])["command"]


def test_the_printed_lines_are_yaml_of_the_same_binds() -> None:
    bound = binds_of(COMMAND, commits=["ABC123"])
    assert yaml.safe_load(as_lines(bound)) == {"binds": bound}


def test_the_command_prints_what_a_draft_takes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["freeze", "request", "bind", "--", *COMMAND]) == 0
    assert yaml.safe_load(capsys.readouterr().out) == {"binds": binds_of(COMMAND)}


@pytest.mark.parametrize("words", [[], ["--artifact", "x"], ["--artifact", "=p"]])
def test_nothing_to_bind_is_wrong_use(words: list[str]) -> None:
    assert run(["freeze", "request", "bind", *words]) == 2


def test_a_file_that_cannot_be_read_ends_in_3(tmp_path: Path) -> None:
    assert run(["freeze", "request", "bind", "--file", str(tmp_path / "none")]) == 3
