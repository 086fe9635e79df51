"""What kind of post it is, from its words and from what the export says: computed once a post, with the words that show it.

Each fact is a small predicate that gives its evidence. Rules name facts in ``when``; many a rule is wrong without them:
the same words are a claim in an advertisement and a report in the news. The order follows the law: first whether the
post speaks for goods or services at all (广告法 art. 2), then what is said of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from content_audit.audit import context_words as words
from content_audit.audit.reading import Reading
from content_audit.audit.registers import Registers
from content_audit.audit.rule import When
from content_audit.audit.scanner import Fold
from content_audit.model import Post, Role
from zhongbao_core.event import Level
from zhongbao_core.text import Text

OTHERS = frozenset({Role.QUOTED, Role.COMMENT, Role.DELETED, Role.HIDDEN})
"""Passages that are not the post's own published words: they do not say what kind of post it is."""
SHORT = 300
"""Characters up to which one weak sign of promotion is enough: a slogan, a push, a poster."""


class Context:
    """The facts of one post; each is computed when it is first asked for."""

    def __init__(
        self,
        post: Post,
        readings: Sequence[Reading],
        registers: Registers,
        level: Level,
        at: datetime | None,
        fold: Fold,
        clues: int = words.EVERY,
    ) -> None:
        """``clues``: the word lists of which words may stand in the post, as bits; of the others none does."""
        self.post = post
        self.clues = clues
        self.registers = registers
        self.level = level
        self.at = at
        self._readings = readings
        self._fold = fold
        self._seen: dict[str, str] = {}

    def even(self, words: str) -> str:
        """Words of a register, folded as passages are."""
        return self._fold(words).text

    @cached_property
    def text(self) -> str:
        """The post's own words, folded; a line a passage."""
        return "\n".join(item.text for item in self._readings if item.role not in OTHERS)

    @cached_property
    def title(self) -> str:
        """Its title and headline."""
        return "\n".join(item.text for item in self._readings if item.role in (Role.TITLE, Role.HEADLINE))

    def first(self, *names: str) -> str:
        """The first words of the post that one of the lists ``names`` has; empty where none does."""
        return words.first(self.text, *self._likely(names))

    def all_of(self, *names: str, most: int) -> list[str]:
        """Words of the post that the lists ``names`` have, up to ``most``."""
        return words.all_of(self.text, *self._likely(names), most=most)

    def first_in(self, part: str, name: str) -> str:
        """The first words of ``part`` of the post that the list ``name`` has."""
        return words.first(part, name) if self.clues & words.BITS[name] else ""

    def _likely(self, names: Sequence[str]) -> list[str]:
        return [name for name in names if self.clues & words.BITS[name]]

    def seen(self, fact: str) -> str:
        """The evidence for ``fact``; empty where it does not hold."""
        if fact not in self._seen:
            self._seen[fact] = FACTS[fact].test(self)
        return self._seen[fact]

    def bars(self, when: When) -> bool:
        """Whether a fact that was looked at before keeps ``when`` from holding."""
        seen = self._seen
        return any(seen.get(fact) == "" for fact in when.all) or any(seen.get(fact) for fact in when.none)

    def fits(self, when: When) -> bool:
        """Whether the post looks as ``when`` wants it."""
        return self.miss(when) == ""

    def miss(self, when: When) -> str:
        """The first fact that keeps ``when`` from holding, with ``!`` before one that should not hold; empty if none."""
        for fact in when.all:
            if not self.seen(fact):
                return fact
        if when.any and not any(self.seen(fact) for fact in when.any):
            return "|".join(when.any)
        return next((f"!{fact}" for fact in when.none if self.seen(fact)), "")


class Fact(NamedTuple):
    """A fact by name: what it says, how it is seen, and the clues (see ``clues``) of which it needs one at the least;
    None where that is not known."""

    text: Text
    test: Callable[[Context], str]
    clues: tuple[str, ...] | None = None


def _words(zh: str, en: str, *lists: str) -> Fact:
    """The fact that words of one of ``lists`` stand in the post."""
    return Fact(Text(zh, en), lambda context: context.first(*lists), lists)


def _promotion(context: Context) -> str:
    """Goods or services offered to the public: a label, an offer, a price or a call to act; news and notices need more."""
    if context.seen("recruitment") or context.seen("anti_fraud"):
        return ""
    label = context.seen("ad_marked")
    strong = context.all_of("call_to_action", "offer", "sale_price", most=3)
    account = words.first(context.post.account, "news_account") or context.first("news_footer")
    official = context.seen("news") or context.seen("notice") or context.seen("law_text")
    if label:
        return label
    if official:
        return "、".join(strong) if len(strong) >= 3 or _sells(context) else ""
    if account and not strong:
        return ""
    weak = context.all_of("own_goods", "goods", "praise", most=4)
    enough = bool(strong) or (bool(weak) and len(context.text) <= SHORT) or len(weak) >= 4
    return "、".join([*strong, *weak][:3]) if enough else ""


def _ad_marked(context: Context) -> str:
    if context.post.facts.ad_marked:
        return "ad_marked"
    return context.first("ad_label")


def _sells(context: Context) -> bool:
    """Whether it calls to act and says on what terms: no report does both."""
    calls = context.first("call_to_action")
    return bool(calls and context.first("offer", "sale_price"))


def _news(context: Context) -> str:
    """Reported as news: an agency line, a reporter, a conference. An account's name does not make its posts news.

    That something happens on a day is news only where nothing is sold.
    """
    told = context.first("news_line") or context.first_in(context.title, "news_title")
    return told or ("" if _sells(context) else context.first("news_day"))


