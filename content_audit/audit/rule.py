"""A rule of the content audit as a value: what it looks for, when it looks, what lets a hit fall, what it calls for.

Rules know no file format; ``content_audit.authoring`` makes them of YAML and refuses what cannot be one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from content_audit.model import Channel, Hit, Role, Tested, Verdict
from zhongbao_core.clock import Span
from zhongbao_core.event import Level
from zhongbao_core.finding import Confidence, Severity
from zhongbao_core.text import NOTHING, Text

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from zhongbao_core.record import dataclass

CATEGORIES: dict[str, Text] = {
    "absolute": Text("绝对化用语", "absolute claims"),
    "state": Text("国家象征与机关", "state symbols and organs"),
    "false": Text("虚假或引人误解", "false or misleading"),
    "data": Text("数据与引证", "data and quotations"),
    "disparage": Text("贬低同行", "disparagement"),
    "adlabel": Text("广告标识", "advertising label"),
    "medical": Text("医疗药品保健", "medicine and health"),
    "alcohol": Text("烟酒", "tobacco and alcohol"),
    "education": Text("教育培训", "education"),
    "finance": Text("金融投资", "finance"),
    "housing": Text("房地产", "housing"),
    "netad": Text("互联网广告与弹窗", "internet ads and pop-ups"),
    "mark": Text("赛事与特殊标志", "event and special marks"),
    "source": Text("转载与版权", "re-posting and copyright"),
    "map": Text("地图", "maps"),
    "personal": Text("个人信息", "personal data"),
    "clickbait": Text("标题党", "clickbait"),
    "illegal": Text("违法信息", "illegal content"),
    "vulgar": Text("歧视与低俗", "discrimination and vulgarity"),
    "link": Text("链接与二维码", "links and codes"),
    "sensitive": Text("敏感事件与导向", "sensitive events and tone"),
    "forms": Text("规范表述", "exact forms"),
    "hidden": Text("隐藏字符", "hidden characters"),
    "company": Text("企业自定义", "the company's own"),
}
Variant = Literal["pinyin", "homophone", "split", "lookalike"]
VARIANTS: tuple[str, ...] = get_args(Variant)
Stretch = Literal["sentence", "passage", "post"]


class Words(NamedTuple):
    """Words to look for: literals, and patterns (RE2) over the folded text."""

    terms: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms or self.patterns)


NO_WORDS = Words()


@dataclass(frozen=True, slots=True)
class Match:
    """One way a rule can hit: ``look`` is there, ``beside`` is near it, ``none`` is not, and the checker agrees.

    Without ``look`` the match is about the post: each link that ``link`` names as bad, or the facts in ``when``.
    """

    look: Words = NO_WORDS
    variants: frozenset[str] = frozenset()
    border: bool = False
    """The ends of the hit must be word borders."""
    check: str = ""
    """A checker of ``audit.checks`` that must agree."""
    beside: Words = NO_WORDS
    within: int = 0
    """Most characters between ``look`` and ``beside``; 0: anywhere in ``same``."""
    ordered: bool = False
    """``beside`` must stand after ``look``."""
    none: Words = NO_WORDS
    """Where one of these is in the stretch too, it is no hit."""
    same: Stretch = "sentence"
    link: str = ""
    """A checker of links."""
    when: When | None = None
    """The post as a whole is the hit where these facts hold."""


class When(NamedTuple):
    """Which facts of the context a rule wants: all of ``all``, one of ``any`` if there are some, none of ``none``."""

    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()


class Case(NamedTuple):
    """An example inside a rule's file: a text and what the rule must say of it."""

    text: str
    hits: tuple[str, ...]
    """Raw words of the standing hits of this rule, in order of place; the post as a whole is the empty string."""
    exempt: str = ""
    """An exemption that must be what let a hit fall."""
    verdict: Verdict | None = None
    title: str = ""
    channel: Channel = "wechat"
    account: str = ""
    links: tuple[str, ...] = ()
    """Targets; ``words => target`` where the link stands under words."""
    hosts: tuple[str, ...] = ()
    """The register of hosts while the case is judged."""
    role: Role = Role.BODY
    level: Level = Level.NONE
    reshared_from: str = ""
    source_claim: str = ""
    partners: tuple[str, ...] = ()
    original: bool | None = None
    ad_marked: bool | None = None
    ai_marked: bool | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule with its law, its verdicts and its cases."""

    id: str
    title: Text
    category: str
    verdict: Verdict
    severity: Severity
    match: tuple[Match, ...]
    law: str = ""
    verified: bool = True
    """The law was read in a source, not only remembered; a rule from memory never blocks."""
    verdict_at: tuple[tuple[Level, Verdict], ...] = ()
    """Stricter verdicts from a level on, in order of level."""
    severity_at: tuple[tuple[Level, Severity], ...] = ()
    confidence: Confidence = Confidence.FIRM
    why: Text = NOTHING
    remedy: Text = NOTHING
    evidence: Text = NOTHING
    channels: frozenset[str] = frozenset()
    """Empty: every channel."""
    roles: frozenset[Role] = frozenset()
    """Empty: every role."""
    when: When = When()
    except_: tuple[str, ...] = ()
    """Phrases that cover a hit: one that lies inside such a phrase is none."""
    exempt: tuple[str, ...] = ()
    """Exemptions to test, in this order."""
    span: Span | None = None
    """In force within it, judged at the instant of publishing; None: always."""
    owner: str = ""
    cases: tuple[Case, ...] = ()
    pack: str = ""
    file: str = ""

    def verdict_in(self, level: Level) -> Verdict:
        """What a hit calls for while ``level`` holds."""
        return max([self.verdict, *(verdict for start, verdict in self.verdict_at if level >= start)])

    def severity_in(self, level: Level) -> Severity:
        """How bad a hit is while ``level`` holds."""
        return max([self.severity, *(severity for start, severity in self.severity_at if level >= start)])

    @property
    def personal(self) -> bool:
        """Whether its hits are somebody's personal data."""
        return self.category == "personal"

    def hit(
        self,
        passage: int,
        start: int,
        end: int,
        raw: str,
        *,
        verdict: Verdict,
        severity: Severity,
        confidence: Confidence,
        tested: tuple[Tested, ...] = (),
        folded: str = "",
        steps: tuple[str, ...] = (),
    ) -> Hit:
        """A hit of this rule: what the rule says of every hit is filled in, the rest is the place and its judgement."""
        return Hit(
            rule=self.id,
            category=self.category,
            title=self.title,
            verdict=verdict,
            severity=severity,
            confidence=confidence,
            passage=passage,
            start=start,
            end=end,
            raw=raw,
            folded=folded,
            steps=steps,
            law=self.law,
            why=self.why,
            remedy=self.remedy,
            evidence=self.evidence,
            tested=tested,
            personal=self.personal,
        )


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules in force, ours and the company's, by id; ``disabled`` says who switched what off and why."""

    rules: tuple[Rule, ...]
    disabled: tuple[Disabled, ...] = ()
    digest: str = ""
    disguised: tuple[str, ...] = ()
    """Words that evaders write in other ways: patterns read them in plain words."""
    sounded: tuple[str, ...] = ()
    """The same, and of those of two characters one may be a homophone."""

    def rule(self, rule_id: str) -> Rule | None:
        """The rule with that id."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)


class Disabled(NamedTuple):
    """A rule the company switched off."""

    id: str
    owner: str
    reason: str


def in_order(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Rules by id: the order nothing depends on and every output has."""
    return tuple(sorted(rules, key=lambda rule: rule.id))
