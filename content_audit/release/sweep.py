"""The sweep of what is published (专题排查): which posts come down, by when, by whom, and where else they stand. Pure.

Posts go by one at a time. Of each a few names and numbers stay; what files and ledger say of it later goes to ``keep``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from sys import intern
from typing import TYPE_CHECKING

from content_audit.audit.copies import Copies, print_of
from content_audit.audit.registers import Account, Registers
from content_audit.model import Audited, Channel, Hit, Verdict
from content_audit.release.content import content_of, link_name
from content_audit.release.kept import Kept, Told
from content_audit.show.report import around, title_of, words
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
    channel: Channel
    shown: str
    """The account as the export names it."""
    account: Account | None
    text: str
    """Digest of its words alone: equal on every account that carries them."""
    verdict: Verdict
    severity: Severity
    """The gravest of its open findings."""
    rules: tuple[str, ...]
    place: int
    """Where ``keep`` put what is kept of it."""
    copies: tuple[str, ...] = ()
    """Ids of the same or nearly the same content elsewhere on own accounts."""

    def due(self, at: datetime) -> datetime:
        """By when it must be down."""
        return at + DEADLINES[self.severity]


def swept(rows: Iterable[Audited], registers: Registers, keep: Callable[[Kept], int]) -> list[Swept]:
    """``rows`` with their accounts and copies; what is taken down already is left out. No row is held."""
    posts: list[Swept] = []
    near = Copies()
    for row in rows:
        if not row.post.removed:
            item = _one(row, registers, keep)
            posts.append(item)
            found = print_of(row.post)
            near.add(found._replace(post=item.id, account=intern(f"{item.channel}:{item.shown}")) if found else None)
    copies = _copies(posts, near)
    return [item._replace(copies=tuple(sorted(copies.get(item.id, set()) - {item.id}))) for item in posts]


def _one(row: Audited, registers: Registers, keep: Callable[[Kept], int]) -> Swept:
    post = row.post
    account = registers.account(post.account, post.channel) or registers.account(post.account)
    stream, link = content_of(post, "", ()).stream, link_name(post.url)
    text = digest(canonical(stream))
    name = digest(canonical([post.channel, post.account, post.id, link, text]))
    kept = Kept(
        title=title_of(post, masked=True),
        url=post.url,
        published_at=post.published_at,
        findings=tuple(_told(row, hit) for hit in row.hits if hit.verdict >= Verdict.REVIEW),
        detail={
            "post": post.id,
            "channel": post.channel,
            "account": post.account,
            "title": post.title,
            "link": link,
            "stream": stream,
        },
    )
    return Swept(
        f"TD-{name[7:19]}",
        post.channel,
        intern(post.account),
        account,
        text,
        row.verdict,
        max((told.severity for told in kept.findings), default=Severity.INFO),
        tuple(sorted({hit.rule for hit in row.hits})),
        keep(kept),
    )


def _told(row: Audited, hit: Hit) -> Told:
    """An open finding as files show it: personal data masked."""
    before, raw, after = "", words(hit, masked=True), ""
    place = "全文"
    if hit.passage >= 0:
        passage = row.post.passages[hit.passage]
        place = f"{passage.locator} {hit.start}-{hit.end}"
        before, _, after = around(passage, hit, masked=True)
    return Told(
        hit.rule, hit.category, hit.title, hit.verdict, hit.severity, place, before, raw, after, hit.law, hit.remedy
    )


def _copies(posts: Sequence[Swept], near: Copies) -> dict[str, set[str]]:
    """Ids that carry the same words, or nearly the same, by id."""
    same: dict[str, set[str]] = defaultdict(set)
    more = {text for text, count in Counter(item.text for item in posts).items() if count > 1}
    for item in posts:
        if item.text in more:
            same[item.text].add(item.id)
    groups = [ids for ids in same.values() if len(ids) > 1]
    groups += [{item.post for item in group.posts} for group in near.groups()]
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
