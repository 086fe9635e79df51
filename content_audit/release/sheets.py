"""The sheet of a day's posts (签发单): one approval covers every post listed, and each stays provable alone. Pure.

The items are sorted by number and stand as leaves in an RFC 6962 tree; what approvers sign names the sheet's digest, which
holds the items and the root. A post struck from the sheet takes nothing from the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from zhongbao_core.approval.subject import Subject, Target
from zhongbao_core.canonical import canonical, digest
from zhongbao_core.clock import iso, show, zone
from zhongbao_core.ledger import merkle
from zhongbao_core.proof import leaf_hash, verify_inclusion

if TYPE_CHECKING:
    from dataclasses import dataclass
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple, dataclass

FORMAT = "zhongbao-sheet/1"
STRIKE = "zhongbao-strike/1"
KIND = "sheet"
MAX_POSTS = 500


class Item(NamedTuple):
    """One post on a sheet."""

    post: str
    revision: int
    statement: str
    exact: str
    content: str
    account: str
    channel: str
    title: str
    start: datetime
    end: datetime
    named: tuple[str, ...] = ()
    """Findings for a person to judge, in words."""
    unseen: int = 0
    plan: str = ""

    def as_json(self) -> dict[str, Any]:
        """The item as it is signed."""
        return {**self._asdict(), "start": iso(self.start), "end": iso(self.end), "named": list(self.named)}

    @property
    def leaf(self) -> bytes:
        """The item's leaf in the tree."""
        return leaf_hash(canonical(self.as_json()))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A day's posts for one rung, by number."""

    items: tuple[Item, ...]
    rung: str
    """Who must approve, in words."""
    applicant: str

    @property
    def root(self) -> str:
        """The root of the tree, hexadecimal."""
        return _Tree(self.items).root.hex()

    @property
    def span(self) -> tuple[datetime, datetime]:
        """From the first start to the last end."""
        return min(item.start for item in self.items), max(item.end for item in self.items)

    def document(self, number: str, event: str, nonce: str) -> bytes:
        """The sheet's canonical text: its digest is what approvers approve."""
        return canonical(
            {
                "format": FORMAT,
                "id": number,
                "event": event,
                "nonce": nonce,
                "rung": self.rung,
                "applicant": self.applicant,
                "items": [item.as_json() for item in self.items],
                "root": self.root,
            }
        )

    def subject(self, number: str, event: str, nonce: str) -> Subject:
        """The Subject that stands for the sheet."""
        start, end = self.span
        accounts = sorted({(item.account, item.channel) for item in self.items})
        return Subject(
            kind=KIND,
            id=number,
            revision=1,
            digest=digest(self.document(number, event, nonce)),
            targets=tuple(Target(account, channel) for account, channel in accounts),
            start=start,
            end=end,
            event=event,
            nonce=nonce,
        )

    def lines(self, zone_name: str, person: str) -> dict[str, str]:
        """What the approver reads: one line a post."""
        return {
            "posts": "\n".join(line(item, zone_name) for item in self.items),
            "count": str(len(self.items)),
            "root": self.root,
            "review": self.rung,
            "applicant": person,
        }

    def body(self, number: str, event: str, nonce: str, statement: bytes) -> dict[str, Any]:
        """The ledger body: ids and digests only."""
        subject = self.subject(number, event, nonce)
        return {
            "request": subject.digest,
            "statement": digest(statement),
            "revision": 1,
            "applicant": self.applicant,
            "kind": KIND,
            "subject": subject.as_json(),
            "nonce": nonce,
            "posts": {item.post: item.statement for item in self.items},
            "root": self.root,
        }


def line(item: Item, zone_name: str) -> str:
    """One post in a line of text."""
    named = f"；复核项 {'、'.join(item.named)}" if item.named else ""
    unseen = f"；{item.unseen} 图须人工看" if item.unseen else ""
    when = show(item.start, zone(zone_name))
    return f"{item.post} {item.account} {when} 《{item.title}》{named}{unseen} {item.statement[7:19]}"


def proof(items: Sequence[Item], post: str) -> dict[str, Any]:
    """What shows that ``post`` stands on the sheet, without the other posts. Raises KeyError where it does not."""
    tree = _Tree(items)
    index = next((number for number, item in enumerate(items) if item.post == post), -1)
    if index < 0:
        raise KeyError(post)
    path = [part.hex() for part in merkle.inclusion(index, len(items), tree.node)]
    return {
        "format": "zhongbao-sheet-proof/1",
        "item": items[index].as_json(),
        "index": index,
        "size": len(items),
        "path": path,
        "root": tree.root.hex(),
    }


def proven(value: Mapping[str, Any]) -> bool:
    """Whether a ``proof`` leads from its item to its root."""
    leaf = leaf_hash(canonical(value["item"]))
    path = [bytes.fromhex(part) for part in value["path"]]
    return verify_inclusion(leaf, value["index"], value["size"], path, bytes.fromhex(value["root"]))


def items_in(document: Mapping[str, Any]) -> tuple[Item, ...]:
    """The items of a sheet's document. Raises KeyError, TypeError or ValueError where they do not give its root."""
    from zhongbao_core.clock import parse_instant

    if document["format"] != FORMAT:
        raise ValueError(f"format {document['format']!r}")
    items = tuple(
        Item(
            **{
                **item,
                "start": parse_instant(item["start"]),
                "end": parse_instant(item["end"]),
                "named": tuple(item["named"]),
            }
        )
        for item in document["items"]
    )
    if _Tree(items).root.hex() != document["root"]:
        raise ValueError("the root is not that of the items")
    return items


def strike_text(statement: str, post: str) -> bytes:
    """What somebody signs to strike ``post`` from the sheet with the statement ``statement``."""
    return canonical({"format": STRIKE, "sheet": statement, "post": post})


class _Tree:
    """The tree over the items' leaves."""

    def __init__(self, items: Sequence[Item]) -> None:
        frontier = merkle.Frontier()
        self._nodes: dict[tuple[int, int], bytes] = {}
        for item in items:
            self._nodes |= {(level, index): value for level, index, value in frontier.add(item.leaf)}
        self.root = frontier.root()

    def node(self, level: int, index: int) -> bytes:
        return self._nodes[level, index]
