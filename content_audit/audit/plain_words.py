"""Words that evaders write in pinyin, homophones, parts or look-alikes, put back into plain words.

The matcher finds them; here is decided whether they were hardly written so by chance, and what the text reads as then.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from content_audit.audit.reading import Span
from content_audit.audit.scanner import Folded, RawHit
from content_audit.audit.segment import Segmenter, unknown
from content_audit.audit.through import with_words
from content_audit.match.fold import in_order

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

DISGUISES = frozenset({"pinyin", "homophone", "split", "lookalike"})
"""Steps that only an evader takes."""
BY_CHANCE = frozenset({"homophone", "lookalike"})
"""Those of them that ordinary words look like by chance."""


class Reworded(NamedTuple):
    """A text in plain words, and how they were disguised."""

    folded: Folded
    steps: tuple[str, ...]


class PlainWords:
    """Reads disguised words in plain ones."""

    def __init__(self, words: Mapping[int, str], segmenter: Segmenter) -> None:
        """``words``: by term of the matcher how it reads in plain words."""
        self._words = words
        self._plain = frozenset(words.values())
        self._segmenter = segmenter

    def read(self, hits: Sequence[RawHit], folded: Sequence[Folded]) -> dict[int, Reworded]:
        """By number those of the texts ``folded`` that ``hits`` show to be disguised.

        Words that sound or look like others by chance are left alone: those of the dictionary, and parts of longer ones.
        """
        found: dict[int, list[tuple[int, int, str]]] = {}
        steps: dict[int, set[str]] = {}
        for hit in hits:
            word = self._words.get(hit.term, "")
            if not word or DISGUISES.isdisjoint(hit.steps):
                continue
            reading, others = folded[hit.text], found.setdefault(hit.text, [])
            start = bisect_right(reading.ends, hit.start)
            end = max(start, bisect_left(reading.starts, hit.end))
            if any(start < other[1] and other[0] < end for other in others):
                continue
            if self._chosen(reading.text, Span(start, end), hit.steps):
                others.append((start, end, word))
                steps.setdefault(hit.text, set()).update(hit.steps)
        return {text: Reworded(with_words(folded[text], found[text]), in_order(steps[text])) for text in steps}

    def _chosen(self, text: str, span: Span, steps: Sequence[str]) -> bool:
        """Whether words were hardly written so by chance: what sounds or looks like one is no word itself."""
        if text[span.start : span.end] in self._plain:
            return False
        return BY_CHANCE.isdisjoint(steps) or unknown(text, span, self._segmenter)
