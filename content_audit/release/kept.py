"""What a sweep keeps of a post beside memory: written one after another to a file without a name, read again by place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from tempfile import TemporaryFile
from typing import Any, NamedTuple, Self

from content_audit.model import Verdict
from zhongbao_core.clock import iso, parse_instant
from zhongbao_core.finding import Severity
from zhongbao_core.text import Text


class Told(NamedTuple):
    """An open finding as files show it, personal data masked."""

    rule: str
    category: str
    title: Text
    verdict: Verdict
    severity: Severity
    place: str
    before: str
    words: str
    after: str
    law: str
    remedy: Text


class Kept(NamedTuple):
    """What files and ledger say of a post."""

    title: str
    """Masked."""
    url: str
    published_at: datetime | None
    findings: tuple[Told, ...]
    detail: Mapping[str, str]
    """What the ledger keeps of a post that must come down: its words, by which a page is known to show them still."""


class Store:
    """Posts by place. The file is its owner's alone, has no name, and goes with the process."""

    def __init__(self) -> None:
        self._file = TemporaryFile(prefix="zhongbao-")  # noqa: SIM115 closed by __exit__
        self._end = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def keep(self, kept: Kept) -> int:
        """Put ``kept`` at the end; its place."""
        place = self._end
        data = json.dumps(_to_json(kept), ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
        self._file.seek(place)
        self._file.write(data)
        self._end += len(data)
        return place

    def read(self, place: int) -> Kept:
        """What was put at ``place``."""
        self._file.seek(place)
        return _from_json(json.loads(self._file.readline().decode("utf-8", "surrogatepass")))


def _to_json(kept: Kept) -> dict[str, Any]:
    return {**kept._asdict(), "published_at": iso(kept.published_at) if kept.published_at else None}


def _from_json(value: dict[str, Any]) -> Kept:
    at = value["published_at"]
    return Kept(
        value["title"],
        value["url"],
        parse_instant(at) if at else None,
        tuple(_told(item) for item in value["findings"]),
        value["detail"],
    )


def _told(row: list[Any]) -> Told:
    found = Told(*row)
    return found._replace(
        title=Text(*row[2]), verdict=Verdict(row[3]), severity=Severity(row[4]), remedy=Text(*row[10])
    )
