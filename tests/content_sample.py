"""A small audit with one of everything, for the tests of the renderers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from content_audit.model import (
    Audited,
    Facts,
    Hit,
    Passage,
    Picture,
    Post,
    Role,
    Source,
    Tested,
    Unread,
    Verdict,
    Why,
)
from content_audit.show.report import Basis, ContentReport
from zhongbao_core.finding import Confidence, Severity
from zhongbao_core.text import Text

AT = datetime(2026, 11, 12, 2, 0, tzinfo=UTC)
HOSTILE = '<img src=x onerror=alert(1)>"\'&\u202e\x1b[31m=HYPERLINK("http://x")'
BODY = f"本店新到手机，全网最低价！联系王经理 13800138000。{HOSTILE}" + "正文说明。" * 300 + "史上最\u200b强套餐。"
BASIS = Basis(12, "sha256:" + "ab" * 32, Text("全面封网", "full freeze"), ("content/ads",), "rjieba")


def hit(
    passage: int, text: str, words: str, verdict: Verdict, rule: str, category: str, title: Text, **more: Any
) -> Hit:
    start = text.index(words)
    severity = more.pop("severity", Severity.MEDIUM)
    return Hit(
        rule, category, title, verdict, severity, Confidence.FIRM, passage, start, start + len(words), words, **more
    )


def post() -> Post:
    return Post(
        "wx-1",
        Source("exports/wechat.json", "item[0]", "freepublish"),
        "wechat",
        (Passage(Role.TITLE, "item[0].title", "国家级品质"), Passage(Role.BODY, "item[0].content", BODY)),
        account="示例移动",
        published_at=datetime(2026, 11, 11, 2, 0, tzinfo=UTC),
        pictures=(Picture("img[0]"),),
    )


def report(**changed: Any) -> ContentReport:
    marked = post()
    hits = (
        hit(
            0,
            "国家级品质",
            "国家级",
            Verdict.BLOCK,
            "ABS-001",
            "absolute",
            Text("“国家级”用语", "claims of state rank"),
            severity=Severity.HIGH,
            law="《中华人民共和国广告法》第九条第（三）项",
            why=Text("广告不得使用国家级等用语", "advertisements must not use such words"),
            remedy=Text("改为可证实的具体表述", "say what can be proven"),
            tested=(Tested("negation", False, Text("同句无否定词", "no negation in the sentence")),),
        ),
        hit(1, BODY, "全网最低价", Verdict.REVIEW, "ABS-009", "absolute", Text("价格绝对化", "price superlatives")),
        hit(1, BODY, "13800138000", Verdict.REVIEW, "PER-001", "personal", Text("手机号码", "mobile"), personal=True),
        hit(
            1,
            BODY,
            "史上最\u200b强",
            Verdict.NOTE,
            "ABS-003",
            "absolute",
            Text("绝对化用语", "superlative"),
            folded="史上最强",
            steps=("skip",),
        ),
    )
    unread = (Unread(marked.source, Why.NO_BYTES, post="wx-1", locator="img[0]"),)
    clean = Post("wb-2", Source("weibo.csv", "2", "weibo"), "weibo", (Passage(Role.BODY, "正文", "今日最高气温18℃。"),))
    gone = Post("wx-3", Source("gone.html"), "wechat", (), facts=Facts(removed="该内容已被发布者删除"))
    given: dict[str, Any] = {
        "title": Text("内容审核报告", "Content audit"),
        "at": AT,
        "zone": "Asia/Shanghai",
        "audited": (Audited(clean, ()), Audited(marked, hits, unread), Audited(gone, ())),
        "unread": (Unread(Source("x/坏.docx"), Why.BROKEN, "not a zip"),),
        "basis": BASIS,
    }
    return ContentReport(**{**given, **changed})
