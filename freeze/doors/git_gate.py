"""A push before the gate: every ref is judged, and all of it goes in or none (pre-receive)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from freeze.decision.case import PermitView
from freeze.doors.asking import mapped
from freeze.doors.gate_run import Ask, Say, decided, online, refused
from freeze.doors.git_permits import Presented, presented
from freeze.doors.git_push import Effect, Update, effects, judged
from freeze.doors.run_gate import work_of
from freeze.entry.open import OpenPolicy, open_policy
from freeze.model import Decision, Door, Question, Verdict
from zhongbao_core.approval.subject import Target
from zhongbao_core.clikit import Settings
from zhongbao_core.clock import now
from zhongbao_core.errors import ExitCode, StoreError, ZhongbaoError
from zhongbao_core.text import Text
from zhongbao_core.trust import instant, load_trust


class Push(NamedTuple):
    """A push as the hook was called with it; nothing in it is believed."""

    updates: tuple[Update, ...]
    git_dir: str
    project: str
    options: tuple[str, ...]
    actor: str


class Judged(NamedTuple):
    """One decision and the refs it is about."""

    refs: tuple[Effect, ...]
    decision: Decision


def judge(settings: Settings, given: Mapping[str, Any], push: Push, say: Say) -> tuple[Judged, ...]:
    """The decisions on ``push``: one for each permit's refs, one for the refs without. Failures refuse everything."""
    at = now()
    try:
        trust = load_trust(settings.trust, settings.workspace)
        at = instant(given["at"], trust)
        updates = judged(push.updates, given["free"])
        if not updates:
            return ()
        opened = open_policy(settings, at, trust=trust)
        seen = effects(updates, push.git_dir)
        asks = list(_asks(given, push, opened, seen, at, say))
        return _reached(given, opened, asks, at) if online(given, trust) else _offline(given, asks)
    except ZhongbaoError as error:
        return (Judged((), _refused(given, at, error)),)
    except Exception as error:
        cause = f"{type(error).__name__}: {error}"[:300]
        wrapped = ZhongbaoError(Text(f"内部错误：{cause}", f"unexpected error: {cause}"))
        return (Judged((), _refused(given, at, wrapped)),)


def allowed(judgements: Sequence[Judged]) -> bool:
    """Whether all of the push may go in; a push without judged refs may."""
    return all(item.decision.verdict is Verdict.ALLOW for item in judgements)


def _refused(given: Mapping[str, Any], at: datetime, error: ZhongbaoError) -> Decision:
    asked = {"system": (), "environment": "", "change_class": "normal", "untrusted_demo": False}
    decision = refused({**asked, **given}, at, error.reason_code, error.message, error.hint)
    return replace(decision, verdict=Verdict.HOLD) if error.exit_code is ExitCode.FINDINGS else decision


class _Asked(NamedTuple):
    refs: tuple[Effect, ...]
    ask: Ask


def _asks(
    given: Mapping[str, Any], push: Push, opened: OpenPolicy, seen: tuple[Effect, ...], at: datetime, say: Say
) -> Iterator[_Asked]:
    """A question for each permit over the refs it binds, and one for each ref that no permit speaks of."""
    pushed = {name: value for effect in seen for name, value in effect.binds}
    rest = list(seen)
    for permit in presented(push.options, given["permits"], pushed, opened, at):
        mine = tuple(effect for effect in rest if _speaks(permit.view, effect))
        if permit.view.fault is not None or mine:
            yield _asked(given, push, opened, mine, permit, at, say)
        rest = [effect for effect in rest if effect not in mine]
    for effect in rest:
        yield _asked(given, push, opened, (effect,), None, at, say)


def _speaks(view: PermitView, effect: Effect) -> bool:
    """Whether the permit is about this ref. An emergency release that names no ref is about all of them."""
    ref = effect.update.ref
    if view.kind == "breakglass" and not any(name.startswith(("tree:", "delete:", "force:")) for name in view.bound):
        return True
    return any(name in view.bound for name in (f"tree:{ref}", f"delete:{ref}", f"force:{ref}"))


