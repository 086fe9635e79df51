"""CPE 2.3 names: the formatted string, bound as NISTIR 7695 says."""

from __future__ import annotations

from functools import lru_cache

from exposure_scan.fingerprint.model import Cpe

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")


def formatted(cpe: Cpe, version: str = "", update: str = "", template: str = "") -> str:
    """``cpe:2.3:a:openbsd:openssh:9.2:p1:*:*:*:*:*:*``; what is not known is ``*``."""
    if template:
        return template.replace("{version}", bound(version)).replace("{update}", bound(update))
    head = ":".join(("cpe:2.3", cpe.part, bound(cpe.vendor), bound(cpe.product), bound(version), bound(update)))
    return head + ":*" * 6


@lru_cache(maxsize=4096)
def bound(value: str) -> str:
    """One attribute of a CPE name: small letters, other characters behind a backslash, ``*`` where nothing is known."""
    if not value:
        return "*"
    if value == "-":
        return "\\-"
    small = "_".join(value.lower().split())
    return "".join(char if char in _PLAIN else f"\\{char}" for char in small if char.isascii())
