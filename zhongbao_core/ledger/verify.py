"""The full check of a ledger: every hash, the chain, every stored node, the index, the documents, and checkpoints.

One pass in order, in memory that does not grow with the ledger. What was changed is named by the first entry that
cannot be what was once written. A rewrite of everything is invisible from inside: only ``checkpoints`` kept
elsewhere show it, and then as a stretch between the last one that still agrees and the first that does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from zhongbao_core.canonical import digest
from zhongbao_core.errors import TamperedError, ZhongbaoError
from zhongbao_core.ledger import merkle
from zhongbao_core.ledger.entry import FIRST_PREV, Entry, parse
from zhongbao_core.ledger.heartbeat import Silence, SilentHours
from zhongbao_core.ledger.schema import FAULTS
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
        self.leaf = self.before = b""
        self.time: datetime | None = None
        self.silence = SilentHours()
        self.made = 0
        self.documents = self.erased = 0

    def run(self) -> None:
        """Raise Bad at the first thing that is not as it was written."""
        try:
            self._entries()
            self._structure()
        except FAULTS as error:
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
        rows = self.connection.execute("SELECT seq, raw, nodes, kind, ref, idem FROM entries ORDER BY seq")
        for row in rows:
            self._row(row)
            self._keep_root()
        if not self.tree.size:
            raise Bad("ENTRY_MISSING", 0, Text("没有任何条目", "there is no entry at all"))

    def _row(self, row: Row) -> None:
        seq, raw, nodes = row[:3]
        place = self.tree.size
        if seq != place:
            where = min(place, max(seq, 0))
            raise Bad(
                "ENTRY_MISSING", where, Text(f"第 {where} 条缺失或被插入", f"entry {where} is missing or was put in")
            )
        leaf = leaf_hash(raw) if isinstance(raw, bytes) else b""
        if not isinstance(nodes, bytes) or leaf != nodes[:32]:
            raise Bad("ENTRY_CHANGED", place, Text(f"第 {place} 条内容被改动", f"entry {place} was changed"))
        entry = self._parsed(raw)
        self._same_columns(entry, row)
        self._in_chain(entry, nodes)
        self._in_tree(entry, nodes)
        self._recorded_checkpoint(entry)
        self.silence.see(entry)
        self.leaf, self.before, self.time = leaf, self.leaf, entry.time

    def _parsed(self, raw: bytes) -> Entry:
        """The entry at this place. One that is whole but belongs a place earlier was pushed on by what was put in."""
        place = self.tree.size
        try:
            entry = parse(raw)
        except TamperedError as error:
            said = error.message
            raise Bad(
                "ENTRY_MALFORMED", place, Text(f"第 {place} 条：{said.zh}", f"entry {place}: {said.en}")
            ) from None
        if entry.seq == place:
            return entry
        pushed = entry.seq == place - 1 and entry.prev == (self.before.hex() or FIRST_PREV)
        where = place - 1 if pushed else place
        raise Bad("ENTRY_MISSING", where, Text(f"第 {where} 条缺失或被插入", f"entry {where} is missing or was put in"))

    def _same_columns(self, entry: Entry, row: Row) -> None:
        if (entry.kind, entry.ref, entry.key or None) != row[3:]:
            raise Bad(
                "COLUMN_CHANGED",
                row[0],
                Text(f"第 {row[0]} 条的索引列被改动", f"the index columns of entry {row[0]} were changed"),
            )

    def _in_chain(self, entry: Entry, nodes: bytes) -> None:
        if entry.prev == (self.leaf.hex() or FIRST_PREV):
            if self.time is None or entry.time >= self.time:
                return
            raise Bad("TIME_BACKWARDS", entry.seq, Text(f"第 {entry.seq} 条时间倒退", f"time runs back at {entry.seq}"))
        self._blame(entry, nodes[32:64])

    def _blame(self, entry: Entry, pair: bytes) -> None:
        """An entry and the one before it do not fit together: name the one that its other neighbour disowns.

        At the end of the ledger there is no such neighbour; then the stored node over the two may tell, or nobody.
        """
        seq, until = entry.seq, None
        if self._next_prev(seq) is not None:
            seq -= 0 if self._disowned(entry) else 1
        elif seq & 1:
            if pair == node_hash(bytes.fromhex(entry.prev), entry.leaf):
                seq -= 1
            elif pair == node_hash(self.leaf, entry.leaf):
                seq, until = seq - 1, seq + 1
        elif seq:
            seq, until = seq - 1, seq + 1
        raise Bad(
            "CHAIN_BROKEN", seq, Text(f"第 {seq} 条起链断：内容被改动", f"the chain breaks at entry {seq}"), until
        )

    def _in_tree(self, entry: Entry, nodes: bytes) -> None:
        made = self.tree.add(entry.leaf)
        if nodes == b"".join(found for _, _, found in made):
            return
        if self._disowned(entry):
            seq = entry.seq
            raise Bad("ENTRY_CHANGED", seq, Text(f"第 {seq} 条内容被改动", f"entry {seq} was changed"))
        wrong = (place for place in made if nodes[32 * place[0] : 32 * place[0] + 32] != place[2])
        level, index, _ = next(wrong, made[-1])
        seq = index << level
        words = Text(
            f"第 {seq} 至 {entry.seq} 条与树节点不符", f"entries {seq} to {entry.seq} do not fit their tree node"
        )
        raise Bad("TREE_BROKEN", seq, words, entry.seq + 1)

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
