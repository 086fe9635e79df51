"""What a reader is, the table of all of them, and how the one for a file is found: by its content first.

A reader is named in ``TABLE`` and imported only when a file may be his: to add one, write its module and append
its line. Score by what the bytes say; a name only breaks a tie.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

from content_audit.model import Post, Source, Unread, Why
from zhongbao_core.text import Text

HEAD = 256 * 1024
"""Bytes of the beginning of a file that a score is given by."""

NO, MAYBE, LIKELY, SURE = 0, 20, 60, 90
"""Scores. MAYBE: this could be read, as plain text can; SURE: the format's own marks were seen."""


class Reader(Protocol):
    """One format. Never raises for what a file holds: each bad record is an ``Unread`` and the next one goes on."""

    @property
    def name(self) -> str:
        """The word that stands in Source.reader."""

    @property
    def title(self) -> Text:
        """The format's name for people."""

    def score(self, head: bytes, name: str) -> int:
        """How sure it is, 0 to 100, that a file called ``name`` that begins with ``head`` is this format.

        A directory is offered with no bytes and a name that ends with a slash.
        """

    def read(self, data: bytes, source: Source) -> Iterator[Post | Unread]:
        """The posts in ``data``. Pictures that lie beside the file are named by ``href`` and filled in by the caller."""


@runtime_checkable
class FileReader(Protocol):
    """A reader that wants the file itself: to stream it, to walk a directory or to open a database."""

    def read_file(self, path: Path, source: Source) -> Iterator[Post | Unread]:
        """The posts in the file or directory at ``path``, without loading all of it."""


class Entry(NamedTuple):
    """A line of the table."""

    name: str
    title: Text
    how: Text
    """What it is recognised by."""
    suffixes: tuple[str, ...]
    """Endings that make this reader be asked first; they decide nothing."""
    where: str
    """``module:attribute`` of the Reader."""


