from __future__ import annotations

import io
import sys
import zipfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from draft_files import book, document, docx, p, packed, relations, run

from content_audit.model import Passage, Post, Role, Source, Unread, Why
from content_audit.readers import read_bytes, read_path

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000 1f15c4890000000d49444154789c6360f8cfc0000003010100"
    "18dd8db00000000049454e44ae426082".replace(" ", "")
)


def read(data: bytes, name: str) -> list[Post | Unread]:
    return list(read_bytes(data, Source(name)))


def one(data: bytes, name: str) -> Post:
    (found,) = read(data, name)
    assert isinstance(found, Post)
    return found


def words(post: Post, role: Role = Role.BODY) -> list[str]:
    return [passage.text for passage in post.passages if passage.role is role]


def test_plain_text_is_one_passage_from_its_first_to_its_last_character() -> None:
    text = "\n  停机通知\r\n详见 https://example.com/a 。\n"
    post = one(text.encode("gb18030"), "通知.txt")
    assert post.passages == (Passage(Role.BODY, "", text),)
    assert (post.source.reader, [link.href for link in post.links]) == ("text", ["https://example.com/a"])


def test_markdown_takes_account_channel_time_and_title_from_its_front_matter() -> None:
    text = '---\ntitle: "停机公告"\naccount: 江城移动\nchannel: 微信公众号\npublished_at: 2026-11-22 09:00\nnote: 内部\n---\n正文在此。\n'
    post = one(text.encode(), "a.md")
    assert (post.title, post.account, post.channel) == ("停机公告", "江城移动", "wechat")
    assert post.published_at == datetime(2026, 11, 22, 9, tzinfo=timezone(timedelta(hours=8)))
    assert words(post, Role.COMMENT) == ["内部"]


def test_offsets_in_the_body_of_markdown_are_those_of_the_file() -> None:
    text = "---\ntitle: 甲\n---\n# 标题不是\n\n正文最佳。\n```\n代码最优\n```\n"
    post = one(text.encode(), "a.md")
    (body,) = words(post)
    assert len(body) == len(text)
    for word in ("正文最佳", "代码最优"):
        assert body.index(word) == text.index(word)


def test_the_first_heading_is_the_title_and_stands_in_the_body_no_more() -> None:
    post = one("# 停机公告\n\n正文。\n".encode(), "a.md")
    assert (post.title, words(post)[0].strip()) == ("停机公告", "正文。")


def test_links_and_pictures_of_markdown_are_found_and_those_in_code_are_not() -> None:
    text = "[看](https://example.com/a) ![图](pics/b.png)\n```\n[代码](https://example.com/no)\n```\n<https://example.com/c>\n"
    post = one(text.encode(), "a.md")
    assert [link.href for link in post.links] == ["https://example.com/a", "https://example.com/c"]
    assert [picture.href for picture in post.pictures] == ["pics/b.png"]


def test_a_channel_or_time_nobody_understands_is_said() -> None:
    post, *unread = read("---\ntitle: 甲\nchannel: 小红书号\npublished_at: 明天\n---\n正文\n".encode(), "a.md")
    assert isinstance(post, Post)
    assert [(item.why, item.locator) for item in unread if isinstance(item, Unread)] == [
        (Why.BROKEN, "channel"),
        (Why.BROKEN, "published_at"),
    ]


def test_a_page_gives_title_shown_and_hidden_words_and_remarks() -> None:
    html = (
        "<html><head><title>公告</title><meta name=description content=摘要></head><body><!-- 备注 -->"
        "<p>正文</p><p style='display:none'>暗字</p><a href='https://example.com/x'>链</a></body></html>"
    )
    post = one(html.encode(), "a.html")
    assert (post.title, words(post, Role.DIGEST), words(post, Role.HIDDEN)) == ("公告", ["摘要"], ["暗字"])
    assert words(post, Role.COMMENT) == ["备注"]
    assert [link.href for link in post.links] == ["https://example.com/x"]


