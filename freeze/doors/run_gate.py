"""What ``freeze run`` decides and records around the command: the start durably before it, the outcome after it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from freeze.decision.case import Fault, PermitView
from freeze.doors.asking import pairs, read_permit
from freeze.doors.gate_run import Ask, Say, decided, online, refused
from freeze.doors.run_binds import shown_binds
from freeze.doors.run_child import Ended
from freeze.entry.open import OpenPolicy, open_policy
from freeze.model import Decision, Question, Verdict
from zhongbao_core.canonical import digest, strict_json
from zhongbao_core.clikit import Settings
from zhongbao_core.clock import now
from zhongbao_core.errors import ExitCode, RefusedError, StoreError, UsageError, ZhongbaoError
from zhongbao_core.text import Text
from zhongbao_core.trust import instant, load_trust, remember


class Started(NamedTuple):
    """The decision on a run, and what is needed to record its end."""

    decision: Decision
    ask: Ask | None = None
    recorded: bool = False
    """Whether the ledger holds its start, and is owed its end."""

    @property
    def allowed(self) -> bool:
        """Whether the command may be started."""
        return self.decision.verdict is Verdict.ALLOW


def begin(settings: Settings, given: Mapping[str, Any], argv: Sequence[str], say: Say) -> Started:
    """Decide whether ``argv`` may be started and record it. Only UsageError leaves here; other failures refuse."""
    at, opened = now(), None
    try:
        trust = load_trust(settings.trust, settings.workspace)
        at = instant(given["at"], trust)
        data = read_permit(given["permit"])
        opened = open_policy(settings, at, trust=trust)
        ask = _ask(given, data, opened, argv, at, say)
        started = _reached(ask, _permit_digest(data)) if online(given, trust) else _offline(ask)
        _remember(ask)
        return started
    except UsageError:
        raise
    except ZhongbaoError as error:
        return Started(_refused(given, at, error, opened))
    except Exception as error:
        cause = f"{type(error).__name__}: {error}"[:300]
        wrong = ZhongbaoError(Text(f"内部错误：{cause}", f"unexpected error: {cause}"))
        return Started(_refused(given, at, wrong, opened))


def end(started: Started, ended: Ended, elapsed: timedelta) -> None:
    """Record how the command ended. Raises ZhongbaoError where the ledger does not take it."""
    ask = started.ask
    if ask is None or ask.view is None or not started.recorded:
        return
    from freeze.doors.store import ledger_of

    at = now() if not ask.given["at"] else ask.at + elapsed
    body = {"id": ask.view.id, "outcome": ended.outcome, "exit_code": ended.raw_code, "log": ""}
    with ledger_of(ask.opened, ask.given["ledger"], at, ask.question.door) as tx:
        tx.append("run.ended", _reference(ask.view), body, f"end:{ask.view.id}")


def _refused(given: Mapping[str, Any], at: datetime, error: ZhongbaoError, opened: OpenPolicy | None) -> Decision:
    """The refusal; where the policy was in order, it says under which one, and in which time zone."""
    asked = {"system": (), "environment": "", "kind": "", "change_class": "normal", "untrusted_demo": False}
    decision = refused({**asked, **given}, at, error.reason_code, error.message, error.hint)
    if opened is not None:
        policy = opened.policy
        decision = replace(decision, manifest=policy.manifest, zone=policy.zone, rehearsal=opened.rehearsal)
    return replace(decision, verdict=Verdict.HOLD) if error.exit_code is ExitCode.FINDINGS else decision


def _permit_digest(data: bytes) -> str:
    return digest(str(strict_json(data, what="permit")["permit"]).encode())


def _ask(given: Mapping[str, Any], data: bytes, opened: OpenPolicy, argv: Sequence[str], at: datetime, say: Say) -> Ask:
    from freeze.entry.evidence import examine

    found = examine(data, opened, at)
    for text in found.notes:
        say(text)
    view = found.view
    if view.fault is not None or view.subject is None:
        raise _bad_permit(view)
    name = f"command:{given['name']}" if given["name"] else "command"
    shown = shown_binds(view.bound, argv, name, pairs("--artifact", given["artifact"]))
    if view.kind == "breakglass":  # an emergency names what it can; what it did name must still be so
        shown = {key: value for key, value in shown.items() if key in view.bound}
    return Ask(given, opened, _question(given, opened, view, shown), view, found.checkpoint, at, say)


def _bad_permit(view: PermitView) -> ZhongbaoError:
    from freeze.decision.explain import bad_permit, quoted

    fault = view.fault or Fault("PERMIT_MALFORMED", Text("放行单没有标的", "the permit has no subject"))
    hint = bad_permit(fault.code, quoted(view.subject.id) if view.subject else "CR-ID")
    clock = fault.code == "PERMIT_NOT_YET"  # this machine may be wrong after all
    return RefusedError(fault.text, None if clock else hint, reason_code=fault.code)


def _question(given: Mapping[str, Any], opened: OpenPolicy, view: PermitView, shown: dict[str, str]) -> Question:
    """The question a permit answers: its own targets and kind, with digests made here."""
    kind, change_class = work_of(opened, view)
    return Question(
        targets=view.subject.targets if view.subject else (),
        kind=kind,
        change_class=change_class,
        labels=dict(view.request.labels) if view.request else {},
        binds=shown,
        door=given["door"],
        asks="run",
        actor=given["actor"],
        step="step" if given["step"] else "start",
        restores=view.restores,
    )


def work_of(opened: OpenPolicy, view: PermitView) -> tuple[str, str]:
    """Kind and class of the work a permit was given for."""
    if view.request is not None:
        return view.request.kind, view.request.change_class
    if view.kind == "standard":
        item = opened.policy.catalogue.get(view.standard)
        return (item.kind if item else "", "standard")
    return view.work, "emergency"


def _reached(ask: Ask, permit: str) -> Started:
    """Online; where the store is down an emergency release goes on without it, and it is said."""
    try:
        return _online(ask, permit)
    except StoreError as error:
        if ask.view is None or ask.view.kind != "breakglass":
            raise
        cause = error.message
        ask.say(
            Text(
                f"存证日志不可用，应急放行按离线办理：{cause.zh}",
                f"the ledger cannot be used; the emergency release goes on offline: {cause.en}",
            )
        )
        return _offline(ask)


def _online(ask: Ask, permit: str) -> Started:
    """One transaction: what the ledger knows, the decision, and the one use of the permit. On disk when it returns."""
    from freeze.doors.store import actor_id, known_to, ledger_of, record, require_checkpoint

    opened = ask.opened
    with ledger_of(opened, ask.given["ledger"], ask.at, ask.question.door) as tx:
        require_checkpoint(tx, ask.checkpoint)
        known = known_to(opened, tx, ask.question, ask.view, ask.at)
        step = ask.question.step == "step"
        if step and known.started is None:
            raise _not_begun(ask)
        question = replace(ask.question, started=known.started) if step else ask.question
        decision = _strict(ask, decided(ask, question, known.use, proven=step and known.proven))
        actor = actor_id(opened.policy, question.actor)
        record(tx, decision, actor, ask.view)
        begins = decision.verdict is Verdict.ALLOW and not step and ask.view is not None
        if begins and ask.view is not None:
            body: dict[str, Any] = {"permit": permit, "id": ask.view.id, "door": question.door, "actor": actor}
            body |= {"targets": [str(item) for item in question.targets], "host": _host()}
            tx.append("run.started", _reference(ask.view), body, f"run:{ask.view.id}")
    return Started(decision, ask, recorded=begins)


def _not_begun(ask: Ask) -> RefusedError:
    name = ask.view.id if ask.view else ""
    return RefusedError(
        Text(f"放行单 {name} 下没有已开始的实施", f"no run has begun under permit {name}"),
        Text("先不带 --step 运行", "run it without --step first"),
        reason_code="RUN_NOT_BEGUN",
    )


def _offline(ask: Ask) -> Started:
    """Decide from the permit alone; the receipt stands on disk before the command starts, or an emergency does without."""
    from freeze.doors.receipt import receipt_folder, write_receipt

    decision = _strict(ask, decided(ask, ask.question, None))
    try:
        write_receipt(decision, receipt_folder(ask.given["receipt_dir"]))
    except ZhongbaoError as error:
        if decision.reason_code != "BREAK_GLASS":
            raise
        ask.say(error.message)
    return Started(decision, ask)


def _strict(ask: Ask, decision: Decision) -> Decision:
    """Where the calendar alone lets it pass, the command must still be the one that the permit names."""
    same = ask.view is None or ask.view.kind == "breakglass" or dict(ask.question.binds) == ask.view.bound
    if decision.verdict is not Verdict.ALLOW or same or decision.observed:
        return decision
    return replace(
        decision,
        verdict=Verdict.HOLD,
        reason_code="PERMIT_MISMATCH",
        message=Text(
            "命令、文件或提交与放行单所绑定的不一致", "command, files or commit are not what the permit is bound to"
        ),
        next_step=Text("按获批内容执行，或提交新版本", "run what was approved, or submit a new revision"),
        use="",
    )


def _reference(view: PermitView) -> str:
    return view.subject.id if view.subject else view.id


def _remember(ask: Ask) -> None:
    if ask.opened.trust is None or ask.opened.manifest is None:
        return
    seen = ask.checkpoint
    size, time = (seen.size, seen.time) if seen else (0, None)
    kept = remember(ask.opened.trust, ask.opened.manifest, checkpoint_size=size, checkpoint_time=time)
    if kept is not None:
        ask.say(kept)


def _host() -> str:
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")
