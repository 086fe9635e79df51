"""XML of strangers: no DTD, no entities, no references outside, and bounded in depth and number before a tree is built."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from content_audit.model import Why
from content_audit.readers.limits import NotReadError

MAX_PART = 64 * 1024 * 1024
MAX_ELEMENTS = 2_000_000
MAX_XML_DEPTH = 256
"""Levels in a document part; a table in a text box in a table needs about forty."""


def parse_xml(data: bytes) -> Element:
    """The root of ``data``. Raises NotReadError."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    if len(data) > MAX_PART:
        raise NotReadError(Why.TOO_BIG, f"{len(data)} > {MAX_PART}")
    try:
        return _built(iterparse(BytesIO(data), events=("start", "end"), forbid_dtd=True))
    except (ParseError, LookupError, ValueError) as error:
        raise NotReadError(Why.BROKEN, str(error)[:80]) from error
    except DefusedXmlException as error:
        raise NotReadError(Why.BROKEN, type(error).__name__) from error


def local(element: Element) -> str:
    """The element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def attribute(element: Element, name: str) -> str:
    """The attribute ``name`` in whatever namespace; empty where there is none."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return value
    return ""


def _built(events: Any) -> Element:
    root: Element | None = None
    depth = count = 0
    for event, element in events:
        if event == "end":
            depth -= 1
            continue
        root = element if root is None else root
        depth, count = depth + 1, count + 1
        if depth > MAX_XML_DEPTH:
            raise NotReadError(Why.TOO_DEEP, f"> {MAX_XML_DEPTH}")
        if count > MAX_ELEMENTS:
            raise NotReadError(Why.TOO_MANY, f"> {MAX_ELEMENTS} elements")
    if root is None:
        raise NotReadError(Why.BROKEN, "no element")
    return root
