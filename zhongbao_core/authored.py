"""From a YAML document to pydantic forms, and from what pydantic says to complaints with a place and a fix.

Forms are the shape of what people write. They live in the loading layer: they become domain types there and go no
further. Everything is collected; one bad entry does not hide what is wrong with the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from zhongbao_core.authored_words import fix_for, words_for
from zhongbao_core.clock import parse_duration, parse_instant, parse_wall, zone
from zhongbao_core.errors import ZhongbaoError
from zhongbao_core.text import Text
from zhongbao_core.yamlfile import Document, Path_

T = TypeVar("T")


class Form(BaseModel):
    """Base of every form: unknown keys refused, nothing coerced, values never changed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


F = TypeVar("F", bound=Form)


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in a document, to read values at and to complain about."""

    document: Document
    path: Path_ = ()

    def at(self, *more: str | int) -> Place:
        """The spot further in."""
        return Place(self.document, (*self.path, *more))

    @property
    def source(self) -> str:
        """``file:line`` of the spot."""
        return f"{self.document.file}:{self.document.mark(self.path).line}"

    def complain(self, code: str, text: Text, fix: Text) -> None:
        """Note what is wrong here."""
        self.document.complain(self.document.mark(self.path), code, text, fix)

    def warn(self, code: str, text: Text, fix: Text) -> None:
        """Note what is odd here; the policy works all the same."""
        self.document.complain(self.document.mark(self.path), code, text, fix, "warning")

    def read(self, code: str, read: Callable[[], T]) -> T | None:
        """What ``read`` gives, or None and a complaint made of the error it raised."""
        try:
            return read()
        except ZhongbaoError as error:
            self.complain(code, error.message, error.hint or fix_for(code))
        return None

    def instant(self, value: str, zone_name: str) -> datetime | None:
        """An instant; without an offset the local time of ``zone_name``."""
        return self.read("TIME", lambda: parse_instant(value, zone(zone_name)))

    def wall(self, value: str) -> datetime | None:
        """A local time: one with an offset is refused, the zone stands beside it."""
        found = self.read("TIME", lambda: parse_wall(value))
        if found is None or found[1] is None:
            return found[0] if found else None
        self.complain(
            "TIME",
            Text("此处写当地时间，不写偏移", "a local time, without an offset"),
            Text("去掉 +08:00；时区写在 zone", "drop the offset; the zone stands in zone"),
        )
        return None

    def length(self, value: str, *, least: timedelta = timedelta(seconds=1)) -> timedelta | None:
        """A length such as ``2h``, at least ``least``."""
        found = self.read("LENGTH", lambda: parse_duration(value))
        if found is not None and found < least:
            self.complain("LENGTH", Text("时长须大于零", "the length must be above zero"), fix_for("LENGTH"))
            return None
        return found

    def zone(self, value: str) -> str | None:
        """A zone name from the pinned zone data."""
        return self.read("ZONE", lambda: zone(value).key)


def form_at(place: Place, value: Any, model: type[F]) -> F | None:
    """``value`` as a ``model``, or None and its complaints."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        for item in error.errors(include_url=False, include_context=True):
            _complain(place, value, item)
    return None


def entries(document: Document, key: str, model: type[F]) -> Iterator[tuple[Place, F]]:
    """Every well-shaped entry of the list ``key`` in ``document``; the others become complaints."""
    top = Place(document)
    if document.value is None:
        return
    if not isinstance(document.value, dict):
        top.complain("TYPE", Text(f"须为映射，含 {key}", f"a mapping with {key} expected"), fix_for("TYPE"))
        return
    listed = document.value.get(key)
    if not isinstance(listed, list):
        where = top.at(key) if key in document.value else top
        where.complain(
            "TYPE", Text(f"{key} 须为列表", f"{key}: a list expected"), Text(f"写 {key}: []", f"write {key}: []")
        )
        return
    for index, value in enumerate(listed):
        place = top.at(key, index)
        form = form_at(place, value, model)
        if form is not None:
            yield place, form


def only_keys(document: Document, *known: str) -> None:
    """Complain about top-level keys that are none of ``known``."""
    if isinstance(document.value, dict):
        for key in document.value:
            if key not in known:
                _unknown(document, (key,), key, known)


def _complain(place: Place, value: Any, item: Any) -> None:
    path, last = _path_of(value, item["loc"])
    document = place.document
    if item["type"] == "extra_forbidden":
        _unknown(document, (*place.path, *path), str(last), ())
        return
    text = words_for(item, last)
    document.complain(
        document.mark((*place.path, *path)), _CODES.get(item["type"], "VALUE"), text, fix_for(item["type"], item)
    )


def _unknown(document: Document, path: Path_, key: str, known: tuple[str, ...]) -> None:
    if "\0" in key:
        return
    names = "、".join(known)
    fix = Text(f"可用的键：{names}", f"known keys: {', '.join(known)}") if known else fix_for("extra_forbidden")
    document.complain(document.mark(path, key=True), "UNKNOWN_KEY", Text(f"未知的键 {key}", f"unknown key {key}"), fix)


def _path_of(value: Any, location: tuple[str | int, ...]) -> tuple[Path_, str | int]:
    """The part of pydantic's location that exists in ``value``; tags of unions and the like are left out."""
    path: list[str | int] = []
    for step in location:
        inside = (isinstance(value, dict) and step in value) or (
            isinstance(value, list) and isinstance(step, int) and step < len(value)
        )
        if inside:
            value = value[step]
            path.append(step)
    return tuple(path), location[-1] if location else ""


_CODES = {
    "missing": "MISSING_KEY",
    "string_type": "TYPE",
    "int_type": "TYPE",
    "bool_type": "TYPE",
    "list_type": "TYPE",
    "dict_type": "TYPE",
    "model_type": "TYPE",
    "literal_error": "UNKNOWN_WORD",
    "too_short": "EMPTY",
    "string_too_short": "EMPTY",
}
