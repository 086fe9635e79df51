"""What changed between what was approved and what is there, word by word, and whether any of it is small. Pure.

A changed figure, price, name or link is never small; nor is anything else but punctuation and particles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from content_audit.release.content import Content, cover_known, match_pictures, strangers
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

_TOKEN = re.compile(r"[A-Za-z]+|[0-9][0-9.,:%％/-]*|.", re.DOTALL)
_FIGURE = re.compile(r"[0-9零〇一二三四五六七八九十百千万亿两]")
_PRICE = re.compile(r"[¥￥$€元角分%％折]|免费|赠|送")
_SMALL = frozenset("的地得了着过呢吧啊呀吗嘛和与及，。、；：！？,.;:!?\"'“”‘’（）()《》【】…—-~·")
_SHINGLE = 8
CONTEXT = 8
MAX_COMPARED = 4_000_000
"""Beyond this product of lengths two stretches are not compared word by word: all of it changed."""


class Change(NamedTuple):
    """One difference."""

    kind: str
    """text, figure, price, name, link, title, picture, cover, extra."""
    before: str
    after: str
    around: str = ""
    """The words before it, to find it by."""

    @property
    def small(self) -> bool:
        """Whether only punctuation or particles changed."""
        return self.kind == "text" and set(self.before + self.after) <= _SMALL

    @property
    def text(self) -> Text:
        """The difference in words."""
        zh, en = _KINDS[self.kind]
        place = f"“…{self.around}”后" if self.around else ""
        after = f" after {self.around!r}" if self.around else ""
        return Text(
            f"{zh}{place}：{self.before or '（无）'} → {self.after or '（无）'}",
            f"{en}{after}: {self.before or '(nothing)'} -> {self.after or '(nothing)'}",
        )


_KINDS = {
    "text": Text("文字", "text"),
    "figure": Text("数字", "figure"),
    "price": Text("价格", "price"),
    "name": Text("名称", "name"),
    "link": Text("链接", "link"),
    "title": Text("标题", "title"),
    "picture": Text("图片", "picture"),
    "cover": Text("封面", "cover"),
    "extra": Text("附加文字", "added words"),
}


def changes_between(approved: Content, found: Content, names: Iterable[str] = ()) -> tuple[Change, ...]:
    """Every difference of ``found`` from ``approved``; ``names`` are words that are never small to change."""
    return (*_words(approved, found, tuple(names)), *_links(approved, found), *_pictures(approved, found))


def _words(approved: Content, found: Content, names: tuple[str, ...]) -> Iterator[Change]:
    if approved.title and found.title and approved.title != found.title:
        yield Change("title", approved.title, found.title)
    if approved.account != found.account:
        yield Change("name", approved.account, found.account)
    yield from stream_changes(approved.stream, found.stream, names)
    for _, words in strangers(approved, found):
        yield Change("extra", "", words)


def stream_changes(before: str, after: str, names: tuple[str, ...] = ()) -> Iterator[Change]:
    """The words that differ, in order; figures and Latin words as wholes."""
    one, other = _TOKEN.findall(before), _TOKEN.findall(after)
    head = _common(one, other)
    tail = _common(one[head:][::-1], other[head:][::-1])
    lead, behind = one[max(0, head - CONTEXT) : head], one[len(one) - tail :][:CONTEXT]
    middle = (one[head : len(one) - tail], other[head : len(other) - tail])
    yield from _middle(*middle, lead, behind, names)


def _common(one: list[str], other: list[str]) -> int:
    """How many tokens the two begin with in common."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _middle(
    one: list[str], other: list[str], lead: list[str], tail: list[str], names: tuple[str, ...]
) -> Iterator[Change]:
    """The changes between what the two begin and end with in common; a long stretch counts as one change."""
    if len(one) * len(other) > MAX_COMPARED:
        opcodes = [("replace", 0, len(one), 0, len(other))]
    else:
        opcodes = list(SequenceMatcher(None, one, other, autojunk=False).get_opcodes())
    for tag, a, b, c, d in opcodes:
        if tag == "equal":
            continue
        gone, come = "".join(one[a:b]), "".join(other[c:d])
        around = "".join([*lead, *one[:a]][-CONTEXT:])
        behind = "".join([*one[b:], *tail][:CONTEXT])
        yield Change(_kind(gone, come, around, behind, names), gone, come, around)


def _kind(gone: str, come: str, around: str, behind: str, names: tuple[str, ...]) -> str:
    both = gone + come
    if _PRICE.search(both) or (_FIGURE.search(both) and _PRICE.match(behind)):
        return "price"
    if _FIGURE.search(both):
        return "figure"
    return "name" if any(_touches(name, gone, come, around, behind) for name in names) else "text"


def _touches(name: str, gone: str, come: str, around: str, behind: str) -> bool:
    """Whether ``name`` stands in one of the two versions there and not in the other."""
    return (name in around + gone + behind) != (name in around + come + behind)


def _links(approved: Content, found: Content) -> Iterator[Change]:
    gone = sorted(set(approved.links) - set(found.links))
    come = sorted(set(found.links) - set(approved.links))
    for index in range(max(len(gone), len(come))):
        yield Change("link", *(side[index] if index < len(side) else "" for side in (gone, come)))


def _pictures(approved: Content, found: Content) -> Iterator[Change]:
    matched = match_pictures(approved.pictures, found.pictures)
    for index in matched.foreign:
        before = approved.pictures[index].name if index < len(approved.pictures) else ""
        yield Change("picture", before, found.pictures[index].name)
    for item in approved.pictures[len(found.pictures) :]:
        yield Change("picture", item.name, "")
    if found.cover is not None and cover_known(approved, found) is False:
        yield Change("cover", approved.cover.name if approved.cover else "", found.cover.name)


def likeness(one: str, other: str) -> float:
    """How much two texts have in common, 0 to 1: shared runs of eight characters."""
    first, second = _shingles(one), _shingles(other)
    return len(first & second) / len(first | second) if first and second else float(one == other)


def _shingles(text: str) -> set[str]:
    return {text[index : index + _SHINGLE] for index in range(max(1, len(text) - _SHINGLE + 1))} if text else set()
