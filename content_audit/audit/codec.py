"""Rules to JSON and back, for the compiled form. Cases stay behind: they are for the people who write rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from content_audit.audit.rule import NO_WORDS, Match, Rule, When, Words
from content_audit.model import Role, Verdict
from zhongbao_core.clock import Span
from zhongbao_core.event import Level
from zhongbao_core.finding import Confidence, Severity
from zhongbao_core.text import NOTHING, Text


def rule_to_json(rule: Rule) -> dict[str, Any]:
    """``rule`` as JSON; what is empty is left out."""
    body = {
        "id": rule.id,
        "title": list(rule.title),
        "category": rule.category,
        "verdict": int(rule.verdict),
        "severity": int(rule.severity),
        "confidence": int(rule.confidence),
        "match": [_match_to_json(match) for match in rule.match],
        "law": rule.law,
        "verified": rule.verified,
        "verdict_at": [[int(level), int(value)] for level, value in rule.verdict_at],
        "severity_at": [[int(level), int(value)] for level, value in rule.severity_at],
        "why": list(rule.why),
        "remedy": list(rule.remedy),
        "evidence": list(rule.evidence) if rule.evidence.zh else None,
        "channels": sorted(rule.channels),
        "roles": sorted(role.value for role in rule.roles),
        "when": _when_to_json(rule.when),
        "except": list(rule.except_),
        "exempt": list(rule.exempt),
        "span": _span_to_json(rule.span),
        "owner": rule.owner,
        "pack": rule.pack,
    }
    return {key: value for key, value in body.items() if value not in ("", None, [])}


def rule_from_json(body: dict[str, Any]) -> Rule:
    """The rule that ``rule_to_json`` gave."""
    return Rule(
        id=body["id"],
        title=Text(*body["title"]),
        category=body["category"],
        verdict=Verdict(body["verdict"]),
        severity=Severity(body["severity"]),
        confidence=Confidence(body["confidence"]),
        match=tuple(_match_from_json(match) for match in body.get("match", ())),
        law=body.get("law", ""),
        verified=body["verified"],
        verdict_at=tuple((Level(level), Verdict(value)) for level, value in body.get("verdict_at", ())),
        severity_at=tuple((Level(level), Severity(value)) for level, value in body.get("severity_at", ())),
        why=Text(*body["why"]),
        remedy=Text(*body["remedy"]),
        evidence=Text(*body["evidence"]) if "evidence" in body else NOTHING,
        channels=frozenset(body.get("channels", ())),
        roles=frozenset(Role(name) for name in body.get("roles", ())),
        when=_when_from_json(body.get("when")),
        except_=tuple(body.get("except", ())),
        exempt=tuple(body.get("exempt", ())),
        span=_span_from_json(body.get("span")),
        owner=body.get("owner", ""),
        pack=body.get("pack", ""),
    )


def _match_to_json(match: Match) -> dict[str, Any]:
    body = {
        "look": _words_to_json(match.look),
        "variants": sorted(match.variants),
        "border": match.border,
        "check": match.check,
        "beside": _words_to_json(match.beside),
        "within": match.within,
        "ordered": match.ordered,
        "none": _words_to_json(match.none),
        "same": match.same,
        "link": match.link,
        "when": _when_to_json(match.when) if match.when is not None else None,
    }
    return {key: value for key, value in body.items() if value not in (False, "", None, [])}


def _match_from_json(body: dict[str, Any]) -> Match:
    return Match(
        look=_words_from_json(body.get("look")),
        variants=frozenset(body.get("variants", ())),
        border=body.get("border", False),
        check=body.get("check", ""),
        beside=_words_from_json(body.get("beside")),
        within=body.get("within", 0),
        ordered=body.get("ordered", False),
        none=_words_from_json(body.get("none")),
        same=body["same"],
        link=body.get("link", ""),
        when=_when_from_json(body["when"]) if "when" in body else None,
    )


def _words_to_json(words: Words) -> list[list[str]] | None:
    return [list(words.terms), list(words.patterns)] if words else None


def _words_from_json(body: list[list[str]] | None) -> Words:
    return Words(tuple(body[0]), tuple(body[1])) if body else NO_WORDS


def _when_to_json(when: When | None) -> list[list[str]] | None:
    return [list(names) for names in when] if when is not None and any(when) else None


def _when_from_json(body: list[list[str]] | None) -> When:
    return When(*map(tuple, body)) if body else When()


def _span_to_json(span: Span | None) -> list[str | None] | None:
    return None if span is None else [span.start.isoformat(), span.end.isoformat() if span.end else None]


def _span_from_json(body: list[str | None] | None) -> Span | None:
    if body is None or body[0] is None:
        return None
    return Span(datetime.fromisoformat(body[0]), datetime.fromisoformat(body[1]) if body[1] else None)
