"""What lets a hit fall, or settles it: each exemption has a name, its ground in the law, and a test with what it saw.

A test is given the hit and the context of its post, and says what it saw; nothing is assumed, and a test that saw
nothing does not hold. Rules name the exemptions that apply to them, in the order they are tested.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from content_audit.audit import exemption_words as words
from content_audit.audit.checks import masked, public_number
from content_audit.audit.context import Context
from content_audit.audit.exemption_words import Lazy
from content_audit.audit.reading import Reading, Span
from content_audit.model import Tested
from zhongbao_core.text import NOTHING, Text

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from zhongbao_core.record import dataclass

GUIDE = "《广告绝对化用语执法指南》"
AD_LAW = "《中华人民共和国广告法》"
QUOTED = 120
"""How far around a hit quotations are looked for."""
WINDOW = 24
"""Characters around a hit in which words bear on it across a comma."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A possible hit: where its words stand. ``anchor`` are the words looked for; ``span`` is all that is shown."""

    reading: Reading
    anchor: Span
    span: Span
    steps: tuple[str, ...] = ()
    """How the words came to read so, where the matcher says."""

    @property
    def words(self) -> str:
        """The folded words looked for."""
        return self.reading.words(self.anchor)

    @property
    def clause(self) -> str:
        """The words of the clause."""
        return self.reading.words(self.reading.clause(self.span))

    @property
    def sentence(self) -> str:
        """The words of the sentence."""
        return self.reading.words(self.reading.sentence(self.span))


def _item(number: str) -> str:
    return f"{GUIDE}第六条第（{number}）项"


Test = Callable[[Spot, Context], str]


class Exemption(NamedTuple):
    """An exemption by name."""

    text: Text
    law: str
    test: Test


def ask(name: str, spot: Spot, context: Context) -> Tested:
    """What the exemption ``name`` says of ``spot``, with the words it saw."""
    exemption = EXEMPTIONS[name]
    saw = exemption.test(spot, context)
    return Tested(name, bool(saw), Text(saw, saw) if saw else NOTHING, exemption.law)


def _negation(spot: Spot, context: Context) -> str:
    """不/非/杜绝/禁止/谨防 before the words, within the clause; a double negation is none."""
    before = spot.reading.text[spot.reading.clause(spot.anchor).start : spot.anchor.start]
    near = before[-words.REACH :]
    found = [near[start:end] for start, end in words.NEGATION.spans(near)]
    return found[-1] if found and not words.TWICE.first(near) else ""


def _quotation(spot: Spot, context: Context) -> str:
    """The words are spoken of, not said: in quotation marks with a word of saying or warning beside.

    Of a row of quotations, “甲”“乙”和“丙”, the words beside the whole row count.
    """
    text, at = spot.reading.text, spot.anchor
    low, high = max(0, at.start - QUOTED), at.end + QUOTED
    for quoted in words.QUOTED:
        pairs = [(first + low, last + low) for first, last in quoted.spans(text[low:high])]
        for row in _rows(text, pairs):
            if not any(first < at.end and at.start < last for first, last in row):
                continue
            start, end = row[0][0], row[-1][1]
            found = words.SAYING.first(text[max(0, start - WINDOW) : start] + "\n" + text[end : end + WINDOW])
            if found:
                return f"{text[start:end]} {found}"
    return ""


