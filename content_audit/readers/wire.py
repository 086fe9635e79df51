"""Posts and what was not read as lines between a process and its worker: JSON, never pickle.

Private to one version of this program: both ends are the same code.
"""

from __future__ import annotations

import base64
from dataclasses import fields
from datetime import datetime
from typing import Any

from content_audit.model import Facts, Link, Passage, Picture, Post, Role, Source, Unread, Why

_FACTS = tuple(field.name for field in fields(Facts))
_TUPLES = frozenset({"partners", "mentions", "topics"})


def item_line(item: Post | Unread) -> dict[str, Any]:
    """``item`` as a value for JSON."""
    if isinstance(item, Unread):
        return {"unread": unread_row(item)}
    return {
        "post": item.id,
        "source": list(item.source),
        "channel": item.channel,
        "passages": passage_rows(item.passages),
        "account": item.account,
        "at": item.published_at.isoformat() if item.published_at else None,
        "url": item.url,
        "pictures": [_picture_row(picture) for picture in item.pictures],
        "links": [list(link) for link in item.links],
        "facts": {name: getattr(item.facts, name) for name in _FACTS},
    }


def item_of(row: dict[str, Any]) -> Post | Unread:
    """The item that ``item_line`` wrote."""
    if "unread" in row:
        return unread_of(row["unread"])
    facts: dict[str, Any] = {name: tuple(value) if name in _TUPLES else value for name, value in row["facts"].items()}
    return Post(
        id=row["post"],
        source=Source(*row["source"]),
        channel=row["channel"],
        passages=passages_of(row["passages"]),
        account=row["account"],
        published_at=datetime.fromisoformat(row["at"]) if row["at"] else None,
        url=row["url"],
        pictures=tuple(_picture_of(picture) for picture in row["pictures"]),
        links=tuple(Link(*link) for link in row["links"]),
        facts=Facts(**facts),
    )


def passage_rows(passages: tuple[Passage, ...]) -> list[list[str]]:
    """Passages as rows of role, locator and text."""
    return [[passage.role.value, passage.locator, passage.text] for passage in passages]


def passages_of(rows: list[list[str]]) -> tuple[Passage, ...]:
    """The passages that ``passage_rows`` wrote."""
    return tuple(Passage(Role(role), locator, text) for role, locator, text in rows)


def unread_row(item: Unread) -> list[Any]:
    """Something unread as a row."""
    return [list(item.source), item.why.value, item.detail, item.post, item.locator]


def unread_of(row: list[Any]) -> Unread:
    """What ``unread_row`` wrote."""
    source, why, detail, post, locator = row
    return Unread(Source(*source), Why(why), detail, post, locator)


def _picture_row(picture: Picture) -> list[Any]:
    data = None if picture.data is None else base64.b64encode(picture.data).decode("ascii")
    return [picture.locator, picture.name, picture.href, data, picture.ai_marked, picture.use]


def _picture_of(row: list[Any]) -> Picture:
    locator, name, href, data, ai_marked, use = row
    return Picture(locator, name, href, None if data is None else base64.b64decode(data), ai_marked, use)
