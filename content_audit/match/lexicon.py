"""The lexicon: many thousand terms and the ways to write them, compiled to one file and found in one pass.

``Lexicon.scan`` gives every hit, overlapping ones too, the same for any size of batch; which of them count is decided
above. Loading imports neither numpy nor what compiling needs: it stands on a gate's path.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

from content_audit.match.confirm import Asked, Found, confirm, plain_steps
from content_audit.match.fold import BULK, Folded, fold
from content_audit.match.index import Index, sections_of
from content_audit.match.lexfile import pack, packed, refuse, unpack, unpacked
from content_audit.match.table import FoldTable
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from typing import NamedTuple

    from content_audit.match.scanning import Met
else:
    from zhongbao_core.record import NamedTuple

BATCH = 96 * 1024
"""Characters in a batch; folding is fastest between 64k and 128k, where its arrays stay in the cache."""
VARIANTS = ("pinyin", "homophone", "split", "lookalike", "inside", "short", "kin")
"""What a term may be marked with. ``inside``: it counts inside longer words and numbers too. ``short``: homophones count
although the term has fewer than three characters; ``kin``: the same where one of the characters is the term's own."""


_TABLE = ("points", "targets", "several")


class Term(NamedTuple):
    """A term to be found; ``id`` is the caller's."""

    text: str
    id: int
    variants: frozenset[str] = frozenset()


class RawHit(NamedTuple):
    """A term that stands in a text. ``texts[text][start:end]`` are the words, ``folded`` what they read as."""

    text: int
    start: int
    end: int
    term: int
    folded: str
    steps: tuple[str, ...]


Row = tuple[int, int, int, int, int]
"""What an index found: pattern, number of the text, start and end in it, characters read."""


