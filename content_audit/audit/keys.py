"""Words that must stand in a text before a pattern can match it, so that most patterns are never run.

The matcher looks for the keys of all patterns along with the terms; one of each set of a pattern has to be there. A
pattern without keys (figures alone, say) is run on every passage. Used when rules are compiled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from itertools import islice, product
from typing import Any, NamedTuple

MOST = 2048
"""Keys a pattern may have."""
EXACT = 256
"""Texts that are followed one by one."""
SETS = 2
"""Sets of keys a pattern may have."""
FEW = 16
"""Keys of a single Chinese character a pattern may have: such ones are met often."""
EVERYWHERE = frozenset(
    "的一是了不有人在我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里分天多家日"
)
"""Characters that stand in every other text: a key of one says nothing."""
_parser: Any = import_module("re._parser")


Words = tuple[str, ...]


class _Part(NamedTuple):
    """What is known of a part of a pattern."""

    exact: Words | None
    """Every text it can match; None where that is too many."""
    needed: tuple[Words, ...] = ()
    """Sets of words, those that are seldomer met first: of each set one is in whatever it matches."""
    edge: Words | None = None
    """Where it is a row of the same again and again: every text that stands at its beginning, and at its end."""


_UNKNOWN = _Part(None)
_NOTHING = _Part(("",))


def keys_of(pattern: str) -> tuple[Words, ...]:
    """The sets of keys of ``pattern``, each sorted; empty where it has none.

    Wherever the pattern matches, a key of every set stands; a key that holds another of its set is left out.
    """
    try:
        part = _sequence(_parser.parse(pattern))
    except (re.error, RecursionError, OverflowError):
        return ()
    return tuple(_shortest(words) for words in _best(*part.needed, _usable(part.exact)))


def _shortest(words: Words) -> Words:
    every = set(words)
    return tuple(sorted(word for word in every if every.isdisjoint(_pieces(word))))


def _pieces(word: str) -> Iterator[str]:
    """Every shorter word inside ``word``."""
    ends = range(1, len(word) + 1)
    return (word[start:end] for end in ends for start in range(end) if end - start < len(word))


def _sequence(items: Any) -> _Part:
    """Runs of exact parts are joined; what runs and parts need the whole needs."""
    run: Words = ("",)
    needed: list[Words | None] = []
    whole = True
    for kind, value in items:
        part = _part(str(kind), value)
        joined = _joined(run, part.exact)
        if joined is None:
            whole = False
            needed.append(_usable(_joined(run, part.edge) or run))
            run = part.exact or part.edge or ("",)
        else:
            run = joined
        needed += part.needed
    return _Part(run if whole else None, _best(*needed, _usable(run)))


def _part(kind: str, value: Any) -> _Part:
    known = _KINDS.get(kind)
    return known(value) if known else _UNKNOWN


def _branch(value: Any) -> _Part:
    """What one of several ways needs: the best of each taken together, and the second best likewise."""
    parts = [_sequence(items) for items in value[1]]
    exact: set[str] | None = set()
    for part in parts:
        exact = None if exact is None or part.exact is None else exact | set(part.exact)
    ways = [_best(*part.needed, _usable(part.exact)) for part in parts]
    together = [_together(ways, place) for place in range(SETS)] if all(ways) else []
    small = exact is not None and len(exact) <= EXACT
    return _Part(tuple(sorted(exact)) if small and exact is not None else None, _best(*together))


def _together(ways: Sequence[tuple[Words, ...]], place: int) -> Words | None:
    words = {word for sets in ways for word in sets[min(place, len(sets) - 1)]}
    return tuple(sorted(words)) if len(words) <= MOST else None


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
    return _Part(tuple(sorted(chars))) if len(chars) <= EXACT else _UNKNOWN


def _repeat(value: Any) -> _Part:
    least, most, inner = value
    part = _sequence(inner)
    if (least, most) == (0, 1) and part.exact is not None:
        return _Part(tuple(sorted({"", *part.exact})))
    if least == 0:
        return _UNKNOWN
    exact = part.exact if least == most == 1 else None
    return _Part(exact, _best(*part.needed, _usable(part.exact)), part.exact)


_KINDS: dict[str, Callable[[Any], _Part]] = {
    "LITERAL": lambda value: _Part((chr(value),)),
    "AT": lambda value: _NOTHING,
    "BRANCH": _branch,
    "IN": _class,
    "MAX_REPEAT": _repeat,
    "MIN_REPEAT": _repeat,
    "SUBPATTERN": lambda value: _sequence(value[3]),
}


def _joined(run: Sequence[str], more: Sequence[str] | None) -> Words | None:
    if more is None or len(run) * len(more) > EXACT:
        return None
    return tuple(dict.fromkeys(left + right for left, right in product(run, more)))


def _usable(words: Sequence[str] | None) -> Words | None:
    """The longest stretch of letters and figures of each word; None where one has none, or one that says too little."""
    if not words or len(words) > MOST:
        return None
    found = tuple(dict.fromkeys(max(re.findall(r"[^\W_]+", word) or [""], key=len).lower() for word in words))
    short = sum(len(word) < 2 for word in found)
    good = all(word and not word.isdigit() and (len(word) > 1 or not word.isascii()) for word in found)
    return found if good and short <= FEW and EVERYWHERE.isdisjoint(found) else None


def _best(*found: Words | None) -> tuple[Words, ...]:
    """The sets that are seldomer met: no single characters, then longer words, then fewer. Beside a first one those of
    single characters say too little, and those nothing of which a word stands in each of its words."""
    sets = sorted(dict.fromkeys(words for words in found if words), key=_often)
    more = (words for words in sets[1:] if min(map(len, words)) > 1 and not _implied(sets[0], words))
    return (*sets[:1], *islice(more, SETS - 1))


def _implied(by: Words, words: Words) -> bool:
    """Whether a word of ``words`` stands in each word of ``by``."""
    return all(any(word in one for word in words) for one in by)


def _often(words: Words) -> tuple[int, int]:
    return -min(min(map(len, words)), 3), len(words)
