"""``--help`` in both languages: every sentence has its Chinese, and lines fit the terminal by columns."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from zhongbao.cli import cli, words
from zhongbao_core.helptext import wrapped
from zhongbao_core.text import width


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            inner = command.get_command(click.Context(command), name)
            assert inner is not None
            yield from commands(inner, (*path, name))


ALL = list(commands(cli))


def sentences() -> Iterator[str]:
    for _, command in ALL:
        yield inspect.cleandoc(command.help or "")
        yield from (item.help for item in command.params if isinstance(item, click.Option) and item.help)
        yield from (line for _, line in getattr(command, "lazy", {}).values())


def test_every_sentence_of_help_has_its_chinese() -> None:
    known = words()
    assert sorted({text for text in sentences() if text and text not in known}) == []


def test_the_catalogue_holds_nothing_that_no_command_says() -> None:
    assert sorted(set(words()) - set(sentences())) == []


@pytest.mark.parametrize("path", [path for path, _ in ALL], ids=" ".join)
def test_help_in_chinese_fits_eighty_columns(path: tuple[str, ...]) -> None:
    done = CliRunner().invoke(cli, [*path, "--lang", "zh", "--help"], terminal_width=80)
    assert done.exit_code == 0 and done.output.startswith("用法：")
    _, _, rest = done.output.partition("\n")
    assert "Show this message" not in rest and "...\n" not in rest
    too_wide = [
        line for line in done.output.splitlines() if width(line) > 82 and "zhongbao" not in line and "[" not in line
    ]
    assert too_wide == []


def test_help_in_english_is_unchanged() -> None:
    done = CliRunner().invoke(cli, ["--lang", "en", "freeze", "gate", "--help"])
    assert done.output.startswith("Usage: ") and "Ask whether a change may go out now." in done.output


@given(st.text(alphabet="ab 封网，。（x1", max_size=80), st.integers(4, 40))
def test_wrapping_loses_no_character(text: str, columns: int) -> None:
    lines = list(wrapped(text, columns))
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
