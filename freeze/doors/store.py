"""The ledger as a gate uses it: what was used, revoked or reviewed; then one entry, on disk before the answer.

All of it happens in one transaction, so that of two doors that ask with the same permit one is told it is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from freeze.decision.case import PermitView, UseState
from freeze.entry.open import OpenPolicy
from freeze.model import Decision, Question, Verdict
from freeze.policy import Policy
from zhongbao_core.clock import show, zone
from zhongbao_core.errors import StoreError
from zhongbao_core.proof import Checkpoint
from zhongbao_core.text import Text
from zhongbao_core.trust import THE_LEDGER, Trust, VerifiedManifest, newest_adopted, refuse_older

if TYPE_CHECKING:
    from zhongbao_core.ledger.journal import Transaction

START_DRIFT = timedelta(seconds=120)
"""How far a claimed start may be from the recorded one."""


class Known(NamedTuple):
    """What the ledger knows about a question."""

    use: UseState
    started: datetime | None
    """When the ledger saw this very work start; None where it did not."""


@contextmanager
def ledger_of(opened: OpenPolicy, path: str, at: datetime, door: str) -> Iterator[Transaction]:
    """A transaction on the ledger at ``path`` (the trust file's where empty).

    Refused where it is another ledger, behind a checkpoint kept outside, or knows a newer policy than this door.
    """
    from zhongbao_core.ledger.outside import open_ledger

    trust = opened.trust
    if trust is None or opened.manifest is None:
        raise StoreError(Text("没有信任文件就没有存证日志", "without a trust file there is no ledger"))
    if path:
        trust = trust._replace(ledger=trust.ledger._replace(place=path))
    with open_ledger(trust, writer=f"gate:{door}"[:64]) as journal, journal.transaction(at) as tx:
        _not_older(tx, trust, opened.manifest)
        yield tx


def known_of(tx: Transaction, question: Question, view: PermitView | None, at: datetime, zone_name: str) -> Known:
    """What the ledger says about the permit in ``view`` and about the start of ``question``."""
    if view is None:
        return Known(UseState(online=True, spent="free"), _decided(tx, question))
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
        "targets": [str(item) for item in question.targets],
        "kind": question.kind,
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


def _decided(tx: Transaction, question: Question) -> datetime | None:
    """The instant at which this door was told that the same work may start, where the asker names it."""
    if question.step != "step" or question.started is None:
        return None
    wanted: dict[str, Any] = {"verdict": "allow", "kind": question.kind, "step": "start", "observed": False}
    wanted["targets"] = [str(item) for item in question.targets]
    for item in tx.entries(kinds=("decision",), ref=question.door):
        same = all(item.body.get(name) == value for name, value in wanted.items())
        if same and abs(item.time - question.started) <= START_DRIFT:
            return item.time
    return None


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
