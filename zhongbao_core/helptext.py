"""``--help`` in Chinese: the same commands and options, their sentences from a catalogue, wrapped by columns.

The sentences in the code are English and are the keys of the catalogue (``zhongbao/help.zh.json``); a test finds each
of them there. A sentence that is not there stands in English.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from inspect import cleandoc

import click

from zhongbao_core.settings import Settings
from zhongbao_core.text import pad, width

HEADINGS = {"Usage: ": "用法：", "Options": "选项", "Commands": "命令", "Arguments": "参数"}
EXTRAS = {"default: ": "默认：", "required": "必填", "x>=": "不小于 "}
SHOW_HELP = "Show this message and exit."
_EXTRA = re.compile(r"(.*?)(?:(?:^|  )\[([^\[\]]*)\])?", re.DOTALL)
_TOKEN = re.compile(r"[!-~]+|\s+|.", re.DOTALL)
_NO_START = "，。；：、！？）》”’…"
"""Marks that never begin a line."""

Words = Mapping[str, str]


class HouseContext(click.Context):
    """A context whose help is in the language of the settings."""

    def make_formatter(self) -> click.HelpFormatter:
        """Chinese by columns where Chinese is asked for and the root has a catalogue, else click's own."""
        formatter = super().make_formatter()
        settings = self.find_object(Settings)
        load: Callable[[], Words] | None = getattr(self.find_root().command, "words", None)
        if settings is None or settings.lang != "zh" or load is None:
            return formatter
        return ChineseFormatter(load(), width=self.terminal_width, max_width=self.max_content_width)


def at_home(command: click.Command) -> click.Command:
    """``command`` and everything below it, with help in the language of the settings."""
    command.context_class = HouseContext
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            inner.short_help = inner.short_help or _head(cleandoc(inner.help or ""))
            at_home(inner)
    return command


class ChineseFormatter(click.HelpFormatter):
    """Writes help with the sentences of a catalogue; lines are as wide as their columns, not their characters."""

    def __init__(self, words: Words, width: int | None, max_width: int | None) -> None:
        super().__init__(width=width, max_width=max_width)
        self.words = {**{_head(english): _head(chinese) for english, chinese in words.items()}, **words}

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The line of usage."""
        super().write_usage(prog, args, HEADINGS["Usage: "] if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        """A heading in Chinese."""
        self.write(f"{'':>{self.current_indent}}{HEADINGS.get(heading, heading)}：\n")

    def write_text(self, text: str) -> None:
        """A text of the catalogue, paragraph by paragraph; those marked with a backspace keep their lines."""
        indent, columns = " " * self.current_indent, max(self.width - self.current_indent, 20)
        for number, part in enumerate(self._in_chinese(text).split("\n\n")):
            lines = part.split("\n")[1:] if part.startswith("\b\n") else wrapped(_joined(part), columns)
            self.write(("\n" if number else "") + "".join(f"{indent}{line}\n" for line in lines))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Two columns: names, and their sentences in Chinese."""
        rows = list(rows)
        first = min(max((width(name) for name, _ in rows), default=0), col_max) + col_spacing
        indent, columns = " " * self.current_indent, max(self.width - first - self.current_indent, 20)
        for name, text in rows:
            lines = list(wrapped(self._sentence(text), columns)) or [""]
            begin = pad(name, first) if width(name) <= first - col_spacing else f"{name}\n{indent}{' ' * first}"
            self.write(f"{indent}{begin}{lines[0]}".rstrip() + "\n")
            self.write("".join(f"{indent}{' ' * first}{line}\n" for line in lines[1:]))

    def _sentence(self, text: str) -> str:
        match = _EXTRA.fullmatch(text)
        words, extra = (match[1], match[2]) if match else (text, None)
        return "  ".join(part for part in (self._in_chinese(words), f"[{_extra(extra)}]" if extra else "") if part)

    def _in_chinese(self, text: str) -> str:
        return self.words.get(text.strip(), text) if text != SHOW_HELP else "显示帮助后退出。"


def _head(text: str) -> str:
    """The first paragraph on one line: what a list of commands shows."""
    return _joined(text.split("\n\n")[0])


def _joined(part: str) -> str:
    """The lines of a paragraph as one; no blank between Chinese characters."""
    return re.sub(r"(?<=[^\x00-\x7f])\n|\n(?=[^\x00-\x7f])", "", part).replace("\n", " ")


def _extra(extra: str) -> str:
    for english, chinese in EXTRAS.items():
        extra = extra.replace(english, chinese)
    return extra


def wrapped(text: str, columns: int) -> Iterator[str]:
    """``text`` in lines of at most ``columns`` terminal columns; Latin words and numbers stay whole where they fit."""
    line = ""
    for token in _tokens(text):
        if line and token not in _NO_START and width(line) + width(token.rstrip()) > columns:
            yield line.rstrip()
            line = token.lstrip()
        else:
            line += token
    if line.strip():
        yield line.rstrip()


@lru_cache(maxsize=512)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(text))
