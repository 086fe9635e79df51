"""A review sheet comes back: opinions are taken, edited rows refused by number, and hostile workbooks do nothing."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from content_sample import AT, report
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from content_audit.show.sheet import COLUMNS, sheet
from content_audit.show.sheet_back import SheetBack, read_back
from zhongbao_core.errors import InputError

NAMES = [name for name, _ in COLUMNS]


def filled(changes: dict[tuple[int, str], str], base: bytes | None = None) -> bytes:
    """The sheet with cells changed, by row number and column name."""
    book = load_workbook(BytesIO(base or sheet(report())))
    for (row, name), value in changes.items():
        book["问题"].cell(row, NAMES.index(name) + 1, value)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def answered(row: int, opinion: str, words: str = "已核对比价记录", by: str = "li-na") -> dict[tuple[int, str], str]:
    return {(row, "审核意见"): opinion, (row, "说明"): words, (row, "审核人"): by}


def codes(back: SheetBack) -> list[tuple[int, str]]:
    return [(row.row, row.code) for row in back.refused]


def test_opinions_come_back_by_finding_and_blank_rows_are_counted() -> None:
    back = read_back(filled({**answered(2, "修改"), **answered(3, "通过", "")}))
    hits = report().audited[1].hits
    post = report().audited[1].post
    assert back.at == AT and back.blank == 2 and back.refused == ()
    assert [(item.row, item.opinion, item.reviewer) for item in back.opinions] == [
        (2, "修改", "li-na"),
        (3, "通过", "li-na"),
    ]
    assert [item.fingerprint for item in back.opinions] == [hit.finding(post).fingerprint for hit in hits[:2]]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({**answered(2, "修改"), (2, "原文"): "别的词"}, "ROW_EDITED", id="the words were edited"),
        pytest.param({**answered(2, "修改"), (2, "结论"): "通过"}, "ROW_EDITED", id="the verdict was edited"),
        pytest.param({**answered(2, "修改"), (2, "校验"): "00:00"}, "ROW_EDITED", id="the check value was edited"),
        pytest.param(answered(2, "同意"), "OPINION_UNKNOWN", id="another word"),
        pytest.param(answered(2, "修改", by=""), "REVIEWER_MISSING", id="nobody signed"),
        pytest.param(answered(2, "误报", words=""), "WORDS_MISSING", id="no reason"),
        pytest.param(answered(2, "退回", words="长" * 2001), "WORDS_TOO_LONG", id="a novel"),
    ],
)
def test_a_row_that_cannot_be_taken_is_refused_by_its_number(changes: dict[tuple[int, str], str], code: str) -> None:
    back = read_back(filled({**answered(3, "通过"), **changes}))
    assert codes(back) == [(2, code)] and [item.row for item in back.opinions] == [3]


def test_a_row_that_was_moved_keeps_its_finding() -> None:
    book = load_workbook(BytesIO(filled(answered(4, "误报"))))
    book["问题"].delete_rows(2, 2)
    out = BytesIO()
    book.save(out)
    assert [(item.row, item.opinion) for item in read_back(out.getvalue()).opinions] == [(2, "误报")]


def test_the_same_finding_twice_is_refused() -> None:
    book = load_workbook(BytesIO(filled(answered(2, "修改"))))
    book["问题"].append([cell.value for cell in book["问题"][2]])
    out = BytesIO()
    book.save(out)
    back = read_back(out.getvalue())
    assert codes(back) == [(6, "ROW_TWICE")] and len(back.opinions) == 1


def test_a_formula_is_text() -> None:
    back = read_back(filled(answered(2, "修改", words='=HYPERLINK("http://x","y")')))
    assert back.opinions[0].words == '=HYPERLINK("http://x","y")'


def foreign() -> bytes:
    book = Workbook()
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def bomb() -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for number in range(6):
            archive.writestr(f"xl/{number}.xml", b"\0" * (100 * 1024 * 1024))
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"PK\x03\x04broken", id="broken"),
        pytest.param(foreign(), id="a workbook of something else"),
        pytest.param(filled({(1, "规则"): "别名"}), id="another head"),
    ],
)
def test_what_is_no_review_sheet_is_refused_whole(data: bytes) -> None:
    with pytest.raises(InputError) as error:
        read_back(data)
    assert error.value.reason_code == "SHEET_INVALID"


def test_a_zip_bomb_is_refused_before_it_is_opened() -> None:
    with pytest.raises(InputError) as error:
        read_back(bomb())
    assert "too big" in str(error.value)


@given(st.binary(max_size=300))
def test_any_bytes_give_a_refusal(data: bytes) -> None:
    with pytest.raises(InputError):
        read_back(data)
