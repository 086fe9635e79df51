"""``docs/ledger.md`` says what the code says, and its commands print what they print."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from zhongbao.ledger_cli import LAZY
from zhongbao_core.ledger import entry, schema
from zhongbao_core.ledger.journal import SKEW
from zhongbao_core.ledger.ticket import QUANTUM, WAIT

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "ledger.md").read_text("utf-8")
VERIFIER = ROOT / "zhongbao_core" / "ledger" / "verifier.py"


def masked(text: str) -> str:
    """Without what differs from run to run: hashes."""
    return re.sub(r"\b[0-9a-f]{12,64}\b", "HASH", text)


def console() -> list[tuple[str, str]]:
    """Every command of the page with the output shown."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


def test_the_schema_on_the_page_is_the_frozen_one() -> None:
    (block,) = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
    assert block.splitlines() == list(schema.SCHEMA)
    assert f"0x{schema.APPLICATION_ID:X}" in PAGE


def test_fields_and_limits_on_the_page_are_those_of_the_code() -> None:
    fields = set(re.findall(r"^\| `(\w+)` \| ", PAGE, re.MULTILINE))
    assert fields == set(entry.FIELDS)
    assert f"at most {entry.MAX_ENTRY // 1024} KiB" in PAGE
    assert f"{int(SKEW.total_seconds())} s" in PAGE
    assert f"{WAIT:.0f} s of waiting" in PAGE
    assert f"{QUANTUM * 1000:.0f} ms" in PAGE


def test_every_command_stands_on_the_page() -> None:
    assert {name for name in LAZY if f"`ledger {name}" not in PAGE} == set()


@pytest.mark.skipif(shutil.which("bash") is None, reason="the page's commands are for a shell")
def test_the_commands_print_what_the_page_shows(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "zhongbao"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m zhongbao "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    surroundings = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    shutil.copy(VERIFIER, tmp_path / "verifier.py")

    def call(line: str, **more: str) -> str:
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=tmp_path,
            env={**surroundings, **more},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    call("zhongbao init demo --example")
    key = " ".join((tmp_path / "demo-outside" / "ledger.key.pub").read_text("ascii").split()[:2])
    more = {"ZHONGBAO_WORKSPACE": "demo", "ZHONGBAO_TRUST": "demo-outside/trust.json", "KEY": key}
    shown = console()
    assert len(shown) >= 8
    for command, output in shown:
        assert masked(call(command, **more)) == masked(output), command
