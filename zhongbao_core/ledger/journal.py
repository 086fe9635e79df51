"""The ledger (存证日志): an append-only journal in SQLite whose every entry is a leaf of an RFC 6962 tree.

    with journal.transaction(at) as tx:
        tx.append("run.started", "CR-2026-0001", {...}, key="run:P-1")

What is returned after the ``with`` block is on disk: the commit syncs before anything is acknowledged. One
``Journal`` belongs to one thread of one process. ``ledger.reading`` holds the questions, this module the writing.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from zhongbao_core.canonical import digest
from zhongbao_core.clock import backwards
from zhongbao_core.errors import InputError, RefusedError, StoreError
from zhongbao_core.ledger import merkle, schema
from zhongbao_core.ledger.entry import FIRST_PREV, Draft, Entry, make, same_request
from zhongbao_core.ledger.reading import Head, Reading
from zhongbao_core.ledger.ticket import WAIT, TicketLock
from zhongbao_core.proof import Checkpoint
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from zhongbao_core.ledger.checkpoint import Signer
    from zhongbao_core.ledger.verify import VerifyReport

__all__ = ["Head", "Journal", "KeyConflictError", "Proven", "Transaction"]

SKEW = timedelta(seconds=120)
"""How far a clock may step back before the ledger stops taking entries; smaller steps are lifted to the last time."""
MAX_DOCUMENT = 8 * 1024 * 1024


class KeyConflictError(RefusedError):
    """The idempotency key stands in the ledger with other content; ``entry`` is the one that holds it."""

    reason_code = "IDEMPOTENCY_CONFLICT"

    def __init__(self, key: str, entry: Entry) -> None:
        super().__init__(
            Text(
                f"{key} 已于第 {entry.seq} 条以不同内容登记",
                f"{key} is already recorded, with other content, as entry {entry.seq}",
            ),
            Text("它只能使用一次", "it can be used only once"),
            key=key,
            seq=entry.seq,
        )
        self.entry = entry


class Proven(NamedTuple):
    """Entries, each with its inclusion path, and the signed checkpoint that all paths lead to."""

    entries: tuple[tuple[Entry, tuple[bytes, ...]], ...]
    checkpoint: str


class Tail(NamedTuple):
    """The last entry and the peaks of the tree that ends with it.

    An entry names its predecessor's hash, so equal bytes at the end mean an equal history: who kept the tail of the
    last commit and finds its bytes still last need not read the rest again.
    """

    last: Entry
    frontier: merkle.Frontier


class Transaction(Reading):
    """All of it is recorded, or none. Made by ``Journal.transaction``; of no use after its block."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        writer: str,
        at: datetime,
        *,
        rehearsal: bool = False,
        tail: Tail | None = None,
    ) -> None:
        super().__init__(connection)
        self.writer = writer
        raw = self.last_raw()
        if tail is None or raw != tail.last.raw:
            tail = self._read_tail()
        self._last = None if tail is None else tail.last
        self._frontier = merkle.Frontier() if tail is None else tail.frontier.copy()
        self.time = _lifted(at, self._last, rehearsal)

    @property
    def tail(self) -> Tail | None:
        """Where the ledger ends as far as this transaction sees: what the next one may go on from."""
        return None if self._last is None else Tail(self._last, self._frontier)

    def _read_tail(self) -> Tail | None:
        last = self.last()
        return None if last is None else Tail(last, merkle.Frontier.stored(last.seq + 1, self.node))

    def append(self, kind: str, ref: str, body: dict[str, Any], key: str = "") -> Entry:
        """Record one entry. The same key with the same content gives the entry that is there already.

        Raises KeyConflictError where the key holds other content, InputError where the content has no frozen form.
        """
        draft = Draft(kind, ref, body, key)
        earlier = self.find_key(key) if key else None
        if earlier is not None:
            if same_request(earlier, draft):
                return earlier
            raise KeyConflictError(key, earlier)
        seq, prev = (0, FIRST_PREV) if self._last is None else (self._last.seq + 1, self._last.leaf.hex())
        entry = make(draft, seq=seq, time=self.time, writer=self.writer, prev=prev)
        self._insert(entry)
        self._last = entry
        return entry

    def put_document(self, data: bytes) -> str:
        """Keep ``data`` beside the ledger; its digest, by which entries name it. An erased one stays erased."""
        if len(data) > MAX_DOCUMENT:
            raise InputError(
                Text(f"文件超过 {MAX_DOCUMENT} 字节", f"a document is at most {MAX_DOCUMENT} bytes"),
                reason_code="DOCUMENT_TOO_BIG",
            )
        name = digest(data)
        self._db.execute("INSERT OR IGNORE INTO documents VALUES (?, ?, NULL)", (name, data))
        return name

    def erase_document(self, name: str, *, by: str, reason: str) -> Entry:
        """Overwrite a document's content and record that it was done. The digest and its entries stay.

        ``reason`` is kept as a document of its own. Raises RefusedError where there is no such document.
        """
        if self.document(name) is None:
            raise RefusedError(
                Text(f"没有文件 {name}，或已删除", f"there is no document {name}, or it was erased before"),
                reason_code="DOCUMENT_MISSING",
            )
        words = self.put_document(reason.encode("utf-8"))
        entry = self.append("document.erased", name, {"by": by, "reason": words})
        self._db.execute("UPDATE documents SET content = NULL, erased = ? WHERE digest = ?", (entry.seq, name))
        return entry

    def _insert(self, entry: Entry) -> None:
        nodes = b"".join(found for _, _, found in self._frontier.add(entry.leaf))
        row = (entry.seq, entry.kind, entry.ref, entry.key or None, nodes, entry.raw)
        self._db.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", row)


