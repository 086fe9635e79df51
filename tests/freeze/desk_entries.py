"""Ledger entries about one request, built by hand: what the pure state machine is fed with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from zhongbao_core.approval.subject import Subject, Target
from zhongbao_core.clock import iso

T0 = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CR = "CR-games-0001"


@dataclass(frozen=True)
class Entry:
    seq: int
    time: datetime
    kind: str
    ref: str
    body: Mapping[str, Any] = field(default_factory=dict)


def minutes(count: float) -> datetime:
    return T0 + timedelta(minutes=count)


class Tape:
    """Entries one after another, numbered as a ledger would."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def add(self, kind: str, at: datetime, body: Mapping[str, Any], ref: str = CR) -> Entry:
        entry = Entry(len(self.entries), at, kind, ref, body)
        self.entries.append(entry)
        return entry

    def submit(self, at: datetime = T0, revision: int = 1, nonce: str = "", hours: int = 10) -> Entry:
        subject = Subject(
            kind="change",
            id=CR,
            revision=revision,
            digest=f"sha256:{revision:064d}",
            targets=(Target("core-db", "prod"),),
            start=T0 + timedelta(hours=1),
            end=T0 + timedelta(hours=hours),
            event="games",
            nonce=nonce or f"nonce-{revision}",
        )
        body = {
            "revision": revision,
            "request": subject.digest,
            "statement": f"statement-{revision}",
            "applicant": "li",
            "executor": "wang",
            "verifier": "zhao",
            "subject": subject.as_json(),
            "nonce": subject.nonce,
        }
        return self.add("request.submitted", at, body)

    def word(self, person: str, at: datetime, kind: str = "approval.recorded", **more: Any) -> Entry:
        revision = more.pop("revision", 1)
        body = {
            "revision": revision,
            "statement": f"statement-{revision}",
            "person": person,
            "voice": more.pop("voice", person),
            "rank": "manager",
            "assurance": "signed",
        }
        return self.add(kind, at, {**body, **more})

    def issue(self, at: datetime, permit: str = "P-1", life: int = 120) -> Entry:
        body = {
            "id": permit,
            "permit": f"digest-of-{permit}",
            "level": "full",
            "not_before": iso(at),
            "expires_at": iso(at + timedelta(minutes=life)),
            "manifest": "1:sha256:00",
        }
        return self.add("permit.issued", at, body)

    def start(self, at: datetime, permit: str = "P-1") -> Entry:
        return self.add("run.started", at, {"id": permit, "permit": f"digest-of-{permit}", "door": "cli"})

    def end(self, at: datetime, permit: str = "P-1") -> Entry:
        return self.add("run.ended", at, {"id": permit, "outcome": "ok", "exit_code": 0})
