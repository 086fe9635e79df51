"""How the fold table is made: what each option does to one code point. Used when a lexicon is compiled, never to scan.

A style maps a character to the characters it reads as: one nearly always, two or three where one sign holds a word
(``㎏``, ``⑩``). NFKC alone is not enough: it reads ⒦ as "(k)" and ㈠ as "(一)".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from unicodedata import category, decimal, name, normalize, numeric

from content_audit.match.signs import FILLERS, sign_of

_HAN = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0x20000, 0x2EBF0), (0x30000, 0x323B0))
_OTHERS = ((0, 0x3400), (0xA000, 0xAC00), (0xD7A4, 0xD800), (0xF900, 0x20000), (0x2F800, 0x2FA20), (0xE0000, 0xE01F0))
_SURROGATES = range(0xD800, 0xE000)
_NUMERALS = dict(
    zip("〇零一二三四五六七八九壹贰叁肆柒捌玖弌弍弎壱弐参", "001234567891234789123123", strict=True),
    **{"拾": "十", "佰": "百", "仟": "千", "貳": "2", "貮": "2", "參": "3", "〸": "十", "幺": "1"},
)
"""Figures written as words. Not 陆, 伍 and 两: they are words of their own far more often than figures."""
_PICTURED = {"🚬": "烟", "💊": "药", "🀄": "中"}
"""Emoji that stand for the word they show, and decorate nothing."""
_NOT_FIGURES = frozenset("参參幺")
_LARGEST = 50
"""Enclosed numbers go to 50."""


def characters() -> Iterator[str]:
    """Every character that may read as something else, but for ideographs."""
    return (chr(point) for first, end in _OTHERS for point in range(first, end))


@cache
def width() -> dict[str, str]:
    """Full and half width, enclosed and squared letters, letters in mathematical and other dress, accents."""
    found = {char: core for char in characters() if (core := _core(char)) != char and not _is_number(char)}
    return found | _PICTURED | {chr(point): "\ufffd" for point in _SURROGATES}


@cache
def case() -> dict[str, str]:
    """Capitals to small letters, one to one."""
    return {char: low for char in characters() if len(low := char.lower()) == 1 and low != char}


@cache
def numerals() -> dict[str, str]:
    """Figures of every style and script to ASCII digits."""
    found = {char: figure for char in characters() if (figure := _figure(char)) and figure != char}
    return found | {char: figure for char, figure in _NUMERALS.items() if char not in _NOT_FIGURES}


@cache
def traditional() -> dict[str, str]:
    """Traditional to simplified, one character for one, as opencc's t2s has it for a character that stands alone."""
    from opencc import OpenCC

    have = [chr(point) for first, end in _HAN for point in range(first, end)]
    given = OpenCC("t2s").convert("\n".join(have)).split("\n")
    return {old: new for old, new in zip(have, given, strict=True) if new != old and len(new) == 1}


@cache
def hidden() -> frozenset[str]:
    """Characters that show nothing: zero width, direction, control and combining marks."""
    return frozenset(char for char in _every_sign() if sign_of(char) == "hidden")


@cache
def skipped() -> frozenset[str]:
    """Every character that may be put between the letters of a term without parting it."""
    return frozenset(char for char in _every_sign() if sign_of(char))


@cache
def _every_sign() -> tuple[str, ...]:
    return tuple(char for char in characters() if category(char)[0] != "L" or char in FILLERS)


def _core(char: str) -> str:
    """What ``char`` reads as without dress: brackets, stops and accents fall."""
    flat = normalize("NFKC", char)
    if flat == char and category(char) == "So":
        flat = _named_letter(char)
    if len(flat) > 1:
        inner = flat.strip("()〔〕.,")
        flat = inner if inner and inner.isalnum() and sign_of(char) == "" else char
    if flat == char and category(char)[0] == "L" and char > "\x7f":
        base = normalize("NFD", char)
        flat = base[0] if base[0].isascii() and base[0].isalpha() else char
    if len(flat) == 1 and not flat.isprintable():
        return char
    return flat


def _named_letter(char: str) -> str:
    """The letter in a negative circle or square, which only its name gives away."""
    head, found, letter = name(char, "").rpartition(" LATIN CAPITAL LETTER ")
    return letter if found and head.startswith("NEGATIVE ") and len(letter) == 1 else char


def _is_number(char: str) -> bool:
    return category(char) in ("No", "Nl") or (sign_of(char) == "" and _figure(char) != "" and not _dressed_digit(char))


def _dressed_digit(char: str) -> bool:
    flat = normalize("NFKC", char)
    return len(flat) == 1 and flat.isascii() and category(char) == "Nd"


def _figure(char: str) -> str:
    """The ASCII digits of a figure; empty where it is none."""
    if char.isascii():
        return ""
    kind = category(char)
    if kind == "Nd":
        return str(decimal(char))
    if kind not in ("No", "Nl", "So"):
        return ""
    flat = normalize("NFKC", char).strip("()〔〕.,")
    if flat in _NUMERALS or flat == "十":
        return _NUMERALS.get(flat, "十")
    value = numeric(char, -1)
    return str(int(value)) if 0 <= value <= _LARGEST and value == int(value) else ""
