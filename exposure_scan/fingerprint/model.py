"""Fingerprints: what must stand where for a product to be named, and the cases each keeps."""

from __future__ import annotations

from typing import NamedTuple

ENOUGH = 50
"""Weight that names a product."""
MOST = 100
"""Highest weight and confidence."""


class Condition(NamedTuple):
    """A pattern that is looked for in texts of ``kinds``; ``weight`` counts where it is one of several."""

    kinds: tuple[str, ...]
    pattern: str
    weight: int = MOST


class Cpe(NamedTuple):
    """Part, vendor and product by their names in the CPE 2.3 dictionary."""

    part: str
    vendor: str
    product: str

    @property
    def key(self) -> str:
        """``vendor:product``."""
        return f"{self.vendor}:{self.product}"


class Case(NamedTuple):
    """A text of one kind that the fingerprint names with ``version``, or (``named`` false) does not name."""

    kind: str
    banner: str
    named: bool = True
    version: str = ""


class Fingerprint(NamedTuple):
    """A product and what says so: each of ``all``, none of ``none``, and of ``any`` enough by weight."""

    id: str
    name: str
    cpe: Cpe
    any: tuple[Condition, ...]
    all: tuple[Condition, ...] = ()
    none: tuple[Condition, ...] = ()
    confidence: int = 95
    template: str = ""
    """A CPE name with ``{version}`` and ``{update}`` where the usual one does not do."""
    cases: tuple[Case, ...] = ()
    file: str = ""


class Named(NamedTuple):
    """A product that was recognised, and the text that said so."""

    fingerprint: str
    name: str
    vendor: str
    product: str
    version: str
    cpe: str
    confidence: int
    kind: str
    evidence: str
    """The piece of the text that matched, control characters made visible."""
