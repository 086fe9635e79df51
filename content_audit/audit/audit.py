"""The audit: posts in, each with its hits out. Pure: no files, no clock; ``at`` and ``level`` are given.

A batch gives what its posts give one by one. The matcher finds the words of all rules at once; everything dear (the
reading of a passage, the facts of a post) is made only for posts in which something was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from datetime import datetime
from typing import NamedTuple

from content_audit.audit import hidden, tables
from content_audit.audit import judge as judging
from content_audit.audit.checks import link_fails
from content_audit.audit.context import Context
from content_audit.audit.covered import uncovered
from content_audit.audit.exemptions import Spot
from content_audit.audit.index import Index
from content_audit.audit.judge import Judged, Tools, judge
from content_audit.audit.reading import Reading, Span
from content_audit.audit.registers import Registers
from content_audit.audit.rule import Match, Rule
from content_audit.audit.scanner import Fold, FoldAll, ManyScanner, RawHit, Scanner
from content_audit.audit.segment import Segmenter, standard
from content_audit.audit.tables import Table, Tables
from content_audit.model import Audited, Hit, Passage, Post, Role, Verdict
from zhongbao_core.event import Level

LOWERED = frozenset({Role.QUOTED, Role.COMMENT, Role.DELETED})
"""Passages whose words are not the company's own, or will not be published: a person looks, nothing is blocked."""


class Explanation(NamedTuple):
    """Everything that was asked about a post: each possible hit with its answers, and what came of it all."""

    audited: Audited
    judged: tuple[Judged, ...]
    context: Context


