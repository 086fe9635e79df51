"""Word lists that the company brings (txt, CSV, xlsx), to the YAML that its workspace keeps.

Duplicates, single characters and figures alone are refused with file and line: they are what makes public lists mark
nearly every post.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from content_audit.match.wordlist import LIMIT, WordList, read_words
from zhongbao_core.complaint import Complaint
from zhongbao_core.errors import InputError
from zhongbao_core.text import Text, plain

_FIXES = {
    "TERM_TOO_SHORT": Text("写成词语", "write a word"),
    "TERM_FIGURES": Text("写成词语", "write a word"),
}


class ListHead(NamedTuple):
    """What stands above the words of a list."""

    id: str
    title: str
    owner: str
    start: str
    end: str
    verdict: str = "review"


def read_list(path: Path) -> WordList:
    """The words in ``path`` and everything wrong with them. Raises InputError where it cannot be read."""
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= LIMIT else b""
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    if size > LIMIT:
        raise _unreadable(path, f"> {LIMIT} bytes")
    name = str(path)
    found = read_words(_as_csv(path), f"{name}.csv") if path.suffix.lower() == ".xlsx" else read_words(data, name)
    return WordList(found.words, tuple(_told(item, name) for item in found.complaints))


def list_yaml(head: ListHead, words: Sequence[str]) -> str:
    """The file under ``content/lists``."""
    title = json.dumps(head.title, ensure_ascii=False)
    lines = [
        f"id: {head.id}",
        f"title: {{zh: {title}, en: {title}}}",
        f"owner: {json.dumps(head.owner, ensure_ascii=False)}",
        f'start: "{head.start}"',
        f'end: "{head.end}"',
        f"verdict: {head.verdict}",
        "terms:",
        *(f"  - {json.dumps(word, ensure_ascii=False)}" for word in words),
    ]
    return "\n".join(lines) + "\n"


def _as_csv(path: Path) -> bytes:
    """The first column of the first sheet, a row a line, so that lines of complaints are rows of the sheet."""
    import warnings
    from zipfile import BadZipFile

    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(path, read_only=True, data_only=True)
            rows = [row[0] if row else None for row in book.worksheets[0].iter_rows(max_col=1, values_only=True)]
            book.close()
    except (BadZipFile, KeyError, ValueError, OSError, IndexError) as error:
        raise _unreadable(path, str(error)) from error
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for value in rows:
        writer.writerow(["" if value is None else " ".join(str(value).split())])
    return out.getvalue().encode()


def _told(item: Complaint, name: str) -> Complaint:
    return replace(item, file=name, fix=_FIXES.get(item.code, item.fix))


def _unreadable(path: Path, why: str) -> InputError:
    shown = plain(str(path))
    return InputError(
        Text(f"{shown} 读不了：{why}", f"{shown} cannot be read: {why}"),
        Text("用 txt、CSV 或 xlsx", "use txt, CSV or xlsx"),
        reason_code="LIST_UNREADABLE",
    )
