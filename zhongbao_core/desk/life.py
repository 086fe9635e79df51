"""The life of what lies on a desk for approval, pure: from ledger entries to a state.

``reduce`` never raises for what an entry says: an entry no desk would have written changes nothing and is
kept as an oddity for the audit. Only a run that has begun counts even where it was unlawful: it happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from zhongbao_core.approval.subject import Subject
from zhongbao_core.clock import parse_instant
from zhongbao_core.desk.rules import admit, no, refusal, require
from zhongbao_core.desk.state import EntryLike, Final, Issued, RequestState, Revision, Run, Word
from zhongbao_core.errors import RefusedError, ZhongbaoError
from zhongbao_core.text import Text

SUBMISSIONS = frozenset({"request.submitted", "post.submitted", "sheet.submitted"})
"""The kinds of entry that bring something to a desk: a change request, a post, a sheet of posts."""


def reduce(entries: Iterable[EntryLike], request: str, keeps: frozenset[str] = SUBMISSIONS) -> RequestState:
    """The state of ``request`` after ``entries`` (in ledger order; entries about other things are passed over).

    Submissions of a kind that ``keeps`` does not name are passed over too: for that desk there is no such number.
    """
    state = RequestState(request)
    for entry in entries:
        if entry.ref == request and entry.kind in STEPS and entry.kind not in SUBMISSIONS - keeps:
            state = step(state, entry)
    return state


def reduce_all(
    entries: Iterable[EntryLike], keeps: frozenset[str] = frozenset({"request.submitted"})
) -> dict[str, RequestState]:
    """The states of everything submitted as ``keeps`` says that ``entries`` speak of, in order of first mention."""
    states: dict[str, RequestState] = {}
    for entry in entries:
        if entry.kind in SUBMISSIONS - keeps:
            continue
        if entry.kind in STEPS and (entry.ref in states or entry.kind in keeps):
            states[entry.ref] = step(states.get(entry.ref, RequestState(entry.ref)), entry)
    return states


def step(state: RequestState, entry: EntryLike) -> RequestState:
    """The state after one more entry; an entry that does not fit is kept as an oddity and changes nothing."""
    try:
        return STEPS[entry.kind](state, entry)
    except RefusedError as error:
        return _odd(state, entry, error.message)
    except (ZhongbaoError, KeyError, TypeError, ValueError, LookupError, AttributeError) as error:
        return _odd(state, entry, Text(f"记录残缺：{error!r}", f"the record is damaged: {error!r}"))


def _odd(state: RequestState, entry: EntryLike, why: Text) -> RequestState:
    return replace(state, oddities=(*state.oddities, (entry.seq, why)))


def _submitted(state: RequestState, entry: EntryLike) -> RequestState:
    revision = _revision(entry)
    if revision.number != len(state.revisions) + 1 or revision.subject.revision != revision.number:
        raise no("REVISION_GAP", f"版本号 {revision.number} 不连续", f"revision {revision.number} is out of turn")
    if state.revisions and state.current.subject.kind != revision.subject.kind:
        raise no("KIND_CHANGED", "新版本与原标的种类不同", "a revision is of the kind that was submitted first")
    if any(item.subject.nonce == revision.subject.nonce for item in state.revisions):
        raise no("NONCE_USED", "随机数已用过", "the nonce was used by an earlier revision")
    if state.revisions:
        require(state, "revise", entry.time)
    permits = tuple(replace(item, revoked=True) if item.live(entry.time) else item for item in state.permits)
    return replace(
        state,
        revisions=(*state.revisions, revision),
        voided=(*state.voided, *state.approvals),
        approvals=(),
        pending=(),
        permits=permits,
    )


def _revision(entry: EntryLike) -> Revision:
    body = entry.body
    return Revision(
        number=body["revision"],
        entry=entry.seq,
        at=entry.time,
        request=body["request"],
        statement=body["statement"],
        applicant=body["applicant"],
        executor=body.get("executor", ""),
        verifier=body.get("verifier", ""),
        kind=body.get("kind", ""),
        change_class=body.get("class", ""),
        subject=Subject.from_json(body["subject"]),
    )


def _withdrawn(state: RequestState, entry: EntryLike) -> RequestState:
    require(state, "withdraw", entry.time)
    return _ended(state, Final("withdrawn", entry.body["by"], entry.time, entry.seq, entry.body.get("reason", "")))


def _rejected(state: RequestState, entry: EntryLike) -> RequestState:
    require(state, "reject", entry.time)
    return _ended(state, Final("rejected", entry.body["person"], entry.time, entry.seq, entry.body.get("reason", "")))


def _ended(state: RequestState, final: Final) -> RequestState:
    permits = tuple(replace(item, revoked=True) if item.live(final.at) else item for item in state.permits)
    return replace(state, final=final, permits=permits)


def _pending(state: RequestState, entry: EntryLike) -> RequestState:
    require(state, "approve", entry.time)
    word = _word(state, entry)
    admit(state, word.person, word.voice, frozenset({word.registrar}))
    return replace(state, pending=(*state.pending, word))


def _approved(state: RequestState, entry: EntryLike) -> RequestState:
    require(state, "approve", entry.time)
    word = _word(state, entry)
    admit(state, word.person, word.voice, frozenset(filter(None, (word.registrar, word.cosigner))))
    rest = tuple(item for item in state.pending if item.voice != word.voice)
    return replace(state, approvals=(*state.approvals, word), pending=rest)


def _word(state: RequestState, entry: EntryLike) -> Word:
    body = entry.body
    if body["revision"] != state.current.number or body["statement"] != state.current.statement:
        raise no("OTHER_STATEMENT", "审批的不是当前版本", "the word is not over the current revision")
    return Word(
        entry=entry.seq,
        at=entry.time,
        revision=body["revision"],
        statement=body["statement"],
        person=body["person"],
        voice=body["voice"],
        rank=body["rank"],
        assurance=body["assurance"],
        key_id=body.get("key_id", ""),
        signature=body.get("signature", ""),
        code=body.get("code", ""),
        registrar=body.get("registrar", ""),
        cosigner=body.get("cosigner", ""),
        channel=body.get("channel", ""),
        evidence=body.get("evidence", ""),
        confirm_by=parse_instant(body["confirm_by"]) if body.get("confirm_by") else None,
    )


def _confirmed(state: RequestState, entry: EntryLike) -> RequestState:
    seq, person = entry.body["entry"], entry.body["person"]
    if not any(word.entry == seq and word.owed and person == word.person for word in state.owed()):
        raise no("NOTHING_OWED", f"没有待 {person} 补签的审批", f"no confirmation is owed by {person}")

    def mark(words: tuple[Word, ...]) -> tuple[Word, ...]:
        return tuple(replace(word, confirmed_entry=entry.seq) if word.entry == seq else word for word in words)

    return replace(state, approvals=mark(state.approvals), voided=mark(state.voided))


def _issued(state: RequestState, entry: EntryLike) -> RequestState:
    require(state, "issue", entry.time)
    body = entry.body
    permit = Issued(
        id=body["id"],
        entry=entry.seq,
        digest=body["permit"],
        revision=state.current.number,
        level=body["level"],
        issued_at=entry.time,
        not_before=parse_instant(body["not_before"]),
        expires_at=parse_instant(body["expires_at"]),
    )
    if not state.approvals or state.permit(permit.id) is not None:
        raise no("PERMIT_BARE", "放行单没有审批依据或编号重复", "a permit without approvals, or a number used twice")
    return replace(state, permits=(*state.permits, permit))


def _revoked(state: RequestState, entry: EntryLike) -> RequestState:
    permit = entry.body["id"]
    if state.permit(permit) is None:
        raise no("PERMIT_UNKNOWN", f"没有放行单 {permit}", f"there is no permit {permit}")
    permits = tuple(replace(item, revoked=True) if item.id == permit else item for item in state.permits)
    return replace(state, permits=permits)


def _started(state: RequestState, entry: EntryLike) -> RequestState:
    permit = state.permit(entry.body["id"])
    if permit is None or any(run.permit == permit.id for run in state.runs):
        raise no("PERMIT_USED", "放行单不存在或已用过", "the permit does not exist or is used")
    run = Run(permit.id, entry.seq, entry.time, entry.body.get("door", ""), entry.body.get("actor", ""))
    unlawful = refusal(state, "start", entry.time)
    begun = replace(state, runs=(*state.runs, run))
    return begun if unlawful is None else _odd(begun, entry, unlawful.message)


def _run_ended(state: RequestState, entry: EntryLike) -> RequestState:
    running = next((run for run in state.runs if run.permit == entry.body["id"] and run.ended_at is None), None)
    if running is None:
        raise no("NOT_RUNNING", "没有对应的实施", "no such run has begun")
    ended = replace(running, ended_at=entry.time, outcome=entry.body.get("outcome", ""))
    return replace(state, runs=tuple(ended if run is running else run for run in state.runs))


STEPS: Mapping[str, Callable[[RequestState, EntryLike], RequestState]] = {
    **dict.fromkeys(sorted(SUBMISSIONS), _submitted),
    "request.withdrawn": _withdrawn,
    "post.withdrawn": _withdrawn,
    "approval.attested_pending": _pending,
    "approval.recorded": _approved,
    "approval.rejected": _rejected,
    "approval.confirmed": _confirmed,
    "permit.issued": _issued,
    "permit.revoked": _revoked,
    "run.started": _started,
    "run.ended": _run_ended,
}
"""What each entry kind does to a request."""
