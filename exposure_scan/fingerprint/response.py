"""A saved HTTP response, or one row of a kind, as the texts that fingerprints look at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from exposure_scan.fingerprint.kinds import KINDS, bounded, kind_of, text_of, uncovered

Texts = Mapping[str, bytes]
"""Text by kind."""

_TITLE = re.compile(rb"<title[^>]{0,200}>(.{0,2000}?)</title", re.IGNORECASE | re.DOTALL)
_META = re.compile(rb"<meta\s[^>]{0,500}>", re.IGNORECASE)
_GENERATOR = re.compile(rb"""name\s*=\s*["']?generator""", re.IGNORECASE)
_CONTENT = re.compile(rb"""content\s*=\s*["']([^"']{0,300})""", re.IGNORECASE)
_OWN = {"server": "http-server", "x-powered-by": "x-powered-by", "www-authenticate": "www-authenticate",
        "set-cookie": "http-cookie", "location": "location"}  # fmt: skip
_HEADERS = 200


def texts_of(kind: str, banner: str | bytes) -> Texts:
    """The texts in ``banner``, which is of ``kind``: a page has a title, a response has headers and a page."""
    kind = kind_of(kind)
    text = bounded(kind, text_of(banner))
    if kind == "http-response" or (kind in ("http-body", "http-header", "http-server") and text[:5] == b"HTTP/"):
        return dict(_of_response(text))
    if kind == "http-header":
        return dict(_of_headers(text))
    if kind == "http-body":
        return dict(_of_page(text))
    return {kind: uncovered(kind, text).strip(b"\r\n\t ")}


def guessed(data: bytes) -> str:
    """The kind that the bytes of a file look like; ``unknown`` where they look like nothing in particular."""
    for start, kind in _STARTS:
        if start.match(data):
            return kind
    return "unknown"


_STARTS = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), kind)
    for pattern, kind in (
        (rb"HTTP/\d", "http-response"),
        (rb"RTSP/1", "rtsp"),
        (rb"SSH-", "ssh"),
        (rb"220[ -][^\n]{0,300}(?:smtp|mail|postfix|exim)", "smtp"),
        (rb"220[ -]", "ftp"),
        (rb"\+OK\b", "pop3"),
        (rb"\* (?:OK|PREAUTH)\b", "imap"),
        (rb"20[01][ -]", "nntp"),
        (rb"RFB \d", "vnc"),
        (rb".{3}\x00\x0a\d", "mysql"),
        (rb"\s*(?:<!doctype|<html|<head|<\?xml)", "http-body"),
        (rb"(?:[a-z-]+: [^\n]*\n)*server: ", "http-header"),
    )
)


def _of_response(text: bytes) -> Iterator[tuple[str, bytes]]:
    head, _, body = text.replace(b"\r\n", b"\n").partition(b"\n\n")
    _, _, lines = head.partition(b"\n")
    yield from _of_headers(lines)
    if body:
        yield from _of_page(body)


def _of_headers(text: bytes) -> Iterator[tuple[str, bytes]]:
    found: dict[str, list[bytes]] = {}
    for line in text.splitlines()[:_HEADERS]:
        name, colon, value = line.partition(b":")
        kind = _OWN.get(name.strip().decode("ascii", "replace").lower()) if colon else None
        if kind:
            found.setdefault(kind, []).append(value.strip())
    yield "http-header", text
    for kind, values in found.items():
        yield kind, b"\n".join(values)


def _of_page(text: bytes) -> Iterator[tuple[str, bytes]]:
    yield "http-body", text
    title = _TITLE.search(text)
    if title:
        yield "title", b" ".join(title[1].split())
    for meta in _META.findall(text):
        content = _CONTENT.search(meta)
        if content and _GENERATOR.search(meta):
            yield "generator", content[1].strip()
            return


def known(kind: str) -> bool:
    """Whether ``kind`` is one that fingerprints speak of."""
    return kind in KINDS
