"""The global options of every command, without click: a door reads them before it can afford more."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from zhongbao_core.text import Lang, Text, plain

if TYPE_CHECKING:
    from dataclasses import dataclass
    from pathlib import Path
else:
    from zhongbao_core.record import dataclass

GLOBAL_OPTIONS = {"--lang": "ZHONGBAO_LANG", "--workspace": "ZHONGBAO_WORKSPACE", "--trust": "ZHONGBAO_TRUST"}
"""Options taken anywhere before ``--``, and the variable each one falls back to."""


class BadOptionError(ValueError):
    """A global option that cannot be read; its text says why, in the words of the command line."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the global options said. ``trust`` None means the standard places are searched.

    A gate takes ``folder`` and ``trust_file``: pathlib costs it 5 ms.
    """

    lang: Lang = "zh"
    folder: str = "."
    trust_file: str | None = None

    @property
    def workspace(self) -> Path:
        """The workspace."""
        from pathlib import Path

        return Path(self.folder)

    @property
    def trust(self) -> Path | None:
        """The trust file that was named."""
        from pathlib import Path

        return Path(self.trust_file) if self.trust_file else None

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
        folder=_tidy(value("--workspace")),
        trust_file=_tidy(trust) if trust else None,
    )


def _tidy(path: str) -> str:
    """``path`` as pathlib spells it: without empty parts and ``.``, links and ``..`` left alone."""
    parts = "/".join(part for part in path.split("/") if part not in ("", "."))
    return ("/" if path.startswith("/") else "") + parts or "."
