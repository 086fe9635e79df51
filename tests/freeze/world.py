"""A whole small world on disk: keys, trust file, signed manifest, compiled policy, ledger, permits with real proofs.

Everything is made with the production formats and real signatures; only the policy is said in Python instead of YAML.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fakes import FakePolicy
from permits import request

from freeze.calendar.inherit import Reach
from freeze.in_force import codec_holidays, codec_rules, codec_scope
from freeze.in_force.codec import request_to_json
from freeze.in_force.compiled import ENGINE, FORMAT
from freeze.model import ChangeRequest
from zhongbao_core import codec
from zhongbao_core.approval.permit import PermitApproval, Proof, build_permit, bundle
from zhongbao_core.approval.sshsig import sign
from zhongbao_core.approval.statement import build
from zhongbao_core.approval.subject import NAMESPACES, Subject
from zhongbao_core.canonical import canonical, digest
from zhongbao_core.clock import iso
from zhongbao_core.keyfile import generate_key
from zhongbao_core.ledger.checkpoint import load_signer, sign_checkpoint
from zhongbao_core.ledger.journal import Journal
from zhongbao_core.manifest_build import add_signature, build_manifest
from zhongbao_core.people import PublicKey
from zhongbao_core.trust import Trust
from zhongbao_core.trustfile import read_trust

ORIGIN = "zhongbao.example/games"
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


class World:
    """``workspace`` and ``outside`` under ``base``; ``at`` is when the manifest was issued."""

    def __init__(self, base: Path, at: datetime, policy: FakePolicy, *, rehearsal: bool = True) -> None:
        self.base, self.at, self.rehearsal = base, at, rehearsal
        self.workspace, self.outside = base / "demo", base / "demo-outside"
        self.workspace.mkdir()
        (self.outside / "keys").mkdir(parents=True)
        (self.workspace / "zhongbao.yaml").write_text("format: zhongbao-workspace/1\n", "utf-8")
        self.lines = {name: self._key(name) for name in ("root-a", "root-b", "root-c", *policy.directory.persons)}
        self.ledger_line = generate_key(self.outside / "ledger.key", "ledger-1")
        self.policy = replace(policy, directory=self._with_keys(policy))
        self.trust_path = self._trust()
        self.version = 0
        self.compiled = self.adopt(self.policy)
        Journal.create(self.outside / "ledger.db", origin=ORIGIN, writer="desk", at=at).close()

    def _key(self, name: str) -> str:
        return generate_key(self.outside / "keys" / name, name)

    def _with_keys(self, policy: FakePolicy) -> Any:
        persons = policy.directory.persons
        signed = {
            name: replace(person, keys=(PublicKey(f"{name}-1", self.lines[name]),)) for name, person in persons.items()
        }
        return replace(policy.directory, persons=signed)

    def _trust(self) -> Path:
        keys = [{"id": name, "person": name, "line": self.lines[name]} for name in ("root-a", "root-b", "root-c")]
        body = {
            "format": "zhongbao-trust/1",
            "workspace": "demo",
            "root": {"version": 1, "threshold": 2, "tighten": 1, "keys": keys},
            "ledger": {
                "origin": ORIGIN,
                "keys": [{"id": "ledger-1", "line": self.ledger_line}],
                "path": "ledger.db",
                "key_file": "ledger.key",
            },
            "min_manifest": 1,
            "state": "state",
            "rehearsal": self.rehearsal,
        }
        path = self.outside / "trust.json"
        path.write_text(json.dumps(body), "utf-8")
        return path

    @property
    def trust(self) -> Trust:
        """The trust file as doors read it."""
        return read_trust(self.trust_path)

    def adopt(self, policy: FakePolicy, *, life: timedelta = 400 * DAY) -> bytes:
        """Compile ``policy`` and sign it as the next manifest."""
        self.version += 1
        self.policy = policy
        data = compiled_bytes(policy)
        name = digest(data).removeprefix("sha256:")[:16]
        (self.workspace / "compiled").mkdir(exist_ok=True)
        (self.workspace / "compiled" / f"policy-{name}.jsonl").write_bytes(data)
        manifest = build_manifest(
            self.workspace,
            workspace="demo",
            version=self.version,
            issued_at=self.at,
            valid_until=self.at + life,
            compiled=data,
            engine=ENGINE,
            event="games",
        )
        (self.workspace / "manifest.json").write_bytes(manifest)
        for root in ("root-a", "root-b"):
            armor = sign(self.outside / "keys" / root, manifest, NAMESPACES["manifest"])
            add_signature(self.workspace, "manifest.sigs", self.trust.root, manifest, armor, NAMESPACES["manifest"])
        self.manifest = f"{self.version}:{digest(manifest)}"
        return data

    def permit(
        self, start: datetime, *persons: str, work: ChangeRequest | None = None, name: str = "CR-games-0007-P1"
    ) -> Path:
        """A permit file for ``work``, approved by ``persons`` and issued an hour before ``start``."""
        work = work or request(start)
        content = canonical(request_to_json(work))
        what = Subject(
            "change",
            work.id,
            work.revision,
            digest(content),
            work.targets,
            work.start,
            work.end,
            work.event,
            work.nonce,
        )
        statement = build(
            what,
            purpose="approve",
            title=work.title,
            lines={"kind": work.kind},
            manifest=self.manifest,
            level="full",
            label="",
        )
        with Journal.open(self.outside / "ledger.db", writer="desk") as journal:
            approvals = [self._approve(journal, item, what, statement, start - 60 * MINUTE) for item in persons]
            text = build_permit(
                id=name,
                kind="change",
                statement=statement,
                request=content,
                approvals=approvals,
                level="full",
                rung="full-three",
                issued_at=start - 60 * MINUTE,
                not_before=start,
                expires_at=min(start + 120 * MINUTE, work.end),
                manifest=self.manifest,
                rehearsal=self.rehearsal,
            )
            body = {
                "permit": digest(text),
                "id": name,
                "expires_at": iso(min(start + 120 * MINUTE, work.end)),
                "not_before": iso(start),
            }
            body |= {"level": "full", "manifest": self.manifest}
            issued = journal.append("permit.issued", work.id, body, at=start - 60 * MINUTE, key=f"permit:{name}")
            places = [*(item.entry for item in approvals), issued.seq]
            proofs, note = self._prove(journal, places, start - 60 * MINUTE)
        path = self.base / f"{name}.json"
        path.write_bytes(bundle(text, proofs, note))
        return path

    def _approve(self, journal: Journal, person: str, what: Subject, statement: bytes, at: datetime) -> PermitApproval:
        armor = sign(self.outside / "keys" / person, statement, NAMESPACES["approve"])
        rank = self.policy.directory.persons[person].rank
        body = {
            "statement": digest(statement),
            "revision": what.revision,
            "person": person,
            "voice": person,
            "rank": rank,
            "assurance": "signed",
            "key_id": f"{person}-1",
            "signature": digest(armor.encode("utf-8")),
            "code": "",
            "registrar": "",
            "cosigner": "",
            "channel": "",
            "evidence": "",
            "confirm_by": "",
        }
        entry = journal.append("approval.recorded", what.id, body, at=at)
        return PermitApproval(person, person, rank, "signed", f"{person}-1", entry.time, entry.seq, armor)

    def _prove(self, journal: Journal, places: Sequence[int], at: datetime) -> tuple[tuple[Proof, ...], str]:
        head = journal.head()
        signer = load_signer(self.outside / "ledger.key", ORIGIN)
        note = sign_checkpoint(signer, head.size, head.root, head.time)
        proofs = tuple(
            Proof(journal.entry(seq).raw, seq, tuple(journal.inclusion(seq, head.size))) for seq in sorted(places)
        )
        return proofs, note

    def arguments(self, *more: str) -> list[str]:
        """Global options of this world, then ``more``."""
        return ["--workspace", str(self.workspace), "--trust", str(self.trust_path), *more]


def compiled_bytes(policy: FakePolicy) -> bytes:
    """``policy`` in the compiled format, as a door reads it."""
    reach = Reach(policy.systems(), policy.windows())
    header = {
        "format": FORMAT,
        "engine": ENGINE,
        "zone": policy.zone,
        "company": {"zh": "示例", "en": "Example"},
        "workspace": "demo",
    }
    sections: Mapping[str, Any] = {
        "header": header,
        "event": codec.event_to_json(policy.event) if policy.event else None,
        "people": codec.directory_to_json(policy.directory),
        "treatments": [codec_rules.treatment_to_json(item) for item in policy.treatments],
        "ladder": [codec_rules.rung_to_json(item) for item in policy.ladder],
        "catalogue": [codec_rules.standard_to_json(item) for item in policy.catalogue.values()],
        "exemptions": [codec_rules.exemption_to_json(item) for item in policy.exemptions],
        "doors": [codec_rules.door_to_json(item) for item in policy.doors.values()],
        "breakglass": codec_rules.breakglass_to_json(policy.breakglass),
        "holidays": codec_holidays.holidays_to_json(policy.holidays),
        "everywhere": [item.id for item in reach.everywhere],
    }
    rows: list[list[Any]] = [[name, value] for name, value in sections.items()]
    rows += [["window", item.id, codec_scope.window_to_json(item)] for item in policy.windows()]
    for system in policy.systems():
        hits = [[hit.window.id, list(hit.via)] for hit in reach.hits(system.id)]
        rows.append(["system", system.id, {**codec_scope.system_to_json(system), "windows": hits}])
    return b"".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n" for row in rows)
