"""The sweep of what is published (专题排查): which posts come down, by when, by whom, and where else they stand. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from content_audit.audit.copies import Copies, print_of
from content_audit.audit.registers import Account, Registers
from content_audit.model import Audited, Verdict
from content_audit.release.content import Content, content_of, link_name
from zhongbao_core.canonical import canonical, digest
from zhongbao_core.finding import Severity

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

DEADLINES: Mapping[Severity, timedelta] = {
    Severity.CRITICAL: timedelta(hours=2),
    Severity.HIGH: timedelta(hours=24),
    Severity.MEDIUM: timedelta(hours=72),
    Severity.LOW: timedelta(days=7),
    Severity.INFO: timedelta(days=7),
}
"""From the sweep to the instant by which a post must be down."""


class Swept(NamedTuple):
    """One published post that was audited, and where it belongs."""

    id: str
    """Names the post across sweeps: account, medium's id and words."""
    audited: Audited
    account: Account | None
    text: str
    """Digest of its words alone: equal on every account that carries them."""
    copies: tuple[str, ...] = ()
    """Ids of the same or nearly the same content elsewhere on own accounts."""

    @property
    def verdict(self) -> Verdict:
        """What the audit says of it."""
        return self.audited.verdict

    @property
    def severity(self) -> Severity:
        """The gravest of its open findings."""
        grave = (hit.severity for hit in self.audited.hits if hit.verdict >= Verdict.REVIEW)
        return max(grave, default=Severity.INFO)

    def due(self, at: datetime) -> datetime:
        """By when it must be down."""
        return at + DEADLINES[self.severity]


def swept(rows: Sequence[Audited], registers: Registers) -> list[Swept]:
    """``rows`` with their accounts and copies; what is taken down already is left out."""
    posts = [_one(row, registers) for row in rows if not row.post.removed]
    found = _copies(posts)
    return [item._replace(copies=tuple(sorted(found.get(item.id, set()) - {item.id}))) for item in posts]


def _one(row: Audited, registers: Registers) -> Swept:
    post = row.post
    account = registers.account(post.account, post.channel) or registers.account(post.account)
    content: Content = content_of(post, "", ())
    text = digest(canonical(content.stream))
    name = digest(canonical([post.channel, post.account, post.id, link_name(post.url), text]))
    return Swept(f"TD-{name[7:19]}", row, account, text)


def _copies(posts: Sequence[Swept]) -> dict[str, set[str]]:
    """Ids that carry the same words, or nearly the same, by id."""
    groups: list[set[str]] = []
    same: dict[str, set[str]] = defaultdict(set)
    for item in posts:
        same[item.text].add(item.id)
    groups += [ids for ids in same.values() if len(ids) > 1]
    near = Copies()
    for item in posts:
        found = print_of(item.audited.post)
        near.add(
            found._replace(post=item.id, account=f"{item.audited.post.channel}:{found.account}") if found else None
        )
    groups += [{item.post for item in group.prints} for group in near.groups()]
    joined: dict[str, set[str]] = defaultdict(set)
    for ids in groups:
        for name in ids:
            joined[name] |= ids
    return joined


def to_take_down(posts: Sequence[Swept]) -> list[Swept]:
    """Posts that must come down: those with an open block, and every copy of one, the gravest first."""
    blocked = {item.id for item in posts if item.verdict is Verdict.BLOCK}
    listed = [item for item in posts if item.id in blocked or blocked & set(item.copies)]
    return sorted(listed, key=lambda item: (-item.severity, item.id))
