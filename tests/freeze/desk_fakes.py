"""Small real stand-ins for the desk: a ledger in memory and signatures that cost a hash instead of a curve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from fakes import PEOPLE, FakePolicy

from freeze.desk.base import Desk
from freeze.model import Assurance, ChangeRequest, Requirement, Rung
from zhongbao_core.approval.sshsig import SignatureError
from zhongbao_core.approval.subject import Target
from zhongbao_core.canonical import canonical, digest, strict_json
from zhongbao_core.clock import Span
from zhongbao_core.errors import CannotTellError, InputError
from zhongbao_core.event import Level
from zhongbao_core.ledger.entry import Draft, Entry, make
from zhongbao_core.people import Delegation, Directory, Person, PublicKey
from zhongbao_core.text import Text

T0 = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
"""10:00 in Shanghai, in the full freeze of the example event."""


class MemoryBook:
    """A ledger in memory: transactions that roll back, idempotency keys, entries as the real one writes them."""

    def __init__(self) -> None:
        self.rows: list[Entry] = []
        self.keys: dict[str, Entry] = {}
        self.documents: dict[str, bytes] = {}
        self.by_ref: dict[str, list[Entry]] = {}

    @contextmanager
    def transaction(self, at: datetime) -> Iterator[MemoryTx]:
        last = self.rows[-1].time if self.rows else at
        if at < last - timedelta(seconds=120):
            raise CannotTellError(Text("时钟倒退", "the clock went back"), reason_code="CLOCK_BACKWARDS")
        tx = MemoryTx(self, max(at, last))
        yield tx
        self.rows += tx.rows
        self.keys |= tx.keys
        self.documents |= tx.documents
        for row in tx.rows:
            self.by_ref.setdefault(row.ref, []).append(row)

    def append(self, kind: str, ref: str, body: dict[str, Any], *, at: datetime, key: str = "") -> Entry:
        with self.transaction(at) as tx:
            return tx.append(kind, ref, body, key)

    def entries(
        self, start: int = 0, end: int | None = None, *, kinds: Iterable[str] | None = None, ref: str | None = None
    ) -> Iterator[Entry]:
        rows = self.rows if ref is None else self.by_ref.get(ref, [])
        wanted = None if kinds is None else frozenset(kinds)
        return (row for row in rows if row.seq >= start and (wanted is None or row.kind in wanted))

    def document(self, name: str) -> bytes | None:
        return self.documents.get(name)

    def find_key(self, key: str) -> Entry | None:
        return self.keys.get(key)


class MemoryTx:
    def __init__(self, book: MemoryBook, at: datetime) -> None:
        self.book, self.at = book, at
        self.rows: list[Entry] = []
        self.keys: dict[str, Entry] = {}
        self.documents: dict[str, bytes] = {}

    def append(self, kind: str, ref: str, body: dict[str, Any], key: str = "") -> Entry:
        before = self.find_key(key) if key else None
        if before is not None:
            if (before.kind, before.ref, canonical(before.body)) == (kind, ref, canonical(body)):
                return before
            raise InputError(
                Text("幂等键已用于其他内容", "the key was used for other content"), reason_code="KEY_REUSED"
            )
        seq = len(self.book.rows) + len(self.rows)
        frozen = strict_json(canonical(body))
        entry = make(Draft(kind, ref, frozen, key), seq=seq, time=self.at, writer="test", prev="0" * 64)
        self.rows.append(entry)
        if key:
            self.keys[key] = entry
        return entry

    def put_document(self, data: bytes) -> str:
        name = digest(data)
        self.documents[name] = data
        return name

    def find_key(self, key: str) -> Entry | None:
        return self.keys.get(key) or self.book.keys.get(key)

    def entries(self, *, kinds: Iterable[str] | None = None, ref: str | None = None) -> list[Entry]:
        wanted = None if kinds is None else frozenset(kinds)
        mine = [row for row in self.rows if (ref is None or row.ref == ref) and (wanted is None or row.kind in wanted)]
        return [*self.book.entries(kinds=wanted, ref=ref), *mine]


class CheapSignatures:
    """``key line|namespace|sha256``: nobody can be impersonated in a test that does not mean to."""

    def made_by(self, armor: bytes, key_line: str) -> bool:
        return armor.startswith(key_line.encode() + b"|")

    def verify(self, armor: bytes, message: bytes, key_line: str, namespace: str) -> None:
        if armor != cheap_sign(key_line, message, namespace):
            raise SignatureError(Text("签名不符", "the signature does not match"), reason_code="SIG_BAD")


def cheap_sign(key_line: str, message: bytes, namespace: str = "approve@zhongbao") -> bytes:
    return f"{key_line}|{namespace}|{sha256(message).hexdigest()}".encode()


def key_line(person: str, number: int = 1) -> str:
    return f"ssh-ed25519 {person}-{number}"


def _keyed(person: Person, *more: str) -> Person:
    key = PublicKey(f"{person.id}-1", key_line(person.id))
    return replace(person, keys=(key,), roles=person.roles | frozenset(more))


def staff(*extra: Delegation) -> Directory:
    """The people of the example with a key each, and two who register and witness."""
    desk = [
        Person("xu-gang", "许刚", "desk", "engineer", frozenset({"registrar", "witness"})),
        Person("sun-mei", "孙梅", "desk", "engineer", frozenset({"registrar", "witness"})),
        Person("he-ping", "何平", "ops", "manager", frozenset({"approver"})),
    ]
    people = {item.id: _keyed(item) for item in (*PEOPLE.persons.values(), *desk)}
    return replace(PEOPLE, persons=people, delegations=extra)


ANY_WAY: tuple[Assurance, ...] = ("signed", "coded", "attested")
LADDER = (
    Rung("watch-one", (Level.WATCH,), ("*",), ("*",), (), (Requirement("manager", 1, ANY_WAY),)),
    Rung("rollback-one", (Level.FULL,), ("rollback",), ("*",), (), (Requirement("manager", 1, ANY_WAY),)),
    Rung(
        "full-night",
        (Level.FULL,),
        ("*",),
        ("*",),
        (("22:00", "06:00"),),
        (Requirement("manager", 2, ANY_WAY), Requirement("director", 1, ANY_WAY)),
    ),
    Rung("full-two", (Level.FULL, Level.RESTRICTED), ("*",), ("*",), (), (Requirement("manager", 2, ANY_WAY),)),
)


BASE = FakePolicy(ladder=LADDER)


def policy(**changes: Any) -> FakePolicy:
    """The example policy with keys, and a ladder that any of the three ways can climb."""
    return replace(BASE, **{"directory": staff(), **changes})


def desk_of(book: MemoryBook | None = None, **changes: Any) -> Desk:
    return Desk(book or MemoryBook(), policy(**changes), CheapSignatures())


def draft(**changes: Any) -> ChangeRequest:
    """A complete draft: a patch of the core database, an hour from now."""
    values = ChangeRequest(
        id="",
        revision=0,
        event="",
        title="核心库补丁",
        kind="patch",
        change_class="normal",
        targets=(Target("core-db", "prod"),),
        applicant="zhang-wei",
        executor="li-na",
        verifier="wang-fang",
        duty="zhang-wei",
        necessity="不打补丁则可被远程利用",
        impact="计费查询中断五分钟",
        steps=("停服务", "打补丁", "起服务"),
        verification="计费自检通过",
        rollback="恢复快照",
        start=T0 + timedelta(hours=1),
        duration=timedelta(minutes=30),
        rollback_duration=timedelta(minutes=15),
        observation=timedelta(minutes=15),
        binds={"command": "sha256:" + "c" * 64},
    )
    return replace(values, **changes)


def on_leave(principal: str, deputy: str) -> Delegation:
    return Delegation(principal, deputy, Span(T0 - timedelta(days=1), T0 + timedelta(days=2)), "休假")
