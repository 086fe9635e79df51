"""Texts of iOS and macOS apps: ``.strings`` (text, XML or binary), ``.stringsdict`` and ``.xcstrings``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from content_audit.model import Facts, Passage, Post, Role, Source, Unread, Why
from content_audit.readers.encoding import decode, head_text
from content_audit.readers.jsontext import load_json, obj, strings, words
from content_audit.readers.limits import NotReadError
from content_audit.readers.registry import LIKELY, NO, SURE
from content_audit.readers.wechat_script import unquoted
from zhongbao_core.text import Text

_BINARY = b"bplist00"
_ENTRY = re.compile(
    r"""\s*(?:(?://[^\n]*+|/\*(?>.*?\*/))\s*+)*+(?:"((?:[^"\\]|\\.)*)"|([\w.$:/-]+))\s*(?:=\s*"((?:[^"\\]|\\.)*)"\s*)?;""",
    re.DOTALL,
)
_REST = re.compile(r"\s*+(?:(?://[^\n]*+|/\*(?>.*?\*/))\s*+)*+", re.DOTALL)
_PAIR = re.compile(r'^\s*"(?:[^"\\\n]|\\.)*"\s*=\s*"', re.MULTILINE)
_CATALOG = re.compile(r'"sourceLanguage"\s*:')
_CAPITAL_U = re.compile(r"(?<!\\)((?:\\\\)*)\\U([0-9a-fA-F]{4})")
_NOT_SHOWN = ("NSStringFormatSpecTypeKey", "NSStringFormatValueTypeKey")
_MOST_TEXTS = 200_000
_MOST_BROKEN = 100


class AppleStrings:
    """Reader of ``.strings`` files written as text."""

    name = "apple-strings"
    title = Text("苹果 .strings", "Apple .strings")

    def score(self, head: bytes, name: str) -> int:
        """By pairs of quoted texts."""
        text = head_text(head)
        if text.lstrip()[:1] in ("{", "[", "<", ""):
            return NO
        found = len(_PAIR.findall(text))
        return NO if not found else SURE if name.lower().endswith(".strings") else LIKELY

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """One post a pair. What cannot be read as a pair is an ``Unread`` with its line, and the next one is looked for."""
        text = decode(data)
        at = broken = 0
        while at < len(text):
            if found := _ENTRY.match(text, at):
                key = _unescaped(found[1] or found[2] or "")
                yield from _post(key, [("", key if found[3] is None else _unescaped(found[3]))], source)
                at = found.end()
            elif _REST.fullmatch(text, at):
                return
            else:
                line = text.count("\n", 0, at) + 1
                yield Unread(source._replace(record=f"line {line}"), Why.BROKEN, "no pair")
                if (broken := broken + 1) >= _MOST_BROKEN:
                    raise NotReadError(Why.BROKEN, "too many lines that are no pair")
                at = _next_line(text, at)


class ApplePlist:
    """Reader of property lists: ``.stringsdict`` and compiled ``.strings``."""

    name = "apple-plist"
    title = Text("苹果 .stringsdict 与二进制 .strings", "Apple .stringsdict and compiled .strings")

    def score(self, head: bytes, name: str) -> int:
        """By the property list's own marks."""
        fits = name.lower().endswith((".strings", ".stringsdict", ".plist"))
        if head.startswith(_BINARY):
            return SURE if fits else LIKELY
        text = head_text(head)
        if "<plist" not in text:
            return NO
        return SURE if fits or "NSStringLocalizedFormatKey" in text else LIKELY

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """One post a key."""
        for key, value in _plist(data).items():
            texts = [(path, text) for path, text in _bounded(value) if path.rsplit(".", 1)[-1] not in _NOT_SHOWN]
            yield from _post(str(key), texts, source)


class AppleCatalog:
    """Reader of string catalogs."""

    name = "apple-xcstrings"
    title = Text("苹果 .xcstrings", "Apple .xcstrings")

    def score(self, head: bytes, name: str) -> int:
        """By its source language and strings."""
        text = head_text(head)
        return SURE if _CATALOG.search(text) and '"strings"' in text else NO

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """One post a key and language; the key itself where its own language has no other words."""
        catalog = load_json(decode(data))
        own = words(catalog, "sourceLanguage")
        for key, entry in obj(catalog, "strings").items():
            languages = obj(entry, "localizations")
            if own not in languages and key.strip():
                yield from _post(key, [("", key)], source)
            for language, value in languages.items():
                texts = [(path, text) for path, text in _bounded(value) if path.endswith("value")]
                yield from _post(f"{key} {language}", texts, source)


STRINGS = AppleStrings()
PLIST = ApplePlist()
CATALOG = AppleCatalog()


def _post(key: str, texts: list[tuple[str, str]], source: Source) -> Iterator[Post]:
    place = source._replace(record=key)
    passages = tuple(Passage(Role.STRING, f"{key}/{path}".rstrip("/"), text) for path, text in texts if text.strip())
    if passages:
        yield Post(id=str(place), source=place, channel="app", passages=passages, facts=Facts(kind="strings"))


def _plist(data: bytes) -> dict[str, Any]:
    import plistlib
    from xml.parsers.expat import ExpatError

    if not data.startswith(_BINARY):
        data = decode(data).encode("utf-8", "surrogatepass")
    try:
        found = plistlib.loads(data)
    except RecursionError as error:
        raise NotReadError(Why.TOO_DEEP) from error
    except (
        plistlib.InvalidFileException,
        ExpatError,
        ValueError,
        LookupError,
        OverflowError,
        TypeError,
        OSError,
    ) as error:
        raise NotReadError(Why.BROKEN, type(error).__name__) from error
    if not isinstance(found, dict):
        raise NotReadError(Why.BROKEN, "no dictionary")
    return found


def _bounded(value: object) -> Iterator[tuple[str, str]]:
    """The texts below a value; in a binary list one text may stand for a million."""
    for count, found in enumerate(strings(value)):
        if count > _MOST_TEXTS:
            raise NotReadError(Why.TOO_MANY, f"> {_MOST_TEXTS} texts")
        yield found


def _unescaped(text: str) -> str:
    return unquoted(_CAPITAL_U.sub(r"\1\\u\2", text))


def _next_line(text: str, at: int) -> int:
    """Past the next line that begins a pair or ends what is broken."""
    end = text.find("\n", at + 1)
    return len(text) if end < 0 else end + 1
