"""What can be asked of a ledger: entries, documents, the head, and proofs from stored nodes.

Shared by the open journal and by its transactions, which see what they have written so far.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from zhongbao_core.errors import StoreError
from zhongbao_core.ledger import merkle, schema
from zhongbao_core.ledger.entry import Entry, instant
from zhongbao_core.proof import Checkpoint, leaf_hash
from zhongbao_core.text import Text

PAGE = 500
"""Entries read at a time: what bounds the memory of an iteration."""

T = TypeVar("T")


class Head(NamedTuple):
    """The ledger as it stands: number of entries, tree root, time and leaf hash (hex) of the last one."""

    size: int
    root: bytes
    time: datetime
    last_hash: str


class Reading:
    """Questions to a ledger through one connection. Raises StoreError (LEDGER_DAMAGED) for a row it cannot read."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self.connection = connection

    @property
    def origin(self) -> str:
        """The ledger's own name."""
        return _guard(lambda: schema.origin_of(self._db))

    def size(self) -> int:
        """How many entries there are."""
        row = self._row("SELECT max(seq) FROM entries")
        return 0 if row is None or row[0] is None else int(row[0]) + 1

    def last(self) -> Entry | None:
        """The last entry; None only while a ledger is being made."""
        row = self._row("SELECT seq, raw FROM entries ORDER BY seq DESC LIMIT 1")
        return None if row is None else decode(row)

    def last_raw(self) -> bytes | None:
        """The bytes of the last entry, unread."""
        row = self._row("SELECT raw FROM entries ORDER BY seq DESC LIMIT 1")
        return None if row is None else row[0]

    def entry(self, seq: int) -> Entry:
        """Entry ``seq``. Raises StoreError (ENTRY_MISSING) where there is none."""
        row = self._row("SELECT seq, raw FROM entries WHERE seq = ?", seq)
        if row is None:
            raise StoreError(
                Text(f"存证日志没有第 {seq} 条", f"the ledger has no entry {seq}"), reason_code="ENTRY_MISSING"
            )
        return decode(row)

    def find_key(self, key: str) -> Entry | None:
        """The entry that holds the idempotency key."""
        row = self._row("SELECT seq, raw FROM entries WHERE idem = ?", key)
        return None if row is None else decode(row)

    def entries(
        self, start: int = 0, end: int | None = None, *, kinds: Iterable[str] | None = None, ref: str | None = None
    ) -> Iterator[Entry]:
        """Entries in order, from ``start`` to before ``end``, of the ``kinds`` and ``ref`` asked for."""
        if kinds is None and ref is None:
            yield from self._pages(start, end)
            return
        wanted = self._numbers(start, end, kinds, ref)
        for first in range(0, len(wanted), PAGE):
            page = wanted[first : first + PAGE].tolist()
            marks = ",".join("?" * len(page))
            sql = f"SELECT seq, raw FROM entries WHERE seq IN ({marks}) ORDER BY seq"  # noqa: S608 marks only
            yield from map(decode, self._rows(sql, *page))

    def count(self, kind: str, ref_prefix: str = "") -> int:
        """How many entries of ``kind`` have a ref that starts with ``ref_prefix``."""
        row = self._row(
            "SELECT count(*) FROM entries WHERE kind = ? AND ref >= ? AND ref < ?",
            kind,
            ref_prefix,
            ref_prefix + "\U0010ffff",
        )
        return 0 if row is None else int(row[0])

    def document(self, name: str) -> bytes | None:
        """The document with digest ``name``; None where it is not kept or was erased."""
        row = self._row("SELECT content FROM documents WHERE digest = ?", name)
        return None if row is None or row[0] is None else bytes(row[0])

    def node(self, level: int, index: int) -> bytes:
        """The stored hash of a complete subtree."""
        last = ((index + 1) << level) - 1
        row = self._row("SELECT substr(nodes, ?, 32) FROM entries WHERE seq = ?", 32 * level + 1, last)
        if row is None or not isinstance(row[0], bytes) or len(row[0]) != 32:
            raise damaged(f"树节点 {level}/{index} 缺失", f"tree node {level}/{index} is missing")
        return row[0]

    def root(self, size: int) -> bytes:
        """The tree's root over the first ``size`` entries."""
        return merkle.root(size, self.node)

    def head(self) -> Head:
        """Size, root, time and hash of the ledger as it stands now."""
        last = self.last()
        if last is None:
            raise damaged("没有任何条目", "it has no entry at all")
        return Head(last.seq + 1, self.root(last.seq + 1), last.time, last.leaf.hex())

    def inclusion(self, seq: int, size: int) -> list[bytes]:
        """The path that proves entry ``seq`` in the tree of ``size`` entries."""
        return merkle.inclusion(seq, size, self.node)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The path that proves the tree of ``old`` entries to be the beginning of that of ``new``."""
        return merkle.consistency(old, new, self.node)

    def require(self, checkpoint: Checkpoint) -> None:
        """Refuse a ledger that does not contain what ``checkpoint``, kept outside, once saw of it.

        Raises StoreError LEDGER_ROLLED_BACK (it has fewer entries) or LEDGER_FORKED (other ones). Cheap: a door
        calls it at start.
        """
        self.require_size(checkpoint.size)
        if self.root(checkpoint.size) != checkpoint.root:
            raise StoreError(
                Text(
                    f"存证日志前 {checkpoint.size} 条与外部检查点不同：历史被改写",
                    f"the first {checkpoint.size} entries differ from an outside checkpoint: history was rewritten",
                ),
                Text("停止使用，运行 ledger verify 并查明原因", "stop using it, run ledger verify and find out why"),
                reason_code="LEDGER_FORKED",
                seen=checkpoint.size,
            )

    def require_size(self, seen: int) -> None:
        """Refuse a ledger with fewer entries than were ``seen``: StoreError LEDGER_ROLLED_BACK."""
        size = self.size()
        if size < seen:
            raise StoreError(
                Text(
                    f"存证日志只有 {size} 条，外部检查点已见 {seen} 条：被截断或退回旧副本",
                    f"the ledger has {size} entries, an outside checkpoint saw {seen}: cut short or put back",
                ),
                Text("停止使用，恢复最新备份并查明原因", "stop using it, restore the newest backup and find out why"),
                reason_code="LEDGER_ROLLED_BACK",
                size=size,
                seen=seen,
            )

    def _pages(self, start: int, end: int | None) -> Iterator[Entry]:
        last = self.size() if end is None else end
        for first in range(start, last, PAGE):
            stop = min(first + PAGE, last)
            yield from map(
                decode, self._rows("SELECT seq, raw FROM entries WHERE seq >= ? AND seq < ? ORDER BY seq", first, stop)
            )

    def _numbers(self, start: int, end: int | None, kinds: Iterable[str] | None, ref: str | None) -> array[int]:
        where, values = ["seq >= ?"], [start]
        texts: list[str] = []
        if end is not None:
            where.append("seq < ?")
            values.append(end)
        names = list(kinds) if kinds is not None else list(self._kinds())
        where.append(f"kind IN ({','.join('?' * len(names))})")
        texts += names
        if ref is not None:
            where.append("ref = ?")
            texts.append(ref)
        sql = f"SELECT seq FROM entries WHERE {' AND '.join(where)}"  # noqa: S608 only marks are joined
        return _guard(lambda: array("q", sorted(row[0] for row in self._db.execute(sql, (*values, *texts)))))

    def _kinds(self) -> Iterator[str]:
        """Every kind there is, by hops along the index: few, however many entries."""
        row = self._row("SELECT min(kind) FROM entries")
        while row is not None and row[0] is not None:
            yield row[0]
            row = self._row("SELECT min(kind) FROM entries WHERE kind > ?", row[0])

    def _row(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        def ask() -> tuple[Any, ...] | None:
            row: tuple[Any, ...] | None = self._db.execute(sql, values).fetchone()
            return row

        return _guard(ask)

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return _guard(lambda: self._db.execute(sql, values).fetchall())


def decode(row: tuple[Any, ...]) -> Entry:
    """The entry in a row, read quickly: the shape is checked here, the hashes by ``verify``."""
    seq, raw = row
    try:
        if not isinstance(raw, bytes):
            raise TypeError("not bytes")
        value = json.loads(raw)
        if value["seq"] != seq or value["v"] != 1:
            raise ValueError("another place or version")
        writer, kind, ref, key = (str(value[name]) for name in ("writer", "kind", "ref", "key"))
        time, body, prev = instant(value["time"]), dict(value["body"]), str(value["prev"])
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(f"第 {seq} 条无法读取", f"entry {seq} cannot be read") from error
    return Entry(value["seq"], time, writer, kind, ref, key, body, prev, raw, leaf_hash(raw))


def damaged(zh: str, en: str) -> StoreError:
    """The error for content that cannot be read; ``ledger verify`` tells more."""
    return StoreError(
        Text(f"存证日志损坏：{zh}", f"the ledger is damaged: {en}"),
        Text("运行 zhongbao ledger verify", "run zhongbao ledger verify"),
        reason_code="LEDGER_DAMAGED",
    )


def _guard(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except schema.FAULTS as error:
        raise damaged(str(error), str(error)) from error
