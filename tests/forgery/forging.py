"""What the asker's hands can do to a permit: open it, change it in any place, close it again, or rebuild it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from zhongbao_core.canonical import canonical, digest

Change = Callable[[dict[str, Any]], object]


def outer(path: Path, change: Change) -> None:
    """Change the outer layer of a permit file: proofs, checkpoint."""
    value = json.loads(path.read_bytes())
    change(value)
    path.write_bytes(canonical(value))


def inner(path: Path, change: Change) -> None:
    """Change the permit's own text."""

    def both(value: dict[str, Any]) -> None:
        body = json.loads(value["permit"])
        change(body)
        value["permit"] = canonical(body).decode("utf-8")

    outer(path, both)


def within(path: Path, layer: str, change: Change) -> None:
    """Change the ``statement`` or the ``request`` inside the permit's text."""

    def deeper(body: dict[str, Any]) -> None:
        value = json.loads(body[layer])
        change(value)
        body[layer] = canonical(value).decode("utf-8")

    inner(path, deeper)


def consistent(path: Path, change: Change) -> None:
    """Change the request and carry its new digest through subject, statement and entries, as a careful forger would."""

    def all_of_it(value: dict[str, Any]) -> None:
        body = json.loads(value["permit"])
        asked = json.loads(body["request"])
        change(asked)
        body["request"] = canonical(asked).decode("utf-8")
        statement = json.loads(body["statement"])
        statement["subject"]["digest"] = digest(body["request"].encode("utf-8"))
        body["statement"] = canonical(statement).decode("utf-8")
        value["permit"] = canonical(body).decode("utf-8")
        said = digest(body["statement"].encode("utf-8"))
        for proof in value["proofs"]:
            entry = json.loads(proof["entry"])
            entry["body"].update({name: said for name in ("statement",) if name in entry["body"]})
            entry["body"].update({"permit": digest(value["permit"].encode())} if "permit" in entry["body"] else {})
            proof["entry"] = canonical(entry).decode("utf-8")

    outer(path, all_of_it)


def reprove(path: Path) -> None:
    """Let the ``permit.issued`` entry name the permit's new digest, leaving its old proof to stand for it."""

    def entry(value: dict[str, Any]) -> None:
        for proof in value["proofs"]:
            said = json.loads(proof["entry"])
            if "permit" in said["body"]:
                said["body"]["permit"] = digest(value["permit"].encode("utf-8"))
            proof["entry"] = canonical(said).decode("utf-8")

    outer(path, entry)


def flip(text: str) -> str:
    """Base64 text with one bit of its middle byte turned."""
    data = bytearray(base64.b64decode(text))
    data[len(data) // 2] ^= 1
    return base64.b64encode(bytes(data)).decode("ascii")
