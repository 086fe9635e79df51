"""A post as it lies on the desk: its document, its statement, and what the ledger says of it. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from content_audit.audit.registers import Account
from content_audit.model import CHANNELS, Audited, Channel, Hit, Verdict
from content_audit.release.content import Content, fold
from content_audit.release.decide import OpenFinding
from zhongbao_core.approval.subject import Subject, Target
from zhongbao_core.canonical import canonical, digest
from zhongbao_core.clock import iso, parse_instant, show, zone

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from zhongbao_core.record import dataclass

FORMAT = "zhongbao-post/1"
KIND = "post"


@dataclass(frozen=True, slots=True)
class PostDraft:
    """What is submitted of a post."""

    account: Account
    content: Content
    exact: str
    """``sha256:`` of the draft's bytes."""
    title: str
    applicant: str
    start: datetime
    end: datetime
    named: tuple[OpenFinding, ...] = ()
    """Findings for a person to judge: approving the post approves them."""
    unseen: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    plan: str = ""
    column: str = ""
    campaign: str = ""

    def document(self, number: str, revision: int, event: str, nonce: str) -> bytes:
        """The canonical text of the post: its digest is what approvers approve."""
        return canonical(
            {
                "format": FORMAT,
                "id": number,
                "revision": revision,
                "event": event,
                "nonce": nonce,
                "account": self.account.id,
                "channel": self.account.channel,
                "title": self.title,
                "exact": self.exact,
                "content": self.content.digest(),
                "text": self.content.text_digest,
                "snapshot": self.content.as_json(),
                "named": [{"key": item.key, "rule": item.rule, "raw": item.raw} for item in self.named],
                "unseen": list(self.unseen),
                "partners": list(self.partners),
                "plan": self.plan,
                "column": self.column,
                "campaign": self.campaign,
                "applicant": self.applicant,
                "start": iso(self.start),
                "end": iso(self.end),
            }
        )

    def subject(self, number: str, revision: int, event: str, nonce: str) -> Subject:
        """The Subject that stands for the post."""
        return Subject(
            kind=KIND,
            id=number,
            revision=revision,
            digest=digest(self.document(number, revision, event, nonce)),
            targets=(Target(self.account.id, self.account.channel),),
            start=self.start,
            end=self.end,
            event=event,
            nonce=nonce,
        )

    def lines(self, zone_name: str, person: str, review: str) -> dict[str, str]:
        """What the approver reads."""
        here, channel = zone(zone_name), _channel(self.account.channel)
        lines = {
            "account": f"{self.account.name} ({self.account.id}, {channel})",
            "start": show(self.start, here),
            "end": show(self.end, here),
            "applicant": person,
            "review": review,
            "exact": self.exact,
            "content": self.content.digest(),
            "text": self.content.stream,
            "links": "\n".join(self.content.links),
            "pictures": "\n".join(item.name for item in self.content.pictures),
            "cover": self.content.cover.name if self.content.cover else "",
            "extras": "\n".join(f"{role}: {words}" for role, words in self.content.extras),
            "findings": "\n".join(f"[{item.rule}] {item.title.zh}: {item.raw}" for item in self.named),
            "unseen": "\n".join(self.unseen),
            "partners": "\n".join(self.partners),
            "plan": self.plan,
            "column": self.column,
            "campaign": self.campaign,
        }
        return {name: value for name, value in lines.items() if value}

    def body(self, number: str, revision: int, event: str, nonce: str, statement: bytes) -> dict[str, Any]:
        """The ledger body: ids and digests only."""
        subject = self.subject(number, revision, event, nonce)
        return {
            "request": subject.digest,
            "statement": digest(statement),
            "revision": revision,
            "applicant": self.applicant,
            "kind": KIND,
            "subject": subject.as_json(),
            "nonce": nonce,
            "account": self.account.id,
            "channel": self.account.channel,
            "exact": self.exact,
            "content": self.content.digest(),
            "text": self.content.text_digest,
            "named": sorted(item.key for item in self.named),
            "plan": self.plan,
            "column": self.column,
            "campaign": self.campaign,
        }


def _channel(channel: str) -> str:
    known: Mapping[Channel, Any] = CHANNELS
    return next((text.zh for name, text in known.items() if name == channel), channel)


def content_in(document: Mapping[str, Any]) -> Content:
    """The approved content in a post's document. Raises KeyError, TypeError or ValueError where it is not one."""
    if document["format"] != FORMAT:
        raise ValueError(f"format {document['format']!r}")
    return Content.from_json(document["snapshot"])


def span_in(document: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """The approved span."""
    return parse_instant(document["start"]), parse_instant(document["end"])


def finding_of(hit: Hit) -> OpenFinding:
    """A hit by the name it keeps in any format of the post: rule and folded words."""
    key = digest(canonical([hit.rule, fold(hit.folded or hit.raw)]))[7:23]
    raw = "***" if hit.personal else hit.raw
    return OpenFinding(f"{hit.rule}:{key}", hit.rule, hit.title, raw, hit.law)


def open_findings(audited: Audited) -> tuple[tuple[OpenFinding, ...], tuple[OpenFinding, ...]]:
    """(blocks, reviews) that stand against a post, each once."""
    found: dict[Verdict, dict[str, OpenFinding]] = {Verdict.BLOCK: {}, Verdict.REVIEW: {}}
    for hit in audited.hits:
        if hit.verdict in found:
            item = finding_of(hit)
            found[hit.verdict].setdefault(item.key, item)
    return tuple(found[Verdict.BLOCK].values()), tuple(found[Verdict.REVIEW].values())