class Journal(Reading):
    """An open ledger. Created only by ``create`` (``ledger init``); ``open`` never makes a file."""

    def __init__(
        self, connection: sqlite3.Connection, path: Path, writer: str, *, read_only: bool, wait: float = WAIT
    ) -> None:
        super().__init__(connection)
        self.path = path
        self.writer = writer
        self.read_only = read_only
        self.rehearsal = False
        """Whether its instants are chosen, not read from a clock: what to do about one that lies back differs."""
        self._lock = TicketLock(f"{path}.lock", wait=wait)
        self._process = os.getpid()
        self._tail: Tail | None = None

    @classmethod
    def create(cls, path: Path | str, *, origin: str, writer: str, at: datetime) -> Journal:
        """Make a new ledger, 0600, whose entry 0 names its origin. Raises StoreError where it may not live there."""
        where = Path(path)
        _require_origin(origin)
        connection = schema.create(where, origin)
        journal = cls(connection, where, writer, read_only=False)
        try:
            body = {"format": f"zhongbao-ledger/{schema.FORMAT}", "hash": "sha256", "origin": origin}
            Transaction(connection, writer, at).append("ledger.created", origin, body)
            connection.execute("COMMIT")
        except BaseException:
            journal.close()
            schema.discard(where)
            raise
        _sync_folder(where)
        return journal

    @classmethod
    def open(cls, path: Path | str, *, writer: str = "", read_only: bool = False, wait: float = WAIT) -> Journal:
        """Open the ledger at ``path``. Raises StoreError where it is missing, misplaced or not in our format.

        ``wait`` is how many seconds a transaction waits for its turn before it gives up with LEDGER_BUSY.
        """
        where = Path(path)
        return cls(schema.connect(where, read_only=read_only), where, writer, read_only=read_only, wait=wait)

    def close(self) -> None:
        """Give the file back."""
        self._db.close()
        self._lock.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @contextmanager
    def transaction(self, at: datetime) -> Iterator[Transaction]:
        """One transaction at ``at``, in turn with all other writers; committed and synced when the block ends.

        Raises CannotTellError CLOCK_BACKWARDS where ``at`` is over 120 s before the last entry, StoreError where
        the store cannot be written (LEDGER_BUSY after 10 s of waiting). A block that raises records nothing.
        """
        self._require_writable()
        with self._lock, self._committed():
            tx = Transaction(self._db, self.writer, at, rehearsal=self.rehearsal, tail=self._tail)
            yield tx
        self._tail = tx.tail

    def append(self, kind: str, ref: str, body: dict[str, Any], *, at: datetime, key: str = "") -> Entry:
        """Record one entry in a transaction of its own; it is on disk when this returns."""
        with self.transaction(at) as tx:
            return tx.append(kind, ref, body, key)

    def put_document(self, data: bytes, *, at: datetime) -> str:
        """Keep a document in a transaction of its own."""
        with self.transaction(at) as tx:
            return tx.put_document(data)

    def erase_document(self, name: str, *, by: str, reason: str, at: datetime) -> Entry:
        """Erase a document's content for good, from the write-ahead log too, and record it."""
        with self.transaction(at) as tx:
            entry = tx.erase_document(name, by=by, reason=reason)
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return entry

    def checkpoint(self, signer: Signer, at: datetime) -> str:
        """A signed checkpoint of the ledger as it stands. Recording that it was made is the caller's business."""
        with self.snapshot():
            head = self.head()
        return _signed(signer, head, at)

    def prove(self, places: Sequence[int], signer: Signer, at: datetime) -> Proven:
        """The entries at ``places`` with their inclusion paths, all leading to one fresh signed checkpoint."""
        with self.snapshot():
            head = self.head()
            paths = tuple((self.entry(seq), tuple(self.inclusion(seq, head.size))) for seq in places)
        return Proven(paths, _signed(signer, head, at))

    def verify(self, checkpoints: Iterable[Checkpoint] = ()) -> VerifyReport:
        """Check everything from the first byte: see ``ledger.verify``."""
        from zhongbao_core.ledger.verify import verify_journal

        return verify_journal(self, checkpoints)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Reads inside the block all see the same state, whatever others append meanwhile."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.execute("ROLLBACK")

    @contextmanager
    def _committed(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except BaseException as error:
            self._roll_back()
            if isinstance(error, schema.FAULTS):
                raise schema.unavailable(self.path, error) from error
            raise

    def _roll_back(self) -> None:
        try:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        except schema.FAULTS:
            self._db.close()  # a store that cannot even roll back is given up: nothing was acknowledged

    def _require_writable(self) -> None:
        if self.read_only or not self.writer:
            raise StoreError(
                Text("存证日志以只读方式打开", "the ledger is open for reading only"), reason_code="LEDGER_READ_ONLY"
            )
        if os.getpid() != self._process:
            raise StoreError(
                Text("存证日志不能带过 fork", "an open ledger cannot be carried across fork"),
                reason_code="LEDGER_FORKED_PROCESS",
            )


def _signed(signer: Signer, head: Head, at: datetime) -> str:
    from zhongbao_core.ledger.checkpoint import sign_checkpoint

    return sign_checkpoint(signer, head.size, head.root, max(at, head.time))


def _lifted(at: datetime, last: Entry | None, rehearsal: bool) -> datetime:
    """The entry time for ``at``: never before the last one; refused where the clock went back too far."""
    if last is None or at >= last.time:
        return at
    if at < last.time - SKEW:
        raise backwards(at, last.time, rehearsal=rehearsal)
    return last.time


def _require_origin(origin: str) -> None:
    if not origin or len(origin) > 200 or "+" in origin or not origin.isprintable() or any(map(str.isspace, origin)):
        raise InputError(
            Text(f"origin {origin!r} 不可用", f"origin {origin!r} cannot name a ledger"),
            Text("写成 zhongbao.example/games 这样的名称", "write a name such as zhongbao.example/games"),
            reason_code="ORIGIN_INVALID",
        )


def _sync_folder(path: Path) -> None:
    """Make the new file's name durable, where the system can."""
    try:
        folder = os.open(path.absolute().parent, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