def _notice(context: Context) -> str:
    head = context.title or context.text[:40]
    return context.first_in(head, "notice_title") or context.first("notice_line")


def _recruitment(context: Context) -> str:
    found = context.all_of("recruitment", most=2)
    return "、".join(found) if len(found) >= 2 else ""


def _anti_fraud(context: Context) -> str:
    """A warning, and what it warns of; who calls to buy at a price beside it does not warn."""
    selling = context.first("call_to_action") and context.first("sale_price")
    found = "" if selling else context.first("warn") and context.first("fraud")
    return found and "、".join([context.first("warn"), found])


def _law_text(context: Context) -> str:
    return context.first_in(context.title, "law_title") or context.first("law_article")


def _reshare(context: Context) -> str:
    return context.post.facts.reshared_from or context.first("reshare")


def _partnered(context: Context) -> str:
    named = [
        *context.post.facts.partners,
        *([context.post.facts.reshared_from] * bool(context.post.facts.reshared_from)),
    ]
    own = context.registers.account(context.post.account)
    others = [name for name in named if own is None or not own.answers_to(name)]
    if others:
        return others[0]
    known = (word for partner in context.registers.partners for word in sorted(partner.words))
    return next((word for word in known if context.even(word) in context.text), "")


def _event_period(context: Context) -> str:
    return context.level.id if context.level > Level.NONE else ""


def _has_link(context: Context) -> str:
    href = context.post.links[0].href if context.post.links else ""
    return href or context.first("link")


def _has_code(context: Context) -> str:
    read = next((item.text for item in context.post.passages if item.role is Role.CODE), "")
    return read or context.first("code")


def _true(value: bool | None, word: str) -> str:
    return word if value else ""


_SELLING = ("ad_label", "call_to_action", "offer", "sale_price", "own_goods", "goods", "praise")

FACTS: Mapping[str, Fact] = {
    "promotion": Fact(Text("推销商品或服务", "promotes goods or services"), _promotion, _SELLING),
    "call_to_action": _words("召唤行动", "calls to act", "call_to_action"),
    "offer": _words("优惠", "an offer", "offer"),
    "has_price": _words("有价格", "has a price", "sale_price", "price"),
    "goods": _words("谈及商品或服务", "speaks of goods or services", "own_goods", "goods"),
    "own_goods": _words("自家商品或服务", "its own goods or services", "own_goods"),
    "goods:medical": _words("药品医疗器械", "medicine and devices", "goods:medical"),
    "goods:health_food": _words("保健食品", "health food", "goods:health_food"),
    "goods:cosmetic": _words("化妆品", "cosmetics", "goods:cosmetic"),
    "goods:food": _words("食品", "food", "goods:food"),
    "goods:alcohol": _words("酒类", "alcohol", "goods:alcohol"),
    "goods:tobacco": _words("烟草", "tobacco", "goods:tobacco"),
    "goods:education": _words("教育培训", "education", "goods:education"),
    "goods:finance": _words("金融投资", "finance", "goods:finance"),
    "goods:housing": _words("房地产", "housing", "goods:housing"),
    "goods:telecom": _words("通信业务", "telecom services", "goods:telecom"),
    "ad_marked": Fact(Text("标明广告", "marked as an ad"), _ad_marked, ("ad_label",)),
    "news": Fact(Text("新闻报道", "news"), _news, ("news_line", "news_title", "news_day")),
    "notice": Fact(Text("公告通知", "a notice"), _notice, ("notice_title", "notice_line")),
    "recruitment": Fact(Text("招聘", "recruitment"), _recruitment, ("recruitment",)),
    "anti_fraud": Fact(Text("反诈提醒", "a warning of fraud"), _anti_fraud, ("fraud",)),
    "law_text": Fact(Text("法规条文", "the text of a law"), _law_text, ("law_title", "law_article")),
    "education_of_public": _words("科普宣传", "public education", "teaching"),
    "memorial": _words("纪念缅怀", "memorial", "memorial"),
    "greeting": _words("节日问候", "a greeting", "greeting"),
    "sports_report": _words("赛事报道", "a report of sports", "sports"),
    "weather": _words("天气", "weather", "weather"),
    "disaster": _words("灾害事故", "disaster or accident", "disaster"),
    "lottery": _words("抽奖互动", "a draw", "lottery"),
    "reshare": Fact(Text("转载", "re-posted"), _reshare, ("reshare",)),
    "source_stated": _words("写明来源", "states a source", "source_line"),
    "original": Fact(Text("标原创", "marked original"), lambda context: _true(context.post.facts.original, "original"),
                     ("original",)),
    "ai_marked": Fact(Text("标明人工智能生成", "marked as made by AI"),
                      lambda context: _true(context.post.facts.ai_marked, "ai") or context.first("ai_label"),
                      ("ai_label",)),
    "source_claim": Fact(Text("有创作来源声明", "has a source statement"), lambda context: context.post.facts.source_claim,
                         ("source_claim",)),
    "partnered": Fact(Text("联合发布", "co-branded"), _partnered),
    "has_link": Fact(Text("有链接", "has a link"), _has_link, ("link",)),
    "has_code": Fact(Text("有二维码", "has a code"), _has_code),
    "has_phone": _words("有电话", "has a phone number", "phone"),
    "has_picture": Fact(Text("有图片", "has pictures"), lambda context: _true(bool(context.post.pictures), "picture"),
                        ("picture",)),
    "has_video": Fact(Text("有视频", "has video"), lambda context: _true(context.post.facts.has_video, "video"),
                      ("video",)),
    "event_period": Fact(Text("保障期内", "in the protection period"), _event_period),
}  # fmt: skip
"""Every fact a rule may name in ``when``."""
