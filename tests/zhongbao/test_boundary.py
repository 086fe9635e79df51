"""Every way a command can end has its exit code, and none of them is an accidental 0 or 1."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import click
import pytest

from zhongbao.__main__ import run
from zhongbao.boundary import exit_code_of
from zhongbao_core.clikit import hoist
from zhongbao_core.errors import (
    CannotTellError,
    InputError,
    RefusedError,
    StoreError,
    TamperedError,
    TrustError,
    UsageError,
)
from zhongbao_core.text import Text

WORDS = Text("坏了", "broken")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param(UsageError(WORDS), 2, id="wrong use"),
        pytest.param(InputError(WORDS), 2, id="a file that is wrong"),
        pytest.param(RefusedError(WORDS), 1, id="refused"),
        pytest.param(TamperedError(WORDS), 1, id="tampered"),
        pytest.param(CannotTellError(WORDS), 3, id="cannot tell"),
        pytest.param(TrustError(WORDS), 3, id="policy unverifiable"),
        pytest.param(StoreError(WORDS), 3, id="store away"),
        pytest.param(click.UsageError("x"), 2, id="an option that does not exist"),
        pytest.param(click.exceptions.Exit(1), 1, id="a command that chose its code"),
        pytest.param(KeyboardInterrupt(), 130, id="Ctrl-C"),
        pytest.param(click.Abort(), 130, id="Ctrl-C at a prompt"),
        pytest.param(ZeroDivisionError("x"), 3, id="our own fault"),
        pytest.param(ImportError("x"), 3, id="a broken installation"),
        pytest.param(MemoryError(), 3, id="out of memory"),
        pytest.param(SystemExit("words"), 2, id="an exit with words"),
        pytest.param(SystemExit(None), 0, id="a plain exit"),
    ],
)
def test_each_ending_has_its_exit_code(error: BaseException, code: int) -> None:
    assert exit_code_of(error, []) == code


def test_an_expected_error_shows_message_reason_and_hint_in_the_language_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = UsageError(Text("错\x1b[31m", "wrong\x1b[31m"), Text("改一下", "mend it"), reason_code="TIME_INVALID")
    exit_code_of(error, [])
    exit_code_of(error, ["status", "--lang", "en"])
    assert capsys.readouterr().err == (
        "错误: 错\\u001b[31m [TIME_INVALID]\n  处理: 改一下\nerror: wrong\\u001b[31m [TIME_INVALID]\n  do: mend it\n"
    )


@pytest.mark.parametrize("words", [["--format", "json"], ["--format=json"]])
def test_an_error_is_a_json_answer_too_where_json_was_asked_for(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    exit_code_of(RefusedError(WORDS, reason_code="FROZEN"), ["permit", "show", *words])
    assert json.loads(capsys.readouterr().out) == {
        "error": {"zh": "坏了", "en": "broken"},
        "exit_code": 1,
        "hint": None,
        "reason_code": "FROZEN",
        "schema_version": 1,
    }


def test_what_stands_behind_the_double_dash_asks_for_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    exit_code_of(RefusedError(WORDS), ["freeze", "run", "--", "tool", "--format", "json"])
    assert capsys.readouterr().out == ""


def test_an_unexpected_error_shows_no_trace_unless_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    exit_code_of(ZeroDivisionError("x"), [])
    assert "Traceback" not in capsys.readouterr().err
    monkeypatch.setenv("ZHONGBAO_DEBUG", "1")
    exit_code_of(ZeroDivisionError("x"), [])
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_global_options_may_stand_anywhere_before_the_double_dash() -> None:
    found, rest = hoist(["freeze", "--lang", "en", "gate", "--trust=t.json", "--", "--lang", "zh"])
    assert (found, rest) == ({"--lang": "en", "--trust": "t.json"}, ["freeze", "gate", "--", "--lang", "zh"])


@pytest.mark.parametrize("args", [["--lang", "xx", "status"], ["--lang"], ["nothing-like-this"], ["freeze", "--oops"]])
def test_wrong_use_of_the_root_is_2(args: list[str]) -> None:
    assert run(args) == 2


def test_help_of_root_and_groups_imports_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    code = "import sys; from zhongbao.__main__ import run; run(['freeze','--help']); print([m for m in sys.modules if m.endswith('_cli')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_closed_pipe_ends_in_141_without_noise() -> None:
    code = "import sys; from zhongbao.boundary import exit_code_of; sys.exit(exit_code_of(BrokenPipeError(), []))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (141, "")


def test_ctrl_c_ends_a_real_process_in_130() -> None:
    code = (
        "import signal, time, sys, zhongbao.cli as c\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a background shell hands down that it is ignored
        "import click; c.cli.add_command(click.Command('nap', callback=lambda: (print('up', flush=True), time.sleep(30))))\n"
        "from zhongbao.__main__ import run; sys.exit(run(['nap']))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"up\n"
        time.sleep(0.1)
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(10) == 130
