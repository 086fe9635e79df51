"""Hostile drafts: each gives posts or a typed reason, within bounds; nothing is fetched, written or run."""

from __future__ import annotations

import socket
import stat
import zipfile
from pathlib import Path
from time import perf_counter

import pytest
from draft_files import book, document, docx, overlapping, p, packed, relations, run
from hypothesis import given, settings
from hypothesis import strategies as st

from content_audit.model import Post, Source, Unread, Why
from content_audit.readers import TABLE, read_bytes, read_path
from content_audit.readers.registry import load

NAMES = ["-", "x", "x.txt", "x.md", "x.html", "x.docx", "x.xlsx", "x.zip", "x.png", "x.doc"]
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "哈哈哈哈哈哈哈哈哈哈">'
    + "".join(
        f'<!ENTITY {b} "&{a};&{a};&{a};&{a};&{a};&{a};&{a};&{a};">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


def read(data: bytes, name: str) -> list[Post | Unread]:
    return list(read_bytes(data, Source(name)))


def why(data: bytes, name: str) -> list[Why]:
    return [item.why for item in read(data, name) if isinstance(item, Unread)]


def member(name: str, body: bytes = b"x", mode: int = 0o100644) -> bytes:
    import io

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        archive.writestr(info, body)
        archive.writestr("good.txt", "好的")
    return target.getvalue()


@pytest.mark.parametrize("name", ["../../a.txt", "/etc/a.txt", "C:/a.txt", "a/../../b.txt", "..\\a.txt"])
def test_a_name_that_leads_outside_is_refused_and_the_others_are_read(name: str) -> None:
    bad, good = read(member(name), "a.zip")
    assert isinstance(bad, Unread)
    assert bad.why is Why.UNSAFE_PATH
    assert isinstance(good, Post)
    assert good.source.path == "a.zip!/good.txt"


def test_a_symbolic_link_in_a_zip_is_refused() -> None:
    assert why(member("l.txt", b"/etc/passwd", stat.S_IFLNK | 0o777), "a.zip") == [Why.UNSAFE_PATH]


def test_members_that_lie_over_one_another_are_refused() -> None:
    assert set(why(overlapping(), "a.zip")) == {Why.BROKEN}


def test_a_member_that_unpacks_to_too_much_is_refused_and_the_others_are_read() -> None:
    data = packed({"bomb.txt": b"\0" * (40 << 20), "good.txt": "好的"})
    found = read(data, "a.zip")
    assert [item.why if isinstance(item, Unread) else item.source.path for item in found] == [
        Why.TOO_BIG,
        "a.zip!/good.txt",
    ]


def test_archives_nested_beyond_the_bound_are_refused() -> None:
    data = packed({"a.txt": "x"})
    for _ in range(5):
        data = packed({"in.zip": data})
    assert why(data, "a.zip") == [Why.TOO_DEEP]


def test_an_archive_of_too_many_members_is_refused_before_any_is_read() -> None:
    assert why(packed({f"{at}.txt": "" for at in range(5001)}, zipfile.ZIP_STORED), "a.zip") == [Why.TOO_MANY]


def test_an_encrypted_member_is_said_to_be_encrypted() -> None:
    data = bytearray(packed({"a.txt": "x"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert why(bytes(data), "a.zip") == [Why.ENCRYPTED]


def test_an_empty_archive_is_never_clean() -> None:
    assert why(packed({}), "a.zip") == [Why.BROKEN]


def test_a_link_out_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.txt").write_text("秘密", "utf-8")
    (tmp_path / "in" / "a.txt").symlink_to(tmp_path / "secret.txt")
    (found,) = read_path(tmp_path / "in")
    assert isinstance(found, Unread)
    assert found.why is Why.UNSAFE_PATH


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(
            packed({"[Content_Types].xml": "<T/>", "word/document.xml": LAUGHS + document(p(run("&i;")))}), id="docx"
        ),
        pytest.param(
            packed({"[Content_Types].xml": "<T/>", "xl/workbook.xml": LAUGHS + "<workbook>&i;</workbook>"}), id="xlsx"
        ),
    ],
)
def test_entities_are_refused_and_never_expanded(data: bytes, request: pytest.FixtureRequest) -> None:
    name = f"a.{request.node.callspec.id}"
    started = perf_counter()
    assert why(data, name) == [Why.BROKEN]
    assert perf_counter() - started < 5


def test_a_part_nested_too_deep_is_refused() -> None:
    deep = "<w:tbl><w:tr><w:tc>" * 2000 + "</w:tc></w:tr></w:tbl>" * 2000
    assert why(docx(deep), "a.docx") == [Why.TOO_DEEP]


def test_a_word_file_whose_parts_unpack_to_too_much_is_refused() -> None:
    assert why(docx(" " * (80 << 20)), "a.docx") == [Why.TOO_BIG]


def test_a_broken_side_part_is_said_and_the_rest_is_read() -> None:
    post, unread = read(docx(p(run("正文")), {"word__header1.xml": "<broken"}), "a.docx")
    assert isinstance(post, Post)
    assert isinstance(unread, Unread)
    assert (unread.why, unread.locator, unread.post) == (Why.BROKEN, "word/header1.xml", post.id)


def test_what_lies_outside_a_document_is_never_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a reader asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    rels = relations(
        {
            "rId1": ("attachedTemplate", "http://198.51.100.1/evil.dotm", True),
            "rId2": ("image", "http://198.51.100.1/pixel.png", True),
            "rId3": ("oleObject", "file:///etc/passwd", True),
        }
    )
    post = read(docx(p(run("正文")), {"word___rels__document.xml.rels": rels}), "a.docx")[0]
    assert isinstance(post, Post)
    assert [(one.href, one.data) for one in post.pictures] == [("http://198.51.100.1/pixel.png", None)]


def test_html_a_million_levels_deep_is_refused_in_time() -> None:
    started = perf_counter()
    assert why(b"<html><body>" + b"<div>" * 1_000_000, "a.html") == [Why.TOO_DEEP]
    assert perf_counter() - started < 10


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 200_000, id="brackets"),
        pytest.param("![" * 100_000 + "](", id="open pictures"),
        pytest.param("---\n" * 100_000, id="rules"),
        pytest.param("---\n" + "a: b\n" * 100_000, id="front matter without end"),
        pytest.param("```\n" * 100_000, id="fences"),
        pytest.param("<img " * 100_000, id="tags"),
        pytest.param("[a](" + " " * 200_000, id="blanks"),
        pytest.param("# " + " #" * 100_000, id="heading"),
        pytest.param("<!--" * 100_000, id="remarks"),
        pytest.param("~~~" + "`" * 200_000, id="long fence"),
    ],
)
@pytest.mark.parametrize("name", ["a.md", "a.html", "a.txt"])
def test_text_made_to_be_slow_is_read_in_time(text: str, name: str) -> None:
    started = perf_counter()
    read(text.encode(), name)
    assert perf_counter() - started < 5


