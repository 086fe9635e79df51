"""A realm: one workspace, five root keys of four persons, a trust file outside, and the means to sign."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from zhongbao_core.amend_build import sign_amendment, stage_amendment
from zhongbao_core.amendments import build_amendment
from zhongbao_core.approval.sshsig import sign
from zhongbao_core.keyfile import generate_key
from zhongbao_core.manifest_build import build_manifest
from zhongbao_core.trust import Trust, VerifiedManifest, load_trust, verify_manifest

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
PEOPLE = {"root-a": "chen", "root-b": "wang", "root-c": "li", "root-c2": "li", "stranger": "nobody"}


class Realm:
    """Everything a trust test needs, on disk, with real keys."""

    def __init__(self, base: Path) -> None:
        self.base, self.ws, self.out = base, base / "ws", base / "outside"
        self.ws.mkdir()
        self.out.mkdir()
        (self.ws / "zhongbao.yaml").write_text("id: acme\n", encoding="utf-8")
        (self.ws / "freeze").mkdir()
        (self.ws / "freeze" / "windows.yaml").write_text("windows: []\n", encoding="utf-8")
        self.lines = {name: generate_key(self.out / name, name) for name in PEOPLE}
        self.write_trust()

    @property
    def trust_path(self) -> Path:
        return self.out / "trust.json"

    def trust_body(self) -> dict[str, Any]:
        keys = [
            {"id": name, "person": person, "line": self.lines[name]}
            for name, person in PEOPLE.items()
            if name != "stranger"
        ]
        return {
            "format": "zhongbao-trust/1",
            "workspace": "acme",
            "root": {"version": 1, "threshold": 2, "tighten": 1, "keys": keys},
            "ledger": {"origin": "test.example/acme", "keys": [{"id": "ledger-1", "line": self.lines["stranger"]}]},
            "min_manifest": 1,
            "state": "state",
            "rehearsal": True,
        }

    def write_trust(self, **changed: Any) -> None:
        self.trust_path.write_text(json.dumps({**self.trust_body(), **changed}), encoding="utf-8")
        self.trust_path.chmod(0o644)

    def trust(self) -> Trust:
        return load_trust(self.trust_path, self.ws)

    def manifest(self, version: int = 1, *, by: Sequence[str] = ("root-a", "root-b"), **changed: Any) -> bytes:
        """Build, sign and put in place a manifest; return its bytes."""
        fields: dict[str, Any] = {
            "workspace": "acme",
            "version": version,
            "issued_at": AT - timedelta(hours=1),
            "valid_until": AT + timedelta(hours=23),
            "compiled": b"compiled",
            "event": "games",
        }
        data = build_manifest(self.ws, **{**fields, **changed})
        (self.ws / "manifest.json").write_bytes(data)
        self.sign("manifest.sigs", data, by)
        return data

    def sign(self, sigs: str, data: bytes, by: Sequence[str], namespace: str = "manifest@zhongbao") -> None:
        """Replace the signatures in ``sigs`` by those of ``by``."""
        folder = self.ws / sigs
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for name in by:
            (folder / f"{name}.sig").write_text(sign(self.out / name, data, namespace), encoding="ascii")

    def verify(self, at: datetime = AT) -> VerifiedManifest:
        return verify_manifest(self.ws, self.trust(), at)

    def amend(self, kind: str, *by: str, at: datetime = AT, **aim: Any) -> bytes:
        """Build, stage and sign an amendment to the manifest in force."""
        manifest = self.verify(at)
        data = build_amendment(manifest, kind=kind, reason="weather", at=at, **aim)  # type: ignore[arg-type]
        stage_amendment(self.ws, data)
        for name in by:
            sign_amendment(self.ws, manifest.root, sign(self.out / name, data, "amendment@zhongbao"))
        return data
