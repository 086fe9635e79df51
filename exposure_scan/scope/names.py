"""Names of hosts: one ASCII form for each, and suffixes that end at a dot."""

from __future__ import annotations

import re
from encodings import idna

LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
MAX_NAME = 253
DEVIATING = frozenset("ßς\u200c\u200d")
"""Characters that the two versions of IDNA read differently: the name asked for would depend on the reader."""
DOTS = str.maketrans("。．｡", "...")
"""Every dot that IDNA takes for a dot."""


def ascii_name(text: str) -> str | None:
    """``text`` as the name that is asked for: lower case, A-labels, no final dot. None where it is no name."""
    host = text.translate(DOTS).removesuffix(".")
    labels = [_label(label) for label in host.split(".")]
    if not all(labels):
        return None
    name = ".".join(label for label in labels if label)
    return name if len(name) <= MAX_NAME else None


def covers(pattern: str, name: str) -> bool:
    """Whether ``pattern`` speaks of ``name``: itself, or with ``*.`` before it everything below it, not itself."""
    if pattern.startswith("*."):
        return name.endswith(pattern[1:])
    return name == pattern


def shown(name: str) -> str:
    """``name`` for people: its labels in their own script where that comes back to the same ASCII."""
    return ".".join(_unicode(label) for label in name.split("."))


def _label(label: str) -> str | None:
    """One label in ASCII; None where it is no label, or an A-label that nobody could have made."""
    if label.isascii():
        lower = label.lower()
        if LABEL.fullmatch(lower) is None or (lower[2:4] == "--" and not lower.startswith("xn--")):
            return None
        return lower if not lower.startswith("xn--") or _unicode(lower) != lower else None
    if DEVIATING & set(label):
        return None
    try:
        made = idna.ToASCII(label).decode("ascii").lower()
    except UnicodeError:
        return None
    return made if LABEL.fullmatch(made) else None


def _unicode(label: str) -> str:
    """``label`` in its own script; itself where it is ASCII or would not come back."""
    if not label.startswith("xn--"):
        return label
    try:
        wide = idna.ToUnicode(label)
        return wide if not DEVIATING & set(wide) and idna.ToASCII(wide).decode("ascii").lower() == label else label
    except UnicodeError:
        return label