def _asked(
    given: Mapping[str, Any],
    push: Push,
    opened: OpenPolicy,
    refs: tuple[Effect, ...],
    permit: Presented | None,
    at: datetime,
    say: Say,
) -> _Asked:
    view = permit.view if permit else None
    kind, change_class = work_of(opened, view) if view else (given["kind"], "normal")
    question = Question(
        targets=_targets(given, push, opened, refs),
        kind=kind,
        change_class=change_class,
        labels=dict(view.request.labels) if view and view.request else {},
        binds=_shown(refs, view) if view else {},
        door=given["door"],
        asks="hook",
        actor=push.actor,
        restores=view.restores if view else False,
    )
    return _Asked(refs, Ask(given, opened, question, view, permit.checkpoint if permit else None, at, say))


def _shown(refs: tuple[Effect, ...], view: PermitView) -> dict[str, str]:
    """The binds of what is pushed; an emergency release shows those it named."""
    shown = {name: value for effect in refs for name, value in effect.binds}
    return {name: value for name, value in shown.items() if view.kind != "breakglass" or name in view.bound}


def _targets(given: Mapping[str, Any], push: Push, opened: OpenPolicy, refs: tuple[Effect, ...]) -> tuple[Target, ...]:
    """What the repository stands for at this door; ``project:ref`` in the mapping speaks before ``project``."""
    door = opened.policy.doors.get(given["door"])
    found: list[Target] = []
    for ref in [effect.update.ref for effect in refs] or [""]:
        found += _mapped(door, push.project, ref)
    return tuple(dict.fromkeys(found))


def _mapped(door: Door | None, project: str, ref: str) -> tuple[Target, ...]:
    """The first of ``project:ref``, ``project`` and ``project.git`` that the door maps; else a system nobody knows."""
    for name in (f"{project}:{ref}", project, f"{project}.git"):
        targets = mapped(door, name)
        if targets[0].environment != "project":
            return targets
    return mapped(door, project)


def _reached(given: Mapping[str, Any], opened: OpenPolicy, asks: Sequence[_Asked], at: datetime) -> tuple[Judged, ...]:
    """Online; where the store is down a push under emergency release alone goes on without it, and it is said."""
    try:
        return _online(given, opened, asks, at)
    except StoreError as error:
        if not all(item.ask.view is not None and item.ask.view.kind == "breakglass" for item in asks):
            raise
        for item in asks:
            item.ask.say(error.message)
        return _offline(given, asks)


def _online(given: Mapping[str, Any], opened: OpenPolicy, asks: Sequence[_Asked], at: datetime) -> tuple[Judged, ...]:
    """One transaction over the whole push. A refused push uses no permit up."""
    from freeze.doors.store import actor_id, known_to, ledger_of, record, require_checkpoint

    with ledger_of(opened, given["ledger"], at, given["door"]) as tx:
        found = []
        for item in asks:
            require_checkpoint(tx, item.ask.checkpoint)
            known = known_to(opened, tx, item.ask.question, item.ask.view, at)
            use = known.use._replace(code_used=known.use.code_used or _code_before(item, asks))
            found.append(Judged(item.refs, _strict(item.ask, decided(item.ask, item.ask.question, use))))
        whole = allowed(found)
        for item, judgement in zip(asks, found, strict=True):
            if whole or judgement.decision.verdict is not Verdict.ALLOW:
                actor = actor_id(opened.policy, judgement.decision.question.actor)
                record(tx, judgement.decision, actor, item.ask.view)
    return tuple(found)


def _code_before(item: _Asked, asks: Sequence[_Asked]) -> str:
    """The release earlier in the same push that shows the sealed code of this one; empty where none does."""
    mine = item.ask.view
    for view in (other.ask.view for other in asks):
        if view is mine or mine is None:
            return ""
        if view is not None and view.code and view.code == mine.code:
            return view.id
    return ""


def _offline(given: Mapping[str, Any], asks: Sequence[_Asked]) -> tuple[Judged, ...]:
    from freeze.doors.receipt import receipt_folder, write_receipt

    found = tuple(Judged(item.refs, _strict(item.ask, decided(item.ask, item.ask.question, None))) for item in asks)
    for judgement in found:
        if allowed(found) or judgement.decision.verdict is not Verdict.ALLOW:
            write_receipt(judgement.decision, receipt_folder(given["receipt_dir"]))
    return found


def _strict(ask: Ask, decision: Decision) -> Decision:
    """A permit that was presented and is bad refuses, even where the calendar alone would let the push in."""
    fault = ask.view.fault if ask.view else None
    if fault is None or decision.verdict is not Verdict.ALLOW:
        return decision
    return replace(decision, verdict=Verdict.HOLD, reason_code=fault.code, message=fault.text, use="")
