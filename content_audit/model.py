"""The words of the content audit as types: posts and what they are made of, and what the audit says of them.

Pure: no I/O, no clock. Offsets everywhere are code points of a passage's text as received, [start, end).
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum, IntEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from zhongbao_core.finding import Confidence, Finding, PassagePlace, Severity
from zhongbao_core.finding import Evidence as FindingEvidence
from zhongbao_core.text import NOTHING, Text

if TYPE_CHECKING:
    from dataclasses import dataclass
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple, dataclass

Channel = Literal["wechat", "weibo", "push", "app", "web", "video", "draft"]
"""Where a post appears. ``draft``: nowhere yet and nobody said where."""

CHANNELS: dict[Channel, Text] = {
    "wechat": Text("微信公众号", "WeChat"),
    "weibo": Text("微博", "Weibo"),
    "push": Text("推送", "push"),
    "app": Text("应用程序", "app"),
    "web": Text("网站", "web site"),
    "video": Text("视频", "video"),
    "draft": Text("草稿", "draft"),
}


class Role(Enum):
    """What a passage is to its post. Rules may look at some roles only."""

    TITLE = "title"
    HEADLINE = "headline"
    """【】 at the head of a status."""
    DIGEST = "digest"
    BODY = "body"
    TOPIC = "topic"
    AUTHOR = "author"
    ALERT = "alert"
    """The text of a push."""
    BUTTON = "button"
    STRING = "string"
    """A text of an app's interface."""
    SUBTITLE = "subtitle"
    CAPTION = "caption"
    """Words that belong to a picture: alt text, caption."""
    MARGIN = "margin"
    """Header or footer of a document: around every page of it, and nowhere in what is published."""
    COMMENT = "comment"
    """A remark in a document, or a published reply below a post."""
    QUOTED = "quoted"
    """What a re-post carries along: published, but somebody else's words."""
    HIDDEN = "hidden"
    """Text that is there and not shown."""
    DELETED = "deleted"
    """A deletion that is tracked, so still in the file."""
    PICTURE = "picture"
    """Words read in a picture."""
    CODE = "code"
    """What a QR or bar code says."""

    @property
    def text(self) -> Text:
        """The word shown to people."""
        return _ROLES[self]


_ROLES = {
    Role.TITLE: Text("标题", "title"),
    Role.HEADLINE: Text("导语", "headline"),
    Role.DIGEST: Text("摘要", "digest"),
    Role.BODY: Text("正文", "body"),
    Role.TOPIC: Text("话题", "topic"),
    Role.AUTHOR: Text("作者", "author"),
    Role.ALERT: Text("推送文案", "push text"),
    Role.BUTTON: Text("按钮", "button"),
    Role.STRING: Text("界面文案", "interface text"),
    Role.SUBTITLE: Text("字幕", "subtitle"),
    Role.CAPTION: Text("图注", "caption"),
    Role.MARGIN: Text("页眉页脚", "header or footer"),
    Role.COMMENT: Text("批注或留言", "comment"),
    Role.QUOTED: Text("转发内容", "re-posted words"),
    Role.HIDDEN: Text("隐藏文字", "hidden text"),
    Role.DELETED: Text("修订删除文字", "tracked deletion"),
    Role.PICTURE: Text("图中文字", "words in a picture"),
    Role.CODE: Text("二维码内容", "content of a code"),
}


class Passage(NamedTuple):
    """A piece of text of a post, exactly as received."""

    role: Role
    locator: str
    """Where in the record it stands: a field path, cell, paragraph or picture, for example ``news_item[0].content``."""
    text: str


Use = Literal["body", "cover", "spare"]
"""Where a picture is shown: among the words, in lists and shared cards, or nowhere though the file holds it."""
USES: tuple[Use, ...] = ("body", "cover", "spare")


