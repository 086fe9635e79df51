"""What is found in posts before anything is judged: words, patterns that may match, clues. Many posts at a time.

Nothing is judged here, and only what cannot become a hit is left out: a batch gives what its posts give one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from content_audit.audit.clues import meets, needed, needs, told
from content_audit.audit.context_words import EVERY
from content_audit.audit.index import Index
from content_audit.audit.patterns import PatternSet
from content_audit.audit.plain_words import PlainWords, Reworded
from content_audit.audit.rule import Rule
from content_audit.audit.scanner import FoldAll, Folded, ManyScanner, Met, RawHit, Scanner
from content_audit.audit.segment import Segmenter
from content_audit.audit.stuffed import unstuffed_all
from content_audit.audit.through import seen_through, suspects
from content_audit.match.fold import in_order
from content_audit.model import Post

if TYPE_CHECKING:
    from typing import NamedTuple

    from content_audit.audit.calls import Calls, Wanted
else:
    from zhongbao_core.record import NamedTuple

BATCH = 128 * 1024
"""Characters of posts that are folded and matched together."""


class _Moved(NamedTuple):
    """A term in a text, whatever the place."""

    text: int
    term: int


class Through(NamedTuple):
    """Another reading of a passage (see ``through``)."""

    passage: int
    folded: Folded
    steps: tuple[str, ...]
    patterns: Sequence[int] = ()
    worded: bool = False
    """Whether it says other words, so that facts are seen in it too."""


class Table(NamedTuple):
    """A post with what was found in each of its passages: words, and patterns that may match."""

    post: Post
    folded: Sequence[Folded]
    raw: Sequence[Sequence[RawHit]]
    patterns: Sequence[Sequence[int]]
    through: Sequence[Through]
    """The other readings of its passages, with the patterns that may match in them."""
    clues: int
    """The clues of the post (see ``clues``)."""
    bare: bool
    """Whether nothing was found in any passage."""


def _others(folded: Sequence[Folded], plain: Mapping[int, Reworded]) -> list[Through]:
    """The other readings there are; ``passage`` is the number of the text."""
    found = []
    for place in sorted({*plain, *suspects([one.text for one in folded])}):
        read, steps = plain.get(place, (folded[place], ()))
        other = seen_through(read)
        if other is not None:
            read, steps = other[0], in_order({*steps, *other[1]})
        if steps:
            found.append(Through(place, read, steps))
    return found


class Tables:
    """Lays posts on the table."""

    def __init__(
        self,
        rules: Sequence[Rule],
        index: Index,
        scanner: Scanner,
        many: ManyScanner | None,
        fold_all: FoldAll,
        segmenter: Segmenter,
    ) -> None:
        self.patterns = PatternSet(index.patterns, index.always)
        self._rules = rules
        self._index = index
        self._scanner = scanner
        self._many = many
        self._fold_all = fold_all
        self._plain_words = PlainWords(index.disguised, segmenter)
        self._sets_of = Counter(number for number in index.set_patterns if number >= 0)
        self._needs: dict[int, tuple[int, ...]] = {}
        self._whole: list[tuple[int, ...]] | None = None
        self._calls: Calls | None = None

    def of(self, posts: Sequence[Post], *, everything: bool) -> Iterator[Table]:
        """A table for each post, in order; with ``everything`` what can come to nothing lies on it too."""
        batch: list[Post] = []
        held = 0
        for post in posts:
            batch.append(post)
            for passage in post.passages:
                held += len(passage.text)
            if held >= BATCH:
                yield from self._batch(batch, everything=everything)
                batch, held = [], 0
        yield from self._batch(batch, everything=everything)

    def open(self, uses: Sequence[Sequence[int]], clues: int) -> list[Sequence[int]]:
        """Those of ``uses`` whose rule may speak of a post with ``clues``."""
        return [use for use in uses if meets(clues, self._needs_of(use[0]))]

    def whole(self, clues: int) -> bool:
        """Whether a rule about posts as a whole may speak of a post with ``clues``."""
        if self._whole is None:
            self._whole = [self._needs_of(use[0]) + self._of_match(use[0], use[1]) for use in self._index.posts]
        return any(meets(clues, one) for one in self._whole)

    def _of_match(self, rule: int, place: int) -> tuple[int, ...]:
        when = self._rules[rule].match[place].when
        return needed(when) if when else ()

    def _needs_of(self, number: int) -> tuple[int, ...]:
        found = self._needs.get(number)
        if found is None:
            found = self._needs[number] = needs(self._rules[number])
        return found

    def _batch(self, posts: Sequence[Post], *, everything: bool) -> Iterator[Table]:
        texts = [passage.text for post in posts for passage in post.passages]
        owners = [number for number, post in enumerate(posts) for _ in post.passages]
        hits, called, clues = self._scanned(posts, texts, owners, everything=everything)
        folded = unstuffed_all(self._fold_all(texts))
        plain = self._plain_words.read(hits, folded)
        if plain:
            self._look_again(plain, owners, called, clues)
        others = _others(folded, plain)
        patterns = self._may_match(folded, others, called)
        raw: dict[int, list[RawHit]] = {}
        for hit in hits:
            if self._index.term_uses[hit.term]:
                raw.setdefault(hit.text, []).append(hit)
        through = {
            other.passage: other._replace(patterns=patterns.get(number, ()))
            for number, other in enumerate(others, len(texts))
            if number in patterns or other.passage in plain
        }
        first = 0
        for post, known in zip(posts, clues, strict=True):
            places = range(first, first + len(post.passages))
            first = places.stop
            if all(some.keys().isdisjoint(places) for some in (raw, patterns, through)):
                yield Table(post, folded[places.start : places.stop], (), (), (), known, bare=True)
                continue
            read = [folded[place] for place in places]
            found = [raw.get(place, ()) for place in places], [patterns.get(place, ()) for place in places]
            more = [
                through[place]._replace(passage=place - places.start, worded=place in plain)
                for place in places
                if place in through
            ]
            yield Table(post, read, *found, more, known, bare=False)

    def _look_again(
        self,
        plain: Mapping[int, Reworded],
        owners: Sequence[int],
        called: dict[int, list[int]],
        clues: list[int],
    ) -> None:
        """Add to ``called`` and ``clues`` what texts show in plain words."""
        numbers = list(plain)
        hits = self._scanner.scan([read.text for read, _ in plain.values()])
        moved = [_Moved(numbers[hit.text], hit.term) for hit in hits]
        for pattern, places in self._one_by_one(moved, owners, clues, everything=False).items():
            called[pattern] = sorted({*called.get(pattern, ()), *places})

    def _may_match(
        self, folded: Sequence[Folded], others: Sequence[Through], called: Mapping[int, Sequence[int]]
    ) -> dict[int, list[int]]:
        """By text the patterns that may match in it; the other readings are numbered behind the texts."""
        texts = [one.text for one in (*folded, *(other.folded for other in others))]
        if others:
            number_of = {other.passage: number for number, other in enumerate(others, len(folded))}
            called = {
                pattern: [*places, *(number_of[place] for place in places if place in number_of)]
                for pattern, places in called.items()
            }
        return self.patterns.narrowed(texts, called)

    def _scanned(
        self, posts: Sequence[Post], texts: Sequence[str], owners: Sequence[int], *, everything: bool
    ) -> tuple[Sequence[RawHit], dict[int, list[int]], list[int]]:
        """The hits, by pattern the texts to run it on as its keys stand there, by post its clues."""
        unknown = EVERY ^ self._index.listed
        clues = [told(post) | unknown for post in posts]
        met = self._many.meet(texts) if self._many else None
        if met is not None:
            wanted = self._at_once(met, owners, clues, everything=everything)
            return met.hits(wanted.hits), wanted.called, wanted.clues
        hits = self._scanner.scan(texts)
        return hits, self._one_by_one(hits, owners, clues, everything=everything), clues

    def _at_once(self, met: Met, owners: Sequence[int], clues: Sequence[int], *, everything: bool) -> Wanted:
        if self._calls is None:
            from content_audit.audit.calls import Calls

            terms = self._many.terms_by_pattern() if self._many else ()
            self._calls = Calls(self._index, terms, self._needs_of)
        return self._calls.wanted(met, owners, clues, everything=everything)

    def _one_by_one(
        self, hits: Sequence[RawHit] | Sequence[_Moved], owners: Sequence[int], clues: list[int], *, everything: bool
    ) -> dict[int, list[int]]:
        """The patterns to run and the texts to run them on; adds to ``clues`` what the hits show."""
        index = self._index
        for hit in hits:
            clues[owners[hit.text]] |= index.word_lists[hit.term]
        present = {(hit.text, number) for hit in hits for number in index.word_sets[hit.term]}
        found = Counter((index.set_patterns[number], text) for text, number in present)
        called: dict[int, list[int]] = {}
        for (pattern, text), number in sorted(found.items()):
            if number == self._sets_of[pattern]:
                uses = index.pattern_uses[pattern]
                if everything or self.open(uses, clues[owners[text]]):
                    called.setdefault(pattern, []).append(text)
        return called