class Auditor:
    """Judges posts by a book of rules and the registers, for a level of the period and an instant.

    ``at`` is the instant of publishing of posts that do not say when they were published; registers are judged at it.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        index: Index,
        scanner: Scanner,
        fold: Fold,
        *,
        disabled: Iterable[str] = (),
        registers: Registers | None = None,
        level: Level = Level.NONE,
        at: datetime | None = None,
        segmenter: Segmenter | None = None,
        fold_all: FoldAll | None = None,
        many: ManyScanner | None = None,
    ) -> None:
        self.rules = rules
        self.index = index
        self.disabled = frozenset(disabled)
        self.registers = registers or Registers()
        self.level = level
        self.at = at
        self._registers_at: tuple[datetime, Registers] | None = None
        self.tools = Tools(fold, segmenter or standard())
        folds: FoldAll = fold_all or (lambda texts: [fold(text) for text in texts])
        self.tables = Tables(rules, index, scanner, many, folds, self.tools.segmenter)

    @property
    def segmenter(self) -> str:
        """Which segmenter confirms word borders."""
        return self.tools.segmenter.name

    def within(self, level: Level, at: datetime | None = None, *, registers: Registers | None = None) -> Auditor:
        """The same rules for another level and instant, and other registers where they are given."""
        other = copy(self)
        other.level, other.at = level, at or self.at
        other.registers = registers or self.registers
        other._registers_at = None
        return other

    def registers_at(self, at: datetime | None) -> Registers:
        """The registers at an instant; posts of one export are often judged at the same."""
        if at is None:
            return self.registers
        if self._registers_at is None or self._registers_at[0] != at:
            self._registers_at = (at, self.registers.at(at))
        return self._registers_at[1]

    def audit(self, posts: Sequence[Post]) -> list[Audited]:
        """Every post with its hits, in the order given; one thing is said once (see ``covered``)."""
        return [self._audited(table) for table in self.tables.of(posts, everything=False)]

    def explain(self, post: Post) -> Explanation:
        """The same for one post, with everything that fell and why."""
        work = next(_Work(table, self, everything=True) for table in self.tables.of([post], everything=True))
        judged = tuple(work.judged())
        return Explanation(Audited(post, work.hits(judged)), judged, work.context)

    def _audited(self, table: Table) -> Audited:
        if table.bare and self._nothing(table.post, table.clues):
            return Audited(table.post, ())
        work = _Work(table, self, everything=False)
        hits = work.hits(tuple(work.judged()))
        return Audited(table.post, uncovered(hits) if len(hits) > 1 else hits)

    def _nothing(self, post: Post, clues: int) -> bool:
        """Whether there is no hit in ``post``, none of its passages having shown any."""
        for passage in post.passages:
            if passage.role is Role.CODE or hidden.suspected(passage):
                return False
        if post.links or self.tables.whole(clues):
            return False
        registers = self.registers_at(post.published_at or self.at)
        return not registers.forms and not registers.sensitive


class _Work:
    """One post on the table. With ``everything`` all that may be a hit is judged and told, else what can stand."""

    def __init__(self, table: Table, auditor: Auditor, *, everything: bool) -> None:
        self.everything = everything
        self.post, folded, self.raw, self.patterns, self.through, self.clues, _ = table
        self.auditor = auditor
        self.tools = auditor.tools
        self.readings = [
            Reading(number, passage, self.tools.fold, read)
            for number, (passage, read) in enumerate(zip(self.post.passages, folded, strict=True))
        ]
        self.at = self.post.published_at or auditor.at
        self.others = [
            (Through(other, self.post.passages[other.passage], self.tools.fold), other) for other in self.through
        ]
        worded = {reading.index: reading for reading, other in self.others if other.worded}
        registers = auditor.registers_at(self.at)
        self.context = Context(
            self.post,
            [worded.get(reading.index, reading) for reading in self.readings],
            registers,
            auditor.level,
            self.at,
            self.tools.fold,
            clues=self.clues,
        )
        self.steps: dict[tuple[int, int, int], RawHit] = {}

    def hits(self, judged: Sequence[Judged]) -> tuple[Hit, ...]:
        """What of ``judged`` stands, as hits in order; what is seen through a disguise only where nothing stood before."""
        standing = [item for item in judged if item.stands]
        found = [self.hit(item) for item in longest([item for item in standing if not _is_through(item)])]
        for item in longest([item for item in standing if _is_through(item)]):
            hit = self.hit(item)
            if not any(_overlap(hit, other) for other in found):
                found.append(hit)
        return tuple(sorted(found, key=lambda hit: (hit.passage, hit.start, hit.end, hit.rule)))

    def judged(self) -> Iterator[Judged]:
        """Every possible hit with what became of it."""
        for (number, place, *_), spot in self._spots():
            rule = self.auditor.rules[number]
            match = rule.match[place]
            if self.everything or not judging.dismissed(rule, match, spot, self.context, self.tools):
                yield judge(rule, match, spot, self.context, self.tools)
        yield from self._links()
        yield from self._whole()
        yield from self._coded()

    def _spots(self) -> Iterator[tuple[Sequence[int], Spot]]:
        index = self.auditor.index
        for place, reading in enumerate(self.readings if self.raw else ()):
            for hit in self.raw[place]:
                uses = self._open(index.term_uses[hit.term])
                if uses:
                    span = reading.from_raw(hit.start, hit.end)
                    self.steps[reading.index, hit.start, hit.end] = hit
                    spot = Spot(reading, span, span, hit.steps)
                    yield from ((use, spot) for use in uses)
            patterns = self.patterns[place]
            for found in self.auditor.tables.patterns.find(reading.text, patterns) if patterns else ():
                spot = Spot(reading, found.span, found.span)
                yield from ((use, spot) for use in self._open(index.pattern_uses[found.pattern]))
        for reading, other in self.others:
            for found in self.auditor.tables.patterns.find(reading.text, other.patterns) if other.patterns else ():
                spot = Spot(reading, found.span, found.span)
                yield from ((use, spot) for use in self._open(index.pattern_uses[found.pattern]))

    def _open(self, uses: Sequence[Sequence[int]]) -> Sequence[Sequence[int]]:
        """Those of ``uses`` that may come to something; all where everything is to be told."""
        return uses if self.everything or not uses else self.auditor.tables.open(uses, self.clues)

    def _links(self) -> Iterator[Judged]:
        hrefs = list(self._hrefs())
        for place, match, _ in self.auditor.index.links if hrefs else ():
            rule = self.auditor.rules[place]
            for number, href, shown in hrefs:
                if link_fails(rule.match[match].link, href, self.context.registers.hosts, shown):
                    yield self._of_post(rule, href, number)

    def _hrefs(self) -> Iterator[tuple[int, str, str]]:
        yield from ((-1, link.href, link.shown) for link in self.post.links)
        codes = (item for item in self.readings if item.role is Role.CODE)
        yield from ((item.index, item.passage.text, "") for item in codes)

    def _whole(self) -> Iterator[Judged]:
        for number, place, _ in self.auditor.index.posts:
            rule = self.auditor.rules[number]
            match: Match = rule.match[place]
            if match.when is not None and self.context.fits(match.when):
                yield self._of_post(rule, "", -1)

    def _coded(self) -> Iterator[Judged]:
        """What code judges: hidden characters, exact forms, sensitive events."""
        registers, fold = self.context.registers, self.tools.fold
        off = self.auditor.disabled
        found = [item for number, passage in enumerate(self.post.passages) for item in hidden.spots(number, passage)]
        if registers.forms:
            from content_audit.audit import exact

            found += exact.spots(registers.forms, self.readings, self.context, fold)
        if registers.sensitive:
            from content_audit.audit import tones

            found += tones.spots(registers.sensitive, self.readings, self.context, fold, self.at)
        yield from (Judged(rule, spot, "disabled" if rule.id in off else "") for rule, spot in found)

    def _of_post(self, rule: Rule, words: str, number: int) -> Judged:
        passage = self.post.passages[number] if number >= 0 else Passage(Role.BODY, "", words or self.context.text)
        reading = Reading(number, passage, self.tools.fold)
        span = Span(0, len(reading.text) if words else 0)
        spot = Spot(reading, span, span)
        fell = judging.applies(rule, reading.role, self.context)
        return Judged(rule, spot, fell) if fell else judging.settle(rule, spot, self.context)

    def hit(self, item: Judged) -> Hit:
        """What stands, as a hit of the post."""
        rule, reading = item.rule, item.spot.reading
        start, end = reading.to_raw(item.spot.span)
        raw = self.steps.get((reading.index, start, end))
        words = reading.words(item.spot.span)
        level = self.auditor.level
        verdict = rule.verdict_in(level)
        lowered = min(verdict, Verdict.REVIEW) if reading.role in LOWERED else verdict
        received = reading.passage.text[start:end]
        if reading.index < 0:
            start = end = 0
        return rule.hit(
            reading.index,
            start,
            end,
            received,
            verdict=lowered,
            severity=rule.severity_in(level),
            confidence=rule.confidence,
            tested=item.tested,
            folded=raw.folded if raw else words,
            steps=raw.steps if raw else self._steps(reading, received, words),
        )

    def _steps(self, reading: Reading, received: str, words: str) -> tuple[str, ...]:
        """How ``received`` came to read as ``words``, as far as it is not by width, case or script alone."""
        if isinstance(reading, Through):
            return reading.steps
        whole = self.tools.fold(received).text
        taken = [char for char in whole if not char.isalnum()] if len(whole) > len(words) else []
        return tuple(step for step, there in (("space", " " in taken), ("symbol", set(taken) - {" "})) if there)


class Through(Reading):
    """A passage read through its disguise."""

    __slots__ = ("steps",)

    def __init__(self, other: tables.Through, passage: Passage, fold: Fold) -> None:
        super().__init__(other.passage, passage, fold, other.folded)
        self.steps = other.steps


def _is_through(item: Judged) -> bool:
    return isinstance(item.spot.reading, Through)


def _overlap(hit: Hit, other: Hit) -> bool:
    return (hit.rule, hit.passage) == (other.rule, other.passage) and hit.start < other.end and other.start < hit.end


def longest(judged: Sequence[Judged]) -> list[Judged]:
    """Of hits of one rule that overlap the longest; the first of equal ones."""
    kept: list[Judged] = []
    order = sorted(judged, key=lambda item: (-(item.spot.span.end - item.spot.span.start), item.spot.span.start))
    for item in order:
        if not any(_same_place(item, other) for other in kept):
            kept.append(item)
    return kept


def _same_place(left: Judged, right: Judged) -> bool:
    if (
        left.rule.id != right.rule.id
        or left.rule.why != right.rule.why
        or left.spot.reading.index != right.spot.reading.index
    ):
        return False
    if left.spot.reading.index < 0:
        return left.spot.reading.passage == right.spot.reading.passage
    a, b = left.spot.span, right.spot.span
    return a.start < b.end and b.start < a.end