TABLE: tuple[Entry, ...] = (
    Entry(
        "wechat-page",
        Text("公众号文章网页", "saved WeChat article page"),
        Text("网页含 js_article、cgiDataNew 或下线提示", "a page with js_article, cgiDataNew or a removal notice"),
        (".html", ".htm"),
        "content_audit.readers.wechat_page:READER",
    ),
    Entry(
        "jsonl",
        Text("本工具的 JSONL", "our own JSONL"),
        Text(
            "每行一个对象，含 id、channel 与 title/text/html", "a line an object with id, channel and title/text/html"
        ),
        (".jsonl", ".ndjson"),
        "content_audit.readers.own:READER",
    ),
    Entry(
        "wechat-api",
        Text("公众号官方接口 JSON", "WeChat official account API JSON"),
        Text("JSON 含 news_item", "JSON with news_item"),
        (".json",),
        "content_audit.readers.wechat_json:API",
    ),
    Entry(
        "wechat-exporter",
        Text("公众号导出 JSON（wechat-article-exporter）", "JSON of wechat-article-exporter"),
        Text(
            "JSON 含 appmsgid、itemidx、copyright_stat 等键", "JSON with keys such as appmsgid, itemidx, copyright_stat"
        ),
        (".json",),
        "content_audit.readers.wechat_json:EXPORTER",
    ),
    Entry(
        "weibo-json",
        Text("微博 JSON（weibo-crawler、weiboSpider、接口）", "Weibo JSON of weibo-crawler, weiboSpider and the API"),
        Text(
            "JSON 含 reposts_count、text_raw、publish_tool 等键",
            "JSON with keys such as reposts_count, text_raw, publish_tool",
        ),
        (".json", ".jsonl"),
        "content_audit.readers.weibo_json:READER",
    ),
    Entry(
        "weibo-csv",
        Text("微博 CSV（weibo-crawler、weiboSpider）", "Weibo CSV of weibo-crawler and weiboSpider"),
        Text("表头含 id、正文 或 微博id、微博正文", "a heading with id, 正文 or 微博id, 微博正文"),
        (".csv",),
        "content_audit.readers.weibo_table:CSV",
    ),
    Entry(
        "weibo-sqlite",
        Text("微博 SQLite（weibo-crawler、weiboSpider）", "Weibo SQLite of weibo-crawler and weiboSpider"),
        Text("SQLite 文件，有表 weibo", "an SQLite file with a table weibo"),
        (".db", ".sqlite", ".sqlite3"),
        "content_audit.readers.weibo_db:DATABASE",
    ),
    Entry(
        "android-strings",
        Text("安卓 strings.xml", "Android strings.xml"),
        Text(
            "XML 根元素 resources，含 string、string-array、plurals",
            "XML with resources of string, string-array, plurals",
        ),
        (".xml",),
        "content_audit.readers.android:READER",
    ),
    Entry(
        "apple-xcstrings",
        Text("苹果 .xcstrings", "Apple .xcstrings"),
        Text("JSON 含 sourceLanguage 与 strings", "JSON with sourceLanguage and strings"),
        (".xcstrings",),
        "content_audit.readers.apple:CATALOG",
    ),
    Entry(
        "apple-plist",
        Text("苹果 .stringsdict 与二进制 .strings", "Apple .stringsdict and compiled .strings"),
        Text("属性列表（XML 或二进制）", "a property list, XML or binary"),
        (".stringsdict", ".strings", ".plist"),
        "content_audit.readers.apple:PLIST",
    ),
    Entry(
        "apple-strings",
        Text("苹果 .strings", "Apple .strings"),
        Text('成对的引号文本 "键" = "值";', 'pairs of quoted texts "key" = "value";'),
        (".strings",),
        "content_audit.readers.apple:STRINGS",
    ),
    Entry(
        "push-json",
        Text("推送 JSON（极光 v3、APNs）", "push JSON of JPush v3 and APNs"),
        Text(
            "JSON 或 JSONL 含 notification.alert、msg_content 或 aps",
            "JSON or JSONL with notification.alert, msg_content or aps",
        ),
        (".json", ".jsonl"),
        "content_audit.readers.push:JSON",
    ),
    Entry(
        "push-csv",
        Text("推送 CSV", "push CSV"),
        Text("表头含内容列，并有标题、推送时间或人群列", "a heading with the text and a title, time or audience"),
        (".csv",),
        "content_audit.readers.push:TABLE",
    ),
    Entry(
        "sheet",
        Text("xlsx 导出（wechat-article-exporter、微博、推送）", "xlsx exports: wechat-article-exporter, Weibo, push"),
        Text("工作表表头与上述导出一致", "a sheet whose heading is that of one of these exports"),
        (".xlsx",),
        "content_audit.readers.sheets:READER",
    ),
    Entry(
        "subtitles",
        Text("字幕（srt、vtt、ass）", "subtitles: srt, vtt, ass"),
        Text("时间行 --> 、WEBVTT 或 [Script Info]", "lines of times with -->, WEBVTT or [Script Info]"),
        (".srt", ".vtt", ".ass", ".ssa"),
        "content_audit.readers.subtitles:READER",
    ),
    Entry(
        "markdown",
        Text("Markdown 草稿", "Markdown draft"),
        Text("扩展名 .md，或带标题的 front matter", "the name, or front matter with a title"),
        (".md", ".markdown"),
        "content_audit.readers.plain_text:MARKDOWN",
    ),
    Entry(
        "docx",
        Text("Word 文档（docx）", "Word document (docx)"),
        Text("zip 内有 word/ 部件", "a zip with parts of word/"),
        (".docx", ".docm"),
        "content_audit.readers.docx:READER",
    ),
    Entry(
        "xlsx",
        Text("Excel 草稿（xlsx）", "Excel draft (xlsx)"),
        Text("工作簿；表头有标题、正文等列时每行一篇", "a workbook; a post a row below headings such as 标题, 正文"),
        (".xlsx", ".xlsm"),
        "content_audit.readers.book:READER",
    ),
    Entry(
        "html",
        Text("HTML 草稿", "HTML draft"),
        Text("网页标签", "the tags of a page"),
        (".html", ".htm"),
        "content_audit.readers.html_draft:READER",
    ),
    Entry(
        "picture",
        Text("图片文件", "picture file"),
        Text("png、jpeg、gif、webp、bmp、tiff 的文件头", "first bytes of png, jpeg, gif, webp, bmp, tiff"),
        (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff"),
        "content_audit.readers.picture_file:PICTURE",
    ),
    Entry(
        "ole",
        Text("旧版或加密的 Office 文件（不读，只说明）", "old or encrypted office file: named, not read"),
        Text("复合文档文件头", "first bytes of a compound file"),
        (".doc", ".xls", ".ppt", ".wps"),
        "content_audit.readers.not_read:OLE",
    ),
    Entry(
        "pdf",
        Text("PDF 文件（不读，只说明）", "PDF: named, not read"),
        Text("%PDF- 文件头", "first bytes %PDF-"),
        (".pdf",),
        "content_audit.readers.not_read:PDF",
    ),
    Entry(
        "pptx",
        Text("演示文稿（pptx，不读，只说明）", "slides (pptx): named, not read"),
        Text("zip 内有 ppt/ 部件", "a zip with parts of ppt/"),
        (".pptx", ".pptm", ".ppsx", ".potx"),
        "content_audit.readers.not_read:SLIDES",
    ),
    Entry(
        "opendocument",
        Text("OpenDocument 文件（odt、odp，不读，只说明）", "OpenDocument (odt, odp): named, not read"),
        Text("zip 首个部件 mimetype", "a zip that begins with its mimetype"),
        (".odt", ".odp", ".ods"),
        "content_audit.readers.not_read:OPEN_DOCUMENT",
    ),
    Entry(
        "rtf",
        Text("RTF 文件（不读，只说明）", "RTF: named, not read"),
        Text("{\\rtf 文件头", "first bytes {\\rtf"),
        (".rtf",),
        "content_audit.readers.not_read:RTF",
    ),
    Entry(
        "zip",
        Text("压缩包（zip）", "zip archive"),
        Text("zip 文件头", "first bytes of a zip"),
        (".zip",),
        "content_audit.readers.archive:ZIP",
    ),
    Entry(
        "folder",
        Text("文件夹", "folder"),
        Text("目录本身", "a directory"),
        (),
        "content_audit.readers.archive:FOLDER",
    ),
    Entry(
        "text",
        Text("纯文本", "plain text"),
        Text("扩展名 .txt、无扩展名或标准输入的文本", "text called .txt, without an ending, or from standard input"),
        (".txt", ".text"),
        "content_audit.readers.plain_text:TEXT",
    ),
)


@lru_cache(maxsize=64)
def load(entry: Entry) -> Reader:
    """The reader that ``entry`` names, imported now."""
    module, _, attribute = entry.where.partition(":")
    reader: Reader = getattr(import_module(module), attribute)
    return reader


def pick(head: bytes, name: str, table: Iterable[Entry] = TABLE) -> Reader | None:
    """The reader that is surest of a file; None where nobody knows it. The earlier line wins a tie.

    Readers whose ending fits are asked first, and a SURE one of them ends the search.
    """
    best, most = None, 0
    for entry in sorted(table, key=lambda line: not name.lower().endswith(line.suffixes)):
        reader = load(entry)
        score = reader.score(head, name)
        if score > most:
            best, most = reader, score
        if most >= SURE and name.lower().endswith(entry.suffixes):
            break
    return best


def handed_on(name: str, data: bytes, source: Source) -> Iterator[Post | Unread]:
    """What another reader than ``name`` makes of ``data``: ``name`` took it by its first bytes and found nothing in it."""
    others = (entry for entry in TABLE if entry.name != name)
    reader = pick(data[:HEAD], source.path, others)
    if reader is None:
        yield Unread(source, Why.UNKNOWN_FORMAT)
    else:
        yield from reader.read(data, source._replace(reader=reader.name))