class Lexicon:
    """Compiled terms. Made by ``compile`` or ``from_bytes``; never changes."""

    def __init__(self, data: bytes, *, checked: bool = False) -> None:
        """The lexicon in ``data``; ``checked``: its digest was part of one that is known to be right.

        Raises LexiconError where it is not one this engine wrote.
        """
        head, sections = unpack(data, checked=checked)
        self._data = data
        try:
            reading = _table_parts(sections, "reading")
            self.table = FoldTable.from_parts(head["options"], _table_parts(sections, "table"), reading)
            self.sounds = FoldTable.from_parts((), _table_parts(sections, "sounds"))
            self._ids = unpacked(sections["terms.ids"], "q")
            self.words, self.twins, self.heard = (Index(sections, name) for name in ("words", "twins", "heard"))
        except (KeyError, ValueError, TypeError, IndexError) as error:
            raise refuse(Text("词库文件内容不一致", "the parts of the lexicon file do not fit")) from error
        self._text = sections["terms.text"]
        self._terms: list[str] | None = None

    @classmethod
    def compile(cls, terms: Iterable[Term], options: Iterable[str]) -> Lexicon:
        """The lexicon of ``terms`` under fold ``options``; the same terms in the same order give the same bytes.

        Raises TermError for a term that folds to nothing or has a line break.
        """
        from content_audit.match.ways import heard, sounds_of, written

        table = FoldTable.made(options)
        listed = list(terms)
        tables = {"table": table, "reading": table.reading, "sounds": sounds_of(listed)}
        sections = {
            f"{name}.{part}": data
            for name, one in tables.items()
            for part, data in zip(_TABLE, one.to_parts(), strict=True)
        }
        sections |= {
            "terms.ids": packed(array("q", [term.id for term in listed])),
            "terms.text": "\n".join(term.text for term in listed).encode("utf-8"),
        }
        entries = [entry for number, term in enumerate(listed) for entry in written(number, term, table)]
        sounding = [entry for number, term in enumerate(listed) for entry in heard(number, term, table)]
        plain, twins = [entry for entry in entries if not entry.twin], [entry for entry in entries if entry.twin]
        texts = [term.text for term in listed]
        for name, some in (("words", plain), ("twins", twins), ("heard", sounding)):
            sections |= sections_of(name, some, texts)
        return cls(pack({"options": sorted(table.options), "terms": len(listed)}, sections), checked=True)

    @classmethod
    def from_bytes(cls, data: bytes, *, checked: bool = False) -> Lexicon:
        """The lexicon that ``to_bytes`` gave. Raises LexiconError for anything else; ``checked`` as in ``Lexicon``."""
        return cls(data, checked=checked)

    def to_bytes(self) -> bytes:
        """The lexicon file."""
        return self._data

    @property
    def reading(self) -> FoldTable:
        """The table to read texts with that patterns and rules look at: signs and repeats stay."""
        return self.table.reading

    def term(self, number: int) -> str:
        """The words of a term as listed, by its place in the list."""
        return self._listed()[number]

    def _listed(self) -> list[str]:
        if self._terms is None:
            self._terms = self._text.decode("utf-8").split("\n")
        return self._terms

    def scan(self, texts: Sequence[str], *, batch: int = BATCH) -> list[RawHit]:
        """Every hit in ``texts``, by text, start, end and term; ``batch`` changes the speed and nothing else."""
        if sum(map(len, texts)) < BULK:
            return [hit for number, text in enumerate(texts) for hit in self._scan_one(number, text)]
        from content_audit.match.scanning import scan_batches

        return scan_batches(self, texts, batch)

    def meet(self, texts: Sequence[str]) -> Met | None:
        """What stands in ``texts`` before hits are made of it; None where they are so few that ``scan`` is faster."""
        if sum(map(len, texts)) < BULK:
            return None
        from content_audit.match.scanning import meet

        return meet(self, texts, BATCH)

    def terms_by_pattern(self) -> list[tuple[int, ...]]:
        """The terms that each pattern of ``meet`` stands for."""
        return [
            tuple({self._ids[index.terms[entry]] for entry in index.entries(pattern)})
            for index in self.indexes
            for pattern in range(len(index.plain))
        ]

    @property
    def indexes(self) -> tuple[Index, Index, Index]:
        """Its three automata, in the order in which their patterns are numbered by ``meet``."""
        return self.words, self.twins, self.heard

    def _scan_one(self, number: int, text: str) -> list[RawHit]:
        folded = fold(text, self.table)
        hits: list[RawHit] = []
        for index, found in zip(
            self.indexes, (self.words.find(folded.text), self._twins(folded), self._sounds(folded)), strict=True
        ):
            rows = ((pattern, 0, *folded.span(start, end), end - start) for start, end, pattern in found)
            self.collect(hits, index, (text,), rows, number)
        return ordered(hits)

    def _twins(self, folded: Folded) -> list[tuple[int, int, int]]:
        """What stands where a character is repeated: terms that are one character doubled."""
        if self.twins.empty:
            return []
        spans = zip(folded.starts, folded.ends, strict=True)
        places = [place for place, (start, end) in enumerate(spans) if end > start + 1]
        found = self.twins.find("".join([folded.text[place] for place in places]))
        return [(places[start], places[start] + 1, pattern) for start, _, pattern in found]

    def _sounds(self, folded: Folded) -> list[tuple[int, int, int]]:
        """What stands there by sound."""
        look = self.sounds.lookup
        return [] if self.heard.empty else self.heard.find("".join([look[char] for char in folded.text]))

    def collect(self, hits: list[RawHit], index: Index, texts: Sequence[str], rows: Iterable[Row], first: int) -> None:
        """Add the hits of ``rows`` to ``hits``; ``texts[0]`` is the text numbered ``first``."""
        plain, entries, terms, ids, listed = index.plain, index.first, index.terms, self._ids, self._listed()
        for pattern, number, start, end, length in rows:
            text = texts[number]
            if end - start != length or not plain[pattern]:
                if end - start >= index.least[pattern]:
                    hits += self._confirmed(index, first + number, text, pattern, start, end)
                continue
            raw = text[start:end]
            for entry in range(entries[pattern], entries[pattern + 1]):
                term = terms[entry]
                word = listed[term]
                steps = () if raw == word else plain_steps(raw, word, self.table)
                hits.append(RawHit(first + number, start, end, ids[term], word, steps))

    def _confirmed(self, index: Index, number: int, text: str, pattern: int, start: int, end: int) -> Iterator[RawHit]:
        for entry in index.entries(pattern):
            term = index.terms[entry]
            listed = self.term(term)
            asked = Asked(index.kinds[entry], index.key(entry) or listed, index.flags[entry], listed)
            found: Found | None = confirm(text, start, end, asked, self.table)
            if found is not None:
                yield RawHit(number, found.start, found.end, self._ids[term], found.folded, found.steps)


def _table_parts(sections: Mapping[str, bytes], name: str) -> tuple[bytes, bytes, bytes]:
    points, targets, several = (sections[f"{name}.{part}"] for part in _TABLE)
    return points, targets, several


def ordered(hits: list[RawHit]) -> list[RawHit]:
    """Hits in order; of several ways to read the same words as the same term the one with the fewest steps, and of
    those the one found first: as written before by sound."""
    hits.sort(key=itemgetter(0, 1, 2, 3))
    kept: list[RawHit] = []
    last: tuple[object, ...] = ()
    for hit in hits:
        if hit[:4] != last:
            kept.append(hit)
            last = hit[:4]
        elif len(hit.steps) < len(kept[-1].steps):
            kept[-1] = hit
    return kept


__all__ = ["BATCH", "BULK", "VARIANTS", "Lexicon", "RawHit", "Term", "ordered"]
