"""``content review import``: what reviewers wrote on their sheets goes on record. It records; it approves nothing.

误报 moves its finding to 误报; every other opinion stands in the finding's history and the ledger, and what it asks for
(a change, a waiver) still goes its own way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click

from content_audit.show.sheet_back import Opinion, RefusedRow, SheetBack, read_back
from zhongbao.finding_desk import Surroundings, opened, put_on_record, recording, surroundings
from zhongbao_core.canonical import digest
from zhongbao_core.clikit import Settings, echo_json, pass_settings
from zhongbao_core.errors import ExitCode, UsageError
from zhongbao_core.finding_life import Move, Tracked
from zhongbao_core.store.findings import FindingStore
from zhongbao_core.text import Text, escape

FALSE_ALARM = "误报"


class Taken(NamedTuple):
    """What came of one sheet."""

    path: str
    taken: tuple[Opinion, ...]
    refused: tuple[RefusedRow, ...]
    blank: int


@click.group()
def review() -> None:
    """Review sheets (审核单): what reviewers wrote is taken back and recorded."""


@review.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--store", type=click.Path(path_type=Path), help="Findings store; default: beside the ledger.")
@click.option("--at", metavar="TIME", help="Instant of recording; in a rehearsal only.")
@click.option("--format", "fmt", type=click.Choice(["text", "json"]), default="text", show_default=True)
@pass_settings
@click.pass_context
def import_(
    ctx: click.Context, settings: Settings, files: tuple[Path, ...], store: Path | None, at: str | None, fmt: str
) -> None:
    """Record the opinions in FILES (审核单.xlsx). Stale, edited and foreign rows are refused by their number.

    It records and approves nothing. Exit 1 where rows were refused.
    """
    around = surroundings(settings, at, recording=True)
    sheets = [(path, path.read_bytes()) for path in files]
    backs = [(path, data, read_back(data)) for path, data in sheets]
    with opened(settings, store) as findings:
        done = [_take(settings, around, findings, path, data, back) for path, data, back in backs]
    if fmt == "json":
        echo_json({"sheets": [_as_json(item) for item in done]}, "ROWS_REFUSED" if _any_refused(done) else "RECORDED")
    else:
        click.echo("\n".join(line for item in done for line in _lines(settings, item)))
    ctx.exit(ExitCode.FINDINGS if _any_refused(done) else ExitCode.OK)


def _take(
    settings: Settings, around: Surroundings, store: FindingStore, path: Path, data: bytes, back: SheetBack
) -> Taken:
    taken: list[Opinion] = []
    refused = list(back.refused)
    for opinion in back.opinions:
        found = _known(around, store, opinion, back)
        if isinstance(found, RefusedRow):
            refused.append(found)
        else:
            _record(settings, around, store, opinion, found, digest(data))
            taken.append(opinion)
    return Taken(str(path), tuple(taken), tuple(sorted(refused)), back.blank)


def _known(around: Surroundings, store: FindingStore, opinion: Opinion, back: SheetBack) -> Tracked | RefusedRow:
    """The finding as it stands now, if the sheet still speaks of it."""
    person = around.people.persons.get(opinion.reviewer) if around.people is not None else None
    if around.people is not None and (person is None or not person.active):
        words = Text(f"人员登记中没有 {opinion.reviewer}", f"{opinion.reviewer} is not in the register of people")
        return RefusedRow(opinion.row, "PERSON_UNKNOWN", words)
    try:
        found = store.get(opinion.fingerprint, around.at)
    except UsageError:
        words = Text("问题库中没有这个问题：不是本单位登记的审核单", "no such finding here: a sheet of somebody else's")
        return RefusedRow(opinion.row, "ROW_FOREIGN", words)
    if not found.life.state.open or found.life.since > back.at or around.at < back.at:
        state = found.life.state.text
        words = Text(f"导出后该问题已变为“{state.zh}”", f"the finding moved on after the sheet was made: {state.en}")
        return RefusedRow(opinion.row, "ROW_STALE", words)
    return found


def _record(
    settings: Settings, around: Surroundings, store: FindingStore, opinion: Opinion, found: Tracked, sheet: str
) -> None:
    with recording(settings, around, required=False) as tx:
        if tx is not None:
            words = tx.put_document(opinion.words.encode("utf-8", "backslashreplace")) if opinion.words else ""
            body: dict[str, Any] = {
                "finding": opinion.fingerprint,
                "opinion": opinion.opinion,
                "by": opinion.reviewer,
                "words": words,
                "sheet": sheet,
            }
            tx.append("content.opinion", opinion.finding, body, f"opinion:{sheet[7:39]}:{opinion.fingerprint[7:39]}")
        if opinion.opinion == FALSE_ALARM:
            move = Move("dismiss", opinion.reviewer, reason=opinion.words)
            put_on_record(tx, found, store.move(opinion.fingerprint, move, around.at), move)
        else:
            store.remark(opinion.fingerprint, f"opinion:{opinion.opinion}", opinion.reviewer, around.at)


def _lines(settings: Settings, item: Taken) -> Iterator[str]:
    count = Text(
        f"{item.path}：登记 {len(item.taken)} 行，退回 {len(item.refused)} 行，未填 {item.blank} 行",
        f"{item.path}: {len(item.taken)} rows recorded, {len(item.refused)} refused, {item.blank} blank",
    )
    yield escape(settings.say(count), "terminal")
    for row in item.refused:
        words = Text(f"第 {row.row} 行：{row.why.zh}", f"row {row.row}: {row.why.en}")
        yield escape(f"  {settings.say(words)} [{row.code}]", "terminal")


def _as_json(item: Taken) -> dict[str, Any]:
    return {
        "path": item.path,
        "recorded": [{"row": row.row, "finding": row.finding, "opinion": row.opinion} for row in item.taken],
        "refused": [{"row": row.row, "reason_code": row.code, "why": row.why.as_json()} for row in item.refused],
        "blank": item.blank,
    }


def _any_refused(done: Iterable[Taken]) -> bool:
    return any(item.refused for item in done)
