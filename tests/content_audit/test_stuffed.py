"""Signs stuffed between characters are read over; signs that words need stay, and the way back to the text holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content_audit.audit.scanner import Mapped
from content_audit.audit.stuffed import unstuffed


def plain(text: str) -> Mapped:
    return Mapped(text, tuple(range(len(text))), tuple(range(1, len(text) + 1)))


@pytest.mark.parametrize(
    ("stuffed", "reads"),
    [
        pytest.param("加*微*信领彩金", "加微信领彩金", id="single characters strung together"),
        pytest.param("图-片-来-源-于-网-络", "图片来源于网络", id="every character"),
        pytest.param("奥·运会全·场打折欢·迎选购", "奥运会全场打折欢迎选购", id="one sign again and again"),
        pytest.param("全 场 八 折", "全场八折", id="blanks between all"),
    ],
)
def test_stuffing_is_read_over(stuffed: str, reads: str) -> None:
    assert unstuffed(plain(stuffed)).text == reads


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("春、夏、秋、冬", id="a list"),
        pytest.param("中国移动 客户服务 热线电话", id="words on a poster"),
        pytest.param("让·雅克·卢梭", id="a foreign name"),
        pytest.param("《红楼梦》·曹雪芹", id="a work and its author"),
        pytest.param("第一行\n第二行\n第三行", id="lines"),
    ],
)
def test_signs_that_words_need_stay(text: str) -> None:
    assert unstuffed(plain(text)).text == text


@given(st.text(alphabet="图片来源网络*· -a1，。\n", max_size=60))
def test_every_character_kept_comes_from_its_place(text: str) -> None:
    folded = unstuffed(plain(text))
    assert "".join(text[start:end] for start, end in zip(folded.starts, folded.ends, strict=True)) == folded.text
    assert unstuffed(folded).text == unstuffed(plain(folded.text)).text
