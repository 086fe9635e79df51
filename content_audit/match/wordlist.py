"""Lists of words that people bring: one a line, or the first column of a CSV file. Pure: bytes in, words and complaints out.

What would flood a reviewer is refused with its line: duplicates, single characters, figures alone. The public lists are
full of them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import NamedTuple

from zhongbao_core.complaint import Complaint
from zhongbao_core.text import Text, plain

LIMIT = 64 << 20
"""Bytes of the longest list."""
LONGEST = 200
"""Characters of the longest term."""
_HEADS = frozenset(
    ["词", "词条", "词语", "敏感词", "关键词", "违禁词", "term", "terms", "word", "words", "keyword", "keywords"]
)
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class Word(NamedTuple):
    """A word of a list and where it stands."""

    text: str
    file: str
    line: int


class WordList(NamedTuple):
    """The words of a list, and what is wrong with it."""

    words: tuple[Word, ...]
    complaints: tuple[Complaint, ...]


def read_words(data: bytes, name: str, *, allow_short: bool = False) -> WordList:
    """The words in ``data``, the list called ``name``; CSV where the name says so.

    ``#`` begins a comment line. UTF-8 with or without BOM, UTF-16 with BOM and GB18030 are read. ``allow_short`` takes
    single characters and figures too.
    """
    text = decoded(data)
    if text is None:
        return WordList((), (_complaint(Word("", name, 0), "ENCODING"),))
    rows = _cells(text) if name.lower().endswith(".csv") else _lines(text)
    words: list[Word] = []
    complaints: list[Complaint] = []
    seen: dict[str, int] = {}
    for line, term in rows:
        word = Word(term, name, line)
        wrong = _wrong(term, seen, allow_short)
        if wrong:
            complaints.append(_complaint(word, wrong, seen.get(term, 0)))
        else:
            words.append(word)
        seen.setdefault(term, line)
    return WordList(tuple(words), tuple(complaints))


def decoded(data: bytes) -> str | None:
    """The text of ``data``; None where it is in none of the encodings that are read."""
    for encoding in [name for bom, name in _BOMS if data.startswith(bom)] or ["utf-8", "gb18030"]:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        term = line.strip()
        if term and not term.startswith("#"):
            yield number, term


def _cells(text: str) -> Iterator[tuple[int, str]]:
    """The first cell of every row; a row of headings at the top is passed over."""
    reader = csv.reader(io.StringIO(text.replace("\0", ""), newline=""))
    first = True
    for row in reader:
        term = row[0].strip() if row else ""
        if not term or term.startswith("#"):
            continue
        if not (first and term.lower() in _HEADS):
            yield reader.line_num, term
        first = False


def _wrong(term: str, seen: dict[str, int], allow_short: bool) -> str:
    """The code of what is wrong with ``term``; empty where it is sound."""
    if term in seen:
        return "TERM_TWICE"
    if len(term) > LONGEST:
        return "TERM_TOO_LONG"
    if not any(char.isalnum() for char in term):
        return "TERM_NO_LETTERS"
    if "\n" in term or "\r" in term:
        return "TERM_LINE_BREAK"
    if not allow_short and len(term) == 1:
        return "TERM_TOO_SHORT"
    return "TERM_FIGURES" if not allow_short and all(char.isdecimal() for char in term) else ""


_SAYS = {
    "ENCODING": (
        Text("编码无法识别", "the encoding is not known"),
        Text("另存为 UTF-8 或 GB18030", "save it as UTF-8 or GB18030"),
    ),
    "TERM_TWICE": (Text("重复", "stands twice"), Text("删去一处", "take one out")),
    "TERM_TOO_LONG": (Text("过长", "is too long"), Text("每行一个词", "one term a line")),
    "TERM_NO_LETTERS": (Text("没有文字", "has no letters"), Text("删去这一行", "take the line out")),
    "TERM_LINE_BREAK": (Text("含换行", "has a line break"), Text("每行一个词", "one term a line")),
    "TERM_TOO_SHORT": (
        Text("单字会误报大片", "is a single character and would mark nearly everything"),
        Text("写成词语；确要保留用 --allow-short", "write a word; --allow-short keeps it all the same"),
    ),
    "TERM_FIGURES": (
        Text("纯数字会误报大片", "is figures alone and would mark nearly everything"),
        Text("写成词语；确要保留用 --allow-short", "write a word; --allow-short keeps it all the same"),
    ),
}


def _complaint(word: Word, code: str, earlier: int = 0) -> Complaint:
    says, fix = _SAYS[code]
    term = plain(word.text)[:40]
    where = Text(f"（第 {earlier} 行）", f" (line {earlier})") if earlier else Text("", "")
    text = Text(f"“{term}”{says.zh}{where.zh}", f"{term!r} {says.en}{where.en}") if term else says
    return Complaint(word.file, word.line, 1 if word.line else 0, code, text, fix)
