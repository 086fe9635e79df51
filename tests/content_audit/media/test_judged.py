from __future__ import annotations

from datetime import UTC, datetime

import pytest
from drawn import data_of, poster
from PIL import Image

from content_audit.audit.registers import ImageMark
from content_audit.media.attach import attached
from content_audit.media.judged import judged
from content_audit.media.likeness import hashes_of
from content_audit.media.look import look
from content_audit.model import Hit, Picture, Post, Source, Verdict
from zhongbao_core.clock import Span

AT = datetime(2026, 11, 22, tzinfo=UTC)
NOW = Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
OVER = Span(datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
IMAGE = poster("配图")
LIKE = hashes_of(IMAGE).likeness
BYTES = Picture("a", data=data_of(IMAGE)).digest


def signed(text: str) -> bytes:
    exif = Image.Exif()
    exif[33432] = text
    return data_of(IMAGE, "JPEG", exif=exif)


def hits(data: bytes, *marks: ImageMark, own: tuple[str, ...] = ()) -> list[Hit]:
    post = Post("1", Source("a"), "wechat", (), pictures=(Picture("img[0]", data=data),))
    done = attached(post, look, "skip")
    return judged(done.post, done.seen, marks, AT, own)


def mark(hash: str, licensed: bool = False, span: Span = NOW, channels: frozenset[str] = frozenset()) -> ImageMark:
    return ImageMark("m", hash, licensed, "台账图", span, channels=channels)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(mark(BYTES), [("SRC-901", Verdict.BLOCK)], id="forbidden by its bytes blocks"),
        pytest.param(mark(LIKE), [("SRC-901", Verdict.REVIEW)], id="only alike is reviewed"),
        pytest.param(mark(LIKE, span=OVER), [], id="a ban that is over"),
        pytest.param(mark(LIKE, licensed=True), [], id="licensed"),
        pytest.param(mark(LIKE, True, OVER), [("SRC-902", Verdict.REVIEW)], id="a licence that is over"),
        pytest.param(
            mark(LIKE, True, NOW, frozenset({"weibo"})), [("SRC-902", Verdict.REVIEW)], id="for another channel"
        ),
        pytest.param(mark(f"{int(LIKE, 16) ^ (2**64 - 1):016x}"), [], id="another picture"),
    ],
)
def test_a_picture_is_judged_by_the_register(row: ImageMark, expected: list[tuple[str, Verdict]]) -> None:
    assert [(hit.rule, hit.verdict) for hit in hits(data_of(IMAGE), row)] == expected


def test_a_blank_picture_is_like_no_row() -> None:
    assert hits(data_of(Image.new("RGB", (200, 200), "white")), mark("0" * 16), mark("f" * 16)) == []


def test_the_mark_of_somebody_else_is_a_finding_at_its_words() -> None:
    (hit,) = hits(signed("Some Agency"))
    assert (hit.rule, hit.category, hit.raw, hit.passage, hit.start, hit.end) == (
        "SRC-903",
        "source",
        "Some Agency",
        0,
        0,
        len("Some Agency"),
    )


def test_the_companys_own_mark_and_a_registered_licence_are_none() -> None:
    assert hits(signed("Jiangcheng Mobile 2026"), own=("jiangcheng mobile",)) == []
    assert hits(signed("Some Agency"), mark(LIKE, licensed=True)) == []
