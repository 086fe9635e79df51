"""A mapping file: how any other JSON, JSONL, CSV or xlsx is read as posts, without a line of code.

``mapping_file.load_mapping`` reads and checks the YAML; what it gives is a Reader like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from content_audit.model import CHANNELS, Channel, Facts, Link, Passage, Picture, Post, Role, Source, Unread, Why
from content_audit.readers.encoding import decode
from content_audit.readers.files import bounded
from content_audit.readers.html_text import html_text
from content_audit.readers.jsontext import json_lines, load_json, words
from content_audit.readers.limits import MAX_FILE, MAX_PICTURES, MAX_RECORDS, NotReadError
from content_audit.readers.own import MAIN
from content_audit.readers.registry import SURE
from content_audit.readers.rows import Row, csv_file, csv_rows, sheet_rows
from content_audit.readers.times import CHINA, by_format
from zhongbao_core.text import Text

Format = Literal["json", "jsonl", "csv", "xlsx"]
_PASSAGES: Mapping[str, Role] = {
    "title": Role.TITLE,
    "author": Role.AUTHOR,
    "digest": Role.DIGEST,
    "button": Role.BUTTON,
    "comment": Role.COMMENT,
}


@dataclass(frozen=True, slots=True)
class Mapped:
    """A reader that a mapping file describes."""

    format: Format
    fields: Mapping[str, tuple[str, ...]]
    records: str = ""
    sheet: str = ""
    channel: Channel = "draft"
    account: str = ""
    time_format: str = ""
    zone: tzinfo = CHINA
    name: str = "mapping"
    title: Text = field(default=Text("映射文件", "mapping file"))

    def score(self, head: bytes, name: str) -> int:
        """It was asked for: nothing is guessed."""
        return SURE

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """One post a record."""
        if self.format == "jsonl":
            yield from self._posts(json_lines(BytesIO(data), source))
        elif self.format == "csv":
            yield from self._posts(_placed(csv_rows(BytesIO(data), source), source))
        elif self.format == "xlsx":
            rows = (
                (source._replace(record=f"{name} row {row.number}"), row.cells)
                for name, row in self._rows(data, source)
            )
            yield from self._posts(rows)
        else:
            yield from self._posts(_records(load_json(decode(data)), self.records, source))

    def read_file(self, path: Path, source: Source) -> Iterator[Post | Unread]:
        """The same, streamed where the format allows."""
        if self.format == "csv":
            yield from self._posts(_placed(csv_file(path, source), source))
        elif self.format == "jsonl":
            from content_audit.readers.files import opened

            with opened(path) as file:
                yield from self._posts(json_lines(file, source))
        else:
            yield from self.read(bounded(path, MAX_FILE), source)

    def _rows(self, data: bytes, source: Source) -> Iterator[tuple[str, Row]]:
        return (pair for pair in sheet_rows(data, source) if self.sheet in ("", pair[0]))

    def _posts(self, records: Iterator[tuple[Source, Any] | Unread]) -> Iterator[Post | Unread]:
        for count, found in enumerate(records):
            if count >= MAX_RECORDS:
                raise NotReadError(Why.TOO_MANY, f"> {MAX_RECORDS} records")
            if isinstance(found, Unread):
                yield found
                continue
            place, record = found
            yield from self._tried(record, place)

    def _tried(self, record: object, place: Source) -> Iterator[Post | Unread]:
        """The post of a record; a time that cannot be read is said, for spans are judged by it."""
        try:
            post = self._post(record, place)
        except NotReadError as error:
            yield error.unread(place, self._first(record, "id"))
            return
        yield post
        time = self._first(record, "published_at")
        if time and post.published_at is None:
            yield Unread(place, Why.BROKEN, f"time {time[:40]!r}", post.id, "published_at")

    def _post(self, record: object, source: Source) -> Post:
        if not isinstance(record, dict):
            raise NotReadError(Why.BROKEN, "not an object")
        channel = self._channel(record)
        passages, links, pictures = self._content(record, channel)
        if not passages and not pictures:
            raise NotReadError(Why.BROKEN, "no words in the mapped fields")
        return Post(
            id=self._first(record, "id") or str(source),
            source=source,
            channel=channel,
            passages=tuple(passages),
            account=self._first(record, "account") or self.account,
            published_at=by_format(self._first(record, "published_at"), self.time_format, self.zone),
            url=self._first(record, "url"),
            pictures=tuple(pictures),
            links=tuple(links),
            facts=Facts(topics=tuple(text for _, text in self._all(record, "topics"))),
        )

    def _content(self, record: dict[str, Any], channel: Channel) -> tuple[list[Passage], list[Link], list[Picture]]:
        passages = [
            Passage(role, path, text) for name, role in _PASSAGES.items() for path, text in self._all(record, name)
        ]
        passages += [Passage(MAIN.get(channel, Role.BODY), path, text) for path, text in self._all(record, "text")]
        links = [Link(text, "", path) for path, text in self._all(record, "link")]
        pictures = [
            Picture(path, name=text.rsplit("/", 1)[-1], href=text) for path, text in self._all(record, "images")
        ]
        for path, html in self._all(record, "html"):
            page = html_text(html)
            passages += page.passages(path)
            links += page.links
            pictures += page.pictures(path)
        if len(pictures) > MAX_PICTURES or len(links) > MAX_PICTURES:
            raise NotReadError(Why.TOO_MANY, f"> {MAX_PICTURES} pictures or links")
        return passages, links, pictures

    def _channel(self, record: dict[str, Any]) -> Channel:
        named = self._first(record, "channel")
        if not named:
            return self.channel
        found = next((known for known in CHANNELS if named in (known, CHANNELS[known].zh)), None)
        if found is None:
            raise NotReadError(Why.BROKEN, f"channel {named[:40]!r}")
        return found

    def _all(self, record: dict[str, Any], name: str) -> list[tuple[str, str]]:
        """The texts of the first of a field's paths that has any."""
        for path in self.fields.get(name, ()):
            found = [(place, text) for place, text in _texts(record, path, self.format) if text.strip()]
            if found:
                return found
        return []

    def _first(self, record: object, name: str) -> str:
        found = self._all(record, name) if isinstance(record, dict) else []
        return found[0][1] if found else ""


def _placed(rows: Iterator[Row | Unread], source: Source) -> Iterator[tuple[Source, Any] | Unread]:
    for row in rows:
        yield row if isinstance(row, Unread) else (row.source(source), row.cells)


def _records(value: object, path: str, source: Source) -> Iterator[tuple[Source, Any] | Unread]:
    """Each record below ``value``: lists on the way and at its end are gone through."""
    found = list(_reached(value, path.split(".") if path else [], path))
    if not found:
        yield Unread(source, Why.BROKEN, f"nothing at {path!r}")
    for place, record in found:
        yield source._replace(record=place), record


def _reached(value: object, steps: list[str], path: str, place: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _reached(inner, steps, path, f"{place}[{index}]")
    elif not steps:
        yield place, value
    elif isinstance(value, dict) and steps[0] in value:
        step = f"{place}.{steps[0]}" if place else steps[0]
        yield from _reached(value[steps[0]], steps[1:], path, step)


def _texts(record: dict[str, Any], path: str, form: Format) -> Iterator[tuple[str, str]]:
    """The texts at a field's path: a column's cell, or what stands at the end of a way through JSON."""
    steps = [path] if form in ("csv", "xlsx") or path in record else path.split(".")
    for place, found in _reached(record, steps, path):
        if text := words(found):
            yield place, text
