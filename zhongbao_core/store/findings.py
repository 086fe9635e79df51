"""Findings kept over runs: recorded, seen again, moved through their lives, never lost.

Every change is one transaction and adds a step, so that a finding's whole life can be shown to an auditor.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, RowMapping, Table, func, insert, select, update
from sqlalchemy import Text as TextType

from zhongbao_core.clock import iso, parse_instant
from zhongbao_core.errors import RefusedError, UsageError
from zhongbao_core.finding import AREAS, Area, Finding
from zhongbao_core.finding_codec import finding_from_json, finding_to_json, life_from_json, life_to_json
from zhongbao_core.finding_life import Life, Move, Tracked, born, lapsed, moved, seen
from zhongbao_core.text import Text

_META = MetaData()
FINDING = Table(
    "finding",
    _META,
    Column("fingerprint", TextType, primary_key=True),
    *(Column(name, TextType) for name in ("id", "area", "rule", "state", "first_seen", "last_seen", "body", "life")),
    Column("severity", Integer),
)
STEP = Table(
    "finding_step",
    _META,
    Column("seq", Integer, primary_key=True),
    *(Column(name, TextType) for name in ("fingerprint", "at", "move", "actor", "before", "after", "life")),
)
LOOK = Table("look", _META, *(Column(name, TextType) for name in ("area", "at", "actor")))


class Recorded(NamedTuple):
    """What one run brought: new findings, known ones seen again, and those that had been closed (复发)."""

    new: int
    again: int
    recurred: int


class Step(NamedTuple):
    """One step in a finding's life, as it happened."""

    at: datetime
    move: str
    actor: str
    before: str
    after: str
    life: Life


class FindingStore:
    """Findings in an open store (``store.engine.open_store``)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, findings: Iterable[Finding], at: datetime, *, looked: Iterable[Area], actor: str = "") -> Recorded:
        """Take in what a run found at ``at``; all of it or, on an error, none. ``actor`` names the run.

        ``looked`` are the areas the run looked at, found something or not: they are the basis of every zero.
        """
        counts = {"new": 0, "again": 0, "recurred": 0}
        unique = {finding.fingerprint: finding for finding in findings}
        with self._engine.begin() as connection:
            for finding in unique.values():
                counts[_take(connection, finding, at, actor)] += 1
            for area in dict.fromkeys(looked):
                connection.execute(insert(LOOK).values(area=area, at=iso(at.replace(microsecond=0)), actor=actor))
        return Recorded(**counts)

    def basis(self) -> dict[Area, datetime | None]:
        """When each area was last looked at; None where nobody ever looked (未检查)."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(LOOK.c.area, func.max(LOOK.c.at)).group_by(LOOK.c.area)).all()
        last = {area: parse_instant(at) for area, at in rows}
        return {area: last.get(area) for area in AREAS}

    def tracked(self, at: datetime, *, area: str = "", everything: bool = True) -> list[Tracked]:
        """Findings, worst first; lapsed waivers count as open at ``at``. ``everything`` False: the open ones only."""
        query = select(FINDING).order_by(FINDING.c.severity.desc(), FINDING.c.first_seen, FINDING.c.id)
        if area:
            query = query.where(FINDING.c.area == area)
        with self._engine.connect() as connection:
            rows = [_tracked(row, at) for row in connection.execute(query).mappings()]
        return [row for row in rows if everything or row.life.state.open]

    def get(self, id_: str, at: datetime) -> Tracked:
        """The finding with this id, fingerprint, or unambiguous start of an id. Raises UsageError FINDING_UNKNOWN."""
        with self._engine.connect() as connection:
            return _tracked(_find(connection, id_), at)

    def history(self, id_: str) -> Sequence[Step]:
        """Every step of its life, in order."""
        with self._engine.connect() as connection:
            row = _find(connection, id_)
            query = select(STEP).where(STEP.c.fingerprint == row["fingerprint"]).order_by(STEP.c.seq)
            return [_step(item) for item in connection.execute(query).mappings()]

    def move(self, id_: str, move: Move, at: datetime) -> Tracked:
        """The finding after ``move``. Raises RefusedError where the table of moves says no; nothing is changed then."""
        with self._engine.begin() as connection:
            tracked = _tracked(_find(connection, id_), at)
            if at < tracked.life.since:
                raise RefusedError(
                    Text("操作时间早于该问题的上一步", "the instant lies before the finding's last step"),
                    reason_code="FINDING_TIME",
                )
            life = moved(tracked.life, move, at)
            _write(connection, tracked.finding, tracked.life, life, move.name, move.actor, at)
        return Tracked(tracked.finding, life, tracked.first_seen, tracked.last_seen)

    def remark(self, id_: str, remark: str, actor: str, at: datetime) -> None:
        """A step that moves nothing: somebody said something about the finding, and its history shows it."""
        with self._engine.begin() as connection:
            found = _tracked(_find(connection, id_), at)
            _add_step(connection, found.finding, found.life.state.value, found.life, remark, actor, at)