@pytest.mark.parametrize("data", [b"\xff\xff\xfd" * 50, b"\x81" * 101, b"a\0b\0\0" * 40])
def test_bytes_that_are_no_text_are_never_read_as_text(data: bytes) -> None:
    found = read(data, "a.txt")
    assert [item.why for item in found if isinstance(item, Unread)] in ([Why.ENCODING], [Why.UNKNOWN_FORMAT])


WHOLE = [
    docx(p(run("正文")), {"word__header1.xml": document(p(run("页眉")))}),
    book([["标题", "正文"], ["甲", "乙"]]),
    packed({"a.txt": "好", "b.zip": packed({"c.md": "# 好"})}),
    "---\ntitle: 好\n---\n[a](b)".encode(),
    b"<html><body><p>x</p></body></html>",
]


@settings(max_examples=120)
@given(st.sampled_from(WHOLE), st.binary(max_size=12), st.integers(0, 20_000), st.sampled_from(NAMES))
def test_a_damaged_draft_gives_posts_or_a_typed_reason(whole: bytes, noise: bytes, at: int, name: str) -> None:
    place = at % (len(whole) + 1)
    found = read(whole[:place] + noise + whole[place + len(noise) :], name)
    assert found
    assert all(item.why is not Why.CRASHED for item in found if isinstance(item, Unread))


@settings(max_examples=150)
@given(st.binary(max_size=400), st.sampled_from(NAMES))
def test_any_bytes_under_any_name_give_posts_or_a_typed_reason(data: bytes, name: str) -> None:
    found = read(data, name)
    assert found
    assert all(item.why is not Why.CRASHED for item in found if isinstance(item, Unread))


@settings(max_examples=60)
@given(st.binary(max_size=200), st.sampled_from(["docx", "xlsx", "html", "markdown", "text", "zip", "picture", "ole"]))
def test_a_reader_asked_for_bytes_that_are_not_its_own_gives_a_reason(data: bytes, wanted: str) -> None:
    from content_audit.readers.reading import guarded

    reader = load(next(entry for entry in TABLE if entry.name == wanted))
    found = list(guarded(reader, Source("x"), lambda one, source: one.read(data, source)))
    assert found
    assert all(item.why is not Why.CRASHED for item in found if isinstance(item, Unread))
