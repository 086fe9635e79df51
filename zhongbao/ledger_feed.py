"""``ledger import-receipts`` and ``ledger heartbeat``: what comes into the ledger from elsewhere, and by the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import click

from zhongbao.ledger_init import WRITER
from zhongbao.ledger_open import AT, here, open_to_write
from zhongbao_core.canonical import strict_json
from zhongbao_core.clikit import Settings, note, pass_settings
from zhongbao_core.errors import ExitCode, InputError, ZhongbaoError
from zhongbao_core.ledger.entry import Draft
from zhongbao_core.ledger.heartbeat import beat
from zhongbao_core.ledger.journal import Journal, KeyConflictError, Transaction
from zhongbao_core.text import Text, plain

RECEIPT = "zhongbao-receipt/1"
FIELDS = frozenset(
    {"format", "id", "door", "at", "question", "verdict", "reason_code", "permit", "manifest", "use", "host"}
)
MAX_LINE = 48 * 1024
MAX_LINES = 100_000
BATCH = 200


class Line(NamedTuple):
    """One line of a receipt file: what to record, or why it cannot be."""

    place: str
    draft: Draft | None
    why: Text


class Tally:
    """What became of the lines."""

    def __init__(self) -> None:
        self.new = self.old = 0
        self.refused: list[tuple[str, Text]] = []
        self.changed: list[tuple[str, Text]] = []


@click.command()
@click.argument("files", type=click.Path(path_type=Path, dir_okay=False, exists=True), nargs=-1, required=True)
@AT
@click.pass_context
@pass_settings
def import_receipts(settings: Settings, ctx: click.Context, files: tuple[Path, ...], at_text: str | None) -> None:
    """Record the receipts in FILES as reported, each id once. The same file again is no harm.

    Exit 1 where an id is known with other content (a receipt was changed), 3 where lines could not be read.
    """
    place = here(settings, at_text)
    tally = Tally()
    with open_to_write(place.trust, WRITER) as journal:
        for path in files:
            record_receipts(journal, lines_of(path), place.at, tally)
    _tell(settings, tally)
    ctx.exit(int(ExitCode.CANNOT_TELL if tally.refused else ExitCode.FINDINGS if tally.changed else ExitCode.OK))


@click.command()
@AT
@pass_settings
def heartbeat(settings: Settings, at_text: str | None) -> None:
    """Record this hour's heartbeat where the workspace's event is in force; more often is no harm. For cron."""
    from freeze.entry.open import open_policy

    place = here(settings, at_text)
    event = open_policy(settings, place.at, trust=place.trust).policy.event
    if event is None or event.phase_at(place.at) is None:
        note(settings, Text("现在不在保障期内，不记心跳", "no event is in force now: nothing to record"))
        return
    draft = beat(event.id, place.at)
    with open_to_write(place.trust, WRITER) as journal:
        entry = journal.append(draft.kind, draft.ref, draft.body, at=place.at, key=draft.key)
    hour = draft.body["hour"]
    words = Text(f"心跳 {event.id} {hour}：第 {entry.seq} 条", f"heartbeat {event.id} {hour}: entry {entry.seq}")
    click.echo(plain(settings.say(words)))


def lines_of(path: Path) -> Iterator[Line]:
    """The receipts in a file, line by line; what is not one says why."""
    with path.open("rb") as file:
        for number, data in enumerate(_bounded(file), 1):
            place = f"{path}:{number}"
            if number > MAX_LINES:
                yield Line(place, None, Text(f"超过 {MAX_LINES} 行", f"over {MAX_LINES} lines"))
                return
            if data.strip():
                yield _line(place, data)


def _bounded(file: BinaryIO) -> Iterator[bytes]:
    """Lines, none of them held in memory beyond the limit: the rest of a longer one is passed over."""
    while data := file.readline(MAX_LINE + 1):
        yield data
        while len(data) > MAX_LINE and not data.endswith(b"\n"):
            data = file.readline(MAX_LINE + 1)


def record_receipts(journal: Journal, lines: Iterator[Line], at: datetime, tally: Tally) -> None:
    """Record ``lines`` in transactions of at most 200 entries."""
    waiting: list[Line] = []
    for line in lines:
        if line.draft is None:
            tally.refused.append((line.place, line.why))
            continue
        waiting.append(line)
        if len(waiting) == BATCH:
            _record(journal, waiting, at, tally)
            waiting = []
    _record(journal, waiting, at, tally)


def _record(journal: Journal, lines: list[Line], at: datetime, tally: Tally) -> None:
    if not lines:
        return
    with journal.transaction(at) as tx:
        for line in lines:
            _record_one(tx, line, tally)


def _record_one(tx: Transaction, line: Line, tally: Tally) -> None:
    if line.draft is None:
        return
    before = tx.size()
    try:
        tx.append(*line.draft)
    except KeyConflictError as error:
        tally.changed.append((line.place, error.message))
    except InputError as error:
        tally.refused.append((line.place, error.message))
    else:
        tally.new += tx.size() > before
        tally.old += tx.size() == before


def _line(place: str, data: bytes) -> Line:
    try:
        value = strict_json(data.strip(), what=place, limit=MAX_LINE)
        return Line(place, _draft(value), Text("", ""))
    except (ZhongbaoError, ValueError) as error:
        why = error.message if isinstance(error, ZhongbaoError) else Text(f"不是回执：{error}", f"no receipt: {error}")
        return Line(place, None, why)


def _draft(value: Any) -> Draft:
    if not isinstance(value, dict) or value.get("format") != RECEIPT or not value.keys() >= FIELDS:
        raise ValueError("format or fields")
    number, door = value["id"], value["door"]
    if not (isinstance(number, str) and isinstance(door, str) and number and len(number) <= 128):
        raise ValueError("id or door")
    return Draft("receipt.reported", door, {"receipt": value}, f"receipt:{number}")


def _tell(settings: Settings, tally: Tally) -> None:
    for place, why in (*tally.refused, *tally.changed):
        note(settings, Text(f"{place}：{why.zh}", f"{place}: {why.en}"))
    words = Text(
        f"新登记 {tally.new} 份，已有 {tally.old} 份，内容不同 {len(tally.changed)} 份，未能读取 {len(tally.refused)} 份",
        f"{tally.new} recorded, {tally.old} known, {len(tally.changed)} with other content, {len(tally.refused)} not readable",
    )
    click.echo(plain(settings.say(words)))
