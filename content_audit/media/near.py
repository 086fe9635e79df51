"""How near two likenesses are. Imports nothing: it stands on a gate's path."""

from __future__ import annotations

LIKE = 6
"""Bits in which hashes of one picture, scaled or compressed again, may differ."""


def distance(one: str, other: str, missing: int = 64) -> int:
    """In how many bits two hashes differ; ``missing`` where one of them is not there."""
    return (int(one, 16) ^ int(other, 16)).bit_count() if one and other else missing
