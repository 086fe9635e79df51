"""A rule from its form: names resolved, words checked, every complaint at its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from content_audit.audit.checks import CHECKS
from content_audit.audit.context import FACTS
from content_audit.audit.exemptions import EXEMPTIONS
from content_audit.audit.patterns import compiled
from content_audit.audit.rule import CATEGORIES, NO_WORDS, Case, Match, Rule, Stretch, When, Words
from content_audit.authoring.rule_forms import CaseForm, ListForm, MatchForm, NearForm, RuleForm, WhenForm, WordsForm
from content_audit.model import Role, Verdict
from zhongbao_core.authored import Place
from zhongbao_core.clock import Span
from zhongbao_core.event import Level, level_of
from zhongbao_core.finding import Confidence, Severity
from zhongbao_core.load_people import text_of
from zhongbao_core.text import NOTHING, Text

V = TypeVar("V", Verdict, Severity)


def rule_at(place: Place, form: RuleForm, pack: str) -> Rule:
    """The rule that ``form`` says; what is wrong with it becomes complaints."""
    known(place.at("category"), "category", [form.category], CATEGORIES)
    for index, name in enumerate(form.exempt):
        known(place.at("exempt", index), "exemption", [name], EXEMPTIONS)
    return Rule(
        id=form.id,
        title=text_of(form.title),
        category=form.category,
        verdict=Verdict[form.verdict.upper()],
        severity=Severity[form.severity.upper()],
        match=tuple(match_at(place.at("match", index), item) for index, item in enumerate(form.match)),
        law=form.law,
        verified=form.source == "verified",
        verdict_at=_by_level((level_of(word), Verdict[value.upper()]) for word, value in form.verdict_at.items()),
        severity_at=_by_level((level_of(word), Severity[value.upper()]) for word, value in form.severity_at.items()),
        confidence=Confidence[form.confidence.upper()],
        why=text_of(form.why),
        remedy=text_of(form.remedy),
        evidence=text_of(form.evidence) if form.evidence else NOTHING,
        channels=frozenset(form.channels),
        roles=frozenset(Role(name) for name in form.roles),
        when=when_at(place.at("when"), form.when),
        except_=tuple(form.except_),
        exempt=tuple(name for name in form.exempt if name in EXEMPTIONS),
        cases=tuple(case_at(place.at("cases", index), item) for index, item in enumerate(form.cases)),
        pack=pack,
        file=place.document.file,
    )


def match_at(place: Place, form: MatchForm) -> Match:
    """One match; exactly one kind must be written."""
    kinds = {
        "terms": bool(form.terms),
        "pattern": form.pattern is not None,
        "near": form.near is not None,
        "absent": form.absent is not None,
        "link": form.link is not None,
        "post": form.post is not None,
    }
    if sum(kinds.values()) != 1:
        place.complain(
            "MATCH_KIND",
            Text("一项匹配只写一种", "a match is of exactly one kind"),
            Text(f"可用：{'、'.join(kinds)}", f"one of {', '.join(kinds)}"),
        )
        return Match()
    if form.check is not None:
        known(place.at("check"), "check", [form.check], CHECKS)
    return _CHECKED[next(kind for kind, there in kinds.items() if there)](place, form)


def _plain(place: Place, form: MatchForm) -> Match:
    return _match(place, form, Words(tuple(form.terms), (form.pattern,) if form.pattern else ()))


def _near(place: Place, form: MatchForm) -> Match:
    near = form.near or NearForm(a=WordsForm(), b=WordsForm())
    here = place.at("near")
    if near.within is None and near.same is None:
        here.complain(
            "NEAR_UNBOUNDED",
            Text("near 要有 within 或 same", "near needs within or same"),
            Text("写 within: 12 或 same: sentence", "write within: 12 or same: sentence"),
        )
    same: Stretch = near.same or ("sentence" if near.within is None else "passage")
    return _match(
        place,
        form,
        words_at(here.at("a"), near.a),
        beside=words_at(here.at("b"), near.b),
        within=near.within or 0,
        ordered=near.order == "ab",
        none=words_at(here.at("none"), near.none),
        same=same,
    )


def _absent(place: Place, form: MatchForm) -> Match:
    if form.if_ is None:
        place.complain(
            "ABSENT_ALONE",
            Text("absent 要有 if", "absent needs if"),
            Text("if 写在场时才要求的词", "if names the words that make it needed"),
        )
    same: Stretch = form.same or "post"
    look, none = words_at(place.at("if"), form.if_), words_at(place.at("absent"), form.absent)
    return _match(place, form, look, none=none, same=same)


def _link(place: Place, form: MatchForm) -> Match:
    return Match(link=form.link or "", check=form.check or "")


def _post(place: Place, form: MatchForm) -> Match:
    return Match(when=when_at(place.at("post"), form.post or WhenForm()))


_CHECKED = {"terms": _plain, "pattern": _plain, "near": _near, "absent": _absent, "link": _link, "post": _post}


def _match(
    place: Place,
    form: MatchForm,
    look: Words,
    *,
    beside: Words = NO_WORDS,
    within: int = 0,
    ordered: bool = False,
    none: Words = NO_WORDS,
    same: Stretch | None = None,
) -> Match:
    _patterns(place, look)
    return Match(
        look=look,
        variants=frozenset(form.variants),
        border=form.border,
        check=form.check or "",
        beside=beside,
        within=within,
        ordered=ordered,
        none=none or words_at(place.at("none"), form.none),
        same=same or form.same or "sentence",
    )


def words_at(place: Place, form: WordsForm | None) -> Words:
    """Literals and patterns; a pattern that cannot be read is a complaint."""
    if form is None:
        return NO_WORDS
    words = Words(tuple(form.terms), (*form.patterns, *([form.pattern] if form.pattern else [])))
    if not words:
        place.complain("EMPTY", Text("没有词", "no words"), Text("写 [词, 词]", "write [word, word]"))
    _patterns(place, words)
    return words


def _patterns(place: Place, words: Words) -> None:
    for pattern in words.patterns:
        why = pattern_complaint(pattern)
        if why:
            place.complain("PATTERN", Text(f"正则不可读：{why}", f"not a pattern: {why}"), _RE2)


_RE2 = Text("用 RE2 语法：无环视、无反向引用", "use RE2 syntax: no look-around, no back references")


def pattern_complaint(pattern: str) -> str:
    """Why RE2 refuses ``pattern``, or why it may not be used: it matches nothing at all."""
    import re2

    try:
        found = compiled(pattern)
    except re2.error as error:
        return str(error.args[0] if error.args else error)
    return "matches the empty text" if found.match(b"") else ""


def when_at(place: Place, form: WhenForm) -> When:
    """Facts by name; an unknown one is a complaint."""
    for key in ("all", "any", "none"):
        for index, name in enumerate(getattr(form, key)):
            known(place.at(key, index), "fact", [name], FACTS)
    return When(*(tuple(name for name in names if name in FACTS) for names in (form.all, form.any, form.none)))


def case_at(place: Place, form: CaseForm) -> Case:
    """One example."""
    if form.exempt is not None:
        known(place.at("exempt"), "exemption", [form.exempt], EXEMPTIONS)
    return Case(
        text=form.text,
        hits=tuple(form.hits),
        exempt=form.exempt or "",
        verdict=Verdict[form.verdict.upper()] if form.verdict else None,
        title=form.title,
        channel=form.channel,
        account=form.account,
        links=tuple(form.links),
        hosts=tuple(form.hosts),
        role=Role(form.role),
        level=Level.NONE if form.level in ("none", "平时") else level_of(form.level),
        reshared_from=form.reshared_from,
        source_claim=form.source_claim,
        partners=tuple(form.partners),
        original=form.original,
        ad_marked=form.ad_marked,
        ai_marked=form.ai_marked,
        line=place.document.mark(place.path).line,
    )


_NOUNS = {
    "category": Text("类别", "category"),
    "exemption": Text("豁免", "exemption"),
    "fact": Text("语境", "fact"),
    "check": Text("校验", "checker"),
}


def known(place: Place, kind: str, names: Sequence[str], table: Mapping[str, object]) -> None:
    """Complain about every one of ``names`` that ``table`` does not know."""
    noun = _NOUNS[kind]
    for name in names:
        if name not in table:
            place.complain(
                "UNKNOWN_WORD",
                Text(f"没有{noun.zh} {name}", f"there is no {noun.en} {name}"),
                Text(f"可用：{'、'.join(table)}", f"use {', '.join(table)}"),
            )


def _by_level(pairs: Iterable[tuple[Level, V]]) -> tuple[tuple[Level, V], ...]:
    return tuple(sorted(pairs, key=lambda pair: pair[0]))


def list_rule(form: ListForm, span: Span, file: str) -> Rule:
    """The rule that a word list of the company's is: its words, within its span, for its owner."""
    return Rule(
        id=f"LIST-{form.id}",
        title=text_of(form.title),
        category="company",
        verdict=Verdict[form.verdict.upper()],
        severity=Severity.MEDIUM,
        match=(Match(look=Words(tuple(form.terms))),),
        confidence=Confidence.CERTAIN,
        law=form.law,
        why=Text(f"企业词表“{form.title.zh}”", f"the company's list {form.title.en!r}"),
        remedy=Text(f"删除或改写；有疑问找 {form.owner}", f"remove or reword it; ask {form.owner}"),
        evidence=Text(f"{form.owner} 的意见", f"the word of {form.owner}"),
        span=span,
        owner=form.owner,
        pack="company",
        file=file,
    )


def files_named(names: Iterable[str]) -> Iterator[str]:
    """Names of rule files among ``names``, in order."""
    return (name for name in sorted(names) if name.endswith(".yaml") and not name.startswith("."))
