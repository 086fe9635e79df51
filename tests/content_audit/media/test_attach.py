from __future__ import annotations

import stat
from pathlib import Path

import pytest
from drawn import code, data_of, poster

from content_audit.media.attach import attached, cached
from content_audit.media.cache import LookCache
from content_audit.media.look import look
from content_audit.media.seen import Seen
from content_audit.model import Facts, Passage, Picture, Post, Role, Source, Why

SOURCE = Source("a.docx", "", "docx")


def post(*pictures: Picture, facts: Facts = Facts()) -> Post:  # noqa: B008  frozen
    return Post("1", SOURCE, "draft", (Passage(Role.BODY, "", "正文"),), pictures=pictures, facts=facts)


def coded(locator: str = "a") -> Picture:
    image = poster()
    image.paste(code("https://example.com/x"), (300, 150))
    return Picture(locator, data=data_of(image))


class Counting:
    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, picture: Picture, *, ocr: bool) -> Seen:
        self.asked += 1
        return look(picture, ocr=False)


def test_codes_come_behind_the_passages_that_were_there_and_as_links() -> None:
    done = attached(post(coded()), look, "skip")
    assert [(one.role, one.text) for one in done.post.passages] == [
        (Role.BODY, "正文"),
        (Role.CODE, "https://example.com/x"),
    ]
    assert [link.href for link in done.post.links] == ["https://example.com/x"]


def test_a_picture_whose_words_were_skipped_is_said_to_be_unread() -> None:
    (item,) = attached(post(coded()), look, "skip").unread
    assert (item.source, item.why, item.post, item.locator) == (SOURCE, Why.NO_OCR, "1", "a")


def test_a_picture_without_bytes_and_a_video_are_unread() -> None:
    done = attached(post(Picture("b", href="https://example.com/b.png"), facts=Facts(has_video=True)), look)
    assert [(item.why, item.locator) for item in done.unread] == [(Why.NO_BYTES, "b"), (Why.VIDEO, "video")]


def test_a_look_is_cached_by_the_bytes_and_0600(tmp_path: Path) -> None:
    kept, counting = LookCache(tmp_path), Counting()
    looker = cached(counting, kept.get, kept.put)
    first, again = looker(coded("a"), ocr=False), looker(coded("b"), ocr=False)
    assert counting.asked == 1
    assert (first.codes, again.codes, again.locator) == (("https://example.com/x",), ("https://example.com/x",), "b")
    (file,) = tmp_path.rglob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_look_without_words_does_not_answer_for_one_with_words(tmp_path: Path) -> None:
    kept = LookCache(tmp_path)
    kept.put(coded(), look(coded(), ocr=False), ocr=False)
    assert kept.get(coded(), ocr=True) is None


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"locator": 1}', b"[" * 100_000])
def test_a_damaged_cache_is_looked_past(tmp_path: Path, damage: bytes) -> None:
    kept, counting = LookCache(tmp_path), Counting()
    looker = cached(counting, kept.get, kept.put)
    looker(coded(), ocr=False)
    next(tmp_path.rglob("*.json")).write_bytes(damage)
    assert looker(coded(), ocr=False).codes == ("https://example.com/x",)
    assert counting.asked == 2


def test_what_was_not_seen_for_want_of_time_is_not_kept(tmp_path: Path) -> None:
    kept = LookCache(tmp_path)
    kept.put(coded(), Seen.unseen("a", Why.TOO_SLOW), ocr=False)
    assert list(tmp_path.rglob("*.json")) == []


def test_a_cache_that_cannot_be_written_costs_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    LookCache(blocked).put(coded(), look(coded(), ocr=False), ocr=False)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
