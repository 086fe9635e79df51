"""What a report of an audit is made of: what was audited, what was not and why, and on what all of it rests. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from content_audit.audit.coded import COPY
from content_audit.audit.copies import Group
from content_audit.model import PICTURE_WHYS, Audited, Hit, Passage, Post, Unread, Verdict
from zhongbao_core.errors import ExitCode
from zhongbao_core.report.model import without_personal
from zhongbao_core.text import NOTHING, Text, mask


class Basis(NamedTuple):
    """What the verdicts rest on: which rules, at which level, with which help."""

    rules: int
    policy: str
    """Digest of the compiled rules."""
    level: Text
    packs: tuple[str, ...] = ()
    segmenter: str = ""
    """rjieba or jieba: who confirmed word borders."""
    event: Text = NOTHING
    signed: bool = False
    """Whether the rules are those of a verified manifest."""


class Counts(NamedTuple):
    """What was looked at."""

    posts: int
    removed: int
    """Posts that only say that they were taken down."""
    passages: int
    characters: int
    pictures: int
    pictures_unread: int


_POSTS, _REMOVED, _PASSAGES, _CHARACTERS, _PICTURES, _PICTURES_UNREAD = range(len(Counts._fields))


class Tally:
    """What was audited so far, in numbers: all that a summary needs, however many posts went by."""

    def __init__(self, *, skip_pictures: bool = False, fail_on: Verdict = Verdict.REVIEW) -> None:
        self.skip_pictures = skip_pictures
        self.fail_on = fail_on
        self.verdicts: Counter[Verdict] = Counter()
        self._counts = [0] * len(Counts._fields)
        self.findings = 0
        self.failing = False
        self.unread = 0
        self.owed = 0

    @property
    def counts(self) -> Counts:
        """What was looked at."""
        return Counts(*self._counts)

    def add(self, row: Audited) -> None:
        """One more post."""
        post, hits, counts = row.post, row.hits, self._counts
        self.verdicts[row.verdict] += 1
        counts[_POSTS] += 1
        counts[_REMOVED] += post.removed
        counts[_PASSAGES] += len(post.passages)
        for passage in post.passages:
            counts[_CHARACTERS] += len(passage.text)
        counts[_PICTURES] += len(post.pictures)
        if hits:
            self.findings += len(hits)
            self.failing = self.failing or any(hit.verdict >= self.fail_on for hit in hits)
        for item in row.unread:
            self.add_unread(item)

    def add_copies(self, groups: int) -> None:
        """So many groups of posts that say the same: a finding each, of the verdict of its rule."""
        self.findings += groups
        self.failing = self.failing or (groups > 0 and COPY.verdict >= self.fail_on)

    def as_json(self) -> dict[str, Any]:
        """All of it but what the caller chose."""
        verdicts = {verdict.name: count for verdict, count in self.verdicts.items()}
        counts = self._counts
        numbers = (self.findings, self.failing, self.unread, self.owed)
        return {"verdicts": verdicts, "counts": counts, "numbers": list(numbers)}

    def join(self, value: dict[str, Any]) -> None:
        """Add what another one, by ``as_json``, counted."""
        self.verdicts.update({Verdict[name]: count for name, count in value["verdicts"].items()})
        self._counts = [mine + other for mine, other in zip(self._counts, value["counts"], strict=True)]
        findings, failing, unread, owed = value["numbers"]
        self.findings, self.failing = self.findings + findings, self.failing or failing
        self.unread, self.owed = self.unread + unread, self.owed + owed

    def add_unread(self, item: Unread) -> None:
        """One more thing that was not audited."""
        picture = is_picture(item)
        self.unread += 1
        self.owed += not (picture and self.skip_pictures)
        self._counts[_PICTURES_UNREAD] += picture

    @property
    def exit_code(self) -> ExitCode:
        """3 where something was not audited or nothing was looked at, else 1 with hits of ``fail_on``, else 0."""
        if self.owed or not self.counts.posts:
            return ExitCode.CANNOT_TELL
        return ExitCode.FINDINGS if self.failing else ExitCode.OK

    @property
    def reason_code(self) -> str:
        """The outcome as one stable word."""
        if not self.counts.posts:
            return "NOT_LOOKED"
        if self.owed:
            return "PARTLY_AUDITED"
        return "CONTENT_FINDINGS" if self.failing else "CLEAN"


@dataclass(frozen=True, slots=True)
class ContentReport:
    """An audit as shown to a reader at ``at``.

    ``unread`` are the things that no post came of; a post's own are in its Audited. ``skip_pictures``: the caller
    chose to do without the words in pictures; they are listed all the same.
    """

    title: Text
    at: datetime
    zone: str
    audited: tuple[Audited, ...]
    unread: tuple[Unread, ...]
    basis: Basis
    skip_pictures: bool = False
    fail_on: Verdict = Verdict.REVIEW
    masked: bool = True
    copies: tuple[Group, ...] = ()
    """Posts that are alike on several accounts."""

    @property
    def all_unread(self) -> tuple[Unread, ...]:
        """Everything that was not audited, posts' own things too."""
        return (*self.unread, *(item for row in self.audited for item in row.unread))

    @property
    def owed(self) -> tuple[Unread, ...]:
        """What was not audited and nobody chose to leave out."""
        return tuple(item for item in self.all_unread if not (self.skip_pictures and is_picture(item)))

    @property
    def looked(self) -> bool:
        """Whether any post was read at all."""
        return bool(self.audited)

    @property
    def marked(self) -> tuple[Audited, ...]:
        """The posts with hits, worst first, then as read."""
        return tuple(
            sorted((row for row in self.audited if row.hits), key=lambda row: -max(h.verdict for h in row.hits))
        )

    @property
    def tally(self) -> Tally:
        """All of it in numbers."""
        made = Tally(skip_pictures=self.skip_pictures, fail_on=self.fail_on)
        for row in self.audited:
            made.add(row)
        for item in self.unread:
            made.add_unread(item)
        made.add_copies(len(self.copies))
        return made

    @property
    def exit_code(self) -> ExitCode:
        """See Tally."""
        return self.tally.exit_code

    @property
    def reason_code(self) -> str:
        """See Tally."""
        return self.tally.reason_code

    @property
    def counts(self) -> Counts:
        """What was looked at, in numbers."""
        return self.tally.counts

    def by_verdict(self) -> dict[Verdict, int]:
        """How many posts of each verdict, strictest first."""
        found = Counter(row.verdict for row in self.audited)
        return {verdict: found[verdict] for verdict in (Verdict.BLOCK, Verdict.REVIEW, Verdict.PASS)}

    def by_rule(self) -> list[tuple[Hit, int]]:
        """A hit of each rule, and how many it has; most first."""
        first: dict[str, Hit] = {}
        count: Counter[str] = Counter()
        for row in self.audited:
            for hit in row.hits:
                first.setdefault(hit.rule, hit)
                count[hit.rule] += 1
        return [(first[rule], number) for rule, number in sorted(count.items(), key=lambda item: (-item[1], item[0]))]

    def by_account(self) -> dict[str, Counter[Verdict]]:
        """Posts of each verdict by account; posts without an account under the empty name."""
        found: dict[str, Counter[Verdict]] = {}
        for row in self.audited:
            found.setdefault(row.post.account, Counter())[row.verdict] += 1
        return dict(sorted(found.items()))


