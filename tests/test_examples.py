"""The example files parse, and every command in them exists with the options it is called with."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from zhongbao.cli import cli
from zhongbao_core.clikit import hoist

HERE = Path(__file__).parents[1]
FOLDER = HERE / "examples"
FILES = sorted(path for path in FOLDER.iterdir() if path.is_file())
PAGES = [HERE / "docs/doors.md"]


def commands(text: str) -> Iterator[list[str]]:
    """Every call of zhongbao in ``text``, words split as a shell would; continued and folded lines joined."""
    joined = re.sub(r"\\\n\s*", " ", text)
    joined = re.sub(r"\n\s+(?=--)", " ", joined)
    for match in re.finditer(r"^[ \t]*(?:- |exec |\$ )?(zhongbao [^\n`|>]*?)(?:\s*>.*)?$", joined, re.MULTILINE):
        yield shlex.split(match[1])[1:]


def resolve(words: list[str]) -> tuple[click.Command, list[str]]:
    rest = hoist(words)[1]
    command: click.Command = cli
    context = click.Context(cli)
    while isinstance(command, click.Group) and rest:
        found = command.get_command(context, rest[0])
        assert found is not None, f"there is no command {rest[0]!r}"
        command, rest = found, rest[1:]
    return command, rest


def require_options(words: list[str]) -> None:
    command, rest = resolve(words)
    known = {option for item in command.params for option in (*item.opts, *item.secondary_opts)}
    used = rest[: rest.index("--")] if "--" in rest else rest
    unknown = [word.partition("=")[0] for word in used if word.startswith("-")]
    assert [word for word in unknown if word not in known] == [], words


@pytest.mark.parametrize("path", [*FILES, *PAGES], ids=lambda path: path.name)
def test_every_command_exists_with_its_options(path: Path) -> None:
    found = list(commands(path.read_text("utf-8")))
    assert found
    for words in found:
        require_options(words)


def test_the_test_would_see_an_option_that_does_not_exist() -> None:
    with pytest.raises(AssertionError):
        require_options(["freeze", "gate", "--no-such-option"])


@pytest.mark.parametrize("name", ["github-actions.yml", "gitlab-ci.yml"])
def test_a_yaml_example_parses(name: str) -> None:
    assert isinstance(yaml.safe_load((FOLDER / name).read_text("utf-8")), dict)


def test_the_github_example_has_jobs_with_steps() -> None:
    body: Any = yaml.safe_load((FOLDER / "github-actions.yml").read_text("utf-8"))
    steps = body["jobs"]["deploy"]["steps"]
    assert [step for step in steps if not {"run", "uses"} & step.keys()] == []
    assert not any("${{" in step.get("run", "") for step in steps), "an input in a script line can inject commands"


def test_the_gitlab_example_names_its_stages() -> None:
    body: Any = yaml.safe_load((FOLDER / "gitlab-ci.yml").read_text("utf-8"))
    jobs = {name: job for name, job in body.items() if isinstance(job, dict)}
    assert {job["stage"] for job in jobs.values()} == set(body["stages"])


def test_the_jenkinsfile_is_balanced_and_its_shell_lines_can_be_read() -> None:
    text = (FOLDER / "Jenkinsfile").read_text("utf-8")
    assert (text.count("{"), text.count("(")) == (text.count("}"), text.count(")"))
    for script in re.findall(r"'''(.*?)'''", text, re.DOTALL):
        assert subprocess.run(["sh", "-n", "-c", script], check=False).returncode == 0


def test_the_hook_script_can_be_read_and_is_executable() -> None:
    path = FOLDER / "git-server-hook.sh"
    assert subprocess.run(["sh", "-n", str(path)], check=False).returncode == 0
    assert path.stat().st_mode & 0o111


def test_no_example_takes_trust_or_permits_from_the_repository_it_runs_in() -> None:
    for path in FILES:
        for words in commands(path.read_text("utf-8")):
            named = [
                words[at + 1] for at, word in enumerate(words[:-1]) if word in ("--trust", "--permit", "--permits")
            ]
            assert [word for word in named if not word.startswith("/")] == [], path
