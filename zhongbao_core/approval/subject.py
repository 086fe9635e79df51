"""The Subject (标的): what is to be approved, bound to the digest of its exact content."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from zhongbao_core.clock import iso, parse_instant

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from zhongbao_core.record import dataclass

NAMESPACES = {
    "approve": "approve@zhongbao",
    "confirm": "confirm@zhongbao",
    "reject": "reject@zhongbao",
    "attest": "attest@zhongbao",
    "picture-seen": "picture-seen@zhongbao",
    "manifest": "manifest@zhongbao",
    "root": "root@zhongbao",
    "amendment": "amendment@zhongbao",
    "permit": "permit@zhongbao",
}
"""SSHSIG namespace by purpose: a signature made for one never counts for another."""


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """One system in one environment; what a permit is bound to."""

    system: str
    environment: str

    def __str__(self) -> str:
        return f"{self.system}/{self.environment}"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is approved. ``digest`` is that of the canonical content; ``nonce`` is new for each revision."""

    kind: str
    """``change``, ``breakglass``, ``policy``, ``post``, ``sheet``; later ``scan``."""
    id: str
    revision: int
    digest: str
    targets: tuple[Target, ...]
    start: datetime
    """Start of the span the approval is for."""
    end: datetime
    """End of the whole span: execution, rollback and observation."""
    event: str
    nonce: str

    def as_json(self) -> dict[str, Any]:
        """The subject as it stands in statements, permits and ledger bodies."""
        return {
            "kind": self.kind,
            "id": self.id,
            "revision": self.revision,
            "digest": self.digest,
            "targets": [{"environment": item.environment, "system": item.system} for item in self.targets],
            "start": iso(self.start),
            "end": iso(self.end),
            "event": self.event,
            "nonce": self.nonce,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Subject:
        """The subject in ``value``. Raises KeyError, TypeError or ZhongbaoError where it is not one."""
        return cls(
            kind=str(value["kind"]),
            id=str(value["id"]),
            revision=int(value["revision"]),
            digest=str(value["digest"]),
            targets=tuple(Target(str(item["system"]), str(item["environment"])) for item in value["targets"]),
            start=parse_instant(value["start"]),
            end=parse_instant(value["end"]),
            event=str(value["event"]),
            nonce=str(value["nonce"]),
        )
