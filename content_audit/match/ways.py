"""The ways to write a term that a lexicon is compiled with: as listed, in pinyin, split into parts, in look-alikes, by sound.

Used when a lexicon is compiled, never to scan. Only marked terms get more than the first.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import combinations, islice, product
from typing import TYPE_CHECKING

from content_audit.match.confirm import SYLLABLES
from content_audit.match.fold import fold
from content_audit.match.index import ANYWAY, BORDER, DOUBLED, KINDS, SHORT, SIGNS, Entry
from content_audit.match.parts import alikes, splits
from content_audit.match.sounds import readings, sounds
from content_audit.match.table import FoldTable, collapses
from zhongbao_core.errors import InputError
from zhongbao_core.text import Text, plain

if TYPE_CHECKING:
    from content_audit.match.lexicon import Term

_MANY = 64
"""How many ways of one kind one term may have."""
_MIXED = 4
"""Up to so many characters each may be in pinyin or not; of a longer term one or all."""
_LEAST = 4
"""Letters of the shortest pinyin spelling."""
_SOUND = 3
"""Characters of the shortest term that is looked for by sound, unless it is marked ``short`` or ``kin``."""


class TermError(InputError):
    """A term nobody could find; ``values['term']`` is its number as the caller counts."""

    reason_code = "TERM_INVALID"


def written(number: int, term: Term, table: FoldTable) -> list[Entry]:
    """The entries of a term that are found in the folded text."""
    flat, shown = _flat(term, table)
    entries = [_entry(number, "", shown if shown != flat else flat, term, table, flat)]
    if shown == flat:
        ways = (("pinyin", _spelled), ("split", _taken_apart), ("lookalike", _alike))
        entries += [
            _entry(number, kind, key, term, table)
            for kind, made in ways
            if kind in term.variants
            for key in dict.fromkeys(made(flat, table))
            if key != flat
        ]
    return entries


def heard(number: int, term: Term, table: FoldTable) -> list[Entry]:
    """The entries of a term that are found by sound."""
    if "homophone" not in term.variants:
        return []
    flat, shown = _flat(term, table)
    text = _collapsed(flat, table)
    short = "short" in term.variants
    if shown != flat or len(text) < (2 if short or "kin" in term.variants else _SOUND):
        return []
    flags = _flags(flat, term) | (SHORT if short else 0)
    return [Entry(key, number, KINDS.index("homophone"), text, flags) for key in sounds().keys(text)]


def sounds_of(terms: Iterable[Term]) -> FoldTable:
    """The table of syllables; empty where no term asks for it."""
    if any("homophone" in term.variants for term in terms):
        return sounds().table()
    return FoldTable(frozenset(), array("I"), array("I"), ())


def _flat(term: Term, table: FoldTable) -> tuple[str, str]:
    """(what the term folds to before runs are collapsed, the same with its signs)."""
    if "\n" in term.text or "\r" in term.text:
        raise _refuse(term, Text("含换行", "has a line break"))
    flat = fold(term.text, _without(table, "repeat")).text
    if not flat:
        raise _refuse(term, Text("没有文字", "has no letters"))
    return flat, fold(term.text, table.reading).text


def _refuse(term: Term, why: Text) -> TermError:
    shown = plain(term.text)
    hint = Text("改正或删去这一条", "mend the term or take it out")
    return TermError(Text(f"词条“{shown}”{why.zh}", f"the term {shown!r} {why.en}"), hint, term=term.id)


@lru_cache(maxsize=16)
def _without(table: FoldTable, option: str) -> FoldTable:
    return FoldTable.made(table.options - {option})


def _entry(number: int, kind: str, key: str, term: Term, table: FoldTable, flat: str = "") -> Entry:
    bare = flat or key.replace(SYLLABLES, "")
    flags = _flags(bare, term) | (SIGNS if flat and key != flat else 0)
    pattern = _collapsed(bare, table)
    return Entry(pattern, number, KINDS.index(kind), key, flags | (DOUBLED if pattern != bare else 0))


def _flags(flat: str, term: Term) -> int:
    ends = flat[0] + flat[-1]
    border = any(char.isdigit() or (char.isalpha() and char.lower() != char.upper()) for char in ends)
    return (BORDER if border else 0) | (ANYWAY if "inside" in term.variants else 0)


def _collapsed(text: str, table: FoldTable) -> str:
    if not table.repeat:
        return text
    return "".join(
        char for place, char in enumerate(text) if not (place and text[place - 1] == char and collapses(char))
    )


def _spelled(text: str, _: FoldTable) -> Iterator[str]:
    """Pinyin of all characters in every reading, and of some of them in the first."""
    given = [readings(char) if not char.isascii() or char.isdigit() else () for char in text]
    places = [place for place, one in enumerate(given) if one]
    if len(places) < 2 or SYLLABLES in text:
        return
    for spelled in islice(product(*(one or (char,) for one, char in zip(given, text, strict=True))), _MANY):
        if sum(map(len, spelled)) >= _LEAST:
            yield SYLLABLES.join(spelled)
    counts = range(1, len(places)) if len(places) <= _MIXED else (1,)
    for chosen in (some for count in counts for some in combinations(places, count)):
        yield SYLLABLES.join(given[place][0] if place in chosen else char for place, char in enumerate(text))


def _taken_apart(text: str, table: FoldTable) -> Iterator[str]:
    """One or more characters written as their parts."""
    look = table.lookup
    ways = [(char, *("".join(look[part] for part in one) for one in splits().get(char, ()))) for char in text]
    return ("".join(chosen) for chosen in islice(product(*ways), _MANY))


def _alike(text: str, table: FoldTable) -> Iterator[str]:
    """One character changed for one that looks like it; of Latin letters and figures any number."""
    look = table.lookup
    ways = [(char, *(kept for one in alikes().get(char, ()) if len(kept := look[one] or one) == 1)) for char in text]
    latin = [one if char.isascii() else one[:1] for char, one in zip(text, ways, strict=True)]
    yield from ("".join(chosen) for chosen in islice(product(*latin), _MANY))
    for place, others in enumerate(ways):
        yield from (text[:place] + other + text[place + 1 :] for other in others[1:])
