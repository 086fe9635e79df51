"""One thing is said once: of hits of one category at one place the strictest and longest stays. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from content_audit.model import Hit


def uncovered(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """``hits`` without those that lie inside a hit of the same category that is at least as strict."""
    return tuple(hit for hit in hits if not any(_covers(other, hit) for other in hits if other is not hit))


def _covers(other: Hit, hit: Hit) -> bool:
    if (other.category, other.passage) != (hit.category, hit.passage) or hit.passage < 0:
        return False
    inside = other.start <= hit.start and hit.end <= other.end
    same = (other.start, other.end) == (hit.start, hit.end)
    if not inside or other.verdict < hit.verdict:
        return False
    return not same or (-other.verdict, other.rule) < (-hit.verdict, hit.rule)
