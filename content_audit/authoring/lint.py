"""What a good rule has beyond a right form: a law, both languages, enough cases, no verdict its source cannot carry."""

from __future__ import annotations

import re
from collections.abc import Iterable

from content_audit.audit.cases import Failed
from content_audit.audit.rule import Rule
from content_audit.authoring.packs import Loaded
from content_audit.model import Verdict
from zhongbao_core.authored import Place
from zhongbao_core.event import Level
from zhongbao_core.text import Text

LEAST = 3
"""True cases, and exempt cases, a rule must have."""
_CHINESE = re.compile("[㐀-鿿]")


def lint(loaded: Loaded) -> None:
    """Complain about every rule of ``loaded`` that is not fit to be shipped."""
    for rule_id, rule in loaded.rules.items():
        place = loaded.places[rule_id]
        _source(place, rule)
        _languages(place, rule)
        _cases(place, rule)
        _words(place, rule)


def note_failures(loaded: Loaded, failed: Iterable[Failed]) -> None:
    """Failing cases as complaints at the case."""
    for item in failed:
        loaded.places[item.rule.id].at("cases", item.number).complain(
            "CASE_FAILS", Text(f"{item.rule.id}：{item.why.zh}", f"{item.rule.id}: {item.why.en}"), _MEND
        )


_MEND = Text(
    "改规则或改用例；zhongbao content explain 可看全过程", "mend rule or case; zhongbao content explain shows all"
)


def _source(place: Place, rule: Rule) -> None:
    if not rule.law:
        place.complain(
            "LAW_MISSING", Text("没有写依据", "no law is named"), Text("law 写到条、项", "law: article and item")
        )
    if not rule.verified and rule.verdict_in(Level.SILENT) is Verdict.BLOCK:
        place.at("verdict").complain(
            "MEMORY_BLOCKS",
            Text("依据未核对原文的规则不得拦截", "a rule whose law was not read in a source must not block"),
            Text(
                "verdict 写 review，或核对后写 source: verified",
                "verdict: review; or check the text, then source: verified",
            ),
        )
    if rule.verdict_in(Level.NONE) is Verdict.REVIEW and not rule.evidence.zh:
        place.complain(
            "EVIDENCE_MISSING",
            Text("人工复核的规则要写 evidence", "a rule of review says what would settle it"),
            Text("evidence 写能够定论的材料", "evidence: the proof that settles it"),
        )


def _languages(place: Place, rule: Rule) -> None:
    for key in ("title", "why", "remedy", "evidence"):
        text: Text = getattr(rule, key)
        if text.zh and (
            not _CHINESE.search(text.zh) or (key == "title" and _CHINESE.search(text.en)) or text.zh == text.en
        ):
            place.at(key).complain(
                "LANGUAGE",
                Text(f"{key} 要有中英文", f"{key} needs both languages"),
                Text("写 {zh: …, en: …}", "write {zh: …, en: …}"),
            )


def _cases(place: Place, rule: Rule) -> None:
    true = sum(bool(case.hits) for case in rule.cases)
    for count, zh, en in ((true, "命中", "true"), (len(rule.cases) - true, "不命中", "exempt")):
        if count < LEAST:
            place.at("cases").complain(
                "CASES_FEW",
                Text(f"{zh}用例 {count} 个，至少 {LEAST} 个", f"{count} {en} cases, at least {LEAST}"),
                Text("补用例", "add cases"),
            )


def _words(place: Place, rule: Rule) -> None:
    for number, match in enumerate(rule.match):
        for term in match.look.terms:
            if len(term) == 1 and not (match.beside or match.variants):
                place.at("match", number).complain(
                    "TERM_SHORT",
                    Text(f"单字 {term} 不能作词", f"the single character {term} is no term"),
                    Text("写成词组，或用 near", "write a phrase, or use near"),
                )
    if match_alone := [item for item in rule.except_ if len(item) == 1]:
        place.at("except").complain(
            "TERM_SHORT",
            Text(f"单字 {match_alone[0]}", f"single character {match_alone[0]}"),
            Text("写成词组", "write a phrase"),
        )
