"""How a request is shown at the desk: to people line by line, to machines as data. Names, never phones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from freeze.decision.permitcheck import ASSURANCE
from freeze.desk.base import Desk
from freeze.desk.ladder import Needs, need_lines
from freeze.model import CLASSES, KINDS, ChangeRequest
from zhongbao_core.approval.statement import read_back_code
from zhongbao_core.clock import iso, show, show_duration, zone
from zhongbao_core.desk.rules import STATUS, may, status
from zhongbao_core.desk.state import RequestState, Word
from zhongbao_core.text import Lang, Text, plain


def as_json(
    desk: Desk, state: RequestState, request: ChangeRequest, statement: bytes, found: Needs, at: datetime
) -> dict[str, Any]:
    """A request as data: state, approvals, what is needed, what may happen next."""
    return {
        "schema_version": 1,
        "id": state.id,
        "revision": state.current.number,
        "status": status(state, at),
        "title": request.title,
        "kind": request.kind,
        "change_class": request.change_class,
        "targets": [str(target) for target in request.targets],
        "applicant": request.applicant,
        "executor": request.executor,
        "verifier": request.verifier,
        "start": iso(request.start),
        "end": iso(request.end),
        "statement": state.current.statement,
        "read_back": read_back_code(statement),
        "level": found.standing.level.id,
        "label": found.standing.label,
        "rung": found.rung.id if found.rung else None,
        "satisfied": found.satisfied,
        "needs": [line.as_json() for line in need_lines(desk, found)],
        "approvals": [word_json(word) for word in state.approvals],
        "pending": [word_json(word) for word in state.pending],
        "permits": [
            {
                "id": item.id,
                "expires_at": iso(item.expires_at),
                "not_before": iso(item.not_before),
                "revoked": item.revoked,
            }
            for item in state.permits
        ],
        "runs": [
            {"permit": run.permit, "started_at": iso(run.started_at), "outcome": run.outcome} for run in state.runs
        ],
        "next": list(may(state, at)),
    }


def word_json(word: Word) -> dict[str, Any]:
    """One recorded word as data."""
    return {
        "person": word.person,
        "voice": word.voice,
        "rank": word.rank,
        "assurance": word.assurance,
        "at": iso(word.at),
        "registrar": word.registrar,
        "cosigner": word.cosigner,
        "confirm_by": iso(word.confirm_by) if word.confirm_by else None,
        "confirmed": word.confirm_by is None or word.confirmed_entry is not None,
    }


def text(
    desk: Desk,
    state: RequestState,
    request: ChangeRequest,
    statement: bytes,
    found: Needs,
    at: datetime,
    lang: Lang,
) -> str:
    """A request for people: what it is, where it stands, who approved and how, what is still needed."""
    lines = [*_head(desk, state, request, found, at), *_words(desk, state), *_rest(desk, state, found, statement)]
    return "\n".join(plain(line.pick(lang)) for line in lines) + "\n"


def _head(desk: Desk, state: RequestState, request: ChangeRequest, found: Needs, at: datetime) -> Iterator[Text]:
    here, word = zone(desk.policy.zone), STATUS[status(state, at)]
    kind, how = KINDS[request.kind], CLASSES[request.change_class]
    yield Text(
        f"{state.id} 第 {state.current.number} 版  {request.title}  [{word.zh}]",
        f"{state.id} revision {state.current.number}  {request.title}  [{word.en}]",
    )
    targets = ", ".join(str(target) for target in request.targets)
    yield Text(f"  {kind.zh}（{how.zh}）：{targets}", f"  {kind.en} ({how.en}): {targets}")
    length = show_duration(request.end - request.start)
    yield Text(
        f"  {show(request.start, here)} 起，连同回退与观察 {length}",
        f"  from {show(request.start, here)}, {length} with rollback and observation",
    )
    asks, does = desk.name(request.applicant), desk.name(request.executor)
    checks = desk.name(request.verifier) or "-"
    yield Text(f"  申请 {asks}  实施 {does}  复核 {checks}", f"  applicant {asks}  executor {does}  verifier {checks}")
    level, label = found.standing.level.text, f"（{found.standing.label}）" if found.standing.label else ""
    yield Text(f"  级别：{level.zh}{label}", f"  level: {level.en} {found.standing.label}".rstrip())


def _words(desk: Desk, state: RequestState) -> Iterator[Text]:
    here = zone(desk.policy.zone)
    for word in state.approvals:
        how = ASSURANCE[word.assurance]
        owed = Text("，待补签", ", confirmation owed") if word.owed else Text("", "")
        deputy = f" -> {desk.name(word.voice)}" if word.voice != word.person else ""
        name, when = desk.name(word.person), show(word.at, here)
        yield Text(f"  ✓ {name}{deputy}  {how.zh}  {when}{owed.zh}", f"  ✓ {name}{deputy}  {how.en}  {when}{owed.en}")
    for word in state.pending:
        name = desk.name(word.person)
        yield Text(f"  … {name} 的代录待见证", f"  ... the attested word of {name} waits for its witness")


def _rest(desk: Desk, state: RequestState, found: Needs, statement: bytes) -> Iterator[Text]:
    for line in need_lines(desk, found) if not state.final and not state.used else ():
        yield Text(f"  {line.zh}", f"  {line.en}")
    here = zone(desk.policy.zone)
    for permit in state.permits:
        until = show(permit.expires_at, here)
        gone = Text("（已撤销）", " (revoked)") if permit.revoked else Text("", "")
        yield Text(f"  放行单 {permit.id} 至 {until}{gone.zh}", f"  permit {permit.id} until {until}{gone.en}")
    code = read_back_code(statement)
    yield Text(f"  回读码 {code}", f"  read-back code {code}")
