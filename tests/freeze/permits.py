"""Permits as the gate sees them once their evidence was examined, for tests of ``decide``."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from fakes import PEOPLE, FakePolicy, utc

from freeze.decision.case import PermitView
from freeze.model import ChangeRequest, Decision, Question
from freeze.policy import Policy
from zhongbao_core.approval.ladder import Approval
from zhongbao_core.approval.subject import Subject, Target

PORTAL = Target("portal", "prod")
CORE_DB = Target("core-db", "prod")
HOUR = timedelta(hours=1)
STATEMENT = "sha256:" + "5" * 64
COMMAND = "sha256:" + "c" * 64
BEFORE = utc("2026-10-20 00:00")
WATCH = utc("2026-11-02 00:00")
RESTRICTED = utc("2026-11-09 00:00")
FULL = utc("2026-11-16 00:00")
SILENT = utc("2026-11-20 12:00")
AFTER = utc("2026-11-30 00:00")


def question(*targets: Target, **more: Any) -> Question:
    """A release of one hour to the portal, unless told otherwise."""
    values: dict[str, Any] = {"kind": "release", "duration": HOUR, **more}
    return Question(targets or (PORTAL,), **values)


def request(start: datetime, *targets: Target, **more: Any) -> ChangeRequest:
    """A change request whose whole span is one hour from ``start``."""
    values: dict[str, Any] = {
        "id": "CR-games-0007",
        "revision": 1,
        "event": "games",
        "title": "升级门户",
        "kind": "release",
        "change_class": "normal",
        "targets": targets or (PORTAL,),
        "applicant": "zhang-wei",
        "executor": "li-na",
        "verifier": "wang-fang",
        "duty": "chen-jun",
        "necessity": "修复漏洞",
        "impact": "无",
        "steps": ("部署",),
        "verification": "冒烟测试",
        "rollback": "回退上一版本",
        "start": start,
        "duration": timedelta(minutes=30),
        "rollback_duration": timedelta(minutes=15),
        "observation": timedelta(minutes=15),
        "nonce": "n" * 26,
    }
    return ChangeRequest(**{**values, **more})


def approval(person: str, at: datetime, **more: Any) -> Approval:
    """A signed approval of ``person`` in the own voice, received at ``at``."""
    values: dict[str, Any] = {
        "person": person,
        "voice": person,
        "rank": PEOPLE.persons[person].rank,
        "assurance": "signed",
        "key_id": f"{person}-1",
        "received_at": at,
        "statement_digest": STATEMENT,
    }
    return Approval(**{**values, **more})


MANAGERS = ("chen-jun", "liu-yang")
FULL_BOARD = (*MANAGERS, "sun-li")


def permit(start: datetime, *persons: str, work: ChangeRequest | None = None, **more: Any) -> PermitView:
    """A change permit from ``start`` for two hours, approved an hour before by ``persons``."""
    work = work or request(start)
    values: dict[str, Any] = {
        "id": "P-7",
        "subject": subject(work),
        "request": work,
        "approvals": tuple(approval(name, start - HOUR) for name in persons),
        "statement": STATEMENT,
        "not_before": start,
        "expires_at": start + 2 * HOUR,
        "manifest": FakePolicy().manifest,
    }
    return PermitView(**{**values, **more})


def subject(work: ChangeRequest) -> Subject:
    """The subject of ``work``."""
    digest = "sha256:" + "d" * 64
    return Subject("change", work.id, work.revision, digest, work.targets, work.start, work.end, work.event, work.nonce)


def glass(start: datetime, *persons: str, **more: Any) -> PermitView:
    """An emergency release of the portal for an hour, signed by ``persons``."""
    what = Subject("breakglass", "BG-1", 1, STATEMENT, (PORTAL,), start, start + HOUR, "games", "n" * 26)
    signed = tuple(approval(name, start) for name in persons)
    values: dict[str, Any] = {
        "id": "BG-1",
        "kind": "breakglass",
        "subject": what,
        "approvals": signed,
        "statement": STATEMENT,
        "not_before": start,
        "expires_at": start + HOUR,
        "manifest": FakePolicy().manifest,
        "work": "restore",
        "restores": True,
    }
    return PermitView(**{**values, **more})


def code(decision: Decision) -> tuple[str, str]:
    """Verdict and reason code."""
    return decision.verdict.value, decision.reason_code


def looser(policy: FakePolicy, **more: Any) -> Policy:
    """``policy`` with some fields changed."""
    return replace(policy, **more)
