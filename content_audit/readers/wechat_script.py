"""The data that WeChat's pages keep in their scripts, read as text: nothing is ever run.

Two shapes: an object literal (``cgiDataNew = {...}``), flattened to ``path -> text``, and single variables. Values are
string literals, bare or wrapped (``JsDecode('...')``, ``htmlDecode("...")``, ``'2' * 1``).
"""

from __future__ import annotations

import re
from html import unescape

from content_audit.readers.limits import MAX_DEPTH

_TOKEN = re.compile(
    r"""'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|([{}\[\],])|([A-Za-z_$][\w$]*)\s*:(?!:)|//[^\n]*|/\*.*?\*/""",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|(.))", re.DOTALL)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}
_VALUE = re.compile(
    r"""["']?\s*[:=]\s*(?:xml\s*\?[^:\n]{0,120}:\s*)?(?:JsDecode|htmlDecode|decodeURIComponent)?\(?\s*"""
    r"""(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|(\d{1,20}))"""
)
_WORD = re.compile(r"[\w&?;]")
"""Before a name: part of a longer one, or of an address."""
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_LONE = re.compile("[\ud800-\udfff]")
_MOST_TOKENS = 200_000


def variable(script: str, name: str) -> str:
    """The first value that is not empty and is given to ``name`` anywhere in ``script``."""
    at = script.find(name)
    while at >= 0:
        found = None if at and _WORD.match(script[at - 1]) else _VALUE.match(script, at + len(name))
        if found and (value := unquoted(found[1] or found[2] or found[3] or "")):
            return unescape(value)
        at = script.find(name, at + len(name))
    return ""


def literal(script: str, name: str) -> dict[str, str]:
    """The object or array given to ``name``, as ``path -> text`` with paths like ``list[0].cdn_url``.

    Where an expression holds several strings the last that is not empty counts. Ends at the closing bracket, or where
    the literal is broken, with what was found until there.
    """
    opening = re.search(rf"\b{re.escape(name)}\s*[:=]\s*([{{\[])", script)
    return _flat(script, opening.start(1)) if opening else {}


def unquoted(value: str) -> str:
    """A JavaScript string's inside as text; half an emoji becomes U+FFFD."""
    if "\\" not in value:
        return value
    text = _ESCAPE.sub(_character, value)
    if _LONE.search(text):
        text = _SURROGATES.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)
        text = _LONE.sub("\ufffd", text)
    return text


def _character(found: re.Match[str]) -> str:
    code = found[1] or found[2] or found[3]
    if code is None:
        return _PLAIN.get(found[4], found[4])
    return chr(point) if (point := int(code, 16)) <= 0x10FFFF else "\ufffd"


class _Path:
    """Where in a literal the scanner stands: a key for each object, a number for each array."""

    def __init__(self) -> None:
        self.steps: list[str | int] = []

    def bracket(self, mark: str) -> None:
        if mark in "{[":
            self.steps.append("" if mark == "{" else 0)
        elif mark in "}]" and self.steps:
            self.steps.pop()
        elif mark == "," and self.steps and isinstance(self.steps[-1], int):
            self.steps[-1] += 1

    def key(self, name: str) -> None:
        if self.steps and isinstance(self.steps[-1], str):
            self.steps[-1] = name

    def __str__(self) -> str:
        parts = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.steps)
        return "".join(parts).removeprefix(".")


def _flat(script: str, start: int) -> dict[str, str]:
    found: dict[str, str] = {}
    path = _Path()
    for count, token in enumerate(_TOKEN.finditer(script, start)):
        if token[3]:
            path.bracket(token[3])
        elif token[4]:
            path.key(token[4])
        elif value := unquoted(token[1] or token[2] or ""):
            found[str(path)] = value
        if not path.steps or count > _MOST_TOKENS or len(path.steps) > MAX_DEPTH:
            break
    return found
