"""The commands in the two READMEs are run in order, and their output must be what the page shows.

A ``console`` block holds ``$ command`` lines and what they print. Digests, codes and keys differ from one example
workspace to the next, so they are compared by shape. A line ``...`` stands for any lines. Run pytest with
``--update-golden`` to write the true output into the page, and read the difference.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHAPES = (
    (re.compile(r"sha256:[0-9a-f]{6,64}…?"), "sha256:<digest>"),
    (re.compile(r"\b[0-9a-f]{16,128}\b"), "<hex>"),
    (re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{2,4})+\b"), "<code>"),
    (re.compile(r"(?<=Z-)[0-9a-f]{4,6}\b"), "<random>"),
    (re.compile(r"SHA256:[A-Za-z0-9+/]{43}"), "SHA256:<fingerprint>"),
    (re.compile(r"AAAA[A-Za-z0-9+/=]{40,}"), "<key>"),
    (re.compile(r"\d+(\.\d+)? (ms|s)\b"), "<time>"),
)


@dataclass
class Step:
    command: str
    expected: str


def steps(block: str) -> Iterator[Step]:
    """The commands of a block with the output shown under each."""
    command, shown = "", list[str]()
    for line in block.splitlines():
        if line.startswith("$ "):
            if command:
                yield Step(command, "\n".join(shown))
            command, shown = line[2:], []
        elif line.startswith("> ") and not shown:
            command += "\n" + line[2:]
        else:
            shown.append(line)
    if command:
        yield Step(command, "\n".join(shown))


class Shell:
    """One bash after the other that hand on directory, variables and the last exit code, as a terminal does."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.state, self.code = folder, folder / ".state", 0
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.env = {"PATH": path, "HOME": str(folder), "LC_ALL": "C.UTF-8", "TERM": "dumb"}

    def run(self, command: str) -> str:
        script = (
            f"set -a\n[ -f {self.state} ] && . {self.state}\n(exit {self.code})\n{command}\n__status=$?\n"
            f'{{ export -p; printf "cd %q\\n" "$PWD"; }} > {self.state}\nexit $__status'
        )
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=120
        )
        self.code = done.returncode
        return (done.stdout + done.stderr).replace(str(self.folder), "~").rstrip("\n")


def shape(text: str) -> str:
    for pattern, name in SHAPES:
        text = pattern.sub(name, text)
    return text


def matches(expected: str, actual: str) -> bool:
    parts = [re.escape(shape(part)) for part in re.split(r"^\.\.\.$", expected, flags=re.MULTILINE)]
    return re.fullmatch(r".*".join(parts), shape(actual), re.DOTALL) is not None


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_every_command_in_the_readme_prints_what_the_page_shows(
    page: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    text = (ROOT / page).read_text("utf-8")
    shell, wrong = Shell(tmp_path), list[str]()
    update = request.config.getoption("--update-golden")

    def play(match: re.Match[str]) -> str:
        rows = []
        for step in steps(match[1]):
            actual = shell.run(step.command)
            if not matches(step.expected, actual):
                wrong.append(f"$ {step.command}\n--- shown\n{step.expected}\n--- printed\n{actual}")
            kept = step.expected if "\n...\n" in f"\n{step.expected}\n" or matches(step.expected, actual) else actual
            rows.append("$ " + step.command.replace("\n", "\n> ") + ("\n" + kept if kept else ""))
        return "```console\n" + "\n".join(rows) + "\n```"

    played = BLOCK.sub(play, text)
    assert BLOCK.search(text), f"{page} shows no command"
    if update:
        (ROOT / page).write_text(played, "utf-8")
    else:
        assert not wrong, "\n\n".join(wrong)
