"""Hostile files: whatever stands in them, a reader gives posts or a typed reason, within bounds, and never a trace."""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import export_shapes as shapes
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content_audit.model import Post, Role, Source, Unread, Why
from content_audit.readers import TABLE, read_bytes, read_path
from content_audit.readers.encoding import decode
from content_audit.readers.html_text import HtmlText, html_text
from content_audit.readers.limits import NotReadError
from content_audit.readers.reading import guarded
from content_audit.readers.registry import load

SHAPES: dict[str, bytes] = {}
NAMES = [
    "x",
    "x.html",
    "x.json",
    "x.jsonl",
    "x.csv",
    "x.xlsx",
    "x.db",
    "x.xml",
    "x.strings",
    "x.stringsdict",
    "x.srt",
    "x.ass",
]


@pytest.fixture(scope="module", autouse=True)
def _shapes(tmp_path_factory: pytest.TempPathFactory) -> None:
    SHAPES.update(shapes.every_shape(tmp_path_factory.mktemp("shapes")))


def check(found: list[Post | Unread]) -> None:
    """Posts are whole and say where they are from; an unread item has a reason that is no bug of ours."""
    assert found
    for one in found:
        assert one.source.path == "x"
        if isinstance(one, Unread):
            assert one.why is not Why.CRASHED, one
        else:
            assert one.id
            "".join(passage.text for passage in one.passages).encode()  # no half of a character gets through


@given(st.binary(max_size=400), st.sampled_from(NAMES))
def test_any_bytes_under_any_name_are_posts_or_a_typed_reason(data: bytes, name: str) -> None:
    check([one if one.source.path == "x" else moved(one) for one in read_bytes(data, Source(name))] or [nothing()])


