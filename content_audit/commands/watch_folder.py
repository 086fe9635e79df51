"""A watched folder: what lies in it, whether it stands still, what was audited already, and where the report goes.

A file or folder directly in the watched one is one item. Its report lies beside it as ``NAME.audit.html`` and
``NAME.audit.jsonl``; these names are ours. What was audited is remembered in the user's own cache, not in the folder:
whoever may drop files must not be able to say that they were audited.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from content_audit.readers.archive import MAX_FILES, is_picture, passed_over
from zhongbao_core.errors import ExitCode

SUFFIXES = (".audit.html", ".audit.jsonl")
_LONGEST = 200
_LOG = logging.getLogger(__name__)


class Report(NamedTuple):
    """What came of an audit: the report's files by suffix, how it exits, and a line for people."""

    files: Mapping[str, bytes]
    exit_code: ExitCode
    line: str = ""


class Done(NamedTuple):
    """An item that was audited in this round."""

    path: Path
    exit_code: ExitCode
    line: str


AuditPath = Callable[[Path], Report]


class WatchedFolder:
    """The items of a folder, each audited once as long as it and the rules stay the same."""

    def __init__(self, folder: Path, audit: AuditPath, state: Path, basis: str = "") -> None:
        """``basis`` names the rules: with others everything is audited again."""
        self.folder, self.audit, self.state, self.basis = folder, audit, state, basis
        self.known: dict[str, list[str | int]] = _loaded(state)
        self._before: dict[str, str] = {}
        self._failed: dict[str, list[str]] = {}

    def round(self) -> list[Done]:
        """Audit what is new and looked the same in the round before; the caller waits between rounds."""
        now = {path.name: print_of(path) for path in self.items()}
        ready = [
            name for name, seen in now.items() if seen and self._before.get(name) == seen and self._due(name, seen)
        ]
        self._before = now
        return [done for name in sorted(ready, key=_order) if (done := self._audited(name, now[name]))]

    def waiting(self) -> list[Path]:
        """Items that are due and did not stand still yet."""
        return [self.folder / name for name, seen in self._before.items() if self._due(name, seen)]

    def exit_code(self) -> ExitCode:
        """The strictest of all items that lie there; CANNOT_TELL where there is none or one is still owed."""
        codes = [ExitCode(int(self.known[name][2])) for name in self._before if name in self.known]
        if not codes or self.waiting():
            return ExitCode.CANNOT_TELL
        return max(codes)

    def items(self) -> Iterator[Path]:
        """What lies in the folder and is to be audited, in order of name."""
        for path in sorted(self.folder.iterdir()):
            if not passed_over(path.name) and not self._ours(path):
                yield path

    def _ours(self, path: Path) -> bool:
        """Whether it is a report of ours: of an item that lies there or was audited before."""
        for suffix in SUFFIXES:
            if path.name.endswith(suffix) and path.is_file() and not path.is_symlink():
                item = path.name.removesuffix(suffix)
                if item in self.known or os.path.lexists(self.folder / item) or _shortened(item):
                    return True
        return False

    def _due(self, name: str, seen: str) -> bool:
        if self._failed.get(name) == [seen, self.basis]:
            return False
        known = self.known.get(name)
        if known is None or known[:2] != [seen, self.basis]:
            return True
        return not all((self.folder / f"{_stem(name)}{suffix}").exists() for suffix in SUFFIXES)

    def _audited(self, name: str, seen: str) -> Done | None:
        path = self.folder / name
        try:
            report = self.audit(path)
            if print_of(path) != seen:
                return None
            for suffix, data in report.files.items():
                write_beside(self.folder / f"{_stem(name)}{suffix}", data)
        except Exception as error:
            _LOG.exception("audit of %s failed", path)
            report = Report({}, ExitCode.CANNOT_TELL, f"{type(error).__name__}: {error}")
            self._failed[name] = [seen, self.basis]
            self._remove_reports(name)
        self.known[name] = [seen, self.basis, int(report.exit_code)]
        self._save()
        return Done(path, report.exit_code, report.line)

    def _remove_reports(self, name: str) -> None:
        """A report of what the item was before must not stand beside what it is now."""
        for suffix in SUFFIXES:
            with suppress(OSError):
                (self.folder / f"{_stem(name)}{suffix}").unlink(missing_ok=True)

    def _save(self) -> None:
        kept = {name: row for name, row in self.known.items() if self._wanted(name)}
        self.known = kept
        try:
            self.state.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_beside(self.state, json.dumps(kept).encode("ascii"))
        except OSError:
            _LOG.warning("what was audited cannot be remembered: %s", self.state)

    def _wanted(self, name: str) -> bool:
        reports = (self.folder / f"{_stem(name)}{suffix}" for suffix in SUFFIXES)
        return os.path.lexists(self.folder / name) or any(report.exists() for report in reports)


def print_of(path: Path) -> str:
    """What a file or folder looks like from outside: sizes and times of all that is in it; empty where it is gone."""
    try:
        if path.is_symlink() or not path.is_dir():
            return _stamp(path)
        rows, count = sha256(), 0
        for folder, names, files in os.walk(path):
            names.sort()
            for name in sorted(files):
                count += 1
                place = Path(folder) / name
                rows.update(f"{place.relative_to(path)}\0{_stamp(place)}\n".encode("utf-8", "surrogateescape"))
                if count > MAX_FILES:
                    return f"over {MAX_FILES} files"
        return rows.hexdigest()
    except OSError:
        return ""


def state_path(folder: Path, cache: Path) -> Path:
    """Where it is remembered what was audited in ``folder``."""
    name = sha256(os.fsencode(folder.resolve())).hexdigest()[:32]
    return cache / "watch" / f"{name}.json"


def write_beside(path: Path, data: bytes) -> None:
    """``data`` as the file ``path``, 0600, whole or not at all."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".audit-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _stamp(path: Path) -> str:
    found = path.lstat()
    return f"{found.st_ino}-{found.st_size}-{found.st_mtime_ns}-{found.st_ctime_ns}"


def _loaded(state: Path) -> dict[str, list[str | int]]:
    try:
        found = json.loads(state.read_bytes())
    except (OSError, ValueError):
        return {}
    rows = found.items() if isinstance(found, dict) else ()
    return {name: row for name, row in rows if _is_row(row)}


def _is_row(row: object) -> bool:
    return (
        isinstance(row, list)
        and len(row) == 3
        and all(isinstance(one, str) for one in row[:2])
        and row[2] in [int(code) for code in ExitCode]
    )


def _stem(name: str) -> str:
    """The name of an item's report without its suffix: the item's own, cut where the file system would not take it."""
    raw = os.fsencode(name)
    if len(raw) <= _LONGEST:
        return name
    return f"{name[:60]}~{sha256(raw).hexdigest()[:16]}"


def _shortened(item: str) -> bool:
    return len(item) > 17 and item[-17] == "~" and all(char in "0123456789abcdef" for char in item[-16:])


def _order(name: str) -> tuple[bool, str]:
    """Drafts before pictures: those take the longest."""
    return is_picture(name), name
