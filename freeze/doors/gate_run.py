"""What ``freeze gate`` does: open the policy, ask, decide, record, answer. Whatever fails becomes a refusal (3)."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TextIO

from freeze.decision.case import PermitView, UseState
from freeze.decision.gate import decide
from freeze.entry.open import OpenPolicy, open_policy
from freeze.model import Decision, Question, Verdict
from zhongbao_core.clock import now
from zhongbao_core.errors import UsageError, ZhongbaoError
from zhongbao_core.proof import Checkpoint
from zhongbao_core.settings import Settings
from zhongbao_core.text import Text, plain
from zhongbao_core.trust import Trust, instant, load_trust, remember

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

Say = Callable[[Text], None]


class Ask(NamedTuple):
    """One question at an open policy, before the ledger was asked."""

    given: Mapping[str, Any]
    opened: OpenPolicy
    question: Question
    view: PermitView | None
    checkpoint: Checkpoint | None
    at: datetime
    say: Say


def perform(settings: Settings, given: Mapping[str, Any]) -> int:
    """Ask, and say the answer in the format wanted: the report on stdout, talk on stderr; the exit code."""
    from freeze.show.decision import RENDERERS, exit_code

    def say(text: Text) -> None:
        _write(sys.stderr, plain(settings.say(text), newlines=True) + "\n")

    decision = answer(settings, given, say)
    _write(sys.stdout, RENDERERS[given["fmt"]](decision, settings.lang))
    if given["fmt"] in ("github", "gitlab"):
        _beside(settings, given["fmt"], decision, say)
    sys.stdout.flush()
    return exit_code(decision)


def _beside(settings: Settings, fmt: str, decision: Decision, say: Say) -> None:
    """What belongs beside the report: words for people on stderr (gitlab), the page of the job (github)."""
    from freeze.show.decision import github_summary, text

    if fmt == "gitlab":
        _write(sys.stderr, text(decision, settings.lang))
        return
    path = os.environ.get("GITHUB_STEP_SUMMARY", "")
    try:
        if path:
            with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123 pathlib costs a gate 5 ms
                file.write(github_summary(decision, settings.lang))
    except OSError as error:
        cause = error.strerror or str(error)
        say(Text(f"作业摘要写不进：{cause}", f"the job summary cannot be written: {cause}"))


def _write(stream: TextIO, text: str) -> None:
    """Write ``text``; characters that the terminal's encoding lacks stand as ``\\uXXXX``, never as an error."""
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))


def answer(settings: Settings, given: Mapping[str, Any], say: Say) -> Decision:
    """The Decision on what ``given`` asks. Only UsageError leaves here; every other failure is a Decision UNKNOWN."""
    at = now()
    try:
        trust = None if given["untrusted_demo"] else load_trust(settings.trust_file, settings.folder)
        at = instant(given["at"], trust)
        opened = open_policy(settings, at, untrusted_demo=trust is None, trust=trust)
        return _answer(_ask(given, opened, at, say))
    except UsageError:
        raise
    except ZhongbaoError as error:
        return refused(given, at, error.reason_code, error.message, error.hint)
    except Exception as error:
        _trace()
        cause = f"{type(error).__name__}: {error}"[:300]
        return refused(given, at, "ERROR", Text(f"内部错误：{cause}", f"unexpected error: {cause}"), None)


def refused(given: Mapping[str, Any], at: datetime, code: str, message: Text, hint: Text | None) -> Decision:
    """The Decision of a gate that came to no policy or no store: it cannot tell, and refuses."""
    from freeze.decision.explain import without_policy
    from zhongbao_core.approval.subject import Target

    targets = tuple(Target(name, given["environment"]) for name in given["system"])
    question = Question(targets, given["kind"] or "", given["change_class"], door=given["door"])
    return without_policy(question, at, code, message, hint, untrusted=given["untrusted_demo"])


def _ask(given: Mapping[str, Any], opened: OpenPolicy, at: datetime, say: Say) -> Ask:
    from freeze.doors.asking import question_from

    question = question_from(given, opened.policy)
    if not given["permit"]:
        return Ask(given, opened, question, None, None, at, say)
    from freeze.doors.asking import read_permit
    from freeze.entry.evidence import examine

    found = examine(read_permit(given["permit"]), opened, at)
    for text in found.notes:
        say(text)
    return Ask(given, opened, question, found.view, found.checkpoint, at, say)


def _answer(ask: Ask) -> Decision:
    decision = _online(ask) if online(ask.given, ask.opened.trust) else _offline(ask)
    if ask.opened.trust is not None and ask.opened.manifest is not None:
        seen = ask.checkpoint
        kept = remember(
            ask.opened.trust,
            ask.opened.manifest,
            checkpoint_size=seen.size if seen else 0,
            checkpoint_time=seen.time if seen else None,
        )
        if kept is not None:
            ask.say(kept)
    return decision


def online(given: Mapping[str, Any], trust: Trust | None) -> bool:
    """Whether to ask the ledger: as told, else wherever the trust file names one on this machine."""
    if given["online"] is not None:
        return bool(given["online"])
    return bool(given["ledger"]) or (trust is not None and trust.ledger.place is not None)


def decided(ask: Ask, question: Question, use: UseState | None, *, proven: bool = False) -> Decision:
    """``decide`` with what this door knows."""
    return decide(
        question,
        ask.opened.policy,
        ask.at,
        permit=ask.view,
        floor=ask.opened.floor,
        use=use,
        proven_start=proven,
        untrusted=ask.opened.trust is None,
        rehearsal=ask.opened.rehearsal,
    )


def _online(ask: Ask) -> Decision:
    from freeze.doors.store import actor_id, known_to, ledger_of, record, require_checkpoint

    with ledger_of(ask.opened, ask.given["ledger"], ask.at, ask.question.door) as tx:
        require_checkpoint(tx, ask.checkpoint)
        known = known_to(ask.opened, tx, ask.question, ask.view, ask.at)
        question = ask.question
        if question.step == "step" and known.started is not None:
            question = _started(question, known.started)
        decision = decided(ask, question, known.use, proven=known.proven)
        record(tx, decision, actor_id(ask.opened.policy, question.actor), ask.view)
    return decision


def _started(question: Question, started: datetime) -> Question:
    from dataclasses import replace

    return replace(question, started=started)


def _offline(ask: Ask) -> Decision:
    """Decide from the permit alone and keep a receipt; without one there is no allow, except in an emergency."""
    decision = decided(ask, ask.question, None)
    if ask.opened.trust is None:
        return decision
    from freeze.doors.receipt import receipt_folder, write_receipt

    try:
        write_receipt(decision, receipt_folder(ask.given["receipt_dir"]))
    except ZhongbaoError as error:
        if decision.verdict is Verdict.ALLOW and decision.reason_code != "BREAK_GLASS":
            raise
        ask.say(error.message)
    return decision


def _trace() -> None:
    if os.environ.get("ZHONGBAO_DEBUG"):
        import traceback

        traceback.print_exc()
