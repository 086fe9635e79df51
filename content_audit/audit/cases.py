"""The cases inside rules, run: what a rule must find and what it must leave alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from content_audit.audit.audit import Auditor, Explanation
from content_audit.audit.judge import Judged
from content_audit.audit.registers import Host, Registers
from content_audit.audit.rule import Case, Rule
from content_audit.model import Facts, Link, Passage, Post, Role, Source, Verdict
from zhongbao_core.clock import Span
from zhongbao_core.text import Text


class Failed(NamedTuple):
    """A case that its rule does not keep."""

    rule: Rule
    number: int
    case: Case
    why: Text

    @property
    def place(self) -> str:
        """``file:line`` of the case."""
        return f"{self.rule.file}:{self.case.line}"


def post_of(case: Case) -> Post:
    """The post a case is about."""
    title = [Passage(Role.TITLE, "title", case.title)] if case.title else []
    return Post(
        id="case",
        source=Source("case"),
        channel=case.channel,
        passages=(*title, Passage(case.role, "text", case.text)),
        account=case.account,
        links=tuple(link_of(words) for words in case.links),
        facts=Facts(
            original=case.original,
            reshared_from=case.reshared_from,
            partners=case.partners,
            ad_marked=case.ad_marked,
            ai_marked=case.ai_marked,
            source_claim=case.source_claim,
        ),
    )


def link_of(words: str) -> Link:
    """A link as a case writes it: ``words => target``, or the target alone."""
    shown, arrow, href = words.rpartition(" => ")
    return Link(href, shown if arrow else "")


def failures(rules: Iterable[Rule], auditor: Auditor) -> Iterator[Failed]:
    """Every case of ``rules`` that ``auditor`` answers otherwise."""
    for rule in rules:
        for number, case in enumerate(rule.cases):
            why = wrong(rule, case, auditor)
            if why is not None:
                yield Failed(rule, number, case, why)


def wrong(rule: Rule, case: Case, auditor: Auditor) -> Text | None:
    """How the answer differs from the case; None where it does not."""
    told = auditor.within(case.level, registers=_registers(case)).explain(post_of(case))
    own = [hit for hit in told.audited.hits if hit.rule == rule.id]
    found = [hit.raw for hit in own]
    if found != list(case.hits):
        said = _said(rule, told)
        return Text(
            f"应命中 {list(case.hits)}，实际 {found}；{said}", f"expected {list(case.hits)}, found {found}; {said}"
        )
    worst = max((hit.verdict for hit in own), default=Verdict.PASS)
    if case.verdict is not None and worst is not case.verdict:
        return Text(
            f"结论应为 {case.verdict.text.zh}，实际 {worst.text.zh}", f"expected {case.verdict.id}, found {worst.id}"
        )
    fell = {item.fell for item in told.judged if item.rule.id == rule.id}
    if case.exempt and f"exempt:{case.exempt}" not in fell:
        said = _said(rule, told)
        return Text(f"应由豁免 {case.exempt} 放过；{said}", f"{case.exempt} should have let it fall; {said}")
    return None


def _registers(case: Case) -> Registers | None:
    if not case.hosts:
        return None
    always = Span(datetime(1, 1, 1, tzinfo=UTC), None)
    return Registers(hosts=tuple(Host(host, always) for host in case.hosts))


def _said(rule: Rule, told: Explanation) -> str:
    looked: list[Judged] = [item for item in told.judged if item.rule.id == rule.id]
    return ", ".join(f"{item.spot.words}→{item.fell or 'hit'}" for item in looked) or "-"
