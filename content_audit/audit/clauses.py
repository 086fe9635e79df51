"""Where sentences and clauses begin and end in a folded text. Pure; offsets are those of the text given."""

from __future__ import annotations

_SENTENCE = frozenset("。！？!?；;\n\r…")
_CLAUSE = _SENTENCE | frozenset("，,：:")


def sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around [start, end)."""
    return _around(text, start, end, _SENTENCE)


def clause(text: str, start: int, end: int) -> tuple[int, int]:
    """The clause around [start, end); an enumeration with 、 is one clause."""
    return _around(text, start, end, _CLAUSE)


def _around(text: str, start: int, end: int, enders: frozenset[str]) -> tuple[int, int]:
    while start > 0 and not _ends(text, start - 1, enders):
        start -= 1
    while end < len(text) and not _ends(text, end, enders):
        end += 1
    return start, end


def _ends(text: str, at: int, enders: frozenset[str]) -> bool:
    """Whether the character at ``at`` ends something: no comma of ``1,000``, no colon of ``8:30`` or ``http:``."""
    char = text[at]
    if char == ".":
        return text[at + 1 : at + 2].isspace() and not text[at - 1 : at].isdigit()
    if char not in enders:
        return False
    if char in ",:":
        after = text[at + 1 : at + 2]
        return not (after.isdigit() and text[at - 1 : at].isdigit()) and after != "/"
    return True
