"""Near misses of a phrase in a text: stretches that differ from it in at most a few characters."""

from __future__ import annotations

from collections.abc import Iterator

from content_audit.audit.reading import Span


def near_misses(phrase: str, text: str, most: int) -> Iterator[Span]:
    """Stretches of ``text`` within 1 to ``most`` edits of ``phrase`` that begin and end with what belongs to it.

    One of ``most + 1`` pieces of the phrase must stand in the text unchanged, so only the places around pieces are
    compared.
    """
    if most <= 0 or len(phrase) < 2 * (most + 1):
        return
    seen: set[int] = set()
    for offset, piece in _pieces(phrase, most + 1):
        at = text.find(piece)
        while at >= 0:
            start = max(0, at - offset - most)
            if start not in seen:
                seen.add(start)
                found = _best(phrase, text, start, at - offset + len(phrase) + most, most)
                if found is not None:
                    yield found
            at = text.find(piece, at + 1)


def distance(left: str, right: str) -> int:
    """How many characters must be put in, taken out or changed to make ``left`` of ``right``."""
    row = list(range(len(right) + 1))
    for number, char in enumerate(left, 1):
        corner, row[0] = row[0], number
        for place, other in enumerate(right, 1):
            corner, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, corner + (char != other))
    return row[-1]


def _pieces(phrase: str, count: int) -> Iterator[tuple[int, str]]:
    size, rest = divmod(len(phrase), count)
    at = 0
    for number in range(count):
        end = at + size + (number < rest)
        yield at, phrase[at:end]
        at = end


def _best(phrase: str, text: str, start: int, stop: int, most: int) -> Span | None:
    """The closest stretch that begins near ``start``; None where it is the phrase itself or too far off."""
    found: list[tuple[int, int, Span]] = []
    for begin in range(start, min(start + 2 * most + 1, len(text))):
        for end in range(begin + len(phrase) - most, min(stop, len(text), begin + len(phrase) + most) + 1):
            stretch = text[begin:end]
            gap = distance(phrase, stretch)
            if gap == 0:
                return None
            if gap <= most and stretch[0] == phrase[0] and stretch[-1] == phrase[-1]:
                found.append((gap, abs(len(stretch) - len(phrase)), Span(begin, end)))
    return min(found)[2] if found else None