def _rows(text: str, pairs: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Quotations that follow one another with no more than a comma between, together."""
    rows: list[list[tuple[int, int]]] = []
    for pair in pairs:
        if rows and not text[rows[-1][-1][1] : pair[0]].strip("、,，和与或及/ "):
            rows[-1].append(pair)
        else:
            rows.append([pair])
    return rows


def _title(spot: Spot, context: Context) -> str:
    """Inside 《》: the title of a work, a law or a paper."""
    text, at = spot.reading.text, spot.anchor
    start = max(text.rfind("《", 0, at.start), text.rfind("〈", 0, at.start))
    if start < 0 or any(mark in text[start : at.start] for mark in "》〉\n"):
        return ""
    ends = [place for mark in "》〉" if (place := text.find(mark, at.end, at.end + 60)) >= 0]
    return text[start : min(ends) + 1] if ends else ""


def _covered(pattern: Lazy) -> Test:
    """The words lie inside, or share characters with, what ``pattern`` finds around them."""

    def look(spot: Spot, context: Context) -> str:
        start = max(0, spot.anchor.start - WINDOW)
        stretch = spot.reading.text[start : spot.anchor.end + WINDOW]
        for first, last in pattern.spans(stretch):
            if first + start < spot.anchor.end and last + start > spot.anchor.start:
                return stretch[first:last]
        return ""

    return look


def _beside(pattern: Lazy, stretch: str = "clause") -> Test:
    """``pattern`` stands in the clause, sentence or post of the words."""

    def look(spot: Spot, context: Context) -> str:
        text = context.text if stretch == "post" else spot.sentence if stretch == "sentence" else spot.clause
        return pattern.first(text)

    return look


def _goal(spot: Spot, context: Context) -> str:
    """Before the words in the same clause, or in the sentence's head: a wish, a goal, a creed."""
    before = spot.reading.text[spot.reading.sentence(spot.anchor).start : spot.anchor.start]
    after = spot.reading.after(spot.anchor)
    return words.GOAL.first(before[-WINDOW:]) or words.GOAL_AFTER.first(after[:12])


def _source_given(spot: Spot, context: Context) -> str:
    """A source in the sentence or as a note of the post; the post's own source statement does not prove a figure."""
    return words.SOURCE.first(spot.sentence) or words.NOTE.first(context.text)


def _limited_fact(spot: Spot, context: Context) -> str:
    """Time or place named, and a proof named or in the register: both are needed."""
    limit = words.LIMITED.first(spot.sentence)
    proof = (words.PROOF.first(context.text) or _evidence(spot, context)) if limit else ""
    return f"{limit} {proof}" if proof else ""


def _evidence(spot: Spot, context: Context) -> str:
    """A claim of the evidence register covers the words; where it asks for a source statement, that stands in the post."""
    for claim in context.registers.evidence:
        if claim.channels and context.post.channel not in claim.channels:
            continue
        if claim.source and context.even(claim.source) not in context.text:
            continue
        if any(_covers(context.even(word), spot) for word in claim.words):
            return f"{claim.id} {claim.proof}"
    return ""


def _licence(spot: Spot, context: Context) -> str:
    """The licence register holds the mark for this channel at the instant of publishing."""
    for licence in context.registers.licences:
        if licence.channels and context.post.channel not in licence.channels:
            continue
        if any(_covers(context.even(word), spot) or spot.words in context.even(word) for word in licence.words):
            return f"{licence.id} {licence.contract}".strip()
    return ""


def _trademark(spot: Spot, context: Context) -> str:
    """Beside the words a sign that they are a name (牌, ®, 注册商标, 型号); or the forms register knows them as a product."""
    known = (form for form in context.registers.forms if form.kind == "product")
    names = (name for form in known for name in sorted(form.right))
    named = next((name for name in names if _covers(context.even(name), spot)), "")
    return named or _covered(words.TRADEMARK)(spot, context)


def _covers(phrase: str, spot: Spot) -> bool:
    text, at = spot.reading.text, spot.anchor
    place = text.find(phrase, max(0, at.end - len(phrase)), at.start + len(phrase))
    return bool(phrase) and 0 <= place <= at.start and place + len(phrase) >= at.end


def _fact(name: str) -> Test:
    return lambda spot, context: context.seen(name)


def _masked(spot: Spot, context: Context) -> str:
    text, at = spot.reading.text, spot.anchor
    stretch = text[max(0, at.start - 6) : at.end + 6]
    return stretch.strip() if masked(stretch) else ""


def _public_number(spot: Spot, context: Context) -> str:
    before = spot.reading.text[max(0, spot.anchor.start - 14) : spot.anchor.start]
    return public_number(spot.words, before)


EXEMPTIONS: Mapping[str, Exemption] = {
    "negation": Exemption(Text("否定表述", "negated"), "", _negation),
    "quotation": Exemption(Text("引用而非主张", "quoted, not claimed"), "", _quotation),
    "anti_fraud": Exemption(Text("反诈与警示教育", "warning of fraud"), "", _fact("anti_fraud")),
    "law_text": Exemption(Text("法规条文", "text of a law"), "", _fact("law_text")),
    "news": Exemption(Text("新闻报道，不推销商品", "news, nothing is sold"), f"{AD_LAW}第二条",
                      lambda spot, context: "" if context.seen("promotion") else context.seen("news")),
    "notice": Exemption(Text("公告通知", "a notice"), f"{AD_LAW}第二条",
                        lambda spot, context: "" if context.seen("promotion") else context.seen("notice")),
    "recruitment": Exemption(Text("招聘信息", "recruitment"), f"{AD_LAW}第二条", _fact("recruitment")),
    "teaching": Exemption(Text("科普宣传", "public education"), "", _fact("education_of_public")),
    "memorial": Exemption(Text("纪念缅怀", "memorial"), "", _fact("memorial")),
    "sports": Exemption(Text("赛事报道", "a report of sports"), "",
                        lambda spot, context: "" if context.seen("promotion") else context.seen("sports_report")),
    "title": Exemption(Text("书名号内的名称", "a title in 《》"), "", _title),
    "name": Exemption(Text("机构、地名、职务等固有名称", "a proper name"), _item("四"), _covered(words.NAMES)),
    "time_word": Exemption(Text("时间与次序", "time or order"), f"{GUIDE}第五条", _covered(words.TIMES)),
    "limit": Exemption(Text("上限下限", "a limit"), f"{GUIDE}第五条", _covered(words.LIMITS)),
    "weather": Exemption(Text("天气与测量", "weather or measurement"), f"{GUIDE}第五条", _covered(words.MEASURES)),
    "measurement": Exemption(Text("天气与测量", "weather or measurement"), f"{GUIDE}第五条", _covered(words.MEASURES)),
    "goal": Exemption(Text("目标、愿景、文化理念", "a goal, a wish, a creed"), f"{GUIDE}第五条", _goal),
    "self_reference": Exemption(Text("介绍自身名称、历程、规模，不推销", "about itself, nothing is sold"), f"{GUIDE}第四条第一款",
                                lambda spot, context: "" if context.seen("promotion") else words.SELF.first(spot.sentence)),
    "own_comparison": Exemption(Text("与自家商品比较", "own goods compared"), _item("一"), _beside(words.OWN, "sentence")),
    "use_tip": Exemption(Text("使用方法、时间、保存期限等提示", "a tip for use"), _item("二"), _covered(words.TIPS)),
    "standard_grade": Exemption(Text("国家标准、行业标准规定的分级", "a grade of a standard"), _item("三"), _covered(words.GRADES)),
    "trademark": Exemption(Text("商品名称、型号、商标、专利", "a name, model, trademark or patent"), _item("四"), _trademark),
    "state_award": Exemption(Text("国家规定的奖项称号", "an award under state rules"), _item("五"), _beside(words.AWARDS, "sentence")),
    "limited_fact": Exemption(Text("限定时间地点且有据", "limited in time or place, with proof"), _item("六"), _limited_fact),
    "evidence": Exemption(Text("证据台账", "evidence register"), f"{AD_LAW}第十一条", _evidence),
    "source_given": Exemption(Text("已注明出处", "a source is given"), f"{AD_LAW}第十一条", _source_given),
    "risk_notice": Exemption(Text("已有风险提示", "the risk is stated"), f"{AD_LAW}第二十五条", _beside(words.RISK, "post")),
    "source_named": Exemption(Text("写明具名出处", "a named source is given"), f"{AD_LAW}第十一条", _beside(words.NAMED, "post")),
    "licence": Exemption(Text("已在授权台账", "in the licence register"), "", _licence),
    "ad_marked": Exemption(Text("已标明广告", "marked as an advertisement"), f"{AD_LAW}第十四条", _fact("ad_marked")),
    "source_line": Exemption(Text("已写明来源", "states a source"), "", _fact("source_stated")),
    "masked": Exemption(Text("已脱敏", "masked"), "", _masked),
    "public_number": Exemption(Text("公开的服务号码", "a public number"), "", _public_number),
}  # fmt: skip
"""Every exemption a rule may name."""
