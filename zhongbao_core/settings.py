"""The global options of every command, without click: a door reads them before it can afford more."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zhongbao_core.text import Lang, Text, plain

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from zhongbao_core.record import dataclass

GLOBAL_OPTIONS = {"--lang": "ZHONGBAO_LANG", "--workspace": "ZHONGBAO_WORKSPACE", "--trust": "ZHONGBAO_TRUST"}
"""Options taken anywhere before ``--``, and the variable each one falls back to."""


class BadOptionError(ValueError):
    """A global option that cannot be read; its text says why, in the words of the command line."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the global options said. ``trust`` None means the standard places are searched."""

    lang: Lang = "zh"
    workspace: Path = Path()
    trust: Path | None = None

    def say(self, text: Text) -> str:
        """``text`` in the chosen language."""
        return text.pick(self.lang)


def split(args: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Take the global options out of ``args`` (only before ``--``); the rest keeps its order. Raises BadOptionError."""
    found: dict[str, str] = {}
    rest: list[str] = []
    items = iter(args)
    for item in items:
        name, equals, value = item.partition("=")
        if item == "--":
            rest.append(item)
            break
        if name not in GLOBAL_OPTIONS:
            rest.append(item)
        elif equals:
            found[name] = value
        else:
            try:
                found[name] = next(items)
            except StopIteration:
                raise BadOptionError(f"option {name} needs a value") from None
    rest.extend(items)
    return found, rest


def settings_of(found: Mapping[str, str]) -> Settings:
    """Settings from the options of ``split``, each falling back to its variable. Raises BadOptionError."""

    def value(name: str) -> str:
        return found.get(name) or os.environ.get(GLOBAL_OPTIONS[name], "")

    lang = value("--lang") or "zh"
    if lang not in ("zh", "en"):
        raise BadOptionError(f"--lang takes zh or en, not {plain(lang)!r}")
    trust = value("--trust")
    return Settings(
        lang="en" if lang == "en" else "zh",
        workspace=Path(value("--workspace") or "."),
        trust=Path(trust) if trust else None,
    )