class Link(NamedTuple):
    """A link of a post; ``shown`` are the words it stands under, ``locator`` as in Passage."""

    href: str
    shown: str = ""
    locator: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a post. ``data`` are its bytes where the export holds them; a picture is never fetched."""

    locator: str
    name: str = ""
    href: str = ""
    data: bytes | None = None
    ai_marked: bool = False
    """Marked as made by AI in the export (``data-aistatus``)."""
    use: Use = "body"

    @property
    def digest(self) -> str:
        """``sha256:`` of the bytes; empty where there are none."""
        return "" if self.data is None else "sha256:" + sha256(self.data).hexdigest()


class Source(NamedTuple):
    """Where a post was read: the file, the record in it and the reader that understood it."""

    path: str
    record: str = ""
    reader: str = ""

    def __str__(self) -> str:
        return f"{self.path}#{self.record}" if self.record else self.path


@dataclass(frozen=True, slots=True)
class Facts:
    """What an export says about a post besides its words. None: the export does not say."""

    kind: str = ""
    """article, pictures, text, video, audio, reshare, status, push, strings, document, subtitles."""
    original: bool | None = None
    """Marked 原创."""
    reshared_from: str = ""
    """The account whose piece is re-shared."""
    partners: tuple[str, ...] = ()
    """Accounts and brands the post shows beside its own: profile cards, mini-program cards, co-authors."""
    mentions: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    ad_marked: bool | None = None
    ai_marked: bool | None = None
    source_claim: str = ""
    """The source statement shown under an article (创作来源声明)."""
    removed: str = ""
    """The notice that stands where the content was: it is taken down."""
    edits: int = 0
    """How often it was changed after publishing, as far as the export says."""
    has_video: bool = False


NO_FACTS = Facts()
"""Nothing is said."""


@dataclass(frozen=True, slots=True)
class Post:
    """One unit of content (稿件). ``id`` is the medium's own where there is one, else made of source and record."""

    id: str
    source: Source
    channel: Channel
    passages: tuple[Passage, ...]
    account: str = ""
    published_at: datetime | None = None
    url: str = ""
    pictures: tuple[Picture, ...] = ()
    links: tuple[Link, ...] = ()
    facts: Facts = NO_FACTS

    @property
    def title(self) -> str:
        """The title's words; empty where there is none."""
        for item in self.passages:
            if item.role is Role.TITLE:
                return item.text
        return ""

    @property
    def removed(self) -> bool:
        """Whether the page says that the content is taken down."""
        return bool(self.facts.removed)


class Why(Enum):
    """Why something was not audited."""

    UNKNOWN_FORMAT = "unknown_format"
    BROKEN = "broken"
    ENCODING = "encoding"
    ENCRYPTED = "encrypted"
    TOO_BIG = "too_big"
    TOO_DEEP = "too_deep"
    TOO_MANY = "too_many"
    TOO_SLOW = "too_slow"
    UNSAFE_PATH = "unsafe_path"
    CRASHED = "crashed"
    NO_BYTES = "no_bytes"
    """A picture that the export only points to."""
    NO_OCR = "no_ocr"
    """A picture whose words nobody can read here: the ``ocr`` extra is not installed."""
    UNREADABLE = "unreadable"
    VIDEO = "video"
    TO_DOCUMENT = "to_document"
    """A document of a format that is known and not read."""
    TO_PICTURE = "to_picture"
    """A picture of a format that is known and not read."""
    UNSTABLE = "unstable"
    """A file that was still growing."""

    @property
    def text(self) -> Text:
        """The reason shown to people."""
        return _WHYS[self]


