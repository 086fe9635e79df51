"""Syllables: how characters are read aloud, from pypinyin's dictionary. Used when a lexicon is compiled, never to scan.

A table maps characters to syllables, each a character of the private area. Syllables that are taken for one another
(zh and z, ch and c, sh and s, ng and n, l and n) are one. A common character with several readings is a syllable of its own, and
keys are written for each reading it may have.
"""

from __future__ import annotations

from array import array
from functools import cache
from itertools import islice, product
from unicodedata import normalize

from content_audit.match.table import FoldTable

_FIRST = 0xE000
_AREA = range(0xE000, 0xF900)
_READINGS = 3
"""How many readings of one character count, the commonest first."""
_KEYS = 48
"""How many keys one term may have for its readings."""
_FIGURES = dict(zip("0123456789", "零一二三四五六七八九", strict=True))


@cache
def readings(char: str) -> tuple[str, ...]:
    """The toneless syllables of ``char``, ü as v: the first listed, and those it has in some word; empty without any."""
    from pypinyin.constants import PINYIN_DICT

    char = _FIGURES.get(char, char)
    bare = [_toneless(one) for one in PINYIN_DICT.get(ord(char), "").split(",")]
    first, *others = dict.fromkeys(one for one in bare if one) or [""]
    used: set[str] = _used().get(char, set()) if others else set()
    return tuple([first, *(one for one in others if one in used)][:_READINGS]) if first else ()


@cache
def _used() -> dict[str, set[str]]:
    """The syllables characters have in the words of the dictionary: 大 is never read tai there."""
    from pypinyin.constants import PHRASES_DICT

    found: dict[str, dict[str, None]] = {}
    for word, given in PHRASES_DICT.items():
        if len(word) == len(given):
            for char, one in zip(word, given, strict=True):
                found.setdefault(char, {})[one[0]] = None
    return {char: set(map(_toneless, given)) for char, given in found.items()}


@cache
def _toneless(syllable: str) -> str:
    flat = normalize("NFD", syllable).replace("u\u0308", "v")
    return "".join(char for char in flat if char.isascii() and char.isalpha())


@cache
def merged(syllable: str) -> str:
    """The syllable that stands for all that are taken for ``syllable``."""
    head = {"zh": "z", "ch": "c", "sh": "s"}.get(syllable[:2])
    found = head + syllable[2:] if head else syllable
    found = "l" + found[1:] if found.startswith("n") and len(found) > 1 else found
    return found[:-1] if found.endswith("ng") and len(found) > 2 else found


class Sounds:
    """The syllables of all characters, numbered."""

    def __init__(self) -> None:
        from pypinyin.constants import PINYIN_DICT

        heard = {chr(point): tuple(dict.fromkeys(map(merged, readings(chr(point))))) for point in PINYIN_DICT}
        heard |= {figure: tuple(map(merged, readings(figure))) for figure in _FIGURES}
        self.heard = {char: given for char, given in heard.items() if given}
        self.codes = {
            one: chr(_FIRST + number) for number, one in enumerate(sorted({s for g in self.heard.values() for s in g}))
        }
        several = [char for char, given in self.heard.items() if len(given) > 1 and _common(char)]
        self.own = {char: chr(_FIRST + len(self.codes) + number) for number, char in enumerate(sorted(several))}
        self.by_syllable: dict[str, list[str]] = {}
        for char in self.own:
            for one in self.heard[char]:
                self.by_syllable.setdefault(one, []).append(char)

    def table(self) -> FoldTable:
        """The table from characters to syllables; what a text holds of the private area is taken out of the way."""
        found = {char: self.codes[given[0]] for char, given in self.heard.items()} | self.own
        found |= {chr(point): "\ufffd" for point in _AREA}
        pairs = sorted((ord(char), ord(code)) for char, code in found.items())
        return FoldTable(
            frozenset(), array("I", [pair[0] for pair in pairs]), array("I", [pair[1] for pair in pairs]), ()
        )

    def keys(self, text: str) -> list[str]:
        """Every way ``text`` may be heard: each reading of each character, and one character of several readings."""
        plain = [self._ways(char) for char in text]
        keys = {"".join(key) for key in islice(product(*plain), _KEYS)}
        spelled, kept = [ways[0] for ways in plain], [ways[-1] for ways in plain]
        for place, char in enumerate(text):
            others = {other for one in self.heard.get(char, ()) for other in self.by_syllable.get(one, ())} - {char}
            keys |= {
                "".join([*rest[:place], self.own[other], *rest[place + 1 :]])
                for other in others
                for rest in (spelled, kept)
            }
        return sorted(keys)

    def _ways(self, char: str) -> list[str]:
        """How ``char`` may stand in a text: its readings, last as it is where it is a syllable of its own."""
        given = [self.codes[one] for one in self.heard.get(char, ())]
        return [*given, self.own[char]] if char in self.own else given or [char]


@cache
def sounds() -> Sounds:
    """The syllables, made once a process."""
    return Sounds()


def _common(char: str) -> bool:
    """Whether ``char`` is one of the 3755 of the first level of GB 2312."""
    try:
        lead = char.encode("gb2312")[0]
    except UnicodeEncodeError:
        return False
    return 0xB0 <= lead <= 0xD7
