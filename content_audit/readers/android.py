"""Android resources: the strings, arrays and plurals of a ``strings.xml``, as an app shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

from content_audit.model import Facts, Passage, Post, Role, Source, Unread, Why
from content_audit.readers.encoding import decode, head_text
from content_audit.readers.html_text import html_text
from content_audit.readers.limits import MAX_DEPTH, NotReadError
from content_audit.readers.registry import LIKELY, NO, SURE
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_RESOURCES = re.compile(r"<resources[\s>/]")
_STRINGS = re.compile(r"<(?:string|string-array|plurals)[\s>]")
_KINDS = ("string", "string-array", "plurals")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_SPACE = re.compile(r"[ \t\r\n]+")
_QUOTED = re.compile(r'((?<!\\)"(?:[^"\\]|\\.)*")', re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_DECLARED = re.compile(r"^\s*<\?xml[^>]*\?>")
_PLAIN = {"n": "\n", "t": "\t"}


class AndroidStrings:
    """Reader of resource files."""

    name = "android-strings"
    title = Text("安卓 strings.xml", "Android strings.xml")

    def score(self, head: bytes, name: str) -> int:
        """By the element ``resources`` with strings in it."""
        text = head_text(head)
        if not _RESOURCES.search(text):
            return NO
        return SURE if _STRINGS.search(text) else LIKELY

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """One post a string, array or plural."""
        from xml.etree.ElementTree import ParseError

        from defusedxml.common import DefusedXmlException

        text = _DECLARED.sub("", decode(data))
        try:
            for element in _resources(text):
                yield from _post(element, source)
        except ParseError as error:
            raise NotReadError(Why.BROKEN, str(error)) from error
        except DefusedXmlException as error:
            raise NotReadError(Why.BROKEN, type(error).__name__) from error


READER = AndroidStrings()


def shown(text: str) -> str:
    """A resource's text as the app shows it: blanks collapsed outside quotes, escapes resolved."""
    parts = _QUOTED.split(text)
    plain = (part[1:-1] if at % 2 else _SPACE.sub(" ", part) for at, part in enumerate(parts))
    return _ESCAPE.sub(_character, "".join(plain)).strip(" ")


def _resources(text: str) -> Iterator[Element]:
    """Each resource as soon as it was read; the tree never holds more than one."""
    from defusedxml.ElementTree import iterparse

    depth = 0
    data = BytesIO(text.encode())
    for event, element in iterparse(data, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise NotReadError(Why.TOO_DEEP, f"> {MAX_DEPTH}")
        if event == "end" and depth == 1:
            yield element
            element.clear()


def _post(element: Any, source: Source) -> Iterator[Post]:
    key = element.get("name") or ""
    if element.tag not in _KINDS:
        return
    place = source._replace(record=f"{element.tag} {key}".strip())
    passages = tuple(one for one in _passages(element, key) if one.text and not one.text.startswith("@string/"))
    if passages:
        yield Post(id=str(place), source=place, channel="app", passages=passages, facts=Facts(kind="strings"))


def _passages(element: Any, key: str) -> Iterator[Passage]:
    if element.tag == "string":
        yield Passage(Role.STRING, f"string[{key}]", _text(element))
        return
    for at, item in enumerate(element.findall("item")):
        yield Passage(Role.STRING, f"{element.tag}[{key}]/item[{item.get('quantity') or at}]", _text(item))


def _text(element: Any) -> str:
    text = "".join(element.itertext())
    return shown(html_text(text).text.replace("\n", "\\n") if _TAG.search(text) else text)


def _character(found: re.Match[str]) -> str:
    code = found[1]
    if len(code) == 5:
        point = int(code[1:], 16)
        return "\ufffd" if 0xD800 <= point < 0xE000 else chr(point)
    return _PLAIN.get(code, code)