_WHYS = {
    Why.UNKNOWN_FORMAT: Text("格式无法识别", "unknown format"),
    Why.BROKEN: Text("文件损坏或不合格式", "broken or malformed"),
    Why.ENCODING: Text("编码无法识别", "unknown encoding"),
    Why.ENCRYPTED: Text("已加密", "encrypted"),
    Why.TOO_BIG: Text("超过大小上限", "over the size limit"),
    Why.TOO_DEEP: Text("嵌套过深", "nested too deep"),
    Why.TOO_MANY: Text("条目过多", "too many items"),
    Why.TOO_SLOW: Text("处理超时", "out of time"),
    Why.UNSAFE_PATH: Text("压缩包内路径不安全", "unsafe path in an archive"),
    Why.CRASHED: Text("解析进程异常退出", "the parser died"),
    Why.NO_BYTES: Text("导出中没有图片本身", "the export holds no bytes of it"),
    Why.NO_OCR: Text("未安装文字识别组件", "text recognition is not installed"),
    Why.UNREADABLE: Text("图片无法读取", "the picture cannot be read"),
    Why.VIDEO: Text("视频或音频未审核", "video and audio are not audited"),
    Why.TO_DOCUMENT: Text(
        "不读这种格式，请另存为 docx 或 xlsx，或逐页导出为图片",
        "this format is not read: save it as docx or xlsx, or export its pages as pictures",
    ),
    Why.TO_PICTURE: Text(
        "不读这种图片，请另存为 JPEG 或 PNG", "this kind of picture is not read: save it as JPEG or PNG"
    ),
    Why.UNSTABLE: Text("文件仍在写入", "the file was still being written"),
}


PICTURE_WHYS = frozenset({Why.NO_BYTES, Why.NO_OCR, Why.UNREADABLE, Why.VIDEO, Why.TO_PICTURE})
"""Why a picture or video was not read: somebody may look at it instead. Anything else is simply not audited."""


class Unread(NamedTuple):
    """Something that was not audited, and why. ``post`` is empty where no post came of it."""

    source: Source
    why: Why
    detail: str = ""
    post: str = ""
    locator: str = ""


class Verdict(IntEnum):
    """What a rule, and so a post, calls for. Greater is stricter; the number is never shown."""

    PASS = 0
    NOTE = 1
    REVIEW = 2
    BLOCK = 3

    @property
    def id(self) -> str:
        """The word files and JSON use."""
        return self.name.lower()

    @property
    def text(self) -> Text:
        """The word shown to people."""
        return _VERDICTS[self]


_VERDICTS = {
    Verdict.PASS: Text("通过", "pass"),
    Verdict.NOTE: Text("提示", "note"),
    Verdict.REVIEW: Text("人工复核", "review"),
    Verdict.BLOCK: Text("拦截", "block"),
}


class Tested(NamedTuple):
    """An exemption that was tested on a hit: whether it held, and what it saw."""

    exemption: str
    held: bool
    saw: Text = NOTHING
    law: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where a rule stands against a post after all exemptions were tested."""

    rule: str
    category: str
    title: Text
    verdict: Verdict
    severity: Severity
    confidence: Confidence
    passage: int
    """Index into the post's passages; -1 where the post as a whole is meant."""
    start: int
    end: int
    raw: str
    """The original words, ``passage.text[start:end]``."""
    folded: str = ""
    """What they read as after folding."""
    steps: tuple[str, ...] = ()
    """How ``raw`` became ``folded``: width, traditional, skip, pinyin, ..."""
    law: str = ""
    why: Text = NOTHING
    remedy: Text = NOTHING
    evidence: Text = NOTHING
    """What would settle it, for a verdict of review."""
    tested: tuple[Tested, ...] = ()
    personal: bool = False
    """The words are somebody's personal data: every renderer masks them."""

    def finding(self, post: Post) -> Finding:
        """The same as a finding of the house."""
        locator = post.passages[self.passage].locator if self.passage >= 0 else ""
        return Finding(
            area="content",
            rule=self.rule,
            title=self.title,
            severity=self.severity,
            confidence=self.confidence,
            place=PassagePlace(post.id, locator, self.start, self.end, self.raw),
            evidence=(FindingEvidence("words", self.raw, self.personal),),
            remedy=self.remedy,
            law=self.law,
        )


@dataclass(frozen=True, slots=True)
class Audited:
    """A post with all that the audit says of it, hits in order of passage and place."""

    post: Post
    hits: tuple[Hit, ...]
    unread: tuple[Unread, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """PASS, REVIEW or BLOCK: a note holds nothing back."""
        if not self.hits:
            return Verdict.PASS
        worst = max(hit.verdict for hit in self.hits)
        return Verdict.PASS if worst is Verdict.NOTE else worst

    @property
    def complete(self) -> bool:
        """Whether all of it was audited."""
        return not self.unread
