"""Exact forms (规范表述): known wrong forms, near misses, wrong titles beside names, leaders out of order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from content_audit.audit.coded import NEAR_FORM, WRONG_FORM, WRONG_ORDER, WRONG_TITLE
from content_audit.audit.context import Context
from content_audit.audit.edits import near_misses
from content_audit.audit.exemptions import Spot
from content_audit.audit.reading import Reading, Span
from content_audit.audit.registers import Form
from content_audit.audit.rule import Rule
from content_audit.audit.scanner import Fold
from zhongbao_core.text import Text

_TITLES = re.compile(
    r"(?:总)?书记|主席|总理|委员长|国务委员|部长|省长|市长|县长|区长|厅长|局长|司长|处长|主任|院长|校长|会长|行长"
    r"|董事长|总经理|总裁|首席执行官|党组书记|秘书长|司令员?|政委|将军|大使|发言人"
)
_REACH = 8
"""How far from a name a word of rank is taken for its title."""


def spots(
    forms: Sequence[Form], readings: Sequence[Reading], context: Context, fold: Fold
) -> Iterator[tuple[Rule, Spot]]:
    """Everything in the post that is not written as the register wants it."""
    for reading in readings:
        for form in forms:
            yield from _wrong(form, reading, fold)
            yield from _near(form, reading, fold)
            yield from _titled(form, reading, fold)
        yield from _order(forms, reading, fold)


def _wrong(form: Form, reading: Reading, fold: Fold) -> Iterator[tuple[Rule, Spot]]:
    allowed = [span for phrase in form.right | form.except_ for span in _places(fold(phrase).text, reading)]
    for wrong in form.wrong:
        for span in _places(fold(wrong.text).text, reading):
            if not any(item.covers(span) for item in allowed):
                yield _says(WRONG_FORM, form, wrong.why), Spot(reading, span, span)


def _near(form: Form, reading: Reading, fold: Fold) -> Iterator[tuple[Rule, Spot]]:
    known = {phrase for word in form.wrong for phrase in [fold(word.text).text]}
    allowed = [span for phrase in form.right | form.except_ for span in _places(fold(phrase).text, reading)]
    for span in near_misses(fold(form.exact).text, reading.text, form.near):
        words = reading.words(span)
        if words not in known and not any(item.start < span.end and span.start < item.end for item in allowed):
            yield _says(NEAR_FORM, form), Spot(reading, span, span)


def _titled(form: Form, reading: Reading, fold: Fold) -> Iterator[tuple[Rule, Spot]]:
    if form.kind != "leader" or not form.title:
        return
    right = fold(form.title).text
    for span in _places(fold(form.exact).text, reading):
        around = Span(max(0, span.start - _REACH), min(len(reading.text), span.end + _REACH))
        clause = reading.clause(span)
        near = reading.text[max(around.start, clause.start) : min(around.end, clause.end)]
        found = _TITLES.search(near)
        if found and right not in reading.words(clause):
            yield _says(WRONG_TITLE, form), Spot(reading, span, span)


def _order(forms: Sequence[Form], reading: Reading, fold: Fold) -> Iterator[tuple[Rule, Spot]]:
    ranked = [form for form in forms if form.kind == "leader" and form.order]
    named = [(span, form) for form in ranked for span in _places(fold(form.exact).text, reading)]
    for (before, first), (after, second) in pairwise(sorted(named, key=lambda item: item[0])):
        listed = re.fullmatch(r"[^。！？!?；;\n]{0,24}", reading.text[before.end : after.start])
        if listed and first.order > second.order:
            yield _says(WRONG_ORDER, second), Spot(reading, after, after)


def _places(phrase: str, reading: Reading) -> list[Span]:
    found, at = [], reading.text.find(phrase) if phrase else -1
    while at >= 0:
        found.append(Span(at, at + len(phrase)))
        at = reading.text.find(phrase, at + 1)
    return found


def _says(rule: Rule, form: Form, why: Text | None = None) -> Rule:
    """``rule`` with the exact form in its remedy."""
    exact = f"{form.title}{form.exact}" if form.title else form.exact
    remedy = Text(f"规范表述：{exact}", f"the exact form: {exact}")
    return replace(rule, remedy=remedy, why=why if why and why.zh else rule.why)
