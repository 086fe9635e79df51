"""What a look at pictures says against a post: forbidden pictures, licences that do not cover it, others' marks.

Pure. Likeness alone never blocks: a forbidden picture known by its bytes does, one that is only like it is reviewed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from content_audit.audit.registers import ImageMark
from content_audit.audit.rule import Rule
from content_audit.media.metadata import OWNED
from content_audit.media.near import LIKE, distance
from content_audit.media.seen import Mark, Seen
from content_audit.model import Hit, Picture, Post, Tested, Verdict
from zhongbao_core.finding import Confidence, Severity
from zhongbao_core.text import Text

_COPYRIGHT = "《中华人民共和国著作权法》第二十四条、第五十三条"

FORBIDDEN = Rule(
    id="SRC-901",
    title=Text("禁用图片", "a forbidden picture"),
    category="source",
    verdict=Verdict.BLOCK,
    severity=Severity.HIGH,
    match=(),
    confidence=Confidence.CERTAIN,
    law=_COPYRIGHT,
    why=Text("公司图片台账列为禁用", "the company's register of pictures forbids it"),
    remedy=Text("换用台账中许可的图片", "use a licensed picture of the register"),
    evidence=Text("并非同一图片的说明", "why it is another picture"),
)
UNCOVERED = Rule(
    id="SRC-902",
    title=Text("图片许可不含本次发布", "the picture's licence does not cover this post"),
    category="source",
    verdict=Verdict.REVIEW,
    severity=Severity.MEDIUM,
    match=(),
    confidence=Confidence.FIRM,
    law=_COPYRIGHT,
    why=Text("许可的期限或渠道不含本次发布", "span or channel of the licence leave this post out"),
    remedy=Text("续签许可或换图", "renew the licence or use another picture"),
    evidence=Text("有效的授权合同", "a contract in force"),
)
OTHERS = Rule(
    id="SRC-903",
    title=Text("图片带有他人版权标记", "the picture carries somebody else's copyright mark"),
    category="source",
    verdict=Verdict.REVIEW,
    severity=Severity.MEDIUM,
    match=(),
    confidence=Confidence.FIRM,
    law=_COPYRIGHT,
    why=Text(
        "图片文件中写明作者或权利人，且台账中没有许可", "the file names an author or owner and no licence is registered"
    ),
    remedy=Text("取得许可并登记，或换用自有图片", "get and register a licence, or use a picture of your own"),
    evidence=Text("图片授权合同或作者许可", "a licence or the author's consent"),
)
RULES = (FORBIDDEN, UNCOVERED, OTHERS)


class Likeness(NamedTuple):
    """A row of the register that a picture matches, and whether by its very bytes."""

    mark: ImageMark
    exact: bool
    bits: int = 0


def judged(
    post: Post, seen: Mapping[str, Seen], images: Sequence[ImageMark], at: datetime, own: Iterable[str] = ()
) -> list[Hit]:
    """What stands against the pictures of ``post`` as published at ``at``; ``own`` are the company's names and authors."""
    names = [name for name in own if name]
    found: list[Hit] = []
    for picture in post.pictures:
        look = seen.get(picture.locator)
        if look is not None:
            found.extend(_of_picture(post, picture, look, images, at, names))
    return found


def matching(picture: Picture, look: Seen, images: Sequence[ImageMark]) -> list[Likeness]:
    """The rows that ``picture`` matches, the nearest first."""
    found = []
    for mark in images:
        if mark.hash.startswith("sha256:"):
            if mark.hash in (picture.digest, look.hashes.pixels):
                found.append(Likeness(mark, True))
        elif (bits := distance(mark.hash, look.hashes.likeness)) <= LIKE:
            found.append(Likeness(mark, False, bits))
    return sorted(found, key=lambda row: (not row.exact, row.bits, row.mark.id))


def _of_picture(
    post: Post, picture: Picture, look: Seen, images: Sequence[ImageMark], at: datetime, own: list[str]
) -> Iterator[Hit]:
    rows = matching(picture, look, images)
    forbidden = next((row for row in rows if not row.mark.licensed and row.mark.span.contains(at)), None)
    if forbidden is not None:
        yield _hit(FORBIDDEN, picture, forbidden)
    licences = [row for row in rows if row.mark.licensed]
    tested = [_tested(row.mark, post, at) for row in licences]
    if any(test.held for test in tested):
        return
    if licences:
        yield _hit(UNCOVERED, picture, licences[0], tested)
    yield from _others(post, look, own, tested)


def _others(post: Post, look: Seen, own: list[str], tested: list[Tested]) -> Iterator[Hit]:
    """One hit a picture: the first line of its metadata that names somebody who is not the company."""
    mark = next((mark for mark in look.metadata if mark.field in OWNED and not _is_own(mark, own)), None)
    if mark is not None:
        place = f"{look.locator}/{mark.field}"
        index = next((at for at, one in enumerate(post.passages) if one.locator == place), -1)
        yield _made(OTHERS, index, mark.text, OTHERS.verdict, OTHERS.confidence, tuple(tested))


def _hit(rule: Rule, picture: Picture, row: Likeness, tested: Sequence[Tested] = ()) -> Hit:
    """A hit on a picture as a whole; what is only alike is reviewed, never blocked."""
    verdict = rule.verdict if row.exact else min(rule.verdict, Verdict.REVIEW)
    confidence = rule.confidence if row.exact else Confidence.FIRM
    saw = Text(f"与台账“{row.mark.name}”相差 {row.bits}/64", f"{row.bits} of 64 bits from “{row.mark.name}”")
    likeness = Tested("likeness", False, saw)
    return _made(rule, -1, f"{picture.locator}: {row.mark.name}", verdict, confidence, (*tested, likeness))


def _made(
    rule: Rule, passage: int, raw: str, verdict: Verdict, confidence: Confidence, tested: tuple[Tested, ...]
) -> Hit:
    end = len(raw) if passage >= 0 else 0
    return rule.hit(passage, 0, end, raw, verdict=verdict, severity=rule.severity, confidence=confidence, tested=tested)


def _tested(mark: ImageMark, post: Post, at: datetime) -> Tested:
    """Whether a licence covers the post."""
    here = not mark.channels or post.channel in mark.channels
    now = mark.span.contains(at)
    saw = Text(
        f"{mark.name} {mark.contract}：{'期限内' if now else '不在期限内'}，{'渠道相符' if here else '渠道不符'}",
        f"{mark.name} {mark.contract}: {'in' if now else 'outside'} its span, {'for' if here else 'not for'} this channel",
    )
    return Tested("licence", here and now, saw)


def _is_own(mark: Mark, own: list[str]) -> bool:
    text = mark.text.casefold()
    return any(name.casefold() in text for name in own)
