"""New folders, all or nothing: files from a template of the package, made beside their place and moved there at the end."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from tempfile import mkdtemp

from zhongbao_core.errors import InputError
from zhongbao_core.text import Text


def require_free(place: Path) -> None:
    """Raise InputError DIR_NOT_EMPTY unless ``place`` is not there yet, or is an empty folder."""
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        raise _taken(place)
    if place.is_dir() and any(place.iterdir()):
        raise _taken(place)


@contextmanager
def all_or_nothing(places: Sequence[Path]) -> Iterator[list[Path]]:
    """Empty folders to work in, one for each of ``places``; moved there together when the block ends well.

    Whatever ends the block otherwise, an interrupt included, leaves nothing behind.
    """
    parts: list[Path] = []
    moved: list[tuple[Path, bool]] = []
    try:
        for place in places:
            place.parent.mkdir(parents=True, exist_ok=True)
            parts.append(Path(mkdtemp(prefix=f".{place.name}-", dir=place.parent)))
        yield parts
        for part, place in zip(parts, places, strict=True):
            part.chmod(0o755)
            require_free(place)  # somebody may have been quicker
            moved.append((place, place.exists()))
            _move(part, place)
    except BaseException:
        for place, was_there in moved:
            _take_back(place, was_there)
        raise
    finally:
        for part in parts:
            shutil.rmtree(part, ignore_errors=True)


def copy_template(name: str, target: Path, values: Mapping[str, str]) -> None:
    """Copy the template ``name`` of the package into ``target``; each key of ``values`` in a file gives its value."""
    _copy(files("zhongbao").joinpath("templates", name), target, values)


def template_text(name: str, *parts: str) -> str:
    """One file of a template, as it stands in the package."""
    return files("zhongbao").joinpath("templates", name, *parts).read_text("utf-8")


def _copy(source: Traversable, target: Path, values: Mapping[str, str]) -> None:
    target.mkdir(exist_ok=True)
    for item in sorted(source.iterdir(), key=lambda entry: entry.name):
        if item.is_dir():
            _copy(item, target / item.name, values)
            continue
        text = item.read_text("utf-8")
        for mark, value in values.items():
            text = text.replace(mark, value)
        (target / item.name).write_text(text, "utf-8")


def _move(part: Path, place: Path) -> None:
    """Rename ``part`` to ``place``; into it where an empty folder stands there already (it may be in use)."""
    if not place.exists():
        os.rename(part, place)  # noqa: PTH104 shutil would copy across file systems, which is not atomic
        return
    for item in part.iterdir():
        os.rename(item, place / item.name)  # noqa: PTH104


def _take_back(place: Path, was_there: bool) -> None:
    """Undo a move to ``place``, which held nothing before; a folder that was there stays, empty again."""
    shutil.rmtree(place, ignore_errors=True)
    if was_there:
        place.mkdir(exist_ok=True)


def _taken(place: Path) -> InputError:
    return InputError(
        Text(f"{place} 已存在且不是空目录", f"{place} exists and is not an empty folder"),
        Text("换一个目录名", "choose another folder"),
        reason_code="DIR_NOT_EMPTY",
        path=str(place),
    )