def test_everything_in_a_word_file_is_read_in_its_role() -> None:
    box = f"<w:r><w:pict><v:shape><v:textbox><w:txbxContent>{p(run('文本框'))}</w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
    body = (
        p(run("停机公告"), style="T")
        + p(run("看得见"), run("看不见", "<w:vanish/>"), "<w:del><w:r><w:delText>删掉的</w:delText></w:r></w:del>")
        + f"<w:tbl><w:tr><w:tc>{p(run('表格'))}</w:tc></w:tr></w:tbl>"
        + p(box, run("框外"))
        + p('<w:hyperlink r:id="rId1">' + run("点这里") + "</w:hyperlink>")
        + p('<w:r><w:instrText> HYPERLINK "https://example.com/field" </w:instrText></w:r>', run("域"))
        + '<w:p><w:r><w:drawing><wp:inline><wp:docPr name="p" descr="替代文字"/></wp:inline></w:drawing></w:r></w:p>'
    )
    styles = f'<w:styles xmlns:w="{document("").split(chr(34))[1]}"><w:style w:styleId="T"><w:name w:val="Title"/></w:style></w:styles>'
    core = '<c xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>赵六</dc:creator></c>'
    post = one(
        docx(
            body,
            {
                "word__styles.xml": styles,
                "docProps__core.xml": core,
                "word__header1.xml": document(p(run("页眉"))),
                "word__footnotes.xml": document(p(run("脚注"))),
                "word__comments.xml": document(p(run("批注"))),
                "word__media__image1.png": PNG,
                "word___rels__document.xml.rels": relations(
                    {
                        "rId1": ("hyperlink", "https://example.com/rel", True),
                        "rId2": ("image", "https://example.com/out.png", True),
                    }
                ),
            },
        ),
        "a.docx",
    )
    assert post.title == "停机公告"
    assert words(post) == ["看得见", "表格", "框外", "文本框", "点这里", "域", "脚注"]
    assert words(post, Role.MARGIN) == ["页眉"]
    assert (words(post, Role.HIDDEN), words(post, Role.DELETED)) == (["看不见"], ["删掉的"])
    assert (words(post, Role.COMMENT), words(post, Role.AUTHOR)) == (["批注"], ["赵六"])
    assert words(post, Role.CAPTION) == ["替代文字"]
    assert [link.href for link in post.links] == ["https://example.com/rel", "https://example.com/field"]
    assert [(one.href, one.data is not None) for one in post.pictures] == [
        ("", True),
        ("https://example.com/out.png", False),
    ]
    assert post.passages[1].locator == "word/document.xml p[2]"


def shown(mark: str) -> str:
    return f'<w:r><w:drawing><wp:inline><a:blip xmlns:a="urn:a" r:embed="{mark}"/></wp:inline></w:drawing></w:r>'


def test_pictures_stand_in_the_order_in_which_the_document_shows_them_and_the_others_are_said_to_be_spare() -> None:
    old = "<mc:Fallback><w:r><w:pict><v:imagedata r:id='rId1'/></w:pict></w:r></mc:Fallback>"
    both = f"<mc:AlternateContent><mc:Choice Requires='x'>{shown('rId1')}</mc:Choice>{old}</mc:AlternateContent>"
    body = p(shown("rId2")) + p(both) + p(shown("rId2")) + p(f"<w:del>{shown('rId3')}</w:del>")
    rows = {f"rId{at}": ("image", f"media/image{at}.png", False) for at in (1, 2, 3)}
    media: dict[str, str | bytes] = {f"word__media__image{at}.png": PNG for at in (1, 2, 3, 4)}
    post = one(docx(body, {**media, "word___rels__document.xml.rels": relations(rows)}), "a.docx")
    assert [(one.name, one.use) for one in post.pictures] == [
        ("image2.png", "body"),
        ("image1.png", "body"),
        ("image2.png", "body"),
        ("image3.png", "spare"),
        ("image4.png", "spare"),
    ]
    assert len({one.locator for one in post.pictures}) == 5


def test_a_link_of_word_keeps_the_place_it_leads_to_and_a_picture_may_be_one() -> None:
    click = (
        '<w:r><w:drawing><wp:docPr name="p"><a:hlinkClick xmlns:a="urn:a" r:id="rId2"/></wp:docPr></w:drawing></w:r>'
    )
    body = (
        p('<w:hyperlink r:id="rId1" w:anchor="fees">' + run("资费") + "</w:hyperlink>")
        + p(click)
        + p('<w:r><w:instrText> HYPERLINK "https://example.com/field" \\l "top" </w:instrText></w:r>', run("域"))
    )
    rows = {f"rId{at}": ("hyperlink", f"https://example.com/{at}", True) for at in (1, 2)}
    post = one(docx(body, {"word___rels__document.xml.rels": relations(rows)}), "a.docx")
    assert [link.href for link in post.links] == [
        "https://example.com/1#fees",
        "https://example.com/2",
        "https://example.com/field#top",
    ]


