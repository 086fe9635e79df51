"""Patterns that people write, over folded text, through RE2: linear in the text whatever the pattern, and bounded in size.

A pattern is folded like the text it looks at: 第一 in it finds 第①, 最（大） finds 最(大). ``needs`` are words of which one must
stand wherever it matches, so that an automaton can say where it need not be run.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from content_audit.match.signs import sign_of
from content_audit.match.table import FoldTable
from zhongbao_core.errors import InputError
from zhongbao_core.needed import needed_words
from zhongbao_core.text import Text, plain

LONGEST = 2000
"""Characters of the longest pattern."""
LARGEST = 20_000
"""Instructions of the largest compiled pattern."""
_MEMORY = 16 << 20
_META = frozenset("\\.+*?()|[]{}^$-")


class PatternError(InputError):
    """A pattern that cannot be used; the message says why, in the words of RE2 where it is RE2 that refuses."""

    reason_code = "PATTERN_INVALID"


class Pattern:
    """A pattern ready to run over text that ``table`` folded."""

    __slots__ = ("_compiled", "needs", "source")

    def __init__(self, source: str, table: FoldTable) -> None:
        """Raises PatternError where ``source`` is too large or not RE2's syntax."""
        re2: Any = import_module("re2")
        self.source = source
        if len(source) > LONGEST:
            raise _refuse(source, Text(f"超过 {LONGEST} 个字符", f"longer than {LONGEST} characters"))
        options = re2.Options()
        options.log_errors, options.max_mem = False, _MEMORY
        folded = folded_source(source, table)
        try:
            self._compiled: Any = re2.compile(folded, options)
        except re2.error as error:
            why = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error.args[0])
            raise _refuse(source, Text(f"正则不可读：{plain(why)}", f"not a pattern: {plain(why)}")) from error
        if self._compiled.programsize > LARGEST:
            raise _refuse(source, Text("展开后过大", "too large once written out"))
        self.needs = needed(folded)

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """(start, end) of every match in the folded ``text``, leftmost first, not overlapping; never an empty one."""
        return (found.span() for found in self._compiled.finditer(text) if found.end() > found.start())


def folded_source(source: str, table: FoldTable) -> str:
    """``source`` with its literal characters folded; escapes, classes, groups and counts keep their meaning."""
    out: list[str] = []
    place = 0
    while place < len(source):
        end = _whole(source, place)
        part = source[place:end]
        out.append(
            _folded_class(part, table) if part[0] == "[" else _folded_char(part, table) if len(part) == 1 else part
        )
        place = end
    return "".join(out)


def needed(pattern: str) -> frozenset[str]:
    """Words of two characters and more of which one stands in every match; empty where that cannot be said."""
    return needed_words(pattern, trim=_lettered)


def _whole(source: str, place: int) -> int:
    """The end of what begins at ``place`` and is one thing: an escape, a class, a group's head, a count, a character."""
    head = source[place]
    if head == "\\":
        if source[place + 1 : place + 2] == "Q":
            return _after(source, "\\E", place)
        braced = source[place + 1 : place + 2] in ("p", "P", "x") and source[place + 2 : place + 3] == "{"
        return _after(source, "}", place) if braced else min(place + 2, len(source))
    if head == "[":
        return _class_end(source, place)
    if source.startswith("(?", place):
        return _group_head(source, place)
    if head == "{":
        end = _after(source, "}", place)
        return end if all(char in "0123456789," for char in source[place + 1 : end - 1]) else place + 1
    return place + 1


def _after(source: str, mark: str, place: int) -> int:
    found = source.find(mark, place)
    return found + len(mark) if found >= 0 else len(source)


def _group_head(source: str, place: int) -> int:
    """The end of ``(?:``, ``(?i)`` or ``(?P<name>``."""
    for end in range(place + 2, len(source)):
        if source[end] in ":)>":
            return end + 1
    return len(source)


def _class_end(source: str, place: int) -> int:
    end = place + 1
    if source[end : end + 1] == "^":
        end += 1
    if source[end : end + 1] == "]":
        end += 1
    while end < len(source) and source[end] != "]":
        if source.startswith("[:", end):
            end = _after(source, ":]", end)
        else:
            end += 2 if source[end] == "\\" else 1
    return min(end + 1, len(source))


def _folded_char(char: str, table: FoldTable) -> str:
    read = table.lookup[char]
    if read == char:
        return char
    written = "".join("\\" + one if one in _META else one for one in read)
    return f"(?:{written})" if len(read) != 1 else written


def _folded_class(part: str, table: FoldTable) -> str:
    """A class with what its characters read as beside them; ranges stay, those of capitals get their small letters."""
    more: list[str] = []
    inner, place = part[1:-1].removeprefix("^"), 0
    while place < len(inner):
        if inner.startswith("[:", place):
            place = _after(inner, ":]", place)
        elif inner[place] == "\\":
            place += 2
        elif inner[place + 1 : place + 2] == "-" and place + 2 < len(inner):
            first, last = inner[place], inner[place + 2]
            more += [f"{first.lower()}-{last.lower()}"] if first.isupper() and last.isupper() else []
            place += 3
        else:
            read = table.lookup[inner[place]]
            more += ["\\" + read if read in _META else read] if len(read) == 1 and read != inner[place] else []
            place += 1
    return part[:-1] + "".join(more) + part[-1:] if part.endswith("]") else part


def _lettered(words: frozenset[str]) -> frozenset[str]:
    """Of each word the longest stretch of letters and digits: signs are not seen by an automaton. Empty: not of each."""
    pieces = [max("".join(" " if sign_of(char) else char for char in word).split(" "), key=len) for word in words]
    return frozenset(pieces) if all(pieces) else frozenset()


def _refuse(source: str, why: Text) -> PatternError:
    shown = plain(source)[:80]
    return PatternError(Text(f"模式 {shown}：{why.zh}", f"pattern {shown}: {why.en}"), pattern=source)