def _take(connection: Connection, finding: Finding, at: datetime, actor: str) -> str:
    mine = FINDING.c.fingerprint == finding.fingerprint
    row = connection.execute(select(FINDING).where(mine)).mappings().first()
    if row is None:
        life = born(at)
        connection.execute(insert(FINDING).values(**_row(finding, life), first_seen=iso(at), last_seen=iso(at)))
        _add_step(connection, finding, "", life, "found", actor, at)
        return "new"
    before = life_from_json(json.loads(row["life"]))
    after = seen(before, at)
    last = max(parse_instant(row["last_seen"]), at)
    connection.execute(update(FINDING).where(mine).values(**_row(finding, after), last_seen=iso(last)))
    if after != before:
        _add_step(connection, finding, before.state.value, after, "seen", actor, at)
    return "recurred" if after.times > before.times else "again"


def _write(
    connection: Connection, finding: Finding, before: Life, after: Life, move: str, actor: str, at: datetime
) -> None:
    mine = FINDING.c.fingerprint == finding.fingerprint
    connection.execute(update(FINDING).where(mine).values(state=after.state.value, life=_dump(life_to_json(after))))
    _add_step(connection, finding, before.state.value, after, move, actor, at)


def _add_step(
    connection: Connection, finding: Finding, before: str, after: Life, move: str, actor: str, at: datetime
) -> None:
    connection.execute(
        insert(STEP).values(
            fingerprint=finding.fingerprint,
            at=iso(at),
            move=move,
            actor=actor,
            before=before,
            after=after.state.value,
            life=_dump(life_to_json(after)),
        )
    )


def _row(finding: Finding, life: Life) -> dict[str, Any]:
    return {
        "fingerprint": finding.fingerprint,
        "id": finding.id,
        "area": finding.area,
        "rule": finding.rule,
        "severity": int(finding.severity),
        "state": life.state.value,
        "body": _dump(finding_to_json(finding)),
        "life": _dump(life_to_json(life)),
    }


def _dump(value: dict[str, Any]) -> str:
    return json.dumps(value, sort_keys=True)


def _find(connection: Connection, id_: str) -> RowMapping:
    wanted = id_.strip()
    start = FINDING.c.id.startswith(wanted.upper(), autoescape=True)
    query = select(FINDING).where((FINDING.c.fingerprint == wanted.lower()) | start).limit(2)
    rows = connection.execute(query).mappings().all() if len(wanted) >= 4 else []
    if len(rows) != 1:
        raise UsageError(
            Text(
                f"没有问题 {wanted!r}" if not rows else f"{wanted!r} 对应多个问题",
                f"no finding {wanted!r}" if not rows else f"{wanted!r} fits several findings",
            ),
            Text("用 finding list 查编号", "see the ids with: finding list"),
            reason_code="FINDING_UNKNOWN",
        )
    return rows[0]


def _tracked(row: RowMapping, at: datetime) -> Tracked:
    life = life_from_json(json.loads(row["life"]))
    times = parse_instant(row["first_seen"]), parse_instant(row["last_seen"])
    return Tracked(finding_from_json(json.loads(row["body"])), lapsed(life, at), *times)


def _step(row: RowMapping) -> Step:
    life = life_from_json(json.loads(row["life"]))
    return Step(parse_instant(row["at"]), row["move"], row["actor"], row["before"], row["after"], life)