def test_of_alternate_contents_that_differ_both_are_read_and_equal_ones_once() -> None:
    def alternate(first: str, second: str) -> str:
        inner = f"<mc:Choice Requires='x'>{run(first)}</mc:Choice><mc:Fallback>{run(second)}</mc:Fallback>"
        return p(f"<mc:AlternateContent>{inner}</mc:AlternateContent>")

    post = one(docx(alternate("同样", "同样") + alternate("给人看", "给旧程序看")), "a.docx")
    assert words(post) == ["同样", "给人看给旧程序看"]


def test_a_word_split_over_runs_is_one_word() -> None:
    assert words(one(docx(p(run("最"), run("佳"))), "a.docx")) == ["最佳"]


def test_a_real_word_file_is_read() -> None:
    from docx import Document

    made = Document()
    made.add_heading("停机公告", 0)
    made.add_paragraph("正文")
    made.add_picture(io.BytesIO(PNG))
    target = io.BytesIO()
    made.save(target)
    post = one(target.getvalue(), "a.docx")
    assert (post.title, words(post), len(post.pictures)) == ("停机公告", ["正文"], 1)


def test_macros_and_what_is_embedded_are_not_run_and_the_latter_is_said() -> None:
    data = docx(p(run("正文")), {"word__vbaProject.bin": b"\0", "word__embeddings__a.xlsx": b"PK"})
    post, unread = read(data, "a.docm")
    assert isinstance(post, Post)
    assert isinstance(unread, Unread)
    assert (unread.why, unread.locator) == (Why.UNKNOWN_FORMAT, "word/embeddings/a.xlsx")


def test_a_sheet_with_headings_gives_a_post_a_row() -> None:
    data = book(
        [
            ["标题", "正文", "账号", "渠道", "发布时间", "备注"],
            ["甲", "正文甲", "江城移动", "微博", "2026-11-22 09:00", "改过"],
            ["乙", "正文乙", "江城移动", "推送", None, None],
        ]
    )
    first, second = read(data, "a.xlsx")
    assert isinstance(first, Post)
    assert isinstance(second, Post)
    assert (first.title, words(first), first.channel, first.account) == ("甲", ["正文甲"], "weibo", "江城移动")
    assert (words(first, Role.COMMENT), first.source.record) == (["改过"], "Sheet1 row 2")
    assert (second.title, second.channel, second.published_at) == ("乙", "push", None)


def test_any_other_sheet_gives_its_cells_and_formulas_by_place() -> None:
    post = one(book([["口号", None], [None, '="全国"&"最佳"']]), "a.xlsx")
    assert [(one.locator, one.text) for one in post.passages if one.role is Role.BODY] == [
        ("Sheet1!A1", "口号"),
        ("Sheet1!B2", '="全国"&"最佳"'),
    ]


def test_remarks_and_hidden_sheets_of_a_book_are_read() -> None:
    from openpyxl import Workbook
    from openpyxl.comments import Comment

    made = Workbook()
    made.worksheets[0]["A1"] = "看得见"
    made.worksheets[0]["A1"].comment = Comment("批注", "x")
    hidden = made.create_sheet("h")
    hidden["A1"] = "藏起来"
    hidden.sheet_state = "hidden"
    target = io.BytesIO()
    made.save(target)
    post = one(target.getvalue(), "a.xlsx")
    assert (words(post), words(post, Role.HIDDEN)) == (["看得见"], ["藏起来"])
    assert "批注" in words(post, Role.COMMENT)


def test_each_draft_in_a_zip_is_read_and_the_picture_it_shows_goes_with_it() -> None:
    data = packed({"d/a.md": "![图](b.png)\n正文", "d/b.png": PNG, "d/c.png": PNG, "__MACOSX/x": "x", "d/s.css": "p{}"})
    posts = read(data, "a.zip")
    assert [item.source.path for item in posts] == ["a.zip!/d/a.md", "a.zip!/d/c.png"]
    assert [len(item.pictures) for item in posts if isinstance(item, Post)] == [1, 1]
    assert isinstance(posts[0], Post)
    assert posts[0].pictures[0].data == PNG


def test_names_in_a_zip_of_chinese_windows_are_read() -> None:
    raw = packed({"xxxx.txt": "正文"})
    data = raw.replace(b"xxxx.txt", "公告".encode("gb18030") + b".txt")
    assert one(data, "a.zip").source.path == "a.zip!/公告.txt"


