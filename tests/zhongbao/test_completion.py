"""Shell completion: a script that loads, and answers that are right."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from zhongbao.__main__ import run
from zhongbao.cli import LAZY
from zhongbao.completion_cli import WHERE, script


@pytest.mark.parametrize("shell", list(WHERE))
def test_each_shell_gets_its_script_on_stdout_and_the_place_for_it_on_stderr(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["completion", shell]) == 0
    out, err = capsys.readouterr()
    assert (out, "_ZHONGBAO_COMPLETE" in out, WHERE[shell] in err) == (script(shell), True, True)


def test_the_script_is_one_that_bash_can_read(tmp_path: Path) -> None:
    path = tmp_path / "script"
    path.write_text(script("bash"), "utf-8")
    assert subprocess.run(["bash", "-n", str(path)], check=False).returncode == 0


def complete(*words: str) -> list[str]:
    env = {"_ZHONGBAO_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    done = subprocess.run([sys.executable, "-m", "zhongbao"], env=env, capture_output=True, text=True, check=True)
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param(("zhongbao", "free"), ["freeze"], id="a command"),
        pytest.param(("zhongbao", "freeze", "ga"), ["gate"], id="a command of a group"),
        pytest.param(("zhongbao", "--lang", "en", "freeze", "ru"), ["run"], id="after a global option"),
        pytest.param(("zhongbao", "freeze", "gate", "--perm"), ["--permit"], id="an option"),
    ],
)
def test_completion_offers(words: tuple[str, ...], found: list[str]) -> None:
    assert complete(*words) == found


def test_every_command_is_offered() -> None:
    assert set(complete("zhongbao", "")) == set(LAZY)


def test_an_unknown_shell_is_wrong_use() -> None:
    assert run(["completion", "tcsh"]) == 2