def is_picture(item: Unread) -> bool:
    """Whether it is a picture whose words nobody could read, or a video."""
    return bool(item.post) and item.why in PICTURE_WHYS


class Piece(NamedTuple):
    """A stretch of a passage as shown: plain where ``hit`` is None, else the words of that hit."""

    text: str
    hit: Hit | None


def pieces(passage: Passage, hits: tuple[Hit, ...], *, masked: bool) -> Iterator[Piece]:
    """The whole passage cut at its hits, in order; of overlapping ones the first and longest is shown.

    Personal data is masked in the words and between them, so that joining the pieces shows none.
    """
    here, text = 0, _shown(passage.text, masked)
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if hit.start < here or hit.end <= hit.start:
            continue
        yield Piece(text[here : hit.start], None)
        yield Piece(words(hit, masked=masked), hit)
        here = hit.end
    yield Piece(text[here:], None)


def around(passage: Passage, hit: Hit, *, masked: bool, reach: int = 24) -> tuple[str, str, str]:
    """The words before, of and after a hit, on one line."""
    text = _shown(passage.text, masked)
    before, after = text[max(0, hit.start - reach) : hit.start], text[hit.end : hit.end + reach]
    lead = "…" if hit.start > reach else ""
    tail = "…" if hit.end + reach < len(text) else ""
    return lead + _line(before), _line(words(hit, masked=masked)), _line(after) + tail


def words(hit: Hit, *, masked: bool) -> str:
    """The original words of a hit, personal data masked."""
    if not masked:
        return hit.raw
    return mask(hit.raw) if hit.personal else without_personal(hit.raw)


def for_reader(report: ContentReport) -> ContentReport:
    """``report`` with personal data masked in what stands outside the passages, unless it was made to reveal it."""
    if not report.masked:
        return report
    return replace(report, audited=tuple(replace(row, hits=tuple(map(_masked, row.hits))) for row in report.audited))


def _masked(hit: Hit) -> Hit:
    return replace(hit, folded=mask(hit.folded) if hit.personal else without_personal(hit.folded))


def title_of(post: Post, *, masked: bool) -> str:
    """What a post is called in a list: its title, else the head of its first words."""
    shown = post.title
    if not shown:
        for item in post.passages:
            if not item.text.isspace() and item.text:
                shown = item.text
                break
    return _line(_shown(shown[:60], masked))


def _shown(value: str, masked: bool) -> str:
    """``value`` for the reader. Masking keeps the length, so offsets hold and no number is cut before it is masked."""
    return without_personal(value) if masked else value


def _line(value: str) -> str:
    return " ".join(value.split())
