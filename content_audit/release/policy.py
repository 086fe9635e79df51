"""The content audit's compiled policy: event, persons and registers, as one file whose digest the manifest names.

Stands on a gate's path: no YAML, no pydantic.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from content_audit.audit.registers import Registers
from content_audit.release.register_codec import registers_from_json, registers_to_json
from zhongbao_core.amended import AmendmentLike, amend_event
from zhongbao_core.canonical import canonical
from zhongbao_core.codec import directory_from_json, directory_to_json, event_from_json, event_to_json
from zhongbao_core.errors import TrustError
from zhongbao_core.event import Event
from zhongbao_core.people import Directory
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from zhongbao_core.record import dataclass

FORMAT = "zhongbao-content-policy/1"
ENGINE = 1
"""Raised whenever the same workspace would compile to other bytes, or the same bytes be read otherwise."""
KIND = "content"
"""Its name in the manifest, and the beginning of its file's name."""


@dataclass(frozen=True, slots=True)
class ContentPolicy:
    """What the release of posts is decided by, verified; amendments of the event applied."""

    workspace: str
    company: Text
    zone: str
    event: Event | None
    directory: Directory
    registers: Registers
    manifest: str = ""

    def to_bytes(self) -> bytes:
        """The compiled file: the same policy gives the same bytes."""
        body = {
            "format": FORMAT,
            "engine": ENGINE,
            "workspace": self.workspace,
            "company": self.company.as_json(),
            "zone": self.zone,
            "event": event_to_json(self.event) if self.event else None,
            "people": directory_to_json(self.directory),
            "registers": registers_to_json(self.registers),
        }
        return canonical(body) + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes, *, manifest: str = "", amendments: Sequence[AmendmentLike] = ()) -> ContentPolicy:
        """The policy in ``data``, whose digest the caller has checked against the manifest ``manifest``.

        Raises TrustError POLICY_UNVERIFIED for another format or engine, AMENDMENT_INVALID where an amendment does
        not fit the event.
        """
        try:
            found = _read(json.loads(data), manifest)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise _broken(f"{type(error).__name__}: {error}") from error
        event = amend_event(found.event, [item for item in amendments if "phase" in item.body])
        return cls(found.workspace, found.company, found.zone, event, found.directory, found.registers, manifest)


def _read(value: Any, manifest: str) -> ContentPolicy:
    if value["format"] != FORMAT or value["engine"] != ENGINE:
        raise ValueError(f"not {FORMAT} of engine {ENGINE}")
    return ContentPolicy(
        workspace=value["workspace"],
        company=Text(value["company"]["zh"], value["company"]["en"]),
        zone=value["zone"],
        event=event_from_json(value["event"]) if value["event"] is not None else None,
        directory=directory_from_json(value["people"]),
        registers=registers_from_json(value["registers"]),
        manifest=manifest,
    )


def _broken(why: str) -> TrustError:
    return TrustError(
        Text(f"编译后的内容策略无法读取：{why}", f"the compiled content policy cannot be read: {why}"),
        Text("执行 zhongbao compile，并重新签发策略清单", "run zhongbao compile and sign the manifest again"),
        reason_code="POLICY_UNVERIFIED",
    )
