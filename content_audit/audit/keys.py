"""Words of which one must stand in a text before a pattern can match it, so that most patterns are never run.

The matcher looks for the keys of all patterns along with the terms. A pattern without keys (figures alone, say) is run
on every passage. Used when rules are compiled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from itertools import product
from typing import Any, NamedTuple

MOST = 2048
"""Keys a pattern may have."""
EXACT = 256
"""Texts that are followed one by one."""
FEW = 16
"""Keys of a single Chinese character a pattern may have: such ones are met often."""
_parser: Any = import_module("re._parser")


class _Part(NamedTuple):
    """What is known of a part of a pattern."""

    exact: tuple[str, ...] | None
    """Every text it can match; None where that is too many."""
    needed: tuple[str, ...] | None
    """Words of which one is in whatever it matches."""


_UNKNOWN = _Part(None, None)
_NOTHING = _Part(("",), None)


def keys_of(pattern: str) -> tuple[str, ...]:
    """The keys of ``pattern``, sorted; empty where it has none."""
    try:
        part = _sequence(_parser.parse(pattern))
    except (re.error, RecursionError, OverflowError):
        return ()
    best = _better(part.needed, _usable(part.exact))
    words = set(best or ())
    return tuple(sorted(word for word in words if words.isdisjoint(_pieces(word))))


def _pieces(word: str) -> Iterator[str]:
    """Every shorter word inside ``word``."""
    ends = range(1, len(word) + 1)
    return (word[start:end] for end in ends for start in range(end) if end - start < len(word))


def _sequence(items: Any) -> _Part:
    """Runs of exact parts are joined; the best run, or the best need of a part, is what the whole needs."""
    run: tuple[str, ...] = ("",)
    needed: tuple[str, ...] | None = None
    whole = True
    for kind, value in items:
        part = _part(str(kind), value)
        joined = _joined(run, part.exact)
        if joined is None:
            whole = False
            needed = _better(needed, _usable(run))
            run = part.exact or ("",)
        else:
            run = joined
        needed = _better(needed, part.needed)
    return _Part(run if whole else None, _better(needed, _usable(run)))


def _part(kind: str, value: Any) -> _Part:
    known = _KINDS.get(kind)
    return known(value) if known else _UNKNOWN


def _branch(value: Any) -> _Part:
    parts = [_sequence(items) for items in value[1]]
    exact: set[str] | None = set()
    needed: set[str] | None = set()
    for part in parts:
        exact = None if exact is None or part.exact is None else exact | set(part.exact)
        best = _better(part.needed, _usable(part.exact))
        needed = None if needed is None or best is None else needed | set(best)
    small = exact is not None and len(exact) <= EXACT
    return _Part(
        tuple(sorted(exact)) if small and exact is not None else None,
        tuple(sorted(needed)) if needed is not None and len(needed) <= MOST else None,
    )


def _class(value: Any) -> _Part:
    chars: set[str] = set()
    for kind, item in value:
        name = str(kind)
        if name == "LITERAL":
            chars.add(chr(item))
        elif name == "RANGE" and item[1] - item[0] < 16:
            chars.update(map(chr, range(item[0], item[1] + 1)))
        else:
            return _UNKNOWN
    return _Part(tuple(sorted(chars)), None) if len(chars) <= EXACT else _UNKNOWN


def _repeat(value: Any) -> _Part:
    least, most, inner = value
    part = _sequence(inner)
    if (least, most) == (0, 1) and part.exact is not None:
        return _Part(tuple(sorted({"", *part.exact})), None)
    if least == 0:
        return _UNKNOWN
    exact = part.exact if least == most == 1 else None
    return _Part(exact, _better(part.needed, _usable(part.exact)))


_KINDS: dict[str, Callable[[Any], _Part]] = {
    "LITERAL": lambda value: _Part((chr(value),), None),
    "AT": lambda value: _NOTHING,
    "BRANCH": _branch,
    "IN": _class,
    "MAX_REPEAT": _repeat,
    "MIN_REPEAT": _repeat,
    "SUBPATTERN": lambda value: _sequence(value[3]),
}


def _joined(run: Sequence[str], more: Sequence[str] | None) -> tuple[str, ...] | None:
    if more is None or len(run) * len(more) > EXACT:
        return None
    return tuple(dict.fromkeys(left + right for left, right in product(run, more)))


def _usable(words: Sequence[str] | None) -> tuple[str, ...] | None:
    """The longest stretch of letters and figures of each word; None where one has none, or one that says too little."""
    if not words or len(words) > MOST:
        return None
    found = tuple(dict.fromkeys(max(re.findall(r"[^\W_]+", word) or [""], key=len).lower() for word in words))
    short = sum(len(word) < 2 for word in found)
    good = all(word and not word.isdigit() and (len(word) > 1 or not word.isascii()) for word in found)
    return found if good and short <= FEW else None


def _better(left: tuple[str, ...] | None, right: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """The keys that are seldomer met: no single characters, then longer ones, then fewer."""
    if left is None or right is None:
        return left if right is None else right
    return max(left, right, key=lambda words: (min(min(map(len, words)), 3), -len(words)))
