"""What is wrong in ``content/`` of a workspace, for ``zhongbao check``: every complaint, and which files were read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from content_audit.authoring.registers import FOLDER, KINDS, load_registers
from zhongbao_core.complaint import Complaint, in_order
from zhongbao_core.people import Directory
from zhongbao_core.text import Text

SUFFIXES = (".yaml", ".yml", ".xlsx", ".csv", ".txt")


class ContentCheck(NamedTuple):
    """What was looked at in ``content/``, and what is wrong with it."""

    complaints: tuple[Complaint, ...]
    read: frozenset[str]
    """Files that something reads."""
    counts: dict[str, int]


def check_content(root: Path, zone_name: str, directory: Directory) -> ContentCheck:
    """Everything that is wrong with the registers under ``root``, and every file there that nothing reads."""
    loaded = load_registers(root, zone_name).against(directory)
    read = frozenset(loaded.read)
    counts = {name: len(found) for name, found in loaded.rows.items() if found}
    return ContentCheck(in_order([*loaded.complaints, *_unread(root, read)]), read, counts)


def _unread(root: Path, read: frozenset[str]) -> Iterator[Complaint]:
    """A register under a wrong name is one that silently does not hold."""
    folder = root / FOLDER
    known = ", ".join(sorted(KINDS))
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        name = path.relative_to(root).as_posix()
        odd = path.name.startswith((".", "~$")) or name in read or not path.is_file()
        if not odd and path.suffix.lower() in SUFFIXES:
            yield Complaint(
                name,
                0,
                0,
                "REGISTER_UNREAD",
                Text("不是任何台账的文件名，没有程序读取", "no register goes by this name: nothing reads it"),
                Text(f"文件名用 {known} 加 .yaml 或 .xlsx", f"name it one of {known}, .yaml or .xlsx"),
                severity="warning",
            )
