"""The full check of a ledger: every hash, the chain, every stored node, the indexes, the documents, and checkpoints.

One pass in order, in memory that does not grow with the ledger. What was changed is named by the first entry that
cannot be what was once written. A rewrite of everything is invisible from inside: only ``checkpoints`` kept
elsewhere show it, and then as a stretch between the last one that still agrees and the first that does not.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from zhongbao_core.canonical import digest
from zhongbao_core.errors import TamperedError, ZhongbaoError
from zhongbao_core.ledger import merkle
from zhongbao_core.ledger.entry import FIRST_PREV, Entry, parse
from zhongbao_core.ledger.heartbeat import Silence, SilentHours
from zhongbao_core.proof import EMPTY_ROOT, Checkpoint, leaf_hash, node_hash
from zhongbao_core.text import NOTHING, Text

if TYPE_CHECKING:
    from zhongbao_core.ledger.journal import Journal

GOOD, TAMPERED = "good", "tampered"
Row = tuple[Any, ...]


class Bad(Exception):
    """The check ends here: the first bad entry is ``seq``, or lies in [seq, until) where ``until`` is given."""

    def __init__(self, code: str, seq: int | None, message: Text, until: int | None = None) -> None:
        super().__init__(message.en)
        self.code, self.seq, self.message, self.until = code, seq, message, until


class Compared(NamedTuple):
    """One outside checkpoint: ``agrees``, and why not."""

    checkpoint: Checkpoint
    agrees: bool
    reason_code: str


class VerifyReport(NamedTuple):
    """What the check found. ``verdict`` is good or tampered; ``first_bad`` names the first bad entry where there is one.

    With ``until`` the first bad entry lies somewhere in [first_bad, until).
    """

    verdict: str
    reason_code: str
    message: Text
    size: int
    root: bytes
    time: datetime | None
    first_bad: int | None = None
    until: int | None = None
    compared: tuple[Compared, ...] = ()
    silence: tuple[Silence, ...] = ()
    documents: int = 0
    erased: int = 0

    @property
    def good(self) -> bool:
        """Whether everything held, and every checkpoint given agrees."""
        return self.verdict == GOOD


def verify_journal(journal: Journal, checkpoints: Iterable[Checkpoint] = ()) -> VerifyReport:
    """Check ``journal`` from the first byte, and against ``checkpoints`` (verified already, in any order)."""
    wanted = sorted(checkpoints, key=lambda item: item.size)
    with journal.snapshot():
        walk = Walk(journal, {item.size for item in wanted})
        try:
            walk.run()
        except Bad as bad:
            return walk.report(bad, ())
        compared = tuple(_compare(item, walk) for item in wanted)
        bad_one = next((item for item in compared if not item.agrees), None)
        if bad_one is not None:
            return walk.report(_disagreement(bad_one, compared, walk.tree.size), compared)
        return walk.report(None, compared)


class Walk:
    """One pass over entries and nodes side by side."""

    def __init__(self, journal: Journal, sizes: set[int]) -> None:
        self.journal = journal
        self.connection = journal.connection
        self.sizes = sizes
        self.roots: dict[int, bytes] = {}
        self.tree = merkle.Frontier()
        self.leaf = b""
        self.time: datetime | None = None
        self.silence = SilentHours()
        self.made = 0
        self.documents = self.erased = 0
        self._nodes: Iterator[Row] = iter(())
        self._ahead: Row | None = None
        self._open: dict[int, object] = {}

    def run(self) -> None:
        """Raise Bad at the first thing that is not as it was written."""
        try:
            self._entries()
            self._structure()
        except sqlite3.Error as error:
            raise Bad(
                "ROW_UNREADABLE",
                self.tree.size,
                Text(f"第 {self.tree.size} 条起无法读取：{error}", f"unreadable from entry {self.tree.size}: {error}"),
            ) from error

    def report(self, bad: Bad | None, compared: tuple[Compared, ...]) -> VerifyReport:
        """The report over what was walked."""
        return VerifyReport(
            TAMPERED if bad else GOOD,
            bad.code if bad else "LEDGER_GOOD",
            bad.message if bad else NOTHING,
            self.tree.size,
            self.tree.root(),
            self.time,
            bad.seq if bad else None,
            bad.until if bad else None,
            compared,
            self.silence.found(),
            self.documents,
            self.erased,
        )

    def _entries(self) -> None:
        self._nodes = self.connection.execute("SELECT id, hash FROM nodes ORDER BY id")
        rows = self.connection.execute("SELECT seq, raw, kind, ref, idem FROM entries ORDER BY seq")
        for row in rows:
            self._row(row)
            self._keep_root()
        extra = self._open or self._ahead or next(self._nodes, None)
        if extra:
            seq = self.tree.size
            raise Bad("ENTRY_MISSING", seq, Text(f"第 {seq} 条之后的条目被删除", f"entries from {seq} on were removed"))
        if not self.tree.size:
            raise Bad("ENTRY_MISSING", 0, Text("没有任何条目", "there is no entry at all"))

    def _row(self, row: Row) -> None:
        seq, raw = row[:2]
        place = self.tree.size
        if seq != place:
            where = min(place, max(seq, 0))
            raise Bad(
                "ENTRY_MISSING", where, Text(f"第 {where} 条缺失或被插入", f"entry {where} is missing or was put in")
            )
        leaf = leaf_hash(raw) if isinstance(raw, bytes) else b""
        if leaf != self._stored(0, place):
            raise Bad("ENTRY_CHANGED", place, Text(f"第 {place} 条内容被改动", f"entry {place} was changed"))
        entry = _parsed(raw, place)
        self._same_columns(entry, row)
        self._in_chain(entry)
        self._in_tree(entry)
        self._recorded_checkpoint(entry)
        self.silence.see(entry)
        self.leaf, self.time = leaf, entry.time

    def _same_columns(self, entry: Entry, row: Row) -> None:
        if (entry.seq, entry.kind, entry.ref, entry.key or None) != (row[0], *row[2:]):
            raise Bad(
                "COLUMN_CHANGED",
                row[0],
                Text(f"第 {row[0]} 条的索引列被改动", f"the index columns of entry {row[0]} were changed"),
            )

    def _in_chain(self, entry: Entry) -> None:
        if entry.prev == (self.leaf.hex() or FIRST_PREV):
            if self.time is None or entry.time >= self.time:
                return
            raise Bad("TIME_BACKWARDS", entry.seq, Text(f"第 {entry.seq} 条时间倒退", f"time runs back at {entry.seq}"))
        self._blame(entry)

    def _blame(self, entry: Entry) -> None:
        """An entry and the one before it do not fit together: name the one that its other neighbour disowns.

        At the end of the ledger there is no such neighbour; then the stored node over the two may tell, or nobody.
        """
        seq, until = entry.seq, None
        if self._next_prev(seq) is not None:
            seq -= 0 if self._disowned(entry) else 1
        elif seq & 1:
            pair = self._stored(1, seq >> 1)
            if pair == node_hash(bytes.fromhex(entry.prev), entry.leaf):
                seq -= 1
            elif pair == node_hash(self.leaf, entry.leaf):
                seq, until = seq - 1, seq + 1
        elif seq:
            seq, until = seq - 1, seq + 1
        raise Bad(
            "CHAIN_BROKEN", seq, Text(f"第 {seq} 条起链断：内容被改动", f"the chain breaks at entry {seq}"), until
        )

    def _in_tree(self, entry: Entry) -> None:
        for level, index, found in self.tree.add(entry.leaf)[1:]:
            if self._stored(level, index) == found:
                continue
            if self._disowned(entry):
                seq = entry.seq
                raise Bad("ENTRY_CHANGED", seq, Text(f"第 {seq} 条内容被改动", f"entry {seq} was changed"))
            seq = index << level
            raise Bad(
                "TREE_BROKEN",
                seq,
                Text(
                    f"第 {seq} 至 {entry.seq} 条与树节点不符",
                    f"entries {seq} to {entry.seq} do not fit their tree node",
                ),
                entry.seq + 1,
            )

    def _recorded_checkpoint(self, entry: Entry) -> None:
        """A checkpoint that the ledger itself recorded must fit the entries before it."""
        if entry.kind != "checkpoint.made":
            return
        size, root = entry.body.get("size"), entry.body.get("root")
        fits = type(size) is int and 0 < size <= entry.seq and self.journal.root(size).hex() == root
        if not fits:
            raise Bad(
                "CHECKPOINT_RECORD",
                self.made,
                Text(
                    f"第 {entry.seq} 条登记的检查点与内容不符：第 {self.made} 至 {entry.seq} 条之间被改写",
                    f"the checkpoint recorded in entry {entry.seq} does not fit: rewritten between {self.made} and it",
                ),
                entry.seq + 1,
            )
        self.made = int(str(size))

    def _keep_root(self) -> None:
        if self.tree.size in self.sizes:
            self.roots[self.tree.size] = self.tree.root()

    def _stored(self, level: int, index: int) -> object:
        """The stored hash of a node, each taken once, in the order of the walk."""
        number = merkle.node_id(level, index)
        latest = 2 * (((index + 1) << level) - 1)
        while self._ahead is None or self._ahead[0] <= latest:
            if self._ahead is not None:
                self._open[self._ahead[0]] = self._ahead[1]
            self._ahead = next(self._nodes, None)
            if self._ahead is None:
                break
        return self._open.pop(number, None)

    def _next_prev(self, seq: int) -> str | None:
        row = self.connection.execute("SELECT raw FROM entries WHERE seq = ?", (seq + 1,)).fetchone()
        try:
            return parse(row[0]).prev if row else None
        except (TamperedError, TypeError, AttributeError):
            return None

    def _disowned(self, entry: Entry) -> bool:
        """Whether the next entry names another predecessor."""
        prev = self._next_prev(entry.seq)
        return prev is not None and prev != entry.leaf.hex()

    def _structure(self) -> None:
        """Indexes agree with the table, documents with their digests: what a look-up would rest on."""
        answer = self.connection.execute("PRAGMA integrity_check(1)").fetchone()
        if answer is None or answer[0] != "ok":
            said = str(answer[0] if answer else "")
            raise Bad("INDEX_DAMAGED", None, Text(f"文件结构损坏：{said}", f"the file's structure is damaged: {said}"))
        for name, content, erased in self.connection.execute("SELECT digest, content, erased FROM documents"):
            self._document(name, content, erased)

    def _document(self, name: object, content: object, erased: object) -> None:
        kept = erased is None and isinstance(content, bytes) and digest(content) == name
        gone = content is None and type(erased) is int and self._erasure(name, erased)
        if not kept and not gone:
            raise Bad("DOCUMENT_CHANGED", None, Text(f"文件 {name} 被改动", f"document {name} was changed"))
        self.documents += kept
        self.erased += gone

    def _erasure(self, name: object, seq: int) -> bool:
        try:
            entry = self.journal.entry(seq)
        except ZhongbaoError:
            return False
        return (entry.kind, entry.ref) == ("document.erased", name)


def _parsed(raw: bytes, seq: int) -> Entry:
    try:
        entry = parse(raw)
    except TamperedError as error:
        raise Bad(
            "ENTRY_MALFORMED", seq, Text(f"第 {seq} 条：{error.message.zh}", f"entry {seq}: {error.message.en}")
        ) from None
    return entry


def _compare(checkpoint: Checkpoint, walk: Walk) -> Compared:
    if checkpoint.size > walk.tree.size:
        return Compared(checkpoint, False, "LEDGER_ROLLED_BACK")
    agrees = walk.roots.get(checkpoint.size, EMPTY_ROOT) == checkpoint.root
    return Compared(checkpoint, agrees, "" if agrees else "LEDGER_FORKED")


def _disagreement(item: Compared, compared: tuple[Compared, ...], size: int) -> Bad:
    """The first bad entry lies between the last checkpoint that agrees and the first that does not."""
    seen = item.checkpoint.size
    start = max(
        (other.checkpoint.size for other in compared if other.agrees and other.checkpoint.size < seen), default=0
    )
    if item.reason_code == "LEDGER_ROLLED_BACK":
        words = Text(
            f"外部检查点已见 {seen} 条，现在只有 {size} 条：被截断，或退回了旧副本（首个问题在第 {start} 至 {size} 条）",
            f"an outside checkpoint saw {seen} entries, there are {size}: cut short, or an older copy put back "
            f"(the first bad entry is one of {start} to {size})",
        )
        return Bad(item.reason_code, start, words, size + 1)
    words = Text(
        f"与外部检查点（{seen} 条）不同：第 {start} 至 {seen - 1} 条之间被改写",
        f"not what an outside checkpoint saw at {seen} entries: rewritten between entry {start} and {seen - 1}",
    )
    return Bad(item.reason_code, start, words, seen)
