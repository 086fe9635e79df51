"""The shape of rule packs as people write them: ``pack.yaml`` and one file a rule. Everything unknown is refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from zhongbao_core.authored import Form
from zhongbao_core.forms import Id, LevelWord, Line, TextForm, Words

RuleId = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{1,11}-\d{3}$", description="PREFIX-NNN, the file's name")]
VerdictWord = Literal["block", "review", "note"]
SeverityWord = Literal["info", "low", "medium", "high", "critical"]
ChannelWord = Literal["wechat", "weibo", "push", "app", "web", "video", "draft"]
RoleName = Literal[
    "title", "headline", "digest", "body", "topic", "author", "alert", "button", "string", "subtitle", "caption",
    "margin", "comment", "quoted", "hidden", "deleted", "picture", "code",
]  # fmt: skip
VariantWord = Literal["pinyin", "homophone", "split", "lookalike"]
StretchWord = Literal["sentence", "passage", "post"]
Phrase = Annotated[str, Field(min_length=1, max_length=200)]
Pattern = Annotated[str, Field(min_length=1, max_length=2000, description="RE2 over the folded text")]


class WordsForm(Form):
    """Literals and patterns; a bare list means literals."""

    terms: list[Phrase] = Field(default_factory=list, max_length=5000)
    patterns: list[Pattern] = Field(default_factory=list, max_length=50)
    pattern: Pattern | None = None


def _words(value: object) -> object:
    return {"terms": value} if isinstance(value, list) else value


_WORDS_SCHEMA: dict[str, Any] = {
    "anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "object"}],
}
WordSet = Annotated[WordsForm, BeforeValidator(_words), WithJsonSchema(_WORDS_SCHEMA)]


class NearForm(Form):
    """``a`` with ``b`` beside it: at most ``within`` characters between, or in the same stretch."""

    a: WordSet
    b: WordSet
    within: Annotated[int, Field(ge=0, le=200)] | None = None
    same: StretchWord | None = None
    order: Literal["ab"] | None = None
    none: WordSet | None = None


class WhenForm(Form):
    """Facts of the post that must hold, or must not."""

    all: list[Line] = Field(default_factory=list)
    any: list[Line] = Field(default_factory=list)
    none: list[Line] = Field(default_factory=list)


class MatchForm(Form):
    """One way to hit: terms, a pattern, near, absent with if, link, or post."""

    terms: list[Phrase] = Field(default_factory=list, max_length=20_000)
    pattern: Pattern | None = None
    near: NearForm | None = None
    absent: WordSet | None = None
    if_: WordSet | None = Field(default=None, alias="if")
    link: Literal["host_allowed", "https", "shown_differs"] | None = None
    post: WhenForm | None = None
    variants: list[VariantWord] = Field(default_factory=list)
    border: bool = False
    check: Line | None = None
    none: WordSet | None = None
    same: StretchWord | None = None


class CaseForm(Form):
    """A text and the raw words of the hits that stand."""

    text: Words = ""
    hits: list[Words]
    exempt: Line | None = None
    verdict: Literal["block", "review", "note", "pass"] | None = None
    title: Words = ""
    channel: ChannelWord = "wechat"
    account: Words = ""
    links: list[Line] = Field(default_factory=list)
    hosts: list[Line] = Field(default_factory=list)
    role: RoleName = "body"
    level: LevelWord | Literal["none", "平时"] = "none"
    reshared_from: Words = ""
    source_claim: Words = ""
    partners: list[Line] = Field(default_factory=list)
    original: bool | None = None
    ad_marked: bool | None = None
    ai_marked: bool | None = None


class RuleForm(Form):
    """rules/<ID>.yaml."""

    id: RuleId
    title: TextForm
    category: Line
    verdict: VerdictWord
    verdict_at: dict[LevelWord, VerdictWord] = Field(default_factory=dict)
    severity: SeverityWord
    severity_at: dict[LevelWord, SeverityWord] = Field(default_factory=dict)
    confidence: Literal["tentative", "firm", "certain"] = "firm"
    law: Words = ""
    source: Literal["verified", "memory"] = "memory"
    why: TextForm
    remedy: TextForm
    evidence: TextForm | None = None
    channels: list[ChannelWord] = Field(default_factory=list)
    roles: list[RoleName] = Field(default_factory=list)
    when: WhenForm = WhenForm()
    match: list[MatchForm] = Field(min_length=1, max_length=200)
    except_: list[Phrase] = Field(default_factory=list, alias="except", max_length=5000)
    exempt: list[Line] = Field(default_factory=list)
    cases: list[CaseForm] = Field(default_factory=list, max_length=500)


class ContentPackForm(Form):
    """pack.yaml."""

    format: Literal["zhongbao-pack/1"]
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+){0,3}$")]
    title: TextForm
    why: TextForm
    disguised: list[Annotated[str, Field(min_length=2, max_length=20)]] = Field(default_factory=list, max_length=1000)
    """Words that evaders write in pinyin, homophones, parts or look-alikes: patterns see through it."""
    sounded: list[Annotated[str, Field(min_length=2, max_length=20)]] = Field(default_factory=list, max_length=1000)
    """Those of two characters of which one may be another that sounds alike; few words have no such neighbour."""


class DisableForm(Form):
    """Rules switched off, by whom and why."""

    rules: list[RuleId] = Field(min_length=1, max_length=1000)
    owner: Line
    reason: Line


class ListForm(Form):
    """A word list of the company's own, brought in by ``content lists import``."""

    id: Id
    title: TextForm
    owner: Line
    start: Line
    end: Line
    verdict: VerdictWord = "review"
    law: Words = ""
    terms: list[Phrase] = Field(min_length=1, max_length=50_000)
