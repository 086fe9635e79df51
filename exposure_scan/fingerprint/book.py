"""All fingerprints, ready to name: an automaton of the words they need says which patterns are worth running."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from daachorse import DoubleArrayAhoCorasick

from exposure_scan.fingerprint.cpe import formatted
from exposure_scan.fingerprint.kinds import KINDS, RELATED
from exposure_scan.fingerprint.model import ENOUGH, MOST, Condition, Fingerprint, Named
from exposure_scan.fingerprint.pattern import SHOWN, Found, Pattern, compiled
from exposure_scan.fingerprint.response import Texts, texts_of
from zhongbao_core.text import plain

RELATED_SHARE, UNKNOWN_SHARE = 0.8, 0.6
"""What is left of confidence where another kind's fingerprint speaks, and where the kind is unknown."""
_FIRST = ("http-server", "title", "http-cookie", "x-powered-by", "www-authenticate", "favicon", "generator")
_ORDER = {kind: number for number, kind in enumerate(_FIRST)}


class _Hit(NamedTuple):
    """A condition that holds, and where."""

    kind: str
    found: Found


class _Index:
    """The conditions that look at one kind of text."""

    def __init__(self, conditions: Iterable[tuple[int, Condition]]) -> None:
        self.patterns: dict[int, Pattern] = {number: compiled(item.pattern) for number, item in conditions}
        self.always = [number for number, pattern in self.patterns.items() if not pattern.needs]
        by_word: dict[bytes, list[int]] = defaultdict(list)
        for number, pattern in self.patterns.items():
            for word in pattern.needs:
                by_word[word].append(number)
        self._words = list(by_word.values())
        self._automaton = DoubleArrayAhoCorasick(list(by_word)) if by_word else None

    def hits(self, text: bytes) -> Iterator[tuple[int, Found]]:
        """Conditions that hold in ``text``."""
        wanted = set(self.always)
        if self._automaton is not None:
            for word in {word for _, _, word in self._automaton.find_overlapping(text.lower())}:
                wanted.update(self._words[word])
        for number in wanted:
            found = self.patterns[number].search(text)
            if found is not None:
                yield number, found


class Book:
    """Fingerprints in force."""

    def __init__(self, fingerprints: Iterable[Fingerprint]) -> None:
        """Raises PatternError where a pattern cannot be used."""
        self.fingerprints = tuple(fingerprints)
        self._conditions: list[Condition] = []
        self._owners: list[int] = []
        self._parts: list[tuple[range, range, range]] = []
        self._indexes: dict[str, _Index] = {}
        for number, item in enumerate(self.fingerprints):
            self._parts.append(
                (self._take(number, item.any), self._take(number, item.all), self._take(number, item.none))
            )

    def name(self, kind: str, banner: str | bytes) -> tuple[Named, ...]:
        """What ``banner`` of ``kind`` names, the surest first."""
        return self.name_texts(texts_of(kind, banner))

    def name_texts(self, texts: Texts) -> tuple[Named, ...]:
        """What some texts that belong together name, the surest first."""
        found = self._named({kind: kind for kind in texts}, texts, 1.0)
        if not found and len(texts) == 1:
            (kind,) = texts
            for other in RELATED.get(kind, ()):
                found = found or self._named({kind: other}, texts, RELATED_SHARE)
            if not found and kind not in KINDS:
                found = self._named({kind: ""}, texts, UNKNOWN_SHARE)
        return tuple(item for _, item in sorted(found, key=lambda pair: pair[0]))

    def _take(self, owner: int, conditions: Iterable[Condition]) -> range:
        first = len(self._conditions)
        self._conditions += conditions
        self._owners += [owner] * (len(self._conditions) - first)
        return range(first, len(self._conditions))

    def _index(self, kind: str) -> _Index:
        """The index of a kind; of all kinds where it is empty."""
        if kind not in self._indexes:
            chosen = ((number, item) for number, item in enumerate(self._conditions) if not kind or kind in item.kinds)
            self._indexes[kind] = _Index(chosen)
        return self._indexes[kind]

    def _named(self, asked: dict[str, str], texts: Texts, share: float) -> list[tuple[tuple[object, ...], Named]]:
        hits: dict[int, _Hit] = {}
        for kind, other in asked.items():
            for number, found in self._index(other).hits(texts[kind]):
                hits.setdefault(number, _Hit(kind, found))
        owners = {self._owners[number] for number in hits}
        named = (self._judged(owner, hits, texts, share) for owner in owners)
        return [item for item in named if item is not None]

    def _judged(
        self, owner: int, hits: dict[int, _Hit], texts: Texts, share: float
    ) -> tuple[tuple[object, ...], Named] | None:
        """The product of one fingerprint, with its place in the order; None where it is not named."""
        choice, every, never = self._parts[owner]
        if any(number in hits for number in never) or not all(number in hits for number in every):
            return None
        weight = sum(self._conditions[number].weight for number in choice if number in hits)
        if len(choice) and weight < ENOUGH:
            return None
        item = self.fingerprints[owner]
        sure = round(min(item.confidence, weight if len(choice) else MOST) * share)
        mine = [hits[number] for number in (*choice, *every) if number in hits]
        best = next((hit for hit in mine if hit.found.version), mine[0])
        start, end, version, update, whole = best.found
        evidence = texts[best.kind][start : min(end, start + SHOWN)]
        shown = plain(evidence.decode("utf-8", "replace"))
        cpe = formatted(item.cpe, version, update, item.template)
        named = Named(item.id, item.name, item.cpe.vendor, item.cpe.product, whole, cpe, sure, best.kind, shown)
        order = (-sure, _ORDER.get(best.kind, len(_ORDER)), start, start - end, not version, item.id)
        return order, named
