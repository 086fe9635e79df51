"""Words shown to people: two languages side by side, and one escape function per place a string can reach.

Whatever came from outside is text to be shown, never markup. Escape last, once, for the sink at hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

Lang = Literal["zh", "en"]
Sink = Literal["terminal", "html", "xml", "csv", "markdown", "github"]

_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}
_INVISIBLE = {0x200B, 0x2060, 0xFEFF, 0x00AD}
_CONTROL = {*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029}
_SURROGATE = range(0xD800, 0xE000)
_VISIBLE = {point: f"\\u{point:04x}" for point in _BIDI | _INVISIBLE | _CONTROL}


class Text(NamedTuple):
    """The same sentence in Chinese (first) and English."""

    zh: str
    en: str

    def pick(self, lang: Lang) -> str:
        """The sentence in ``lang``."""
        return self.zh if lang == "zh" else self.en

    def as_json(self) -> dict[str, str]:
        """Both languages, as every JSON answer carries them."""
        return {"zh": self.zh, "en": self.en}


NOTHING = Text("", "")
"""No words in either language."""


def plain(value: str, *, newlines: bool = False) -> str:
    """``value`` with control, bidi, invisible and lone surrogate characters made visible as ``\\uXXXX``.

    Safe for terminals and logs. With ``newlines`` the newline and the tab stay.
    """
    if value.isprintable():
        return value
    table = {**_VISIBLE, 10: "\n", 9: "\t"} if newlines else _VISIBLE
    shown = value.translate(table)
    if _has_surrogates(shown):
        shown = "".join(f"\\u{ord(char):04x}" if ord(char) in _SURROGATE else char for char in shown)
    return shown


def _has_surrogates(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return False


def escape(value: str, sink: Sink) -> str:
    """``value`` neutralised for ``sink``; apply it last and once.

    terminal: no control or direction characters. html, xml: also ``& < > " '``. csv: also no formula can
    start a cell. markdown: also no link, tag or table border. github: also the workflow-command escapes.
    """
    shown = plain(value)
    if sink in ("html", "xml"):
        for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
            shown = shown.replace(char, entity)
    elif sink == "csv":
        if shown.lstrip()[:1] in tuple("=+-@＝＋－＠") and shown.strip():
            shown = "'" + shown
    elif sink == "markdown":
        for char in "\\`*_[]<>|#!":
            shown = shown.replace(char, "\\" + char)
    elif sink == "github":
        shown = shown.replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
    return shown


def mask(value: str, *, keep: int = 4) -> str:
    """Personal data shown in part: the last ``keep`` characters of a long value, nothing of a short one."""
    if len(value) <= keep + 2:
        return "*" * len(value)
    return "*" * (len(value) - keep) + value[-keep:]


def width(value: str) -> int:
    """Columns ``value`` takes on a terminal: wide and full-width characters count two."""
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in value)


def pad(value: str, columns: int) -> str:
    """``value`` filled with blanks to ``columns`` terminal columns."""
    return value + " " * max(0, columns - width(value))
