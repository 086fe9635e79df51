"""What is no word: signs that may be put between the letters of a term, and signs that end a stretch of words.

The classes, and so the answer to "does this sign join or part", are those of ``docs/content-match.md``. Stands on a gate's
path: ``unicodedata`` only.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal
from unicodedata import category, normalize

Sign = Literal["", "hidden", "space", "separator", "symbol", "bracket"]
"""``""``: a letter, a digit, or punctuation of a sentence, which is never skipped."""

_SEPARATORS = frozenset("|/\\.'\"·・•‧∙⋅･＂＇．／＼｜￨¦‖∣")
_SYMBOLS = frozenset("@#%&*§¶†‡※′″‰‱〃＠＃％＆＊﹟﹪﹠﹡﹫⁂⁎⁑⁕")
FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u17b4\u17b5\u180e")
"""Letters to Unicode, and nothing to see."""
_LINES = frozenset("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
_BY_CATEGORY: dict[str, Sign] = {
    "Cf": "hidden",
    "Cc": "hidden",
    "Mn": "hidden",
    "Me": "hidden",
    "Zs": "space",
    "Pd": "separator",
    "Pc": "separator",
    "Ps": "bracket",
    "Pe": "bracket",
    "Pi": "bracket",
    "Pf": "bracket",
    "So": "symbol",
    "Sk": "symbol",
    "Sm": "symbol",
    "Sc": "symbol",
}
_CLOSERS = str.maketrans("([{<《〈「『【〔〖〘〚“‘（［｛＜｢", ")]}>》〉」』】〕〗〙〛”’）］｝＞｣")


@lru_cache(maxsize=8192)
def sign_of(char: str) -> Sign:
    """The class of ``char``."""
    if char == "\t":
        return "space"
    if char in _LINES:
        return ""
    if char in FILLERS:
        return "hidden"
    if char in _SEPARATORS:
        return "separator"
    if char in _SYMBOLS:
        return "symbol"
    if char in "<>＜＞":
        return "bracket"
    found = _BY_CATEGORY.get(category(char), "")
    return "" if found == "symbol" and _reads_as_words(char) else found


def _reads_as_words(char: str) -> bool:
    """Enclosed letters and squared words are symbols to Unicode and words to a reader; ™ is a sign to both."""
    if char in "™℠℡℻":
        return False
    return any(part.isalnum() for part in normalize("NFKC", char))


def closer_of(char: str) -> str:
    """The bracket that closes ``char``; empty where it opens nothing."""
    found = char.translate(_CLOSERS)
    return found if found != char else ""
