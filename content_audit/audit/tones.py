"""Sensitive events (敏感事件): tones out of place, forbidden company, quiet windows; from the register alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from content_audit.audit.coded import COMBINED, QUIET, TONE
from content_audit.audit.context import Context
from content_audit.audit.exemptions import Spot
from content_audit.audit.reading import Reading, Span
from content_audit.audit.registers import TONES, SensitiveEvent
from content_audit.audit.rule import Rule
from content_audit.audit.scanner import Fold
from zhongbao_core.text import Text

_TONES = {
    "joke": re.compile(r"哈哈+|笑死|笑哭|段子|玩梗|沙雕|狗头|吃瓜|调侃|搞笑|爆笑|[😂🤣😆😜🤪]|233+|hhh+|蹭热度"),
    "countdown": re.compile(r"倒计时|倒数|还(?:有|剩)\d+(?:天|小时)|最后\d+(?:天|小时)|仅剩\d+"),
    "celebration": re.compile(r"庆祝|狂欢|盛宴|喜迎|撒花|欢庆|热烈祝贺|嗨翻|派对|欢乐|[🎉🎊🥳🎆🎇]"),
    "speculation": re.compile(r"内幕|疑似|网传|据传|传闻|猜测|阴谋|背后的?(?:真相|原因)|真相竟?是|人祸|谁之过|知情人"),
    "rank": re.compile(r"第一|排名|榜首|冠绝|史上最|全国最|最(?:强|惨|大|猛|严重)|top\s?\d|创(?:下)?(?:新)?纪录"),
    "question": re.compile(r"你怎么看|怎么看待|投票|竞猜|留言(?:区|告诉|说)|评论区|抽奖|转发抽|参与互动|猜一猜|打卡"),
}


def spots(
    events: Sequence[SensitiveEvent], readings: Sequence[Reading], context: Context, fold: Fold, at: datetime | None
) -> Iterator[tuple[Rule, Spot]]:
    """What in the post is out of place beside an event that it names; and posts that have to wait."""
    for event in events:
        where = _named(event, readings, context, fold)
        if where is not None:
            yield from _tones(event, where, context)
            yield from _combined(event, where, context, fold)
        if waits(event, context.post.channel, at) and readings:
            yield _says(QUIET, event, ""), Spot(readings[0], Span(0, 0), Span(0, 0))


def waits(event: SensitiveEvent, channel: str, at: datetime | None) -> bool:
    """Whether posts of ``channel`` wait at ``at`` because of ``event``."""
    channels = event.quiet_channels or frozenset({"push"})
    return event.quiet is not None and at is not None and event.quiet.contains(at) and channel in channels


def _named(event: SensitiveEvent, readings: Sequence[Reading], context: Context, fold: Fold) -> Spot | None:
    """Where the post names the event; its place counts only where the post speaks of a disaster."""
    places = event.places if context.seen("disaster") else frozenset()
    for word in sorted(event.words | places, key=lambda word: (-len(word), word)):
        bare = fold(word).text
        for reading in readings:
            at = reading.text.find(bare) if bare else -1
            if at >= 0:
                span = Span(at, at + len(bare))
                return Spot(reading, span, span)
    return None


def _tones(event: SensitiveEvent, where: Spot, context: Context) -> Iterator[tuple[Rule, Spot]]:
    for tone in sorted(event.tones):
        pattern = _TONES.get(tone)
        found = pattern.search(context.text) if pattern else None
        saw = found[0] if found else context.seen("promotion") if tone == "promotion" else ""
        if saw:
            yield _says(TONE, event, saw, TONES[tone]), where


def _combined(event: SensitiveEvent, where: Spot, context: Context, fold: Fold) -> Iterator[tuple[Rule, Spot]]:
    for combination in event.combinations:
        saw = next((word for word in sorted(combination.words) if fold(word).text in context.text), "")
        if saw:
            yield _says(COMBINED, event, saw, combination.why), where


def _says(rule: Rule, event: SensitiveEvent, saw: str, what: Text | None = None) -> Rule:
    """``rule`` with the event and the words seen in its reason."""
    about = Text(f"{what.zh}：" if what and what.zh else "", f"{what.en}: " if what and what.en else "")
    words = f"“{saw}”" if saw else ""
    return replace(
        rule,
        why=Text(f"{event.name}——{about.zh}{words or rule.why.zh}", f"{event.name}: {about.en}{words or rule.why.en}"),
    )