@settings(max_examples=300)
@given(st.data())
def test_any_damage_to_a_real_shape_gives_posts_or_a_typed_reason(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(SHAPES)))
    raw = bytearray(SHAPES[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        end = min(len(raw), at + data.draw(st.integers(0, 40)))
        raw[at:end] = data.draw(st.binary(max_size=12))
        if not raw:
            break
    check([moved(one) for one in read_bytes(bytes(raw), Source(name))] or [nothing()])


@given(st.binary(max_size=200), st.integers(0, 30))
def test_every_reader_bears_bytes_that_are_not_its_own(data: bytes, which: int) -> None:
    reader = load(TABLE[which % len(TABLE)])
    check(list(guarded(reader, Source("x"), lambda found, place: found.read(data, place))) or [nothing()])


def moved(one: Post | Unread) -> Post | Unread:
    from dataclasses import replace

    source = one.source._replace(path="x")
    return one._replace(source=source) if isinstance(one, Unread) else replace(one, source=source)


def nothing() -> Unread:
    return Unread(Source("x"), Why.BROKEN)


@given(st.text(max_size=300))
def test_html_of_any_text_is_words_without_our_own_marks(text: str) -> None:
    found = html_text(text)
    shown = "".join([found.text, *found.hidden, *(link.shown for link in found.links)])
    assert not any("\ufdd0" <= char <= "\ufdef" for char in shown)


@pytest.mark.parametrize(
    ("html", "why"),
    [
        ("<div>" * 1_000_000, Why.TOO_DEEP),
        ("<div>" * 1_000_000 + "</div>" * 1_000_000, Why.TOO_DEEP),
        ("<b><i>" * 200_000, Why.TOO_DEEP),
        ("<DIV>" * 100_000, Why.TOO_DEEP),
        ("<a " + " ".join(f"a{at}" for at in range(200_000)) + ">", Why.TOO_MANY),
        ("<img src=x>" * 3000, Why.TOO_MANY),
        ("<a href=x>y</a>" * 3000, Why.TOO_MANY),
    ],
    ids=["deep", "deep and closed", "formatting", "capitals", "attributes", "pictures", "links"],
)
def test_html_beyond_bounds_is_refused_in_good_time(html: str, why: Why) -> None:
    start = perf_counter()
    with pytest.raises(NotReadError) as caught:
        html_text(html)
    assert caught.value.why is why
    assert perf_counter() - start < 10


def test_html_a_little_below_the_bounds_is_read() -> None:
    assert html_text("<div>" * 500 + "词" + "</div>" * 500 + "<p>段" * 20_000).text.startswith("词\n段\n段")
    assert html_text("<script>" + "'<div>' <" * 50_000 + "</script><p>词</p>").text == "词"


def test_a_deep_page_is_unread_and_no_crash() -> None:
    [found] = read_bytes(b'<div id="js_article">' + b"<div>" * 1_000_000, Source("x.html"))
    assert isinstance(found, Unread)
    assert found.why is Why.TOO_DEEP


@pytest.mark.parametrize(
    ("html", "text", "hidden"),
    [
        ("一<p>二</p>三<br>四", "一\n二\n三\n四", ()),
        ("甲<span>乙</span> <b>丙</b>\n  丁", "甲乙 丙 丁", ()),
        ("<script>var a='<p>x</p>'</script><style>p{}</style>文<template><p>无</p></template>", "文", ()),
        ('见<p STYLE="Display : NONE">甲<b hidden>乙</b></p>此', "见\n此", ("甲乙",)),
        (
            '<i style="visibility:hidden">甲</i><i style="opacity:0">乙</i><i style="opacity:0.5">丙</i>',
            "丙",
            ("甲", "乙"),
        ),
        (
            '<i style="font-size:0px">甲</i><i style="font-size:0.8em">乙</i><i style="text-indent:-9999px">丙</i>',
            "乙",
            ("甲", "丙"),
        ),
        ('<div id="js_content" style="visibility: hidden; opacity: 0">正文</div>', "正文", ()),
        ("<title>题</title><p>\ufdd0甲\ufdd1乙</p>", "\ufffd甲\ufffd乙", ()),
        ("<!-- <script> --><p>仍在</p><script></script>", "仍在", ()),
        ('<p title="<script>">仍在</p><script></script>', "仍在", ()),
    ],
)
def test_what_a_reader_of_the_page_sees(html: str, text: str, hidden: tuple[str, ...]) -> None:
    found = html_text(html)
    assert (found.text, found.hidden) == (text, hidden)


def test_a_picture_inside_the_page_has_its_bytes() -> None:
    found = html_text('<img src="data:image/png;base64,aGk="><img src="data:,%41"><img alt="x">')
    assert [picture.data for picture in found.pictures("p")] == [b"hi", b"A"]
    assert HtmlText("").pictures("p") == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"])
def test_text_decodes_in_every_encoding_that_exports_come_in(encoding: str) -> None:
    text = "第一行：今晚八点，江城大桥亮灯。\n第二行 2026 年\n" * 3
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    "data",
    [
        "今晚八点，江城大桥亮灯。".encode()[:-1] + b"\xff",
        b"\xff\xff\xff",
        b"\x00\x01\x02\x03",
        "今晚".encode("utf-32"),
        "今晚八点亮灯".encode() + "国标".encode("gb18030"),
    ],
    ids=["cut", "no text", "binary", "utf-32", "two encodings"],
)
def test_text_that_is_damaged_is_refused_and_not_guessed(data: bytes) -> None:
    with pytest.raises(NotReadError) as caught:
        decode(data)
    assert caught.value.why is Why.ENCODING


@given(st.text(alphabet=st.characters(codec="gb18030", exclude_characters="\0"), max_size=80))
def test_whatever_is_decoded_is_what_was_written_or_refused(text: str) -> None:
    assert decode(text.encode()) == text.removeprefix("\ufeff")


def test_damaged_text_in_a_file_is_said_to_be_of_unknown_encoding() -> None:
    [found] = read_bytes("标题：今晚亮灯".encode()[:-1], Source("x.txt"))
    assert isinstance(found, Unread)
    assert found.why is Why.ENCODING


@pytest.mark.parametrize("brackets", ["[", '{"a":', '[{"a":['])
def test_json_nested_too_deep_is_refused(brackets: str) -> None:
    [found] = read_bytes(b'{"appmsgid":1,"itemidx":' + brackets.encode() * 100_000, Source("x.json"))
    assert isinstance(found, Unread)
    assert found.why is Why.TOO_DEEP


def test_json_with_an_endless_string_is_refused_in_good_time() -> None:
    start = perf_counter()
    [found] = read_bytes(b'{"appmsgid":1,"itemidx":' + b"[" * 200 + b'"' + b"a" * 3_000_000, Source("x.json"))
    assert isinstance(found, Unread)
    assert perf_counter() - start < 5


def bomb(size: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * size)
    return out.getvalue()


def test_a_workbook_that_unpacks_to_too_much_is_not_opened() -> None:
    [found] = read_bytes(bomb(300_000_000), Source("x.xlsx"))
    assert isinstance(found, Unread)
    assert found.why is Why.TOO_BIG


def test_a_workbook_that_unpacks_to_little_may_be_well_packed() -> None:
    [post] = read_bytes(shapes.workbook({"Sheet1": shapes.EXPORTER_SHEET}), Source("x.xlsx"))
    assert isinstance(post, Post)


@given(st.data())
def test_any_damage_inside_a_workbook_gives_posts_or_a_typed_reason(data: st.DataObject) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(SHAPES["exported.xlsx"])) as book, zipfile.ZipFile(out, "w") as made:
        hit = data.draw(st.sampled_from([one.filename for one in book.infolist()]))
        for member in book.infolist():
            raw = bytearray(book.read(member))
            if member.filename == hit:
                at = data.draw(st.integers(0, len(raw)))
                raw[at : at + data.draw(st.integers(0, 30))] = data.draw(
                    st.sampled_from([b"", b"<", b'"', b"\xff", b"<c/>", b"A999999"])
                )
            made.writestr(member.filename, bytes(raw))
    check([moved(one) for one in read_bytes(out.getvalue(), Source("x.xlsx"))] or [nothing()])


