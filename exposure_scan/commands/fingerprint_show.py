"""What was named, as a line for people or for machines."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from exposure_scan.commands.fingerprint_rows import Row
from exposure_scan.fingerprint.model import Named
from zhongbao_core.settings import Settings
from zhongbao_core.text import Text, escape

Show = Callable[[Settings, Row, Sequence[Named]], str]


def as_text(settings: Settings, row: Row, named: Sequence[Named]) -> str:
    """``name version  cpe  confidence  kind: evidence``, one line a product."""
    if not named:
        unread = row.banner is None
        said = Text("无法读取", "cannot be read") if unread else Text("未能识别", "not recognised")
        return f"{row.number}: {settings.say(said)}"
    return "\n".join(f"{row.number}: {_line(item)}" for item in named)


def as_jsonl(settings: Settings, row: Row, named: Sequence[Named]) -> str:
    """One JSON line a row: the surest product, and the others under ``also``."""
    body: dict[str, Any] = {"line": row.number, "kind": row.kind, **body_of(named[0] if named else None)}
    if row.id is not None:
        body["id"] = row.id
    if row.banner is None:
        body["error"] = "not a row"
    body["also"] = [body_of(item) for item in named[1:]]
    return json.dumps(body, ensure_ascii=False)


def body_of(named: Named | None) -> dict[str, Any]:
    """The fields of one product; null where nothing was named."""
    if named is None:
        return dict.fromkeys(("vendor", "product", "version", "cpe"), None) | {"confidence": 0, "evidence": None}
    return {
        "vendor": named.vendor,
        "product": named.product,
        "version": named.version or None,
        "cpe": named.cpe,
        "confidence": named.confidence,
        "evidence": named.evidence,
        "name": named.name,
        "seen_in": named.kind,
        "fingerprint": named.fingerprint,
    }


def _line(named: Named) -> str:
    said = f"{named.name} {named.version}".rstrip()
    return f"{escape(said, 'terminal')}  {named.cpe}  {named.confidence}%  {named.kind}: {named.evidence}"


RENDERERS: Mapping[str, Show] = {"text": as_text, "jsonl": as_jsonl}
"""Output formats of rows."""
