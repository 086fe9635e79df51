"""A change class that was only claimed opens nothing. Pure; loaded where a class other than ``normal`` was asked.

Whoever asks a door names the class himself. Where the calendar is kinder to that class than to ``normal``
(construction windows, hours, treatments), the kindness counts only if a sound permit was approved for that class;
else the question is judged as ``normal``.
"""

from __future__ import annotations

from dataclasses import replace

from freeze.calendar import Standing
from freeze.decision.case import Answer, Case, UseState
from freeze.decision.gate import standing_of
from freeze.decision.permitcheck import refusal
from freeze.decision.ways import permitted_at
from freeze.model import CLASSES, Decision, Question, Verdict
from zhongbao_core.text import Text


def as_normal(case: Case) -> Case:
    """``case`` as if it had been asked for class ``normal``."""
    return case._replace(question=replace(case.question, change_class="normal"))


def proven(case: Case, stand: Standing, answer: Answer) -> Answer | None:
    """The allow of a class that normal work does not have, on the permit that proves it; None where none does.

    Work in flight is proven by the permit as it stood at its start.
    """
    view, started = case.permit, case.question.started
    if view is None or view.kind != "change" or view.request is None:
        return None
    if view.request.change_class != case.question.change_class:
        return None
    if answer.code == "IN_FLIGHT" and started is not None:
        use = UseState() if case.use.spent == "used" else case.use
        then = case._replace(at=started, use=use)
        return answer if refusal(then, view, standing_of(then).level) is None else None
    return permitted_at(case, stand, view)


def judged_as_normal(found: Decision, asked: Question) -> Decision:
    """``found`` for class ``normal`` as the answer to ``asked``; where it does not open, it says why and what to do."""
    if found.verdict is Verdict.ALLOW and not found.observed:
        return replace(found, question=asked)
    name = CLASSES[asked.change_class]
    why = Text(
        f"{name.zh}须有为该级别批准的有效放行单为证，现按一般变更判定：{found.message.zh}",
        f"no sound permit proves the class {name.en}, so it is judged as a normal change: {found.message.en}",
    )
    return replace(found, question=asked, message=why, next_step=_next(asked, found.next_step))


def _next(asked: Question, step: Text) -> Text:
    name = asked.change_class
    if name == "standard":
        return Text(
            f"{step.zh}；标准变更凭目录登记：zhongbao freeze standard use",
            f"{step.en}; a standard change is recorded by its entry: zhongbao freeze standard use",
        )
    words = Text(
        f"{step.zh}；或按 change_class: {name} 申请（zhongbao freeze request new），批准后带 --permit FILE",
        f"{step.en}; or ask with change_class: {name} (zhongbao freeze request new) and bring --permit FILE",
    )
    if name != "emergency":
        return words
    glass = "zhongbao freeze breakglass open"
    return Text(f"{words.zh}；来不及则应急放行：{glass}", f"{words.en}; where there is no time: {glass}")