def test_a_zip_in_a_zip_is_opened() -> None:
    inner = packed({"a.txt": "里面"})
    assert words(one(packed({"in.zip": inner}), "a.zip")) == ["里面"]


def test_a_word_file_stored_in_a_zip_is_a_document_and_the_zip_no_document(tmp_path: Path) -> None:
    import zipfile

    data = packed({"a.docx": docx(p(run("正文")))}, zipfile.ZIP_STORED)
    (tmp_path / "a.zip").write_bytes(data)
    (found,) = read_path(tmp_path / "a.zip")
    assert isinstance(found, Post)
    assert (found.source.reader, words(found)) == ("docx", ["正文"])


def test_a_folder_gives_what_its_files_give(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.md").write_text("![图](b.png)\n正文", "utf-8")
    (tmp_path / "sub" / "b.png").write_bytes(PNG)
    (tmp_path / ".hidden.md").write_text("x", "utf-8")
    (tmp_path / "~$a.docx").write_bytes(b"x")
    (tmp_path / "z.bin").write_bytes(b"\0\1")
    found = list(read_path(tmp_path))
    assert [(type(item), Path(item.source.path).name) for item in found] == [(Post, "a.md"), (Unread, "z.bin")]


def test_a_picture_alone_is_a_post(tmp_path: Path) -> None:
    (tmp_path / "海报.png").write_bytes(PNG)
    (found,) = read_path(tmp_path / "海报.png")
    assert isinstance(found, Post)
    assert [(one.name, one.data) for one in found.pictures] == [("海报.png", PNG)]


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SLIDES = packed({"[Content_Types].xml": "<Types/>", "ppt/presentation.xml": "<p/>", "ppt/slides/slide1.xml": "<p/>"})
OPEN = packed({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"}, zipfile.ZIP_STORED)


@pytest.mark.parametrize(
    ("data", "name", "reader", "why"),
    [
        pytest.param(OLD + b"\0" * 600, "a.doc", "ole", Why.TO_DOCUMENT, id="doc before 2007"),
        pytest.param(OLD + "EncryptedPackage".encode("utf-16-le"), "a.docx", "ole", Why.ENCRYPTED, id="encrypted"),
        pytest.param(b"%PDF-1.7\n1 0 obj\n", "a.pdf", "pdf", Why.TO_DOCUMENT, id="pdf"),
        pytest.param(b"%PDF-1.7\n1 0 obj\n", "a.docx", "pdf", Why.TO_DOCUMENT, id="pdf by another name"),
        pytest.param(SLIDES, "a.pptx", "pptx", Why.TO_DOCUMENT, id="slides"),
        pytest.param(SLIDES, "a", "pptx", Why.TO_DOCUMENT, id="slides without a name"),
        pytest.param(OPEN, "a.odt", "opendocument", Why.TO_DOCUMENT, id="opendocument"),
        pytest.param(b"{\\rtf1\\ansi x}", "a.rtf", "rtf", Why.TO_DOCUMENT, id="rtf"),
    ],
)
def test_a_format_that_is_not_read_is_named_with_what_to_save_it_as(
    data: bytes, name: str, reader: str, why: Why
) -> None:
    (found,) = read(data, name)
    assert isinstance(found, Unread)
    assert (found.source.reader, found.why) == (reader, why)


def test_video_in_a_word_file_and_media_of_an_unknown_kind_are_said_to_be_unread() -> None:
    media: dict[str, str | bytes] = {f"word__media__{name}": b"x" for name in ("media1.mp4", "odd.bin", "photo.heic")}
    post, *unread = read(docx(p(run("正文")), media), "a.docx")
    assert isinstance(post, Post) and [one.name for one in post.pictures] == ["photo.heic"]
    assert {(item.locator, item.why) for item in unread if isinstance(item, Unread)} == {
        ("word/media/media1.mp4", Why.VIDEO),
        ("word/media/odd.bin", Why.UNKNOWN_FORMAT),
    }


def test_standard_input_is_read_by_its_content(monkeypatch: pytest.MonkeyPatch) -> None:
    from content_audit.readers.workers import Workers

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("停机公告".encode())))
    with Workers() as workers:
        (found,) = workers.read("-")
    assert isinstance(found, Post)
    assert (found.source.path, words(found)) == ("-", ["停机公告"])
