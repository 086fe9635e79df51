"""Words that must stand wherever a pattern matches, so that an automaton can say where it need not be run."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

Words = frozenset[str]
_MOST = 32
"""How many words a part is written out to."""
_CLASS = 4
"""Characters of the largest class that is written out."""
_NONE: Words = frozenset()


def needed_words(pattern: str, flags: int = 0, trim: Callable[[Words], Words] = lambda words: words) -> Words:
    """Words of two characters and more of which one stands in every match; empty where that cannot be said.

    ``flags`` are those of ``re``; ``trim`` leaves of words what the automaton can see, and is empty where of one of them
    nothing is left.
    """
    parser: Any = import_module("re._parser")
    try:
        tree = parser.parse(pattern, flags)
    except Exception:
        return _NONE  # syntax that RE2 knows and this parser does not
    found = _needed(tree, trim)
    return found if found and min(map(len, found)) > 1 else _NONE


def _needed(tree: Any, trim: Callable[[Words], Words]) -> Words:
    """The best answer of all parts in a row: the words whose shortest is longest."""
    best, run = _NONE, frozenset([""])
    for kind, value in tree:
        exact = _exact(str(kind), value)
        if exact and len(run) * len(exact) <= _MOST:
            run = frozenset(left + right for left in run for right in exact)
            continue
        best = _better(_better(best, trim(run)), _part(str(kind), value, trim))
        run = frozenset([""])
    return _better(best, trim(run))


def _exact(name: str, value: Any) -> Words:
    """All that a part can match, where that is a few words; empty where it is not."""
    if name == "LITERAL":
        return frozenset([chr(value)])
    if name == "AT":
        return frozenset([""])
    if name == "SUBPATTERN":
        return _exact_row(value[3])
    if name == "BRANCH":
        branches = [_exact_row(branch) for branch in value[1]]
        return _NONE.union(*branches) if all(branches) else _NONE
    if name == "IN" and len(value) <= _CLASS and all(str(kind) == "LITERAL" for kind, _ in value):
        return frozenset(chr(code) for _, code in value)
    return _NONE


def _exact_row(tree: Any) -> Words:
    run = frozenset([""])
    for kind, value in tree:
        exact = _exact(str(kind), value)
        if not exact or len(run) * len(exact) > _MOST:
            return _NONE
        run = frozenset(left + right for left in run for right in exact)
    return run


def _part(name: str, value: Any, trim: Callable[[Words], Words]) -> Words:
    if name == "SUBPATTERN":
        return _needed(value[3], trim)
    if name in ("MAX_REPEAT", "MIN_REPEAT") and value[0] >= 1:
        return _needed(value[2], trim)
    if name == "BRANCH":
        parts = [_needed(branch, trim) for branch in value[1]]
        return _NONE.union(*parts) if all(parts) else _NONE
    return _NONE


def _better(one: Words, other: Words) -> Words:
    def rank(words: Words) -> tuple[int, int]:
        return (min(map(len, words), default=0), -len(words))

    return max(one, other, key=rank)
