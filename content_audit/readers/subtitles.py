"""Subtitles: srt, vtt and ass. One file is one post, each cue a passage under the time it is shown at."""

from __future__ import annotations

import re
from collections.abc import Iterator

from content_audit.model import Facts, Passage, Post, Role, Source, Unread, Why
from content_audit.readers.encoding import decode, head_text
from content_audit.readers.limits import NotReadError
from content_audit.readers.registry import NO, SURE
from zhongbao_core.text import Text

_TIMES = re.compile(
    r"^[ \t]*((?:\d{1,3}:)?\d{1,2}:\d{2}[,.]\d{1,3})\s*-->\s*(?:\d{1,3}:)?\d{1,2}:\d{2}[,.]\d{1,3}.*$", re.MULTILINE
)
_SRT = re.compile(r"\s*\d+\s*\r?\n\s*\d{1,3}:\d{2}:\d{2}[,.]\d{1,3}\s*-->")
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]*>|<\d{2}:[\d:.]+>|\{\\[^{}]*\}")
_ASS = re.compile(r"^\[(?:Script Info|V4\+? Styles|Events)\]", re.MULTILINE | re.IGNORECASE)
_EVENT = re.compile(r"^(Dialogue|Comment):(.*)$", re.MULTILINE)
_DRAWING = re.compile(r"\{[^{}]*\\p[1-9]")
_MOST_CUES = 200_000


class Subtitles:
    """Reader of all three."""

    name = "subtitles"
    title = Text("字幕（srt、vtt、ass）", "subtitles: srt, vtt, ass")

    def score(self, head: bytes, name: str) -> int:
        """By the first line of each format, or its section names."""
        text = head_text(head).lstrip("\ufeff")
        if text.startswith("WEBVTT") or _SRT.match(text):
            return SURE
        return SURE if _ASS.search(text[:4096]) and ("[Events]" in text or "Styles]" in text) else NO

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """The one post of the file."""
        text = decode(data).replace("\r\n", "\n").replace("\r", "\n")
        cues = _ass(text) if _ASS.search(text[:4096]) else _cues(text)
        passages = []
        for cue in cues:
            passages.append(cue)
            if len(passages) > _MOST_CUES:
                raise NotReadError(Why.TOO_MANY, f"> {_MOST_CUES} cues")
        if not passages:
            raise NotReadError(Why.BROKEN, "no cue")
        yield Post(
            id=str(source),
            source=source,
            channel="video",
            passages=tuple(passages),
            facts=Facts(kind="subtitles"),
        )


READER = Subtitles()


def _cues(text: str) -> Iterator[Passage]:
    """The cues of srt and vtt: what stands between a line of times and the next blank line."""
    for found in _TIMES.finditer(text):
        end = text.find("\n\n", found.end())
        words = text[found.end() + 1 : len(text) if end < 0 else end]
        if shown := _TAG.sub("", words).strip("\n"):
            yield Passage(Role.SUBTITLE, found[1], shown)


def _ass(text: str) -> Iterator[Passage]:
    """The events of an ass file; comments are in it and not shown."""
    columns = _columns(text)
    for found in _EVENT.finditer(text):
        values = found[2].strip().split(",", max(len(columns) - 1, 0))
        cells = dict(zip(columns, values, strict=False))
        words = cells.get("text", "")
        if _DRAWING.search(words):
            continue
        shown = _TAG.sub("", words).replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ")
        if shown.strip():
            role = Role.SUBTITLE if found[1] == "Dialogue" else Role.HIDDEN
            yield Passage(role, cells.get("start", "").strip(), shown)


def _columns(text: str) -> list[str]:
    """The columns of the events; the format's usual ones where the file does not name them."""
    events = text.lower().find("[events]")
    found = re.search(r"^format:(.*)$", text[max(events, 0) :].lower(), re.MULTILINE)
    usual = "layer,start,end,style,name,marginl,marginr,marginv,effect,text"
    return [name.strip() for name in (found[1] if found else usual).split(",")]
