"""Posts, rules and auditors for tests of the content audit."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from content_audit.audit.audit import Auditor
from content_audit.audit.context import Context
from content_audit.audit.exemptions import Spot
from content_audit.audit.index import index_of
from content_audit.audit.naive import NaiveScanner, fold_even
from content_audit.audit.reading import Reading, Span
from content_audit.audit.registers import Registers
from content_audit.audit.rule import Match, Rule, Words
from content_audit.model import Facts, Passage, Post, Role, Source, Verdict
from zhongbao_core.event import Level
from zhongbao_core.finding import Severity
from zhongbao_core.text import Text


def a_post(*texts: str, title: str = "", role: Role = Role.BODY, **given: Any) -> Post:
    """A post of passages, one a text."""
    head = (Passage(Role.TITLE, "title", title),) if title else ()
    passages = (*head, *(Passage(role, f"text[{number}]", text) for number, text in enumerate(texts)))
    return Post("p1", Source("x.jsonl", "1", "test"), given.pop("channel", "wechat"), passages, **given)


def a_rule(*match: Match, **given: Any) -> Rule:
    """A rule that looks for ``match``."""
    base = Rule("TST-001", Text("测试", "test"), "absolute", Verdict.REVIEW, Severity.MEDIUM, match)
    return replace(base, **given)


def looks(*terms: str, **given: Any) -> Match:
    """A match of literals."""
    return Match(look=Words(terms), **given)


def an_auditor(*rules: Rule, **given: Any) -> Auditor:
    """An auditor over the plain matcher, without keys: every pattern is run."""
    index = index_of(rules, lambda pattern: ())
    return Auditor(rules, index, NaiveScanner({n: word.text for n, word in enumerate(index.words)}), fold_even, **given)


def raws(auditor: Auditor, post: Post) -> list[str]:
    """The raw words of the hits of ``post`` by rules of the test."""
    return [hit.raw for hit in auditor.audit([post])[0].hits if hit.rule.startswith("TST-")]


def a_context(
    *texts: str,
    title: str = "",
    registers: Registers | None = None,
    level: Level = Level.NONE,
    at: datetime | None = None,
    facts: Facts | None = None,
    **given: Any,
) -> Context:
    """The context of a post of ``texts``."""
    post = a_post(*texts, title=title, facts=facts or Facts(), **given)
    readings = [Reading(number, passage, fold_even) for number, passage in enumerate(post.passages)]
    return Context(post, readings, registers or Registers(), level, at, fold_even)


def a_spot(text: str, words: str) -> tuple[Spot, Context]:
    """The place of ``words`` in a post of ``text`` alone, and the context of that post."""
    context = a_context(text)
    reading = Reading(0, context.post.passages[0], fold_even)
    at = reading.text.index(words)
    span = Span(at, at + len(words))
    return Spot(reading, span, span), context
