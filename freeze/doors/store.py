"""The ledger as a gate uses it: what was used, revoked or reviewed; then one entry, on disk before the answer.

All of it happens in one transaction, so that of two doors that ask with the same permit one is told it is used.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from freeze.decision.case import PermitView, UseState
from freeze.entry.open import OpenPolicy
from freeze.model import Decision, Question, Verdict
from freeze.policy import Policy
from zhongbao_core.canonical import canonical, digest
from zhongbao_core.clock import show, zone
from zhongbao_core.errors import CannotTellError, StoreError
from zhongbao_core.proof import Checkpoint
from zhongbao_core.text import Text
from zhongbao_core.trust import THE_LEDGER, Trust, VerifiedManifest, newest_adopted, refuse_older

if TYPE_CHECKING:
    from zhongbao_core.ledger.journal import Transaction

MAX_SECONDS = 366 * 86400
START_DRIFT = timedelta(seconds=120)
"""How far a claimed start may be from the recorded one."""


class Known(NamedTuple):
    """What the ledger knows about a question."""

    use: UseState
    started: datetime | None
    """When the ledger saw this very work start; None where it did not."""
    proven: bool = False
    """Whether ``started`` is a fact: the ledger is the one that the trust file names."""


@contextmanager
def ledger_of(opened: OpenPolicy, path: str, at: datetime, door: str) -> Iterator[Transaction]:
    """A transaction on the trust file's ledger, or on the one at ``path`` where the trust file names none.

    Refused where it is another ledger (CannotTellError LEDGER_NOT_PINNED where ``path`` leads elsewhere than the trust
    file), behind a checkpoint kept outside, or knows a newer policy than this door.
    """
    from zhongbao_core.ledger.outside import open_ledger

    trust = opened.trust
    if trust is None or opened.manifest is None:
        raise StoreError(Text("没有信任文件就没有存证日志", "without a trust file there is no ledger"))
    if path and not pinned(opened):
        trust = trust._replace(ledger=trust.ledger._replace(place=path))
    elif path:
        _require_pinned(path, trust.ledger.place or "")
    with open_ledger(trust, writer=f"gate:{door}"[:64]) as journal, journal.transaction(at) as tx:
        _not_older(tx, trust, opened.manifest)
        yield tx


def pinned(opened: OpenPolicy) -> bool:
    """Whether the trust file names the ledger: another one answers, but vouches for nothing."""
    return opened.trust is not None and opened.trust.ledger.place is not None


def known_to(opened: OpenPolicy, tx: Transaction, question: Question, view: PermitView | None, at: datetime) -> Known:
    """What a door may believe of ``known_of``: from a ledger that nobody pinned no use is checked, no start a fact.

    There a door is as good as offline; but a permit which that ledger knows as used or revoked stays refused.
    """
    actor = actor_id(opened.policy, question.actor)
    known = known_of(tx, question, view, at, opened.policy.zone, actor=actor)
    if pinned(opened):
        return known._replace(proven=known.started is not None)
    running = known.use.spent == "used" and question.step == "step"
    use = known.use._replace(online=False)
    return known._replace(use=use._replace(spent="unchecked") if running or use.spent == "free" else use)


def known_of(
    tx: Transaction, question: Question, view: PermitView | None, at: datetime, zone_name: str, *, actor: str = ""
) -> Known:
    """What the ledger says about the permit in ``view`` and about the start of ``question``; ``actor``: who asks."""
    if view is None:
        return Known(UseState(online=True, spent="free"), _decided(tx, question, at, actor))
    spent = tx.find_key(f"run:{view.id}") or tx.find_key(f"use:{view.id}")
    revoked = _revoked(tx, view)
    use = UseState(online=True, spent="free")
    if revoked is not None:
        use = use._replace(spent="revoked", detail=show(revoked, zone(zone_name)))
    elif spent is not None:
        use = use._replace(spent="used", detail=f"#{spent.seq} {show(spent.time, zone(zone_name))}")
    return Known(_counted(tx, use, view, at, zone_name), spent.time if spent else None)


def require_checkpoint(tx: Transaction, checkpoint: Checkpoint | None) -> None:
    """Refuse a ledger that does not contain what the permit's checkpoint saw of it."""
    if checkpoint is not None:
        tx.require(checkpoint)


