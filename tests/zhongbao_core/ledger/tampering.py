"""What somebody with full access to the file might do to a ledger, one function each.

Each takes a connection without any of our safeguards and a seeded source of chance, does its deed and says which
entry is the first that is no longer what was written; ``Deed.exact`` is False where only a checkpoint can show it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

from zhongbao_core.canonical import canonical
from zhongbao_core.ledger import merkle
from zhongbao_core.proof import leaf_hash


class Deed(NamedTuple):
    """What was done: the first entry that suffers, and whether the ledger alone can show exactly that."""

    first: int
    exact: bool = True


Attack = Callable[[sqlite3.Connection, Random], Deed]


def size_of(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM entries").fetchone()[0])


def raw_of(db: sqlite3.Connection, seq: int) -> bytes:
    return bytes(db.execute("SELECT raw FROM entries WHERE seq = ?", (seq,)).fetchone()[0])


def some(db: sqlite3.Connection, chance: Random) -> int:
    return chance.randrange(size_of(db))


def put(db: sqlite3.Connection, seq: int, raw: bytes) -> None:
    db.execute("UPDATE entries SET raw = ? WHERE seq = ?", (raw, seq))


def nodes_of(db: sqlite3.Connection, seq: int) -> bytes:
    return bytes(db.execute("SELECT nodes FROM entries WHERE seq = ?", (seq,)).fetchone()[0])


def put_nodes(db: sqlite3.Connection, seq: int, nodes: bytes) -> None:
    db.execute("UPDATE entries SET nodes = ? WHERE seq = ?", (nodes, seq))


def put_leaf(db: sqlite3.Connection, seq: int, raw: bytes) -> None:
    put_nodes(db, seq, leaf_hash(raw) + nodes_of(db, seq)[32:])


def edited(raw: bytes, chance: Random, **changes: Any) -> bytes:
    """The entry with another body (and ``changes``), canonical again."""
    value = json.loads(raw)
    value["body"] = {"verdict": "allow", "n": chance.randrange(10**6)}
    return canonical({**value, **changes})


def flip(db: sqlite3.Connection, chance: Random) -> Deed:
    seq = some(db, chance)
    raw = bytearray(raw_of(db, seq))
    raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    put(db, seq, bytes(raw))
    return Deed(seq)


def rewrite_one(db: sqlite3.Connection, chance: Random) -> Deed:
    seq = some(db, chance)
    put(db, seq, edited(raw_of(db, seq), chance))
    return Deed(seq)


def rewrite_with_leaf(db: sqlite3.Connection, chance: Random) -> Deed:
    seq = some(db, chance)
    raw = edited(raw_of(db, seq), chance)
    put(db, seq, raw)
    put_leaf(db, seq, raw)
    return Deed(seq, exact=seq < size_of(db) - 1)


def rewrite_with_tree(db: sqlite3.Connection, chance: Random) -> Deed:
    """Everything but the chain: the leaf and all nodes above it are made to fit."""
    seq = some(db, chance)
    raw = edited(raw_of(db, seq), chance)
    put(db, seq, raw)
    rebuild_nodes(db)
    return Deed(seq, exact=seq < size_of(db) - 2)


def rewrite_prev(db: sqlite3.Connection, chance: Random) -> Deed:
    seq = chance.randrange(1, size_of(db) - 1)
    raw = canonical({**json.loads(raw_of(db, seq)), "prev": chance.randbytes(32).hex()})
    put(db, seq, raw)
    put_leaf(db, seq, raw)
    return Deed(seq)


def delete(db: sqlite3.Connection, chance: Random) -> Deed:
    seq, last = some(db, chance), size_of(db) - 1
    db.execute("DELETE FROM entries WHERE seq = ?", (seq,))
    return Deed(seq, exact=seq < last)


def delete_and_close_ranks(db: sqlite3.Connection, chance: Random) -> Deed:
    seq, last = some(db, chance), size_of(db) - 1
    db.execute("DELETE FROM entries WHERE seq = ?", (seq,))
    shift(db, seq, -1)
    return Deed(seq, exact=seq < last)


def insert(db: sqlite3.Connection, chance: Random) -> Deed:
    """An entry put in that fits all that stands before it, its nodes too; the rest moved on."""
    seq = chance.randrange(1, size_of(db))
    kind, ref = db.execute("SELECT kind, ref FROM entries WHERE seq = ?", (seq,)).fetchone()
    raw = edited(raw_of(db, seq), chance, key="")

    def node(level: int, index: int) -> bytes:
        return nodes_of(db, ((index + 1) << level) - 1)[32 * level : 32 * level + 32]

    nodes = b"".join(found for _, _, found in merkle.Frontier.stored(seq, node).add(leaf_hash(raw)))
    shift(db, seq, 1)
    db.execute("INSERT INTO entries VALUES (?, ?, ?, NULL, ?, ?)", (seq, kind, ref, nodes, raw))
    return Deed(seq)


def swap(db: sqlite3.Connection, chance: Random) -> Deed:
    one, other = sorted(chance.sample(range(size_of(db)), 2))
    first, second = raw_of(db, one), raw_of(db, other)
    put(db, one, second)
    put(db, other, first)
    return Deed(one)


def swap_rows(db: sqlite3.Connection, chance: Random) -> Deed:
    """Two whole rows, nodes and columns with them."""
    one, other = sorted(chance.sample(range(size_of(db)), 2))
    for old, new in ((one, -1), (other, one), (-1, other)):
        db.execute("UPDATE entries SET seq = ? WHERE seq = ?", (new, old))
    return Deed(one)


def truncate(db: sqlite3.Connection, chance: Random) -> Deed:
    """A clean shorter ledger, as an older copy is."""
    seq = chance.randrange(1, size_of(db))
    db.execute("DELETE FROM entries WHERE seq >= ?", (seq,))
    return Deed(seq, exact=False)


def rehash(db: sqlite3.Connection, chance: Random) -> Deed:
    """One entry changed, and everything after it computed anew: a ledger without any inner fault."""
    seq = some(db, chance)
    put(db, seq, edited(raw_of(db, seq), chance))
    rechain(db, seq)
    rebuild_nodes(db)
    return Deed(seq, exact=False)


def remove_and_rehash(db: sqlite3.Connection, chance: Random) -> Deed:
    seq = chance.randrange(1, size_of(db))
    db.execute("DELETE FROM entries WHERE seq = ?", (seq,))
    shift(db, seq, -1)
    rechain(db, seq)
    rebuild_nodes(db)
    return Deed(seq, exact=False)


def fork(db: sqlite3.Connection, chance: Random) -> Deed:
    """The tail replaced by as many other entries."""
    seq = chance.randrange(1, size_of(db))
    for number in range(seq, size_of(db)):
        put(db, number, edited(raw_of(db, number), chance))
    rechain(db, seq)
    rebuild_nodes(db)
    return Deed(seq, exact=False)


def flip_node(db: sqlite3.Connection, chance: Random) -> Deed:
    seq = some(db, chance)
    nodes = bytearray(nodes_of(db, seq))
    at = chance.randrange(len(nodes))
    nodes[at] ^= 1 << chance.randrange(8)
    put_nodes(db, seq, bytes(nodes))
    return Deed(seq >> at // 32 << at // 32, exact=at < 32)


def delete_nodes(db: sqlite3.Connection, chance: Random) -> Deed:
    seq = some(db, chance)
    keep = chance.randrange(len(nodes_of(db, seq)) // 32)
    put_nodes(db, seq, nodes_of(db, seq)[: 32 * keep])
    return Deed(seq, exact=keep == 0)


def add_node(db: sqlite3.Connection, chance: Random) -> Deed:
    seq = some(db, chance)
    put_nodes(db, seq, nodes_of(db, seq) + chance.randbytes(32))
    return Deed(seq, exact=False)


def change_column(db: sqlite3.Connection, chance: Random) -> Deed:
    """An index column made to lie, so that a look-up would miss the entry."""
    seq = some(db, chance)
    column, value = chance.choice((("kind", "other"), ("ref", "other"), ("idem", f"other-{seq}")))
    db.execute(f"UPDATE entries SET {column} = ? WHERE seq = ?", (value, seq))  # noqa: S608 three fixed names
    return Deed(seq)


ATTACKS: tuple[Attack, ...] = (
    flip,
    rewrite_one,
    rewrite_with_leaf,
    rewrite_with_tree,
    rewrite_prev,
    delete,
    delete_and_close_ranks,
    insert,
    swap,
    swap_rows,
    truncate,
    rehash,
    remove_and_rehash,
    fork,
    flip_node,
    delete_nodes,
    add_node,
    change_column,
)


def shift(db: sqlite3.Connection, start: int, step: int) -> None:
    """Move the numbers of all entries from ``start`` on by one."""
    db.execute("UPDATE entries SET seq = -seq - 1 WHERE seq >= ?", (start,))
    db.execute("UPDATE entries SET seq = -seq - 1 + ? WHERE seq < 0", (step,))


def rechain(db: sqlite3.Connection, start: int) -> None:
    """Give every entry from ``start`` on its number and the hash of the one before it."""
    for seq in range(start, size_of(db)):
        prev = leaf_hash(raw_of(db, seq - 1)).hex() if seq else "0" * 64
        put(db, seq, canonical({**json.loads(raw_of(db, seq)), "seq": seq, "prev": prev}))


def rebuild_nodes(db: sqlite3.Connection) -> None:
    """All nodes computed anew over the entries as they stand."""
    tree = merkle.Frontier()
    for seq, raw in db.execute("SELECT seq, raw FROM entries ORDER BY seq").fetchall():
        put_nodes(db, seq, b"".join(found for _, _, found in tree.add(leaf_hash(raw))))