def test_an_unclosed_quote_in_a_table_does_not_take_the_whole_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("content_audit.readers.rows.MAX_RECORD", 2000)
    rows = "".join(f"{at},O,第{at}条\n" for at in range(1000))
    found = list(read_bytes(f'id,bid,正文\nx,O,"没有收尾\n{rows}'.encode(), Source("x.csv")))
    assert [one.why for one in found if isinstance(one, Unread)] == [Why.TOO_BIG]
    assert len(found) > 500


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe")
    [found] = read_path(tmp_path / "pipe")
    assert isinstance(found, Unread)
    assert found.detail == "not a regular file"


def test_a_fault_of_a_reader_is_said_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: object, place: Source) -> Iterator[Post | Unread]:
        yield Post("1", Source("x"), "draft", ())
        raise KeyError("bug")

    with caplog.at_level(logging.ERROR):
        first, fault = guarded(load(TABLE[0]), Source("x"), broken)
    assert isinstance(first, Post)
    assert isinstance(fault, Unread)
    assert (fault.why, fault.detail) == (Why.CRASHED, "KeyError")
    assert "failed on x" in caplog.text


def test_a_missing_file_and_an_empty_one_have_a_reason(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    [missing], [empty] = read_path(tmp_path / "none"), read_path(tmp_path / "empty")
    assert isinstance(missing, Unread)
    assert isinstance(empty, Unread)
    assert (missing.why, empty.why) == (Why.BROKEN, Why.UNKNOWN_FORMAT)


def test_tables_and_lines_are_streamed(tmp_path: Path) -> None:
    """A large file costs the memory of a row: the first post comes before the rest is read."""
    import tracemalloc

    line = '{"id":"%d","text":"' + "今晚八点亮灯。" * 200 + '","channel":"push"}\n'
    (tmp_path / "o.jsonl").write_text("".join(line % at for at in range(4000)), "utf-8")
    (tmp_path / "p.csv").write_text("标题,内容,人群\n" + f"题,{'文' * 1000},全部\n" * 4000, "utf-8")
    for name in ("o.jsonl", "p.csv"):
        assert (tmp_path / name).stat().st_size > 10_000_000
        next(read_path(tmp_path / name))
        tracemalloc.start()
        assert sum(1 for _ in read_path(tmp_path / name)) == 4000
        assert tracemalloc.get_traced_memory()[1] < 6_000_000
        tracemalloc.stop()


def test_roles_of_hidden_words_are_hidden() -> None:
    passages = html_text('<p>见</p><p hidden>藏</p><img src="a" alt="图">').passages("x")
    assert [(one.role, one.locator) for one in passages] == [
        (Role.BODY, "x"),
        (Role.HIDDEN, "x/hidden[0]"),
        (Role.CAPTION, "x/img[0]"),
    ]
