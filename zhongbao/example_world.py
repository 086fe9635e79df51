"""What stands outside the example workspace: keys, trust file, ledger, cards; and the signed manifest inside it.

Everything is made with the production functions; only the trust file says ``rehearsal``, so that ``--at`` may be used
and every answer says 演练. The private keys are new each time and worth nothing outside the example.
"""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

from freeze.authoring.compiler import compile_workspace
from freeze.in_force.compiled import ENGINE, CompiledPolicy
from zhongbao.templating import copy_template
from zhongbao.trust_adopt import record
from zhongbao.trust_prepare import parts_of
from zhongbao_core.approval.codes import SEALED_BITS, issue
from zhongbao_core.approval.signing import sign
from zhongbao_core.approval.subject import NAMESPACES
from zhongbao_core.canonical import digest
from zhongbao_core.compiled_file import file_name
from zhongbao_core.keyfile import generate_key
from zhongbao_core.ledger.journal import Journal
from zhongbao_core.manifest_build import Part, add_signature, build_manifest
from zhongbao_core.trust import VerifiedManifest, verify_manifest
from zhongbao_core.trustfile import Trust, read_trust

WORKSPACE = "games-2026"
ORIGIN = "zhongbao.example/games-2026"
LIFE = timedelta(days=90)
"""How long the example's manifest is good: it must outlast a rehearsal of the whole event."""
ROOTS = ("chen-jun", "huang-min", "xu-jing")
SEALED = 2


class World:
    """The example on disk: ``workspace`` and ``outside``, made at the instant ``at``."""

    def __init__(self, workspace: Path, outside: Path, at: datetime) -> None:
        self.workspace, self.outside, self.at = workspace, outside, at
        for name in ("keys", "cards", "checkpoints", "state"):
            (outside / name).mkdir()
        os.chmod(outside / "keys", 0o700)  # noqa: PTH101 the same call on a Path is no clearer

    def build(self, persons: list[str]) -> tuple[Trust, VerifiedManifest, CompiledPolicy]:
        """Everything but the story: files, keys, trust file, manifest in force, an empty ledger."""
        lines = {name: generate_key(self.key(name), name) for name in persons}
        copy_template("example", self.workspace, self._values(lines))
        trust = self._trust()
        compiled = compile_workspace(self.workspace)
        parts = parts_of(self.workspace)
        self._keep(compiled, parts)
        self._sign(trust, compiled, parts)
        manifest = verify_manifest(self.workspace, trust, self.at)
        policy = CompiledPolicy.from_bytes(compiled, manifest=manifest.label)
        with Journal.create(self.outside / "ledger.db", origin=ORIGIN, writer="desk", at=self.at) as journal:
            record(journal, manifest, WORKSPACE, self.at)
        return trust, manifest, policy

    def key(self, name: str) -> Path:
        """Where the private key of a person lies."""
        return self.outside / "keys" / name

    def write_private(self, name: str, text: str) -> None:
        """A file outside that only its owner reads."""
        handle = os.open(self.outside / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)

    def _values(self, lines: dict[str, str]) -> dict[str, str]:
        sealed = issue(SEALED, self.at, bits=SEALED_BITS)
        said = "".join(f"{number}. {code}\n" for number, code in enumerate(sealed.codes, start=1))
        self.write_private(
            "cards/sealed.txt", f"应急放行封存授权码（演练） / sealed break-glass codes (rehearsal)\n{said}"
        )
        hashes = "".join(f'\n  - "{value}"' for value in sealed.hashes)
        return {**{f"@KEY:{name}@": line for name, line in lines.items()}, "@SEALED@": hashes}

    def _trust(self) -> Trust:
        roots = [
            {"id": f"root-{name}", "person": name, "line": generate_key(self.key(f"root-{name}"), f"root-{name}")}
            for name in ROOTS
        ]
        ledger = generate_key(self.outside / "ledger.key", "ledger-1")
        body = {
            "format": "zhongbao-trust/1",
            "workspace": WORKSPACE,
            "root": {"version": 1, "threshold": 2, "tighten": 1, "keys": roots},
            "ledger": {
                "origin": ORIGIN,
                "keys": [{"id": "ledger-1", "line": ledger}],
                "path": "ledger.db",
                "key_file": "ledger.key",
            },
            "min_manifest": 1,
            "state": "state",
            "rehearsal": True,
        }
        path = self.outside / "trust.json"
        path.write_text(json.dumps(body, ensure_ascii=False, indent=2) + "\n", "utf-8")
        return read_trust(path)

    def _keep(self, compiled: bytes, parts: dict[str, Part]) -> None:
        folder = self.workspace / "compiled"
        folder.mkdir()
        (folder / file_name(digest(compiled))).write_bytes(compiled)
        for kind, part in parts.items():
            (folder / file_name(digest(part.data), kind)).write_bytes(part.data)

    def _sign(self, trust: Trust, compiled: bytes, parts: dict[str, Part]) -> None:
        data = build_manifest(
            self.workspace,
            workspace=WORKSPACE,
            version=1,
            issued_at=self.at,
            valid_until=self.at + LIFE,
            compiled=compiled,
            engine=ENGINE,
            event=WORKSPACE,
            parts=parts,
        )
        (self.workspace / "manifest.json").write_bytes(data)
        for name in ROOTS[:2]:
            armor = sign(self.key(f"root-{name}"), data, NAMESPACES["manifest"])
            add_signature(self.workspace, "manifest.sigs", trust.root, data, armor, NAMESPACES["manifest"])