def record(tx: Transaction, decision: Decision, actor: str, view: PermitView | None = None) -> None:
    """Record ``decision``; an allow by permit at the start of the work is the permit's one use.

    An emergency release that goes through is recorded as opened, as reported, where nobody did so before.
    """
    question = decision.question
    body = {
        "verdict": decision.verdict.value,
        "reason_code": decision.reason_code,
        **_work(question),
        "duration": int(question.duration.total_seconds()),
        "permit": decision.permit,
        "level": decision.level.id,
        "manifest": decision.manifest,
        "observed": decision.observed,
        "actor": actor,
        "step": question.step,
    }
    if view is not None and view.code:
        body["code"] = view.code
    if view is not None and view.opening is not None and decision.reason_code == "BREAK_GLASS":
        _opened(tx, view.id, view.opening)
    opens = decision.verdict is Verdict.ALLOW and decision.use and question.step == "start"
    tx.append("decision", question.door, body, f"use:{decision.permit}" if opens else "")
    for rule in decision.rules:
        if rule.kind == "exemption" and decision.verdict is Verdict.ALLOW:
            tx.append("exemption.used", rule.id, {"targets": body["targets"], "kind": question.kind, "actor": actor})


def _opened(tx: Transaction, name: str, opening: Mapping[str, Any]) -> None:
    key = f"bg:{name}"
    if tx.find_key(key) is None:
        tx.append("breakglass.opened", name, dict(opening), key)


def actor_id(policy: Policy, actor: str) -> str:
    """The id of the person behind an account; the ledger keeps no other words about who asked."""
    person = policy.directory.owner_of_account(actor) if actor else None
    return person.id if person else ""


def _not_older(tx: Transaction, trust: Trust, manifest: VerifiedManifest) -> None:
    adopted = tx.entries(kinds=("manifest.adopted", "amendment.adopted"), ref=trust.workspace)
    seen = newest_adopted(((item.kind, item.ref, item.body) for item in adopted), trust.workspace)
    refuse_older(manifest, seen, where=THE_LEDGER)


def _revoked(tx: Transaction, view: PermitView) -> datetime | None:
    if view.subject is None:
        return None
    found = tx.entries(kinds=("permit.revoked",), ref=view.subject.id)
    return next((item.time for item in found if item.body.get("id") == view.id), None)


def _work(question: Question) -> dict[str, Any]:
    """What is done, so that a later step can be told from other work: kind, class, targets, digest of the binds."""
    return {
        "targets": [str(item) for item in question.targets],
        "kind": question.kind,
        "class": question.change_class,
        "binds": digest(canonical(dict(question.binds))),
    }


def _decided(tx: Transaction, question: Question, at: datetime, actor: str) -> datetime | None:
    """The instant at which this door was told that the same work of the same person may start, where the asker names it.

    It counts for the length that was asked for then, and not at all where none was. An account nobody knows has no
    start: the ledger does not tell one such account from another.
    """
    if question.step != "step" or question.started is None or (question.actor and not actor):
        return None
    wanted = {**_work(question), "actor": actor, "verdict": "allow", "step": "start", "observed": False}
    for item in tx.entries(kinds=("decision",), ref=question.door):
        same = all(item.body.get(name) == value for name, value in wanted.items())
        if same and abs(item.time - question.started) <= START_DRIFT and at < item.time + _length(item.body):
            return item.time
    return None


def _length(body: Mapping[str, Any]) -> timedelta:
    """The length that was judged with a decision; nothing where it was written without one."""
    found = body.get("duration", 0)
    return timedelta(seconds=found) if type(found) is int and 0 <= found <= MAX_SECONDS else timedelta(0)


def _require_pinned(path: str, place: str) -> None:
    if os.path.realpath(path) != os.path.realpath(place):
        raise CannotTellError(
            Text(f"{path} 不是信任文件写明的存证日志", f"{path} is not the ledger that the trust file names"),
            Text("去掉 --ledger；换日志须改信任文件", "leave --ledger out; another ledger needs another trust file"),
            reason_code="LEDGER_NOT_PINNED",
        )


def _counted(tx: Transaction, use: UseState, view: PermitView, at: datetime, zone_name: str) -> UseState:
    if view.kind == "standard":
        midnight = at.astimezone(zone(zone_name)).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        uses = tx.entries(kinds=("standard.used",), ref=view.standard)
        return use._replace(used_today=sum(item.time >= midnight for item in uses))
    if view.kind == "breakglass":
        from freeze.life.glass import reduce_glass, used_by_another

        mine = view.subject.id if view.subject else ""
        told = reduce_glass(tx.entries(kinds=("breakglass.opened", "breakglass.reviewed")))
        owed = [item for item in told.values() if item.id != mine and item.review_open()]
        other = used_by_another(told.values(), view.code, view.id, view.statement)
        use = use._replace(code_used=use.code_used or other)
        return use._replace(reviews_open=len(owed), reviews_overdue=sum(item.overdue(at) for item in owed))
    return use
