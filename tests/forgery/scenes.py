"""Two worlds with the same names and different keys: the company's, and the one an asker builds to look like it.

The company's world is made once with real keys, a real ledger and a real permit; every test gets a copy of it to harm.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fakes import FakePolicy, deny, utc
from permits import FULL, FULL_BOARD, request
from world import World

from zhongbao.__main__ import run
from zhongbao_core.amend_build import sign_amendment, stage_amendment
from zhongbao_core.amendments import build_amendment
from zhongbao_core.approval.sshsig import sign
from zhongbao_core.approval.subject import NAMESPACES
from zhongbao_core.canonical import canonical
from zhongbao_core.trust import load_trust, verify_manifest

ISSUED = utc("2026-11-15 12:00")
START = FULL + timedelta(hours=2)
NOW = START + timedelta(minutes=5)
ARTIFACT = "sha256:" + "a" * 64


@dataclass
class Scene:
    """A copy of the company's world, the asker's own world, and a door to knock at."""

    ws: Path
    out: Path
    permit: Path
    other: Path
    """A second good permit of the company, for another request."""
    enemy: World
    """The asker's world: its own root, ledger and approver keys under the company's names."""
    read: Callable[[], tuple[str, str]]

    @property
    def trust(self) -> Path:
        return self.out / "trust.json"

    def words(
        self, *more: str, permit: bool = True, at: datetime = NOW, offline: bool = True, trust: str | None = "company's"
    ) -> list[str]:
        """The company's call of its door; the asker changes files, never these words."""
        named = str(self.trust) if trust == "company's" else trust
        words = ["--workspace", str(self.ws), *(["--trust", named] if named else []), "freeze", "gate"]
        words += ["--format", "json", "-s", "portal", "-k", "release", "--duration", "30m", "--at", at.isoformat()]
        words += [] if "--bind" in more else ["--bind", f"artifact:app={ARTIFACT}"]
        words += ["--permit", str(self.permit)] if permit else []
        words += ["--offline", "--receipt-dir", str(self.out / "receipts")] if offline else []
        return [*words, *more]

    def gate(self, *more: str, **how: Any) -> tuple[int, str]:
        """Exit code and reason code of the door; see ``words``."""
        code = run(self.words(*more, **how))
        out, err = self.read()
        assert "Traceback" not in err and "unexpected error" not in err and "内部错误" not in err, err
        return code, reason_of(out, err)

    def edit(self, name: str, change: Callable[[Any], object]) -> None:
        """Change a JSON file of the workspace as text editors would, and write it in canonical form."""
        path = self.ws / name
        value = json.loads(path.read_bytes())
        change(value)
        path.write_bytes(canonical(value))

    def root_signs(self, data: bytes, sigs: str, *names: str, purpose: str = "manifest", own: bool = True) -> None:
        """Signatures by root keys of the company (``own``) or of the asker, under the names the door looks for."""
        keys = (self.out if own else self.enemy.outside) / "keys"
        folder = self.ws / sigs
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        for name in names:
            (folder / f"{name}.sig").write_text(sign(keys / name, data, NAMESPACES[purpose]), encoding="ascii")

    def amend(self, kind: str, *names: str, at: datetime = NOW, **aim: Any) -> bytes:
        """A lawful amendment, made and signed by the company's root keys."""
        trust = load_trust(self.trust, self.ws)
        manifest = verify_manifest(self.ws, trust, at)
        data = build_amendment(manifest, kind=kind, reason="r", at=at, **aim)  # type: ignore[arg-type]
        stage_amendment(self.ws, data)
        for name in names:
            armor = sign(self.out / "keys" / name, data, NAMESPACES["amendment"])
            sign_amendment(self.ws, manifest.root, armor)
        return data

    def trust_says(self, **changed: Any) -> None:
        """What the owner of the door writes into the trust file (never the asker)."""
        body = json.loads(self.trust.read_bytes())
        self.trust.write_text(json.dumps({**body, **changed}), encoding="utf-8")


def reason_of(out: str, err: str) -> str:
    """The reason code of a decision on stdout, or of an error on stderr."""
    if out.strip():
        return str(json.loads(out)["reason_code"])
    return err.rsplit("[", 1)[1].split("]")[0] if "[" in err else f"no reason in {err!r}"


def _policy() -> FakePolicy:
    return FakePolicy(all_windows=(deny("NIGHT", "2026-11-15 00:00", "2026-11-25 00:00"),))


@dataclass
class Origin:
    """The worlds as made, never harmed."""

    company: World
    enemy: World
    permit: Path
    other: Path


def make_origin(company_base: Path, enemy_base: Path) -> Origin:
    """Both worlds, made with real keys; two permits of the company, one of the asker's to himself."""
    company, enemy = World(company_base, ISSUED, _policy()), World(enemy_base, ISSUED, _policy())
    work = request(START, binds={"artifact:app": ARTIFACT})
    earlier = START - timedelta(hours=2)
    first = replace(work, id="CR-games-0006", nonce="m" * 26, title="另一项变更", start=earlier)
    other = company.permit(earlier, *FULL_BOARD, work=first, name="CR-games-0006-P1")
    permit = company.permit(START, *FULL_BOARD, work=work)
    enemy.permit(START, *FULL_BOARD, work=work)
    return Origin(company, enemy, permit, other)
